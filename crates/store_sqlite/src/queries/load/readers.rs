//! Several readers of one load, each on a connection of its own.
//!
//! The first reader is the store's own. Stretches are dealt to all in turns, and each reader delivers
//! its own in order; whoever asked takes them in the same turns, so rows come as one reader would
//! bring them. Must not be further ahead of the visitor than its channels hold, and must not let one
//! reader see a change that another does not.

use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use rusqlite::Connection;
use store::fault::Fault;
use tokio::sync::{mpsc, oneshot};

use super::stretch::{Plan, Stretch};
use super::{Batch, read};
use crate::connection::for_reading;
use crate::epoch;
use crate::faults::{before_commit, gone};

/// More readers than this would wait for the one visitor.
const READERS_MAX: usize = 4;

/// Batches of one reader that wait for the visitor.
const BATCHES_MAX: usize = 4;

/// A load that has begun.
pub(crate) struct Begun {
    /// The epoch of what all its readers see.
    pub(crate) epoch: u64,
    /// One for each reader. They are asked in turns, and each of them for one stretch.
    pub(crate) readers: Vec<mpsc::Receiver<Piece>>,
}

/// What a reader brings.
pub(crate) enum Piece {
    Rows(Batch),
    /// The stretch is at its end: the next reader has the turn.
    Turn,
    /// There is nothing left, or something has gone wrong.
    End(Result<(), Fault>),
}

/// Reads everything, and tells whoever waits for it how it began.
pub(crate) fn run(
    connection: &Connection,
    path: &Path,
    begun: oneshot::Sender<Result<Begun, Fault>>,
) {
    let begin = || {
        let snapshot = connection.unchecked_transaction().map_err(before_commit)?;
        let (epoch, plan) = (epoch::current(&snapshot)?, Plan::of(&snapshot)?);
        Ok((snapshot, epoch, plan))
    };
    // Nobody waits where the caller went away.
    match begin() {
        Err(fault) => drop(begun.send(Err(fault))),
        Ok((snapshot, epoch, plan)) => {
            let beside = beside(path, epoch, readers() - 1);
            let (senders, readers): (Vec<_>, _) =
                (0..=beside.len()).map(|_| mpsc::channel(BATCHES_MAX)).unzip();
            if begun.send(Ok(Begun { epoch, readers })).is_ok() {
                side_by_side(&snapshot, beside, plan, senders);
            }
        }
    }
}

/// As many as there are processors: each of them and the visitor keep one busy.
fn readers() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get).min(READERS_MAX)
}

/// More connections that see what was seen at this epoch: fewer, or none, where something was changed
/// meanwhile or there is no room for them. Uses do not count as changes: of those, one connection may
/// see some that another does not, each row whole.
fn beside(path: &Path, epoch: u64, most: usize) -> Vec<Connection> {
    let open = |_| {
        let connection = for_reading(path).ok()?;
        connection.execute_batch("BEGIN").ok()?;
        (epoch::current(&connection).ok()? == epoch).then_some(connection)
    };
    (0..most).map_while(open).collect()
}

fn side_by_side(
    first: &Connection,
    beside: Vec<Connection>,
    plan: Plan,
    senders: Vec<mpsc::Sender<Piece>>,
) {
    let readers = senders.len();
    let turns = |reader: usize| plan.stretches().skip(reader).step_by(readers);
    thread::scope(|scope| {
        let mut senders = senders.into_iter().enumerate();
        let own = senders.next();
        for (connection, (reader, sender)) in beside.into_iter().zip(senders) {
            let thread = thread::Builder::new().name(format!("store-loader-{reader}"));
            let work = move || deliver(&connection, turns(reader), &sender);
            // One that cannot be started drops its sender, and the visitor is told that it is gone.
            drop(thread.spawn_scoped(scope, work));
        }
        if let Some((reader, sender)) = own {
            deliver(first, turns(reader), &sender);
        }
    });
}

/// Delivers stretches in their order, until there are no more or nobody waits.
fn deliver(
    connection: &Connection,
    mut stretches: impl Iterator<Item = Stretch>,
    sender: &mpsc::Sender<Piece>,
) {
    let send = |piece| sender.blocking_send(piece).is_ok();
    let end = stretches.try_for_each(|stretch| {
        read(connection, &stretch, &|batch| send(Piece::Rows(batch)))?;
        if send(Piece::Turn) { Ok(()) } else { Err(gone("caller")) }
    });
    // Nobody waits for the end if the caller went away.
    send(Piece::End(end));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_beside_are_those_that_see_the_same_changes() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("a.db");
        let opened = crate::open::open(&path, None).expect("it opens");
        let epoch = epoch::current(&opened.reading).expect("an epoch");
        assert_eq!(beside(&path, epoch, 3).len(), 3);
        let change = "UPDATE epoch SET value = value + 1";
        opened.writing.execute_batch(change).expect("a change");
        assert_eq!(beside(&path, epoch, 3).len(), 0);
        assert_eq!(beside(&path, epoch + 1, 3).len(), 3);
    }
}
