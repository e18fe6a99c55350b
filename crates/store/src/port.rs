//! The port: what every store does, one method for each whole command.
//!
//! Must not offer transactions, clocks or generated identities to callers: a command is checked,
//! written and told of in one transaction inside the store.

mod aging;
mod audit;
mod deliveries;
mod events;
mod guards;
mod letters;

use std::sync::Arc;

use async_trait::async_trait;
use domain::account::Account;
use domain::clock::{ClockRejection, PlaceClock};
use domain::digest::{KeyDigest, PepperMark};
use domain::ids::{AccountId, KeyId, Place, WebhookId};
use domain::key::{Key, KeyState};
use domain::key_text::Kid;
use domain::operator::OperatorKey;
use domain::prefix::Reach;
use domain::secret::SecretStanding;
use domain::time::Timestamp;
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
pub use aging::AgingStore;
pub use audit::AuditStore;
pub use deliveries::DeliveryStore;
pub use events::EventStore;
pub use guards::GuardStore;
pub use letters::LetterStore;

/// A change that was committed, as it now stands. Webhooks are not told of: no key is verified by
/// them, and whoever sends to them reads their rows.
#[derive(Clone, Debug)]
pub enum Change {
    /// An account was made or changed. A deleted one stands for all its keys, which are deleted
    /// with it and not told of one by one.
    Account(Account),
    /// An account was made together with its first key.
    AccountWithKey(Box<(Account, Key)>),
    /// A key was made or changed. A secret of it that is no longer named is erased.
    Key(Box<Key>),
    /// A key has another text in the place of one that nobody used; the one with this public id is
    /// dead.
    Reissued {
        /// The key, with its new text.
        key: Box<Key>,
        /// The public id in its older text.
        old: Kid,
    },
    /// Many keys were changed at once: at least one, all with the same epoch.
    Keys(Vec<Key>),
    /// An operator's key was made or deleted.
    OperatorKey(Box<OperatorKey>),
    /// The clock of a place was moved.
    Clock(PlaceClock),
}

/// Is told of every committed change, in the order of commits, before the command is answered. Epochs
/// rise with that order; a key is told of again under its epoch when its old secret gets its end, and
/// when that is erased.
///
/// This is how the keyring never lags behind an answer, also when the caller has gone away.
pub trait Observer: Send + Sync {
    /// Takes in one change. Quick, and without waiting: the store holds its writer meanwhile.
    fn committed(&self, change: &Change);
}

