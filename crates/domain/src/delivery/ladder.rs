//! How long to wait before each attempt.
//!
//! Must not be made shorter for anybody: receivers count on it.

/// After so many failures in a row a webhook is interrupted.
pub const FAILURES_MAX: u32 = 15;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The wait before the first attempt, the second, and so on.
const WAITS_MS: [i64; FAILURES_MAX as usize] = [
    0,
    30 * SECOND,
    MINUTE,
    3 * MINUTE + 30 * SECOND,
    5 * MINUTE,
    15 * MINUTE,
    25 * MINUTE,
    HOUR,
    HOUR,
    HOUR,
    HOUR,
    HOUR,
    2 * HOUR,
    2 * HOUR,
    3 * HOUR,
];

/// Milliseconds to wait before an event is tried that failed so often; beyond the table as at its
/// end.
#[must_use]
pub fn wait_ms(failures: u32) -> i64 {
    let at = usize::try_from(failures).unwrap_or(usize::MAX).min(WAITS_MS.len() - 1);
    WAITS_MS[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_are_those_of_the_contract() {
        let seconds: Vec<i64> = (0..17).map(|failures| wait_ms(failures) / 1_000).collect();
        let table = [0, 30, 60, 210, 300, 900, 1_500, 3_600, 3_600, 3_600, 3_600, 3_600];
        let end = [7_200, 7_200, 10_800, 10_800, 10_800];
        assert_eq!(seconds, [&table[..], &end[..]].concat());
        assert_eq!(wait_ms(u32::MAX), 3 * HOUR);
    }
}
