//! A part of the table's index: from some bits of a key's public id to its slot, a word for each key.
//!
//! Words are looked for from the place that their bits name, onwards. Readers look while a writer
//! changes words or brings a larger array. Must not know what is in a slot.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};
use memory::prefetch;

/// Bits that name a slot.
pub(super) const SLOT_BITS: u32 = 28;
/// Bits of the public id's hash that a word keeps; by them its place is found as well, so that a
/// larger array is made of the words alone.
const TAG_BITS: u32 = u64::BITS - SLOT_BITS;

const EMPTY: u64 = 0;
/// Stands where a key was taken out: whoever looks goes on behind it.
const REMOVED: u64 = 1;
/// The first number of a slot in a word; those below are taken.
const FIRST: u64 = 2;

/// The size of a new index.
const SMALLEST: usize = 64;

/// A word of the index: where a key is, and some bits of its public id's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word(u64);

/// Some bits of the hash of a public id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(u64);

impl Tag {
    /// The lower bits of a hash.
    pub(super) const fn of(hash: u64) -> Self {
        Self(hash & ((1 << TAG_BITS) - 1))
    }

    /// Where it is looked for first, among so many places.
    const fn home(self, len: usize) -> usize {
        ((self.0 as u128 * len as u128) >> TAG_BITS) as usize
    }
}

impl Word {
    fn new(tag: Tag, slot: u32) -> Self {
        Self((tag.0 << SLOT_BITS) | (u64::from(slot) + FIRST))
    }

    const fn tag(self) -> Tag {
        Tag(self.0 >> SLOT_BITS)
    }

    const fn slot(self) -> u32 {
        ((self.0 & ((1 << SLOT_BITS) - 1)) - FIRST) as u32
    }
}

/// The most slots that words can name.
pub(super) const SLOTS_MAX: u32 = (1 << SLOT_BITS) - 2;

/// Words in their places.
#[derive(Debug)]
pub(super) struct Places(Box<[AtomicU64]>);

/// A part of the index.
#[derive(Debug)]
pub(super) struct Index {
    places: ArcSwap<Places>,
    /// How often a key's word was changed or taken away.
    changes: AtomicU64,
}

/// How full an index is; a writer's affair.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    /// Places that are not empty, those of removed keys included.
    taken: usize,
}

/// A place that holds a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    place: usize,
    pub(super) slot: u32,
}

impl Places {
    fn empty(len: usize) -> Self {
        let mut places = Vec::with_capacity(len);
        memory::expect_reads_everywhere(places.spare_capacity_mut());
        places.resize_with(len, || AtomicU64::new(EMPTY));
        Self(places.into_boxed_slice())
    }

    /// Brings near what a look for this tag reads first.
    pub(super) fn come_near(&self, tag: Tag) {
        if let Some(place) = self.0.get(tag.home(self.0.len())) {
            prefetch(place);
        }
    }

    /// The slots under this tag, one after the other, as long as any come.
    pub(super) fn hits(&self, tag: Tag) -> impl Iterator<Item = Hit> + '_ {
        let len = self.0.len();
        let mut place = tag.home(len);
        // At least one place is always empty; the bound only says so a second time.
        (0..len)
            .map_while(move |_| {
                let at = place;
                place = if at + 1 == len { 0 } else { at + 1 };
                match self.0.get(at)?.load(Ordering::Acquire) {
                    EMPTY => None,
                    word => Some((at, word)),
                }
            })
            .filter(move |(_, word)| *word != REMOVED && Word(*word).tag() == tag)
            .map(|(place, word)| Hit { place, slot: Word(word).slot() })
    }

    /// Puts a word into the first free place; whether that place was empty.
    fn insert(&self, word: Word) -> bool {
        let len = self.0.len();
        let home = word.tag().home(len);
        for at in (home..len).chain(0..home) {
            let found = self.0[at].load(Ordering::Relaxed);
            if found == EMPTY || found == REMOVED {
                self.0[at].store(word.0, Ordering::Release);
                return found == EMPTY;
            }
        }
        unreachable!("one place of eight is empty: `with_room` sees to it before each insertion")
    }
}

impl Index {
    pub(super) fn new() -> Self {
        Self { places: ArcSwap::from_pointee(Places::empty(SMALLEST)), changes: AtomicU64::new(0) }
    }

    /// The words as they are now.
    pub(super) fn places(&self) -> Guard<Arc<Places>> {
        self.places.load()
    }

    /// How often a key's word was changed or taken away: a slot that was read meanwhile may have been
    /// another's, unless this is as before.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Adds a key that is not there. Writers come one at a time.
    pub(super) fn insert(&self, load: &mut Load, tag: Tag, slot: u32) {
        let places = self.with_room(load);
        if places.insert(Word::new(tag, slot)) {
            load.taken += 1;
        }
    }

    /// Leads to another slot from now on. The one before is free after this, not earlier.
    pub(super) fn replace(&self, places: &Places, hit: Hit, tag: Tag, slot: u32) {
        self.change(places, hit, Word::new(tag, slot).0);
    }

