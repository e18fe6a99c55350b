//! The guard of a sweep: how many keys may change at once.
//!
//! A clock that is wrong by a year makes every key look idle. Must not look at keys itself.

/// Fewest keys that may change at once in any place.
pub const GUARD_KEYS_MIN: u32 = 100;

/// How many of a place's keys may be warned of, disabled or expire at once: a share of them, and
/// [`GUARD_KEYS_MIN`] in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepGuard {
    percent: u8,
}

impl SweepGuard {
    /// What is taken when nobody says: a fifth.
    pub const USUAL: Self = Self { percent: 20 };

    /// So many of a hundred keys, from 1 to 100; at 100 nothing is held up.
    #[must_use]
    pub const fn of_percent(percent: u8) -> Option<Self> {
        if percent >= 1 && percent <= 100 { Some(Self { percent }) } else { None }
    }

    /// How many of a hundred.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.percent
    }

    /// Up to so many keys may change whatever their share.
    #[must_use]
    pub const fn keys_min(self) -> u32 {
        GUARD_KEYS_MIN
    }

    /// How many keys there have to be for so many changes at once.
    #[must_use]
    pub fn keys_needed(self, changes: u64) -> u64 {
        changes.saturating_mul(100).div_ceil(u64::from(self.percent))
    }
}

impl Default for SweepGuard {
    fn default() -> Self {
        Self::USUAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_needs_enough_keys() {
        let guard = SweepGuard::of_percent(20).expect("a share");
        assert_eq!(guard.keys_needed(101), 505);
        assert_eq!(guard.keys_needed(0), 0);
        let third = SweepGuard::of_percent(33).expect("a share");
        assert_eq!(third.keys_needed(100), 304);
    }

    #[test]
    fn no_share_is_none_or_more_than_all() {
        assert_eq!(SweepGuard::of_percent(0), None);
        assert_eq!(SweepGuard::of_percent(101), None);
    }
}
