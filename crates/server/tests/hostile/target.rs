//! What a judge knows of a server: where it listens, its process, and a key that it must accept.
//!
//! A judge drives a server and says what is wrong with it, so that the real binary and a careless
//! server go through the same judge. Must not know which of them it is.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use crate::support::http;

pub(crate) const KIB: u64 = 1 << 10;
pub(crate) const MIB: u64 = 1 << 20;

/// Between two drops of somebody who is slow.
pub(crate) const DROP: Duration = Duration::from_millis(50);
/// Drops after which a connection is taken for one that is never closed: twenty times the deadline
/// that servers under test are given.
pub(crate) const DROPS_MAX: usize = 200;
/// The deadline that servers under test are given, where one is under test.
pub(crate) const SHORT_MS: &str = "500";
/// After this an answer is taken for one that never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What is wrong with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// So many connections, or answers, were not ended.
    NotEnded(usize),
    /// It grew by so many bytes, and so many are allowed.
    Grew(u64, u64),
    /// It did not answer what it had to answer.
    NotServed(String),
    /// It answered what it must not.
    Wrong(String),
    /// It spent so much processor time, and so much is allowed; both in ticks of the kernel.
    Spent(u64, u64),
}

pub(crate) type Judgement = Result<(), Fault>;

/// A server.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: String,
    pub(crate) pid: u32,
    pub(crate) key: String,
}

impl Target {
    /// The head of a request with the key, to be answered as [`crate::upstream`] is told to.
    pub(crate) fn head(&self, method: &str, act: &str) -> String {
        let key = &self.key;
        format!("{method} /v3/customers?act={act} HTTP/1.1\r\nhost: a\r\naccess_token: {key}\r\n")
    }

    /// The same as a whole request without a body.
    pub(crate) fn get(&self, act: &str) -> Vec<u8> {
        (self.head("GET", act) + "\r\n").into_bytes()
    }

    /// A connection on which neither end waits for ever.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        stream.set_write_timeout(Some(PATIENCE)).expect("a time-out");
        stream
    }

    /// A good request of somebody else is answered well.
    pub(crate) fn serves(&self) -> Judgement {
        let mut stream = self.connect();
        let asked = stream.write_all(&self.get("ok"));
        let answer = asked.map(|()| http::read_answer(&mut stream));
        match answer {
            Ok(answer) if answer.status == 200 => Ok(()),
            other => Err(Fault::NotServed(format!("a good request: {other:?}"))),
        }
    }

    /// The memory that it has now; what it took before, to start above all, is forgotten.
    pub(crate) fn memory(&self) -> Memory<'_> {
        let forget = Path::new("/proc").join(self.pid.to_string()).join("clear_refs");
        std::fs::write(forget, "5").expect("a process of ours");
        Memory { target: self, before: self.peak() }
    }

    /// The processor time that it has used, its ended threads included, in ticks of the kernel.
    ///
    /// It is counted and not measured by a clock, so others on the machine do not change it much.
    pub(crate) fn processor(&self) -> u64 {
        let stat = Path::new("/proc").join(self.pid.to_string()).join("stat");
        let stat = std::fs::read_to_string(stat).expect("a process");
        // The name before may hold anything, also a parenthesis.
        let (_, numbers) = stat.rsplit_once(") ").expect("the name of the process");
        let numbers = numbers.split(' ').skip(11).take(2);
        numbers.map(|number| number.parse::<u64>().expect("ticks")).sum()
    }

    /// The processor time that it uses while this is done.
    pub(crate) fn spends(&self, work: impl FnOnce() -> Judgement) -> Result<u64, Fault> {
        let before = self.processor();
        work()?;
        Ok(self.processor() - before)
    }

    /// The most memory so far that lies in the machine, in bytes.
    fn peak(&self) -> u64 {
        let status = Path::new("/proc").join(self.pid.to_string()).join("status");
        let status = std::fs::read_to_string(status).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib * KIB
    }
}

/// The memory that a server had.
#[derive(Debug)]
pub(crate) struct Memory<'t> {
    target: &'t Target,
    before: u64,
}

impl Memory<'_> {
    /// It never grew by more than this since.
    pub(crate) fn grew_by_at_most(&self, most: u64) -> Judgement {
        let grown = self.target.peak().saturating_sub(self.before);
        if grown <= most { Ok(()) } else { Err(Fault::Grew(grown, most)) }
    }
}

/// What became of a drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// The connection lives.
    Taken,
    /// The server has ended it.
    Ended,
}

/// Sends a drop to each connection again and again, one round each [`DROP`]; reads what comes if
/// `reads`. How many connections were never ended.
pub(crate) fn drip(streams: &mut Vec<TcpStream>, drop: &[u8], reads: bool) -> usize {
    for stream in &mut *streams {
        stream.set_nonblocking(true).expect("a socket");
    }
    let (_held, clock) = std::os::unix::net::UnixStream::pair().expect("two sockets");
    clock.set_read_timeout(Some(DROP)).expect("a time-out");
    for _ in 0..DROPS_MAX {
        streams.retain_mut(|stream| drip_once(stream, drop, reads) == Dropped::Taken);
        if streams.is_empty() {
            return 0;
        }
        // Nothing ever comes on this one, so what ends the wait is its time-out.
        let _ = (&clock).read(&mut [0]);
    }
    streams.len()
}

fn drip_once(stream: &mut TcpStream, drop: &[u8], reads: bool) -> Dropped {
    let mut chunk = [0; 4_096];
    loop {
        if !reads {
            break;
        }
        match stream.read(&mut chunk) {
            Ok(0) => return Dropped::Ended,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => return Dropped::Ended,
        }
    }
    match stream.write(drop) {
        Ok(_) => Dropped::Taken,
        Err(error) if error.kind() == ErrorKind::WouldBlock => Dropped::Taken,
        Err(_) => Dropped::Ended,
    }
}

/// All of them were ended.
pub(crate) fn all_ended(left: usize) -> Judgement {
    if left == 0 { Ok(()) } else { Err(Fault::NotEnded(left)) }
}
