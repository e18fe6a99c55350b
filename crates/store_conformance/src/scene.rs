//! A store with a cast: makes commands with identities, names and trails that never repeat.
//!
//! Must not read a clock or a generator: everything follows from a counter. Identities are spread
//! out, so that their order is not the order of making.

use std::sync::Arc;

use domain::account::{
    Account, AccountKind, AccountState, AccountSwitch, Branding, Details, LimitRule, UserAgentRule,
};
use domain::audit::{Action, Actor, AuditEntry, Event, EventKind};
use domain::digest::DigestVersion;
use domain::hint::KeyHint;
use domain::ids::{AccountId, AuditId, EventId, KeyId, OperatorKeyId, Place, RequestId};
use domain::ip_list::IpList;
use domain::key::{DisabledCause, Key, KeyAction, KeyState};
use domain::key_filter::KeyFilter;
use domain::key_text::Kid;
use domain::language::LanguageRule;
use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};
use domain::permission::PermissionSet;
use domain::prefix::Reach;
use domain::secret::{Overlap, OverlapStart, Secret};
use store::command::{
    AccountChange, Belongings, ChangeKeys, CreateAccount, CreateKey, CreateOperatorKey,
    DeleteAccount, DeleteKey, DeleteOperatorKey, DisableKey, EnableKey, KeyChange, KeyUse,
    RotateKey, RotationBy, Trail, UpdateAccount, UpdateKey,
};
use store::port::{Store, TrailCount};

pub mod deliveries;
pub mod letters;
pub mod webhooks;
mod words;

pub use words::{
    addresses, contacts, digest, elsewhere, here, instant, name, note_use, permissions,
};

use crate::Bench;
use crate::checks::OrSaid;

/// Most keys of an account where the limit is not what is looked at.
pub const ROOMY: u32 = 10_000;

/// Odd, so that multiplying by it never maps two counts to one identity.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// A store under test, and what is needed to talk to it.
pub struct Scene {
    /// The store.
    pub store: Arc<dyn Store>,
    count: u64,
}

impl Scene {
    /// A scene on this store, which nobody else writes to.
    #[must_use]
    pub fn on(store: Arc<dyn Store>) -> Self {
        Self { store, count: 0 }
    }

    /// The same scene after its store was closed and opened by somebody else.
    #[must_use]
    pub fn reopened_by(self, open: impl FnOnce() -> Arc<dyn Store>) -> Self {
        drop(self.store);
        Self { store: open(), count: self.count }
    }

    /// An empty store.
    pub(crate) async fn fresh(bench: &dyn Bench) -> Self {
        Self::on(bench.fresh().await)
    }

    /// The same scene after its store was closed and opened; `None` where it keeps nothing.
    pub(crate) async fn reopened(self, bench: &dyn Bench) -> Option<Self> {
        let store = bench.reopen(self.store).await?;
        Some(Self { store, count: self.count })
    }

    /// A number that was not handed out before.
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(crate) fn next_spread(&mut self) -> u128 {
        u128::from(self.next()).wrapping_mul(SPREAD)
    }

    /// A trail with this many events.
    pub fn trail(&mut self, place: &Place, events: usize) -> Trail {
        let event = |scene: &mut Self| Event {
            id: EventId::from_u128(scene.next_spread()),
            at: instant(0),
            kind: EventKind::Created,
            place: place.clone(),
            account: AccountId::Uuid(1_u128.to_be_bytes()),
            key: KeyId::from_u128(1),
            exposure: None,
        };
        let events = (0..events).map(|_| event(self)).collect();
        let audit = AuditEntry {
            id: AuditId::from_u128(self.next_spread()),
            at: instant(0),
            actor: Actor::System,
            action: Action::CreateKey,
            place: Some(place.clone()),
            target: "somebody".to_owned(),
            request_id: RequestId::from_u128(self.next_spread()),
        };
        Trail { audit, events }
    }

    /// A trail with one event about this key.
    pub fn trail_of(&mut self, key: &Key) -> Trail {
        let mut trail = self.trail(&key.place, 1);
        for event in &mut trail.events {
            (event.account, event.key) = (key.owner, key.id);
        }
        trail
    }

