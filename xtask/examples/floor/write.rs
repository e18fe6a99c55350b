//! Writes one row for each request and answers 201 when it is on the disk: a thread that writes takes
//! all that wait at once into one commit.
//!
//! Must not ask anything, nor write more than the plain loop beside which it is seen.

use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::oneshot;

use crate::Duty;

/// As the plain loop's.
const TABLE: &str = "CREATE TABLE key (made INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, \
                     body BLOB NOT NULL) STRICT";
/// About as many bytes as the answer to a new key has.
const ANSWER: [u8; 600] = [b'x'; 600];

/// The way to the thread that writes.
#[derive(Clone)]
pub(crate) struct Writer(Sender<oneshot::Sender<()>>);

impl Writer {
    pub(crate) fn start(file: &Path) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(TABLE)?;
        let (sender, receiver) = channel();
        std::thread::spawn(move || write(connection, &receiver));
        Ok(Self(sender))
    }
}

fn write(mut connection: Connection, asked: &Receiver<oneshot::Sender<()>>) -> Result<()> {
    let mut number: u128 = 0;
    while let Ok(first) = asked.recv() {
        let waiting: Vec<_> = std::iter::once(first).chain(asked.try_iter()).collect();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for _ in &waiting {
            number += 1;
            let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes();
            tx.prepare_cached("INSERT INTO key (id, body) VALUES (?1, ?2)")?
                .execute(params![id, [7_u8; 200]])?;
        }
        tx.commit()?;
        for caller in waiting {
            // Who has gone away need not know.
            let _ = caller.send(());
        }
    }
    Ok(())
}

pub(crate) struct Write(Rc<Writer>);

impl Write {
    pub(crate) fn new(writer: Writer) -> Self {
        Self(Rc::new(writer))
    }

    async fn written(&self, request: Request<Incoming>) -> Result<()> {
        request.into_body().collect().await?;
        let (caller, done) = oneshot::channel();
        self.0.0.send(caller).ok().context("the writer has ended")?;
        Ok(done.await?)
    }
}

impl Duty for Write {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let mut answer = Response::new(Full::new(Bytes::from_static(&ANSWER)));
        *answer.status_mut() = match self.written(request).await {
            Ok(()) => StatusCode::CREATED,
            // The load expects 201 and stops the benchmark at anything else.
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        answer
    }
}
