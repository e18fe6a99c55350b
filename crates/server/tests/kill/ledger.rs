//! The database as a stranger reads it: whether every change is there whole, with its trail.
//!
//! Must not use the server's own code, which could share its mistakes.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

/// What the database holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    /// Accounts, with realm and environment.
    pub(crate) accounts: BTreeMap<String, (String, String)>,
    /// The actions on each key, in their order.
    pub(crate) trail: BTreeMap<String, Vec<String>>,
    /// Everything that does not fit together.
    pub(crate) faults: Vec<String>,
}

/// A row of `key`.
struct Key {
    made: i64,
    place: (String, String),
    owner: String,
    state: i64,
    epoch: i64,
}

/// A row of `audit`.
struct Audit {
    epoch: i64,
    action: String,
    target: String,
    place: Option<(String, String)>,
}

/// A row of `event`.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    kind: String,
    place: (String, String),
    account: String,
    key: String,
}

/// Reads a copy of the database and its log, so that whoever opens the original finds it as the
/// end of the process left it.
pub(crate) fn of_copy(data: &Path) -> Ledger {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["chaveiro.db", "chaveiro.db-wal"] {
        if data.join(name).exists() {
            std::fs::copy(data.join(name), folder.path().join(name)).expect("copied");
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let copy = Connection::open_with_flags(folder.path().join("chaveiro.db"), flags);
    read(&copy.expect("a database")).expect("the tables that are known")
}

/// Reads everything and compares it.
pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Ledger> {
    let mut ledger = Ledger::default();
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if sound != "ok" {
        ledger.faults.push(format!("integrity: {sound}"));
    }
    let dangling = all(connection, "PRAGMA foreign_key_check", |row| row.get::<_, String>(0))?;
    ledger.faults.extend(dangling.iter().map(|table| format!("a foreign key of {table} dangles")));
    let keys = all(connection, KEYS, key)?;
    let keys: BTreeMap<String, Key> = keys.into_iter().collect();
    let accounts = all(connection, ACCOUNTS, |row| {
        Ok((id(row, 0)?, (row.get::<_, i64>(1)?, (row.get(2)?, row.get(3)?))))
    })?;
    let accounts: BTreeMap<String, (i64, (String, String))> = accounts.into_iter().collect();
    let operators = all(connection, OPERATORS, |row| Ok((id(row, 0)?, row.get(1)?)))?;
    let operators: BTreeMap<String, i64> = operators.into_iter().collect();
    let audit = all(connection, AUDIT, audit)?;
    let events = all(connection, EVENTS, |row| Ok((row.get::<_, i64>(0)?, event(row)?)))?;
    let count: i64 = connection.query_row("SELECT value FROM epoch", [], |row| row.get(0))?;

    let numbers: Vec<i64> = audit.iter().map(|entry| entry.epoch).collect();
    if numbers != (1..=count).collect::<Vec<_>>() {
        ledger.faults.push(format!("{count} changes are counted, and the trail has {numbers:?}"));
    }
    let made: BTreeMap<&String, (&str, i64)> = keys
        .iter()
        .map(|(id, key)| (id, ("key.created", key.made)))
        .chain(accounts.iter().map(|(id, (made, _))| (id, ("account.created", *made))))
        .chain(operators.iter().map(|(id, made)| (id, ("operator_key.created", *made))))
        .collect();
    ledger.faults.extend(without_making(&made, &audit));
    let mut events = by_epoch(events);
    let mut of_many: Vec<Audit> = Vec::new();
    for entry in &audit {
        let told = events.remove(&entry.epoch).unwrap_or_default();
        if entry.action.starts_with("keys.") {
            of_many.extend(of_each(entry, &told));
            ledger.faults.extend(of_entry_of_many(entry, &told, &keys));
            continue;
        }
        ledger.faults.extend(of_entry(entry, &told, &made, &keys));
    }
    for epoch in events.keys() {
        ledger.faults.push(format!("events of change {epoch}, which the audit does not know"));
    }
    let mut about: BTreeMap<&String, Vec<&Audit>> = BTreeMap::new();
    for entry in audit.iter().chain(&of_many) {
        about.entry(&entry.target).or_default().push(entry);
    }
    about.values_mut().for_each(|entries| entries.sort_by_key(|entry| entry.epoch));
    for (id, key) in &keys {
        let about = about.remove(id).unwrap_or_default();
        ledger.faults.extend(of_key(id, key, &about));
        let actions = about.into_iter().map(|entry| entry.action.clone()).collect();
        ledger.trail.insert(id.clone(), actions);
    }
    ledger.accounts = accounts.into_iter().map(|(id, (_, place))| (id, place)).collect();
    Ok(ledger)
}

const KEYS: &str = "SELECT id, made_epoch, realm, environment, owner, state, epoch FROM key";
const ACCOUNTS: &str = "SELECT id, made_epoch, realm, environment FROM account";
const OPERATORS: &str = "SELECT id, made_epoch FROM operator_key";
const AUDIT: &str = "SELECT epoch, action, target, realm, environment FROM audit ORDER BY epoch";
const EVENTS: &str =
    "SELECT epoch, kind, realm, environment, account, key FROM event ORDER BY epoch, ordinal";

fn all<T>(
    connection: &Connection,
    sql: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| read(row))?;
    rows.collect()
}

/// Everything that was made has exactly one entry that tells of it, under the epoch of its making.
fn without_making(made: &BTreeMap<&String, (&str, i64)>, audit: &[Audit]) -> Vec<String> {
    let mut told: BTreeMap<&String, Vec<i64>> = BTreeMap::new();
    for entry in audit.iter().filter(|entry| entry.action.ends_with(".created")) {
        told.entry(&entry.target).or_default().push(entry.epoch);
    }
    let untold = made.iter().filter(|(id, (_, epoch))| told.get(*id) != Some(&vec![*epoch]));
    untold.map(|(id, (action, _))| format!("{id}: no single entry {action}")).collect()
}

/// An entry has its target, and the events that belong to it.
fn of_entry(
    entry: &Audit,
    told: &[Event],
    made: &BTreeMap<&String, (&str, i64)>,
    keys: &BTreeMap<String, Key>,
) -> Vec<String> {
    let Audit { epoch, action, target, place } = entry;
    let mut faults = Vec::new();
    let Some((making, at)) = made.get(target) else {
        return vec![format!("change {epoch}: {action} of {target}, which is not there")];
    };
    if action.ends_with(".created") != (at == epoch) || at > epoch {
        faults.push(format!("change {epoch}: {action} of {target}, made by change {at}"));
    }
    let what = action.split_once('.').map(|(what, _)| what);
    if what != making.split_once('.').map(|(what, _)| what) {
        faults.push(format!("change {epoch}: {action} of something else"));
    }
    let due: Vec<Event> = match keys.get(target) {
        // Only a change of permissions is told to those outside.
        Some(_) if action == "key.updated" => return faults,
        // No key was made.
        Some(_) if action == "key.reissued" => Vec::new(),
        Some(key) => vec![Event {
            kind: action.clone(),
            place: key.place.clone(),
            account: key.owner.clone(),
            key: target.clone(),
        }],
        None => Vec::new(),
    };
    if told != due {
        faults.push(format!("change {epoch}: {action} has events {told:?}"));
    }
    if keys.get(target).is_some_and(|key| place.as_ref() != Some(&key.place)) {
        faults.push(format!("change {epoch}: {action} in {place:?}"));
    }
    faults
}

/// An entry about many keys has an event for each of them, at least one, and each key once.
fn of_entry_of_many(entry: &Audit, told: &[Event], keys: &BTreeMap<String, Key>) -> Vec<String> {
    let Audit { epoch, action, place, .. } = entry;
    let mut faults = Vec::new();
    let mut seen: Vec<&String> = Vec::new();
    for event in told {
        let key = keys.get(&event.key);
        let fits = key.is_some_and(|key| {
            event.kind == action.replacen("keys.", "key.", 1)
                && event.place == key.place
                && event.account == key.owner
                && place.as_ref() == Some(&key.place)
        });
        if !fits || seen.contains(&&event.key) {
            faults.push(format!("change {epoch}: {action} has the event {event:?}"));
        }
        seen.push(&event.key);
    }
    if told.is_empty() {
        faults.push(format!("change {epoch}: {action} of nothing"));
    }
    faults
}

/// What an entry about many keys says of each.
fn of_each(entry: &Audit, told: &[Event]) -> Vec<Audit> {
    let one = |event: &Event| Audit {
        epoch: entry.epoch,
        action: event.kind.clone(),
        target: event.key.clone(),
        place: entry.place.clone(),
    };
    told.iter().map(one).collect()
}

/// A key stands as the last entry about it says.
fn of_key(id: &str, key: &Key, about: &[&Audit]) -> Option<String> {
    let state = about.iter().rev().find_map(|entry| match entry.action.as_str() {
        "key.created" | "key.enabled" => Some(0),
        "key.disabled" => Some(10),
        "key.deleted" => Some(30),
        _ => None,
    });
    let epoch = about.last().map(|entry| entry.epoch);
    let fits = state == Some(key.state) && epoch == Some(key.epoch);
    (!fits).then(|| {
        let (found, at) = (key.state, key.epoch);
        format!(
            "key {id}: state {found} of change {at}, and the trail ends in {state:?} at {epoch:?}"
        )
    })
}

fn by_epoch(events: Vec<(i64, Event)>) -> BTreeMap<i64, Vec<Event>> {
    let mut found: BTreeMap<i64, Vec<Event>> = BTreeMap::new();
    for (epoch, event) in events {
        found.entry(epoch).or_default().push(event);
    }
    found
}

fn key(row: &Row<'_>) -> rusqlite::Result<(String, Key)> {
    let place = (row.get(2)?, row.get(3)?);
    let (made, state, epoch) = (row.get(1)?, row.get(5)?, row.get(6)?);
    Ok((id(row, 0)?, Key { made, place, owner: id(row, 4)?, state, epoch }))
}

fn audit(row: &Row<'_>) -> rusqlite::Result<Audit> {
    let realm: Option<String> = row.get(3)?;
    let environment: Option<String> = row.get(4)?;
    let place = realm.zip(environment);
    Ok(Audit { epoch: row.get(0)?, action: row.get(1)?, target: row.get(2)?, place })
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let place = (row.get(2)?, row.get(3)?);
    Ok(Event { kind: row.get(1)?, place, account: id(row, 4)?, key: id(row, 5)? })
}

/// The stored bytes as the API writes them.
fn id(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    let bytes: Vec<u8> = row.get(at)?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(match digits.len() {
        32 => [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]]
            .join("-"),
        _ => digits,
    })
}
