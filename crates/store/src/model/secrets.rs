//! The model's commands about secrets: rotation, use and erasure.
//!
//! Must not write anything before the last check of a command has passed.

use domain::digest::{DigestVersion, PepperMark};
use domain::idempotence::Idempotence;
use domain::key::Key;
use domain::key_text::Kid;
use domain::secret::{OldSecret, Secret, SecretStanding};
use domain::time::Timestamp;

use super::Written;
use super::once::{Done, Made};
use super::state::{State, require_new};
use crate::command::{
    ChangeKeyRejection, EraseSecrets, KeyUse, RotateKey, RotateKeyRejection, RotationBy,
};
use crate::fault::{Failure, Outcome};
use crate::port::{Change, KeyRow, LoadVisitor, Loaded};

impl State {
    pub(super) fn rotate_key(
        &mut self,
        command: RotateKey,
    ) -> Outcome<Written<Key>, RotateKeyRejection> {
        let found = self.changeable(&command.place, command.key, command.at);
        let key = found.map_err(|failure| failure.map_rejection(cannot_rotate))?.clone();
        if let Some(once) = &command.once
            && let Some(done) = self.once.find(once)
        {
            return self.rotate_again(&command, once, &done, key);
        }
        let RotateKey { place: _, key: _, secret, overlap, start, by, at, once, trail } = command;
        let mut key = in_use(key, by, at)?;
        require_new(!self.kids.contains(&secret.kid), "secret")?;
        let kid = secret.kid;
        let gone = key.rotate(secret, overlap, start, at);
        key.epoch = self.write_trail(&trail, [&key])?;
        self.once.note(once, Made::Secret(kid), key.epoch);
        Ok(self.put_without(key, gone))
    }

    /// Gives the secret of this rotation another text, if nobody can miss the older one.
    fn rotate_again(
        &mut self,
        command: &RotateKey,
        once: &Idempotence,
        done: &Done,
        mut key: Key,
    ) -> Outcome<Written<Key>, RotateKeyRejection> {
        let (true, Made::Secret(kid)) = (done.fingerprint == once.fingerprint, &done.made) else {
            return Err(Failure::Rejected(RotateKeyRejection::OtherRequest));
        };
        if key.secret.kid != *kid || key.secret.last_used_at.is_some() {
            return Err(Failure::Rejected(RotateKeyRejection::AlreadyRotated));
        }
        require_new(!self.kids.contains(&command.secret.kid), "secret")?;
        key.epoch = self.write_trail(&command.trail.of_reissue(key.id), [])?;
        let gone = key.reissue(&command.secret);
        self.once.rename(once, Made::Secret(key.secret.kid));
        Ok(self.put_without(key, Some(gone)))
    }

    /// Puts a key in the place of its older self, and tells of the text that is dead with this.
    pub(super) fn put_without(&mut self, key: Key, gone: Option<Kid>) -> Written<Key> {
        let mut written = self.put(key);
        if let Some(old) = gone {
            let key = Box::new(written.answer.clone());
            written.changes = vec![Change::Reissued { key, old }];
        }
        written
    }

    pub(super) fn record_use(&mut self, mut uses: Vec<KeyUse>) -> Written<()> {
        uses.sort_by_key(|used| used.at);
        let mut changes = Vec::new();
        for KeyUse { key, kid, at } in uses {
            let Some(key) = self.keys.get_mut(&key) else { continue };
            if key.state.was_idle() {
                continue;
            }
            key.last_used_at = key.last_used_at.max(Some(at));
            let old = key.previous.as_mut().map(|old| &mut old.secret);
            for secret in [Some(&mut key.secret), old].into_iter().flatten() {
                if secret.kid == kid {
                    secret.last_used_at = secret.last_used_at.max(Some(at));
                }
            }
            if key.secret.kid == kid && key.start_clock(at) {
                changes.push(Change::Key(Box::new(key.clone())));
            }
        }
        Written { answer: (), changes }
    }

    /// The mark that stands: the one before, as long as a secret was made under it.
    pub(super) fn settle_pepper(&mut self, mark: PepperMark) -> PepperMark {
        let peppered = |secret: &Secret| secret.digest.version == DigestVersion::PepperedSha256;
        let of_keys = self.keys.iter().any(|key| {
            peppered(&key.secret) || key.previous.as_ref().is_some_and(|old| peppered(&old.secret))
        });
        let of_operators = (self.operator_keys.iter())
            .any(|key| key.digest.version == DigestVersion::PepperedSha256);
        match self.pepper {
            Some(stood) if of_keys || of_operators => stood,
            Some(_) | None => *self.pepper.insert(mark),
        }
    }

    pub(super) fn erase_secrets(&mut self, command: &EraseSecrets) -> Written<u32> {
        let EraseSecrets { place, at, limit } = command;
        let mut erased = Written::silent(0);
        let due: Vec<Key> =
            self.keys.iter().filter(|key| key.previous.is_some()).cloned().collect();
        let due = due.into_iter().filter(|key| place.holds(&key.place));
        for mut key in due {
            if erased.answer < *limit && key.drop_ended_secret(*at) {
                erased.changes.extend(self.put(key).changes);
                erased.answer += 1;
            }
        }
        erased.answer += self.erase_tokens(command, limit.saturating_sub(erased.answer));
        erased
    }
}

/// The key, if the secret that its holder shows is the one in use; that it is used is certain then.
fn in_use(mut key: Key, by: RotationBy, at: Timestamp) -> Result<Key, Failure<RotateKeyRejection>> {
    match by {
        RotationBy::Manager => {}
        RotationBy::Holder(kid) if kid == key.secret.kid => {
            key.secret.last_used_at.get_or_insert(at);
        }
        RotationBy::Holder(_) => return Err(Failure::Rejected(RotateKeyRejection::NotInUse)),
    }
    Ok(key)
}

fn cannot_rotate(rejection: ChangeKeyRejection) -> RotateKeyRejection {
    match rejection {
        ChangeKeyRejection::NoSuchKey => RotateKeyRejection::NoSuchKey,
        ChangeKeyRejection::Final(state) => RotateKeyRejection::Final(state),
    }
}

/// The public ids of a key.
pub(super) fn kids_of(key: &Key) -> impl Iterator<Item = Kid> {
    [Some(key.secret.kid), key.previous.as_ref().map(|old| old.secret.kid)].into_iter().flatten()
}

/// Shows each secret of a key to a load.
pub(super) fn show(key: &Key, visit: LoadVisitor<'_>) {
    let (permissions, ip_list) = (key.permissions.to_compact(), key.ip_list.to_texts().join(","));
    let mut show = |secret: &Secret, standing| {
        visit(Loaded::Key(KeyRow {
            id: key.id,
            realm: key.place.realm.as_str(),
            environment: key.place.environment.as_str(),
            owner: key.owner,
            reach: key.reach,
            kid: secret.kid,
            digest: secret.digest,
            standing,
            permissions: &permissions,
            ip_list: &ip_list,
            state: key.state,
            expires_at: key.expires_at,
            last_used_at: secret.last_used_at,
            epoch: key.epoch,
        }));
    };
    show(&key.secret, SecretStanding::Current);
    if let Some(OldSecret { secret, end }) = &key.previous {
        show(secret, SecretStanding::Replaced(*end));
    }
}
