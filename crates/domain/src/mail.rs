//! Mail addresses: read strictly enough that one can be written to, and shown for ever.
//!
//! Must not ask whether anybody is there, and must not hold a key that was pasted into its place.

use std::fmt;

use crate::name::holds_a_key;

/// Most bytes of an address (RFC 5321, section 4.5.3.1.3).
pub const MAIL_MAX: usize = 254;
/// Most bytes before the `@` (RFC 5321, section 4.5.3.1.1).
const LOCAL_MAX: usize = 64;

/// A mail address in plain ASCII, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MailAddress(Box<str>);

/// The text is not a mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a mail address such as ana@example.com")]
pub struct NotAMailAddress;

impl MailAddress {
    /// Reads `local@host.name`. Quoted locals and addresses in brackets are not taken.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, NotAMailAddress> {
        let (local, host) = text.rsplit_once('@').ok_or(NotAMailAddress)?;
        let atom = |part: &str| !part.is_empty() && part.bytes().all(is_atext);
        let local_fits = local.len() <= LOCAL_MAX && local.split('.').all(atom);
        let host_fits = host.contains('.') && host.split('.').all(is_host_label);
        if text.len() <= MAIL_MAX && local_fits && host_fits && !holds_a_key(text) {
            Ok(Self(text.into()))
        } else {
            Err(NotAMailAddress)
        }
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In small letters. Hosts know no letter case, and nobody gives two people addresses that
    /// differ in it alone, so this is how addresses are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands in an atom (RFC 5322, section 3.2.3).
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn is_host_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_can_be_written_to() {
        for text in ["ana@example.com", "a.b+c@x-y.com.br", "O'Neil@example.org"] {
            assert_eq!(MailAddress::parse(text).map(|mail| mail.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "ana@localhost",
            "a b@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a@b@example.com",
            "ana@-x.com",
            "ana@x..com",
            "ana@example.com\r\nbcc: x",
            "anã@example.com",
            "\"a\"@example.com",
            &format!("{}@example.com", "a".repeat(65)),
            &format!("ana@{}com", "abc.".repeat(63)),
        ] {
            assert_eq!(MailAddress::parse(text), Err(NotAMailAddress), "{text:?}");
        }
    }

    #[test]
    fn letter_case_keeps_no_two_apart() {
        let mail = MailAddress::parse("Ana@Example.com").expect("an address");
        assert_eq!((mail.as_str(), &*mail.folded()), ("Ana@Example.com", "ana@example.com"));
    }
}
