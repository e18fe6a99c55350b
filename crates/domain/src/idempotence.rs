//! Doing a thing once, however often it is asked for: what is kept of a caller's idempotency key.
//!
//! Must not keep the key itself, nor anything of the request but a digest.

use sha2::{Digest, Sha256};

use crate::ids::OperatorKeyId;
use crate::time::Timestamp;

/// Longest idempotency key, in characters.
pub const IDEMPOTENCY_KEY_MAX: usize = 255;

/// How long the answer to a key is kept: one day, as a client that retries counts on.
pub const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// The text is no idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {IDEMPOTENCY_KEY_MAX} characters of printable ASCII")]
pub struct NotAnIdempotencyKey;

/// A caller's idempotency key as it is kept: a digest that also tells operators apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey([u8; 32]);

impl IdempotencyKey {
    /// Reads the key that an operator sent.
    ///
    /// # Errors
    /// An empty or too long text, or one with anything but printable ASCII.
    pub fn read(operator: OperatorKeyId, text: &[u8]) -> Result<Self, NotAnIdempotencyKey> {
        let plain = text.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if !plain || text.is_empty() || text.len() > IDEMPOTENCY_KEY_MAX {
            return Err(NotAnIdempotencyKey);
        }
        // The first part has one length, so no two pairs are written alike.
        Ok(Self(digest([&operator.as_u128().to_be_bytes()[..], text])))
    }

    /// What is kept of a request that carries this key.
    #[must_use]
    pub fn for_request(
        self,
        method: &str,
        target: &str,
        body: &[u8],
        at: Timestamp,
    ) -> Idempotence {
        let lengths = [method.len() as u64, target.len() as u64].map(u64::to_be_bytes);
        let [method_len, target_len] = &lengths;
        let parts = [method_len, method.as_bytes(), target_len, target.as_bytes(), body];
        Idempotence { key: self.0, fingerprint: digest(parts), at }
    }
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    parts.into_iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// What a command carries that is to be done once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idempotence {
    /// The digest of the key, and of whose it is.
    pub key: [u8; 32],
    /// The digest of everything else that was asked.
    pub fingerprint: [u8; 32],
    /// When it was asked, in real time wherever it is about: whoever asks again knows no other.
    pub at: Timestamp,
}

impl Idempotence {
    /// Instants at or before this one are too old to be kept by now.
    #[must_use]
    pub const fn forgotten_until(&self) -> Timestamp {
        self.at.plus_millis(-KEPT_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATOR: OperatorKeyId = OperatorKeyId::from_u128(1);

    #[test]
    fn a_key_is_printable_ascii_of_at_most_255_characters() {
        let check = |text: &str, fits: bool| {
            assert_eq!(IdempotencyKey::read(OPERATOR, text.as_bytes()).is_ok(), fits, "{text:?}");
        };
        check("a", true);
        check("6f1c 7~!", true);
        check(&"k".repeat(IDEMPOTENCY_KEY_MAX), true);
        check("", false);
        check(&"k".repeat(IDEMPOTENCY_KEY_MAX + 1), false);
        check("chav\u{e9}", false);
        check("a\tb", false);
    }

    #[test]
    fn operators_and_requests_are_told_apart() {
        let other = OperatorKeyId::from_u128(2);
        let key = |operator| IdempotencyKey::read(operator, b"k").expect("a key");
        assert_ne!(key(OPERATOR), key(other));
        let at = Timestamp::from_millis(0);
        let asked = |method, target, body: &[u8]| {
            key(OPERATOR).for_request(method, target, body, at).fingerprint
        };
        assert_eq!(asked("POST", "/a", b"b"), asked("POST", "/a", b"b"));
        for other in [asked("PUT", "/a", b"b"), asked("POST", "/ab", b""), asked("POST", "/a", b"")]
        {
            assert_ne!(asked("POST", "/a", b"b"), other);
        }
    }
}
