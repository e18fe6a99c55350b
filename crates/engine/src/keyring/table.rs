//! The table of secrets in memory: flat, two lines of the processor's cache for each, behind an index
//! of one word for each.
//!
//! Readers look while one writer changes it, and wait for nobody: a change fills a free slot, leads
//! the index there, and only then frees the slot that was before. A reader that was overtaken looks
//! again, and meets what is there now. Must not know what a record means.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::Guard;
use domain::key_text::Kid;

use super::chunks::Chunks;
use super::index::{Hit, Index, Load, Places, SLOTS_MAX, Tag};
use super::slot::{Filling, Slot, Uses, Words};

/// Parts of the index: one grows without the others, so no writer is held up for long.
const PARTS: usize = 16;
const PART_BITS: u32 = PARTS.trailing_zeros();

/// The table of secrets.
#[derive(Debug)]
pub(super) struct Table {
    parts: Box<[Index]>,
    slots: Chunks<Slot>,
    len: AtomicUsize,
}

/// What a writer of the table keeps.
#[derive(Debug)]
pub(super) struct TableWriter {
    loads: Box<[Load]>,
    /// Slots that were freed, the longest free first.
    free: VecDeque<u32>,
    /// Slots from this one on were never filled.
    fresh: u32,
}

impl Default for TableWriter {
    fn default() -> Self {
        let loads = (0..PARTS).map(|_| Load::default()).collect();
        Self { loads, free: VecDeque::new(), fresh: 0 }
    }
}

/// What a writer found under an id. It holds until the next change, and writers come one at a time.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    kid: Kid,
    places: Guard<Arc<Places>>,
    known: Option<(Hit, Filling<'t>)>,
}

impl<'t> Entry<'t> {
    /// What is there.
    pub(super) fn filling(&self) -> Option<&Filling<'t>> {
        self.known.as_ref().map(|(_, filling)| filling)
    }
}

