//! The checks of this test are not blind: every lie that they are there for is reported.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::history::{AccountPast, Asked, Change, History, KeyPast, Use};
use crate::judge::{Listed, Seen, faults};
use crate::ledger;
use crate::support::Quickstart;

const ID: &str = "the key";
const OWNER: &str = "the account";

/// A past with one key, and what an honest server shows after it.
fn honest(done: &[Change], open: Option<Change>) -> (History, Seen) {
    let mut key = KeyPast::made(0, OWNER.to_owned(), 0, Some("its text".to_owned()));
    (key.done, key.open, key.used) = (done.to_vec(), open, true);
    key.dead.push("a dead text".to_owned());
    if key.state() != "deleted" {
        key.old = Some("an old text".to_owned());
    }
    let state = key.state();
    let mut seen = Seen::default();
    if state == "deleted" {
        seen.shown.insert(ID.to_owned(), state.to_owned());
    } else {
        seen.listed.insert(ID.to_owned(), listed(state));
    }
    let verdict = if state == "enabled" { "granted" } else { state };
    seen.verdicts.insert(ID.to_owned(), verdict.to_owned());
    seen.old_verdicts.insert(ID.to_owned(), verdict.to_owned());
    seen.dead_verdicts.push((ID.to_owned(), "unknown".to_owned()));
    seen.trail.insert(ID.to_owned(), trail(done));
    seen.accounts.insert(OWNER.to_owned(), 0);
    let account = AccountPast { place: 0, worker: Some(0), open_keys: 0 };
    let history = History {
        accounts: BTreeMap::from([(OWNER.to_owned(), account)]),
        keys: BTreeMap::from([(ID.to_owned(), key)]),
        open_accounts: 0,
        asked: Vec::new(),
    };
    (history, seen)
}

fn listed(state: &str) -> Listed {
    Listed { place: 0, account: OWNER.to_owned(), state: state.to_owned(), used: true }
}

fn trail(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| change.name().to_owned()).collect()
}

/// A lie about the past is reported, and the truth is not.
#[track_caller]
fn check(done: &[Change], lie: impl FnOnce(&mut History, &mut Seen), part: &str) {
    let (mut history, mut seen) = honest(done, None);
    assert_eq!(faults(&history, &seen), Vec::<String>::new(), "the truth");
    lie(&mut history, &mut seen);
    let found = faults(&history, &seen).join("; ");
    assert!(found.contains(part), "no {part:?} in {found:?}");
}

use Change::{Created, Deleted, Disabled, Enabled, Rotated};

#[test]
fn an_acknowledged_change_that_is_not_there_is_reported() {
    let enable = |_: &mut History, seen: &mut Seen| {
        seen.shown.clear();
        seen.listed.insert(ID.to_owned(), listed("enabled"));
        seen.verdicts.insert(ID.to_owned(), "granted".to_owned());
    };
    check(&[Created, Deleted], enable, "it is enabled and not one of [\"deleted\"]");
    check(&[Created, Disabled], enable, "it is enabled and not one of [\"disabled\"]");
    let verdict = |verdict: &'static str| {
        move |_: &mut History, seen: &mut Seen| {
            seen.verdicts.insert(ID.to_owned(), verdict.to_owned());
        }
    };
    check(&[Created, Deleted], verdict("granted"), "the verdict is Some(\"granted\")");
    check(&[Created, Disabled, Enabled], verdict("unknown"), "the verdict is Some(\"unknown\")");
    check(&[Created], |_, seen| seen.verdicts.clear(), "was not verified");
    check(&[Created], |_, seen| seen.listed.clear(), "acknowledged and not there");
    check(&[Created], |_, seen| seen.accounts.clear(), "account the account: acknowledged");
    check(&[Created, Disabled], |_, seen| seen.trail.clear(), "the trail says []");
    check(
        &[Created],
        |_, seen| seen.listed.get_mut(ID).expect("it").used = false,
        "that was forgotten",
    );
}

