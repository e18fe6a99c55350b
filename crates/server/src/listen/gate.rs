//! Counts the open connections of a listener, in total and by address.
//!
//! Asked once for each connection, never for a request. Must not remember an address that has no
//! connection.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::ConnectionLimits;

/// Parts of the table of addresses, each with a lock of its own.
const SHARDS: usize = 16;

type Shard = Mutex<HashMap<Neighbour, usize>>;

/// Whom connections are counted for: an address, or a /64 of IPv6, which is what one customer of
/// a provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Neighbour {
    V4([u8; 4]),
    V6([u8; 8]),
}

impl Neighbour {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

/// The count of one listener, shared by its threads.
#[derive(Debug)]
pub(super) struct Gate {
    total_max: usize,
    total: AtomicUsize,
    each_max: Option<usize>,
    each: [Shard; SHARDS],
    hasher: RandomState,
}

/// A place at the gate; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    gate: Arc<Gate>,
    neighbour: Neighbour,
}

impl Gate {
    pub(super) fn new(limits: &ConnectionLimits) -> Arc<Self> {
        Arc::new(Self {
            total_max: limits.connections_max,
            total: AtomicUsize::new(0),
            each_max: limits.connections_per_address_max,
            each: std::array::from_fn(|_| Shard::default()),
            hasher: RandomState::new(),
        })
    }

    /// A place for a connection from this address, if there is one.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Slot> {
        let neighbour = Neighbour::of(peer);
        if self.total.fetch_add(1, Ordering::Relaxed) >= self.total_max || !self.count(neighbour) {
            self.total.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Slot { gate: Arc::clone(self), neighbour })
    }

    fn count(&self, neighbour: Neighbour) -> bool {
        let Some(each_max) = self.each_max else { return true };
        let mut shard = self.shard(neighbour);
        let count = shard.entry(neighbour).or_insert(0);
        if *count >= each_max {
            return false;
        }
        *count += 1;
        true
    }

    fn leave(&self, neighbour: Neighbour) {
        self.total.fetch_sub(1, Ordering::Relaxed);
        if self.each_max.is_none() {
            return;
        }
        let mut shard = self.shard(neighbour);
        if let Some(count) = shard.get_mut(&neighbour) {
            *count -= 1;
            if *count == 0 {
                shard.remove(&neighbour);
            }
        }
    }

    fn shard(&self, neighbour: Neighbour) -> MutexGuard<'_, HashMap<Neighbour, usize>> {
        let at = usize::try_from(self.hasher.hash_one(neighbour) % SHARDS as u64).unwrap_or(0);
        // A count is changed in one step, so a panic elsewhere leaves none half-done.
        self.each[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.gate.leave(self.neighbour);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn gate(total: usize, each: Option<usize>) -> Arc<Gate> {
        let second = Duration::from_secs(1);
        Gate::new(&ConnectionLimits {
            header_bytes_max: 16_384,
            header_lines_max: 100,
            connections_max: total,
            connections_per_address_max: each,
            first_byte_deadline: second,
            header_deadline: second,
            idle_deadline: second,
            unread_deadline: second,
        })
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_place_is_free_again_when_its_connection_ends() {
        let gate = gate(2, None);
        let first = gate.enter(address("192.0.2.1"));
        let second = gate.enter(address("192.0.2.2"));
        assert!(first.is_some() && second.is_some());
        assert!(gate.enter(address("192.0.2.3")).is_none());
        drop(first);
        assert!(gate.enter(address("192.0.2.3")).is_some());
    }

    #[test]
    fn one_address_cannot_take_all_places() {
        let gate = gate(10, Some(1));
        for (one, same, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
        ] {
            let held = gate.enter(address(one));
            assert!(held.is_some());
            assert!(gate.enter(address(same)).is_none(), "{same}");
            assert!(gate.enter(address(other)).is_some(), "{other}");
        }
        let remembered = gate.each.iter().map(|shard| shard.lock().expect("a shard").len());
        assert_eq!(remembered.sum::<usize>(), 0);
    }
}
