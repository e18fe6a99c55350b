//! A thousand receivers of events, each at an address of its own on loopback: one thread that answers
//! whoever sends, and remembers what came and when. The first of them is dead: it accepts, and says
//! nothing.
//!
//! Real sockets, so that a sender does all that it does for receivers elsewhere. Must not keep a
//! sender waiting for anything but the processor.
#![expect(clippy::disallowed_methods, reason = "notes when events came")]

use anyhow::{Context, Result, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

/// In whose network they are.
pub(super) const NETWORK: &str = "127.1.0.0/16";

/// One event that came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receipt {
    pub(super) receiver: usize,
    /// The change that it tells of.
    pub(super) epoch: u64,
    /// Since 1970.
    pub(super) at_us: u64,
}

/// The running receivers; they end when this is dropped.
pub(super) struct Receivers {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    running: Option<JoinHandle<Result<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    came: AtomicUsize,
    notes: Mutex<Notes>,
    is_ending: AtomicBool,
}

#[derive(Debug, Default)]
struct Notes {
    receipts: Vec<Receipt>,
    /// The body that came last.
    body: Vec<u8>,
}

impl Receivers {
    /// So many, all at this port.
    pub(super) fn start(count: usize, port: u16) -> Result<Self> {
        allow_files(count * FILES_PER_RECEIVER + FILES_BESIDE)?;
        let bind = |at| {
            let listener = TcpListener::bind((address(at), port))?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        let listeners: Vec<TcpListener> = (0..count)
            .map(bind)
            .collect::<std::io::Result<_>>()
            .context("Receivers could not listen on loopback")?;
        let addresses = (0..count).map(|at| SocketAddr::from((address(at), port))).collect();
        let shared = Arc::new(Shared::default());
        let mut desk = Desk::new(listeners, Arc::clone(&shared))?;
        let running = thread::spawn(move || desk.run());
        Ok(Self { addresses, shared, running: Some(running) })
    }

    /// Where they are; the first is dead.
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// How many events came since they were taken last, also those that came twice.
    pub(super) fn came(&self) -> usize {
        self.shared.came.load(Ordering::Relaxed)
    }

    /// What came since it was taken last.
    pub(super) fn take(&self) -> Vec<Receipt> {
        let mut notes = self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.came.store(0, Ordering::Relaxed);
        std::mem::take(&mut notes.receipts)
    }

    /// The body that came last.
    pub(super) fn body(&self) -> Vec<u8> {
        self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner).body.clone()
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Relaxed);
        if let Some(running) = self.running.take() {
            match running.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => eprintln!("The receivers broke down: {error:#}"),
                Err(_) => eprintln!("The receivers broke down."),
            }
        }
    }
}

/// What the one thread works on: everything that it listens to, and everything that is open.
struct Desk {
    epoll: OwnedFd,
    listeners: Vec<TcpListener>,
    open: HashMap<u64, Talk>,
    next: u64,
    shared: Arc<Shared>,
}

/// One connection, and what was read of it.
struct Talk {
    stream: TcpStream,
    receiver: usize,
    read: Vec<u8>,
}

impl Desk {
    fn new(listeners: Vec<TcpListener>, shared: Arc<Shared>) -> Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        for (listener, at) in listeners.iter().zip(0..) {
            epoll::add(&epoll, listener, EventData::new_u64(at), EventFlags::IN)?;
        }
        let next = listeners.len() as u64;
        Ok(Self { epoll, listeners, open: HashMap::new(), next, shared })
    }

    fn run(&mut self) -> Result<()> {
        let mut events = Vec::with_capacity(EVENTS);
        let glance = Timespec { tv_sec: 0, tv_nsec: GLANCE_NS };
        while !self.shared.is_ending.load(Ordering::Relaxed) {
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&glance)) {
                Err(rustix::io::Errno::INTR) | Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            for event in events.drain(..) {
                let at = event.data.u64();
                match usize::try_from(at).ok().filter(|at| *at < self.listeners.len()) {
                    Some(receiver) => self.accept(receiver)?,
                    None => self.read(at),
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self, receiver: usize) -> Result<()> {
        let stream = match self.listeners[receiver].accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error).context("A receiver can't accept"),
        };
        stream.set_nonblocking(true)?;
        epoll::add(&self.epoll, &stream, EventData::new_u64(self.next), EventFlags::IN)?;
        self.open.insert(self.next, Talk { stream, receiver, read: Vec::new() });
        self.next += 1;
        Ok(())
    }

    /// Reads what is there, and answers what is whole. The end of a connection takes it out of the
    /// poll.
    fn read(&mut self, at: u64) {
        let Some(talk) = self.open.get_mut(&at) else { return };
        let mut buffer = [0; READ_AT_ONCE];
        let ended = match talk.stream.read(&mut buffer) {
            Ok(0) => true,
            Ok(count) => {
                talk.read.extend_from_slice(&buffer[..count]);
                talk.receiver != DEAD && talk.answer(&self.shared)
            }
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        if ended {
            self.open.remove(&at);
        }
    }
}

