//! The port that knows which receivers can be sent to, asked when an address is saved.
//!
//! Must not ask anybody for a name: where a name leads is looked at with each attempt, and says
//! nothing about tomorrow.

use std::fmt;

use domain::webhook::WebhookUrl;

use super::courier::AddressRefusal;

/// Knows which addresses nothing could ever be sent to.
pub trait Receivers: Send + Sync + fmt::Debug {
    /// Vets an address as far as it says by itself where it leads.
    ///
    /// # Errors
    /// Why nothing could ever be sent there.
    fn vet(&self, url: &WebhookUrl) -> Result<(), AddressRefusal>;
}
