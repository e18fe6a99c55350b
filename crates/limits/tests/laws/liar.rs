//! Counters of another make: honest without a lie, and with one just a little wrong.
//!
//! Each lie is a mistake that a limiter in use makes, or that one of ours could. Must stay simple:
//! they are the proof that the laws can fail.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Mutex;

use domain::limit::{LimitKind, LimitMode};
use domain::time::Tick;
use limits::port::{Asked, Claim, CounterId, Counters, Denied, Home, Standing, Standings, Ticket};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Intervals are windows that begin with the clock.
    WindowsBeginWithTheClock,
    /// Two windows of the clock, the older one by its share.
    TwoBuckets,
    /// One instant instead of a log: a bucket that leaks.
    LeakyBucket,
    /// What is refused is charged.
    ChargesRefusals,
    /// Each budget by itself: those before the one that refuses are charged.
    TakesOneAfterTheOther,
    /// The first budget alone is asked.
    TakesTheFirstAlone,
    /// A microsecond too early.
    ForgetsTooEarly,
    /// A microsecond too late.
    ForgetsTooLate,
    /// An earlier reading counts as it is.
    TimeGoesBack,
    /// A quota's window begins with the clock.
    QuotaBeginsWithTheClock,
    /// A quota's window is put off by each request.
    QuotaIsPutOff,
    /// Everything costs one.
    CostsOne,
    /// A shadow refuses.
    ShadowRefuses,
    /// A shadow counts also what it would have refused.
    ShadowCountsAll,
    /// Who looks has taken.
    LookingTakes,
    /// What is under way stays under way.
    NeverGivesBack,
    /// What is under way is given back twice.
    GivesBackTwice,
    /// The wait ends when something comes back, be it enough or not.
    WaitIsTooShort,
    /// Who sweeps sweeps everything.
    SweepsEverything,
    /// Two keys have one budget.
    OneBudgetForAll,
    /// Something comes back when the newest is forgotten.
    ResetsWithTheNewest,
}

impl Lie {
    pub(crate) const ALL: [Self; 21] = [
        Self::WindowsBeginWithTheClock,
        Self::TwoBuckets,
        Self::LeakyBucket,
        Self::ChargesRefusals,
        Self::TakesOneAfterTheOther,
        Self::TakesTheFirstAlone,
        Self::ForgetsTooEarly,
        Self::ForgetsTooLate,
        Self::TimeGoesBack,
        Self::QuotaBeginsWithTheClock,
        Self::QuotaIsPutOff,
        Self::CostsOne,
        Self::ShadowRefuses,
        Self::ShadowCountsAll,
        Self::LookingTakes,
        Self::NeverGivesBack,
        Self::GivesBackTwice,
        Self::WaitIsTooShort,
        Self::SweepsEverything,
        Self::OneBudgetForAll,
        Self::ResetsWithTheNewest,
    ];
}

#[derive(Debug, Default)]
struct State {
    told_us: u64,
    now_us: HashMap<u64, u64>,
    logs: HashMap<CounterId, Vec<(u64, u32)>>,
    under_way: HashMap<CounterId, u32>,
    tickets: HashMap<u32, CounterId>,
}

/// Counters that are honest but for one lie.
#[derive(Debug)]
pub(crate) struct Liar {
    lie: Option<Lie>,
    state: Mutex<State>,
}

impl Liar {
    pub(crate) fn honest() -> Self {
        Self { lie: None, state: Mutex::default() }
    }

    pub(crate) fn telling(lie: Lie) -> Self {
        Self { lie: Some(lie), state: Mutex::default() }
    }

    fn tells(&self, lie: Lie) -> bool {
        self.lie == Some(lie)
    }

    fn bent(&self, claim: &Claim) -> Claim {
        let mut claim = *claim;
        if self.tells(Lie::CostsOne) {
            claim.cost = 1;
        }
        if self.tells(Lie::ShadowRefuses) {
            claim.mode = LimitMode::Enforced;
        }
        if self.tells(Lie::OneBudgetForAll) {
            claim.id.subject = domain::limit::LimitSubject::Realm;
        }
        claim
    }

