//! Idempotency keys of commands that are running in this process: a second request that carries one
//! of them does not wait, and does not get what the first one is about to be given.
//!
//! Must not outlive the process: what was done is in the store.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::idempotence::Idempotence;

type Keys = Arc<Mutex<HashSet<[u8; 32]>>>;

/// The keys of all commands that are running.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Keys);

/// A command with the same idempotency key is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StillRunning;

/// Stands for one command, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    all: Keys,
    key: Option<[u8; 32]>,
}

impl Running {
    /// Enters a command; one that carries no key always may.
    pub(crate) fn enter(&self, once: Option<&Idempotence>) -> Result<Turn, StillRunning> {
        let key = once.map(|once| once.key);
        if let Some(key) = key
            && !self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key)
        {
            return Err(StillRunning);
        }
        Ok(Turn { all: Arc::clone(&self.0), key })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    #[test]
    fn one_of_two_with_a_key_runs_and_the_next_when_it_ended() {
        let running = Running::default();
        let once = |key| Idempotence {
            key: [key; 32],
            fingerprint: [0; 32],
            at: Timestamp::from_millis(0),
        };
        let turn = running.enter(Some(&once(1))).expect("the first");
        assert!(running.enter(Some(&once(1))).is_err());
        assert!(running.enter(Some(&once(2))).is_ok());
        assert!(running.enter(None).is_ok() && running.enter(None).is_ok());
        drop(turn);
        assert!(running.enter(Some(&once(1))).is_ok());
    }
}
