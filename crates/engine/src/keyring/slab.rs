//! Values that stay where they were put: found by a number, read without waiting, never moved.
//!
//! Must not give a value back; what is kept here is kept as long as the keyring.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::chunks::Chunks;

/// More than the accounts and the different rights of any server.
const ROOM: usize = 1 << 26;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(u32);

impl At {
    pub(super) const fn number(self) -> u32 {
        self.0
    }

    /// The place with this number; it must come from [`At::number`].
    pub(super) const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

/// Values that stay where they were put.
#[derive(Debug)]
pub(super) struct Slab<T> {
    values: Chunks<OnceLock<T>>,
    len: AtomicU32,
}

impl<T> Slab<T> {
    pub(super) fn new() -> Self {
        Self { values: Chunks::with_room(ROOM), len: AtomicU32::new(0) }
    }

    /// The value there; `None` where none was put yet.
    pub(super) fn get(&self, at: At) -> Option<&T> {
        self.values.get(at.0)?.get()
    }

    /// Puts a value; `None` when there is no room. Writers come one at a time.
    pub(super) fn push(&self, value: T) -> Option<At> {
        let at = At(self.len.load(Ordering::Relaxed));
        self.values.get_or_make(at.0)?.set(value).ok()?;
        self.len.store(at.0 + 1, Ordering::Relaxed);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_where_they_were_put() {
        let slab = Slab::new();
        let places: Vec<At> = (0..5_000).map(|value| slab.push(value).expect("room")).collect();
        let read = |at: &At| slab.get(*at).copied();
        assert!(places.iter().map(read).eq((0..5_000).map(Some)));
    }

    #[test]
    fn where_nothing_was_put_nothing_is() {
        let slab = Slab::new();
        slab.push(1).expect("room");
        assert_eq!(slab.get(At(1)), None);
        assert_eq!(slab.get(At(u32::MAX)), None);
    }
}
