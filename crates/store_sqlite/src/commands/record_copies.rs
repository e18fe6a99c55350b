//! Records what came of copies of letters.
//!
//! Must not hear anybody whose hand the copy is not in any more, nor give one up without its trail.

use std::convert::Infallible;

use domain::audit::Action;
use domain::ids::LetterId;
use domain::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Transaction, params, params_from_iter};
use store::command::{CopyEnding, Heard, RecordCopy};
use store::fault::{Fault, Outcome};

use super::Written;
use crate::faults::before_commit;
use crate::records::letter;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    copies: &Vec<RecordCopy>,
) -> Outcome<Written<Vec<Heard>>, Infallible> {
    let mut heard = Vec::with_capacity(copies.len());
    for done in copies {
        heard.push(record(tx, done)?);
    }
    Ok(Written::silent(heard))
}

fn record(tx: &Transaction<'_>, done: &RecordCopy) -> Result<Heard, Fault> {
    let RecordCopy { hand, at, ending } = done;
    if !letter::is_in_hand(tx, *hand)? {
        return Ok(Heard::No);
    }
    let key = (hand.letter.as_u128().to_be_bytes(), hand.copy);
    let write = |set: &str, values: &[&Timestamp]| {
        let sql = format!(
            "UPDATE letter_copy SET claimed_until = NULL, {set} WHERE letter = ?1 AND number = ?2"
        );
        let mut statement = tx.prepare_cached(&sql)?;
        let instants = values.iter().map(|at| Value::Integer(at.as_millis()));
        let which = [Value::Blob(key.0.to_vec()), Value::Integer(key.1.into())];
        statement.execute(params_from_iter(which.into_iter().chain(instants)))
    };
    let written = match ending {
        CopyEnding::Sent => write("next_at = NULL, sent_at = ?3", &[at]),
        CopyEnding::Failed { next_at } => write(
            "failures = failures + 1, next_at = ?3, first_failed_at = coalesce(first_failed_at, ?4)",
            &[next_at, at],
        ),
        CopyEnding::GivenUp { trail } => {
            trail::write(tx, epoch::next(tx)?, &trail.of(Action::GiveUpLetter), [])?;
            write("next_at = NULL, given_up_at = ?3", &[at])
        }
        CopyEnding::PutBack => write("fence = fence", &[]),
    };
    written.map_err(before_commit)?;
    note_done(tx, hand.letter, *at)?;
    Ok(Heard::Yes)
}

/// Notes that a letter is done, if no copy of it is to be sent any more.
pub(super) fn note_done(tx: &Transaction<'_>, id: LetterId, at: Timestamp) -> Result<(), Fault> {
    let sql = "UPDATE letter SET done_at = ?2 WHERE id = ?1 AND NOT EXISTS
               (SELECT 1 FROM letter_copy WHERE letter = ?1 AND next_at IS NOT NULL)";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![id.as_u128().to_be_bytes(), at.as_millis()])
        })
        .map(drop)
        .map_err(before_commit)
}
