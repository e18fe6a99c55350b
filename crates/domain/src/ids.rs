//! Identifiers: one type per thing, parsed at the door and opaque afterwards.
//!
//! What is kept begins with the instant of its making, so that what is made together lies together
//! in the store: a fresh identifier then costs no page of its own. Nobody may read the instant
//! back, nor take the order of identifiers for that of changes; epochs say that. Must not carry
//! meaning beyond identity, and no two kinds may be mixed up.

use std::fmt;

use crate::entropy::Entropy;
use crate::time::Timestamp;

/// Declares an identifier that is a UUID.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The identifier with these 128 bits.
            #[must_use]
            pub const fn from_u128(bits: u128) -> Self {
                Self(bits)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn as_u128(self) -> u128 {
                self.0
            }

            /// Reads the lower-case hyphenated spelling, the only one there is.
            ///
            /// # Errors
            /// Any other spelling.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                parse_uuid(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_uuid(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_uuid(self.0, f)
            }
        }
    };
}

/// Adds how a kept identifier is made.
macro_rules! made_at {
    ($($name:ident),*) => {
        $(impl $name {
            /// A fresh identifier: a UUID of version 7 (RFC 9562), 48 bits of the instant and 74
            /// of chance.
            #[must_use]
            pub fn fresh(now: Timestamp, entropy: &mut dyn Entropy) -> Self {
                Self(uuid_of(now, entropy))
            }
        })*
    };
}

made_at!(KeyId, OperatorKeyId, AuditId, WebhookId, EventId, LetterId);

impl RequestId {
    /// A fresh identifier: a UUID of version 4, all of it chance, because it is not kept in order.
    #[must_use]
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        let mut bytes = [0_u8; 16];
        entropy.fill(&mut bytes);
        Self(uuid(bytes, 4))
    }
}

uuid_id!(
    /// Identifies a key for its whole life, also through rotation. Public.
    KeyId
);
uuid_id!(
    /// Identifies a key of an operator (admin or verifier). Public.
    OperatorKeyId
);
uuid_id!(
    /// Identifies one request in logs, audit rows and answers.
    RequestId
);
uuid_id!(
    /// Identifies one audit row.
    AuditId
);
uuid_id!(
    /// Identifies a webhook. Public.
    WebhookId
);
uuid_id!(
    /// Identifies one event; the same on every delivery of it.
    EventId
);
uuid_id!(
    /// Identifies a letter, whoever gets a copy; the same on every attempt to send it.
    LetterId
);

/// Identifies an account of any kind.
///
/// Root accounts and sub-accounts are UUIDs. Projects are 24 hexadecimal digits, because clients
/// of the AutoSend contract know them in that form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountId {
    /// A root account or a sub-account. In bytes, because a number would need twice the room.
    Uuid([u8; 16]),
    /// A project: 12 bytes, written as 24 lower-case hexadecimal digits.
    Object([u8; 12]),
}

impl AccountId {
    /// A fresh identifier for a root account or sub-account: a UUID of version 7.
    #[must_use]
    pub fn fresh_uuid(now: Timestamp, entropy: &mut dyn Entropy) -> Self {
        Self::Uuid(uuid_of(now, entropy).to_be_bytes())
    }

    /// A fresh identifier for a project: four bytes of the instant, in seconds, as clients of such
    /// identifiers know them, and eight of chance.
    #[must_use]
    pub fn fresh_object(now: Timestamp, entropy: &mut dyn Entropy) -> Self {
        let mut bytes = [0_u8; 12];
        let (instant, chance) = bytes.split_at_mut(4);
        let seconds = now.as_millis().div_euclid(1_000).to_be_bytes();
        instant.copy_from_slice(&seconds[4..]);
        entropy.fill(chance);
        Self::Object(bytes)
    }

    /// Reads either spelling: 36 characters of a UUID or 24 hexadecimal digits, lower case.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, NotAnId> {
        if text.len() != 24 {
            return parse_uuid(text).map(|bits| Self::Uuid(bits.to_be_bytes()));
        }
        let mut bytes = [0_u8; 12];
        for (slot, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *slot = (hex_value(pair[0])? << 4) | hex_value(pair[1])?;
        }
        Ok(Self::Object(bytes))
    }

    /// The bytes as stored: 16 for a UUID, 12 for a project.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Uuid(bytes) => bytes.to_vec(),
            Self::Object(bytes) => bytes.to_vec(),
        }
    }

    /// Reads the stored bytes.
    ///
    /// # Errors
    /// Any length but 16 and 12.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAnId> {
        if let Ok(whole) = <[u8; 16]>::try_from(bytes) {
            return Ok(Self::Uuid(whole));
        }
        <[u8; 12]>::try_from(bytes).map(Self::Object).map_err(|_| NotAnId)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(bytes) => write_uuid(u128::from_be_bytes(*bytes), f),
            Self::Object(bytes) => {
                let mut text = [0; 24];
                for (slot, byte) in text.chunks_exact_mut(2).zip(bytes) {
                    slot.copy_from_slice(&hex_digits(*byte));
                }
                write_ascii(&text, f)
            }
        }
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an identifier of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: expected a lower-case UUID, or 24 hexadecimal digits for a project")]
pub struct NotAnId;

