//! The writing thread: takes all commands that wait and commits them together.
//!
//! A command that fails is undone alone. After the one COMMIT, observers are told in the order of
//! epochs, and only then is anybody answered. A command that was taken is finished also when its
//! caller went away.
//!
//! An observer that panics ends the thread, and with it all writing: better no more changes than a
//! keyring that missed one. Must not answer before the disk has confirmed.

mod group;
mod job;
mod pace;
mod queue;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use domain::time::Tick;
use rusqlite::{Connection, Transaction};
use store::fault::{Failure, Fault, FaultKind, Outcome};
use store::port::Observer;
use tokio::sync::{oneshot, watch};

use crate::commands::Written;
use crate::faults::{busy, gone};
use job::{Command, Job};
use pace::Pace;
use queue::{Callers, NotTaken, Queue, Waiting, queue};

/// More commands than this do not wait.
const QUEUE_MAX: usize = 1_024;

/// Most commands of one commit.
const GROUP_MAX: usize = 256;

/// Reads a clock that is set by nobody.
pub(crate) type Clock = fn() -> Tick;

type Observers = Arc<Mutex<Vec<Arc<dyn Observer>>>>;

/// The way to the writing thread.
pub(crate) struct Writer {
    callers: Callers,
    observers: Observers,
    thread: Option<JoinHandle<()>>,
    end: ChangesEnd,
}

/// Tells when a store takes no more changes: it was closed, or an observer has panicked.
#[derive(Clone, Debug)]
pub struct ChangesEnd(watch::Receiver<()>);

impl ChangesEnd {
    /// Waits until then.
    pub async fn come(mut self) {
        // Nothing is ever sent; the sender goes with the thread.
        while self.0.changed().await.is_ok() {}
    }
}

impl Writer {
    pub(crate) fn start(connection: Connection, clock: Clock) -> std::io::Result<Self> {
        let (callers, queue) = queue(QUEUE_MAX);
        let observers = Observers::default();
        let told = Arc::clone(&observers);
        let (lasts, end) = watch::channel(());
        let thread =
            std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
                let _lasts = lasts;
                write_all(connection, &queue, &told, clock);
            })?;
        Ok(Self { callers, observers, thread: Some(thread), end: ChangesEnd(end) })
    }

    pub(crate) fn end(&self) -> ChangesEnd {
        self.end.clone()
    }

    pub(crate) fn watch(&self, observer: Arc<dyn Observer>) {
        self.observers.lock().unwrap_or_else(PoisonError::into_inner).push(observer);
    }

    /// Runs a command and waits for its answer; once taken, it is finished in any case.
    pub(crate) async fn run<C, T, R>(
        &self,
        run: fn(&Transaction<'_>, &C) -> Outcome<Written<T>, R>,
        command: C,
    ) -> Outcome<T, R>
    where
        C: Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let taken = self.callers.push(Box::new(Command::new(run, command, caller)));
        taken.map_err(|not_taken| match not_taken {
            NotTaken::Full => busy("writer"),
            NotTaken::Closed => gone("writer"),
        })?;
        answer.await.unwrap_or_else(|_| {
            let detail = "the store's writer stopped before it answered";
            Err(Failure::Fault(Fault::new(FaultKind::OutcomeUnknown, detail)))
        })
    }

    /// Finishes what was taken and stops.
    pub(crate) fn stop(&mut self) {
        self.callers.close();
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has said so; its callers were answered by its end.
            thread.join().ok();
        }
    }
}

fn write_all(mut connection: Connection, queue: &Queue, observers: &Observers, clock: Clock) {
    let mut pace = Pace::default();
    loop {
        let mut jobs = gather(queue, &pace);
        if jobs.is_empty() {
            break;
        }
        let on_disk_us = group::commit(&mut connection, &mut jobs, clock);
        pace = Pace { group: jobs.len(), on_disk_us };
        tell(observers, &jobs);
        jobs.into_iter().for_each(Job::answer);
    }
    // Closing the last connection would do the same, but not while a tool is attached. What stays
    // in the log is safe there, so a failure costs nothing.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).ok();
}

/// The first command, those that wait beside it, and those for which it is worth to wait.
fn gather(queue: &Queue, pace: &Pace) -> Vec<Waiting> {
    let mut jobs = queue.first(GROUP_MAX);
    for _ in 0..pace::WAITS_MAX {
        let missing = pace.awaited().min(GROUP_MAX).saturating_sub(jobs.len());
        if missing == 0 || jobs.is_empty() {
            break;
        }
        let more = queue.more(missing, pace::MOMENT, GROUP_MAX - jobs.len());
        if more.is_empty() {
            break;
        }
        jobs.extend(more);
    }
    jobs
}

fn tell(observers: &Observers, jobs: &[Box<dyn Job>]) {
    // The lock is not held while observers work, so that more may come meanwhile.
    let observers = observers.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for change in jobs.iter().flat_map(|job| job.changes()) {
        observers.iter().for_each(|observer| observer.committed(change));
    }
}
