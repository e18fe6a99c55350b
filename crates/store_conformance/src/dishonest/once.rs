//! How the liar treats commands that are to be done once.
//!
//! Must not look at what a command makes.

use domain::idempotence::Idempotence;
use domain::time::Timestamp;

use super::{DishonestStore, Lie};

impl DishonestStore {
    /// What the model behind the liar is told of a command's idempotency.
    pub(super) fn lying_once(&self, once: Option<Idempotence>) -> Option<Idempotence> {
        let mut once = once.filter(|_| !self.tells(Lie::DoesItTwice))?;
        if self.tells(Lie::IgnoresFingerprints) {
            once.fingerprint = [0; 32];
        }
        if self.tells(Lie::RemembersForEver) {
            once.at = Timestamp::from_millis(1);
        }
        Some(once)
    }

    /// Whether the liar holds it against a command that one with its key was not done.
    pub(super) fn holds_against(&self, once: Option<Idempotence>) -> bool {
        once.is_some_and(|once| self.notes().rejected.contains(&once.key))
    }

    /// Notes what became of a command.
    pub(super) fn after_doing(&self, once: Option<Idempotence>, done: bool) {
        if self.tells(Lie::KeepsRejectedRequests) && !done {
            self.notes().rejected.extend(once.map(|once| once.key));
        }
    }
}
