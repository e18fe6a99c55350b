//! Labels: short texts by which a dialect finds accounts, and by which it keeps two apart.
//!
//! Must not know what a label means: a dialect names them, and writes each value in one spelling.

/// Most bytes of a label's value.
pub const LABEL_MAX: usize = 320;

/// The name of a kind of label, such as `email`. A dialect has a few, fixed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelName(&'static str);

impl LabelName {
    /// The name with this text.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// What a label says: 1 to 320 bytes without control characters, compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelValue(Box<str>);

/// The text is not the value of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {LABEL_MAX} bytes without control characters")]
pub struct NotALabel;

impl LabelValue {
    /// Reads a value.
    ///
    /// # Errors
    /// Nothing, too much, or control characters.
    pub fn parse(text: &str) -> Result<Self, NotALabel> {
        let fits = (1..=LABEL_MAX).contains(&text.len());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.into()))
        } else {
            Err(NotALabel)
        }
    }

    /// The value as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many active accounts of a place may carry the same label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holders {
    /// One: the label keeps accounts apart.
    One,
    /// Any number: the label is for finding them.
    Many,
}

/// A label of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What kind of label.
    pub name: LabelName,
    /// What it says.
    pub value: LabelValue,
    /// How many may carry it.
    pub holders: Holders,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_short_and_plain() {
        assert!(LabelValue::parse(&"a".repeat(LABEL_MAX)).is_ok());
        for text in ["", "a\nb", "a\0", &"a".repeat(LABEL_MAX + 1)] {
            assert_eq!(LabelValue::parse(text), Err(NotALabel), "{text:?}");
        }
    }
}
