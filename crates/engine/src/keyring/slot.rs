//! One place of the table: a key's words, which one writer changes and many readers read at once.
//!
//! A writer fills a slot only while nothing leads to it, so a reader never waits: where it was
//! overtaken, it notices by the sequence number and follows the index anew. Must not know what the
//! words mean.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use memory::prefetch;

/// Words of a record.
pub(super) const WORDS: usize = 10;

/// Bits of a mark of use; the others tell whose it is.
const MARK_BITS: u32 = 48;
const MARK: u64 = (1 << MARK_BITS) - 1;

/// A record's words, as they were written.
pub(super) type Words = [u64; WORDS];

/// One place of the table: two lines of the processor's cache, fetched together.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Slot {
    /// Odd while nobody may read; each other number stands for one filling.
    sequence: AtomicU64,
    kid: [AtomicU64; 2],
    words: [AtomicU64; WORDS],
    used: AtomicU64,
    stored: AtomicU64,
    queued: AtomicU64,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            sequence: AtomicU64::new(1),
            kid: Default::default(),
            words: Default::default(),
            used: AtomicU64::new(0),
            stored: AtomicU64::new(0),
            queued: AtomicU64::new(0),
        }
    }
}

/// What a slot held when it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filling<'t> {
    pub(super) marks: Marks<'t>,
    pub(super) kid: u128,
    pub(super) words: Words,
}

/// One filling of a slot: whether it still stands, and its marks of use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks<'t> {
    slot: &'t Slot,
    sequence: u64,
}

/// When a secret was used, as far as this process knows, and as far as the store does; in
/// milliseconds since the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    pub(super) used_ms: Option<u64>,
    pub(super) stored_ms: Option<u64>,
}

impl Slot {
    /// Brings both its lines near.
    pub(super) fn come_near(&self) {
        prefetch(&self.sequence);
        prefetch(&self.queued);
    }

    /// What it holds; `None` while it is free or being filled, which nothing leads to.
    pub(super) fn read(&self) -> Option<Filling<'_>> {
        let sequence = self.sequence.load(Ordering::Acquire);
        if sequence & 1 == 1 {
            return None;
        }
        let kid = joined(&self.kid);
        let words = std::array::from_fn(|at| self.words[at].load(Ordering::Relaxed));
        let marks = Marks { slot: self, sequence };
        marks.stand().then_some(Filling { marks, kid, words })
    }

    /// Fills a free slot. Writers come one at a time, and nothing leads here yet.
    pub(super) fn fill(&self, kid: u128, words: &Words, uses: Uses) {
        // Whoever sees a word of this filling sees that the one before is over.
        fence(Ordering::Release);
        let sequence = self.sequence.load(Ordering::Relaxed).wrapping_add(1);
        for (place, half) in self.kid.iter().zip(halves(kid)) {
            place.store(half, Ordering::Relaxed);
        }
        for (place, word) in self.words.iter().zip(words) {
            place.store(*word, Ordering::Relaxed);
        }
        let owner = owner(sequence);
        self.used.store(owner | mark(uses.used_ms), Ordering::Relaxed);
        self.stored.store(owner | mark(uses.stored_ms), Ordering::Relaxed);
        self.queued.store(owner, Ordering::Relaxed);
        self.sequence.store(sequence, Ordering::Release);
    }

    /// Ends the filling; from now on the slot is free. Nothing may lead here any more.
    pub(super) fn free(&self) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence | 1, Ordering::Release);
    }
}

impl Marks<'_> {
    /// Whether the slot still holds this. What was read besides, and belongs to it, is right if it
    /// does afterwards.
    pub(super) fn stand(&self) -> bool {
        fence(Ordering::Acquire);
        self.slot.sequence.load(Ordering::Relaxed) == self.sequence
    }

    /// The marks of use; `None` where the slot is another's by now.
    pub(super) fn uses(&self) -> Option<Uses> {
        let read = |word: &AtomicU64| self.own(word.load(Ordering::Relaxed)).map(unmark);
        Some(Uses { used_ms: read(&self.slot.used)?, stored_ms: read(&self.slot.stored)? })
    }

    /// Marks a use, unless another was marked meanwhile: of two at once either may stand.
    pub(super) fn mark_used(&self, before: Uses, at_ms: u64) {
        let owner = owner(self.sequence);
        let (old, new) = (owner | mark(before.used_ms), owner | mark(Some(at_ms)));
        let _ = self.slot.used.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Marks a use as stored, if it is later than the one that is.
    pub(super) fn mark_stored(&self, at_ms: u64) {
        let new = mark(Some(at_ms));
        let _ = self.slot.stored.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
            self.own(word).filter(|old| *old < new).map(|_| owner(self.sequence) | new)
        });
    }

    /// Claims the one place in the queue; false where it is taken.
    pub(super) fn claim_queue(&self) -> bool {
        self.set_queued(0, 1)
    }

    /// Gives the place in the queue back.
    pub(super) fn leave_queue(&self) {
        self.set_queued(1, 0);
    }

    fn set_queued(&self, from: u64, to: u64) -> bool {
        let owner = owner(self.sequence);
        let (from, to) = (owner | from, owner | to);
        let queued = &self.slot.queued;
        // The look spares most readers a locked instruction.
        queued.load(Ordering::Relaxed) == from
            && queued.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// The mark in this word, if it belongs to this filling.
    fn own(&self, word: u64) -> Option<u64> {
        (word & !MARK == owner(self.sequence)).then_some(word & MARK)
    }
}

