//! The secrets of keys, in the rows of their keys.
//!
//! The secret in use lies in the first columns of a key, which the initial load reads; the one
//! before in columns of its own. Must not decide when a secret ends.

use domain::hint::KeyHint;
use domain::key::Key;
use domain::key_text::Kid;
use domain::secret::{OldSecret, Overlap, Secret, SecretEnd};
use rusqlite::{Transaction, params};
use store::fault::{Fault, FaultKind};

use super::cells::Cells;
use super::integer;
use crate::faults::{Unreadable, before_commit};

/// Reads the columns of the secret before, from `previous_kid` at `at` to `previous_ends_at`.
pub(super) fn read_previous(cells: Cells<'_>, at: usize) -> Result<Option<OldSecret>, Unreadable> {
    if cells.is_null(at)? {
        return Ok(None);
    }
    let secret = Secret {
        kid: cells.kid(at)?,
        digest: cells.digest(at + 1, at + 2)?,
        hint: KeyHint::from_stored(cells.text(at + 3)?),
        created_at: cells.instant(at + 4)?,
        last_used_at: cells.optional_instant(at + 5)?,
    };
    Ok(Some(OldSecret { secret, end: read_end(cells, at + 6, at + 7)? }))
}

/// Reads when an old secret ends.
pub(crate) fn read_end(
    cells: Cells<'_>,
    overlap: usize,
    at: usize,
) -> Result<SecretEnd, Unreadable> {
    if let Some(end) = cells.optional_instant(at)? {
        return Ok(SecretEnd::At(end));
    }
    let seconds = Overlap::from_seconds(cells.count(overlap)?);
    seconds
        .map(SecretEnd::AfterFirstUse)
        .ok_or_else(|| cells.unreadable(overlap, "no overlap is so long"))
}

/// Refuses a public id that any secret has. Ids are random, so one that comes twice is our trouble,
/// and the caller may try again with a new one.
pub(crate) fn require_new(tx: &Transaction<'_>, kid: Kid) -> Result<(), Fault> {
    refuse_found(
        tx,
        kid,
        "SELECT EXISTS (SELECT 1 FROM key WHERE kid = ?1) OR EXISTS
         (SELECT 1 FROM key INDEXED BY key_by_previous_kid WHERE previous_kid = ?1)",
    )
}

/// The same for the public id of a new row, which the row's own index compares with those in use.
pub(crate) fn require_not_replaced(tx: &Transaction<'_>, kid: Kid) -> Result<(), Fault> {
    refuse_found(
        tx,
        kid,
        "SELECT EXISTS
         (SELECT 1 FROM key INDEXED BY key_by_previous_kid WHERE previous_kid = ?1)",
    )
}

fn refuse_found(tx: &Transaction<'_>, kid: Kid, sql: &str) -> Result<(), Fault> {
    let taken = tx
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![kid.as_u128().to_be_bytes()], |row| row.get(0))
        })
        .map_err(before_commit)?;
    if taken {
        let detail = "the identity of this secret is taken already";
        return Err(Fault::new(FaultKind::Unavailable, detail));
    }
    Ok(())
}

/// Writes both secrets of a key as they are now, and their uses with them.
pub(crate) fn update(tx: &Transaction<'_>, key: &Key) -> Result<(), Fault> {
    let Secret { kid, digest, hint, created_at, last_used_at } = &key.secret;
    let write = || {
        tx.prepare_cached(
            "UPDATE key SET kid = ?2, digest_version = ?3, digest = ?4, hint = ?5,
             secret_created_at = ?6, last_used_at = ?7, earlier_used_at = ?8 WHERE id = ?1",
        )?
        .execute(params![
            key.id.as_u128().to_be_bytes(),
            kid.as_u128().to_be_bytes(),
            digest.version.number(),
            digest.bytes,
            hint.as_str(),
            created_at.as_millis(),
            last_used_at.map(|at| at.as_millis()),
            key.last_used_at.map(|at| at.as_millis()),
        ])
    };
    write().map_err(before_commit)?;
    update_previous(tx, key)
}

/// Writes the secret before as it is now.
pub(super) fn update_previous(tx: &Transaction<'_>, key: &Key) -> Result<(), Fault> {
    let old = key.previous.as_ref();
    let (overlap, end) = match old.map(|old| old.end) {
        None => (None, None),
        Some(SecretEnd::AfterFirstUse(overlap)) => {
            (Some(integer(u64::from(overlap.seconds()))), None)
        }
        Some(SecretEnd::At(end)) => (None, Some(end.as_millis())),
    };
    let secret = old.map(|old| &old.secret);
    let write = || {
        tx.prepare_cached(
            "UPDATE key SET previous_kid = ?2, previous_digest_version = ?3, previous_digest = ?4,
             previous_hint = ?5, previous_created_at = ?6, previous_used_at = ?7,
             previous_overlap_s = ?8, previous_ends_at = ?9 WHERE id = ?1",
        )?
        .execute(params![
            key.id.as_u128().to_be_bytes(),
            secret.map(|secret| secret.kid.as_u128().to_be_bytes()),
            secret.map(|secret| secret.digest.version.number()),
            secret.map(|secret| secret.digest.bytes),
            secret.map(|secret| secret.hint.as_str()),
            secret.map(|secret| secret.created_at.as_millis()),
            secret.and_then(|secret| secret.last_used_at).map(|at| at.as_millis()),
            overlap,
            end,
        ])
    };
    write().map(drop).map_err(before_commit)
}
