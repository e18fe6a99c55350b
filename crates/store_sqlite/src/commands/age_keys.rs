//! Lets keys take steps of their ageing, each once.
//!
//! Must not touch a key that is no longer as it was seen, nor take a step in a place whose clock is
//! behind what was done there already.

use domain::ids::Place;
use domain::key::Key;
use domain::lifecycle::StepDone;
use domain::time::Timestamp;
use rusqlite::Transaction;
use store::command::{AgeKeys, AgeKeysRejection, Aged, AgedKey, PlaceGuard, Seen};
use store::fault::{Failure, Fault, FaultKind, Outcome};
use store::port::Change;

use super::{Written, rewrite};
use crate::faults::before_commit;
use crate::records::{account, key, key_step, place_guard};
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &AgeKeys,
) -> Outcome<Written<Aged>, AgeKeysRejection> {
    let AgeKeys { place, at, keys } = command;
    let guard = place_guard::find(tx, place)?;
    if let Some(latest) = guard.latest_at.filter(|latest| *at < *latest) {
        return Err(Failure::Rejected(AgeKeysRejection::ClockBehind { latest }));
    }
    let mut written = Written::silent(Aged::default());
    let mut stepped = 0;
    for aged in keys {
        match unchanged(tx, place, aged)? {
            Some(key) => {
                let changed = age(tx, key, aged, *at)?;
                written.changes.extend(changed.map(|key| Change::Key(Box::new(key))));
                written.answer.written += 1;
                stepped += u64::from(aged.is_counted());
                written.answer.steps += u32::try_from(aged.steps.len()).unwrap_or(u32::MAX);
            }
            None => written.answer.passed_over += 1,
        }
    }
    // A look is no step: a clock that was ahead for a while and changed nothing is in nobody's way.
    if written.answer.steps > 0 {
        let approval = guard.approval.and_then(|approval| approval.less(stepped));
        let guard = PlaceGuard { latest_at: Some(*at), approval, ..guard };
        place_guard::put(tx, place, &guard)?;
    }
    Ok(written)
}

/// The key, if it is as it was seen and took none of the steps yet.
fn unchanged(tx: &Transaction<'_>, place: &Place, aged: &AgedKey) -> Result<Option<Key>, Fault> {
    let found = match key::find(tx, place, aged.key) {
        Ok(found) => found,
        // A row that cannot be read costs its key alone.
        Err(fault) if fault.kind == FaultKind::Damaged => None,
        Err(fault) => return Err(fault),
    };
    let Some(key) = found.filter(|key| key.state.may_age()) else { return Ok(None) };
    let read = || Ok((account::branding(tx, key.owner)?, key_step::of(tx, key.id)?));
    let (branding, kept) = read().map_err(before_commit)?;
    let (Some(branding), Some(kept)) = (branding, kept) else { return Ok(None) };
    let idle_since = key.idle_since();
    let was_done =
        |step| kept.iter().any(|kept| kept.idle_since == idle_since && kept.done.step == step);
    let is_as_seen = Seen::of(&key, branding) == aged.seen
        && !aged.steps.iter().any(|(step, _)| was_done(*step));
    Ok(is_as_seen.then_some(key))
}

/// Writes the steps of a key; returns it if anything changed that verifications see.
fn age(
    tx: &Transaction<'_>,
    mut key: Key,
    aged: &AgedKey,
    at: Timestamp,
) -> Result<Option<Key>, Fault> {
    let mut changed = false;
    for (step, told) in &aged.steps {
        let moved = key.age(*step);
        let epoch = epoch::next(tx)?;
        if moved {
            key.epoch = epoch;
            changed = true;
        }
        trail::write(tx, epoch, told, [&key])?;
        let done = StepDone { step: *step, at };
        key_step::insert(tx, (key.id, key.idle_since()), done, epoch).map_err(before_commit)?;
    }
    key.look_at = aged.look_at;
    changed |= rewrite::put(tx, &mut key, at)?;
    Ok(changed.then_some(key))
}
