//! The part of the switchable store that is about the ageing of keys.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use domain::ids::{KeyId, Place};
use store::command::{AgeKeys, AgeKeysRejection, Aged, DueKeys, DuePage, KeptStep, RelookKeys};
use store::fault::{Fault, FaultKind, Outcome};
use store::port::AgingStore;

use super::{DETAIL, SwitchableStore};

#[async_trait]
impl AgingStore for SwitchableStore {
    async fn due_keys(&self, question: DueKeys) -> Result<DuePage, Fault> {
        self.check()?;
        self.model.due_keys(question).await
    }

    async fn count_aging_keys(&self, place: Place, most: u64) -> Result<u64, Fault> {
        self.check()?;
        self.model.count_aging_keys(place, most).await
    }

    async fn kept_steps(&self, keys: Vec<KeyId>) -> Result<Vec<KeptStep>, Fault> {
        self.check()?;
        self.steps_asked.fetch_add(1, Ordering::Relaxed);
        if self.steps_fail.load(Ordering::Relaxed) {
            return Err(Fault::new(FaultKind::Damaged, DETAIL));
        }
        self.model.kept_steps(keys).await
    }

    async fn age_keys(&self, command: AgeKeys) -> Outcome<Aged, AgeKeysRejection> {
        self.check()?;
        self.model.age_keys(command).await
    }

    async fn relook_keys(&self, command: RelookKeys) -> Result<bool, Fault> {
        self.check()?;
        self.model.relook_keys(command).await
    }
}
