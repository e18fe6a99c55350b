//! Takes out of a log line whatever could be a key's secret.
//!
//! A secret is 32 letters inside a run of 55. Runs of 26 base62 letters and more are removed;
//! identifiers are shorter (UUIDs have hyphens, projects have 24 digits). Must not let a partial
//! secret through that would still help a thief: 25 letters of 55 leave more than 40 bits of the
//! secret unknown even in the worst cut, and no code cuts keys.

use std::borrow::Cow;

/// Longest run that may stay.
const RUN_MAX: usize = 25;
const REMOVED: &[u8] = b"[removed]";

/// The line without long runs of letters and digits.
pub(crate) fn scrub(line: &[u8]) -> Cow<'_, [u8]> {
    if runs(line).all(|(from, to)| to - from <= RUN_MAX) {
        return Cow::Borrowed(line);
    }
    let mut clean = Vec::with_capacity(line.len());
    let mut done = 0;
    for (from, to) in runs(line).filter(|(from, to)| to - from > RUN_MAX) {
        clean.extend_from_slice(&line[done..from]);
        clean.extend_from_slice(REMOVED);
        done = to;
    }
    clean.extend_from_slice(&line[done..]);
    Cow::Owned(clean)
}

/// The maximal runs of base62 letters, as positions.
fn runs(line: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = at + line[at..].iter().position(u8::is_ascii_alphanumeric)?;
        let len = line[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        at = from + len;
        Some((from, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&scrub(line.as_bytes())), expected);
    }

    #[test]
    fn a_key_in_a_line_is_removed() {
        let secret = "k3Fz".repeat(14);
        check(&format!("key=AS_{secret} refused\n"), "key=AS_[removed] refused\n");
        check(&secret, "[removed]");
        check(&format!("a {secret}-{secret} z"), "a [removed]-[removed] z");
    }

    #[test]
    fn identifiers_stay() {
        let line = "key b6bff0c5-38c6-496a-a3a8-105b31d5bcfe of 60d5ec49f1b2c72d9c8b1234\n";
        check(line, line);
        check("", "");
    }
}
