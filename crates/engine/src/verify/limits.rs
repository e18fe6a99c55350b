//! Limits: what a request that passed every other check takes from its budgets.
//!
//! Must not be asked before the other checks have passed, and must not allocate: a realm without
//! limits costs one comparison, one with limits one look-up for each of them, in one step.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::ids::{AccountId, KeyId};
use domain::limit::{
    AT_ONCE_MAX, LIMITS_MAX, LimitKind, LimitMode, LimitRule, LimitStanding, LimitSubject,
    SpentLimit,
};
use domain::refusal::Refusal;
use domain::time::Tick;
use limits::port::{Asked, Claim, CounterId, Counters, Denied, Home, Standing, Standings, Ticket};

use super::request::{Counting, VerifyRequest};
use crate::engine::Engine;
use crate::place::PlaceRef;

/// When to ask again where it is not a matter of time: whenever somebody's answer ends.
const ASK_AGAIN_MS: u64 = 1_000;

/// Takes from counters what requests cost.
#[derive(Debug)]
pub(crate) struct LimitTaker {
    counters: Arc<dyn Counters>,
    /// How often each limit would have refused, by place and position.
    would_have_refused: Box<[[AtomicU64; LIMITS_MAX]]>,
}

/// What one request took from the limits of its realm.
#[derive(Debug, Default)]
pub struct Taken<'a> {
    rules: &'a [Arc<LimitRule>],
    /// Which rule each standing is of.
    which: [u8; LIMITS_MAX],
    standings: Standings,
    under_way: Option<UnderWay>,
}

/// What counts as under way until this is dropped.
#[derive(Debug)]
pub struct UnderWay {
    counters: Arc<dyn Counters>,
    home: Home,
    tickets: [Option<Ticket>; AT_ONCE_MAX],
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        for ticket in self.tickets.into_iter().flatten() {
            self.counters.give_back(self.home, ticket);
        }
    }
}

impl<'a> Taken<'a> {
    /// Whether no limit was about the request.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.standings.all().is_empty()
    }

    /// Where the limits stand that the request was about, in the realm's order.
    pub fn standings(&self) -> impl Iterator<Item = LimitStanding<'a>> + '_ {
        let named = self.standings.all().iter().zip(self.which);
        named.filter_map(|(standing, which)| {
            let Standing { remaining, resets_in_ms, would_refuse, .. } = *standing;
            let rule = self.rules.get(usize::from(which))?;
            let resets_in_ms = resets_in_ms.map(|ms| u64::from(ms.get()));
            Some(LimitStanding { rule, remaining, resets_in_ms, would_refuse })
        })
    }

    pub(super) const fn take_under_way(&mut self) -> Option<UnderWay> {
        self.under_way.take()
    }
}

/// The claims of one request, of no more than the limits of a realm.
struct Claims {
    all: [Claim; LIMITS_MAX],
    which: [u8; LIMITS_MAX],
    len: usize,
}

impl LimitTaker {
    pub(crate) fn new(counters: Arc<dyn Counters>, places: usize) -> Self {
        let would_have_refused = (0..places).map(|_| Default::default()).collect();
        Self { counters, would_have_refused }
    }

