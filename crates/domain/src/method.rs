//! The methods that routes tell apart.
//!
//! Must not know HTTP beyond these names.

use crate::permission::RequiredAccess;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Takes something away.
    Delete,
    /// Reads.
    Get,
    /// Reads the head alone; governed by the rules for `GET`.
    Head,
    /// Asks what is possible.
    Options,
    /// Changes a part.
    Patch,
    /// Makes something, or acts.
    Post,
    /// Replaces.
    Put,
    /// Any other; no rule names it.
    Other,
}

impl Method {
    /// The method with this name; names are case-sensitive (RFC 9110, section 9.1).
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "DELETE" => Self::Delete,
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            "PATCH" => Self::Patch,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            _ => Self::Other,
        }
    }

    /// The access that a route without a rule is taken to need.
    #[must_use]
    pub const fn presumed_access(self) -> RequiredAccess {
        match self {
            Self::Get | Self::Head | Self::Options => RequiredAccess::Read,
            Self::Delete | Self::Patch | Self::Post | Self::Put | Self::Other => {
                RequiredAccess::Write
            }
        }
    }
}
