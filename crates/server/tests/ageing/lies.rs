//! The proof that the judge can fail: a year as it should be, and what it must not be taken for.

use crate::judge::{faults, letters_due, timeline};
use crate::lived::{Call, Event, Letter, Lived};
use crate::year::YEAR;

/// The year of the table.
fn honest() -> Lived {
    let mut lived = Lived::default();
    for (day, (kind, told), keys) in YEAR {
        for name in keys {
            let (number, epoch) = (name.len(), lived.events.len());
            let (id, key) = (format!("evt_{epoch:032x}&{epoch}"), format!("{number}{name}"));
            let to = name.split(':').next().expect("an account");
            let body = format!("{id} {told}");
            lived.names.insert(key.clone(), name);
            lived.calls.push(Call { to, id: id.clone(), what: told.to_owned(), key, body });
            lived.events.push(Event { day: day.to_owned(), kind: kind.to_owned(), key: name, id });
        }
    }
    for (number, (day, to, keys)) in letters_due().into_iter().enumerate() {
        let (day, to, id) = (day.to_owned(), to.to_owned(), format!("<{number}@a>"));
        lived.letters.push(Letter { day, to, id, keys, text: "a letter".to_owned() });
    }
    lived.secrets.push("a-key-that-nobody-may-be-shown".to_owned());
    lived
}

/// This lie is found, in these words.
#[track_caller]
fn check(lie: impl FnOnce(&mut Lived), words: &str) {
    let mut lived = honest();
    lie(&mut lived);
    let found = faults(&lived).join("; ");
    assert!(found.contains(words), "no {words:?} in {found:?}");
}

#[test]
fn the_year_of_the_table_is_without_fault_and_so_is_one_that_is_told_of_twice() {
    assert_eq!(faults(&honest()), Vec::<String>::new());
    let mut lived = honest();
    let again = lived.calls[20].clone();
    lived.calls.insert(21, again);
    assert_eq!(faults(&lived), Vec::<String>::new());
    assert!(timeline(&lived).contains("(2 times)"), "{}", timeline(&lived));
}

#[test]
fn an_event_that_is_missing_or_there_twice_or_late_is_found() {
    check(|lived| drop(lived.events.remove(20)), "an event that did not happen");
    check(
        |lived| {
            let again = Event { id: "evt_other&9".to_owned(), ..lived.events[20].clone() };
            lived.events.insert(21, again);
        },
        "once more",
    );
    check(|lived| lived.events[20].day = "2041-05-15".to_owned(), "not due");
    check(|lived| lived.events[20].kind = "key.expired".to_owned(), "not due");
    check(|lived| lived.events.swap(7, 8), "out of order");
}

#[test]
fn a_receiver_that_is_not_told_or_told_of_something_else_is_found() {
    check(|lived| drop(lived.calls.remove(20)), "nobody was told");
    check(|lived| lived.calls[20].id = "evt_other&9".to_owned(), "what did not happen");
    check(|lived| lived.calls[20].to = "nobody", "what did not happen");
    check(
        |lived| lived.calls[8].what = "ACCESS_TOKEN_DISABLED LACK_OF_USE".to_owned(),
        "due to be",
    );
    check(
        |lived| {
            let again = Call { body: "another".to_owned(), ..lived.calls[20].clone() };
            lived.calls.push(again);
        },
        "not as it was told before",
    );
    check(
        |lived| {
            let root = |call: &&mut Call| call.to == "root";
            let mut told = lived.calls.iter_mut().filter(root);
            let (one, other) = told.next().zip(told.next()).expect("two");
            std::mem::swap(one, other);
        },
        "not told in the order",
    );
}

#[test]
fn a_letter_that_is_missing_or_not_due_or_shows_a_key_is_found() {
    check(|lived| drop(lived.letters.remove(3)), "a letter that nobody got");
    check(|lived| lived.letters[3].day = "2041-05-15".to_owned(), "not due");
    check(|lived| lived.letters[3].to = "white".to_owned(), "not due");
    check(|lived| lived.letters[3].keys.clear(), "not due");
    check(
        |lived| {
            let again = Letter { id: "<other@a>".to_owned(), ..lived.letters[3].clone() };
            lived.letters.push(again);
        },
        "once more",
    );
    check(
        |lived| {
            let again = Letter { to: "sub".to_owned(), ..lived.letters[0].clone() };
            lived.letters.push(again);
        },
        "not as it was written before",
    );
    check(|lived| lived.letters[3].text = lived.secrets[0].clone(), "a letter with a key in it");
}
