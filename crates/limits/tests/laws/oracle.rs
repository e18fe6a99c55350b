//! What a limit is, by its definition: every request that was let through is remembered, and each
//! question is answered by looking through them.
//!
//! Must not be quick, and must share no line with the counters.

use std::collections::HashMap;

use domain::limit::{LimitKind, LimitMode};
use limits::port::{Claim, CounterId};

/// What was let through, by counter.
#[derive(Default)]
pub(crate) struct Oracle {
    /// The latest reading that all were told of, and that each home was.
    told_us: u64,
    now_us: HashMap<u64, u64>,
    passed: HashMap<CounterId, Vec<(u64, u32)>>,
    under_way: HashMap<CounterId, u32>,
}

/// What the definition says about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It passes; for each claim, what is left, whether a shadow would have refused, and in how many
    /// microseconds something comes back.
    Passes(Vec<(u32, bool, Option<u64>)>),
    /// It is refused: by the claim that takes longest, this many microseconds if that is known.
    Refused(usize, Option<u64>),
}

impl Oracle {
    /// All were told of this reading.
    pub(crate) fn tell(&mut self, now_us: u64) {
        self.told_us = self.told_us.max(now_us);
    }

    /// What has to be answered, and what counts from now on.
    pub(crate) fn take(
        &mut self,
        now_us: u64,
        home: u64,
        claims: &[Claim],
        really: bool,
    ) -> Expected {
        let latest = self.now_us.entry(home).or_default();
        *latest = (*latest).max(self.told_us).max(now_us);
        let now = *latest;
        let waits: Vec<Option<Option<u64>>> =
            claims.iter().map(|claim| self.wait(claim, now)).collect();
        let enforced = |at: &usize| claims[*at].mode == LimitMode::Enforced;
        let refusing = (0..claims.len()).filter(enforced).filter(|at| waits[*at].is_some());
        let longest = refusing.max_by_key(|at| {
            // Of two that take as long, the earlier one is told.
            (waits[*at].flatten().map_or(0, |us| us.div_ceil(1_000)), std::cmp::Reverse(*at))
        });
        if let Some(at) = longest {
            return Expected::Refused(at, waits[at].flatten());
        }
        let left = |(claim, wait): (&Claim, &Option<Option<u64>>)| {
            if really && wait.is_none() {
                self.pass(claim, now);
            }
            let left = claim.at_most - self.used(claim, now);
            (left, wait.is_some(), self.resets_in(claim, now))
        };
        Expected::Passes(claims.iter().zip(&waits).map(left).collect())
    }

    /// Something under way has ended.
    pub(crate) fn give_back(&mut self, id: CounterId) {
        *self.under_way.get_mut(&id).expect("it is under way") -= 1;
    }

    fn pass(&mut self, claim: &Claim, now: u64) {
        match claim.kind {
            LimitKind::AtOnce => *self.under_way.entry(claim.id).or_default() += 1,
            LimitKind::AnyInterval { .. } => {
                let length = length_us(claim.kind);
                let passed = self.passed.entry(claim.id).or_default();
                passed.push((now, claim.cost));
                // Nothing asks about what is older, and the test is to end.
                passed.retain(|(at, _)| at + length > now);
            }
            LimitKind::FromFirst { .. } => {
                let begins = self.window(claim, now).is_none();
                let passed = self.passed.entry(claim.id).or_default();
                if begins {
                    passed.clear();
                }
                passed.push((now, claim.cost));
            }
        }
    }

    /// The begin of the window that is open now.
    fn window(&self, claim: &Claim, now: u64) -> Option<u64> {
        let begin = self.passed.get(&claim.id)?.first()?.0;
        (now < begin + length_us(claim.kind)).then_some(begin)
    }

    /// How much of the budget is used now.
    fn used(&self, claim: &Claim, now: u64) -> u32 {
        let passed = self.passed.get(&claim.id).map_or(&[][..], Vec::as_slice);
        let length = length_us(claim.kind);
        match claim.kind {
            LimitKind::AtOnce => self.under_way.get(&claim.id).copied().unwrap_or(0),
            LimitKind::AnyInterval { .. } => {
                let counts = |(at, _): &&(u64, u32)| now < at + length;
                passed.iter().filter(counts).map(|(_, cost)| cost).sum()
            }
            LimitKind::FromFirst { .. } if self.window(claim, now).is_none() => 0,
            LimitKind::FromFirst { .. } => passed.iter().map(|(_, cost)| cost).sum(),
        }
    }

    /// When the first of what counts now counts no more.
    fn resets_in(&self, claim: &Claim, now: u64) -> Option<u64> {
        if let LimitKind::FromFirst { .. } = claim.kind {
            return self.window(claim, now).map(|begin| begin + length_us(claim.kind) - now);
        }
        let ends = self.passed.get(&claim.id)?.iter().map(|(at, _)| at + length_us(claim.kind));
        ends.filter(|end| *end > now).min().map(|end| end - now)
    }

    /// `None` if it fits; otherwise how long it takes, where that is known.
    fn wait(&self, claim: &Claim, now: u64) -> Option<Option<u64>> {
        let fits = |at: u64| self.used(claim, at) + claim.cost <= claim.at_most;
        if fits(now) {
            return None;
        }
        if claim.kind == LimitKind::AtOnce {
            return Some(None);
        }
        // Something changes only where one of them gets as old as the limit's time.
        let ends = self.passed[&claim.id].iter().map(|(at, _)| at + length_us(claim.kind));
        let first = ends.filter(|end| *end > now).find(|end| fits(*end));
        Some(Some(first.expect("every budget comes back") - now))
    }
}

fn length_us(kind: LimitKind) -> u64 {
    u64::from(kind.length_s().unwrap_or(0)) * 1_000_000
}
