//! Where commands wait for the writer, which is woken once for as many of them as it waits for.
//!
//! A channel would wake it for each, and waking a thread costs more than many a command. Must not
//! lose a command that was taken, nor take one when nobody will run it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::job::Job;

/// A command that waits.
pub(super) type Waiting = Box<dyn Job>;

/// Why a command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// As many wait as may.
    Full,
    /// Nobody runs commands any more.
    Closed,
}

/// The callers' end. Any number of threads use it.
pub(super) struct Callers(Arc<Shared>);

/// The writer's end; when this is dropped, what still waits is dropped with it.
pub(super) struct Queue(Arc<Shared>);

struct Shared {
    room: usize,
    state: Mutex<State>,
    enough: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    /// For how many the writer sleeps; 0 while it is awake.
    wanted: usize,
    is_closed: bool,
}

/// Both ends of a queue in which this many may wait.
pub(super) fn queue(room: usize) -> (Callers, Queue) {
    let shared = Arc::new(Shared { room, state: Mutex::default(), enough: Condvar::new() });
    (Callers(Arc::clone(&shared)), Queue(shared))
}

impl Callers {
    /// Hands a command over.
    pub(super) fn push(&self, job: Waiting) -> Result<(), NotTaken> {
        let mut state = self.0.state();
        if state.is_closed {
            return Err(NotTaken::Closed);
        }
        if state.waiting.len() >= self.0.room {
            return Err(NotTaken::Full);
        }
        state.waiting.push(job);
        if state.wanted > 0 && state.waiting.len() >= state.wanted {
            state.wanted = 0;
            drop(state);
            self.0.enough.notify_one();
        }
        Ok(())
    }

    /// Takes no more; what waits is still run.
    pub(super) fn close(&self) {
        self.0.state().is_closed = true;
        self.0.enough.notify_one();
    }
}

impl Queue {
    /// Sleeps until there is a command, and takes at most this many. None when there will be none.
    pub(super) fn first(&self, max: usize) -> Vec<Waiting> {
        let mut state = self.0.state();
        while state.waiting.is_empty() && !state.is_closed {
            state.wanted = 1;
            state = self.0.enough.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.take(max)
    }

    /// Sleeps until this many wait, but no longer than a moment, and takes at most `max`.
    pub(super) fn more(&self, wanted: usize, moment: Duration, max: usize) -> Vec<Waiting> {
        let mut state = self.0.state();
        if state.waiting.len() < wanted && !state.is_closed {
            state.wanted = wanted;
            let slept = self.0.enough.wait_timeout(state, moment);
            state = slept.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.take(max)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_closed = true;
        let left = std::mem::take(&mut state.waiting);
        drop(state);
        // Their callers are told by this, and may ask again at once.
        drop(left);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is whole before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, max: usize) -> Vec<Waiting> {
        self.wanted = 0;
        let rest = self.waiting.split_off(self.waiting.len().min(max));
        std::mem::replace(&mut self.waiting, rest)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use rusqlite::Transaction;
    use store::fault::Fault;
    use store::port::Change;

    use super::*;

    /// Says when it is dropped.
    struct Idle(mpsc::Sender<()>);

    impl Job for Idle {
        fn run(&mut self, _: &Transaction<'_>) -> bool {
            true
        }

        fn has_its_own_fault(&self) -> bool {
            false
        }

        fn give_up(&mut self, _: &Fault) {}

        fn changes(&self) -> &[Change] {
            &[]
        }

        fn answer(self: Box<Self>) {}
    }

    impl Drop for Idle {
        fn drop(&mut self) {
            self.0.send(()).ok();
        }
    }

    fn job() -> Waiting {
        Box::new(Idle(mpsc::channel().0))
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn whoever_sleeps_for_several_is_woken_by_the_last_of_them() {
        let (callers, queue) = queue(10);
        let writer = thread::spawn(move || queue.more(3, LONG, 10).len());
        for _ in 0..3 {
            callers.push(job()).expect("there is room");
        }
        assert_eq!(writer.join().expect("it ends"), 3);
    }

    #[test]
    fn a_moment_ends_without_any() {
        let (_callers, queue) = queue(10);
        assert!(queue.more(1, Duration::ZERO, 10).is_empty());
    }

    #[test]
    fn no_more_are_taken_than_asked_for_and_the_rest_keeps_its_order() {
        let (callers, queue) = queue(3);
        let mut ends = Vec::new();
        for _ in 0..3 {
            let (sender, end) = mpsc::channel();
            callers.push(Box::new(Idle(sender))).expect("there is room");
            ends.push(end);
        }
        assert_eq!(callers.push(job()), Err(NotTaken::Full));
        drop(queue.first(2));
        let ended = |end: &mpsc::Receiver<()>| end.try_recv().is_ok();
        assert_eq!(ends.iter().map(ended).collect::<Vec<_>>(), [true, true, false]);
        callers.push(job()).expect("there is room again");
        assert_eq!(queue.first(10).len(), 2);
    }

    #[test]
    fn what_waits_is_still_taken_when_no_more_is() {
        let (callers, queue) = queue(10);
        callers.push(job()).expect("there is room");
        callers.close();
        assert_eq!(callers.push(job()), Err(NotTaken::Closed));
        assert_eq!(queue.first(10).len(), 1);
        assert!(queue.first(10).is_empty());
    }

    #[test]
    fn closing_wakes_whoever_sleeps() {
        let (callers, queue) = queue(10);
        let writer = thread::spawn(move || (queue.first(10).len(), queue.more(9, LONG, 10).len()));
        callers.close();
        assert_eq!(writer.join().expect("it ends"), (0, 0));
    }

    #[test]
    fn what_waits_for_nobody_is_dropped() {
        let (callers, queue) = queue(10);
        let (sender, dropped) = mpsc::channel();
        callers.push(Box::new(Idle(sender))).expect("there is room");
        drop(queue);
        dropped.try_recv().expect("its caller is told");
        assert_eq!(callers.push(job()), Err(NotTaken::Closed));
    }
}
