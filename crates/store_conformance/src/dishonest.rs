//! A store that lies in one chosen way, to see that the laws notice.
//!
//! Must be honest in everything but its lie: a law that fails for another reason proves nothing.

mod aging;
mod audit;
mod changing;
mod changing_accounts;
mod changing_many;
mod clocks;
mod counting_projects;
mod creating;
mod deliveries;
mod events;
mod every_lie;
mod exposures;
mod guards;
mod labels;
mod letters;
mod lie;
mod once;
mod operators;
mod peppers;
mod reading;
mod relay;
mod rotating;
mod rotating_webhooks;
mod webhooks;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::account::Account;
use domain::clock::{ClockRejection, PlaceClock};
use domain::digest::PepperMark;
use domain::exposure::ExposureCause;
use domain::ids::{AccountId, KeyId, LetterId, Place, WebhookId};
use domain::key::Key;
use domain::label::Label;
use domain::operator::OperatorKey;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use store::command::{
    Approval, BrowseSubaccounts, ChangeKeyRejection, ChangeKeys, ChangeKeysRejection, ChangedKeys,
    CreateAccount, CreateAccountRejection, CreateKey, CreateKeyRejection, CreateOperatorKey,
    CreateOperatorKeyRejection, CreateWebhook, CreateWebhookRejection, DeleteAccount,
    DeleteAccountRejection, DeleteKey, DeleteOperatorKey, DeleteOperatorKeyRejection,
    DeleteWebhook, DisableKey, EnableKey, EraseSecrets, EventPosition, ExposeKey, ExposedKey,
    KeyUse, ListAccounts, ListKeys, ListOperatorKeys, MoveClock, NoSuchWebhook, Page, PlaceGuard,
    Position, RotateKey, RotateKeyRejection, RotateWebhook, RotateWebhookRejection, Slice,
    UpdateAccount, UpdateAccountRejection, UpdateKey, UpdateWebhook,
};
use store::fault::{Failure, Fault, Outcome};
use store::model::ModelStore;
use store::port::{Change, LoadVisitor, Observer, Store, TrailCount};

use crate::Bench;
pub use aging::AgingLie;
pub use audit::AuditLie;
pub use deliveries::DeliveryLie;
pub use events::EventLie;
pub use exposures::ExposureLie;
pub use letters::LetterLie;
pub use lie::Lie;
pub use peppers::PepperLie;
use relay::Relay;
pub use rotating_webhooks::WebhookLie;

/// Opens stores that tell this lie; without one they are as honest as the model.
pub struct DishonestBench {
    /// The lie, if any.
    pub lie: Option<Lie>,
}

#[async_trait]
impl Bench for DishonestBench {
    async fn fresh(&self) -> Arc<dyn Store> {
        Arc::new(DishonestStore::telling(self.lie))
    }

    async fn reopen(&self, store: Arc<dyn Store>) -> Option<Arc<dyn Store>> {
        // Memory is kept by keeping the store.
        if self.lie == Some(Lie::KeepsNothing) { Some(self.fresh().await) } else { Some(store) }
    }
}

/// The model behind a liar.
struct DishonestStore {
    honest: ModelStore,
    lie: Option<Lie>,
    relay: Arc<Relay>,
    notes: Mutex<Notes>,
}

/// What a liar has to remember.
#[derive(Default)]
struct Notes {
    /// Where each key and account really is.
    key_places: HashMap<KeyId, Place>,
    account_places: HashMap<AccountId, Place>,
    /// What is shown of a key instead of its row, and the projects that were deleted.
    keys_shown: HashMap<KeyId, Key>,
    deleted_projects: Vec<Account>,
    /// Operators' keys that were deleted.
    deleted_operators: Vec<OperatorKey>,
    /// The first mark of a pepper.
    pepper: Option<PepperMark>,
    /// Idempotency keys of commands that were not done.
    rejected: HashSet<[u8; 32]>,
    /// At which item each page of keys or accounts ended.
    keys_at: HashMap<Position, KeyId>,
    accounts_at: HashMap<Position, AccountId>,
    /// The labels of every account that was ever made.
    labels: Vec<(Account, Label)>,
    /// What is shown of a webhook instead of its row, and every webhook that was ever made.
    webhooks_shown: HashMap<WebhookId, Webhook>,
    webhooks_made: Vec<Webhook>,
    /// How many keys were ever made, by owner.
    keys_made: HashMap<AccountId, u32>,
    /// The use that came last, by key.
    last_came: HashMap<KeyId, Timestamp>,
    /// When keys of a place were looked at last.
    latest_looks: HashMap<Place, Timestamp>,
    /// Places of which a mark was set back, with what was kept of them before.
    before_resets: HashMap<Place, PlaceGuard>,
    /// What was approved last, and how many keys ended by their own date.
    approved: HashMap<Place, Approval>,
    dated: HashMap<Place, u64>,
    /// The latest day of which it was told that a key was seen.
    latest_told: HashMap<(KeyId, ExposureCause), i64>,
    /// When what was sent to a webhook, and a copy of a letter, failed last.
    failed_at: HashMap<(WebhookId, EventPosition), Timestamp>,
    letters_failed_at: HashMap<(LetterId, u8), Timestamp>,
    /// Audit entries that were written without a change, or not written.
    audit_too_many: u64,
    audit_too_few: u64,
    /// Events that were not written, or written of what did not happen.
    events_too_few: u64,
    events_too_many: u64,
}

