//! The log of uses: which key was used when, written in batches.
//!
//! No key that was used inside its window may be taken for idle, also after a crash. So a use is
//! awaited until the store has it whenever the store's own mark is older than a day, at most once
//! a day for each key; later uses of the day follow in batches and cannot change anything that
//! counts in days. Uses are noted of each secret by itself, so the first use of a new secret is
//! awaited as well, and with it the start of the clock of the one before. Must not make a
//! verification wait otherwise.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::KeyId;
use domain::key_text::Kid;
use domain::time::Timestamp;
use store::command::KeyUse;
use store::port::Store;
use tokio::sync::{mpsc, oneshot};

use crate::keyring::{Found, Keyring};

/// A mark in the store that is younger than this is left alone.
pub(crate) const GRANULE_MS: u64 = 60 * 60 * 1_000;
/// A mark in the store that is older than this is renewed before the answer.
const MUST_WAIT_MS: u64 = 24 * 60 * 60 * 1_000;
/// How long uses that nobody waits for may gather.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// Most uses of one command.
const BATCH_MAX: usize = 4_096;

struct Mark {
    kid: Kid,
    key: KeyId,
    at: Timestamp,
    stored: Option<oneshot::Sender<()>>,
}

/// The uses of one secret that are not in the store yet.
struct Gathered {
    key: KeyId,
    /// A clock that starts with the first use starts then, however late the store hears of it.
    first: Timestamp,
    last: Timestamp,
}

/// Notes uses; cheap to clone, never waits.
#[derive(Clone, Debug)]
pub(crate) struct UseLog(mpsc::UnboundedSender<Mark>);

/// A use that is on its way to the store.
#[derive(Debug)]
pub(crate) struct PendingUse(oneshot::Receiver<()>);

impl PendingUse {
    /// Waits until the store has the use. When the store is in trouble the wait ends too: the
    /// use is kept in memory and written as soon as the store answers again.
    pub(crate) async fn settled(self) {
        // An error only says that the writer has stopped; nothing more can be done about it here.
        let _ = self.0.await;
    }
}

impl UseLog {
    /// A log, and the loop that writes it.
    pub(crate) fn new(store: Arc<dyn Store>, keyring: Arc<Keyring>) -> (Self, UseWriter) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), UseWriter { receiver, store, keyring, gathered: HashMap::new() })
    }

    /// Notes that the key was used now. Returns what must be awaited before the answer, if anything.
    pub(crate) fn note(&self, found: &Found<'_>, kid: Kid, now: Timestamp) -> Option<PendingUse> {
        let key = found.record.id;
        match found.uses.note(now) {
            Some(age_ms) if age_ms < GRANULE_MS => None,
            Some(age_ms) if age_ms < MUST_WAIT_MS => {
                if found.uses.claim_queue() {
                    self.send(Mark { kid, key, at: now, stored: None });
                }
                None
            }
            Some(_) | None => {
                let (stored, pending) = oneshot::channel();
                self.send(Mark { kid, key, at: now, stored: Some(stored) });
                Some(PendingUse(pending))
            }
        }
    }

    fn send(&self, mark: Mark) {
        if self.0.send(mark).is_err() {
            tracing::debug!("a use came after the writer of uses had stopped");
        }
    }
}

/// Writes uses to the store until every use log is gone. Takes no input but the log.
pub struct UseWriter {
    receiver: mpsc::UnboundedReceiver<Mark>,
    store: Arc<dyn Store>,
    keyring: Arc<Keyring>,
    gathered: HashMap<Kid, Gathered>,
}

impl std::fmt::Debug for UseWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UseWriter").field("gathered", &self.gathered.len()).finish_non_exhaustive()
    }
}

impl UseWriter {
    /// Runs until `stop` resolves or the log is gone; then writes what is left.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut tick = tokio::time::interval(FLUSH_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stop = std::pin::pin!(stop);
        let mut marks = Vec::new();
        loop {
            let mut waiting = Vec::new();
            tokio::select! {
                taken = self.receiver.recv_many(&mut marks, BATCH_MAX) => {
                    if taken == 0 {
                        break;
                    }
                }
                _ = tick.tick() => {}
                () = &mut stop => break,
            }
            let flush_now = marks.is_empty();
            self.gather(&mut marks, &mut waiting);
            if flush_now || !waiting.is_empty() || self.gathered.len() >= BATCH_MAX {
                self.flush(waiting).await;
            }
        }
        self.receiver.close();
        while self.receiver.recv_many(&mut marks, BATCH_MAX).await > 0 {
            let mut waiting = Vec::new();
            self.gather(&mut marks, &mut waiting);
            self.flush(waiting).await;
        }
        self.flush(Vec::new()).await;
    }

    fn gather(&mut self, marks: &mut Vec<Mark>, waiting: &mut Vec<oneshot::Sender<()>>) {
        for mark in marks.drain(..) {
            let Mark { kid, key, at, stored } = mark;
            let slot = self.gathered.entry(kid).or_insert(Gathered { key, first: at, last: at });
            slot.first = slot.first.min(at);
            slot.last = slot.last.max(at);
            waiting.extend(stored);
        }
    }

    fn uses(&self) -> impl Iterator<Item = KeyUse> {
        self.gathered.iter().flat_map(|(kid, Gathered { key, first, last })| {
            let used = |at: &Timestamp| KeyUse { key: *key, kid: *kid, at: *at };
            let later = (first != last).then(|| used(last));
            std::iter::once(used(first)).chain(later)
        })
    }

    /// Writes everything that was gathered. What the store does not take is kept for the next time.
    async fn flush(&mut self, waiting: Vec<oneshot::Sender<()>>) {
        let uses: Vec<KeyUse> = self.uses().collect();
        if !uses.is_empty() {
            match self.store.record_use(uses).await {
                Ok(()) => {
                    for (kid, Gathered { last, .. }) in self.gathered.drain() {
                        self.keyring.stored_use(kid, last);
                    }
                }
                Err(fault) => {
                    tracing::error!(%fault, uses = self.gathered.len(), "uses of keys could not be written; they are kept and tried again");
                }
            }
        }
        for stored in waiting {
            // The request may be gone by now; its use is written all the same.
            let _ = stored.send(());
        }
    }
}