/// The bits that tell to which filling a mark belongs. They come round after 65,536 fillings of one
/// slot, and free slots are taken in turn; a reader would have to pause in one place for all of them
/// to mark another key's use.
const fn owner(sequence: u64) -> u64 {
    (sequence >> 1) << MARK_BITS
}

/// Zero stands for never; every instant that is known fits behind it.
fn mark(ms: Option<u64>) -> u64 {
    ms.map_or(0, |ms| ms.saturating_add(1).min(MARK))
}

const fn unmark(mark: u64) -> Option<u64> {
    mark.checked_sub(1)
}

#[expect(clippy::cast_possible_truncation, reason = "each half is kept")]
const fn halves(kid: u128) -> [u64; 2] {
    [(kid >> 64) as u64, kid as u64]
}

fn joined([high, low]: &[AtomicU64; 2]) -> u128 {
    let [high, low] = [high, low].map(|half| u128::from(half.load(Ordering::Relaxed)));
    (high << 64) | low
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_USES: Uses = Uses { used_ms: None, stored_ms: None };

    fn filled(kid: u128, word: u64) -> Slot {
        let slot = Slot::default();
        slot.fill(kid, &[word; WORDS], NO_USES);
        slot
    }

    #[test]
    fn a_slot_is_as_large_as_two_cache_lines() {
        assert_eq!(size_of::<Slot>(), 128);
    }

    #[test]
    fn what_was_filled_in_is_read() {
        let slot = filled(u128::MAX - 5, 7);
        let read = slot.read().expect("a filling");
        assert_eq!((read.kid, read.words), (u128::MAX - 5, [7; WORDS]));
    }

    #[test]
    fn a_free_slot_is_not_read() {
        assert!(Slot::default().read().is_none());
        let slot = filled(1, 1);
        slot.free();
        assert!(slot.read().is_none());
    }

    #[test]
    fn a_filling_does_not_stand_once_the_slot_is_free_or_filled_anew() {
        let slot = filled(1, 1);
        let read = slot.read().expect("a filling");
        assert!(read.marks.stand());
        slot.free();
        assert!(!read.marks.stand());
        slot.fill(2, &[2; WORDS], NO_USES);
        assert!(!read.marks.stand());
    }

    #[test]
    fn a_late_reader_marks_nothing_of_the_next_key() {
        let slot = filled(1, 1);
        let late = slot.read().expect("a filling").marks;
        let before = late.uses().expect("its own");
        slot.free();
        slot.fill(2, &[2; WORDS], NO_USES);
        late.mark_used(before, 9);
        late.mark_stored(9);
        assert!(!late.claim_queue());
        let next = slot.read().expect("a filling").marks;
        assert_eq!((next.uses(), late.uses()), (Some(NO_USES), None));
        assert!(next.claim_queue());
    }

    #[test]
    fn marks_of_use_are_kept_to_the_millisecond_from_the_epoch_on() {
        let slot = filled(1, 1);
        let read = slot.read().expect("a filling").marks;
        for ms in [0, 1, 253_402_300_799_999] {
            read.mark_used(read.uses().expect("its own"), ms);
            read.mark_stored(ms);
            let uses = Uses { used_ms: Some(ms), stored_ms: Some(ms) };
            assert_eq!(read.uses(), Some(uses));
        }
        read.mark_stored(5);
        assert_eq!(read.uses().and_then(|uses| uses.stored_ms), Some(253_402_300_799_999));
    }

    #[test]
    fn one_place_in_the_queue_is_claimed_once() {
        let slot = filled(1, 1);
        let read = slot.read().expect("a filling").marks;
        assert!(read.claim_queue() && !read.claim_queue());
        read.leave_queue();
        assert!(read.claim_queue());
    }
}