impl DishonestStore {
    fn telling(lie: Option<Lie>) -> Self {
        let honest = ModelStore::new();
        let relay = Arc::new(Relay::of(lie));
        honest.watch(Arc::<Relay>::clone(&relay));
        Self { honest, lie, relay, notes: Mutex::default() }
    }

    fn tells(&self, lie: Lie) -> bool {
        self.lie == Some(lie)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens between the commit and the answer, where the lie is about telling.
    async fn before_answering(&self) {
        if self.tells(Lie::ForgetsAbsentCallers) {
            let mine: Vec<Change> = self.relay.take_held();
            tokio::task::yield_now().await;
            mine.iter().for_each(|change| self.relay.tell(change));
        }
        if self.tells(Lie::TellsInAnyOrder) {
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
            self.relay.take_held().iter().rev().for_each(|change| self.relay.tell(change));
        }
    }
}

#[async_trait]
impl Store for DishonestStore {
    fn watch(&self, observer: Arc<dyn Observer>) {
        self.relay.watch(observer);
    }

    async fn load(&self, visit: LoadVisitor<'_>) -> Result<u64, Fault> {
        self.lying_load(visit).await
    }

    async fn create_account(
        &self,
        command: CreateAccount,
    ) -> Outcome<Account, CreateAccountRejection> {
        let once = command.once;
        if self.holds_against(once) {
            return Err(Failure::Rejected(CreateAccountRejection::OtherRequest));
        }
        let command = CreateAccount { once: self.lying_once(once), ..command };
        let outcome = self.lying_create_account(command).await;
        self.after_doing(once, outcome.is_ok());
        self.before_answering().await;
        outcome
    }

    async fn update_account(
        &self,
        command: UpdateAccount,
    ) -> Outcome<Account, UpdateAccountRejection> {
        let outcome = self.lying_update_account(command).await;
        self.before_answering().await;
        outcome
    }

    async fn delete_account(
        &self,
        command: DeleteAccount,
    ) -> Outcome<Account, DeleteAccountRejection> {
        let outcome = self.lying_delete_account(command).await;
        self.before_answering().await;
        outcome
    }

    async fn create_key(&self, command: CreateKey) -> Outcome<Key, CreateKeyRejection> {
        let once = command.once;
        if self.holds_against(once) {
            return Err(Failure::Rejected(CreateKeyRejection::OtherRequest));
        }
        let command = CreateKey { once: self.lying_once(once), ..command };
        let outcome = self.lying_create_key(command).await;
        self.after_doing(once, outcome.is_ok());
        self.before_answering().await;
        outcome
    }

    async fn update_key(&self, command: UpdateKey) -> Outcome<Key, ChangeKeyRejection> {
        let outcome = self.lying_update_key(command).await;
        self.before_answering().await;
        outcome
    }

    async fn enable_key(&self, command: EnableKey) -> Outcome<Key, ChangeKeyRejection> {
        let outcome = self.lying_enable_key(command).await;
        self.before_answering().await;
        outcome
    }

    async fn disable_key(&self, command: DisableKey) -> Outcome<Key, ChangeKeyRejection> {
        let outcome = self.lying_disable_key(command).await;
        self.before_answering().await;
        outcome
    }

    async fn expose_key(&self, command: ExposeKey) -> Outcome<ExposedKey, ChangeKeyRejection> {
        let outcome = self.lying_expose_key(command).await;
        self.before_answering().await;
        outcome
    }

    async fn delete_key(&self, command: DeleteKey) -> Outcome<Key, ChangeKeyRejection> {
        let outcome = self.lying_delete_key(command).await;
        self.before_answering().await;
        outcome
    }

