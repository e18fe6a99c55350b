//! Keeps the mark of a pepper, or says which one stands.
//!
//! Must not replace a mark under which a secret was made: with another pepper nobody could show it.

use std::convert::Infallible;

use domain::digest::PepperMark;
use rusqlite::{OptionalExtension as _, Transaction};
use store::fault::Outcome;

use super::Written;
use crate::faults::before_commit;

pub(crate) fn run(
    tx: &Transaction<'_>,
    mark: &PepperMark,
) -> Outcome<Written<PepperMark>, Infallible> {
    let settle = || {
        let stood = tx
            .query_row("SELECT mark FROM pepper", (), |row| row.get(0))
            .optional()?
            .map(PepperMark);
        if let Some(stood) = stood
            && (stood == *mark || is_in_use(tx)?)
        {
            return Ok(stood);
        }
        tx.execute("INSERT OR REPLACE INTO pepper (only, mark) VALUES (1, ?1)", [mark.0])?;
        Ok(*mark)
    };
    Ok(Written::silent(settle().map_err(before_commit)?))
}

/// Whether any secret was made under a pepper. Looks at every row, and only where two marks differ.
fn is_in_use(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM key WHERE digest_version = 2 OR previous_digest_version = 2)
             OR EXISTS (SELECT 1 FROM operator_key WHERE digest_version = 2)",
        (),
        |row| row.get(0),
    )
}
