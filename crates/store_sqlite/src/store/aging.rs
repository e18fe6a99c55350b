//! The embedded store's part that is about the ageing of keys.
//!
//! Must not touch the database itself: commands go to the writer, questions to the reader.

use async_trait::async_trait;
use domain::ids::{KeyId, Place};
use store::command::{AgeKeys, AgeKeysRejection, Aged, DueKeys, DuePage, KeptStep, RelookKeys};
use store::fault::{Fault, Outcome};
use store::port::AgingStore;

use super::{SqliteStore, unrejected};
use crate::{commands, queries};

#[async_trait]
impl AgingStore for SqliteStore {
    async fn due_keys(&self, question: DueKeys) -> Result<DuePage, Fault> {
        self.reader.ask(queries::due_keys::run, question).await
    }

    async fn count_aging_keys(&self, place: Place, most: u64) -> Result<u64, Fault> {
        self.reader.ask(queries::count_aging_keys::run, (place, most)).await
    }

    async fn kept_steps(&self, keys: Vec<KeyId>) -> Result<Vec<KeptStep>, Fault> {
        self.reader.ask(queries::kept_steps::run, keys).await
    }

    async fn age_keys(&self, command: AgeKeys) -> Outcome<Aged, AgeKeysRejection> {
        self.writer.run(commands::age_keys::run, command).await
    }

    async fn relook_keys(&self, command: RelookKeys) -> Result<bool, Fault> {
        unrejected(self.writer.run(commands::relook_keys::run, command).await)
    }
}
