//! Holds a year against the table.
//!
//! Must not know how it was lived.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::lived::{Call, Event, Letter, Lived};
use crate::year::{IN_LETTERS, READERS, YEAR};

/// What is due to happen, in order: the day, what the trail says, what a receiver is told, the key.
fn due() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    YEAR.iter().flat_map(|(day, (kind, told), keys)| {
        keys.iter().map(move |key| (*day, *kind, *told, *key))
    })
}

/// How many calls are due to a receiver by this day.
pub(crate) fn due_by(day: &str, to: &str) -> usize {
    due().filter(|(at, _, _, key)| *at <= day && key.starts_with(to)).count()
}

/// Everything in which the year was not that of the table.
pub(crate) fn faults(lived: &Lived) -> Vec<String> {
    let mut faults = of_events(lived);
    faults.extend(of_calls(lived));
    faults.extend(of_letters(lived));
    faults
}

/// Each event of the table is there once, on its day, and there is no other.
fn of_events(lived: &Lived) -> Vec<String> {
    let mut due: Vec<_> = due().map(|(day, kind, _, key)| (day, key, kind)).collect();
    let mut there: Vec<_> =
        lived.events.iter().map(|event| (&*event.day, event.key, &*event.kind)).collect();
    due.sort_unstable();
    there.sort_unstable();
    let mut faults = Vec::new();
    for line in &there {
        match due.iter().position(|one| one == line) {
            Some(at) => drop(due.swap_remove(at)),
            None => faults.push(format!("an event that is not due, or once more: {line:?}")),
        }
    }
    faults.extend(due.iter().map(|line| format!("an event that did not happen: {line:?}")));
    let order = lived.events.windows(2).filter(|two| two[0].day > two[1].day);
    faults.extend(order.map(|two| format!("out of order: {two:?}")));
    faults
}

/// Each event came to the receiver of its key's account at least once, and always the same; what is
/// told of one receiver's keys comes in their order, and to nobody else.
fn of_calls(lived: &Lived) -> Vec<String> {
    let (mut faults, mut first) = (Vec::new(), BTreeMap::<&str, &Call>::new());
    let mut order = BTreeMap::<&str, Vec<&str>>::new();
    let events: BTreeMap<&str, &Event> =
        lived.events.iter().map(|event| (&*event.id, event)).collect();
    for call in &lived.calls {
        let name = lived.names.get(&call.key).copied().unwrap_or("a key of somebody else");
        match events.get(&*call.id) {
            Some(event) if event.key == name && name.starts_with(call.to) => {}
            Some(_) | None => faults.push(format!("told of what did not happen: {call:?}")),
        }
        match first.insert(&call.id, call) {
            Some(before) if before != call => {
                faults.push(format!("not as it was told before: {before:?} {call:?}"));
            }
            Some(_) => {}
            None => order.entry(call.to).or_default().push(&call.id),
        }
    }
    for event in &lived.events {
        if !first.contains_key(&*event.id) {
            faults.push(format!("nobody was told: {event:?}"));
        }
    }
    for (to, told) in &order {
        let happened = lived.events.iter().filter(|event| event.key.starts_with(to));
        if !happened.map(|event| &*event.id).eq(told.iter().copied()) {
            faults.push(format!("{to} was not told in the order in which it happened"));
        }
    }
    let mut due: Vec<_> = due().map(|(_, _, told, key)| (key, told)).collect();
    let mut told: Vec<_> = first
        .values()
        .filter_map(|call| Some((*lived.names.get(&call.key)?, &*call.what)))
        .collect();
    due.sort_unstable();
    told.sort_unstable();
    if due != told {
        faults.push("what receivers were told is not what was due to be told".to_owned());
    }
    faults
}

/// The letters that are due: the day, to whom, and the keys that they tell of. What happens to the keys
/// of one account on one day, which here is at one instant, stands in one.
pub(crate) fn letters_due() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let mut due = Vec::new();
    for (day, _, keys) in YEAR.iter().filter(|(_, what, _)| IN_LETTERS.contains(what)) {
        for to in READERS {
            let mut told: Vec<_> = keys.iter().copied().filter(|key| key.starts_with(to)).collect();
            told.sort_unstable();
            if !told.is_empty() {
                due.push((*day, to, told));
            }
        }
    }
    due
}

/// Each letter was written once, though it may have come again as the same, to those who are to be
/// told and nobody else; and no letter holds a key.
fn of_letters(lived: &Lived) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut seen, mut first) = (BTreeMap::<&str, &Letter>::new(), Vec::new());
    for letter in &lived.letters {
        match seen.insert(&letter.id, letter) {
            Some(before)
                if (&before.to, &before.keys, &before.day)
                    != (&letter.to, &letter.keys, &letter.day) =>
            {
                faults.push(format!("not as it was written before: {before:?} {letter:?}"));
            }
            Some(_) => {}
            None => first.push((&*letter.day, &*letter.to, letter.keys.clone())),
        }
        if lived.secrets.iter().any(|secret| letter.text.contains(&secret[secret.len() - 20..])) {
            faults.push(format!("a letter with a key in it: {}", letter.id));
        }
    }
    let mut due = letters_due();
    for line in first {
        match due.iter().position(|one| *one == line) {
            Some(at) => drop(due.swap_remove(at)),
            None => faults.push(format!("a letter that is not due, or once more: {line:?}")),
        }
    }
    faults.extend(due.iter().map(|line| format!("a letter that nobody got: {line:?}")));
    faults
}

/// The year, a line for each event: the day, the key, what happened, and what its receiver was told.
pub(crate) fn timeline(lived: &Lived) -> String {
    let mut text = format!("{:<10}  {:<34}{:<19}{:<44}letter\n", "day", "key", "event", "webhook");
    for event in &lived.events {
        let calls: Vec<_> = lived.calls.iter().filter(|call| call.id == event.id).collect();
        let told = calls.first().map_or("nobody was told", |call| &*call.what);
        let times =
            if calls.len() > 1 { format!(" ({} times)", calls.len()) } else { String::new() };
        let Event { day, kind, key, .. } = event;
        let of_it = |letter: &&Letter| letter.day == *day && letter.keys.contains(key);
        let written: BTreeSet<_> =
            lived.letters.iter().filter(of_it).map(|letter| &*letter.to).collect();
        let written: Vec<_> = written.into_iter().collect();
        let told = format!("{told}{times}");
        let line = format!("{day}  {key:<34}{kind:<19}{told:<44}{}", written.join(", "));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
