//! The keyring: every key of the server in memory, found by the public id in its text. A key that
//! is being given a new secret is there under both ids.
//!
//! Readers take no lock and never wait for a writer. Writers come one at a time, from the store's
//! observer, in the order of epochs. Must not decide whether a request passes.

mod chunks;
mod found;
mod index;
mod load;
mod owners;
mod record;
mod rights;
mod slab;
mod slot;
mod table;
mod views;
mod writer;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::account::Account;
use domain::clock::PlaceClock;
use domain::digest::KeyDigest;
use domain::ids::{AccountId, OperatorKeyId, Place};
use domain::key::Key;
use domain::key_text::Kid;
use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};
use domain::secret::{OldSecret, Secret, SecretStanding};
use domain::time::Timestamp;
use papaya::HashMap;
use store::port::{Change, Observer};

use crate::place::{PlaceIndex, Places};
pub(crate) use found::Found;
pub use load::{LoadError, LoadReport};
pub(crate) use owners::{Owner, Standing};
pub(crate) use record::Record;
use record::{RecordParts, instant, later};
use rights::RightsTable;
use slab::{At, Slab};
use table::Table;
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
    keys: Table,
    rights: RightsTable,
    owners: Slab<Owner>,
    owner_places: HashMap<AccountId, At>,
    operators: HashMap<Kid, OperatorRecord>,
    epoch: AtomicU64,
    places: Places,
    writer: Mutex<Writer>,
}

impl Keyring {
    /// An empty keyring for these places.
    pub(crate) fn new(places: Places) -> Self {
        Self {
            keys: Table::new(),
            rights: RightsTable::new(),
            owners: Slab::new(),
            owner_places: HashMap::new(),
            operators: HashMap::new(),
            epoch: AtomicU64::new(0),
            places,
            writer: Mutex::new(Writer::default()),
        }
    }

