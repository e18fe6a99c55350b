//! Compares the past with what is there after a restart.
//!
//! Must not ask a server or a clock: its own test feeds it with lies.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{AccountPast, Asked, Change, History, KeyPast, Use};

/// A key as lists show it.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) place: usize,
    pub(crate) account: String,
    pub(crate) state: String,
    pub(crate) used: bool,
}

/// What is there after a restart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Accounts, with the position of their place.
    pub(crate) accounts: BTreeMap<String, usize>,
    /// Keys in lists.
    pub(crate) listed: BTreeMap<String, Listed>,
    /// States of keys that were asked for by their id, lists aside.
    pub(crate) shown: BTreeMap<String, String>,
    /// Verdicts on keys whose text is known: `granted`, or the reason of the refusal.
    pub(crate) verdicts: BTreeMap<String, String>,
    /// Verdicts on texts that were replaced and should work.
    pub(crate) old_verdicts: BTreeMap<String, String>,
    /// Verdicts on dead texts, with the key each belonged to.
    pub(crate) dead_verdicts: Vec<(String, String)>,
    /// The actions on each key, as the trail in the database tells them.
    pub(crate) trail: BTreeMap<String, Vec<String>>,
}

impl Seen {
    /// The changes of a key, without the texts that were given again.
    fn changes(&self, id: &str) -> Vec<String> {
        let trail = self.trail.get(id).into_iter().flatten();
        trail.filter(|action| *action != "key.reissued").cloned().collect()
    }

    /// Whether the trail of a key tells of more than was acknowledged.
    pub(crate) fn tells_more(&self, id: &str, key: &KeyPast) -> bool {
        self.changes(id).len() > key.done.len()
    }

    fn state(&self, id: &str) -> Option<&str> {
        let listed = self.listed.get(id).map(|key| key.state.as_str());
        listed.or_else(|| self.shown.get(id).map(String::as_str))
    }
}

/// Everything that contradicts the past.
pub(crate) fn faults(history: &History, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, key) in &history.keys {
        faults.extend(of_key(id, key, seen).into_iter().map(|fault| format!("key {id}: {fault}")));
    }
    faults.extend(of_strangers(history, seen));
    for (id, verdict) in seen.dead_verdicts.iter().filter(|(_, verdict)| verdict != "unknown") {
        faults.push(format!("key {id}: a text that is dead gets the verdict {verdict:?}"));
    }
    faults.extend(history.asked.iter().filter_map(|asked| of_asked(history, seen, asked)));
    for id in history.accounts.keys().filter(|id| !seen.accounts.contains_key(*id)) {
        faults.push(format!("account {id}: acknowledged and not there"));
    }
    let strangers = seen.accounts.keys().filter(|id| !history.accounts.contains_key(*id)).count();
    if strangers > history.open_accounts {
        faults.push(format!("{strangers} accounts that nobody asked for"));
    }
    faults
}

fn of_key(id: &str, key: &KeyPast, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expected = vec![names(&key.done)];
    if let Some(open) = key.open {
        expected.push(names(&[&key.done[..], &[open]].concat()));
    }
    let trail = seen.changes(id);
    if !expected.contains(&trail) {
        faults.push(format!("the trail says {trail:?} and not one of {expected:?}"));
    }
    let verdict = seen.verdicts.get(id).map(String::as_str);
    if key.text.is_some() && verdict.is_none() {
        faults.push("its text was not verified".to_owned());
    }
    let state = match seen.state(id) {
        Some(state) => state,
        // Not asked for by its id any more: that it is in no list says enough.
        None if key.gone => "deleted",
        None => {
            faults.push("acknowledged and not there".to_owned());
            return faults;
        }
    };
    let allowed: Vec<&str> =
        [Some(key.state()), key.open.and_then(Change::state)].into_iter().flatten().collect();
    if !allowed.contains(&state) {
        faults.push(format!("it is {state} and not one of {allowed:?}"));
    }
    if (state == "deleted") == seen.listed.contains_key(id) {
        faults.push(format!("it is {state}, and lists say otherwise"));
    }
    let due = if state == "enabled" { "granted" } else { state };
    // A rotation without an answer may have ended one of two texts, and it is known which.
    let rotating = key.open == Some(Change::Rotated);
    let may_end = |ends: bool, verdict: &str| rotating && ends && verdict == "unknown";
    if verdict.is_some_and(|text| text != due && !may_end(key.loses_its_newest(), text)) {
        faults.push(format!("it is {state}, and the verdict is {verdict:?}"));
    }
    let due = if state == "deleted" { "unknown" } else { due };
    if key.old.is_some() {
        let old = seen.old_verdicts.get(id).map_or("missing", String::as_str);
        if old != due && !may_end(!key.loses_its_newest(), old) {
            faults.push(format!("it is {state}, and the verdict on its old text is {old:?}"));
        }
    }
    if key.used && seen.listed.get(id).is_some_and(|listed| !listed.used) {
        faults.push("it was used, and that was forgotten".to_owned());
    }
    faults
}

