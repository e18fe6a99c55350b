//! How clients write a granted permission: `PAYMENT:READ` or `PAYMENT:READ_WRITE`.
//!
//! Must not know any resource: catalogues bring them.

use domain::permission::{Grant, GrantedAccess, Resource};

/// The text is not a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a permission such as PAYMENT:READ or PAYMENT:READ_WRITE")]
pub struct NotAScope;

/// The word for an access.
#[must_use]
pub const fn word(access: GrantedAccess) -> &'static str {
    match access {
        GrantedAccess::Read => "READ",
        GrantedAccess::ReadWrite => "READ_WRITE",
    }
}

/// The access that the word stands for. Words are exact.
#[must_use]
pub fn access(text: &str) -> Option<GrantedAccess> {
    [GrantedAccess::Read, GrantedAccess::ReadWrite].into_iter().find(|found| word(*found) == text)
}

/// Reads `NAME:READ` or `NAME:READ_WRITE`.
///
/// # Errors
/// Any other text.
pub fn parse(text: &str) -> Result<Grant, NotAScope> {
    let (name, scope) = text.split_once(':').ok_or(NotAScope)?;
    let resource = Resource::parse(name).map_err(|_| NotAScope)?;
    Ok(Grant { resource, access: access(scope).ok_or(NotAScope)? })
}

/// Writes what [`parse`] reads.
#[must_use]
pub fn print(grant: &Grant) -> String {
    format!("{}:{}", grant.resource.as_str(), word(grant.access))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_survives_its_text() {
        for text in ["PAYMENT:READ", "PAYMENT:READ_WRITE", "webhooks:READ"] {
            assert_eq!(parse(text).map(|grant| print(&grant)), Ok(text.to_owned()));
        }
    }

    #[test]
    fn words_are_exact() {
        for text in
            ["PAYMENT", "PAYMENT:", ":READ", "PAYMENT:read_write", "PAYMENT:WRITE", "A:READ "]
        {
            assert_eq!(parse(text), Err(NotAScope), "{text}");
        }
    }
}