    /// How much of the budget is used, as far as this one can tell.
    fn used(&self, state: &State, claim: &Claim, now: u64) -> u32 {
        let log = state.logs.get(&claim.id).map_or(&[][..], Vec::as_slice);
        let length = length_us(claim);
        let sum = |counts: &dyn Fn(u64) -> bool| -> u32 {
            log.iter().filter(|(at, _)| counts(*at)).map(|(_, cost)| cost).sum()
        };
        match (claim.kind, self.lie) {
            (LimitKind::AtOnce, _) => state.under_way.get(&claim.id).copied().unwrap_or(0),
            (LimitKind::AnyInterval { .. }, Some(Lie::WindowsBeginWithTheClock))
            | (LimitKind::FromFirst { .. }, Some(Lie::QuotaBeginsWithTheClock)) => {
                sum(&|at| at / length == now / length)
            }
            (LimitKind::AnyInterval { .. }, Some(Lie::TwoBuckets)) => {
                let before = u64::from(sum(&|at| at / length + 1 == now / length));
                let share = before * (length - now % length) / length;
                sum(&|at| at / length == now / length) + share as u32
            }
            (LimitKind::AnyInterval { .. }, Some(Lie::LeakyBucket)) => {
                let each = length / u64::from(claim.at_most);
                let full = log
                    .iter()
                    .fold(0, |full: u64, (at, cost)| full.max(*at) + each * u64::from(*cost));
                (full.saturating_sub(now)).div_ceil(each) as u32
            }
            (LimitKind::AnyInterval { .. }, Some(Lie::ForgetsTooEarly)) => {
                sum(&|at| now + 1 < at + length)
            }
            (LimitKind::AnyInterval { .. }, Some(Lie::ForgetsTooLate)) => {
                sum(&|at| now <= at + length)
            }
            (LimitKind::AnyInterval { .. }, _) => sum(&|at| now < at + length),
            (LimitKind::FromFirst { .. }, Some(Lie::QuotaIsPutOff)) => {
                let last = log.last().map_or(0, |(at, _)| *at);
                if now < last + length { sum(&|_| true) } else { 0 }
            }
            (LimitKind::FromFirst { .. }, _) => {
                let first = log.first().map_or(0, |(at, _)| *at);
                if now < first + length { sum(&|_| true) } else { 0 }
            }
        }
    }

    /// `None` if it fits; otherwise how long it takes, where that is known.
    fn wait(&self, state: &State, claim: &Claim, now: u64) -> Option<Option<u64>> {
        let fits = |at: u64| self.used(state, claim, at) + claim.cost <= claim.at_most;
        if fits(now) {
            return None;
        }
        let log = state.logs.get(&claim.id).map_or(&[][..], Vec::as_slice);
        let ends = log.iter().map(|(at, _)| at + length_us(claim)).filter(|end| *end > now);
        let enough = |end: &u64| self.tells(Lie::WaitIsTooShort) || fits(*end);
        let first = ends.filter(enough).min();
        Some(first.map(|end| end - now))
    }

    fn pass(&self, state: &mut State, claim: &Claim, now: u64) -> Option<Ticket> {
        if claim.kind == LimitKind::AtOnce {
            *state.under_way.entry(claim.id).or_default() += 1;
            let number = NonZeroU32::new(state.tickets.len() as u32 + 1).expect("above zero");
            state.tickets.insert(number.get(), claim.id);
            return Some(Ticket::numbered(number));
        }
        let over = self.used(state, claim, now) == 0;
        let keeps_older = self.lie.is_some() && matches!(claim.kind, LimitKind::AnyInterval { .. });
        let log = state.logs.entry(claim.id).or_default();
        if over && !keeps_older {
            log.clear();
        }
        log.push((now, claim.cost));
        log.retain(|(at, _)| at + 2 * length_us(claim) > now);
        None
    }

