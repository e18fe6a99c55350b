//! The secrets of a key: the one in use and, while it is being replaced, the one before it.
//!
//! A key has two secrets at most. Must not make a secret, and must not hold one: what is kept of
//! it is its digest.

use crate::digest::KeyDigest;
use crate::hint::KeyHint;
use crate::key_text::Kid;
use crate::refusal::Ending;
use crate::time::Timestamp;

/// What is kept of a secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The public id inside its text.
    pub kid: Kid,
    /// The digest of its text.
    pub digest: KeyDigest,
    /// What may be shown of its text.
    pub hint: KeyHint,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the granule of the use log.
    pub last_used_at: Option<Timestamp>,
}

/// For how long a replaced secret goes on working once its clock runs: whole seconds, seven days
/// at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Overlap(u32);

impl Overlap {
    /// The longest: seven days.
    pub const MAX_SECONDS: u32 = 604_800;
    /// What is taken when nobody says: a day, so that whoever deploys in the evening has the
    /// morning to look again.
    pub const USUAL: Self = Self(86_400);

    /// This many seconds; `None` if they are more than the longest.
    #[must_use]
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        u32::try_from(seconds).ok().filter(|seconds| *seconds <= Self::MAX_SECONDS).map(Self)
    }

    /// How many seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// The end of an overlap whose clock starts at this instant.
    #[must_use]
    pub fn end_from(self, start: Timestamp) -> Timestamp {
        start.plus_millis(i64::from(self.0) * 1_000)
    }
}

/// When the clock of a replaced secret starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OverlapStart {
    /// When the new secret is first used: until then nobody can know that it has arrived.
    AtFirstUse,
    /// With the rotation.
    AtOnce,
}

/// When a replaced secret ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretEnd {
    /// So long after the first use of the secret that replaced it.
    AfterFirstUse(Overlap),
    /// At this instant; from it on the secret is refused.
    At(Timestamp),
}

impl SecretEnd {
    /// The end of a secret that is replaced at this instant.
    #[must_use]
    pub fn of(overlap: Overlap, start: OverlapStart, at: Timestamp) -> Self {
        match start {
            OverlapStart::AtFirstUse => Self::AfterFirstUse(overlap),
            OverlapStart::AtOnce => Self::At(overlap.end_from(at)),
        }
    }

    /// The end of a secret that was to end like this, and of which this is asked now: what waits
    /// gives way, but an instant is never put off.
    #[must_use]
    pub fn or_asked(self, asked: Self) -> Self {
        match (self, asked) {
            (Self::AfterFirstUse(_), asked) => asked,
            (Self::At(end), Self::AfterFirstUse(_)) => Self::At(end),
            (Self::At(end), Self::At(asked)) => Self::At(end.min(asked)),
        }
    }

    /// Whether it has come.
    #[must_use]
    pub fn has_come(self, now: Timestamp) -> bool {
        match self {
            Self::AfterFirstUse(_) => false,
            Self::At(end) => end <= now,
        }
    }
}

/// A secret that was replaced.
#[derive(Clone, Debug)]
pub struct OldSecret {
    /// The secret.
    pub secret: Secret,
    /// When it ends.
    pub end: SecretEnd,
}

/// Which of a key's secrets is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretStanding {
    /// The one in use.
    Current,
    /// The one before it, with its end.
    Replaced(SecretEnd),
}

/// When and why a secret stops to work without anybody doing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct End {
    /// From this instant on.
    pub at: Timestamp,
    /// For this reason.
    pub cause: Ending,
}

impl End {
    /// The first end of a secret of this standing, whose key has this expiry date. Of two at one
    /// instant the date is told: it ends the whole key.
    #[must_use]
    pub fn first(expires_at: Option<Timestamp>, standing: SecretStanding) -> Option<Self> {
        let date = expires_at.map(|at| Self { at, cause: Ending::Date });
        let replaced = match standing {
            SecretStanding::Current | SecretStanding::Replaced(SecretEnd::AfterFirstUse(_)) => None,
            SecretStanding::Replaced(SecretEnd::At(at)) => {
                Some(Self { at, cause: Ending::Replaced })
            }
        };
        match (date, replaced) {
            (Some(date), Some(replaced)) if replaced.at < date.at => Some(replaced),
            (Some(date), _) => Some(date),
            (None, replaced) => replaced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn an_overlap_is_seven_days_at_most() {
        assert_eq!(Overlap::from_seconds(0).map(Overlap::seconds), Some(0));
        assert_eq!(Overlap::from_seconds(604_800).map(Overlap::seconds), Some(604_800));
        assert_eq!(Overlap::from_seconds(604_801), None);
        assert_eq!(Overlap::from_seconds(1 << 32), None);
    }

    #[test]
    fn an_end_has_come_from_its_very_instant() {
        let end = SecretEnd::of(Overlap::USUAL, OverlapStart::AtOnce, at(5));
        assert!(!end.has_come(at(86_400_004)));
        assert!(end.has_come(at(86_400_005)));
        assert!(!SecretEnd::AfterFirstUse(Overlap::USUAL).has_come(at(i64::MAX)));
    }

    #[test]
    fn an_end_that_was_fixed_is_never_put_off() {
        let waiting = |seconds| SecretEnd::AfterFirstUse(Overlap(seconds));
        let fixed = |ms| SecretEnd::At(at(ms));
        for (had, asked, expected) in [
            (waiting(1), waiting(2), waiting(2)),
            (waiting(1), fixed(2), fixed(2)),
            (fixed(1), waiting(2), fixed(1)),
            (fixed(1), fixed(2), fixed(1)),
            (fixed(2), fixed(1), fixed(1)),
        ] {
            assert_eq!(had.or_asked(asked), expected);
        }
    }

    #[test]
    fn the_first_end_is_told_and_the_date_where_both_come_at_once() {
        let replaced = SecretStanding::Replaced(SecretEnd::At(at(7)));
        let first = |date, standing| End::first(date, standing).map(|end| (end.at, end.cause));
        assert_eq!(first(Some(at(8)), replaced), Some((at(7), Ending::Replaced)));
        assert_eq!(first(Some(at(7)), replaced), Some((at(7), Ending::Date)));
        assert_eq!(first(None, replaced), Some((at(7), Ending::Replaced)));
        assert_eq!(first(Some(at(8)), SecretStanding::Current), Some((at(8), Ending::Date)));
        let waiting = SecretStanding::Replaced(SecretEnd::AfterFirstUse(Overlap::USUAL));
        assert_eq!(first(None, waiting), None);
    }
}
