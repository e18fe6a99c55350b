//! A secret that was found: its record as it was at one moment, with its owner and rights, and the
//! marks of its use.
//!
//! Must not change what it is judged by once it was found.

use domain::key_text::Kid;
use domain::time::Timestamp;
use domain::verdict::KeyFacts;
use memory::prefetch;

use super::owners::Owner;
use super::record::{Record, in_word};
use super::rights::HeldRights;
use super::slot::Marks;
use super::{Keyring, table};

/// Uses closer together than this are one use in memory.
const USE_RESOLUTION_MS: u64 = 1_000;

/// A secret that was found.
#[derive(Debug)]
pub(crate) struct Found<'k> {
    pub(crate) record: Record,
    pub(crate) owner: &'k Owner,
    rights: HeldRights,
    pub(crate) uses: UseMarks<'k>,
}

/// Where uses of a secret are marked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UseMarks<'k>(Marks<'k>);

/// A search for a secret, in steps: what the next step reads comes near meanwhile.
#[derive(Debug)]
pub(crate) struct Search<'k> {
    keyring: &'k Keyring,
    secrets: table::Search<'k>,
    kid: Kid,
}

impl Keyring {
    /// What is in memory under this id.
    pub(crate) fn find(&self, kid: Kid) -> Option<Found<'_>> {
        self.search(kid).finish()
    }

    /// A search for what is in memory under this id, whose first step is under way.
    pub(crate) fn search(&self, kid: Kid) -> Search<'_> {
        Search { keyring: self, secrets: self.keys.search(kid), kid }
    }
}

impl<'k> Search<'k> {
    /// Takes the second step. For speed alone.
    pub(crate) fn approach(&self) {
        self.secrets.approach();
    }

    /// What was found.
    pub(crate) fn finish(self) -> Option<Found<'k>> {
        let Self { keyring, secrets, kid } = self;
        let mut filling = secrets.finish()?;
        loop {
            let record = Record::from_words(&filling.words);
            let owner = keyring.owners.get(record.owner)?;
            prefetch(owner);
            let rights = keyring.rights.get(record.rights)?;
            // What another key has meanwhile must not be taken for what this one had.
            if filling.marks.stand() {
                return Some(Found { record, owner, rights, uses: UseMarks(filling.marks) });
            }
            filling = keyring.keys.find(kid)?;
        }
    }
}

impl Found<'_> {
    /// What the verdict needs to know.
    pub(crate) fn facts(&self) -> KeyFacts<'_> {
        KeyFacts {
            state: self.record.state,
            end: self.record.end,
            permissions: &self.rights.permissions,
            ip_list: &self.rights.ip_list,
            reach: self.record.reach,
        }
    }
}

impl UseMarks<'_> {
    /// Marks a use in memory and returns for how many milliseconds the store has heard of none;
    /// `None` where that is not known, because it never has or the key was changed meanwhile.
    pub(crate) fn note(&self, now: Timestamp) -> Option<u64> {
        let now_ms = in_word(now);
        let uses = self.0.uses()?;
        if uses.used_ms.is_none_or(|used_ms| now_ms.saturating_sub(used_ms) >= USE_RESOLUTION_MS) {
            self.0.mark_used(uses, now_ms);
        }
        uses.stored_ms.map(|stored_ms| now_ms.saturating_sub(stored_ms))
    }

    /// Claims the one place in the queue; false where it is taken.
    pub(crate) fn claim_queue(&self) -> bool {
        self.0.claim_queue()
    }

    /// The store has this use now.
    pub(crate) fn stored(&self, at: Timestamp) {
        self.0.mark_stored(in_word(at));
        self.0.leave_queue();
    }
}