    fn resets_in(&self, state: &State, claim: &Claim, now: u64) -> Option<NonZeroU32> {
        let log = state.logs.get(&claim.id)?;
        let newest = self.tells(Lie::ResetsWithTheNewest);
        let counts = |(at, _): &&(u64, u32)| now < at + length_us(claim);
        let mut counting = log.iter().filter(counts).map(|(at, _)| at + length_us(claim) - now);
        let end = match claim.kind {
            LimitKind::AtOnce => None,
            LimitKind::AnyInterval { .. } if newest => counting.next_back(),
            LimitKind::AnyInterval { .. } => counting.next(),
            LimitKind::FromFirst { .. } => {
                log.first().and_then(|(at, _)| (at + length_us(claim)).checked_sub(now))
            }
        };
        NonZeroU32::new(end?.div_ceil(1_000) as u32)
    }
}

impl Counters for Liar {
    fn take(
        &self,
        now: Tick,
        home: Home,
        asked: Asked,
        claims: &[Claim],
    ) -> Result<Standings, Denied> {
        let state = &mut *self.state.lock().expect("no panic");
        let latest = state.now_us.entry(home.number()).or_default();
        *latest = (*latest).max(state.told_us).max(now.as_micros());
        let now = if self.tells(Lie::TimeGoesBack) { now.as_micros() } else { *latest };
        let really = asked == Asked::ToTake || self.tells(Lie::LookingTakes);
        let claims: Vec<Claim> = claims.iter().map(|claim| self.bent(claim)).collect();
        let asks = |at: &usize| *at == 0 || !self.tells(Lie::TakesTheFirstAlone);
        let waits: Vec<_> = claims.iter().map(|claim| self.wait(state, claim, now)).collect();
        let refuses = |at: &usize| {
            asks(at) && claims[*at].mode == LimitMode::Enforced && waits[*at].is_some()
        };
        let ms = |at: usize| waits[at].flatten().map_or(0, |us| us.div_ceil(1_000));
        let longest =
            (0..claims.len()).filter(refuses).max_by_key(|at| (ms(*at), std::cmp::Reverse(*at)));
        if let Some(claim) = longest {
            let first = (0..claims.len()).find(refuses).unwrap_or(0);
            for (at, charged) in claims.iter().enumerate() {
                let before = at < first && self.tells(Lie::TakesOneAfterTheOther);
                if (before || self.tells(Lie::ChargesRefusals)) && really {
                    self.pass(state, charged, now);
                }
            }
            let retry_in_ms = NonZeroU32::new(ms(claim) as u32);
            return Err(Denied::Spent { claim, remaining: 0, retry_in_ms });
        }
        let mut standings = Standings::default();
        for (claim, wait) in claims.iter().zip(waits) {
            let counts = wait.is_none() || self.tells(Lie::ShadowCountsAll);
            let ticket = if really && counts { self.pass(state, claim, now) } else { None };
            let remaining = claim.at_most.saturating_sub(self.used(state, claim, now));
            let resets_in_ms = self.resets_in(state, claim, now);
            let would_refuse = wait.is_some();
            standings.push(Standing { remaining, resets_in_ms, ticket, would_refuse });
        }
        Ok(standings)
    }

    fn give_back(&self, _: Home, ticket: Ticket) {
        let state = &mut *self.state.lock().expect("no panic");
        let times = match self.lie {
            Some(Lie::NeverGivesBack) => 0,
            Some(Lie::GivesBackTwice) => 2,
            Some(_) | None => 1,
        };
        let id = state.tickets[&ticket.number().get()];
        let under_way = state.under_way.entry(id).or_default();
        *under_way = under_way.saturating_sub(times);
    }

    fn sweep(&self, now: Tick) {
        let state = &mut *self.state.lock().expect("no panic");
        state.told_us = state.told_us.max(now.as_micros());
        if self.tells(Lie::SweepsEverything) {
            state.logs.clear();
        }
    }

    fn count(&self) -> usize {
        self.state.lock().expect("no panic").logs.len()
    }
}

fn length_us(claim: &Claim) -> u64 {
    u64::from(claim.kind.length_s().unwrap_or(0)) * 1_000_000
}
