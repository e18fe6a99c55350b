//! What the model holds, and its commands and questions as plain functions on it.
//!
//! Must not write anything before the last check of a command has passed.

use std::collections::{HashMap, HashSet};

use domain::account::Account;
use domain::clock::PlaceClock;
use domain::digest::PepperMark;
use domain::exposure::ExposureCause;
use domain::ids::{AccountId, AuditId, EventId, KeyId, OperatorKeyId, Place, WebhookId};
use domain::key::{Key, KeyState};
use domain::key_text::Kid;
use domain::label::Label;
use domain::operator::OperatorKey;
use domain::time::Timestamp;
use domain::webhook::Webhook;

use super::aging::Aging;
use super::deliveries::Deliveries;
use super::letters::Letters;
use super::once::{Made, Once};
use super::rows::Rows;
use super::{Written, secrets};
use crate::command::{
    AuditRow, ChangeKeyRejection, CreateKey, CreateKeyRejection, DeleteKey, DisableKey, EnableKey,
    EventPosition, EventRow, KeyChange, ListKeys, Page, Trail, UpdateKey,
};
use crate::fault::{Failure, Fault, FaultKind, Outcome};
use crate::port::{Change, LoadVisitor, Loaded, TrailCount};

/// Everything that the model holds.
#[derive(Default)]
pub(super) struct State {
    epoch: u64,
    pub(super) accounts: Rows<AccountId, Account>,
    pub(super) operator_keys: Rows<OperatorKeyId, OperatorKey>,
    pub(super) labels: HashMap<AccountId, Vec<Label>>,
    pub(super) keys: Rows<KeyId, Key>,
    pub(super) webhooks: Rows<WebhookId, Webhook>,
    pub(super) operator_kids: HashSet<Kid>,
    pub(super) kids: HashSet<Kid>,
    pub(super) once: Once,
    pub(super) pepper: Option<PepperMark>,
    pub(super) clocks: Vec<PlaceClock>,
    pub(super) aging: Aging,
    /// The day on which it was last told that others saw a key.
    pub(super) exposures: HashMap<(KeyId, ExposureCause), i64>,
    pub(super) audit: HashSet<AuditId>,
    pub(super) audit_rows: Vec<AuditRow>,
    pub(super) events: Vec<EventRow>,
    pub(super) deliveries: Deliveries,
    pub(super) letters: Letters,
    pub(super) event_ids: HashSet<EventId>,
}

impl State {
    pub(super) fn load(&self, visit: LoadVisitor<'_>) -> u64 {
        self.accounts.iter().for_each(|account| visit(Loaded::Account(account)));
        self.operator_keys.iter().for_each(|key| visit(Loaded::OperatorKey(key)));
        for key in self.keys.iter() {
            secrets::show(key, visit);
        }
        self.epoch
    }

    pub(super) fn create_key(
        &mut self,
        command: CreateKey,
    ) -> Outcome<Written<Key>, CreateKeyRejection> {
        if let Some(once) = &command.once
            && let Some(made) = self.once.find(once)
        {
            return self.make_again(&command, once, made);
        }
        let CreateKey { mut key, keys_max, once, trail } = command;
        let Some(owner) = self.account_there(&key.place, key.owner) else {
            return Err(Failure::Rejected(CreateKeyRejection::NoSuchAccount));
        };
        let limit = owner.keys_max.or(keys_max);
        let counts = |other: &&Key| {
            other.owner == key.owner && other.state_at(key.created_at).counts_towards_limit()
        };
        if self.keys.iter().filter(counts).count() >= limit as usize {
            return Err(Failure::Rejected(CreateKeyRejection::LimitReached { limit }));
        }
        let new = self.keys.get(&key.id).is_none() && !self.kids.contains(&key.secret.kid);
        require_new(new, "key")?;
        key.epoch = self.write_trail(&trail, [&key])?;
        self.kids.insert(key.secret.kid);
        self.keys.push(key.id, key.clone());
        self.once.note(once, Made::Key(key.id), key.epoch);
        Ok(Written { changes: vec![Change::Key(Box::new(key.clone()))], answer: key })
    }

    pub(super) fn update_key(
        &mut self,
        command: UpdateKey,
    ) -> Outcome<Written<Key>, ChangeKeyRejection> {
        let UpdateKey { place, key, change, at, trail } = command;
        let old = self.changeable(&place, key, at)?;
        let KeyChange { name, permissions, expires_at, ip_list, switch } = change;
        let mut new = old.clone();
        new.name = name.unwrap_or(new.name);
        new.permissions = permissions.unwrap_or(new.permissions);
        new.expires_at = expires_at.unwrap_or(new.expires_at);
        new.ip_list = ip_list.unwrap_or(new.ip_list);
        let moved = switch.is_some_and(|switch| new.throw(switch, at));
        if new.expires_at != old.expires_at {
            new.look_again(at);
        }
        let changed = moved
            || new.name != old.name
            || new.permissions != old.permissions
            || new.expires_at != old.expires_at
            || new.ip_list != old.ip_list;
        let trail = trail.of_update(old, &new);
        self.rewrite(new, changed, at, &trail).map_err(Failure::from)
    }

