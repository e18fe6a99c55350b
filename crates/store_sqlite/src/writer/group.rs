//! One group of commands, one transaction.
//!
//! Commands look before they write, so one that is refused has written nothing, and a group of such
//! needs no savepoints; each would keep a copy of every page that its command touches. Only a group
//! in which a command wrote and then failed runs again with them.
//!
//! Must not leave a command between done and not done: whatever happens, each of the group ends
//! with its own outcome, or with a fault that says what is known.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use store::fault::{Fault, FaultKind};

use super::Clock;
use super::job::Job;
use crate::faults::{at_commit, before_commit};

/// Runs all commands and commits them together. Returns how many microseconds the commit itself took;
/// 0 where there was none.
pub(super) fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>], clock: Clock) -> u64 {
    let mut group: Vec<&mut Box<dyn Job>> = jobs.iter_mut().collect();
    let mut undoing = Undoing::Whole;
    while !group.is_empty() {
        match attempt(connection, &mut group, undoing, clock) {
            Attempt::Committed { took_us } => return took_us,
            Attempt::HalfDone => undoing = Undoing::Each,
            Attempt::Failed(fault) => {
                if fault.kind == FaultKind::Full {
                    give_room_back(connection);
                }
                group.iter_mut().for_each(|job| job.give_up(&fault));
                return 0;
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
    0
}

/// Moves the log into the database, so that its room on a full disk can be written again.
fn give_room_back(connection: &Connection) {
    // It may fail for the same want of room; then nothing is lost, and nothing gained.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).ok();
}

/// What can be undone by itself.
#[derive(Clone, Copy)]
enum Undoing {
    /// The whole group.
    Whole,
    /// Each of its commands.
    Each,
}

enum Attempt {
    /// Each command's outcome stands.
    Committed {
        /// How long that took, without the commands.
        took_us: u64,
    },
    /// A command that failed had written before, and could not be undone alone. None was done.
    HalfDone,
    /// None was done, or nobody knows. A rejection does not stand either: it may rest on what
    /// another of the group had written.
    Failed(Fault),
    /// The command at this index took the others down with it, which a full disk can do.
    Undone(usize),
}

fn attempt(
    connection: &mut Connection,
    group: &mut [&mut Box<dyn Job>],
    undoing: Undoing,
    clock: Clock,
) -> Attempt {
    // Takes the write lock at once: a transaction that begins by reading could not upgrade.
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => return Attempt::Failed(before_commit(error)),
    };
    for (at, job) in group.iter_mut().enumerate() {
        let ran = match undoing {
            Undoing::Whole => Ok(left_whole(&tx, job.as_mut())),
            Undoing::Each => under_savepoint(&tx, job.as_mut()).map(|()| true),
        };
        if tx.is_autocommit() {
            return Attempt::Undone(at);
        }
        match ran {
            Ok(true) => {}
            // Going out of scope undoes the transaction.
            Ok(false) => return Attempt::HalfDone,
            Err(error) => return Attempt::Failed(before_commit(error)),
        }
    }
    let began_us = clock().as_micros();
    match tx.commit() {
        Ok(()) => Attempt::Committed { took_us: clock().as_micros().saturating_sub(began_us) },
        Err(error) => Attempt::Failed(at_commit(&error)),
    }
}

/// Runs the command; says whether it was done whole or not at all.
fn left_whole(tx: &Transaction<'_>, job: &mut dyn Job) -> bool {
    let before = tx.total_changes();
    job.run(tx) || tx.total_changes() == before
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Tick;
    use store::port::Change;

    /// Writes a number and then stays or not.
    struct Writes {
        number: i64,
        stays: bool,
        given_up: bool,
    }

    impl Job for Writes {
        fn run(&mut self, tx: &Transaction<'_>) -> bool {
            tx.execute("INSERT INTO written VALUES (?1)", [self.number]).expect("a row");
            self.stays
        }

        fn has_its_own_fault(&self) -> bool {
            !self.stays
        }

        fn give_up(&mut self, _: &Fault) {
            self.given_up = true;
        }

        fn changes(&self) -> &[Change] {
            &[]
        }

        fn answer(self: Box<Self>) {
            assert!(!self.given_up, "{} was given up", self.number);
        }
    }

    /// Runs a group of commands, each a number and whether it stays, and says what was written.
    fn written(commands: &[(i64, bool)]) -> Vec<i64> {
        let mut connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch("CREATE TABLE written (number INTEGER)").expect("a table");
        let job = |&(number, stays)| Box::new(Writes { number, stays, given_up: false });
        let mut jobs: Vec<Box<dyn Job>> =
            commands.iter().map(|command| job(command) as Box<dyn Job>).collect();
        commit(&mut connection, &mut jobs, Tick::default);
        jobs.into_iter().for_each(Job::answer);
        let mut rows = connection.prepare("SELECT number FROM written").expect("a statement");
        let rows = rows.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<Result<_, _>>().expect("numbers")
    }

    #[test]
    fn a_command_that_wrote_and_failed_leaves_nothing_and_the_others_stay() {
        assert_eq!(written(&[(1, true), (2, false), (3, true), (4, false)]), [1, 3]);
    }

    #[test]
    fn a_group_that_was_done_is_done_once() {
        assert_eq!(written(&[(1, true), (2, true)]), [1, 2]);
    }
}
