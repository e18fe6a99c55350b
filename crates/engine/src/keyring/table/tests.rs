//! The table under one writer and many readers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;
use crate::keyring::slot::WORDS;

const NO_USES: Uses = Uses { used_ms: None, stored_ms: None };

/// Ids that lie far apart, as random ones do.
fn kid(number: u64) -> Kid {
    Kid::from_u128(
        u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 32 | u128::from(number),
    )
}

/// An id that is found in the same part and under the same bits as all others of its kind.
fn twin(number: u64) -> Kid {
    // Both halves are folded into one by an exclusive or, so this leaves the hash as it is.
    Kid::from_u128((u128::from(number.rotate_right(32)) << 64) | u128::from(number))
}

fn put(table: &Table, writer: &mut TableWriter, kid: Kid, word: u64) {
    table.put(writer, table.entry(kid), &[word; WORDS], NO_USES).expect("room");
}

fn words(table: &Table, kid: Kid) -> Option<Words> {
    table.find(kid).map(|filling| filling.words)
}

#[test]
fn the_latest_record_of_every_key_is_found() {
    let (table, mut writer) = (Table::new(), TableWriter::default());
    for round in 0..3 {
        (0..20_000).for_each(|number| put(&table, &mut writer, kid(number), number + round));
    }
    assert_eq!(table.len(), 20_000);
    assert!((0..20_000).all(|number| words(&table, kid(number)) == Some([number + 2; WORDS])));
    assert_eq!(words(&table, kid(20_001)), None);
}

#[test]
fn what_was_taken_out_is_gone_and_its_slot_is_used_again() {
    let (table, mut writer) = (Table::new(), TableWriter::default());
    for number in 0..100_000 {
        put(&table, &mut writer, kid(number), number);
        assert!(words(&table, kid(number)).is_some());
        table.remove(&mut writer, kid(number));
        assert_eq!(words(&table, kid(number)), None);
    }
    assert_eq!((table.len(), writer.fresh), (0, 1));
}

#[test]
fn keys_with_equal_hashes_are_told_apart() {
    let (table, mut writer) = (Table::new(), TableWriter::default());
    assert_eq!(hash(twin(1)), hash(twin(2)), "the test needs twins");
    (1..50).for_each(|number| put(&table, &mut writer, twin(number), number));
    table.remove(&mut writer, twin(7));
    for number in 1..50 {
        let expected = (number != 7).then_some([number; WORDS]);
        assert_eq!(words(&table, twin(number)), expected);
    }
    assert_eq!(words(&table, twin(50)), None);
}

#[test]
fn a_key_that_is_there_takes_its_change_also_where_no_room_is_left() {
    let (table, mut writer) = (Table::new(), TableWriter::default());
    put(&table, &mut writer, kid(1), 1);
    put(&table, &mut writer, kid(2), 2);
    writer.fresh = SLOTS_MAX;
    let full = table.put(&mut writer, table.entry(kid(3)), &[3; WORDS], NO_USES);
    assert_eq!((full, words(&table, kid(3))), (Err(Full), None));
    put(&table, &mut writer, kid(1), 4);
    assert_eq!(words(&table, kid(1)), Some([4; WORDS]));
    assert_eq!((words(&table, kid(2)), table.len()), (Some([2; WORDS]), 2));
}

#[test]
fn marks_of_use_are_those_that_were_given() {
    let (table, mut writer) = (Table::new(), TableWriter::default());
    let uses = Uses { used_ms: Some(9), stored_ms: Some(4) };
    table.put(&mut writer, table.entry(kid(1)), &[1; WORDS], uses).expect("room");
    assert_eq!(table.find(kid(1)).and_then(|filling| filling.marks.uses()), Some(uses));
}

/// What readers met while one writer changed everything around them.
struct Met {
    lost: u64,
    mixed: u64,
    went_back: u64,
}

/// Readers look for keys that are always there, by `find`, while a writer replaces their records, and
/// makes others come and go in their slots.
fn met(
    find: impl Fn(&Table, Kid) -> Option<Words> + Sync,
    kids: impl Fn(u64) -> Kid + Sync,
) -> Met {
    const STEADY: u64 = 16;
    let (table, mut writer) = (Table::new(), TableWriter::default());
    let (done, latest) = (AtomicBool::new(false), AtomicU64::new(0));
    (0..STEADY).for_each(|number| put(&table, &mut writer, kids(number), 0));
    let (lost, mixed, back) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for number in (0..STEADY).cycle() {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    let at_least = latest.load(Ordering::Acquire);
                    let counted = match find(&table, kids(number)) {
                        None => &lost,
                        Some(words) if words.iter().any(|word| *word != words[0]) => &mixed,
                        Some(words) if words[0] < at_least => &back,
                        Some(_) => continue,
                    };
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 1..4_000 {
            for number in 0..STEADY {
                put(&table, &mut writer, kids(number), round);
                // Takes the slot that was just freed sooner or later.
                put(&table, &mut writer, kids(STEADY + number), u64::MAX);
                table.remove(&mut writer, kids(STEADY + number));
            }
            latest.store(round, Ordering::Release);
        }
        done.store(true, Ordering::Relaxed);
    });
    let [lost, mixed, went_back] = [lost, mixed, back].map(AtomicU64::into_inner);
    Met { lost, mixed, went_back }
}

#[test]
fn a_key_that_is_there_is_always_found_whole_and_as_new_as_its_last_change() {
    for kids in [kid as fn(u64) -> Kid, twin] {
        let Met { lost, mixed, went_back } = met(words, kids);
        assert_eq!((lost, mixed, went_back), (0, 0, 0));
    }
}

/// A reader that does not look again where it was overtaken.
fn once(table: &Table, kid: Kid) -> Option<Words> {
    match table.search(kid).look() {
        Look::Found(filling) => Some(filling.words),
        Look::Absent | Look::Overtaken => None,
    }
}

#[test]
fn a_reader_that_looks_only_once_loses_keys_that_are_there() {
    assert_ne!(met(once, kid).lost, 0);
}
