//! Who signs what an upstream is told about a caller.
//!
//! The server holds the key; doors are given this port. Must not give the private key away.

use std::fmt;

/// Signs short texts with Ed25519.
pub trait IdentitySigner: Send + Sync + fmt::Debug {
    /// The id under which the public key is published.
    fn key_id(&self) -> &str;

    /// The signature of this message.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}
