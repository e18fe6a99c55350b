//! The verifier's key, with which the service shows that it may ask.
//!
//! Must not be printed, and is wiped when nobody holds it any more.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// A verifier's key. It cannot be printed; its memory is wiped when the last client that holds it
/// is dropped. What was written into the buffers of a connection is not wiped.
pub struct VerifierKey(Zeroizing<String>);

/// The text cannot be a key. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the verifier's key is empty or has characters besides visible ASCII: give the one line that `chaveiro operator-key create --role verifier` printed"
)]
pub struct NotAKey;

impl VerifierKey {
    /// Takes the key's text; white space around it, such as the end of a file's line, is left out.
    ///
    /// # Errors
    /// Nothing is left, or something that no key has in it.
    pub fn new(text: impl Into<String>) -> Result<Self, NotAKey> {
        let whole = Zeroizing::new(text.into());
        let key = whole.trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotAKey);
        }
        Ok(Self(Zeroizing::new(key.to_owned())))
    }

    /// The key as it stands in a header line of its own.
    pub(crate) fn line(&self) -> HeaderValue {
        sensitive(self.0.as_bytes(), b"")
    }

    /// The key as it stands in `Authorization`.
    pub(crate) fn bearer(&self) -> HeaderValue {
        sensitive(self.0.as_bytes(), b"Bearer ")
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifierKey")
    }
}

/// A value that does not show itself, in memory that is wiped.
fn sensitive(key: &[u8], before: &[u8]) -> HeaderValue {
    let bytes = Bytes::from_owner(Zeroizing::new([before, key].concat()));
    // Visible ASCII and a space are always a value; without one nobody is let in.
    let mut value =
        HeaderValue::from_maybe_shared(bytes).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_shown() {
        let key = VerifierKey::new(" secret\n").expect("a key");
        for shown in [format!("{key:?}"), format!("{:?} {:?}", key.line(), key.bearer())] {
            assert!(!shown.contains("secret"), "{shown}");
        }
        assert_eq!(
            (key.line().as_bytes(), key.bearer().as_bytes()),
            (&b"secret"[..], &b"Bearer secret"[..])
        );
    }

    #[test]
    fn what_cannot_be_a_key_is_not_taken() {
        for text in ["", " \n", "two words", "line\nline", "chave\u{e3}o", "a\0b"] {
            assert_eq!(VerifierKey::new(text).err(), Some(NotAKey), "{text:?}");
        }
    }
}