    /// A command that makes an account of this kind.
    pub fn account(&mut self, place: &Place, kind: AccountKind) -> CreateAccount {
        let id = match kind {
            AccountKind::Root | AccountKind::Subaccount { .. } => {
                AccountId::Uuid(self.next_spread().to_be_bytes())
            }
            AccountKind::Project { .. } => {
                let bytes = self.next_spread().to_be_bytes();
                AccountId::Object(std::array::from_fn(|at| bytes[at + 4]))
            }
        };
        let account = Account {
            id,
            place: place.clone(),
            kind,
            name: name("Ana"),
            ip_list: IpList::Any,
            user_agent: UserAgentRule::Optional,
            release_until: None,
            branding: Branding::Ours,
            keys_max: LimitRule::OfRealm,
            projects_max: LimitRule::OfRealm,
            contacts: contacts(&["ana@example.com"]),
            mail: Some(webhooks::mail("Loja@example.com")),
            language: LanguageRule::OfRealm,
            details: Some(Details::new(&format!("details of {id}")).expect("short")),
            state: AccountState::Active,
            created_at: instant(0),
            epoch: 0,
        };
        let (belongings, trail) = (Belongings::default(), self.trail(place, 0));
        CreateAccount { account, belongings, projects_max: None, once: None, trail }
    }

    /// A command that makes an enabled key of this owner.
    pub fn key(&mut self, owner: &Account) -> CreateKey {
        let key = Key {
            id: KeyId::from_u128(self.next_spread()),
            place: owner.place.clone(),
            owner: owner.id,
            reach: Reach::Own,
            secret: self.secret(),
            previous: None,
            name: name("first"),
            permissions: PermissionSet::Unrestricted,
            ip_list: IpList::Any,
            state: KeyState::Enabled,
            expires_at: None,
            created_at: instant(0),
            enabled_at: instant(0),
            last_used_at: None,
            look_at: None,
            epoch: 0,
        };
        let trail = self.trail_of(&key);
        CreateKey { key, keys_max: ROOMY, once: None, trail }
    }

    /// What is kept of a secret that no key has yet.
    pub fn secret(&mut self) -> Secret {
        let number = self.next();
        Secret {
            kid: Kid::from_u128(u128::from(number) * 1_000_003),
            digest: digest(DigestVersion::Sha256, number),
            hint: KeyHint::from_stored(&format!("key_{number}…9xQ2")),
            created_at: instant(0),
            last_used_at: None,
        }
    }

    /// A command by which whoever manages a key gives it a new secret at the instant 10, with an
    /// overlap of two seconds from the first use of the new one on.
    pub fn rotate(&mut self, key: &Key) -> RotateKey {
        let secret = Secret { created_at: instant(10), ..self.secret() };
        RotateKey {
            place: key.place.clone(),
            key: key.id,
            secret,
            overlap: Overlap::from_seconds(2).expect("a short overlap"),
            start: OverlapStart::AtFirstUse,
            by: RotationBy::Manager,
            at: instant(10),
            once: None,
            trail: self.trail_of(key),
        }
    }

    /// The key, given a new secret by such a command.
    pub async fn rotated(&mut self, key: &Key) -> Result<Key, String> {
        let command = self.rotate(key);
        self.store.rotate_key(command).await.or_said("rotating")
    }

    /// Records uses of the secret with this public id.
    pub async fn used(&self, key: &Key, kid: Kid, at_ms: &[i64]) -> Result<(), String> {
        let uses = at_ms.iter().map(|ms| KeyUse { key: key.id, kid, at: instant(*ms) }).collect();
        self.store.record_use(uses).await.or_said("recording uses")
    }

    /// A command that makes a key for an operator.
    pub fn operator_key(&mut self, role: OperatorRole) -> CreateOperatorKey {
        let mut trail = self.trail(&here(), 0);
        trail.audit.place = None;
        let key = OperatorKey {
            id: OperatorKeyId::from_u128(self.next_spread()),
            role,
            name: name("Ola"),
            kid: Kid::from_u128(u128::from(self.next()) * 1_000_003),
            digest: digest(DigestVersion::PepperedSha256, self.next()),
            hint: KeyHint::from_stored("op_a…b"),
            state: OperatorKeyState::Active,
            created_at: instant(1),
        };
        CreateOperatorKey { key, once: None, trail }
    }

    /// A command that changes fields of a key.
    pub fn update(&mut self, key: &Key, change: KeyChange) -> UpdateKey {
        let trail = self.trail_of(key);
        UpdateKey { place: key.place.clone(), key: key.id, change, at: instant(10), trail }
    }

    /// A command that switches a key on.
    pub fn enable(&mut self, key: &Key) -> EnableKey {
        let trail = self.trail_of(key);
        EnableKey { place: key.place.clone(), key: key.id, at: instant(20), trail }
    }

    /// A command that switches a key off.
    pub fn disable(&mut self, key: &Key) -> DisableKey {
        let (place, trail) = (key.place.clone(), self.trail_of(key));
        DisableKey { place, key: key.id, cause: DisabledCause::Manual, at: instant(10), trail }
    }

    /// A command that deletes a key.
    pub fn delete(&mut self, key: &Key) -> DeleteKey {
        let trail = self.trail_of(key);
        DeleteKey { place: key.place.clone(), key: key.id, at: instant(30), trail }
    }

