//! Whether a group waits for those who are likely to come again.
//!
//! Where a commit takes the disk long, it is worth a moment to have them in this one. Where it does
//! not, they come while it runs, and waiting would only let the disk rest. Must not let a lone caller
//! wait, nor read a clock.

use std::time::Duration;

/// How long a group waits for one more command that is likely to come.
pub(super) const MOMENT: Duration = Duration::from_micros(300);

/// Most such waits of one group.
pub(super) const WAITS_MAX: usize = 32;

/// A disk that takes a commit longer than this is slow: callers come back sooner.
const LONG_US: u64 = 1_000;

/// How it went with the last group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// How many commands it had.
    pub(super) group: usize,
    /// How long its commit took, in microseconds, without its commands; 0 where it was given up.
    pub(super) on_disk_us: u64,
}

impl Pace {
    /// How many commands the next group waits for: the callers of the last one are likely to come
    /// again.
    pub(super) const fn awaited(&self) -> usize {
        if self.on_disk_us > LONG_US { self.group } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_slow_disk_is_waited_for() {
        assert_eq!(Pace { group: 16, on_disk_us: 5_000 }.awaited(), 16);
    }

    #[test]
    fn a_quick_disk_is_not_left_to_rest() {
        assert_eq!(Pace { group: 16, on_disk_us: 250 }.awaited(), 1);
    }

    #[test]
    fn a_lone_caller_never_waits() {
        assert_eq!(Pace { group: 1, on_disk_us: 5_000 }.awaited(), 1);
        assert_eq!(Pace::default().awaited(), 1);
    }
}
