//! What may be shown of a key for ever: its prefix, the first four letters of its public id and
//! the last four of its text.
//!
//! Must not hold a letter of the secret.

use std::fmt;

/// The recognizable remains of a key, such as `$aact_hmlg_k3Fz…9xQ2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyHint(Box<str>);

impl KeyHint {
    /// The hint of a key with this prefix and body.
    pub(crate) fn of(prefix: &str, body: &str) -> Self {
        let first = body.get(..4).unwrap_or("");
        let last = body.get(body.len().saturating_sub(4)..).unwrap_or("");
        Self(format!("{prefix}{first}…{last}").into())
    }

    /// A hint read back from the store.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The hint as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
