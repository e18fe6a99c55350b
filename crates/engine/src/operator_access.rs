//! Recognizes operators by their keys.
//!
//! Must not say whether a key exists with another role; who lacks a role is told only after the
//! secret matched.

use domain::diagnosis::Diagnosis;
use domain::ids::OperatorKeyId;
use domain::key_text::PresentedKey;
use domain::operator::{OperatorKeyState, OperatorRole};

use crate::engine::{Engine, NO_KEY};

/// An operator who has shown a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The key that was shown.
    pub key: OperatorKeyId,
    /// What it opens.
    pub role: OperatorRole,
}

/// Why nobody was recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnOperator {
    /// The text is not shaped like an operator's key.
    Malformed(Diagnosis),
    /// No such key, or one that was deleted.
    Unknown,
}

impl Engine {
    /// Whose key this is.
    ///
    /// # Errors
    /// Text that is no operator's key, or no key that was issued.
    pub fn operator(&self, text: &[u8]) -> Result<Operator, NotAnOperator> {
        let presented =
            PresentedKey::parse(text, &self.operator_prefixes).map_err(NotAnOperator::Malformed)?;
        let known = self.keyring.with_operator(presented.kid(), |record| {
            // Compared in any case, so that a deleted key costs the same.
            let matches = self.digester.matches(text, &record.digest);
            let works = record.state == OperatorKeyState::Active;
            (matches && works).then_some(Operator { key: record.id, role: record.role })
        });
        known
            .unwrap_or_else(|| {
                std::hint::black_box(self.digester.matches(text, &NO_KEY));
                None
            })
            .ok_or(NotAnOperator::Unknown)
    }
}