/// Declares a short name that an operator chooses: lower-case letters, digits and inner hyphens.
macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads 1 to 40 characters of `a-z`, `0-9` and `-`, beginning with a letter.
            ///
            /// # Errors
            /// Any other text.
            pub fn parse(text: &str) -> Result<Self, NotASlug> {
                let letters = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
                let starts = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
                if letters && starts && text.len() <= 40 { Ok(Self(text.into())) } else { Err(NotASlug) }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slug!(
    /// The name of a realm, such as `payments`.
    RealmName
);
slug!(
    /// The name of an environment inside its realm, such as `sandbox`.
    EnvironmentName
);

/// The text is not a short name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 40 characters of a-z, 0-9 and hyphen, beginning with a letter")]
pub struct NotASlug;

/// Where accounts and keys live: one environment of one realm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The realm.
    pub realm: RealmName,
    /// The environment inside it.
    pub environment: EnvironmentName,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.realm, self.environment)
    }
}

fn uuid_of(now: Timestamp, entropy: &mut dyn Entropy) -> u128 {
    let mut bytes = [0_u8; 16];
    let (instant, chance) = bytes.split_at_mut(6);
    instant.copy_from_slice(&now.as_millis().to_be_bytes()[2..]);
    entropy.fill(chance);
    uuid(bytes, 7)
}

/// Writes version and variant over the bits that RFC 9562 keeps for them.
fn uuid(mut bytes: [u8; 16], version: u8) -> u128 {
    bytes[6] = (bytes[6] & 0x0f) | (version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    u128::from_be_bytes(bytes)
}

/// Digits and hyphens of a UUID's one spelling.
const UUID_LEN: usize = 36;

fn write_uuid(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [b'-'; UUID_LEN];
    let mut at = 0;
    for byte in bits.to_be_bytes() {
        if matches!(at, 8 | 13 | 18 | 23) {
            at += 1;
        }
        text[at..at + 2].copy_from_slice(&hex_digits(byte));
        at += 2;
    }
    write_ascii(&text, f)
}

fn hex_digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]
}

/// Writes digits in one piece, which costs a fraction of writing them as numbers.
fn write_ascii(text: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(str::from_utf8(text).map_err(|_| fmt::Error)?)
}

fn parse_uuid(text: &str) -> Result<u128, NotAnId> {
    if text.len() != UUID_LEN {
        return Err(NotAnId);
    }
    text.bytes().enumerate().try_fold(0_u128, |bits, (at, byte)| match (at, byte) {
        (8 | 13 | 18 | 23, b'-') => Ok(bits),
        (8 | 13 | 18 | 23, _) => Err(NotAnId),
        (_, digit) => Ok((bits << 4) | u128::from(hex_value(digit)?)),
    })
}

fn hex_value(digit: u8) -> Result<u8, NotAnId> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NotAnId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_one_spelling() {
        let text = "b6bff0c5-38c6-496a-a3a8-105b31d5bcfe";
        assert_eq!(KeyId::parse(text).map(|id| id.to_string()), Ok(text.to_owned()));
        for other in [&text.to_uppercase()[..], "b6bff0c538c6496aa3a8105b31d5bcfe", "", "{b6}"] {
            assert_eq!(KeyId::parse(other), Err(NotAnId));
        }
    }

    #[test]
    fn a_project_id_is_24_hexadecimal_digits() {
        let text = "60d5ec49f1b2c72d9c8b1234";
        let id = AccountId::parse(text).expect("a project id");
        assert_eq!(id.to_string(), text);
        assert_eq!(AccountId::from_bytes(&id.to_bytes()), Ok(id));
        assert_eq!(AccountId::parse("60D5ec49f1b2c72d9c8b1234"), Err(NotAnId));
        assert_eq!(AccountId::parse("proj_abc123"), Err(NotAnId));
    }

    #[test]
    fn of_two_fresh_identifiers_the_later_is_greater() {
        let mut entropy = Falling(u8::MAX);
        let mut made = |at| {
            let now = Timestamp::from_millis(at);
            (
                KeyId::fresh(now, &mut entropy).to_string(),
                AccountId::fresh_uuid(now, &mut entropy),
                AccountId::fresh_object(now, &mut entropy),
            )
        };
        let instants = [0, 1_000, 1_700_000_000_000, 1_700_000_001_000, 4_000_000_000_000];
        let made: Vec<_> = instants.into_iter().map(&mut made).collect();
        assert!(made.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1 && a.2 < b.2), "{made:?}");
    }

    #[test]
    fn a_fresh_identifier_is_a_uuid_of_its_version() {
        let now = Timestamp::from_millis(1_700_000_000_123);
        let text = EventId::fresh(now, &mut Falling(u8::MAX)).to_string();
        assert_eq!(text, "018bcfe5-687b-7fff-bfff-ffffffffffff");
        let text = RequestId::random(&mut Falling(u8::MAX)).to_string();
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    /// Gives less each time it is asked.
    struct Falling(u8);

    impl Entropy for Falling {
        fn fill(&mut self, buffer: &mut [u8]) {
            buffer.fill(self.0);
            self.0 -= 1;
        }
    }

    #[test]
    fn a_slug_is_plain() {
        assert!(RealmName::parse("payments-2").is_ok());
        for text in ["", "2a", "A", "a/b", "a.b", "ação", &"a".repeat(41)] {
            assert_eq!(RealmName::parse(text), Err(NotASlug), "{text}");
        }
    }
}