#[test]
fn a_text_that_lives_or_dies_against_the_past_is_reported() {
    let old = |verdict: &'static str| {
        move |_: &mut History, seen: &mut Seen| {
            seen.old_verdicts.insert(ID.to_owned(), verdict.to_owned());
        }
    };
    check(&[Created, Rotated], old("unknown"), "on its old text is \"unknown\"");
    check(&[Created, Rotated, Disabled], old("granted"), "on its old text is \"granted\"");
    check(&[Created, Rotated], |_, seen| seen.old_verdicts.clear(), "\"missing\"");
    let risen = |_: &mut History, seen: &mut Seen| {
        seen.dead_verdicts[0].1 = "granted".to_owned();
    };
    check(&[Created, Rotated], risen, "a text that is dead gets the verdict \"granted\"");
    let twice = |_: &mut History, seen: &mut Seen| {
        seen.trail.insert(ID.to_owned(), trail(&[Created, Rotated, Rotated]));
    };
    check(&[Created, Rotated], twice, "the trail says");
    let reissued = |seen: &mut Seen| {
        seen.trail.get_mut(ID).expect("it").push("key.reissued".to_owned());
    };
    let (history, mut seen) = honest(&[Created, Rotated], None);
    reissued(&mut seen);
    assert_eq!(faults(&history, &seen), Vec::<String>::new(), "another text is no change");
}

#[test]
fn a_rotation_without_an_answer_may_end_one_text_and_not_the_other() {
    for (used, newest, oldest) in [
        (Use::Never, "unknown", "granted"),
        (Use::Certainly, "granted", "unknown"),
        (Use::Never, "granted", "granted"),
        (Use::Certainly, "granted", "granted"),
    ] {
        for (newest, oldest, fits) in [
            (newest, oldest, true),
            (oldest, newest, newest == oldest),
            ("unknown", "unknown", false),
        ] {
            let (mut history, mut seen) = honest(&[Created], Some(Rotated));
            history.keys.get_mut(ID).expect("it").text_used = used;
            seen.verdicts.insert(ID.to_owned(), newest.to_owned());
            seen.old_verdicts.insert(ID.to_owned(), oldest.to_owned());
            let found = faults(&history, &seen);
            assert_eq!(found.is_empty(), fits, "{used:?} {newest} {oldest}: {found:?}");
        }
    }
}

#[test]
fn half_of_a_change_of_many_keys_is_reported() {
    let (mut history, mut seen) = honest(&[Created], Some(Disabled));
    let key = history.keys[ID].clone();
    history.keys.insert("the other".to_owned(), key);
    for id in [ID, "the other"] {
        seen.listed.insert(id.to_owned(), listed("enabled"));
        seen.verdicts.insert(id.to_owned(), "granted".to_owned());
        seen.old_verdicts.insert(id.to_owned(), "granted".to_owned());
        seen.trail.insert(id.to_owned(), trail(&[Created]));
    }
    let keys = vec![ID.to_owned(), "the other".to_owned()];
    let (path, body, once) = (String::new(), serde_json::Value::Null, "a name".to_owned());
    history.asked.push(Asked { keys, change: Disabled, path, body, once });
    assert_eq!(faults(&history, &seen), Vec::<String>::new(), "none of it");
    let mut off = |id: &str| {
        seen.listed.insert(id.to_owned(), listed("disabled"));
        seen.verdicts.insert(id.to_owned(), "disabled".to_owned());
        seen.old_verdicts.insert(id.to_owned(), "disabled".to_owned());
        seen.trail.insert(id.to_owned(), trail(&[Created, Disabled]));
        faults(&history, &seen).join("; ")
    };
    assert!(off(ID).contains("of many keys is half there: 1 of"));
    assert_eq!(off("the other"), "", "all of it");
}

#[test]
fn a_key_whose_end_was_seen_may_never_come_back() {
    let gone = |history: &mut History, seen: &mut Seen| {
        history.keys.get_mut(ID).expect("it").gone = true;
        seen.shown.clear();
    };
    let (mut history, mut seen) = honest(&[Created, Deleted], None);
    gone(&mut history, &mut seen);
    assert_eq!(faults(&history, &seen), Vec::<String>::new());
    let back = |history: &mut History, seen: &mut Seen| {
        gone(history, seen);
        seen.listed.insert(ID.to_owned(), listed("enabled"));
    };
    check(&[Created, Deleted], back, "it is enabled and not one of [\"deleted\"]");
    let granted = |history: &mut History, seen: &mut Seen| {
        gone(history, seen);
        seen.verdicts.insert(ID.to_owned(), "granted".to_owned());
    };
    check(&[Created, Deleted], granted, "the verdict is Some(\"granted\")");
}

