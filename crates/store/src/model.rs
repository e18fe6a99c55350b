//! The in-memory model of a store: what the laws mean, without durability.
//!
//! It is read to learn what a store does and run where tests need one. Must not be clever: one
//! lock, every command checked whole before its first write. An observer must not call back into
//! the store, because it is told while the lock is held.

mod accounts;
mod aging;
mod audit;
mod clocks;
mod deliveries;
mod events;
mod exposures;
mod guards;
mod letters;
mod many_keys;
mod once;
mod operators;
mod rows;
mod secrets;
mod state;
mod webhooks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::account::Account;
use domain::clock::{ClockRejection, PlaceClock};
use domain::digest::PepperMark;
use domain::ids::{AccountId, KeyId, Place, WebhookId};
use domain::key::Key;
use domain::operator::OperatorKey;
use domain::webhook::Webhook;

use crate::command::{
    BrowseSubaccounts, ChangeKeyRejection, ChangeKeys, ChangeKeysRejection, ChangedKeys,
    CreateAccount, CreateAccountRejection, CreateKey, CreateKeyRejection, CreateOperatorKey,
    CreateOperatorKeyRejection, CreateWebhook, CreateWebhookRejection, DeleteAccount,
    DeleteAccountRejection, DeleteKey, DeleteOperatorKey, DeleteOperatorKeyRejection,
    DeleteWebhook, DisableKey, EnableKey, EraseSecrets, ExposeKey, ExposedKey, KeyUse,
    ListAccounts, ListKeys, ListOperatorKeys, MoveClock, NoSuchWebhook, Page, RotateKey,
    RotateKeyRejection, RotateWebhook, RotateWebhookRejection, Slice, UpdateAccount,
    UpdateAccountRejection, UpdateKey, UpdateWebhook,
};
use crate::fault::{Fault, Outcome};
use crate::port::{Change, LoadVisitor, Observer, Store, TrailCount};
use state::State;

/// A store that keeps everything in memory and forgets it when it is dropped.
#[derive(Default)]
pub struct ModelStore {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    state: State,
    observers: Vec<Arc<dyn Observer>>,
}

/// What a command did: its answer, and the changes to tell of.
struct Written<T> {
    answer: T,
    changes: Vec<Change>,
}

impl<T> Written<T> {
    /// Nothing changed that others are told of.
    const fn silent(answer: T) -> Self {
        Self { answer, changes: Vec::new() }
    }
}

impl ModelStore {
    /// A store that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Commands write only after their last check, so a panic leaves nothing half-done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a command and tells of its changes before anybody else can get in.
    fn commit<T, E>(
        &self,
        command: impl FnOnce(&mut State) -> Result<Written<T>, E>,
    ) -> Result<T, E> {
        let mut inner = self.lock();
        let written = command(&mut inner.state)?;
        for change in &written.changes {
            inner.observers.iter().for_each(|observer| observer.committed(change));
        }
        Ok(written.answer)
    }
}

#[async_trait]
impl Store for ModelStore {
    fn watch(&self, observer: Arc<dyn Observer>) {
        self.lock().observers.push(observer);
    }

    async fn load(&self, visit: LoadVisitor<'_>) -> Result<u64, Fault> {
        Ok(self.lock().state.load(visit))
    }

    async fn create_account(
        &self,
        command: CreateAccount,
    ) -> Outcome<Account, CreateAccountRejection> {
        self.commit(|state| state.create_account(command))
    }

    async fn update_account(
        &self,
        command: UpdateAccount,
    ) -> Outcome<Account, UpdateAccountRejection> {
        self.commit(|state| state.update_account(command))
    }

    async fn delete_account(
        &self,
        command: DeleteAccount,
    ) -> Outcome<Account, DeleteAccountRejection> {
        self.commit(|state| state.delete_account(&command))
    }

    async fn create_key(&self, command: CreateKey) -> Outcome<Key, CreateKeyRejection> {
        self.commit(|state| state.create_key(command))
    }

    async fn update_key(&self, command: UpdateKey) -> Outcome<Key, ChangeKeyRejection> {
        self.commit(|state| state.update_key(command))
    }

    async fn enable_key(&self, command: EnableKey) -> Outcome<Key, ChangeKeyRejection> {
        self.commit(|state| state.enable_key(&command))
    }

    async fn disable_key(&self, command: DisableKey) -> Outcome<Key, ChangeKeyRejection> {
        self.commit(|state| state.disable_key(&command))
    }