/// There is no room for another secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Table {
    pub(super) fn new() -> Self {
        let parts = (0..PARTS).map(|_| Index::new()).collect();
        Self { parts, slots: Chunks::with_room(SLOTS_MAX as usize), len: AtomicUsize::new(0) }
    }

    /// How many secrets it holds.
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// A search for this id, whose first step is under way.
    pub(super) fn search(&self, kid: Kid) -> Search<'_> {
        let (part, tag) = part(kid);
        let index = &self.parts[part];
        let (changes, places) = (index.changes(), index.places());
        places.come_near(tag);
        Search { table: self, index, tag, kid, changes, places }
    }

    /// What it holds under this id.
    pub(super) fn find(&self, kid: Kid) -> Option<Filling<'_>> {
        self.search(kid).finish()
    }

    /// What a writer finds under this id.
    pub(super) fn entry(&self, kid: Kid) -> Entry<'_> {
        let (part, tag) = part(kid);
        let places = self.parts[part].places();
        let known = places.hits(tag).find_map(|hit| Some((hit, self.held(hit, kid)?)));
        Entry { kid, places, known }
    }

    /// Has the processor bring near what [`Table::entry`] will read. For speed alone.
    pub(super) fn approach(&self, kid: Kid) {
        let (part, tag) = part(kid);
        self.parts[part].places().come_near(tag);
    }

    /// Puts a record in place of the one that was found just now, or where none was. Only a key that
    /// is not there can lack room.
    pub(super) fn put(
        &self,
        writer: &mut TableWriter,
        entry: Entry<'_>,
        words: &Words,
        uses: Uses,
    ) -> Result<(), Full> {
        let Entry { kid, places, mut known } = entry;
        let (part, tag) = part(kid);
        let index = &self.parts[part];
        let to = match self.fill(writer, kid, words, uses) {
            Ok(to) => to,
            Err(Full) => {
                // Rather not there for an instant than there as it was before.
                self.remove(writer, kid);
                known = None;
                self.fill(writer, kid, words, uses)?
            }
        };
        match known {
            Some((hit, _)) => {
                index.replace(&places, hit, tag, to);
                self.free(writer, hit.slot);
            }
            None => {
                drop(places);
                index.insert(&mut writer.loads[part], tag, to);
                self.len.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Takes out what is under this id.
    pub(super) fn remove(&self, writer: &mut TableWriter, kid: Kid) {
        let Entry { places, known, .. } = self.entry(kid);
        if let Some((hit, _)) = known {
            self.parts[part(kid).0].remove(&places, hit);
            self.free(writer, hit.slot);
            self.len.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// What is there, if it is this key's; for writers, whom nobody overtakes.
    fn held(&self, hit: Hit, kid: Kid) -> Option<Filling<'_>> {
        let filling = self.slots.get(hit.slot).and_then(Slot::read);
        filling.filter(|filling| filling.kid == kid.as_u128())
    }

    fn fill(
        &self,
        writer: &mut TableWriter,
        kid: Kid,
        words: &Words,
        uses: Uses,
    ) -> Result<u32, Full> {
        let at = match writer.free.pop_front() {
            Some(at) => at,
            None if writer.fresh < SLOTS_MAX => {
                writer.fresh += 1;
                writer.fresh - 1
            }
            None => return Err(Full),
        };
        self.slots.get_or_make(at).ok_or(Full)?.fill(kid.as_u128(), words, uses);
        Ok(at)
    }

    fn free(&self, writer: &mut TableWriter, at: u32) {
        if let Some(slot) = self.slots.get(at) {
            slot.free();
            writer.free.push_back(at);
        }
    }
}

/// A search for one secret, in steps: what the next step reads comes near meanwhile.
#[derive(Debug)]
pub(super) struct Search<'t> {
    table: &'t Table,
    index: &'t Index,
    tag: Tag,
    kid: Kid,
    changes: u64,
    places: Guard<Arc<Places>>,
}

impl<'t> Search<'t> {
    /// Brings the slot near to which the index leads. For speed alone.
    pub(super) fn approach(&self) {
        let first = self.places.hits(self.tag).next();
        if let Some(slot) = first.and_then(|hit| self.table.slots.get(hit.slot)) {
            slot.come_near();
        }
    }

    /// What was found.
    pub(super) fn finish(mut self) -> Option<Filling<'t>> {
        loop {
            match self.look() {
                Look::Found(filling) => return Some(filling),
                Look::Absent => return None,
                // A writer came by. Each further look needs a further change, so it ends.
                Look::Overtaken => {
                    self.changes = self.index.changes();
                    self.places = self.index.places();
                }
            }
        }
    }

    fn look(&self) -> Look<'t> {
        for hit in self.places.hits(self.tag) {
            match self.table.slots.get(hit.slot).and_then(Slot::read) {
                Some(filling) if filling.kid == self.kid.as_u128() => return Look::Found(filling),
                // Another key with the same bits, or the slot was given to it meanwhile.
                Some(_) if self.index.changes() == self.changes => {}
                Some(_) | None => return Look::Overtaken,
            }
        }
        Look::Absent
    }
}

/// What came of one look.
enum Look<'t> {
    Found(Filling<'t>),
    Absent,
    Overtaken,
}

/// In which part a key is, and under which bits.
const fn part(kid: Kid) -> (usize, Tag) {
    let hash = hash(kid);
    ((hash >> (u64::BITS - PART_BITS)) as usize, Tag::of(hash))
}

/// Spreads ids over the table. They are random and only this server makes them, so a sender cannot
/// choose what is in the table; an unkeyed hash is enough.
#[expect(clippy::cast_possible_truncation, reason = "folding 128 bits into 64 is the point")]
pub(super) const fn hash(kid: Kid) -> u64 {
    let number = kid.as_u128();
    let folded = (number as u64) ^ ((number >> 64) as u64).rotate_left(32);
    let mixed = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests;