    /// A command that does one thing to all of these keys, and tells of each.
    pub fn change_keys(&mut self, keys: &[Key], action: KeyAction) -> ChangeKeys {
        let place = keys.first().map_or_else(here, |key| key.place.clone());
        let mut trail = self.trail(&place, keys.len());
        for (event, key) in trail.events.iter_mut().zip(keys) {
            (event.account, event.key) = (key.owner, key.id);
        }
        let keys = keys.iter().map(|key| key.id).collect();
        let filter = KeyFilter::everything();
        ChangeKeys {
            place,
            owner: None,
            keys,
            filter,
            left_alone: 0,
            next: None,
            action,
            at: instant(30),
            once: None,
            trail,
        }
    }

    /// A command that changes fields of an account.
    pub fn update_account(&mut self, account: &Account, change: AccountChange) -> UpdateAccount {
        let (place, trail) = (account.place.clone(), self.trail(&account.place, 0));
        UpdateAccount { place, account: account.id, change, trail }
    }

    /// A command that deletes an operator's key.
    pub fn delete_operator_key(&mut self, key: &OperatorKey) -> DeleteOperatorKey {
        let mut trail = self.trail(&here(), 0);
        trail.audit.place = None;
        DeleteOperatorKey { key: key.id, trail }
    }

    /// An account, suspended or resumed.
    pub async fn switched(
        &mut self,
        account: &Account,
        switch: AccountSwitch,
    ) -> Result<Account, String> {
        let change = AccountChange { switch: Some(switch), ..AccountChange::default() };
        let command = self.update_account(account, change);
        self.store.update_account(command).await.or_said("switching an account")
    }

    /// A command that deletes an account which has these keys, and tells of each.
    pub fn delete_account<'k>(
        &mut self,
        account: &Account,
        keys: impl IntoIterator<Item = &'k Key>,
    ) -> DeleteAccount {
        let keys: Vec<KeyId> = keys.into_iter().map(|key| key.id).collect();
        let (place, mut trail) = (account.place.clone(), self.trail(&account.place, keys.len()));
        for (event, key) in trail.events.iter_mut().zip(&keys) {
            (event.account, event.key) = (account.id, *key);
        }
        DeleteAccount { place, account: account.id, keys, trail }
    }

    /// A root account, made.
    pub async fn made_root(&mut self, place: &Place) -> Result<Account, String> {
        let command = self.account(place, AccountKind::Root);
        self.store.create_account(command).await.or_said("making a root account")
    }

    /// A project of this root account, made.
    pub async fn made_project(&mut self, root: &Account) -> Result<Account, String> {
        let command = self.account(&root.place, AccountKind::Project { parent: root.id });
        self.store.create_account(command).await.or_said("making a project")
    }

    /// A sub-account of this root account, made.
    pub async fn made_subaccount(&mut self, root: &Account) -> Result<Account, String> {
        let command = self.account(&root.place, AccountKind::Subaccount { parent: root.id });
        self.store.create_account(command).await.or_said("making a sub-account")
    }

    /// An account, deleted together with these keys of it.
    pub async fn deleted_account<'k>(
        &mut self,
        account: &Account,
        keys: impl IntoIterator<Item = &'k Key>,
    ) -> Result<Account, String> {
        let command = self.delete_account(account, keys);
        self.store.delete_account(command).await.or_said("deleting an account")
    }

    /// An enabled key of this owner, made.
    pub async fn made_key(&mut self, owner: &Account) -> Result<Key, String> {
        let command = self.key(owner);
        self.store.create_key(command).await.or_said("making a key")
    }

    /// A key of this owner that is in this state, made.
    pub async fn made_key_in(&mut self, owner: &Account, state: KeyState) -> Result<Key, String> {
        let mut command = self.key(owner);
        command.key.state = state;
        self.store.create_key(command).await.or_said("making a key")
    }

    /// A key for an operator of this role, made.
    pub async fn made_operator_key(&mut self, role: OperatorRole) -> Result<OperatorKey, String> {
        let command = self.operator_key(role);
        self.store.create_operator_key(command).await.or_said("making an operator's key")
    }

    /// The key as the store has it now.
    pub async fn found(&self, key: &Key) -> Result<Option<Key>, String> {
        self.store.find_key(key.place.clone(), key.id).await.or_said("finding a key")
    }

    /// The account as the store has it now.
    pub async fn found_account(&self, account: &Account) -> Result<Option<Account>, String> {
        let found = self.store.find_account(account.place.clone(), account.id).await;
        found.or_said("finding an account")
    }

    /// How much tells of changes.
    pub async fn trail_count(&self) -> Result<TrailCount, String> {
        self.store.count_trail().await.or_said("counting the trail")
    }

    /// The epoch of the store.
    pub async fn epoch(&self) -> Result<u64, String> {
        self.store.load(&mut |_| {}).await.or_said("loading")
    }
}
