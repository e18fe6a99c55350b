//! The port of ageing: which keys are due for a look, and the steps that they take.
//!
//! Must not decide what is due: domain does, and the caller brings it.

use async_trait::async_trait;
use domain::ids::{KeyId, Place};

use crate::command::{AgeKeys, AgeKeysRejection, Aged, DueKeys, DuePage, KeptStep, RelookKeys};
use crate::fault::{Fault, Outcome};

/// The part of a store that is about the ageing of keys.
#[async_trait]
pub trait AgingStore: Send + Sync {
    /// A page of keys that are due for a look. It costs what is due, not what there is.
    async fn due_keys(&self, question: DueKeys) -> Result<DuePage, Fault>;

    /// How many keys of the place will ever be looked at again, counted up to this many.
    async fn count_aging_keys(&self, place: Place, most: u64) -> Result<u64, Fault>;

    /// The steps that are kept of these keys, in no order.
    async fn kept_steps(&self, keys: Vec<KeyId>) -> Result<Vec<KeptStep>, Fault>;

    /// Lets keys take steps, with the trail of each, in one transaction.
    async fn age_keys(&self, command: AgeKeys) -> Outcome<Aged, AgeKeysRejection>;

    /// Makes some keys of a place due for a look, if its policy changed; says whether there may be
    /// more. Takes no epoch and writes no trail.
    async fn relook_keys(&self, command: RelookKeys) -> Result<bool, Fault>;
}
