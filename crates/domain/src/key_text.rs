//! The text of a key: how it is minted and how it is read back, offline.
//!
//! `<prefix><kid><secret><check>`: the dialect's prefix, then base62: a public key id of 17
//! letters, a secret of 32 letters (190 bits), and the CRC-32 of everything before it in 6
//! letters. Every key has exactly one spelling.
//!
//! Must not look a key up, and must not let a secret be printed.

use std::fmt;

use zeroize::Zeroizing;

use crate::base62;
use crate::diagnosis::{Diagnosis, diagnose};
use crate::entropy::Entropy;
use crate::hint::KeyHint;
use crate::prefix::{KeyPrefix, KeyPrefixes};

/// Letters of the public key id.
pub const KID_LEN: usize = 17;
/// Letters of the secret.
pub const SECRET_LEN: usize = 32;
/// Letters of the checksum.
pub const CHECK_LEN: usize = 6;
/// Letters after the prefix.
pub const BODY_LEN: usize = KID_LEN + SECRET_LEN + CHECK_LEN;
/// No key is longer than this, whatever its prefix; longer text is refused unread.
pub const KEY_TEXT_MAX: usize = 128;

/// The public id inside a key's text: 17 base62 letters, by which a key is found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kid(u128);

impl Kid {
    /// Reads 17 base62 letters.
    #[must_use]
    pub fn parse(letters: &[u8]) -> Option<Self> {
        if letters.len() == KID_LEN { base62::read_number(letters).map(Self) } else { None }
    }

    /// The number that the letters spell.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// The key id with this number; it must come from [`Kid::as_u128`].
    #[must_use]
    pub const fn from_u128(number: u128) -> Self {
        Self(number)
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = [0_u8; KID_LEN];
        base62::write_fixed(self.0, &mut letters);
        letters.iter().try_for_each(|&letter| fmt::Write::write_char(f, char::from(letter)))
    }
}

impl fmt::Debug for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A whole key, secret included. It is wiped when dropped and has no way to be printed.
#[derive(Clone)]
pub struct KeyText(Zeroizing<String>);

impl KeyText {
    /// Takes over a text that may hold a key; the caller's copy is gone.
    #[must_use]
    pub const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The secret text, for the one answer that shows it and for digests.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(…)")
    }
}

/// A key that was just made: the only moment at which its secret exists here.
#[derive(Debug)]
pub struct MintedKey {
    /// The whole text, to be shown once.
    pub text: KeyText,
    /// The public id inside it.
    pub kid: Kid,
    /// What may be shown for ever.
    pub hint: KeyHint,
}

/// Makes a new key with this prefix.
#[must_use]
pub fn mint(prefix: &KeyPrefix, entropy: &mut dyn Entropy) -> MintedKey {
    let mut letters = Zeroizing::new([0_u8; KID_LEN + SECRET_LEN]);
    base62::random_letters(&mut letters[..], entropy);
    let mut text = Zeroizing::new(String::with_capacity(prefix.as_str().len() + BODY_LEN));
    text.push_str(prefix.as_str());
    letters.iter().for_each(|&letter| text.push(char::from(letter)));
    let check = checksum(text.as_bytes());
    check.iter().for_each(|&letter| text.push(char::from(letter)));

    let mut kid = 0_u128;
    if let Some(number) = base62::read_number(&letters[..KID_LEN]) {
        kid = number;
    }
    let hint = KeyHint::of(prefix.as_str(), &text[prefix.as_str().len()..]);
    MintedKey { kid: Kid(kid), hint, text: KeyText(text) }
}

/// A text that is shaped like a key of this realm: prefix, length, letters and checksum are right.
///
/// Nothing is known yet about whether such a key was ever issued.
#[derive(Clone, Copy)]
pub struct PresentedKey<'a> {
    text: &'a [u8],
    prefix: &'a KeyPrefix,
    kid: Kid,
}

impl<'a> PresentedKey<'a> {
    /// Reads the text, or says what is wrong with its shape.
    ///
    /// # Errors
    /// A [`Diagnosis`] that speaks of the shape alone.
    pub fn parse(text: &'a [u8], prefixes: &'a KeyPrefixes) -> Result<Self, Diagnosis> {
        Self::read(text, prefixes).ok_or_else(|| diagnose(text, prefixes))
    }

    pub(crate) fn read(text: &'a [u8], prefixes: &'a KeyPrefixes) -> Option<Self> {
        if text.len() > KEY_TEXT_MAX {
            return None;
        }
        let prefix = prefixes.own_prefix_of(text)?;
        let body = &text[prefix.as_str().len()..];
        if body.len() != BODY_LEN {
            return None;
        }
        // Letters of a fixed width spell every number once, so numbers may be compared.
        let (covered, check) = text.split_at(text.len() - CHECK_LEN);
        let wanted = u128::from(crc32fast::hash(covered));
        if base62::read_number(check) != Some(wanted) || !base62::is_base62(body) {
            return None;
        }
        Some(Self { text, prefix, kid: Kid::parse(&body[..KID_LEN])? })
    }

    /// The text as it was presented, secret included.
    #[must_use]
    pub const fn expose(&self) -> &'a [u8] {
        self.text
    }

    /// The prefix that it begins with.
    #[must_use]
    pub const fn prefix(&self) -> &'a KeyPrefix {
        self.prefix
    }

    /// The public id inside it.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }
}

impl fmt::Debug for PresentedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PresentedKey({}{:.4}…)", self.prefix.as_str(), self.kid.to_string())
    }
}

/// CRC-32 (ISO-HDLC, as in zip) in six base62 letters.
pub(crate) fn checksum(covered: &[u8]) -> [u8; CHECK_LEN] {
    let mut letters = [0_u8; CHECK_LEN];
    base62::write_fixed(u128::from(crc32fast::hash(covered)), &mut letters);
    letters
}
