//! The keyring: every key of the server in memory, found by the public id in its text. A key that
//! is being given a new secret is there under both ids.
//!
//! Readers take no lock and never wait for a writer. Writers come one at a time, from the store's
//! observer, in the order of epochs. Must not decide whether a request passes.

mod intern;
mod load;
mod owners;
mod record;
mod writer;

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::account::Account;
use domain::digest::KeyDigest;
use domain::ids::{AccountId, OperatorKeyId};
use domain::key::Key;
use domain::key_text::Kid;
use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};
use domain::secret::{OldSecret, Secret, SecretStanding};
use domain::time::Timestamp;
use papaya::HashMap;
use store::port::{Change, Observer};

use crate::place::{PlaceIndex, Places};
pub use load::{LoadError, LoadReport};
pub(crate) use owners::{Owner, Standing};
pub(crate) use record::Record;
use record::RecordParts;
use writer::Writer;

/// An operator's key in memory.
#[derive(Debug)]
pub(crate) struct OperatorRecord {
    pub(crate) id: OperatorKeyId,
    pub(crate) role: OperatorRole,
    pub(crate) state: OperatorKeyState,
    pub(crate) digest: KeyDigest,
}

/// All keys in memory.
#[derive(Debug)]
pub(crate) struct Keyring {
    keys: HashMap<Kid, Record, KidHash>,
    owners: HashMap<AccountId, Arc<Owner>>,
    operators: HashMap<Kid, OperatorRecord, KidHash>,
    epoch: AtomicU64,
    places: Places,
    writer: Mutex<Writer>,
}

impl Keyring {
    /// An empty keyring for these places.
    pub(crate) fn new(places: Places) -> Self {
        Self {
            keys: HashMap::builder().hasher(KidHash).build(),
            owners: HashMap::new(),
            operators: HashMap::builder().hasher(KidHash).build(),
            epoch: AtomicU64::new(0),
            places,
            writer: Mutex::new(Writer::default()),
        }
    }

    /// The places it serves.
    pub(crate) const fn places(&self) -> &Places {
        &self.places
    }

    /// Gives the record with this id to `read`, if there is one.
    pub(crate) fn with_key<T>(&self, kid: Kid, read: impl FnOnce(&Record) -> T) -> Option<T> {
        self.keys.pin().get(&kid).map(read)
    }

    /// Gives the operator's record with this id to `read`, if there is one.
    pub(crate) fn with_operator<T>(
        &self,
        kid: Kid,
        read: impl FnOnce(&OperatorRecord) -> T,
    ) -> Option<T> {
        self.operators.pin().get(&kid).map(read)
    }

    /// The owner with this id.
    pub(crate) fn owner(&self, id: AccountId) -> Option<Arc<Owner>> {
        self.owners.pin().get(&id).map(Arc::clone)
    }

    /// The epoch of the latest change that it has taken in.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// How many secrets it holds, those of deleted and expired keys included.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether it holds an operator's key that works.
    pub(crate) fn has_operators(&self) -> bool {
        self.operators.pin().values().any(|record| record.state == OperatorKeyState::Active)
    }

    /// The store has this use of a key now.
    pub(crate) fn stored_use(&self, kid: Kid, at: Timestamp) {
        self.with_key(kid, |record| record.stored(at));
    }

    /// Brings the uses that are shown of a key to what is known in memory, where that is later.
    pub(crate) fn freshen(&self, key: &mut Key) {
        let old = key.previous.as_mut().map(|old| &mut old.secret);
        for secret in [Some(&mut key.secret), old].into_iter().flatten() {
            let here = self.with_key(secret.kid, Record::used_at).flatten();
            secret.last_used_at = secret.last_used_at.max(here);
            key.last_used_at = key.last_used_at.max(here);
        }
    }

    fn put_account(
        &self,
        account: &Account,
        interner: &mut intern::Interner,
    ) -> Result<(), Unplaced> {
        let place =
            self.place_index(account.place.realm.as_str(), account.place.environment.as_str())?;
        let view = interner.view(account);
        let owners = self.owners.pin();
        if let Some(known) = owners.get(&account.id) {
            known.update(account.epoch, view);
            return Ok(());
        }
        let parent = match account.kind.parent() {
            None => None,
            Some(id) => Some(owners.get(&id).map(Arc::clone).ok_or(Unplaced)?),
        };
        owners.insert(account.id, Arc::new(Owner::new(account, place, parent, view)));
        Ok(())
    }

