//! Erases what is kept of replaced secrets and tokens that have ended: bounded work, to be called now and then.
//!
//! It may come late, twice, or twice at once: a secret is refused from its end on, whether it is
//! erased or not. Must not be needed for a refusal.

use domain::clock::ClockKind;
use domain::time::Reading;
use store::command::{EraseSecrets, ErasedWhere};
use store::fault::Fault;

use crate::engine::Engine;

/// Most secrets of one command: the store's writer is held meanwhile.
pub const ERASED_AT_ONCE: u32 = 256;

impl Engine {
    /// Erases some of the secrets of keys and tokens of webhooks that have ended, each by the time of its place; says how many.
    /// From [`ERASED_AT_ONCE`] on there may be more.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn erase_ended_secrets(&self, reading: Reading) -> Result<u32, Fault> {
        // No clock runs behind the system's, so what has ended by that has ended everywhere.
        let (place, limit) = (ErasedWhere::Everywhere, ERASED_AT_ONCE);
        let mut erased =
            self.store.erase_secrets(EraseSecrets { place, at: reading.real(), limit }).await?;
        for ahead in self.places().iter().filter(|one| one.clock_kind() == ClockKind::Simulated) {
            let (place, at) = (ErasedWhere::In(ahead.place().clone()), ahead.time(reading));
            erased += self.store.erase_secrets(EraseSecrets { place, at, limit }).await?;
        }
        Ok(erased)
    }
}
