//! Instants as people of a realm's zone read them.
//!
//! Must not change what is not an instant, nor what scripts get.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::show::words;

/// An instant of an answer in the zone that the answer names, with that zone's distance from UTC; in
/// UTC where this binary does not know the zone.
pub(super) fn local(at: &Value, zone: &Value) -> String {
    let Some(at) = instant(at) else { return words(at) };
    let zone = zone.as_str().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%F %T %:z").to_string()
}

/// The instant that a member of an answer names.
pub(super) fn instant(at: &Value) -> Option<Timestamp> {
    at.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_instant_is_shown_in_a_zone_and_anything_else_as_it_is() {
        let at = json!("2026-02-14T12:00:00.000Z");
        for (zone, shown) in [
            (json!("America/Sao_Paulo"), "2026-02-14 09:00:00 -03:00"),
            (json!("Atlantis/Poseidonis"), "2026-02-14 12:00:00 +00:00"),
            (Value::Null, "2026-02-14 12:00:00 +00:00"),
        ] {
            assert_eq!(local(&at, &zone), shown, "{zone}");
        }
        assert_eq!(local(&Value::Null, &Value::Null), "-");
        assert_eq!(local(&json!("soon"), &Value::Null), "soon");
    }
}
