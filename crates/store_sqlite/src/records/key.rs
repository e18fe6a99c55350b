//! Keys and their rows.
//!
//! Must not decide whether a key may be made or changed; its commands do.

use domain::hint::KeyHint;
use domain::ids::{AccountId, KeyId, Place};
use domain::key::{Key, KeyState};
use domain::permission::PermissionSet;
use domain::prefix::Reach;
use domain::secret::Secret;
use domain::time::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};
use store::fault::Fault;

use super::cells::Cells;
use super::{integer, ip_list_text, key_state, read_ip_list, read_place, secret};
use crate::faults::{Unreadable, before_commit};

/// The columns that `read` expects, in their order, and the position in lists.
pub(crate) const SELECT: &str = "SELECT id, realm, environment, owner, reach, kid, \
     digest_version, digest, permissions, ip_list, state, expires_at, last_used_at, epoch, \
     created_at, enabled_at, hint, name, secret_created_at, earlier_used_at, previous_kid, \
     previous_digest_version, previous_digest, previous_hint, previous_created_at, \
     previous_used_at, previous_overlap_s, previous_ends_at, \
     look_at, made_epoch FROM key";

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<Key, Unreadable> {
    let cells = Cells::of(row);
    let created_at = cells.instant(14)?;
    let secret = Secret {
        kid: cells.kid(5)?,
        digest: cells.digest(6, 7)?,
        hint: KeyHint::from_stored(cells.text(16)?),
        created_at: cells.optional_instant(18)?.unwrap_or(created_at),
        last_used_at: cells.optional_instant(12)?,
    };
    Ok(Key {
        id: KeyId::from_u128(cells.bits(0)?),
        place: read_place(cells, 1, 2)?,
        owner: cells.account_id(3)?,
        reach: read_reach(cells, 4)?,
        permissions: PermissionSet::from_compact(cells.text(8)?)
            .ok_or_else(|| cells.unreadable(8, "these are no permissions"))?,
        ip_list: read_ip_list(cells, 9)?,
        state: read_state(cells, 10)?,
        expires_at: cells.optional_instant(11)?,
        last_used_at: secret.last_used_at.max(cells.optional_instant(19)?),
        secret,
        previous: secret::read_previous(cells, 20)?,
        look_at: cells.optional_instant(28)?,
        epoch: cells.count(13)?,
        created_at,
        enabled_at: cells.instant(15)?,
        name: cells.name(17)?,
    })
}

pub(crate) fn read_reach(cells: Cells<'_>, at: usize) -> Result<Reach, Unreadable> {
    match cells.integer(at)? {
        0 => Ok(Reach::Own),
        1 => Ok(Reach::Descendants),
        _ => Err(cells.unreadable(at, "there is no such reach")),
    }
}

pub(crate) fn read_state(cells: Cells<'_>, at: usize) -> Result<KeyState, Unreadable> {
    key_state::from_number(cells.integer(at)?)
        .ok_or_else(|| cells.unreadable(at, "there is no such state"))
}

/// The key with this id in this place, in whatever state.
pub(crate) fn find(
    connection: &Connection,
    place: &Place,
    id: KeyId,
) -> Result<Option<Key>, Fault> {
    let sql = format!("{SELECT} WHERE id = ?1 AND realm = ?2 AND environment = ?3");
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let id = id.as_u128().to_be_bytes();
    let mut rows = statement
        .query(params![id, place.realm.as_str(), place.environment.as_str()])
        .map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(row)?)),
    }
}

/// Has all keys of an owner that may age looked at by this instant.
pub(crate) fn look_again_at_all(
    tx: &Transaction<'_>,
    owner: AccountId,
    at: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE key INDEXED BY key_of_owner SET look_at = min(coalesce(look_at, ?2), ?2)
               WHERE owner = ?1 AND state < 30 AND state < 20";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params![owner.to_bytes(), at.as_millis()]))
        .map(drop)
        .map_err(before_commit)
}

/// Writes a new key, stamped with the epoch of its making, and its secrets with it.
pub(crate) fn insert(tx: &Transaction<'_>, key: &Key) -> Result<(), Fault> {
    let reach = match key.reach {
        Reach::Own => 0,
        Reach::Descendants => 1,
    };
    let write = || {
        tx.prepare_cached(
            "INSERT INTO key
             (made_epoch, id, realm, environment, owner, reach, kid, digest_version, digest,
              permissions, ip_list, state, expires_at, last_used_at, epoch, created_at, enabled_at,
              hint, name, secret_created_at, earlier_used_at, look_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?1, ?15, ?16,
              ?17, ?18, ?19, ?20, ?21)",
        )?
        .execute(params![
            integer(key.epoch),
            key.id.as_u128().to_be_bytes(),
            key.place.realm.as_str(),
            key.place.environment.as_str(),
            key.owner.to_bytes(),
            reach,
            key.secret.kid.as_u128().to_be_bytes(),
            key.secret.digest.version.number(),
            key.secret.digest.bytes,
            key.permissions.to_compact(),
            ip_list_text(&key.ip_list),
            key_state::number(key.state),
            key.expires_at.map(|at| at.as_millis()),
            key.secret.last_used_at.map(|at| at.as_millis()),
            key.created_at.as_millis(),
            key.enabled_at.as_millis(),
            key.secret.hint.as_str(),
            key.name.as_str(),
            key.secret.created_at.as_millis(),
            key.last_used_at.map(|at| at.as_millis()),
            key.look_at.map(|at| at.as_millis()),
        ])
    };
    write().map_err(before_commit)?;
    // A new key has one secret, and a second look at its row would cost as much as the first.
    if key.previous.is_some() { secret::update_previous(tx, key) } else { Ok(()) }
}

/// Writes the text of a key as it is kept: its public id, its digest and its hint.
pub(crate) fn update_text(tx: &Transaction<'_>, key: &Key) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached(
            "UPDATE key SET kid = ?2, digest_version = ?3, digest = ?4, hint = ?5, epoch = ?6
             WHERE id = ?1",
        )?
        .execute(params![
            key.id.as_u128().to_be_bytes(),
            key.secret.kid.as_u128().to_be_bytes(),
            key.secret.digest.version.number(),
            key.secret.digest.bytes,
            key.secret.hint.as_str(),
            integer(key.epoch),
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// Writes whatever of a key commands can change. Its last use is left alone: it has its own way.
pub(crate) fn update(tx: &Transaction<'_>, key: &Key) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached(
            "UPDATE key SET permissions = ?2, ip_list = ?3, state = ?4, expires_at = ?5,
             enabled_at = ?6, name = ?7, epoch = ?8, look_at = ?9 WHERE id = ?1",
        )?
        .execute(params![
            key.id.as_u128().to_be_bytes(),
            key.permissions.to_compact(),
            ip_list_text(&key.ip_list),
            key_state::number(key.state),
            key.expires_at.map(|at| at.as_millis()),
            key.enabled_at.as_millis(),
            key.name.as_str(),
            integer(key.epoch),
            key.look_at.map(|at| at.as_millis()),
        ])
    };
    write().map(drop).map_err(before_commit)
}
