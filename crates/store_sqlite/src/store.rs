//! The embedded store: the port over one file, a writer and a reader.
//!
//! Must not touch the database itself: commands go to the writer, questions to the reader.

mod aging;
mod audit;
mod deliveries;
mod events;
mod guards;
mod letters;

use std::convert::Infallible;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use domain::account::Account;
use domain::clock::{ClockRejection, PlaceClock};
use domain::digest::PepperMark;
use domain::ids::{AccountId, KeyId, Place, WebhookId};
use domain::key::Key;
use domain::operator::OperatorKey;
use domain::time::Tick;
use domain::webhook::Webhook;
use store::command::{
    BrowseSubaccounts, ChangeKeyRejection, ChangeKeys, ChangeKeysRejection, ChangedKeys,
    CreateAccount, CreateAccountRejection, CreateKey, CreateKeyRejection, CreateOperatorKey,
    CreateOperatorKeyRejection, CreateWebhook, CreateWebhookRejection, DeleteAccount,
    DeleteAccountRejection, DeleteKey, DeleteOperatorKey, DeleteOperatorKeyRejection,
    DeleteWebhook, DisableKey, EnableKey, EraseSecrets, ExposeKey, ExposedKey, KeyUse,
    ListAccounts, ListKeys, ListOperatorKeys, MoveClock, NoSuchWebhook, Page, RotateKey,
    RotateKeyRejection, RotateWebhook, RotateWebhookRejection, Slice, UpdateAccount,
    UpdateAccountRejection, UpdateKey, UpdateWebhook,
};
use store::fault::{Failure, Fault, Outcome};
use store::port::{LoadVisitor, Observer, Store, TrailCount};

use crate::open::{OpenError, open};
use crate::reader::Reader;
use crate::writer::{ChangesEnd, Clock, Writer};
use crate::{commands, queries};

/// A store in one SQLite database. Dropping it finishes what it has taken and closes the file.
pub struct SqliteStore {
    reader: Reader,
    writer: Writer,
    /// Keeps other processes out until both threads are gone.
    _lock: File,
}

