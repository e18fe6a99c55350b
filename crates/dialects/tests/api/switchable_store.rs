//! A store that can be told to fail, or to hold a command back.

mod aging;
mod audit;
mod deliveries;
mod events;
mod guards;
mod letters;

use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::account::Account;
use domain::clock::{ClockRejection, PlaceClock};
use domain::digest::PepperMark;
use domain::ids::{AccountId, KeyId, Place, WebhookId};
use domain::key::Key;
use domain::operator::OperatorKey;
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
use store::fault::{Fault, FaultKind, Outcome};
use store::model::ModelStore;
use store::port::{LoadVisitor, Observer, Store, TrailCount};
use tokio::sync::Semaphore;

/// What the detail of every fault says; no client may ever see it.
pub(super) const DETAIL: &str = "disk sector 7 of the inner store";

pub(super) struct SwitchableStore {
    model: ModelStore,
    failing: Mutex<Option<FaultKind>>,
    /// One permit for each command that came to a held store.
    pub(super) arrived: Semaphore,
    /// One permit for each command that may pass.
    pub(super) passes: Semaphore,
    /// One permit for each command that was done.
    pub(super) done: Semaphore,
    /// How often it was asked for the steps of keys.
    pub(super) steps_asked: AtomicU32,
    /// Whether that question alone fails.
    pub(super) steps_fail: AtomicBool,
    /// Whether nothing works once a guard was set back.
    pub(super) breaks_after_marks: AtomicBool,
}

impl SwitchableStore {
    /// A store that works until it is told otherwise.
    pub(super) fn working() -> Arc<Self> {
        Arc::new(Self {
            model: ModelStore::default(),
            failing: Mutex::new(None),
            arrived: Semaphore::new(0),
            passes: Semaphore::new(1_000),
            done: Semaphore::new(0),
            steps_asked: AtomicU32::new(0),
            steps_fail: AtomicBool::new(false),
            breaks_after_marks: AtomicBool::new(false),
        })
    }

    pub(super) fn fail(&self, kind: FaultKind) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = Some(kind);
    }

    /// Lets nothing pass until `passes` gets permits.
    pub(super) fn hold(&self) {
        self.passes.forget_permits(1_000);
    }

    fn check(&self) -> Result<(), Fault> {
        match *self.failing.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(kind) => Err(Fault::new(kind, DETAIL)),
            None => Ok(()),
        }
    }

    async fn command<T>(&self, work: impl Future<Output = T> + Send) -> Result<T, Fault> {
        self.check()?;
        self.arrived.add_permits(1);
        self.passes.acquire().await.expect("never closed").forget();
        let answer = work.await;
        self.done.add_permits(1);
        Ok(answer)
    }
}

#[async_trait]
impl Store for SwitchableStore {
    fn watch(&self, observer: Arc<dyn Observer>) {
        self.model.watch(observer);
    }

    async fn load(&self, visit: LoadVisitor<'_>) -> Result<u64, Fault> {
        self.model.load(visit).await
    }

    async fn create_account(
        &self,
        command: CreateAccount,
    ) -> Outcome<Account, CreateAccountRejection> {
        self.command(self.model.create_account(command)).await?
    }

    async fn update_account(
        &self,
        command: UpdateAccount,
    ) -> Outcome<Account, UpdateAccountRejection> {
        self.command(self.model.update_account(command)).await?
    }

    async fn delete_account(
        &self,
        command: DeleteAccount,
    ) -> Outcome<Account, DeleteAccountRejection> {
        self.command(self.model.delete_account(command)).await?
    }

    async fn create_key(&self, command: CreateKey) -> Outcome<Key, CreateKeyRejection> {
        self.command(self.model.create_key(command)).await?
    }

    async fn update_key(&self, command: UpdateKey) -> Outcome<Key, ChangeKeyRejection> {
        self.command(self.model.update_key(command)).await?
    }

    async fn enable_key(&self, command: EnableKey) -> Outcome<Key, ChangeKeyRejection> {
        self.command(self.model.enable_key(command)).await?
    }

    async fn disable_key(&self, command: DisableKey) -> Outcome<Key, ChangeKeyRejection> {
        self.command(self.model.disable_key(command)).await?
    }

