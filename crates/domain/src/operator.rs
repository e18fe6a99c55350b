//! Operators: those who run the server and the gateways that ask it.
//!
//! Must not be confused with accounts: an operator's key opens the control plane or the verify
//! call, never an API behind the server.

use crate::digest::KeyDigest;
use crate::hint::KeyHint;
use crate::ids::OperatorKeyId;
use crate::key_text::Kid;
use crate::name::DisplayName;
use crate::time::Timestamp;

/// What an operator's key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperatorRole {
    /// Everything on the control plane.
    Admin,
    /// What can be seen on the control plane; nothing can be changed with it.
    Support,
    /// The verify call alone.
    Verifier,
}

impl OperatorRole {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Support, Self::Verifier];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Support => "support",
            Self::Verifier => "verifier",
        }
    }

    /// The role with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The prefix of keys with this role.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Admin => "chv_admin_",
            Self::Support => "chv_support_",
            Self::Verifier => "chv_verify_",
        }
    }
}

/// Whether an operator's key is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperatorKeyState {
    /// It opens what its role may open.
    Active,
    /// It was deleted for good.
    Deleted,
}

/// A key of an operator.
#[derive(Clone, Debug)]
pub struct OperatorKey {
    /// Its identity.
    pub id: OperatorKeyId,
    /// What it opens.
    pub role: OperatorRole,
    /// What people call it.
    pub name: DisplayName,
    /// The public id inside its text.
    pub kid: Kid,
    /// The digest of its text.
    pub digest: KeyDigest,
    /// What may be shown of its text.
    pub hint: KeyHint,
    /// Whether it is still there.
    pub state: OperatorKeyState,
    /// When it was made.
    pub created_at: Timestamp,
}
