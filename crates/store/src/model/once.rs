//! What the model keeps of commands that are done once.
//!
//! Must not keep one beyond its time, nor anything of it that a digest does not say.

use std::collections::HashMap;

use domain::idempotence::Idempotence;
use domain::ids::{AccountId, KeyId, OperatorKeyId, WebhookId};
use domain::key::{Key, KeyState};
use domain::key_text::Kid;
use domain::time::Timestamp;

use super::Written;
use super::state::{State, require_new};
use crate::command::{CreateKey, CreateKeyRejection, Position};
use crate::fault::{Failure, Outcome};

/// What a command made.
#[derive(Clone)]
pub(super) enum Made {
    Account(AccountId),
    Key(KeyId),
    OperatorKey(OperatorKeyId),
    /// The secret of a rotation, by its public id.
    Secret(Kid),
    /// What became of many keys.
    Keys {
        matched: u32,
        changed: Vec<KeyId>,
        next: Option<Position>,
    },
    Webhook(WebhookId),
}

/// One command that was done.
#[derive(Clone)]
pub(super) struct Done {
    pub(super) fingerprint: [u8; 32],
    pub(super) made: Made,
    at: Timestamp,
    pub(super) epoch: u64,
}

/// All that are kept.
#[derive(Default)]
pub(super) struct Once(HashMap<[u8; 32], Done>);

impl Once {
    /// What was done under this key, unless that is forgotten by now.
    pub(super) fn find(&self, once: &Idempotence) -> Option<Done> {
        let done = self.0.get(&once.key).cloned();
        done.filter(|done| done.at > once.forgotten_until())
    }

    /// Keeps what was done, and forgets what is too old.
    pub(super) fn note(&mut self, once: Option<Idempotence>, made: Made, epoch: u64) {
        let Some(once) = once else { return };
        self.0.retain(|_, done| done.at > once.forgotten_until());
        let Idempotence { key, fingerprint, at } = once;
        self.0.insert(key, Done { fingerprint, made, at, epoch });
    }

    /// Says under another name what was made; when it was made stays.
    pub(super) fn rename(&mut self, once: &Idempotence, made: Made) {
        if let Some(done) = self.0.get_mut(&once.key) {
            done.made = made;
        }
    }
}

impl State {
    /// Gives the key that was made another text, if nobody can miss the older one.
    pub(super) fn make_again(
        &mut self,
        command: &CreateKey,
        once: &Idempotence,
        done: Done,
    ) -> Outcome<Written<Key>, CreateKeyRejection> {
        let (true, Made::Key(id)) = (done.fingerprint == once.fingerprint, done.made) else {
            return Err(Failure::Rejected(CreateKeyRejection::OtherRequest));
        };
        let untouched = |key: &&Key| {
            key.last_used_at.is_none()
                && key.previous.is_none()
                // An old secret is gone in the end, and its key was rotated all the same.
                && key.secret.created_at == key.created_at
                && key.state_at(command.key.created_at) == KeyState::Enabled
        };
        let found = self.key(&command.key.place, id).filter(untouched);
        let Some(mut key) = found.cloned() else {
            return Err(Failure::Rejected(CreateKeyRejection::AlreadyMade { made: id }));
        };
        require_new(!self.kids.contains(&command.key.secret.kid), "key")?;
        let old = key.reissue(&command.key.secret);
        key.epoch = self.write_trail(&command.trail.of_reissue(id), [])?;
        Ok(self.put_without(key, Some(old)))
    }
}