#[test]
fn a_change_without_an_answer_may_be_either_but_not_both() {
    let (history, seen) = honest(&[Created], Some(Disabled));
    assert_eq!(faults(&history, &seen), Vec::<String>::new(), "it was not made");
    let (made, after) = honest(&[Created, Disabled], None);
    assert_eq!(faults(&history, &after), Vec::<String>::new(), "it was made");
    assert_eq!(faults(&made, &after), Vec::<String>::new());
    let half = Seen { trail: seen.trail.clone(), ..after };
    let found = faults(&history, &half);
    assert!(found.is_empty(), "each is allowed; that they differ is for the ledger: {found:?}");
    let (_, other) = honest(&[Created, Deleted], None);
    assert!(!faults(&history, &other).is_empty(), "nobody asked for that");
}

#[test]
fn keys_and_accounts_that_nobody_asked_for_are_reported() {
    let stranger = |_: &mut History, seen: &mut Seen| {
        seen.listed.insert("another".to_owned(), listed("enabled"));
        seen.trail.insert("another".to_owned(), trail(&[Created]));
    };
    check(&[Created], stranger, "1 new keys, and 0 were asked for");
    let (mut history, mut seen) = honest(&[Created], None);
    stranger(&mut history, &mut seen);
    history.accounts.get_mut(OWNER).expect("it").open_keys = 1;
    assert_eq!(faults(&history, &seen), Vec::<String>::new(), "one was asked for");
    seen.trail.insert("another".to_owned(), trail(&[Created, Disabled]));
    assert!(!faults(&history, &seen).is_empty());
    let half = |_: &mut History, seen: &mut Seen| {
        seen.trail.insert("another".to_owned(), trail(&[Created]));
    };
    check(&[Created], half, "it is half there");
    let account = |_: &mut History, seen: &mut Seen| {
        seen.accounts.insert("another".to_owned(), 0);
    };
    check(&[Created], account, "1 accounts that nobody asked for");
}

#[test]
fn every_half_of_a_change_in_the_database_is_reported() {
    let mut server = Quickstart::fresh();
    assert_eq!(server.stop(), Some(0));
    let check = |tampering: &str, part: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("chaveiro.db");
        std::fs::copy(server.data().join("chaveiro.db"), &path).expect("copied");
        let connection = Connection::open(&path).expect("a database");
        connection.pragma_update(None, "foreign_keys", "OFF").expect("set");
        connection.pragma_update(None, "ignore_check_constraints", "ON").expect("set");
        connection.execute_batch(tampering).expect(tampering);
        let found = ledger::read(&connection).expect("the tables").faults.join("; ");
        let reported = if part.is_empty() { found.is_empty() } else { found.contains(part) };
        assert!(reported, "{tampering}: no {part:?} in {found:?}");
    };
    let last_key = "(SELECT max(made_epoch) FROM key)";
    check("", "");
    check("DELETE FROM event", "key.created has events []");
    check(&format!("DELETE FROM event WHERE epoch = {last_key}"), "has events []");
    check(&format!("DELETE FROM audit WHERE epoch = {last_key}"), "which the audit does not know");
    check(&format!("DELETE FROM audit WHERE epoch = {last_key}"), "no single entry key.created");
    check("DELETE FROM audit WHERE action = 'account.created'", "no single entry account.created");
    check(&format!("DELETE FROM key WHERE made_epoch = {last_key}"), "which is not there");
    check("DELETE FROM account WHERE kind = 2", "a foreign key of key dangles");
    check("DELETE FROM operator_key", "operator_key.created of");
    check("UPDATE key SET state = 30", "state 30 of change");
    check("UPDATE key SET epoch = epoch + 1", "and the trail ends in Some(0)");
    check("UPDATE epoch SET value = value + 1", "changes are counted");
    check("UPDATE event SET kind = 'key.deleted'", "has events [Event");
    check("UPDATE event SET account = zeroblob(16)", "has events [Event");
    check("UPDATE audit SET realm = 'other'", "key.created in Some");
    check("UPDATE audit SET action = 'key.deleted' WHERE epoch = 1", "account.created");
}
