//! An upstream of a known capacity: so many workers, each busy for the same time with every request,
//! and whoever finds none free waits in line.
//!
//! A real program behind a real socket, so that a gateway can be driven beyond what its upstream can
//! do on any machine. Must not use the processor while it is busy, and must not look at a request.
#![expect(clippy::disallowed_methods, reason = "keeps requests waiting for a known time")]

use anyhow::{Context, Result};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// When workers are free. All requests take the same time, so who began first is free first.
#[derive(Debug)]
pub(super) struct Pace {
    free_at: VecDeque<Duration>,
    takes: Duration,
}

impl Pace {
    pub(super) fn new(workers: usize, takes: Duration) -> Self {
        Self { free_at: VecDeque::from(vec![Duration::ZERO; workers.max(1)]), takes }
    }

    /// When a request that comes now is answered.
    fn take(&mut self, now: Duration) -> Duration {
        let free_at = self.free_at.pop_front().unwrap_or_default();
        let done = free_at.max(now) + self.takes;
        self.free_at.push_back(done);
        done
    }
}

/// What went through since somebody asked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) requests: usize,
    /// The most that were under way at once.
    pub(super) most: usize,
}

/// The running upstream; it ends when this is dropped.
pub(super) struct Paced {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    pace: Mutex<Pace>,
    begun: Instant,
    requests: AtomicUsize,
    under_way: AtomicUsize,
    most: AtomicUsize,
    is_ending: AtomicBool,
}

impl Paced {
    /// Listens on a free port of loopback.
    pub(super) fn start(pace: Pace) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("Loopback can't be used")?;
        let address = listener.local_addr().context("Loopback can't be used")?;
        let shared = Arc::new(Shared {
            pace: Mutex::new(pace),
            begun: Instant::now(),
            requests: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            is_ending: AtomicBool::new(false),
        });
        let accepts = Arc::clone(&shared);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if accepts.is_ending.load(Ordering::Relaxed) {
                    return;
                }
                // Each thread ends with its connection, and those end with whoever connected.
                let answers = Arc::clone(&accepts);
                stream.into_iter().for_each(|stream| {
                    let answers = Arc::clone(&answers);
                    thread::spawn(move || answers.serve(stream));
                });
            }
        });
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// What went through since the last time, or the start.
    pub(super) fn take_seen(&self) -> Seen {
        Seen {
            requests: self.shared.requests.swap(0, Ordering::SeqCst),
            most: self.shared.most.swap(0, Ordering::SeqCst),
        }
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Relaxed);
        // Whoever accepts has to be woken to see it.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    /// Answers what comes on one connection until it ends.
    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let mut buffer = vec![0; HEAD_MAX];
        let mut filled = 0;
        loop {
            match stream.read(&mut buffer[filled..]) {
                Ok(0) | Err(_) => return,
                Ok(count) => filled += count,
            }
            // One request at a time, and none has a body.
            if buffer[..filled].ends_with(b"\r\n\r\n") {
                filled = 0;
                if self.answer(&mut stream).is_err() {
                    return;
                }
            }
        }
    }

    fn answer(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(under_way, Ordering::SeqCst);
        let done = {
            let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            pace.take(self.begun.elapsed())
        };
        thread::sleep(done.saturating_sub(self.begun.elapsed()));
        // Before the answer: whoever has it may ask again at once.
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        stream.write_all(ANSWER)
    }
}

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"pace\":true}";
const HEAD_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::connection::Connection;

    #[test]
    fn who_finds_no_worker_free_waits_in_line() {
        let mut pace = Pace::new(2, Duration::from_millis(20));
        let come = [0, 1, 2, 3, 100].map(Duration::from_millis);
        let done = come.map(|now| pace.take(now).as_millis());
        assert_eq!(done, [20, 21, 40, 41, 120]);
    }

    #[test]
    fn requests_are_answered_and_counted() {
        let paced = Paced::start(Pace::new(1, Duration::ZERO)).unwrap();
        let mut connection = Connection::open(paced.address).unwrap();
        for _ in 0..3 {
            connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            connection.expect(200).unwrap();
        }
        assert_eq!(paced.take_seen(), Seen { requests: 3, most: 1 });
        assert_eq!(paced.take_seen(), Seen { requests: 0, most: 0 });
    }
}
