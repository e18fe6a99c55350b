//! Some of the counters of one node, under one lock.
//!
//! Must not let time go back: whatever it is told, it counts by the latest reading that it knows.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::limit::{LIMITS_MAX, LimitMode};
use foldhash::fast::FixedState;

use crate::counter::{Counter, Judged, whole_ms};
use crate::port::{Asked, Claim, CounterId, Denied, Standing, Standings, Ticket};

/// The places for counters that are not taken, of all shards together: where limits are shared, one
/// shard may need most of them.
#[derive(Debug)]
pub(crate) struct Room(AtomicUsize);

impl Room {
    pub(crate) const fn of(counters: usize) -> Self {
        Self(AtomicUsize::new(counters))
    }

    /// Takes a place, if one is left. Only numbers are kept here, so no order is needed.
    fn take(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok()
    }

    fn give_back(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The counters of one shard, each in a slot of its own that it keeps until it is idle.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    now_us: u64,
    /// Ids are random and made by us, so the hash needs no defence against chosen ones.
    index: HashMap<CounterId, u32, FixedState>,
    slots: Vec<Option<Counter>>,
    free: Vec<u32>,
    /// How far the sweep has come.
    swept: usize,
}

impl Shard {
    pub(crate) fn take(
        &mut self,
        now_us: u64,
        asked: Asked,
        claims: &[Claim],
        room: &Room,
    ) -> Result<Standings, Denied> {
        let now_us = self.advance(now_us);
        let mut found = [None; LIMITS_MAX];
        let mut denied: Option<Denied> = None;
        for (at, (claim, found)) in claims.iter().zip(&mut found).enumerate() {
            let Some(slot) = self.slot(claim, asked, room) else {
                // What is not there yet has its whole budget; where it has no place, nobody knows.
                match (asked, claim.mode) {
                    (Asked::ToLook, _) | (Asked::ToTake, LimitMode::Shadow) => continue,
                    (Asked::ToTake, LimitMode::Enforced) => return Err(Denied::Full),
                }
            };
            let Some(counter) = self.counter(slot) else { continue };
            let judged = counter.judge(claim, now_us);
            *found = Some((slot, judged));
            if let (Judged::Spent(wait_us), LimitMode::Enforced) = (judged, claim.mode) {
                let retry_in_ms = wait_us.and_then(whole_ms);
                let remaining = counter.remaining(claim);
                let spent = Denied::Spent { claim: at, remaining, retry_in_ms };
                denied = Some(longer(denied, spent));
            }
        }
        match denied {
            Some(denied) => Err(denied),
            None => Ok(self.count_all(now_us, asked, claims, &found)),
        }
    }

    /// Everything fits: counts it.
    fn count_all(
        &mut self,
        now_us: u64,
        asked: Asked,
        claims: &[Claim],
        found: &[Option<(u32, Judged)>; LIMITS_MAX],
    ) -> Standings {
        let mut standings = Standings::default();
        for (claim, found) in claims.iter().zip(found) {
            let kept = found.and_then(|(slot, judged)| Some((slot, judged, self.counter(slot)?)));
            let Some((slot, judged, counter)) = kept else {
                standings.push(Standing { remaining: claim.at_most, ..Standing::default() });
                continue;
            };
            let counts = asked == Asked::ToTake && judged == Judged::Fits;
            if counts {
                counter.count(claim, now_us);
            }
            let mut standing = counter.standing(claim, now_us);
            standing.would_refuse = judged != Judged::Fits;
            if counts && counter.is_at_once() {
                standing.ticket =
                    slot.checked_add(1).and_then(NonZeroU32::new).map(Ticket::numbered);
            }
            standings.push(standing);
        }
        standings
    }

    /// Its slot is not given to another counter before the last ticket has come back.
    pub(crate) fn give_back(&mut self, ticket: Ticket) {
        if let Some(counter) = self.counter(ticket.number().get() - 1) {
            counter.give_back();
        }
    }

    /// Looks through a few slots for counters that count nothing. Returns whether more are left.
    pub(crate) fn sweep(&mut self, now_us: u64, slots_max: usize, room: &Room) -> bool {
        let now_us = self.advance(now_us);
        let end = self.slots.len().min(self.swept + slots_max);
        for at in self.swept..end {
            let idle = self.slots[at].take_if(|counter| counter.is_idle(now_us));
            if let Some(idle) = idle {
                self.index.remove(&idle.id);
                self.free.extend(u32::try_from(at));
                room.give_back();
            }
        }
        let more = end < self.slots.len();
        self.swept = if more { end } else { 0 };
        if self.index.is_empty() && !self.slots.is_empty() {
            *self = Self { now_us, ..Self::default() };
        }
        more
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// The latest reading of the clock that is known here.
    fn advance(&mut self, now_us: u64) -> u64 {
        self.now_us = self.now_us.max(now_us);
        self.now_us
    }

    fn counter(&mut self, slot: u32) -> Option<&mut Counter> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// The slot of the claim's counter, which is made if it is to be taken from; `None` where there
    /// is none.
    fn slot(&mut self, claim: &Claim, asked: Asked, room: &Room) -> Option<u32> {
        if let Some(slot) = self.index.get(&claim.id) {
            return Some(*slot);
        }
        // There are fewer slots than numbers for them, so a place that was taken is used.
        if asked == Asked::ToLook || u32::try_from(self.slots.len()).is_err() || !room.take() {
            return None;
        }
        let counter = Some(Counter::new(claim));
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = counter;
                slot
            }
            None => {
                let slot = u32::try_from(self.slots.len()).ok()?;
                self.slots.push(counter);
                slot
            }
        };
        self.index.insert(claim.id, slot);
        Some(slot)
    }
}

/// The refusal that takes longer; what is no matter of time may be over at once.
fn longer(one: Option<Denied>, other: Denied) -> Denied {
    let wait = |denied: &Denied| match denied {
        Denied::Spent { retry_in_ms, .. } => retry_in_ms.map_or(0, NonZeroU32::get),
        Denied::Full => u32::MAX,
    };
    match one {
        Some(one) if wait(&one) >= wait(&other) => one,
        Some(_) | None => other,
    }
}