/// What was asked for together was done together, or not at all.
fn of_asked(history: &History, seen: &Seen, asked: &Asked) -> Option<String> {
    let done = |id: &&String| history.keys.get(*id).is_some_and(|key| seen.tells_more(id, key));
    let count = asked.keys.iter().filter(done).count();
    let half = count != 0 && count != asked.keys.len();
    half.then(|| {
        format!("{:?} of many keys is half there: {count} of {:?}", asked.change, asked.keys)
    })
}

/// Keys of which nobody outside knows: they come from requests without an answer, or from nowhere.
fn of_strangers(history: &History, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    let mut per_account: BTreeMap<&str, usize> = BTreeMap::new();
    let unknown = |id: &&String| !history.keys.contains_key(*id);
    let strangers: BTreeSet<&String> =
        seen.listed.keys().chain(seen.trail.keys()).filter(unknown).collect();
    for id in strangers {
        let trail = seen.trail.get(id);
        if trail != Some(&names(&[Change::Created])) {
            faults.push(format!("stranger {id}: the trail says {trail:?}"));
        }
        match seen.listed.get(id) {
            Some(listed) if listed.state == "enabled" => {
                *per_account.entry(&listed.account).or_default() += 1;
            }
            other => faults.push(format!("stranger {id}: it is half there: {other:?}")),
        }
    }
    for (account, count) in per_account {
        let asked = history.accounts.get(account).map_or(0, |account| account.open_keys);
        if count > asked {
            faults.push(format!("account {account}: {count} new keys, and {asked} were asked for"));
        }
    }
    faults
}

fn names(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| change.name().to_owned()).collect()
}

/// Takes what was seen for the past from here on: what was open is decided, and may not change
/// again by itself. Gives the keys that nobody outside knows.
pub(crate) fn adopt(history: &mut History, seen: &Seen) -> Vec<String> {
    for (id, place) in &seen.accounts {
        let fresh = AccountPast { place: *place, worker: None, open_keys: 0 };
        history.accounts.entry(id.clone()).or_insert(fresh).open_keys = 0;
    }
    history.open_accounts = 0;
    let mut strangers = Vec::new();
    for (id, listed) in &seen.listed {
        history.keys.entry(id.clone()).or_insert_with(|| {
            strangers.push(id.clone());
            KeyPast::made(listed.place, listed.account.clone(), usize::MAX, None)
        });
    }
    for (id, key) in &mut history.keys {
        if key.open == Some(Change::Rotated) && seen.tells_more(id, key) {
            key.rotate(None);
        } else if seen.verdicts.get(id).is_some_and(|verdict| verdict == "granted") {
            key.text_used = Use::Certainly;
        }
        let trail = seen.trail.get(id).into_iter().flatten();
        let read = |name: &String| Change::ALL.into_iter().find(|change| change.name() == name);
        key.done = trail.filter_map(read).collect();
        key.open = None;
        key.gone = key.state() == "deleted";
        key.bury();
    }
    strangers
}