    async fn expose_key(&self, command: ExposeKey) -> Outcome<ExposedKey, ChangeKeyRejection> {
        self.commit(|state| state.expose_key(command))
    }

    async fn delete_key(&self, command: DeleteKey) -> Outcome<Key, ChangeKeyRejection> {
        self.commit(|state| state.delete_key(&command))
    }

    async fn rotate_key(&self, command: RotateKey) -> Outcome<Key, RotateKeyRejection> {
        self.commit(|state| state.rotate_key(command))
    }

    async fn erase_secrets(&self, command: EraseSecrets) -> Result<u32, Fault> {
        self.commit(|state| Ok(state.erase_secrets(&command)))
    }

    async fn change_keys(&self, command: ChangeKeys) -> Outcome<ChangedKeys, ChangeKeysRejection> {
        self.commit(|state| state.change_keys(&command))
    }

    async fn create_webhook(
        &self,
        command: CreateWebhook,
    ) -> Outcome<Webhook, CreateWebhookRejection> {
        self.commit(|state| state.create_webhook(command))
    }

    async fn update_webhook(&self, command: UpdateWebhook) -> Outcome<Webhook, NoSuchWebhook> {
        self.commit(|state| state.update_webhook(command))
    }

    async fn rotate_webhook(
        &self,
        command: RotateWebhook,
    ) -> Outcome<Webhook, RotateWebhookRejection> {
        self.commit(|state| state.rotate_webhook(command))
    }

    async fn delete_webhook(&self, command: DeleteWebhook) -> Outcome<Webhook, NoSuchWebhook> {
        self.commit(|state| state.delete_webhook(&command))
    }

    async fn create_operator_key(
        &self,
        command: CreateOperatorKey,
    ) -> Outcome<OperatorKey, CreateOperatorKeyRejection> {
        self.commit(|state| state.create_operator_key(command))
    }

    async fn delete_operator_key(
        &self,
        command: DeleteOperatorKey,
    ) -> Outcome<OperatorKey, DeleteOperatorKeyRejection> {
        self.commit(|state| state.delete_operator_key(&command))
    }

    async fn settle_pepper(&self, mark: PepperMark) -> Result<PepperMark, Fault> {
        self.commit(|state| Ok(Written::silent(state.settle_pepper(mark))))
    }

    async fn move_clock(&self, command: MoveClock) -> Outcome<PlaceClock, ClockRejection> {
        self.commit(|state| state.move_clock(command))
    }

    async fn place_clocks(&self) -> Result<Vec<PlaceClock>, Fault> {
        Ok(self.lock().state.place_clocks())
    }

    async fn record_use(&self, uses: Vec<KeyUse>) -> Result<(), Fault> {
        self.commit(|state| Ok(state.record_use(uses)))
    }

    async fn find_account(&self, place: Place, id: AccountId) -> Result<Option<Account>, Fault> {
        Ok(self.lock().state.account(&place, id).cloned())
    }

    async fn list_accounts(&self, question: ListAccounts) -> Result<Page<Account>, Fault> {
        Ok(self.lock().state.list_accounts(&question))
    }

    async fn browse_subaccounts(
        &self,
        question: BrowseSubaccounts,
    ) -> Result<Slice<Account>, Fault> {
        Ok(self.lock().state.browse_subaccounts(&question))
    }

    async fn find_webhook(
        &self,
        place: Place,
        account: Option<AccountId>,
        id: WebhookId,
    ) -> Result<Option<Webhook>, Fault> {
        Ok(self.lock().state.webhook(&place, account, id).cloned())
    }

    async fn list_webhooks(&self, place: Place, account: AccountId) -> Result<Vec<Webhook>, Fault> {
        Ok(self.lock().state.list_webhooks(&place, account))
    }

    async fn find_key(&self, place: Place, id: KeyId) -> Result<Option<Key>, Fault> {
        Ok(self.lock().state.key(&place, id).cloned())
    }

    async fn list_keys(&self, question: ListKeys) -> Result<Page<Key>, Fault> {
        Ok(self.lock().state.list_keys(&question))
    }

    async fn list_operator_keys(
        &self,
        question: ListOperatorKeys,
    ) -> Result<Page<OperatorKey>, Fault> {
        Ok(self.lock().state.list_operator_keys(question))
    }

    async fn count_trail(&self) -> Result<TrailCount, Fault> {
        Ok(self.lock().state.count_trail())
    }
}
