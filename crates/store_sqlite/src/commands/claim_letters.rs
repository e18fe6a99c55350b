//! Takes in hand copies of letters that are due in a place, and seals their letters.
//!
//! Must not do more than it was asked for, nor let one copy that cannot be read stop the others.

use std::convert::Infallible;

use domain::ids::LetterId;
use rusqlite::{Transaction, params};
use store::command::{ClaimLetters, ClaimedCopy, CopyHand};
use store::fault::{Fault, Outcome};

use super::Written;
use crate::faults::{before_commit, unless_damaged};
use crate::records::{integer, letter};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &ClaimLetters,
) -> Outcome<Written<Vec<ClaimedCopy>>, Infallible> {
    free_lapsed(tx, command)?;
    let mut claimed = Vec::new();
    for (id, number) in letter::due(tx, command)? {
        claimed.extend(take(tx, id, number, command)?);
    }
    Ok(Written::silent(claimed))
}

/// What somebody did not come back from in time is free again.
fn free_lapsed(tx: &Transaction<'_>, command: &ClaimLetters) -> Result<(), Fault> {
    let sql = "UPDATE letter_copy INDEXED BY letter_copy_in_hand SET claimed_until = NULL
               WHERE realm = ?1 AND environment = ?2 AND claimed_until <= ?3";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            let (realm, environment) = (&command.place.realm, &command.place.environment);
            let clock = command.clock.as_millis();
            statement.execute(params![realm.as_str(), environment.as_str(), clock])
        })
        .map(drop)
        .map_err(before_commit)
}

fn take(
    tx: &Transaction<'_>,
    id: LetterId,
    number: u8,
    command: &ClaimLetters,
) -> Result<Option<ClaimedCopy>, Fault> {
    let stored = unless_damaged(letter::find(tx, id, number))?;
    let news = letter::news(tx, id)?;
    let (Some(stored), false) = (stored, news.is_empty()) else {
        set_aside(tx, id, number, command)?;
        return Ok(None);
    };
    let fence = stored.fence + 1;
    let write = || {
        let key = id.as_u128().to_be_bytes();
        let take = "UPDATE letter_copy SET fence = ?3, claimed_until = ?4
                    WHERE letter = ?1 AND number = ?2";
        tx.prepare_cached(take)?.execute(params![
            key,
            number,
            integer(fence),
            command.until.as_millis()
        ])?;
        tx.prepare_cached("UPDATE letter SET sealed = 1 WHERE id = ?1 AND sealed = 0")?
            .execute([key])
    };
    write().map_err(before_commit)?;
    let letter::Stored { account, language, to, due_at, failures, first_failed_at, .. } = stored;
    let hand = CopyHand { letter: id, copy: number, fence };
    Ok(Some(ClaimedCopy { hand, account, language, to, due_at, failures, first_failed_at, news }))
}

/// A copy that cannot be read is set aside, so that it stops nobody: it counts as given up.
fn set_aside(
    tx: &Transaction<'_>,
    id: LetterId,
    number: u8,
    command: &ClaimLetters,
) -> Result<(), Fault> {
    let sql = "UPDATE letter_copy SET next_at = NULL, given_up_at = ?3
               WHERE letter = ?1 AND number = ?2";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            let key = id.as_u128().to_be_bytes();
            statement.execute(params![key, number, command.now.as_millis()])
        })
        .map_err(before_commit)?;
    super::record_copies::note_done(tx, id, command.now)
}