    /// Takes a key out. Its slot is free after this, not earlier.
    pub(super) fn remove(&self, places: &Places, hit: Hit) {
        self.change(places, hit, REMOVED);
    }

    fn change(&self, places: &Places, hit: Hit, word: u64) {
        places.0[hit.place].store(word, Ordering::Release);
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// The words, in an array that has room for one more.
    fn with_room(&self, load: &mut Load) -> Arc<Places> {
        let places = self.places.load_full();
        let len = places.0.len();
        // Fuller, and a look would go past too many places: past three on the way to a key, and past a
        // few lines of the cache where there is none.
        if (load.taken + 1) * 8 <= len * 7 {
            return places;
        }
        let words = places.0.iter().map(|place| place.load(Ordering::Relaxed));
        let kept: Vec<u64> = words.filter(|word| *word >= FIRST).collect();
        // Where only removed keys filled it, it need not grow.
        let len = if kept.len() * 2 < len { len } else { len + len / 4 };
        let larger = Places::empty(len);
        for word in &kept {
            larger.insert(Word(*word));
        }
        load.taken = kept.len();
        let larger = Arc::new(larger);
        self.places.store(Arc::clone(&larger));
        larger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(index: &Index, tag: Tag) -> Vec<u32> {
        index.places().hits(tag).map(|hit| hit.slot).collect()
    }

    fn tag(number: u64) -> Tag {
        Tag::of(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Most places that a look goes past, wherever it begins.
    fn longest_look(index: &Index) -> usize {
        let places = index.places();
        let (mut longest, mut passed) = (0, 0);
        // Twice, since the last place is followed by the first.
        for place in places.0.iter().chain(&places.0) {
            let is_taken = place.load(Ordering::Relaxed) != EMPTY;
            passed = if is_taken { passed + 1 } else { 0 };
            longest = longest.max(passed);
        }
        longest
    }

    #[test]
    fn no_id_can_be_chosen_whose_look_is_long_as_long_as_none_in_the_table_was_chosen() {
        const LONG: usize = 4_096;
        let filled = |numbers: u32, tag: fn(u64) -> Tag| {
            let (index, mut load) = (Index::new(), Load::default());
            (0..numbers).for_each(|at| index.insert(&mut load, tag(u64::from(at)), at));
            longest_look(&index)
        };
        let random = |number| Tag::of(testkit::chance::Seeded::new(number).next());
        assert!(filled(100_000, random) < LONG);
        // What comes of letting somebody choose the ids that are kept.
        assert!(filled(5_000, |_| tag(1)) > LONG);
    }

    #[test]
    fn every_key_is_found_while_the_index_grows() {
        let (index, mut load) = (Index::new(), Load::default());
        for number in 0..5_000 {
            index.insert(&mut load, tag(number), u32::try_from(number).expect("small"));
            assert!((0..=number).step_by(97).all(|seen| !slots(&index, tag(seen)).is_empty()));
        }
        let found =
            |number: u64| slots(&index, tag(number)) == [u32::try_from(number).expect("small")];
        assert!((0..5_000).all(found));
    }

    #[test]
    fn an_index_is_never_full() {
        let (index, mut load) = (Index::new(), Load::default());
        for number in 0..5_000 {
            index.insert(&mut load, tag(number), 0);
            let places = index.places();
            let empty = |place: &&AtomicU64| place.load(Ordering::Relaxed) == EMPTY;
            let empty = places.0.iter().filter(empty).count();
            assert!(empty * 8 >= places.0.len(), "{empty} of {} are empty", places.0.len());
        }
    }

    #[test]
    fn keys_with_the_same_bits_are_told_one_after_the_other() {
        let (index, mut load) = (Index::new(), Load::default());
        let last = Tag::of(u64::MAX);
        for slot in [3, SLOTS_MAX - 1, 5] {
            index.insert(&mut load, last, slot);
        }
        assert_eq!(slots(&index, last), [3, SLOTS_MAX - 1, 5]);
    }

    #[test]
    fn what_lies_behind_a_removed_key_is_still_found() {
        let (index, mut load) = (Index::new(), Load::default());
        for slot in [1, 2, 3] {
            index.insert(&mut load, tag(1), slot);
        }
        let places = index.places();
        let first = places.hits(tag(1)).next().expect("the first");
        let before = index.changes();
        index.remove(&places, first);
        assert_eq!(slots(&index, tag(1)), [2, 3]);
        assert_ne!(index.changes(), before);
    }

    #[test]
    fn keys_that_come_and_go_do_not_make_it_grow() {
        let (index, mut load) = (Index::new(), Load::default());
        for number in 0..10_000 {
            index.insert(&mut load, tag(number), 1);
            let places = index.places();
            let hit = places.hits(tag(number)).next().expect("there");
            index.remove(&places, hit);
        }
        assert_eq!(index.places().0.len(), SMALLEST);
    }
}
