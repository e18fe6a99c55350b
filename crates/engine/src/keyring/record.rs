//! A secret of a key in memory, with what a verification needs of the key, in as few bytes as it
//! takes.
//!
//! A key that is being given a new secret has two records, and the older one bears its end. A
//! record is replaced whole by every change; only the marks of use change in place. Must not
//! hold names, hints or anything else that a verification does not read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use domain::digest::KeyDigest;
use domain::ids::KeyId;
use domain::ip_list::IpList;
use domain::key::KeyState;
use domain::permission::PermissionSet;
use domain::prefix::Reach;
use domain::refusal::Ending;
use domain::secret::{End, SecretStanding};
use domain::time::Timestamp;
use domain::verdict::KeyFacts;

use crate::keyring::owners::Owner;

/// Stands for "no such instant" in the packed fields.
const NEVER: i64 = i64::MIN;

/// Uses closer together than this are one use in memory.
const USE_RESOLUTION_MS: i64 = 1_000;

/// One secret of a key in memory, and the key.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) id: KeyId,
    pub(crate) digest: KeyDigest,
    pub(crate) owner: Arc<Owner>,
    pub(crate) permissions: Arc<PermissionSet>,
    pub(crate) ip_list: Arc<IpList>,
    pub(crate) epoch: u64,
    pub(crate) state: KeyState,
    pub(crate) reach: Reach,
    /// What ends first: the key by its date, or the secret because it was replaced.
    ends_at_ms: i64,
    ends_by: Ending,
    used_at_ms: AtomicI64,
    stored_at_ms: AtomicI64,
    queued: AtomicBool,
}

/// The fields from which a record is made.
pub(crate) struct RecordParts {
    pub(crate) id: KeyId,
    pub(crate) digest: KeyDigest,
    pub(crate) owner: Arc<Owner>,
    pub(crate) permissions: Arc<PermissionSet>,
    pub(crate) ip_list: Arc<IpList>,
    pub(crate) epoch: u64,
    pub(crate) state: KeyState,
    pub(crate) reach: Reach,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) standing: SecretStanding,
    pub(crate) last_used_at: Option<Timestamp>,
}

impl Record {
    /// A record whose last use is the later of the stored one and the one an older record knows.
    pub(crate) fn new(parts: RecordParts, older: Option<&Self>) -> Self {
        let end = End::first(parts.expires_at, parts.standing);
        let stored = packed(parts.last_used_at);
        let used = older.map_or(stored, |old| old.used_at_ms.load(Ordering::Relaxed).max(stored));
        let stored =
            older.map_or(stored, |old| old.stored_at_ms.load(Ordering::Relaxed).max(stored));
        Self {
            id: parts.id,
            digest: parts.digest,
            owner: parts.owner,
            permissions: parts.permissions,
            ip_list: parts.ip_list,
            epoch: parts.epoch,
            state: parts.state,
            reach: parts.reach,
            ends_at_ms: packed(end.map(|end| end.at)),
            // Without an end nobody asks for its cause.
            ends_by: end.map_or(Ending::Date, |end| end.cause),
            used_at_ms: AtomicI64::new(used),
            stored_at_ms: AtomicI64::new(stored),
            queued: AtomicBool::new(false),
        }
    }

    /// What the verdict needs to know.
    pub(crate) fn facts(&self) -> KeyFacts<'_> {
        KeyFacts {
            state: self.state,
            end: unpacked(self.ends_at_ms).map(|at| End { at, cause: self.ends_by }),
            permissions: &self.permissions,
            ip_list: &self.ip_list,
            reach: self.reach,
        }
    }

    /// When it was last used, as far as this process knows.
    pub(crate) fn used_at(&self) -> Option<Timestamp> {
        unpacked(self.used_at_ms.load(Ordering::Relaxed))
    }

    /// Notes a use in memory and returns how long ago the store last heard of one.
    pub(crate) fn note_use(&self, now: Timestamp) -> i64 {
        let now_ms = now.as_millis();
        let used_ms = self.used_at_ms.load(Ordering::Relaxed);
        if now_ms.saturating_sub(used_ms) >= USE_RESOLUTION_MS {
            // Of two uses at once either may stand, which spares readers a locked instruction.
            self.used_at_ms.store(now_ms, Ordering::Relaxed);
        }
        now_ms.saturating_sub(self.stored_at_ms.load(Ordering::Relaxed))
    }

    /// Claims the one place in the queue; false where it is taken.
    pub(crate) fn claim_queue(&self) -> bool {
        !self.queued.load(Ordering::Relaxed) && !self.queued.swap(true, Ordering::Relaxed)
    }

    /// The store has this use now.
    pub(crate) fn stored(&self, at: Timestamp) {
        self.stored_at_ms.fetch_max(at.as_millis(), Ordering::Relaxed);
        self.queued.store(false, Ordering::Relaxed);
    }
}

fn packed(instant: Option<Timestamp>) -> i64 {
    instant.map_or(NEVER, Timestamp::as_millis)
}

const fn unpacked(ms: i64) -> Option<Timestamp> {
    if ms == NEVER { None } else { Some(Timestamp::from_millis(ms)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::key_text::Kid;

    #[test]
    fn a_record_and_its_kid_are_as_large_as_two_cache_lines() {
        assert_eq!(size_of::<(Kid, Record)>(), 128);
    }
}
