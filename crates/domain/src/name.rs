//! Names that people give to keys and accounts.
//!
//! Must not change a name beyond trimming it, and must not hold control characters, nor a key that
//! was pasted into the wrong place: names are shown for ever.

use std::fmt;

use crate::key_text::BODY_LEN;

/// Most code points of a name.
pub const NAME_MAX: usize = 256;

/// A name of 1 to 256 code points without control characters and without a key; white space around
/// it is trimmed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisplayName(Box<str>);

/// The text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    /// Nothing, or white space only.
    #[error("a name needs at least one character")]
    Empty,
    /// A line break, a zero byte, an escape or another control character.
    #[error("a name may not contain control characters or line breaks")]
    Control,
    /// Something as long as a key, of letters and digits alone.
    #[error("a name may not hold a key, because names are shown for ever")]
    HoldsKey,
    /// More than 256 code points.
    #[error("a name has at most {NAME_MAX} characters")]
    TooLong,
}

impl DisplayName {
    /// Reads a name.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let text = text.trim_matches(' ');
        if text.trim().is_empty() {
            return Err(NotAName::Empty);
        }
        // U+2028 and U+2029 break lines although they are no control characters.
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(NotAName::Control);
        }
        if text.chars().count() > NAME_MAX {
            return Err(NotAName::TooLong);
        }
        if holds_a_key(text) {
            return Err(NotAName::HoldsKey);
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether as many letters and digits as a key has stand in a row. Digests in hexadecimal are no
/// keys, although they may be longer.
pub(crate) fn holds_a_key(text: &str) -> bool {
    text.as_bytes()
        .split(|byte| !byte.is_ascii_alphanumeric())
        .any(|run| run.len() >= BODY_LEN && run.iter().any(|byte| !byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_long_and_in_any_script() {
        assert!(DisplayName::parse(&"🔑".repeat(256)).is_ok());
        assert!(DisplayName::parse("Intégração \u{202e}\u{200d}").is_ok());
        assert_eq!(DisplayName::parse(&"a".repeat(257)), Err(NotAName::TooLong));
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["a\nb", "a\0", "\u{1b}[31m", "a\u{2028}b", "a\u{85}b"] {
            assert_eq!(DisplayName::parse(text), Err(NotAName::Control), "{text:?}");
        }
        assert_eq!(DisplayName::parse("  "), Err(NotAName::Empty));
    }

    #[test]
    fn a_key_is_no_name_and_a_digest_is_one() {
        let body = "k3Fz9xQ2".repeat(7);
        let key = format!("$aact_hmlg_{}", &body[..BODY_LEN]);
        for text in [key.clone(), format!("till \"{key}\""), format!("{key}{key}")] {
            assert_eq!(DisplayName::parse(&text), Err(NotAName::HoldsKey), "{text}");
        }
        for text in [&key[..key.len() - 1], &format!("sha256:{}", "0f".repeat(32))] {
            assert!(DisplayName::parse(text).is_ok(), "{text}");
        }
    }
}
