//! What the store keeps instead of a key: a versioned digest of its whole text.
//!
//! A key carries 190 random bits, so one pass of SHA-256 is enough (NIST SP 800-63B, look-up
//! secrets of at least 112 bits); a pepper, where the operator configures one, makes a stolen
//! database useless even for testing a key found elsewhere.
//!
//! Must not compare digests in a time that depends on their bytes.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Fewest bytes that a pepper may have.
pub const PEPPER_MIN_LEN: usize = 32;

/// How a digest was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestVersion {
    /// SHA-256 of the key's text.
    Sha256,
    /// HMAC-SHA-256 of the key's text under the operator's pepper.
    PepperedSha256,
}

impl DigestVersion {
    /// The number that is stored.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Sha256 => 1,
            Self::PepperedSha256 => 2,
        }
    }

    /// The version with this number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Sha256),
            2 => Some(Self::PepperedSha256),
            _ => None,
        }
    }
}

/// The digest of one key's text.
#[derive(Clone, Copy)]
pub struct KeyDigest {
    /// How it was made.
    pub version: DigestVersion,
    /// The 32 bytes.
    pub bytes: [u8; 32],
}

impl KeyDigest {
    /// Whether both are the same, in constant time.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let version = self.version.number().ct_eq(&other.version.number());
        // One comparison at the end: what differs is gathered from all bytes before it is asked for.
        let pairs = self.bytes.iter().zip(&other.bytes);
        let differing = pairs.fold(0, |seen, (one, two)| seen | (one ^ two));
        (version & differing.ct_eq(&0)).into()
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyDigest(v{}, …)", self.version.number())
    }
}

/// Tells one pepper from another, without saying anything of either.
///
/// It is kept beside the keys that were made under a pepper, so that a server with another one says
/// so at its start and does not refuse every one of them as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PepperMark(pub [u8; 32]);

/// What is digested to make a mark. No key has this text: keys have no spaces.
const MARKED: &[u8] = b"chaveiro: which pepper this is";

/// The pepper has too few bytes to be worth anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pepper needs at least {PEPPER_MIN_LEN} bytes")]
pub struct PepperTooShort;

/// Makes digests: plain, or under a pepper.
#[derive(Clone)]
pub struct Digester {
    pepper: Option<Hmac<Sha256>>,
}

impl Digester {
    /// Digests without a pepper.
    #[must_use]
    pub const fn plain() -> Self {
        Self { pepper: None }
    }

    /// Digests under this pepper; plain digests that are already stored still match.
    ///
    /// # Errors
    /// A pepper shorter than [`PEPPER_MIN_LEN`] bytes.
    pub fn with_pepper(pepper: &[u8]) -> Result<Self, PepperTooShort> {
        if pepper.len() < PEPPER_MIN_LEN {
            return Err(PepperTooShort);
        }
        let keyed = Hmac::<Sha256>::new_from_slice(pepper).map_err(|_| PepperTooShort)?;
        Ok(Self { pepper: Some(keyed) })
    }

    /// Whether digests of this version can be made here.
    #[must_use]
    pub const fn can_make(&self, version: DigestVersion) -> bool {
        match version {
            DigestVersion::Sha256 => true,
            DigestVersion::PepperedSha256 => self.pepper.is_some(),
        }
    }

    /// The mark of the pepper, if there is one.
    #[must_use]
    pub fn mark(&self) -> Option<PepperMark> {
        self.pepper.as_ref().map(|keyed| PepperMark(peppered(keyed, MARKED).bytes))
    }

    /// The digest that a new key is stored under.
    #[must_use]
    pub fn digest(&self, text: &[u8]) -> KeyDigest {
        match &self.pepper {
            Some(keyed) => peppered(keyed, text),
            None => plain(text),
        }
    }

    /// Whether the text is the one that was digested, in constant time.
    ///
    /// A digest that cannot be made here (its pepper is not configured) never matches.
    #[must_use]
    pub fn matches(&self, text: &[u8], stored: &KeyDigest) -> bool {
        self.matches_digested(text, &self.digest(text), stored)
    }

    /// As [`Digester::matches`], where the digest that a new key would have is known already.
    #[must_use]
    pub fn matches_digested(&self, text: &[u8], fresh: &KeyDigest, stored: &KeyDigest) -> bool {
        if fresh.version == stored.version {
            return fresh.same(stored);
        }
        match (stored.version, &self.pepper) {
            (DigestVersion::Sha256, _) => plain(text).same(stored),
            (DigestVersion::PepperedSha256, Some(keyed)) => peppered(keyed, text).same(stored),
            (DigestVersion::PepperedSha256, None) => false,
        }
    }
}

impl fmt::Debug for Digester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.pepper.is_some() { "Digester(peppered)" } else { "Digester(plain)" })
    }
}

fn plain(text: &[u8]) -> KeyDigest {
    KeyDigest { version: DigestVersion::Sha256, bytes: Sha256::digest(text).into() }
}

fn peppered(keyed: &Hmac<Sha256>, text: &[u8]) -> KeyDigest {
    let bytes = keyed.clone().chain_update(text).finalize().into_bytes().into();
    KeyDigest { version: DigestVersion::PepperedSha256, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_plain_digest_is_sha_256() {
        // FIPS 180-4, example of one block.
        assert_eq!(
            hex(&Digester::plain().digest(b"abc").bytes),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn the_peppered_digest_is_hmac_sha_256() {
        // RFC 4231, test case 6: a key of 131 bytes 0xaa.
        let digester = Digester::with_pepper(&[0xaa; 131]).expect("long enough");
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            hex(&digester.digest(text).bytes),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_plain_digest_still_matches_after_a_pepper_is_configured() {
        let stored = Digester::plain().digest(b"key");
        let peppered = Digester::with_pepper(&[7; 32]).expect("long enough");
        assert!(peppered.matches(b"key", &stored));
        assert!(!peppered.matches(b"kex", &stored));
    }

    #[test]
    fn a_mark_tells_peppers_apart() {
        let mark = |byte| Digester::with_pepper(&[byte; 32]).expect("long enough").mark();
        assert_eq!(mark(7), mark(7));
        assert_ne!(mark(7), mark(8));
        assert_eq!(Digester::plain().mark(), None);
    }

    #[test]
    fn a_peppered_digest_matches_nothing_without_its_pepper() {
        let stored = Digester::with_pepper(&[7; 32]).expect("long enough").digest(b"key");
        assert!(!Digester::plain().matches(b"key", &stored));
        let other = Digester::with_pepper(&[8; 32]).expect("long enough");
        assert!(!other.matches(b"key", &stored));
    }

    #[test]
    fn a_short_pepper_is_refused() {
        assert_eq!(Digester::with_pepper(&[1; 31]).map(|_| ()), Err(PepperTooShort));
    }
}