impl Talk {
    /// Answers a request that is there as a whole, and says whether it was.
    fn answer(&mut self, shared: &Shared) -> bool {
        let Some(body) = body_of(&self.read) else { return false };
        let at_us = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let at_us = u64::try_from(at_us).unwrap_or(u64::MAX);
        let mut notes = shared.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(epoch) = epoch_of(body) {
            notes.receipts.push(Receipt { receiver: self.receiver, epoch, at_us });
            notes.body = body.to_vec();
            shared.came.fetch_add(1, Ordering::Relaxed);
        }
        drop(notes);
        // A sender that went away sends it again, and that counts.
        let _ = self.stream.write_all(ANSWER);
        true
    }
}

/// The body of a request that is there as a whole.
fn body_of(request: &[u8]) -> Option<&[u8]> {
    let end = request.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&request[..end]).ok()?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?;
    let length: usize = length.trim().parse().ok()?;
    request.get(end..end + length)
}

/// The number in the id of the event, `evt_<digits>&<number>`.
fn epoch_of(body: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(body).ok()?;
    let id = text.split("\"evt_").nth(1)?.split('"').next()?;
    id.split_once('&')?.1.parse().ok()
}

fn address(at: usize) -> Ipv4Addr {
    // No last part is 0 or above 250, which some take to be special.
    let (third, last) = (at / PER_BLOCK, at % PER_BLOCK + 1);
    let part = |part: usize| u8::try_from(part).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 1, part(third), part(last))
}

/// Raises what this process may have open as far as it has to be.
fn allow_files(count: usize) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = count as u64;
    if limit.current.is_some_and(|current| current < wanted) {
        ensure!(
            limit.maximum.is_none_or(|most| most >= wanted),
            "This needs {wanted} open files; raise the limit with `ulimit -n {wanted}`."
        );
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        setrlimit(Resource::Nofile, raised).context("The limit of open files can't be raised")?;
    }
    Ok(())
}

/// The place of the one that says nothing.
pub(super) const DEAD: usize = 0;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
const PER_BLOCK: usize = 250;
const READ_AT_ONCE: usize = 8 * 1024;
const EVENTS: usize = 256;
/// How long the end of the run may wait to be seen.
const GLANCE_NS: i64 = 100_000_000;
/// One listens; connections are far fewer than receivers.
const FILES_PER_RECEIVER: usize = 1;
const FILES_BESIDE: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nContent-Length: 40\r\n\r\n\
        {\"id\":\"evt_00ff00ff&4711\",\"event\":\"KEY\"}";

    #[test]
    fn an_event_counts_when_all_of_it_is_there() {
        let body = body_of(REQUEST).expect("all of it is there");
        assert_eq!(epoch_of(body), Some(4_711));
        for end in 0..REQUEST.len() {
            assert_eq!(body_of(&REQUEST[..end]), None, "{end}");
        }
    }

    #[test]
    fn receivers_have_addresses_of_their_own_in_their_network() {
        let mut all: Vec<Ipv4Addr> = (0..1_000).map(address).collect();
        assert!(all.iter().all(|one| one.octets()[..2] == [127, 1]));
        all.dedup();
        assert_eq!(all.len(), 1_000);
    }

    #[test]
    fn living_receivers_answer_and_the_dead_one_does_not() {
        let port = super::super::scratch::free_ports(1).expect("a free port");
        let receivers = Receivers::start(2, port).expect("loopback");
        let mut dead = TcpStream::connect(receivers.addresses()[DEAD]).expect("accepted");
        dead.write_all(REQUEST).expect("taken");
        let mut living = TcpStream::connect(receivers.addresses()[1]).expect("accepted");
        living.write_all(REQUEST).expect("taken");
        let mut answer = Vec::new();
        living.read_to_end(&mut answer).expect("answered");
        assert_eq!(answer, ANSWER);
        let came: Vec<_> = receivers.take().iter().map(|one| (one.receiver, one.epoch)).collect();
        assert_eq!(came, [(1, 4_711)]);
        dead.set_nonblocking(true).expect("a socket");
        let silent = dead.read(&mut [0]).expect_err("nothing comes");
        assert_eq!(silent.kind(), ErrorKind::WouldBlock);
    }
}
