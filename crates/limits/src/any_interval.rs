//! At most so many in any interval of a length: every one that was counted is remembered, for just
//! as long as it counts.
//!
//! Must not estimate: with fewer numbers than this, some interval holds more than its limit.

/// The instants of what counts, in the order of time, in a ring that is made once.
#[derive(Debug)]
pub(crate) struct AnyInterval {
    /// Microseconds; as many places as the limit.
    ring: Box<[u64]>,
    /// Where the oldest is.
    first: usize,
    len: usize,
}

impl AnyInterval {
    pub(crate) fn new(at_most: u32) -> Self {
        Self { ring: vec![0; at_most as usize].into(), first: 0, len: 0 }
    }

    /// Forgets what is as old as the interval is long, or older.
    pub(crate) fn forget(&mut self, now_us: u64, length_us: u64) {
        while self.len > 0 && self.ring[self.first] + length_us <= now_us {
            self.first = self.at(1);
            self.len -= 1;
        }
    }

    /// How much is left of the limit.
    pub(crate) fn remaining(&self) -> u32 {
        // The ring has as many places as the limit, which is no larger than a `u32`.
        u32::try_from(self.ring.len() - self.len).unwrap_or(0)
    }

    /// In how many microseconds a request of this cost fits; zero if it does now.
    pub(crate) fn fits_in_us(&self, cost: u32, now_us: u64, length_us: u64) -> u64 {
        let too_many = (self.len + cost as usize).saturating_sub(self.ring.len());
        match too_many.checked_sub(1) {
            None => 0,
            Some(last) => self.ring[self.at(last)] + length_us - now_us,
        }
    }

    /// In how many microseconds the oldest is forgotten; zero if there is none.
    pub(crate) fn resets_in_us(&self, now_us: u64, length_us: u64) -> u64 {
        if self.len == 0 { 0 } else { self.ring[self.first] + length_us - now_us }
    }

    /// Remembers a request that fits.
    pub(crate) fn remember(&mut self, cost: u32, now_us: u64) {
        for _ in 0..cost {
            let next = self.at(self.len);
            self.ring[next] = now_us;
            self.len += 1;
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The place so many behind the oldest; a division would take longer.
    const fn at(&self, behind: usize) -> usize {
        let at = self.first + behind;
        if at < self.ring.len() { at } else { at - self.ring.len() }
    }
}