/// One row of the initial load. Borrowed, because a million of them pass by.
#[derive(Debug)]
pub enum Loaded<'a> {
    /// An account; owners come before their keys, parents before their children.
    Account(&'a Account),
    /// An operator's key.
    OperatorKey(&'a OperatorKey),
    /// A secret of a key, in the lean form that a keyring needs: one for each key, and later
    /// a second one for a key whose old secret is still known.
    Key(KeyRow<'a>),
    /// A row that cannot be read. It costs what it describes, and nothing else.
    Damaged {
        /// Which table.
        table: &'static str,
        /// The row's identity as far as it can be read.
        id: String,
        /// What is wrong.
        detail: String,
    },
}

/// A secret of a key, and the key, as a keyring needs them.
#[derive(Debug)]
pub struct KeyRow<'a> {
    /// Its identity.
    pub id: KeyId,
    /// The name of its realm.
    pub realm: &'a str,
    /// The name of its environment.
    pub environment: &'a str,
    /// Its owner.
    pub owner: AccountId,
    /// For whom it may act.
    pub reach: Reach,
    /// The public id inside the secret's text.
    pub kid: Kid,
    /// The digest of the secret's text.
    pub digest: KeyDigest,
    /// Which of the key's secrets it is.
    pub standing: SecretStanding,
    /// Its permissions in the compact text of `PermissionSet::to_compact`.
    pub permissions: &'a str,
    /// Its list of addresses, joined by commas; empty for any.
    pub ip_list: &'a str,
    /// Its state.
    pub state: KeyState,
    /// When it ends by its own date.
    pub expires_at: Option<Timestamp>,
    /// When this secret was last used, as stored.
    pub last_used_at: Option<Timestamp>,
    /// The epoch of its last change.
    pub epoch: u64,
}

/// Takes in the rows of the initial load.
pub type LoadVisitor<'v> = &'v mut (dyn FnMut(Loaded<'_>) + Send);

/// What every store does.
///
/// Laws that every implementation must keep are in the crate `store_conformance`.
#[async_trait]
pub trait Store:
    AgingStore + AuditStore + EventStore + DeliveryStore + GuardStore + LetterStore + Send + Sync
{
    /// Tells the observer of every change that is committed from now on.
    fn watch(&self, observer: Arc<dyn Observer>);

    /// Keeps the mark of a pepper, and answers the one that stands from now on: the one that stood
    /// before as long as any secret was made under a pepper, and this one otherwise. It is no change
    /// that anybody is told of.
    async fn settle_pepper(&self, mark: PepperMark) -> Result<PepperMark, Fault>;

    /// Reads accounts, operator keys and keys in one snapshot; returns the epoch of that snapshot.
    async fn load(&self, visit: LoadVisitor<'_>) -> Result<u64, Fault>;

    /// Makes an account with all that it begins with, checking limits and labels in the same
    /// transaction.
    async fn create_account(
        &self,
        command: CreateAccount,
    ) -> Outcome<Account, CreateAccountRejection>;

    /// Changes fields of an account.
    async fn update_account(
        &self,
        command: UpdateAccount,
    ) -> Outcome<Account, UpdateAccountRejection>;

    /// Deletes an account below another one, and all its keys and webhooks.
    async fn delete_account(
        &self,
        command: DeleteAccount,
    ) -> Outcome<Account, DeleteAccountRejection>;

    /// Makes a key, checking the owner's limit in the same transaction.
    async fn create_key(&self, command: CreateKey) -> Outcome<Key, CreateKeyRejection>;

    /// Changes fields of a key.
    async fn update_key(&self, command: UpdateKey) -> Outcome<Key, ChangeKeyRejection>;

    /// Switches a key on.
    async fn enable_key(&self, command: EnableKey) -> Outcome<Key, ChangeKeyRejection>;

    /// Switches a key off.
    async fn disable_key(&self, command: DisableKey) -> Outcome<Key, ChangeKeyRejection>;

    /// Tells that others saw a key, and may switch it off.
    async fn expose_key(&self, command: ExposeKey) -> Outcome<ExposedKey, ChangeKeyRejection>;

    /// Deletes a key.
    async fn delete_key(&self, command: DeleteKey) -> Outcome<Key, ChangeKeyRejection>;

    /// Gives a key a new secret.
    async fn rotate_key(&self, command: RotateKey) -> Outcome<Key, RotateKeyRejection>;

    /// Erases secrets that ended; says how many.
    async fn erase_secrets(&self, command: EraseSecrets) -> Result<u32, Fault>;

    /// Does one thing to many keys.
    async fn change_keys(&self, command: ChangeKeys) -> Outcome<ChangedKeys, ChangeKeysRejection>;

    /// Makes a webhook, checking the account's limit in the same transaction.
    async fn create_webhook(
        &self,
        command: CreateWebhook,
    ) -> Outcome<Webhook, CreateWebhookRejection>;

    /// Changes fields of a webhook.
    async fn update_webhook(&self, command: UpdateWebhook) -> Outcome<Webhook, NoSuchWebhook>;

    /// Gives a webhook another token.
    async fn rotate_webhook(
        &self,
        command: RotateWebhook,
    ) -> Outcome<Webhook, RotateWebhookRejection>;

    /// Deletes a webhook.
    async fn delete_webhook(&self, command: DeleteWebhook) -> Outcome<Webhook, NoSuchWebhook>;

    /// Makes a key for an operator.
    async fn create_operator_key(
        &self,
        command: CreateOperatorKey,
    ) -> Outcome<OperatorKey, CreateOperatorKeyRejection>;

    /// Deletes an operator's key, unless it is the last of an admin.
    async fn delete_operator_key(
        &self,
        command: DeleteOperatorKey,
    ) -> Outcome<OperatorKey, DeleteOperatorKeyRejection>;

    /// Moves the clock of a place forward.
    async fn move_clock(&self, command: MoveClock) -> Outcome<PlaceClock, ClockRejection>;

    /// The clocks that were moved, in the order of their places.
    async fn place_clocks(&self) -> Result<Vec<PlaceClock>, Fault>;

    /// Keeps the latest use of each key and secret; an earlier use never replaces a later one. Uses
    /// of keys that do not exist are passed over. See [`KeyUse`] for what a first use starts.
    async fn record_use(&self, uses: Vec<KeyUse>) -> Result<(), Fault>;

    /// One account, in whatever state.
    async fn find_account(&self, place: Place, id: AccountId) -> Result<Option<Account>, Fault>;

    /// A page of accounts.
    async fn list_accounts(&self, question: ListAccounts) -> Result<Page<Account>, Fault>;

    /// A slice of the sub-accounts of one account.
    async fn browse_subaccounts(
        &self,
        question: BrowseSubaccounts,
    ) -> Result<Slice<Account>, Fault>;

    /// One webhook, in whatever state: of this account, or of any where none is named.
    async fn find_webhook(
        &self,
        place: Place,
        account: Option<AccountId>,
        id: WebhookId,
    ) -> Result<Option<Webhook>, Fault>;

    /// The webhooks of an account in the order of their making, deleted ones left out. There are no
    /// pages, because the limit of webhooks keeps them few.
    async fn list_webhooks(&self, place: Place, account: AccountId) -> Result<Vec<Webhook>, Fault>;

    /// One key, in whatever state.
    async fn find_key(&self, place: Place, id: KeyId) -> Result<Option<Key>, Fault>;

    /// A page of keys.
    async fn list_keys(&self, question: ListKeys) -> Result<Page<Key>, Fault>;

    /// A page of operators' keys.
    async fn list_operator_keys(
        &self,
        question: ListOperatorKeys,
    ) -> Result<Page<OperatorKey>, Fault>;

    /// How many audit entries and events there are; for checks that nothing goes untold.
    async fn count_trail(&self) -> Result<TrailCount, Fault>;
}

/// How many rows tell of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailCount {
    /// Audit entries.
    pub audit: u64,
    /// Events.
    pub events: u64,
}
