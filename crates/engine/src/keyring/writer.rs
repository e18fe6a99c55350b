//! What writers of the keyring keep, one at a time: which slots are free, which values keys share, and
//! which keys have an old secret.
//!
//! Must not be needed by a reader.

use std::collections::HashMap;

use domain::ids::KeyId;
use domain::key::Key;
use domain::key_text::Kid;
use domain::secret::SecretStanding;

use super::rights::RightsWriter;
use super::table::TableWriter;
use super::views::Views;

/// What writers keep.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) table: TableWriter,
    pub(super) rights: RightsWriter,
    pub(super) views: Views,
    /// The old secret of each key that has one, so that it can be taken out when it is gone. Few
    /// keys have one, so this stays small.
    replaced: HashMap<KeyId, Kid>,
}

impl Writer {
    /// Notes a secret of the initial load.
    pub(super) fn note_loaded(&mut self, key: KeyId, kid: Kid, standing: SecretStanding) {
        match standing {
            SecretStanding::Current => {}
            SecretStanding::Replaced(_) => {
                self.replaced.insert(key, kid);
            }
        }
    }

    /// Notes which old secret a changed key has; returns the one that it has no more.
    pub(super) fn note_told(&mut self, key: &Key) -> Option<Kid> {
        let old = key.previous.as_ref().map(|old| old.secret.kid);
        let before = match old {
            Some(kid) => self.replaced.insert(key.id, kid),
            None => self.replaced.remove(&key.id),
        };
        before.filter(|before| old != Some(*before) && key.secret.kid != *before)
    }
}
