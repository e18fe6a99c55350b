//! One group of commands, one transaction.
//!
//! Must not leave a command between done and not done: whatever happens, each of the group ends
//! with its own outcome, or with a fault that says what is known.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use store::fault::{Fault, FaultKind};

use super::job::Job;
use crate::faults::{at_commit, before_commit};

/// Runs all commands and commits them together.
pub(super) fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) {
    let mut group: Vec<&mut Box<dyn Job>> = jobs.iter_mut().collect();
    while !group.is_empty() {
        match attempt(connection, &mut group) {
            Attempt::Committed => return,
            Attempt::Failed(fault) => {
                if fault.kind == FaultKind::Full {
                    give_room_back(connection);
                }
                group.iter_mut().for_each(|job| job.give_up(&fault));
                return;
            }
            Attempt::Undone(at) => {
                // SQLite rolled the whole group back because of this one: the others go again.
                let job = group.remove(at);
                if !job.has_its_own_fault() {
                    let detail = "the transaction was rolled back";
                    job.give_up(&Fault::new(FaultKind::Unavailable, detail));
                }
            }
        }
    }
}

/// Moves the log into the database, so that its room on a full disk can be written again.
fn give_room_back(connection: &Connection) {
    // It may fail for the same want of room; then nothing is lost, and nothing gained.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).ok();
}

enum Attempt {
    /// Each command's outcome stands.
    Committed,
    /// None was done, or nobody knows. A rejection does not stand either: it may rest on what
    /// another of the group had written.
    Failed(Fault),
    /// The command at this index took the others down with it, which a full disk can do.
    Undone(usize),
}

fn attempt(connection: &mut Connection, group: &mut [&mut Box<dyn Job>]) -> Attempt {
    // Takes the write lock at once: a transaction that begins by reading could not upgrade.
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => return Attempt::Failed(before_commit(error)),
    };
    for (at, job) in group.iter_mut().enumerate() {
        let ran = under_savepoint(&tx, job.as_mut());
        if tx.is_autocommit() {
            return Attempt::Undone(at);
        }
        if let Err(error) = ran {
            return Attempt::Failed(before_commit(error));
        }
    }
    match tx.commit() {
        Ok(()) => Attempt::Committed,
        Err(error) => Attempt::Failed(at_commit(&error)),
    }
}

fn under_savepoint(tx: &Transaction<'_>, job: &mut dyn Job) -> rusqlite::Result<()> {
    tx.prepare_cached("SAVEPOINT command")?.execute([])?;
    let stays = job.run(tx);
    if !stays && !tx.is_autocommit() {
        tx.prepare_cached("ROLLBACK TO command")?.execute([])?;
    }
    if !tx.is_autocommit() {
        tx.prepare_cached("RELEASE command")?.execute([])?;
    }
    Ok(())
}
