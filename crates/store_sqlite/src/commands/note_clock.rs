//! Notes what the clock of a place shows, and makes due what a clock that was ahead had put off.
//!
//! Must not look at more than was put off too far, but for webhooks of which something was.

use std::convert::Infallible;

use domain::ids::WebhookId;
use domain::time::Timestamp;
use domain::watch::{DELIVERY_AHEAD_MS, HAND_AHEAD_MS, LETTER_AHEAD_MS, Watch};
use rusqlite::{Transaction, params};
use store::command::{NoteClock, PlaceGuard};
use store::fault::{Fault, Outcome};

use super::Written;
use crate::faults::{before_commit, unless_damaged};
use crate::records::{place_guard, queue, webhook};

/// Most webhooks that are looked at in one step; what is left is found again.
const WEBHOOKS_MAX: u32 = 256;
/// Most copies of letters that are made due, and that are freed, in one step.
const COPIES_MAX: u32 = 1_024;

/// What of a webhook is put off too far, where that is seen, and how it is mended.
struct Mending {
    find: &'static str,
    latest: Timestamp,
    mend: &'static str,
    now: Option<Timestamp>,
}

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &NoteClock,
) -> Outcome<Written<Watch>, Infallible> {
    let NoteClock { place, now, clock, passage } = command;
    let guard = place_guard::find(tx, place)?;
    let watch = guard.watch.noted(*now, *passage);
    place_guard::put(tx, place, &PlaceGuard { watch, ..guard })?;
    let waits = Mending {
        find: "SELECT webhook FROM webhook_queue INDEXED BY webhook_queue_by_turn
               WHERE realm = ?1 AND environment = ?2 AND due_at > ?3 LIMIT ?4",
        latest: now.plus_millis(DELIVERY_AHEAD_MS),
        mend: "UPDATE delivery SET next_at = ?3 WHERE webhook = ?1 AND next_at > ?2",
        now: Some(*now),
    };
    mend(tx, command, &waits)?;
    let hands = Mending {
        find: "SELECT webhook FROM webhook_queue INDEXED BY webhook_queue_by_lease
               WHERE realm = ?1 AND environment = ?2 AND lease_until > ?3 LIMIT ?4",
        latest: clock.plus_millis(HAND_AHEAD_MS),
        mend: "UPDATE delivery SET claimed_until = ?3 WHERE webhook = ?1 AND claimed_until > ?2",
        now: None,
    };
    mend(tx, command, &hands)?;
    mend_letters(tx, command).map_err(before_commit)?;
    Ok(Written::silent(watch))
}

fn mend(tx: &Transaction<'_>, command: &NoteClock, mending: &Mending) -> Result<(), Fault> {
    let late = mending.latest.as_millis();
    for id in webhooks(tx, command, mending).map_err(before_commit)? {
        tx.prepare_cached(mending.mend)
            .and_then(|mut statement| {
                let now = mending.now.map(Timestamp::as_millis);
                statement.execute(params![id.as_u128().to_be_bytes(), late, now])
            })
            .map_err(before_commit)?;
        // Whoever takes things in hand sets aside what cannot be read.
        if let Some(webhook) = unless_damaged(webhook::find_there(tx, id))?.flatten() {
            queue::reckon(tx, &webhook, command.now)?;
        }
    }
    Ok(())
}

fn webhooks(
    tx: &Transaction<'_>,
    command: &NoteClock,
    mending: &Mending,
) -> rusqlite::Result<Vec<WebhookId>> {
    let (realm, environment) = (command.place.realm.as_str(), command.place.environment.as_str());
    let mut statement = tx.prepare_cached(mending.find)?;
    let late = mending.latest.as_millis();
    let ids = statement.query_map(params![realm, environment, late, WEBHOOKS_MAX], |row| {
        let bits: [u8; 16] = row.get(0)?;
        Ok(WebhookId::from_u128(u128::from_be_bytes(bits)))
    })?;
    ids.collect()
}

/// Some at a time: the store's writer is held meanwhile, and what is left is found by the next note.
fn mend_letters(tx: &Transaction<'_>, command: &NoteClock) -> rusqlite::Result<()> {
    let NoteClock { place, now, clock, .. } = command;
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    let waits = "UPDATE letter_copy SET next_at = ?4 WHERE (letter, number) IN
                 (SELECT letter, number FROM letter_copy INDEXED BY letter_copy_by_turn
                  WHERE realm = ?1 AND environment = ?2 AND next_at > ?3
                  ORDER BY next_at LIMIT ?5)";
    let late = now.plus_millis(LETTER_AHEAD_MS).as_millis();
    let parameters = params![realm, environment, late, now.as_millis(), COPIES_MAX];
    tx.prepare_cached(waits)?.execute(parameters)?;
    let hands = "UPDATE letter_copy SET claimed_until = NULL WHERE (letter, number) IN
                 (SELECT letter, number FROM letter_copy INDEXED BY letter_copy_in_hand
                  WHERE realm = ?1 AND environment = ?2 AND claimed_until > ?3
                  ORDER BY claimed_until LIMIT ?4)";
    let late = clock.plus_millis(HAND_AHEAD_MS).as_millis();
    tx.prepare_cached(hands)?.execute(params![realm, environment, late, COPIES_MAX])?;
    Ok(())
}
