//! The keys that came in the clear lately, and wait to be told of.
//!
//! Noting one never waits and allocates nothing. Must not be trusted to name a key once: whoever tells
//! of it looks into the store.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::exposure::day_of;
use domain::ids::KeyId;
use domain::time::Timestamp;
use tokio::sync::{Mutex, mpsc};

/// Most keys that came in the clear and are not told of yet; others are when they come again.
const WAITING_MAX: usize = 1_024;

/// Most keys that are told of in one step.
pub(crate) const TOLD_AT_ONCE: usize = 64;

/// In how many sets it is remembered which keys came lately, and how many keys each remembers.
const SETS: usize = 1_024;
const WAYS: usize = 4;

/// A key that came in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sighting {
    /// Which place of those that are served.
    pub(crate) place: usize,
    pub(crate) key: KeyId,
    pub(crate) at: Timestamp,
}

/// The keys that came in the clear lately. One that comes over and over takes the place of no other,
/// unless it shares a set with more keys than that remembers.
#[derive(Debug)]
pub(crate) struct Sightings {
    noted: mpsc::Sender<Sighting>,
    waiting: Mutex<mpsc::Receiver<Sighting>>,
    lately: Box<[[AtomicU64; WAYS]]>,
}

impl Default for Sightings {
    fn default() -> Self {
        let (noted, waiting) = mpsc::channel(WAITING_MAX);
        let lately = (0..SETS).map(|_| Default::default()).collect();
        Self { noted, waiting: Mutex::new(waiting), lately }
    }
}

impl Sightings {
    /// Notes that a key came.
    pub(crate) fn note(&self, sighting: Sighting) {
        let (set, mark) = self.set(&sighting);
        if set.iter().any(|way| way.load(Ordering::Relaxed) == mark) {
            return;
        }
        let free = set.iter().find(|way| way.load(Ordering::Relaxed) == 0);
        let way = free.unwrap_or(&set[(mark >> 32) as usize % WAYS]);
        way.store(mark, Ordering::Relaxed);
        if self.noted.try_send(sighting).is_err() {
            way.store(0, Ordering::Relaxed);
        }
    }

    /// Whoever takes keys takes them alone until this is dropped.
    pub(crate) async fn take(&self) -> Taking<'_> {
        Taking { waiting: self.waiting.lock().await, taken: HashSet::new(), looked_at: 0 }
    }

    /// It is told of when it comes again.
    pub(crate) fn forget(&self, sighting: &Sighting) {
        let (set, mark) = self.set(sighting);
        for way in set {
            // Somebody else's mark stays.
            way.compare_exchange(mark, 0, Ordering::Relaxed, Ordering::Relaxed).ok();
        }
    }

    /// Where it is remembered that a key came on a day, and as what. Ids are random enough.
    fn set(&self, sighting: &Sighting) -> (&[AtomicU64; WAYS], u64) {
        let bits = sighting.key.as_u128();
        let folded = (bits as u64) ^ ((bits >> 64) as u64);
        let set = &self.lately[(folded % SETS as u64) as usize];
        (set, folded.rotate_left(17) ^ day_of(sighting.at).cast_unsigned() ^ 1 << 63)
    }
}

/// One step of taking keys that wait: each key once, and a bounded number of them.
pub(crate) struct Taking<'s> {
    waiting: tokio::sync::MutexGuard<'s, mpsc::Receiver<Sighting>>,
    taken: HashSet<(usize, KeyId, i64)>,
    looked_at: usize,
}

impl Taking<'_> {
    /// The next key, unless none waits or enough were taken.
    pub(crate) fn next(&mut self) -> Option<Sighting> {
        while self.taken.len() < TOLD_AT_ONCE && self.looked_at < WAITING_MAX {
            let sighting = self.waiting.try_recv().ok()?;
            self.looked_at += 1;
            if self.taken.insert((sighting.place, sighting.key, day_of(sighting.at))) {
                return Some(sighting);
            }
        }
        None
    }

    /// How many keys were taken.
    pub(crate) fn count(&self) -> usize {
        self.taken.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many keys of one set come in turns, so many times.
    fn in_turns(sightings: &Sightings, keys: u128, turns: usize) {
        for _ in 0..turns {
            for number in 1..=keys {
                let key = KeyId::from_u128(number * SETS as u128);
                sightings.note(Sighting { place: 0, key, at: Timestamp::from_millis(0) });
            }
        }
    }

    async fn taken(sightings: &Sightings) -> Vec<KeyId> {
        let mut taking = sightings.take().await;
        std::iter::from_fn(|| taking.next()).map(|sighting| sighting.key).collect()
    }

    #[tokio::test]
    async fn as_many_keys_as_a_set_remembers_wait_once_each_however_often_they_come() {
        let sightings = Sightings::default();
        in_turns(&sightings, WAYS as u128, 1_000);
        assert_eq!(sightings.waiting.lock().await.len(), WAYS);
    }

    #[tokio::test]
    async fn keys_that_drive_each_other_out_are_taken_once_in_a_step_and_hold_nobody_up() {
        let sightings = Sightings::default();
        in_turns(&sightings, 2 * WAYS as u128, 50);
        let other = KeyId::from_u128(1);
        sightings.note(Sighting { place: 0, key: other, at: Timestamp::from_millis(0) });
        let waiting = sightings.waiting.lock().await.len();
        assert!(waiting > TOLD_AT_ONCE, "only {waiting} wait");
        let taken = taken(&sightings).await;
        assert_eq!(taken.len(), 2 * WAYS + 1);
        assert_eq!(taken.last(), Some(&other));
    }

    #[tokio::test]
    async fn whoever_found_every_place_taken_waits_when_it_comes_again_after_the_next_step() {
        let sightings = Sightings::default();
        let other = Sighting { place: 0, key: KeyId::from_u128(1), at: Timestamp::from_millis(0) };
        in_turns(&sightings, 2 * WAYS as u128, WAITING_MAX);
        sightings.note(other);
        assert_eq!(sightings.waiting.lock().await.len(), WAITING_MAX);
        assert!(!taken(&sightings).await.contains(&other.key), "there was no place");
        assert!(taken(&sightings).await.is_empty(), "a step leaves nothing of few keys");
        sightings.note(other);
        assert_eq!(taken(&sightings).await, [other.key]);
    }

    #[tokio::test]
    async fn a_step_takes_a_bounded_number_of_keys() {
        let sightings = Sightings::default();
        in_turns(&sightings, 3 * TOLD_AT_ONCE as u128, 1);
        assert_eq!(taken(&sightings).await.len(), TOLD_AT_ONCE);
    }

    #[tokio::test]
    async fn what_is_forgotten_waits_again_when_it_comes_again() {
        let sightings = Sightings::default();
        in_turns(&sightings, 1, 2);
        let mut taking = sightings.take().await;
        let first = taking.next().expect("it waits");
        drop(taking);
        sightings.forget(&first);
        in_turns(&sightings, 1, 1);
        assert_eq!(taken(&sightings).await, [first.key]);
    }
}
