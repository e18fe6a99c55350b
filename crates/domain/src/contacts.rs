//! Contacts: the people who are written to about an account's keys.
//!
//! Must not say what is written, nor name one person twice.

use crate::mail::MailAddress;

/// Most contacts of an account.
pub const CONTACTS_MAX: usize = 5;

/// At most [`CONTACTS_MAX`] addresses in the order in which they were given, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts(Box<[MailAddress]>);

/// The addresses cannot be an account's contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactsError {
    /// There are more than there may be.
    #[error("an account has at most {CONTACTS_MAX} contacts")]
    TooMany,
    /// The one at this position, counted from 0, was named before; letter case counts for nothing.
    #[error("the same address was named before: name each person once")]
    Twice(usize),
}

impl Contacts {
    /// Nobody.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These people.
    ///
    /// # Errors
    /// More than [`CONTACTS_MAX`], or one twice.
    pub fn new(addresses: Vec<MailAddress>) -> Result<Self, ContactsError> {
        if addresses.len() > CONTACTS_MAX {
            return Err(ContactsError::TooMany);
        }
        let folded: Vec<String> = addresses.iter().map(MailAddress::folded).collect();
        let again = (0..folded.len()).find(|&at| folded[..at].contains(&folded[at]));
        match again {
            Some(at) => Err(ContactsError::Twice(at)),
            None => Ok(Self(addresses.into())),
        }
    }

    /// The addresses, in their order.
    #[must_use]
    pub const fn as_slice(&self) -> &[MailAddress] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[&str], expected: Result<usize, ContactsError>) {
        let addresses =
            texts.iter().map(|text| MailAddress::parse(text).expect("an address")).collect();
        let found = Contacts::new(addresses).map(|contacts| contacts.as_slice().len());
        assert_eq!(found, expected, "{texts:?}");
    }

    #[test]
    fn nobody_is_written_to_twice_and_few_are_written_to() {
        check(&[], Ok(0));
        check(&["a@b.co", "A@c.co", "b@b.co"], Ok(3));
        check(&["a@b.co", "c@b.co", "A@B.co"], Err(ContactsError::Twice(2)));
        check(&["a@b.co", "b@b.co", "c@b.co", "d@b.co", "e@b.co"], Ok(5));
        let six = ["a@b.co", "b@b.co", "c@b.co", "d@b.co", "e@b.co", "f@b.co"];
        check(&six, Err(ContactsError::TooMany));
    }
}