impl SqliteStore {
    /// Opens the database at this path, or makes it.
    ///
    /// # Errors
    /// Says in one sentence what is in the way and what to do about it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::start(path, None, Tick::default)
    }

    /// As [`SqliteStore::open`], but with a clock that is set by nobody: where the disk is slow, a
    /// group of changes waits a moment for those who are likely to come. Without one none ever waits.
    ///
    /// # Errors
    /// As for [`SqliteStore::open`].
    pub fn open_with_clock(path: &Path, clock: fn() -> Tick) -> Result<Self, OpenError> {
        Self::start(path, None, clock)
    }

    /// As [`SqliteStore::open`], but the database will not grow beyond this many pages of 4 KiB:
    /// a command for which there is no room is refused as on a full disk.
    ///
    /// # Errors
    /// As for [`SqliteStore::open`].
    pub fn open_with_room(path: &Path, pages_max: u32) -> Result<Self, OpenError> {
        Self::start(path, Some(pages_max), Tick::default)
    }

    /// Tells when it takes no more changes. Questions may be answered on; but what was changed last
    /// may not have reached whoever watches, so it should be opened anew.
    #[must_use]
    pub fn changes_end(&self) -> ChangesEnd {
        self.writer.end()
    }

    fn start(path: &Path, pages_max: Option<u32>, clock: Clock) -> Result<Self, OpenError> {
        let opened = open(path, pages_max)?;
        let failed = |error| OpenError::from_io(path, &error);
        Ok(Self {
            reader: Reader::start(opened.reading, path.to_owned()).map_err(failed)?,
            writer: Writer::start(opened.writing, clock).map_err(failed)?,
            _lock: opened.lock,
        })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // The writer goes last: the last connection to close clears the log away.
        self.reader.stop();
        self.writer.stop();
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn watch(&self, observer: Arc<dyn Observer>) {
        self.writer.watch(observer);
    }

    async fn load(&self, visit: LoadVisitor<'_>) -> Result<u64, Fault> {
        self.reader.load(visit).await
    }

    async fn create_account(
        &self,
        command: CreateAccount,
    ) -> Outcome<Account, CreateAccountRejection> {
        self.writer.run(commands::create_account::run, command).await
    }

    async fn update_account(
        &self,
        command: UpdateAccount,
    ) -> Outcome<Account, UpdateAccountRejection> {
        self.writer.run(commands::update_account::run, command).await
    }

    async fn delete_account(
        &self,
        command: DeleteAccount,
    ) -> Outcome<Account, DeleteAccountRejection> {
        self.writer.run(commands::delete_account::run, command).await
    }

    async fn create_key(&self, command: CreateKey) -> Outcome<Key, CreateKeyRejection> {
        self.writer.run(commands::create_key::run, command).await
    }

    async fn update_key(&self, command: UpdateKey) -> Outcome<Key, ChangeKeyRejection> {
        self.writer.run(commands::update_key::run, command).await
    }

    async fn enable_key(&self, command: EnableKey) -> Outcome<Key, ChangeKeyRejection> {
        self.writer.run(commands::enable_key::run, command).await
    }

    async fn disable_key(&self, command: DisableKey) -> Outcome<Key, ChangeKeyRejection> {
        self.writer.run(commands::disable_key::run, command).await
    }

    async fn expose_key(&self, command: ExposeKey) -> Outcome<ExposedKey, ChangeKeyRejection> {
        self.writer.run(commands::expose_key::run, command).await
    }

    async fn delete_key(&self, command: DeleteKey) -> Outcome<Key, ChangeKeyRejection> {
        self.writer.run(commands::delete_key::run, command).await
    }

    async fn rotate_key(&self, command: RotateKey) -> Outcome<Key, RotateKeyRejection> {
        self.writer.run(commands::rotate_key::run, command).await
    }

    async fn erase_secrets(&self, command: EraseSecrets) -> Result<u32, Fault> {
        unrejected(self.writer.run(commands::erase_secrets::run, command).await)
    }

    async fn change_keys(&self, command: ChangeKeys) -> Outcome<ChangedKeys, ChangeKeysRejection> {
        self.writer.run(commands::change_keys::run, command).await
    }

    async fn create_webhook(
        &self,
        command: CreateWebhook,
    ) -> Outcome<Webhook, CreateWebhookRejection> {
        self.writer.run(commands::create_webhook::run, command).await
    }

    async fn update_webhook(&self, command: UpdateWebhook) -> Outcome<Webhook, NoSuchWebhook> {
        self.writer.run(commands::update_webhook::run, command).await
    }

    async fn rotate_webhook(
        &self,
        command: RotateWebhook,
    ) -> Outcome<Webhook, RotateWebhookRejection> {
        self.writer.run(commands::rotate_webhook::run, command).await
    }

    async fn delete_webhook(&self, command: DeleteWebhook) -> Outcome<Webhook, NoSuchWebhook> {
        self.writer.run(commands::delete_webhook::run, command).await
    }

    async fn create_operator_key(
        &self,
        command: CreateOperatorKey,
    ) -> Outcome<OperatorKey, CreateOperatorKeyRejection> {
        self.writer.run(commands::create_operator_key::run, command).await
    }

    async fn delete_operator_key(
        &self,
        command: DeleteOperatorKey,
    ) -> Outcome<OperatorKey, DeleteOperatorKeyRejection> {
        self.writer.run(commands::delete_operator_key::run, command).await
    }

    async fn settle_pepper(&self, mark: PepperMark) -> Result<PepperMark, Fault> {
        unrejected(self.writer.run(commands::settle_pepper::run, mark).await)
    }

    async fn move_clock(&self, command: MoveClock) -> Outcome<PlaceClock, ClockRejection> {
        self.writer.run(commands::move_clock::run, command).await
    }

    async fn place_clocks(&self) -> Result<Vec<PlaceClock>, Fault> {
        self.reader.ask(queries::place_clocks::run, ()).await
    }

    async fn record_use(&self, uses: Vec<KeyUse>) -> Result<(), Fault> {
        unrejected(self.writer.run(|tx, uses| commands::record_use::run(tx, uses), uses).await)
    }

    async fn find_account(&self, place: Place, id: AccountId) -> Result<Option<Account>, Fault> {
        self.reader.ask(queries::find_account::run, (place, id)).await
    }

    async fn list_accounts(&self, question: ListAccounts) -> Result<Page<Account>, Fault> {
        self.reader.ask(queries::list_accounts::run, question).await
    }

    async fn browse_subaccounts(
        &self,
        question: BrowseSubaccounts,
    ) -> Result<Slice<Account>, Fault> {
        self.reader.ask(queries::browse_subaccounts::run, question).await
    }

    async fn find_webhook(
        &self,
        place: Place,
        account: Option<AccountId>,
        id: WebhookId,
    ) -> Result<Option<Webhook>, Fault> {
        self.reader.ask(queries::find_webhook::run, (place, account, id)).await
    }

    async fn list_webhooks(&self, place: Place, account: AccountId) -> Result<Vec<Webhook>, Fault> {
        self.reader.ask(queries::list_webhooks::run, (place, account)).await
    }

    async fn find_key(&self, place: Place, id: KeyId) -> Result<Option<Key>, Fault> {
        self.reader.ask(queries::find_key::run, (place, id)).await
    }

    async fn list_keys(&self, question: ListKeys) -> Result<Page<Key>, Fault> {
        self.reader.ask(queries::list_keys::run, question).await
    }

    async fn list_operator_keys(
        &self,
        question: ListOperatorKeys,
    ) -> Result<Page<OperatorKey>, Fault> {
        self.reader.ask(queries::list_operator_keys::run, question).await
    }

    async fn count_trail(&self) -> Result<TrailCount, Fault> {
        self.reader.ask(queries::count_trail::run, ()).await
    }
}

/// The outcome of a command that knows no rejection.
fn unrejected<T>(outcome: Outcome<T, Infallible>) -> Result<T, Fault> {
    outcome.map_err(|failure| match failure {
        Failure::Rejected(never) => match never {},
        Failure::Fault(fault) => fault,
    })
}