    /// Takes from all budgets or from none.
    pub(super) fn take<'a>(
        &self,
        place: &'a PlaceRef,
        request: &VerifyRequest<'_>,
        key: KeyId,
        account: AccountId,
    ) -> Result<Taken<'a>, Refusal> {
        let limits = &place.realm().limits;
        if limits.is_empty() {
            return Ok(Taken::default());
        }
        let claims = Claims::of(limits.all(), place, request, key, account);
        if claims.len == 0 {
            return Ok(Taken::default());
        }
        let home = if limits.are_shared() { Home::of(&place.index) } else { Home::of(&account) };
        let asked = match request.counting {
            Counting::ToTheEnd | Counting::WithoutEnd => Asked::ToTake,
            Counting::NotYet => Asked::ToLook,
        };
        let (rules, which) = (limits.all(), claims.which);
        match self.counters.take(request.tick, home, asked, &claims.all[..claims.len]) {
            Ok(standings) => {
                let under_way = self.under_way(home, &standings);
                let taken = Taken { rules, which, standings, under_way };
                if asked == Asked::ToTake {
                    self.tally(place, &taken);
                }
                Ok(taken)
            }
            Err(Denied::Spent { claim, remaining, retry_in_ms }) => {
                let resets_in_ms = retry_in_ms.map(|ms| u64::from(ms.get()));
                let rule = Arc::clone(&rules[usize::from(which[claim])]);
                // Limits count in real time, and whoever waits has no other.
                let at = request.now.real();
                let spent = SpentLimit { rule, remaining, resets_in_ms, at };
                let retry_after_ms = resets_in_ms.unwrap_or(ASK_AGAIN_MS);
                Err(Refusal::RateLimited { retry_after_ms, spent })
            }
            // Whether it would be one too many, nobody can know.
            Err(Denied::Full) => Err(Refusal::Undecidable),
        }
    }

    fn under_way(&self, home: Home, standings: &Standings) -> Option<UnderWay> {
        let mut tickets = [None; AT_ONCE_MAX];
        let held = standings.all().iter().filter_map(|standing| standing.ticket);
        let mut count = 0;
        for (slot, ticket) in tickets.iter_mut().zip(held) {
            *slot = Some(ticket);
            count += 1;
        }
        let counters = || Arc::clone(&self.counters);
        (count > 0).then(|| UnderWay { counters: counters(), home, tickets })
    }

    fn tally(&self, place: &PlaceRef, taken: &Taken<'_>) {
        for (standing, which) in taken.standings.all().iter().zip(taken.which) {
            if standing.would_refuse {
                let of_place = &self.would_have_refused[usize::from(place.index.0)];
                of_place[usize::from(which)].fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Claims {
    fn of(
        rules: &[Arc<LimitRule>],
        place: &PlaceRef,
        request: &VerifyRequest<'_>,
        key: KeyId,
        account: AccountId,
    ) -> Self {
        let mut claims = Self { all: [NO_CLAIM; LIMITS_MAX], which: [0; LIMITS_MAX], len: 0 };
        for (at, rule) in (0_u8..).zip(rules) {
            if rule.kind == LimitKind::AtOnce && request.counting == Counting::WithoutEnd {
                continue;
            }
            let Some(charge) = rule.charge(request.method, request.path, key, account) else {
                continue;
            };
            let LimitRule { at_most, kind, mode, .. } = **rule;
            let id =
                CounterId { place: place.index.0, rule: u16::from(at), subject: charge.subject };
            claims.all[claims.len] = Claim { id, at_most, kind, mode, cost: charge.cost };
            claims.which[claims.len] = at;
            claims.len += 1;
        }
        claims
    }
}

/// What stands where there is no claim.
const NO_CLAIM: Claim = Claim {
    id: CounterId { place: 0, rule: 0, subject: LimitSubject::Realm },
    at_most: 0,
    kind: LimitKind::AtOnce,
    mode: LimitMode::Shadow,
    cost: 0,
};

/// A limit that refuses nobody, and what it would have done.
#[derive(Clone, Copy, Debug)]
pub struct ShadowTally<'a> {
    /// Where.
    pub place: &'a PlaceRef,
    /// Which limit.
    pub rule: &'a LimitRule,
    /// How many requests it would have refused since the start.
    pub would_have_refused: u64,
}

impl Engine {
    /// Forgets counters that count nothing any more. To be called every few seconds.
    pub fn sweep_limits(&self, now: Tick) {
        self.limits.counters.sweep(now);
    }

    /// How many counters of limits are in memory.
    #[must_use]
    pub fn limit_counters(&self) -> usize {
        self.limits.counters.count()
    }

    /// What the limits would have refused that refuse nobody.
    pub fn shadow_tallies(&self) -> impl Iterator<Item = ShadowTally<'_>> {
        self.places().iter().zip(&self.limits.would_have_refused).flat_map(|(place, tallies)| {
            let rules = place.realm().limits.all().iter().zip(tallies);
            rules.filter(|(rule, _)| rule.mode == LimitMode::Shadow).map(move |(rule, tally)| {
                ShadowTally { place, rule, would_have_refused: tally.load(Ordering::Relaxed) }
            })
        })
    }
}
