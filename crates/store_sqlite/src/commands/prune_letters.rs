//! Deletes letters that are done and alerts that were taken, once they are old.
//!
//! Must not delete a letter of which a copy is still to be sent.

use std::convert::Infallible;

use rusqlite::{Transaction, params};
use store::command::PruneLetters;
use store::fault::Outcome;

use super::Written;
use crate::faults::before_commit;

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &PruneLetters,
) -> Outcome<Written<u32>, Infallible> {
    let PruneLetters { place, until, limit } = command;
    let parameters =
        params![place.realm.as_str(), place.environment.as_str(), until.as_millis(), limit];
    let prune = || {
        let mut old = tx.prepare_cached(
            "SELECT id FROM letter INDEXED BY letter_done
             WHERE realm = ?1 AND environment = ?2 AND done_at <= ?3 ORDER BY done_at LIMIT ?4",
        )?;
        let ids: Vec<Vec<u8>> =
            old.query_map(parameters, |row| row.get(0))?.collect::<Result<_, _>>()?;
        for id in &ids {
            tx.prepare_cached("DELETE FROM letter_news WHERE letter = ?1")?.execute([id])?;
            tx.prepare_cached("DELETE FROM letter_copy WHERE letter = ?1")?.execute([id])?;
            tx.prepare_cached("DELETE FROM letter WHERE id = ?1")?.execute([id])?;
        }
        let alerts = tx
            .prepare_cached(
                "DELETE FROM webhook_alert WHERE epoch IN
                 (SELECT epoch FROM webhook_alert INDEXED BY webhook_alert_by_age
                  WHERE realm = ?1 AND environment = ?2 AND at <= ?3
                    AND epoch <= (SELECT epoch FROM event_cursor WHERE consumer = 'mail')
                  ORDER BY at LIMIT ?4)",
            )?
            .execute(parameters)?;
        Ok(ids.len() + alerts)
    };
    let gone = prune().map_err(before_commit)?;
    Ok(Written::silent(u32::try_from(gone).unwrap_or(u32::MAX)))
}
