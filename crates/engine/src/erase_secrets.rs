//! Erases what is kept of replaced secrets that have ended: bounded work, to be called now and then.
//!
//! It may come late, twice, or twice at once: a secret is refused from its end on, whether it is
//! erased or not. Must not be needed for a refusal.

use domain::time::Timestamp;
use store::command::EraseSecrets;
use store::fault::Fault;

use crate::engine::Engine;

/// Most secrets of one command: the store's writer is held meanwhile.
pub const ERASED_AT_ONCE: u32 = 256;

impl Engine {
    /// Erases some of the secrets that have ended; says how many. Where it is
    /// [`ERASED_AT_ONCE`], there may be more.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn erase_ended_secrets(&self, now: Timestamp) -> Result<u32, Fault> {
        self.store.erase_secrets(EraseSecrets { at: now, limit: ERASED_AT_ONCE }).await
    }
}