    /// The places it serves.
    pub(crate) const fn places(&self) -> &Places {
        &self.places
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
    pub(crate) fn owner(&self, id: AccountId) -> Option<&Owner> {
        self.owners.get(self.owner_at(id)?)
    }

    fn owner_at(&self, id: AccountId) -> Option<At> {
        self.owner_places.pin().get(&id).copied()
    }

    /// The owner above this one, where there is one.
    pub(crate) fn above(&self, owner: &Owner) -> Option<&Owner> {
        self.owners.get(owner.parent?)
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
        if let Some(found) = self.find(kid) {
            found.uses.stored(at);
        }
    }

    /// Brings the uses that are shown of a key to what is known in memory, where that is later.
    pub(crate) fn freshen(&self, key: &mut Key) {
        let old = key.previous.as_mut().map(|old| &mut old.secret);
        for secret in [Some(&mut key.secret), old].into_iter().flatten() {
            let here = self.keys.find(secret.kid).and_then(|filling| filling.marks.uses());
            let here = here.and_then(|uses| uses.used_ms).map(instant);
            secret.last_used_at = secret.last_used_at.max(here);
            key.last_used_at = key.last_used_at.max(here);
        }
    }

    fn put_account(&self, account: &Account, writer: &mut Writer) -> Result<(), Unplaced> {
        let place =
            self.place_index(account.place.realm.as_str(), account.place.environment.as_str())?;
        let view = writer.views.of(account);
        if let Some(known) = self.owner(account.id) {
            known.update(account.epoch, view);
            return Ok(());
        }
        let parent = match account.kind.parent() {
            None => None,
            Some(id) => Some(self.owner_at(id).ok_or(Unplaced)?),
        };
        let at = self.owners.push(Owner::new(account, place, parent, view)).ok_or(Unplaced)?;
        self.owner_places.pin().insert(account.id, at);
        Ok(())
    }

    /// Moves the clock of a place.
    pub(crate) fn put_clock(&self, clock: &PlaceClock) -> Result<(), Unplaced> {
        let Place { realm, environment } = &clock.place;
        let place = self.places.find(realm.as_str(), environment.as_str()).ok_or(Unplaced)?;
        place.move_clock(clock.offset);
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
        self.place_index(key.place.realm.as_str(), key.place.environment.as_str())?;
        let owner = self.owner_at(key.owner).ok_or(Unplaced)?;
        let (permissions, ip_list) =
            (key.permissions.to_compact(), key.ip_list.to_texts().join(","));
        let old = key.previous.as_ref();
        let old = old.map(|OldSecret { secret, end }| (secret, SecretStanding::Replaced(*end)));
        let current = Some((&key.secret, SecretStanding::Current));
        for (secret, standing) in [old, current].into_iter().flatten() {
            let parts = parts(key, secret, standing);
            let held = self.rights.hold(&mut writer.rights, &permissions, &ip_list);
            let Some(rights) = held else {
                // Not with the rights of before either.
                self.remove(secret.kid, writer);
                tracing::error!(key = %key.id, "the rights of a key cannot be kept in memory; it will be refused");
                continue;
            };
            self.put_record(secret.kid, &parts, owner, rights, writer)?;
        }
        if let Some(gone) = writer.note_told(key) {
            self.remove(gone, writer);
        }
        Ok(())
    }

    /// Puts a record in the place of an earlier one. The rights were held for it.
    fn put_record(
        &self,
        kid: Kid,
        parts: &RecordParts,
        owner: At,
        rights: At,
        writer: &mut Writer,
    ) -> Result<(), Unplaced> {
        let entry = self.keys.entry(kid);
        let older = entry.filling();
        let known = older.map(|filling| Record::from_words(&filling.words));
        if known.is_some_and(|known| known.epoch > parts.epoch) {
            writer.rights.release(rights);
            return Ok(());
        }
        let uses = later(older.and_then(|filling| filling.marks.uses()), parts.last_used_at);
        let words = parts.record(owner, rights).to_words();
        if self.keys.put(&mut writer.table, entry, &words, uses).is_err() {
            tracing::error!("there is no room for another key in memory; it will be refused");
            writer.rights.release(rights);
            return Err(Unplaced);
        }
        if let Some(known) = known {
            writer.rights.release(known.rights);
        }
        Ok(())
    }

    fn remove(&self, kid: Kid, writer: &mut Writer) {
        let known = self.keys.find(kid).map(|filling| Record::from_words(&filling.words));
        self.keys.remove(&mut writer.table, kid);
        if let Some(known) = known {
            writer.rights.release(known.rights);
        }
    }

    fn place_index(&self, realm: &str, environment: &str) -> Result<PlaceIndex, Unplaced> {
        self.places.find(realm, environment).map(|found| found.index).ok_or(Unplaced)
    }

    fn advance(&self, epoch: u64) {
        self.epoch.fetch_max(epoch, Ordering::Release);
    }
}

/// A row whose realm, environment or owner is not served here.
#[derive(Debug)]
pub(crate) struct Unplaced;

impl Observer for Keyring {
    fn committed(&self, change: &Change) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (placed, epoch) = match change {
            Change::Account(account) => (self.put_account(account, &mut writer), account.epoch),
            Change::AccountWithKey(made) => {
                let (account, key) = &**made;
                let placed = self.put_account(account, &mut writer);
                (placed.and_then(|()| self.put_key(key, &mut writer)), account.epoch)
            }
            Change::Key(key) => (self.put_key(key, &mut writer), key.epoch),
            Change::Reissued { key, old } => {
                // The older text goes first: there is no moment at which both work.
                self.remove(*old, &mut writer);
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
            Change::Clock(clock) => (self.put_clock(clock), clock.epoch),
        };
        if placed.is_err() {
            tracing::error!("a committed change belongs to no place that is served here");
        }
        self.advance(epoch);
    }
}

fn parts(key: &Key, secret: &Secret, standing: SecretStanding) -> RecordParts {
    RecordParts {
        id: key.id,
        digest: secret.digest,
        epoch: key.epoch,
        state: key.state,
        reach: key.reach,
        expires_at: key.expires_at,
        standing,
        last_used_at: secret.last_used_at,
    }
}
