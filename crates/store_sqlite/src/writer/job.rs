//! A command on its way through the writer, whatever its type.
//!
//! Must not be answered before its group was committed or given up.

use rusqlite::Transaction;
use store::fault::{Failure, Fault, FaultKind, Outcome};
use store::port::Change;
use tokio::sync::oneshot;

use crate::commands::Written;

/// A command that waits, runs and is answered.
pub(super) trait Job: Send {
    /// Runs the command, again if it must be; says whether what it wrote is to stay.
    fn run(&mut self, tx: &Transaction<'_>) -> bool;

    /// Whether the last run ended in a fault.
    fn has_its_own_fault(&self) -> bool;

    /// Gives the command up: nothing of it was done, or nobody knows.
    fn give_up(&mut self, fault: &Fault);

    /// The changes to tell of, in their order.
    fn changes(&self) -> &[Change];

    /// Answers the caller, if it still waits.
    fn answer(self: Box<Self>);
}

type Run<C, T, R> = fn(&Transaction<'_>, &C) -> Outcome<Written<T>, R>;

/// A command of the port.
pub(super) struct Command<C, T, R> {
    run: Run<C, T, R>,
    command: C,
    outcome: Outcome<Written<T>, R>,
    caller: oneshot::Sender<Outcome<T, R>>,
}

impl<C, T, R> Command<C, T, R> {
    pub(super) fn new(
        run: Run<C, T, R>,
        command: C,
        caller: oneshot::Sender<Outcome<T, R>>,
    ) -> Self {
        let waiting = Fault::new(FaultKind::Unavailable, "the command was not run yet");
        Self { run, command, outcome: Err(Failure::Fault(waiting)), caller }
    }
}

impl<C: Send, T: Send, R: Send> Job for Command<C, T, R> {
    fn run(&mut self, tx: &Transaction<'_>) -> bool {
        self.outcome = (self.run)(tx, &self.command);
        self.outcome.is_ok()
    }

    fn has_its_own_fault(&self) -> bool {
        matches!(self.outcome, Err(Failure::Fault(_)))
    }

    fn give_up(&mut self, fault: &Fault) {
        self.outcome = Err(Failure::Fault(fault.clone()));
    }

    fn changes(&self) -> &[Change] {
        self.outcome.as_ref().map_or(&[], |written| &written.changes)
    }

    fn answer(self: Box<Self>) {
        // A caller that went away misses the answer, not the change.
        self.caller.send(self.outcome.map(|written| written.answer)).ok();
    }
}