    async fn expose_key(&self, command: ExposeKey) -> Outcome<ExposedKey, ChangeKeyRejection> {
        self.command(self.model.expose_key(command)).await?
    }

    async fn delete_key(&self, command: DeleteKey) -> Outcome<Key, ChangeKeyRejection> {
        self.command(self.model.delete_key(command)).await?
    }

    async fn rotate_key(&self, command: RotateKey) -> Outcome<Key, RotateKeyRejection> {
        self.command(self.model.rotate_key(command)).await?
    }

    async fn erase_secrets(&self, command: EraseSecrets) -> Result<u32, Fault> {
        self.command(self.model.erase_secrets(command)).await?
    }

    async fn settle_pepper(&self, mark: PepperMark) -> Result<PepperMark, Fault> {
        self.check()?;
        self.model.settle_pepper(mark).await
    }

    async fn move_clock(&self, command: MoveClock) -> Outcome<PlaceClock, ClockRejection> {
        self.command(self.model.move_clock(command)).await?
    }

    async fn place_clocks(&self) -> Result<Vec<PlaceClock>, Fault> {
        self.check()?;
        self.model.place_clocks().await
    }

    async fn change_keys(&self, command: ChangeKeys) -> Outcome<ChangedKeys, ChangeKeysRejection> {
        self.command(self.model.change_keys(command)).await?
    }

    async fn create_webhook(
        &self,
        command: CreateWebhook,
    ) -> Outcome<Webhook, CreateWebhookRejection> {
        self.command(self.model.create_webhook(command)).await?
    }

    async fn update_webhook(&self, command: UpdateWebhook) -> Outcome<Webhook, NoSuchWebhook> {
        self.command(self.model.update_webhook(command)).await?
    }

    async fn rotate_webhook(
        &self,
        command: RotateWebhook,
    ) -> Outcome<Webhook, RotateWebhookRejection> {
        self.command(self.model.rotate_webhook(command)).await?
    }

    async fn delete_webhook(&self, command: DeleteWebhook) -> Outcome<Webhook, NoSuchWebhook> {
        self.command(self.model.delete_webhook(command)).await?
    }

    async fn create_operator_key(
        &self,
        command: CreateOperatorKey,
    ) -> Outcome<OperatorKey, CreateOperatorKeyRejection> {
        self.command(self.model.create_operator_key(command)).await?
    }

    async fn delete_operator_key(
        &self,
        command: DeleteOperatorKey,
    ) -> Outcome<OperatorKey, DeleteOperatorKeyRejection> {
        self.command(self.model.delete_operator_key(command)).await?
    }

    async fn record_use(&self, uses: Vec<KeyUse>) -> Result<(), Fault> {
        self.model.record_use(uses).await
    }

    async fn find_account(&self, place: Place, id: AccountId) -> Result<Option<Account>, Fault> {
        self.check()?;
        self.model.find_account(place, id).await
    }

    async fn list_accounts(&self, question: ListAccounts) -> Result<Page<Account>, Fault> {
        self.check()?;
        self.model.list_accounts(question).await
    }

    async fn browse_subaccounts(
        &self,
        question: BrowseSubaccounts,
    ) -> Result<Slice<Account>, Fault> {
        self.check()?;
        self.model.browse_subaccounts(question).await
    }

    async fn find_webhook(
        &self,
        place: Place,
        account: Option<AccountId>,
        id: WebhookId,
    ) -> Result<Option<Webhook>, Fault> {
        self.check()?;
        self.model.find_webhook(place, account, id).await
    }

    async fn list_webhooks(&self, place: Place, account: AccountId) -> Result<Vec<Webhook>, Fault> {
        self.check()?;
        self.model.list_webhooks(place, account).await
    }

    async fn find_key(&self, place: Place, id: KeyId) -> Result<Option<Key>, Fault> {
        self.check()?;
        self.model.find_key(place, id).await
    }

    async fn list_keys(&self, question: ListKeys) -> Result<Page<Key>, Fault> {
        self.check()?;
        self.model.list_keys(question).await
    }

    async fn list_operator_keys(
        &self,
        question: ListOperatorKeys,
    ) -> Result<Page<OperatorKey>, Fault> {
        self.check()?;
        self.model.list_operator_keys(question).await
    }

    async fn count_trail(&self) -> Result<TrailCount, Fault> {
        self.model.count_trail().await
    }
}
