//! One counter of one budget.
//!
//! Must not be told a time that is earlier than one it was told before; its shard sees to that.

use std::num::NonZeroU32;

use domain::limit::LimitKind;

use crate::any_interval::AnyInterval;
use crate::port::{Claim, CounterId, Standing};

/// Microseconds of a second.
const SECOND_US: u64 = 1_000_000;
/// Microseconds of a millisecond.
const MS_US: u64 = 1_000;

#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) id: CounterId,
    length_us: u64,
    count: Count,
}

#[derive(Debug)]
enum Count {
    AnyInterval(AnyInterval),
    FromFirst { ends_at_us: u64, used: u32 },
    AtOnce { held: u32 },
}

/// What a counter says to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    Fits,
    /// Used up; how many microseconds until it fits, where that is a matter of time.
    Spent(Option<u64>),
}

impl Counter {
    /// The counter for such claims, which has counted nothing.
    pub(crate) fn new(claim: &Claim) -> Self {
        let count = match claim.kind {
            LimitKind::AnyInterval { .. } => Count::AnyInterval(AnyInterval::new(claim.at_most)),
            LimitKind::FromFirst { .. } => Count::FromFirst { ends_at_us: 0, used: 0 },
            LimitKind::AtOnce => Count::AtOnce { held: 0 },
        };
        let length_s = claim.kind.length_s().unwrap_or(0);
        Self { id: claim.id, length_us: u64::from(length_s) * SECOND_US, count }
    }

    /// Forgets what is over, and judges the claim.
    pub(crate) fn judge(&mut self, claim: &Claim, now_us: u64) -> Judged {
        self.forget(now_us);
        // No wait would make room for it; whoever claims knows better, and this stays exact if not.
        if claim.cost > claim.at_most {
            return Judged::Spent(None);
        }
        let spent_in =
            |wait_us| if wait_us == 0 { Judged::Fits } else { Judged::Spent(Some(wait_us)) };
        match &self.count {
            Count::AnyInterval(interval) => {
                spent_in(interval.fits_in_us(claim.cost, now_us, self.length_us))
            }
            Count::FromFirst { ends_at_us, used } => {
                let fits = claim.at_most.saturating_sub(*used) >= claim.cost;
                spent_in(if fits { 0 } else { ends_at_us - now_us })
            }
            Count::AtOnce { held } if *held < claim.at_most => Judged::Fits,
            Count::AtOnce { .. } => Judged::Spent(None),
        }
    }

    /// Counts a claim that fits.
    pub(crate) fn count(&mut self, claim: &Claim, now_us: u64) {
        match &mut self.count {
            Count::AnyInterval(interval) => interval.remember(claim.cost, now_us),
            Count::FromFirst { ends_at_us, used } => {
                if *used == 0 {
                    *ends_at_us = now_us + self.length_us;
                }
                *used += claim.cost;
            }
            Count::AtOnce { held } => *held += 1,
        }
    }

    /// Gives back one that was under way.
    pub(crate) const fn give_back(&mut self) {
        if let Count::AtOnce { held } = &mut self.count {
            *held = held.saturating_sub(1);
        }
    }

    /// What is left.
    pub(crate) fn remaining(&self, claim: &Claim) -> u32 {
        match &self.count {
            Count::AnyInterval(interval) => interval.remaining(),
            Count::FromFirst { used, .. } => claim.at_most.saturating_sub(*used),
            Count::AtOnce { held } => claim.at_most.saturating_sub(*held),
        }
    }

    /// Where it stands now.
    pub(crate) fn standing(&self, claim: &Claim, now_us: u64) -> Standing {
        let resets_in_us = match &self.count {
            Count::AnyInterval(interval) => interval.resets_in_us(now_us, self.length_us),
            Count::FromFirst { ends_at_us, .. } => ends_at_us.saturating_sub(now_us),
            Count::AtOnce { .. } => 0,
        };
        let (remaining, resets_in_ms) = (self.remaining(claim), whole_ms(resets_in_us));
        Standing { remaining, resets_in_ms, ..Standing::default() }
    }

    /// Whether it counts nothing, so that a new one would be the same.
    pub(crate) fn is_idle(&mut self, now_us: u64) -> bool {
        self.forget(now_us);
        match &self.count {
            Count::AnyInterval(interval) => interval.is_empty(),
            Count::FromFirst { used, .. } => *used == 0,
            Count::AtOnce { held } => *held == 0,
        }
    }

    /// Whether somebody has something of it to give back.
    pub(crate) const fn is_at_once(&self) -> bool {
        matches!(self.count, Count::AtOnce { .. })
    }

    fn forget(&mut self, now_us: u64) {
        match &mut self.count {
            Count::AnyInterval(interval) => interval.forget(now_us, self.length_us),
            Count::FromFirst { ends_at_us, used } if *ends_at_us <= now_us => *used = 0,
            Count::FromFirst { .. } | Count::AtOnce { .. } => {}
        }
    }
}

/// Whole milliseconds, rounded up, so that whoever waits them does not come too early.
pub(crate) fn whole_ms(us: u64) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::try_from(us.div_ceil(MS_US)).unwrap_or(u32::MAX))
}
