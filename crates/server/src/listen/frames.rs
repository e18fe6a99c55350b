//! Reads along on a connection of HTTP/2, and counts the frames that carry nothing.
//!
//! A ping, settings, room for an answer, a piece of a body without bytes: each costs its sender a few
//! bytes and us an answer or a look, and no library counts them as long as the answers are read. A
//! client needs them for what it asks and for what it is sent, so that is what they are held against.
//! Must not judge requests; those that are taken back are counted where they are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Kinds of frames that carry a request (RFC 9113, section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
/// The bytes of a frame before what it carries, and what a connection begins with.
const HEAD: usize = 9;
const PREFACE: usize = 24;
/// Frames that carry nothing in one span beyond those below: some for each stream and each second.
const EMPTY_MAX: u64 = 10_000;
/// More of them for each frame that carries something.
const FOR_EACH_FULL: u64 = 4;
/// One more for so many bytes that we send: less than two for each small piece of an answer, and
/// less than one for an answer to a ping, which has 17.
const FOR_BYTES_SENT: u64 = 32;

/// What has passed on one connection, since a moment before.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    empty: AtomicU64,
    full: AtomicU64,
    sent: AtomicU64,
}

impl Traffic {
    /// Bytes were sent.
    pub(super) fn send(&self, bytes: usize) {
        add(&self.sent, bytes as u64);
    }

    /// Whether it is worth while to begin a span: most connections never come so far.
    pub(super) fn is_to_be_counted(&self) -> bool {
        self.empty.load(Ordering::Relaxed) > EMPTY_MAX / 2
    }

    /// Whether more frames that carry nothing came than anybody needs.
    pub(super) fn is_abused(&self) -> bool {
        let full = self.full.load(Ordering::Relaxed).saturating_mul(FOR_EACH_FULL);
        let sent = self.sent.load(Ordering::Relaxed) / FOR_BYTES_SENT;
        self.empty.load(Ordering::Relaxed) > EMPTY_MAX.saturating_add(full).saturating_add(sent)
    }

    /// Another span begins; what came before it is forgiven.
    pub(super) fn begin_span(&self) {
        for count in [&self.empty, &self.full, &self.sent] {
            count.store(0, Ordering::Relaxed);
        }
    }
}

/// One task uses a connection, so a look and a change need not be one step.
fn add(count: &AtomicU64, more: u64) {
    count.store(count.load(Ordering::Relaxed).saturating_add(more), Ordering::Relaxed);
}

/// Finds the frames among the bytes that come.
#[derive(Debug)]
pub(super) struct Frames {
    traffic: Arc<Traffic>,
    /// Bytes that are still to come before the next frame.
    skip: usize,
    /// The head of a frame, as far as it has come.
    head: [u8; HEAD],
    known: usize,
}

impl Frames {
    /// Those of a connection from its first byte on.
    pub(super) const fn new(traffic: Arc<Traffic>) -> Self {
        Self { traffic, skip: PREFACE, head: [0; HEAD], known: 0 }
    }

    /// Bytes were sent.
    pub(super) fn send(&self, bytes: usize) {
        self.traffic.send(bytes);
    }

    /// Takes in the next bytes.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                self.skip -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            let taken = (HEAD - self.known).min(bytes.len());
            self.head[self.known..self.known + taken].copy_from_slice(&bytes[..taken]);
            self.known += taken;
            bytes = &bytes[taken..];
            if self.known == HEAD {
                self.known = 0;
                self.count();
            }
        }
    }

    fn count(&mut self) {
        let [a, b, c, kind, ..] = self.head;
        let length = u32::from_be_bytes([0, a, b, c]);
        let is_full = matches!(kind, DATA | HEADERS | CONTINUATION) && length > 0;
        add(if is_full { &self.traffic.full } else { &self.traffic.empty }, 1);
        self.skip = usize::try_from(length).unwrap_or(usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0pingping";
    const FULL: &[u8] = b"\0\0\x01\0\0\0\0\0\x01x";
    const EMPTY: &[u8] = b"\0\0\0\0\0\0\0\0\x01";

    /// Whether this many pieces after the preface are a flood, sent in pieces of any size.
    #[track_caller]
    fn check(pieces: &[(&[u8], u64)], sent: usize, expected: bool) {
        for size in [1, 7, 65_536] {
            let traffic = Arc::new(Traffic::default());
            let mut frames = Frames::new(Arc::clone(&traffic));
            frames.send(sent);
            let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
            for (piece, times) in pieces {
                bytes.extend(piece.repeat(usize::try_from(*times).expect("few")));
            }
            bytes.chunks(size).for_each(|piece| frames.read(piece));
            assert_eq!(traffic.is_abused(), expected, "in pieces of {size}");
            traffic.begin_span();
            assert!(!traffic.is_abused(), "forgiven");
        }
    }

    #[test]
    fn frames_that_carry_nothing_are_held_against_those_that_carry_something() {
        for nothing in [PING, EMPTY] {
            check(&[(nothing, EMPTY_MAX)], 0, false);
            check(&[(nothing, EMPTY_MAX + 1)], 0, true);
            check(&[(FULL, 1), (nothing, EMPTY_MAX + FOR_EACH_FULL)], 0, false);
            check(&[(FULL, 1), (nothing, EMPTY_MAX + FOR_EACH_FULL + 1)], 0, true);
            check(&[(nothing, EMPTY_MAX + 2)], 64, false);
            check(&[(nothing, EMPTY_MAX + 3)], 64, true);
        }
        check(&[(FULL, 10 * EMPTY_MAX)], 0, false);
    }
}
