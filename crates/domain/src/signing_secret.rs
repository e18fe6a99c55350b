//! What a delivery is signed with, so that its receiver can tell it from a forged one.
//!
//! Must not sign, and must not let the secret be printed.

use std::fmt;

use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// Fewest and most bytes of a secret, as Standard Webhooks has it.
pub const SIGNING_SECRET_LENGTHS: (usize, usize) = (24, 64);
/// How many bytes a secret has that is made here.
const MADE_HERE: usize = 32;

/// A secret that we share with one receiver: 24 to 64 bytes. It is wiped when dropped and has no
/// way to be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Zeroizing<Vec<u8>>);

/// The bytes are too few or too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a secret of 24 to 64 bytes")]
pub struct NotASigningSecret;

impl SigningSecret {
    /// Takes over bytes; the caller's copy is gone.
    ///
    /// # Errors
    /// Too few or too many.
    pub fn new(bytes: Vec<u8>) -> Result<Self, NotASigningSecret> {
        let bytes = Zeroizing::new(bytes);
        let (least, most) = SIGNING_SECRET_LENGTHS;
        if (least..=most).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(NotASigningSecret) }
    }

    /// A fresh one of 32 bytes.
    #[must_use]
    pub fn fresh(entropy: &mut dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new(vec![0; MADE_HERE]);
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// The bytes, for the store, for the answer that shows them, and for signing.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_enough_and_is_never_printed() {
        assert_eq!(SigningSecret::new(vec![7; 23]), Err(NotASigningSecret));
        assert_eq!(SigningSecret::new(vec![7; 65]), Err(NotASigningSecret));
        let secret = SigningSecret::new(vec![7; 24]).expect("long enough");
        assert_eq!(secret.expose(), [7; 24]);
        assert_eq!(format!("{secret:?}"), "SigningSecret(…)");
    }
}
