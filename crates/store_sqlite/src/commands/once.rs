//! Commands that are done once: what is kept of them, and for how long.
//!
//! Must not look at what was made, nor keep anything of a request but digests.

use domain::idempotence::Idempotence;
use domain::ids::{AccountId, KeyId, OperatorKeyId, WebhookId};
use domain::key_text::Kid;
use rusqlite::{Transaction, params};
use store::command::Position;
use store::fault::Fault;

use crate::faults::{Unreadable, before_commit};
use crate::records::cells::Cells;
use crate::records::integer;

/// Most rows that one command takes away. More than one, so that they become fewer; few, so that
/// no command waits for another day's.
const SWEEP_MAX: i64 = 8;

/// What a command made.
#[derive(Clone)]
pub(super) enum Made {
    Account(AccountId),
    Key(KeyId),
    OperatorKey(OperatorKeyId),
    /// The secret of a rotation, by its public id.
    Secret(Kid),
    /// What became of many keys.
    Keys {
        matched: u32,
        next: Option<Position>,
        changed: Vec<KeyId>,
    },
    Webhook(WebhookId),
}

/// A command that was done.
pub(super) struct Done {
    fingerprint: [u8; 32],
    pub(super) made: Made,
    pub(super) epoch: u64,
}

impl Done {
    /// What was made, if the same was asked for.
    pub(super) fn made_for(&self, once: &Idempotence) -> Option<Made> {
        (self.fingerprint == once.fingerprint).then(|| self.made.clone())
    }
}

/// What was done under this key, unless that is forgotten by now.
pub(super) fn find(tx: &Transaction<'_>, once: &Idempotence) -> Result<Option<Done>, Fault> {
    let sql = "SELECT fingerprint, kind, made, epoch FROM idempotency
               WHERE key = ?1 AND at > ?2";
    let mut statement = tx.prepare_cached(sql).map_err(before_commit)?;
    let parameters = params![once.key, once.forgotten_until().as_millis()];
    let mut rows = statement.query(parameters).map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(Cells::of(row))?)),
    }
}

fn read(cells: Cells<'_>) -> Result<Done, Unreadable> {
    let fingerprint = cells.blob(0)?.try_into();
    let made = match cells.integer(1)? {
        0 => Made::Account(cells.account_id(2)?),
        1 => Made::Key(KeyId::from_u128(cells.bits(2)?)),
        2 => Made::OperatorKey(OperatorKeyId::from_u128(cells.bits(2)?)),
        3 => Made::Secret(cells.kid(2)?),
        4 => read_keys(cells.blob(2)?)
            .ok_or_else(|| cells.unreadable(2, "expected 13 bytes and whole ids"))?,
        5 => Made::Webhook(WebhookId::from_u128(cells.bits(2)?)),
        _ => return Err(cells.unreadable(1, "there is no such kind")),
    };
    Ok(Done {
        fingerprint: fingerprint.map_err(|_| cells.unreadable(0, "expected 32 bytes"))?,
        made,
        epoch: cells.count(3)?,
    })
}

/// How many keys were met, where to look for others, and the ids of those that changed.
fn read_keys(bytes: &[u8]) -> Option<Made> {
    let (matched, rest) = bytes.split_first_chunk()?;
    let ([goes_on], rest) = rest.split_first_chunk()?;
    let (next, ids) = rest.split_first_chunk()?;
    let (ids, []) = ids.as_chunks() else { return None };
    Some(Made::Keys {
        matched: u32::from_be_bytes(*matched),
        next: (*goes_on != 0).then(|| Position(u64::from_be_bytes(*next))),
        changed: ids.iter().map(|id| KeyId::from_u128(u128::from_be_bytes(*id))).collect(),
    })
}

/// The kind of what was made, and what is kept of it.
fn cells_of(made: &Made) -> (i64, Vec<u8>) {
    let id = |number: u128| number.to_be_bytes().to_vec();
    match made {
        Made::Account(account) => (0, account.to_bytes()),
        Made::Key(key) => (1, id(key.as_u128())),
        Made::OperatorKey(key) => (2, id(key.as_u128())),
        Made::Secret(kid) => (3, id(kid.as_u128())),
        Made::Keys { matched, next, changed } => {
            let mut bytes = matched.to_be_bytes().to_vec();
            bytes.push(u8::from(next.is_some()));
            bytes.extend(next.map_or(0, |next| next.0).to_be_bytes());
            bytes.extend(changed.iter().flat_map(|key| key.as_u128().to_be_bytes()));
            (4, bytes)
        }
        Made::Webhook(webhook) => (5, id(webhook.as_u128())),
    }
}

/// Says under another name what was made; when it was made stays.
pub(super) fn rename(tx: &Transaction<'_>, once: &Idempotence, made: &Made) -> Result<(), Fault> {
    let (kind, made) = cells_of(made);
    tx.prepare_cached("UPDATE idempotency SET kind = ?2, made = ?3 WHERE key = ?1")
        .and_then(|mut statement| statement.execute(params![once.key, kind, made]))
        .map(drop)
        .map_err(before_commit)
}

/// Keeps that this was made, and takes some of what is forgotten away.
pub(super) fn keep(
    tx: &Transaction<'_>,
    once: Option<&Idempotence>,
    made: &Made,
    epoch: u64,
) -> Result<(), Fault> {
    let Some(once) = once else { return Ok(()) };
    let (kind, made) = cells_of(made);
    let write = || {
        // One that is forgotten may still have its row.
        tx.prepare_cached(
            "INSERT OR REPLACE INTO idempotency (key, fingerprint, kind, made, at, epoch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            once.key,
            once.fingerprint,
            kind,
            made,
            once.at.as_millis(),
            integer(epoch)
        ])?;
        tx.prepare_cached(
            "DELETE FROM idempotency WHERE key IN
             (SELECT key FROM idempotency WHERE at <= ?1 ORDER BY at LIMIT ?2)",
        )?
        .execute(params![once.forgotten_until().as_millis(), SWEEP_MAX])
    };
    write().map(drop).map_err(before_commit)
}
