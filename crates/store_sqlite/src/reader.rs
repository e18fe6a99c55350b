//! The reading thread: answers questions on a connection of its own, so that a long one never
//! holds the writer.
//!
//! Each question sees everything that was committed before it was asked. Must not write.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::fault::Fault;
use store::port::LoadVisitor;
use tokio::sync::oneshot;

use crate::faults::{busy, gone};
use crate::queries::load::{self, Begun, Piece};

/// More questions than this do not wait.
const QUEUE_MAX: usize = 1_024;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the reading thread.
pub(crate) struct Reader {
    /// The database, for the connections that help with a load.
    path: PathBuf,
    /// Absent only while the reader shuts down.
    questions: Option<SyncSender<Question>>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    pub(crate) fn start(connection: Connection, path: PathBuf) -> std::io::Result<Self> {
        let (questions, queue) = sync_channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("store-reader".to_owned())
            .spawn(move || answer_all(&connection, &queue))?;
        Ok(Self { path, questions: Some(questions), thread: Some(thread) })
    }

    /// Asks a question and waits for its answer.
    pub(crate) async fn ask<Q, T, E>(
        &self,
        run: fn(&Connection, &Q) -> Result<T, E>,
        question: Q,
    ) -> Result<T, E>
    where
        Q: Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        self.enqueue(Box::new(move |connection| {
            if !caller.is_closed() {
                // A caller that went away meanwhile misses nothing.
                caller.send(run(connection, &question)).ok();
            }
        }))?;
        answer.await.unwrap_or_else(|_| Err(gone("reader").into()))
    }

    /// Reads everything and shows it to the visitor.
    pub(crate) async fn load(&self, visit: LoadVisitor<'_>) -> Result<u64, Fault> {
        let (sender, begun) = oneshot::channel();
        let path = self.path.clone();
        self.enqueue(Box::new(move |connection| load::run(connection, &path, sender)))?;
        let Begun { epoch, mut readers } = begun.await.unwrap_or_else(|_| Err(gone("reader")))?;
        loop {
            for reader in &mut readers {
                loop {
                    match reader.recv().await {
                        Some(Piece::Rows(batch)) => batch.show(visit),
                        Some(Piece::Turn) => break,
                        // Whoever has the turn and nothing left is the first of whom that is so.
                        Some(Piece::End(end)) => return end.map(|()| epoch),
                        None => return Err(gone("reader")),
                    }
                }
            }
        }
    }

    fn enqueue(&self, question: Question) -> Result<(), Fault> {
        let Some(questions) = &self.questions else { return Err(gone("reader")) };
        questions.try_send(question).map_err(|error| match error {
            TrySendError::Full(_) => busy("reader"),
            TrySendError::Disconnected(_) => gone("reader"),
        })
    }

    /// Answers what was asked and stops.
    pub(crate) fn stop(&mut self) {
        self.questions = None;
        if let Some(thread) = self.thread.take() {
            // A reader that panicked has said so, and there is nothing left to do for it.
            thread.join().ok();
        }
    }
}

fn answer_all(connection: &Connection, queue: &Receiver<Question>) {
    while let Ok(question) = queue.recv() {
        question(connection);
    }
}
