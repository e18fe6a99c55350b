//! What the operator chooses for a realm of the native dialect: prefixes, and the header.
//!
//! Must not let a header carry keys that HTTP, a proxy or the gateway itself reads or writes.

use domain::ids::EnvironmentName;
use domain::prefix::{KeyPrefix, Reach};
use http::HeaderName;
use http::header::AUTHORIZATION;

use crate::dialect::{DialectSettings, EnvironmentSettings, SettingsError};

/// Headers with a meaning of their own on every request.
const TAKEN: [&str; 20] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-real-ip",
];

/// What the gateway tells upstreams begins like this, so it removes what callers send under it.
const OURS: &str = "chaveiro-";

/// The header that carries keys: the operator's, or `Authorization`.
///
/// # Errors
/// Text that is no header name, a header that is taken, or an alias, which this dialect lacks.
pub(super) fn header(settings: &DialectSettings) -> Result<HeaderName, SettingsError> {
    let bad =
        |header: &str, reason| Err(SettingsError::BadHeader { header: header.to_owned(), reason });
    if settings.alias_header {
        return bad("alias_header", "the dialect native has no other header: remove alias_header");
    }
    let Some(text) = &settings.header else { return Ok(AUTHORIZATION) };
    let Ok(name) = HeaderName::from_bytes(text.as_bytes()) else {
        return bad(text, "expected the name of a header, such as x-acme-key");
    };
    if TAKEN.contains(&name.as_str()) || name.as_str().starts_with(OURS) {
        return bad(text, "this header has another meaning: expected one such as x-acme-key");
    }
    Ok(name)
}

/// The prefixes of all environments.
///
/// # Errors
/// An environment without a prefix, a text that cannot begin a key, or one prefix twice.
pub(super) fn prefixes(settings: &DialectSettings) -> Result<Vec<KeyPrefix>, SettingsError> {
    let mut prefixes: Vec<KeyPrefix> = Vec::with_capacity(settings.environments.len());
    for EnvironmentSettings { name, key_prefix } in &settings.environments {
        let Some(text) = key_prefix else {
            return Err(SettingsError::PrefixNeeded { environment: name.to_string() });
        };
        let bad = |reason| SettingsError::BadPrefix { prefix: text.clone(), reason };
        let prefix = KeyPrefix::new(text, Some(name.clone()), Reach::Own)
            .map_err(|error| bad(error.to_string()))?;
        if let Some(other) = prefixes.iter().find(|known| known.as_str() == text) {
            let environment = other.environment().map_or("another", EnvironmentName::as_str);
            return Err(bad(format!("environment {environment} has the same prefix")));
        }
        prefixes.push(prefix);
    }
    Ok(prefixes)
}

#[cfg(test)]
mod tests {
    use domain::ids::RealmName;

    use super::*;

    fn settings(environments: &[(&str, Option<&str>)], header: Option<&str>) -> DialectSettings {
        let environment = |(name, prefix): &(&str, Option<&str>)| EnvironmentSettings {
            name: EnvironmentName::parse(name).expect("a slug"),
            key_prefix: prefix.map(str::to_owned),
        };
        DialectSettings {
            realm: RealmName::parse("tools").expect("a slug"),
            environments: environments.iter().map(environment).collect(),
            header: header.map(str::to_owned),
            alias_header: false,
        }
    }

    #[track_caller]
    fn check_prefixes(environments: &[(&str, Option<&str>)], expected: Result<&[&str], &str>) {
        let found = prefixes(&settings(environments, None));
        let found = found.as_ref().map(|list| list.iter().map(KeyPrefix::as_str).collect());
        let found: Result<Vec<_>, _> = found.map_err(ToString::to_string);
        assert_eq!(found, expected.map(<[&str]>::to_vec).map_err(str::to_owned));
    }

    #[track_caller]
    fn check_header(text: &str, expected: Option<&str>) {
        let found = header(&settings(&[], Some(text))).ok();
        assert_eq!(found.as_ref().map(HeaderName::as_str), expected, "{text}");
    }

    #[test]
    fn every_environment_has_a_prefix_of_its_own() {
        let (live, test) = (("live", Some("tool_live_")), ("test", Some("tool_test_")));
        check_prefixes(&[live, test], Ok(&["tool_live_", "tool_test_"]));
        check_prefixes(
            &[live, ("test", None)],
            Err("environment test needs a key_prefix of its own, such as acme_live_"),
        );
        check_prefixes(
            &[live, ("test", Some("tool_live_"))],
            Err("key_prefix `tool_live_`: environment live has the same prefix"),
        );
        check_prefixes(
            &[("live", Some("tool"))],
            Err(
                "key_prefix `tool`: expected 3 to 32 letters, digits and underscores, ending in an underscore, with at most one leading $",
            ),
        );
    }

    #[test]
    fn a_header_with_a_meaning_of_its_own_carries_no_keys() {
        check_header("X-Acme-Key", Some("x-acme-key"));
        check_header("Authorization", Some("authorization"));
        for text in ["Host", "cookie", "Chaveiro-Key", "two words", "", "é"] {
            check_header(text, None);
        }
    }

    #[test]
    fn there_is_no_alias_to_switch_on() {
        let settings = DialectSettings { alias_header: true, ..settings(&[], None) };
        assert!(matches!(header(&settings), Err(SettingsError::BadHeader { .. })));
    }
}
