//! Exact counters in the memory of one node.
//!
//! They live beside the keyring and are made by the first request that needs them, so a key that
//! nobody uses costs nothing. A request takes one lock, that of its home's shard, for a look-up and
//! a few comparisons for each of its limits; no change of a key takes that lock. Memory is asked for
//! by the first request of a counter alone. Must not forget a counter that still counts, not even
//! where there is no room for another.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::time::Tick;

use crate::port::{Asked, Claim, Counters, Denied, Home, Standings, Ticket};
use crate::shard::{Room, Shard};

/// Shards: many times more than threads, so that two of them seldom meet in one.
const SHARDS: usize = 256;
/// Slots that a sweep looks at while it holds a lock.
const SWEPT_AT_ONCE: usize = 128;

/// Each in lines of the cache of its own, so that threads in different shards do not disturb each
/// other.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Apart(Mutex<Shard>);

/// Exact counters in the memory of one node.
#[derive(Debug)]
pub struct LocalCounters {
    shards: Box<[Apart]>,
    room: Room,
}

impl LocalCounters {
    /// Room for so many counters. What needs more is denied; nothing is forgotten for it.
    #[must_use]
    pub fn with_room(counters: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Apart::default()).collect();
        Self { shards, room: Room::of(counters) }
    }

    fn shard(&self, home: Home) -> MutexGuard<'_, Shard> {
        let at = usize::try_from(home.number() % SHARDS as u64).unwrap_or(0);
        lock(&self.shards[at])
    }
}

impl Counters for LocalCounters {
    fn take(
        &self,
        now: Tick,
        home: Home,
        asked: Asked,
        claims: &[Claim],
    ) -> Result<Standings, Denied> {
        self.shard(home).take(now.as_micros(), asked, claims, &self.room)
    }

    fn give_back(&self, home: Home, ticket: Ticket) {
        self.shard(home).give_back(ticket);
    }

    fn sweep(&self, now: Tick) {
        for shard in &self.shards {
            // Requests get their turn between two looks.
            while lock(shard).sweep(now.as_micros(), SWEPT_AT_ONCE, &self.room) {}
        }
    }

    fn count(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }
}

/// A panic under this lock leaves whole numbers behind, so the next one may go on.
fn lock(shard: &Apart) -> MutexGuard<'_, Shard> {
    shard.0.lock().unwrap_or_else(PoisonError::into_inner)
}