    fn put_operator(&self, key: &OperatorKey) {
        let operators = self.operators.pin();
        // These rows carry no epoch; but what was deleted never comes back, so that is the later.
        if operators.get(&key.kid).is_some_and(|old| old.state == OperatorKeyState::Deleted) {
            return;
        }
        let OperatorKey { id, role, state, digest, .. } = *key;
        operators.insert(key.kid, OperatorRecord { id, role, state, digest });
    }

    /// Takes in a key with its secrets; what it had before and has no more is gone.
    fn put_key(&self, key: &Key, writer: &mut Writer) -> Result<(), Unplaced> {
        let interner = &mut writer.interner;
        self.place_index(key.place.realm.as_str(), key.place.environment.as_str())?;
        let permissions = interner.permissions(&key.permissions.to_compact()).ok_or(Unplaced)?;
        let ip_list = interner.ip_list(&key.ip_list.to_texts().join(",")).ok_or(Unplaced)?;
        let owner = self.owner(key.owner).ok_or(Unplaced)?;
        let put = |secret: &Secret, standing| {
            let parts = RecordParts {
                id: key.id,
                digest: secret.digest,
                owner: Arc::clone(&owner),
                permissions: Arc::clone(&permissions),
                ip_list: Arc::clone(&ip_list),
                epoch: key.epoch,
                state: key.state,
                reach: key.reach,
                expires_at: key.expires_at,
                standing,
                last_used_at: secret.last_used_at,
            };
            self.put_record(secret.kid, parts);
        };
        if let Some(OldSecret { secret, end }) = &key.previous {
            put(secret, SecretStanding::Replaced(*end));
        }
        put(&key.secret, SecretStanding::Current);
        if let Some(gone) = writer.note_told(key) {
            self.keys.pin().remove(&gone);
        }
        Ok(())
    }

    fn put_record(&self, kid: Kid, parts: RecordParts) {
        let keys = self.keys.pin();
        let older = keys.get(&kid);
        if older.is_some_and(|old| old.epoch > parts.epoch) {
            return;
        }
        let record = Record::new(parts, older);
        keys.insert(kid, record);
    }

    fn place_index(&self, realm: &str, environment: &str) -> Result<PlaceIndex, Unplaced> {
        self.places.find(realm, environment).map(|found| found.index).ok_or(Unplaced)
    }

    fn advance(&self, epoch: u64) {
        self.epoch.fetch_max(epoch, Ordering::Release);
    }
}

/// A row whose realm, environment or owner is not served here.
struct Unplaced;

impl Observer for Keyring {
    fn committed(&self, change: &Change) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (placed, epoch) = match change {
            Change::Account(account) => {
                (self.put_account(account, &mut writer.interner), account.epoch)
            }
            Change::AccountWithKey(made) => {
                let (account, key) = &**made;
                let placed = self.put_account(account, &mut writer.interner);
                (placed.and_then(|()| self.put_key(key, &mut writer)), account.epoch)
            }
            Change::Key(key) => (self.put_key(key, &mut writer), key.epoch),
            Change::Reissued { key, old } => {
                // The older text goes first: there is no moment at which both work.
                self.keys.pin().remove(old);
                (self.put_key(key, &mut writer), key.epoch)
            }
            Change::Keys(keys) => {
                let mut placed = Ok(());
                for key in keys {
                    // One that is not placed must not keep the others from their places.
                    placed = self.put_key(key, &mut writer).and(placed);
                }
                (placed, keys.iter().map(|key| key.epoch).max().unwrap_or(0))
            }
            Change::OperatorKey(key) => {
                self.put_operator(key);
                (Ok(()), 0)
            }
        };
        if placed.is_err() {
            tracing::error!("a committed change belongs to no place that is served here");
        }
        self.advance(epoch);
    }
}

/// Spreads key ids over the table. They are random and only this server makes them, so a sender
/// cannot choose what is in the table; an unkeyed hash is enough.
#[derive(Clone, Copy, Debug, Default)]
struct KidHash;

impl BuildHasher for KidHash {
    type Hasher = KidHasher;

    fn build_hasher(&self) -> KidHasher {
        KidHasher(0)
    }
}

struct KidHasher(u64);

impl Hasher for KidHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Kids hash as one u128; this arm only keeps the contract of the trait.
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "folding 128 bits into 64 is the point")]
    fn write_u128(&mut self, number: u128) {
        let folded = (number as u64) ^ ((number >> 64) as u64).rotate_left(32);
        let mixed = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