    async fn rotate_key(&self, command: RotateKey) -> Outcome<Key, RotateKeyRejection> {
        let outcome = self.lying_rotate_key(command).await;
        self.before_answering().await;
        outcome
    }

    async fn erase_secrets(&self, command: EraseSecrets) -> Result<u32, Fault> {
        let outcome = self.lying_erase_secrets(command).await;
        self.before_answering().await;
        outcome
    }

    async fn change_keys(&self, command: ChangeKeys) -> Outcome<ChangedKeys, ChangeKeysRejection> {
        let outcome = self.lying_change_keys(command).await;
        self.before_answering().await;
        outcome
    }

    async fn create_webhook(
        &self,
        command: CreateWebhook,
    ) -> Outcome<Webhook, CreateWebhookRejection> {
        self.lying_create_webhook(command).await
    }

    async fn update_webhook(&self, command: UpdateWebhook) -> Outcome<Webhook, NoSuchWebhook> {
        self.lying_update_webhook(command).await
    }

    async fn rotate_webhook(
        &self,
        command: RotateWebhook,
    ) -> Outcome<Webhook, RotateWebhookRejection> {
        self.lying_rotate_webhook(command).await
    }

    async fn delete_webhook(&self, command: DeleteWebhook) -> Outcome<Webhook, NoSuchWebhook> {
        self.lying_delete_webhook(command).await
    }

    async fn create_operator_key(
        &self,
        command: CreateOperatorKey,
    ) -> Outcome<OperatorKey, CreateOperatorKeyRejection> {
        let once = command.once;
        if self.holds_against(once) {
            return Err(Failure::Rejected(CreateOperatorKeyRejection::OtherRequest));
        }
        let command = CreateOperatorKey { once: self.lying_once(once), ..command };
        let outcome = self.lying_create_operator_key(command).await;
        self.after_doing(once, outcome.is_ok());
        self.before_answering().await;
        outcome
    }

    async fn delete_operator_key(
        &self,
        command: DeleteOperatorKey,
    ) -> Outcome<OperatorKey, DeleteOperatorKeyRejection> {
        let outcome = self.lying_delete_operator_key(command).await;
        self.before_answering().await;
        outcome
    }

    async fn settle_pepper(&self, mark: PepperMark) -> Result<PepperMark, Fault> {
        self.lying_settle_pepper(mark).await
    }

    async fn move_clock(&self, command: MoveClock) -> Outcome<PlaceClock, ClockRejection> {
        let outcome = self.lying_move_clock(command).await;
        self.before_answering().await;
        outcome
    }

    async fn place_clocks(&self) -> Result<Vec<PlaceClock>, Fault> {
        self.lying_place_clocks().await
    }

    async fn record_use(&self, uses: Vec<KeyUse>) -> Result<(), Fault> {
        let outcome = self.lying_record_use(uses).await;
        self.before_answering().await;
        outcome
    }

    async fn find_account(&self, place: Place, id: AccountId) -> Result<Option<Account>, Fault> {
        self.lying_find_account(place, id).await
    }

    async fn list_accounts(&self, question: ListAccounts) -> Result<Page<Account>, Fault> {
        self.lying_list_accounts(question).await
    }

    async fn browse_subaccounts(
        &self,
        question: BrowseSubaccounts,
    ) -> Result<Slice<Account>, Fault> {
        self.lying_browse_subaccounts(question).await
    }

    async fn find_webhook(
        &self,
        place: Place,
        account: Option<AccountId>,
        id: WebhookId,
    ) -> Result<Option<Webhook>, Fault> {
        self.lying_find_webhook(place, account, id).await
    }

    async fn list_webhooks(&self, place: Place, account: AccountId) -> Result<Vec<Webhook>, Fault> {
        self.lying_list_webhooks(place, account).await
    }

    async fn find_key(&self, place: Place, id: KeyId) -> Result<Option<Key>, Fault> {
        self.lying_find_key(place, id).await
    }

    async fn list_keys(&self, question: ListKeys) -> Result<Page<Key>, Fault> {
        self.lying_list_keys(question).await
    }

    async fn list_operator_keys(
        &self,
        question: ListOperatorKeys,
    ) -> Result<Page<OperatorKey>, Fault> {
        self.lying_list_operator_keys(question).await
    }

    async fn count_trail(&self) -> Result<TrailCount, Fault> {
        let mut count = self.honest.count_trail().await?;
        let notes = self.notes();
        count.audit = count.audit + notes.audit_too_many - notes.audit_too_few;
        count.events = count.events + notes.events_too_many - notes.events_too_few;
        Ok(count)
    }
}