    pub(super) fn enable_key(
        &mut self,
        command: &EnableKey,
    ) -> Outcome<Written<Key>, ChangeKeyRejection> {
        let mut key = self.changeable(&command.place, command.key, command.at)?.clone();
        let changed = key.state != KeyState::Enabled;
        if changed {
            key.state = KeyState::Enabled;
            key.enabled_at = command.at;
            key.look_again(command.at);
        }
        self.rewrite(key, changed, command.at, &command.trail).map_err(Failure::from)
    }

    pub(super) fn disable_key(
        &mut self,
        command: &DisableKey,
    ) -> Outcome<Written<Key>, ChangeKeyRejection> {
        let mut key = self.changeable(&command.place, command.key, command.at)?.clone();
        let changed = key.state == KeyState::Enabled;
        if changed {
            key.state = KeyState::Disabled(command.cause);
        }
        self.rewrite(key, changed, command.at, &command.trail).map_err(Failure::from)
    }

    pub(super) fn delete_key(
        &mut self,
        command: &DeleteKey,
    ) -> Outcome<Written<Key>, ChangeKeyRejection> {
        let found = self.key(&command.place, command.key);
        let mut key = found.ok_or(Failure::Rejected(ChangeKeyRejection::NoSuchKey))?.clone();
        let changed = key.state != KeyState::Deleted;
        key.state = KeyState::Deleted;
        self.rewrite(key, changed, command.at, &command.trail).map_err(Failure::from)
    }

    pub(super) fn key(&self, place: &Place, id: KeyId) -> Option<&Key> {
        self.keys.get(&id).filter(|key| key.place == *place)
    }

    pub(super) fn list_keys(&self, question: &ListKeys) -> Page<Key> {
        let ListKeys { place, owner, filter, now, after, limit, rows_max } = question;
        let listed = |key: &Key| {
            key.place == *place
                && key.state != KeyState::Deleted
                && owner.is_none_or(|owner| key.owner == owner)
        };
        self.keys.page(*after, *limit, *rows_max, listed, |key| filter.matches(key, *now))
    }

    pub(super) fn count_trail(&self) -> TrailCount {
        TrailCount { audit: self.audit.len() as u64, events: self.events.len() as u64 }
    }

    /// The key, if it is there and not over for good at this instant.
    pub(super) fn changeable(
        &self,
        place: &Place,
        id: KeyId,
        at: Timestamp,
    ) -> Result<&Key, Failure<ChangeKeyRejection>> {
        let key = self.key(place, id).ok_or(Failure::Rejected(ChangeKeyRejection::NoSuchKey))?;
        match key.state_at(at) {
            KeyState::Enabled | KeyState::Disabled(_) => Ok(key),
            over @ (KeyState::Expired(_) | KeyState::Deleted) => {
                Err(Failure::Rejected(ChangeKeyRejection::Final(over)))
            }
        }
    }

    /// Puts a key in the place of its older self, if anything about it changed, and erases an old
    /// secret that has ended.
    pub(super) fn rewrite(
        &mut self,
        mut key: Key,
        changed: bool,
        at: Timestamp,
        trail: &Trail,
    ) -> Result<Written<Key>, Fault> {
        if !changed {
            return Ok(Written::silent(key));
        }
        key.epoch = self.write_trail(trail, [&key])?;
        key.drop_ended_secret(at);
        Ok(self.put(key))
    }

    /// Puts a key, stamped with its epoch, in the place of its older self.
    pub(super) fn put(&mut self, key: Key) -> Written<Key> {
        if let Some(row) = self.keys.get_mut(&key.id) {
            secrets::kids_of(row).for_each(|kid| {
                self.kids.remove(&kid);
            });
            self.kids.extend(secrets::kids_of(&key));
            *row = key.clone();
        }
        Written { changes: vec![Change::Key(Box::new(key.clone()))], answer: key }
    }

    /// Writes what tells of a change that wrote these keys, and takes the next epoch: the last step
    /// that can fail.
    pub(super) fn write_trail<'k>(
        &mut self,
        trail: &Trail,
        keys: impl IntoIterator<Item = &'k Key>,
    ) -> Result<u64, Fault> {
        require_new(!self.audit.contains(&trail.audit.id), "audit entry")?;
        let ids: HashSet<EventId> = trail.events.iter().map(|event| event.id).collect();
        let new = ids.len() == trail.events.len() && self.event_ids.is_disjoint(&ids);
        require_new(new, "event")?;
        self.audit.insert(trail.audit.id);
        self.event_ids.extend(ids);
        self.epoch += 1;
        let epoch = self.epoch;
        self.audit_rows.push(AuditRow { epoch, entry: trail.audit.clone() });
        let rows = (0..).zip(trail.told(keys)).map(|(ordinal, (event, key))| EventRow {
            position: EventPosition { epoch, ordinal },
            event: event.clone(),
            key,
        });
        self.events.extend(rows);
        Ok(epoch)
    }
}

/// Identities are random, so one that comes twice is our trouble: nothing is done, and the caller
/// may try again with a new one.
pub(super) fn require_new(new: bool, what: &str) -> Result<(), Fault> {
    if new {
        return Ok(());
    }
    let detail = format!("the identity of this {what} is taken already");
    Err(Fault::new(FaultKind::Unavailable, detail))
}
