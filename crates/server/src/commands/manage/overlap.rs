//! A time as people write it on the shell: `90s`, `30m`, `24h`, `7d`, or `0`.
//!
//! Must not decide how long a time may be; the server does.

/// Seconds to each unit.
const UNITS: [(&str, u64); 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

/// Reads such a time, in seconds.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || "expected a time such as 30m, 24h, 7d or 0".to_owned();
    if text == "0" {
        return Ok(0);
    }
    let found = UNITS.iter().find_map(|(unit, s)| Some((text.strip_suffix(unit)?, s)));
    let (number, seconds) = found.ok_or_else(wrong)?;
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse::<u64>().ok().filter(|_| plain).ok_or_else(wrong)?;
    number.checked_mul(*seconds).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, seconds) in
            [("0", 0), ("0h", 0), ("90s", 90), ("30m", 1_800), ("24h", 86_400), ("7d", 604_800)]
        {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
        for text in ["", "24", "h", "-1h", "+1h", "1 h", "1.5h", "1w", "1H", "99999999999999999d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
