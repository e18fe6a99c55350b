//! The few waits that have no event to wait for.
//!
//! Must not be used where a pipe, a socket or a process can be waited for.

use std::time::{Duration, Instant};

use testkit::chance::Seeded;

/// Asks again and again until there is an answer, at most for so long.
///
/// # Panics
/// There is none in time.
#[track_caller]
pub(crate) fn within<T>(limit: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(now() < until, "not within {limit:?}: {what}");
        pause(Duration::from_millis(50));
    }
}

/// Lets a random time pass, so that what follows happens at any moment of what goes on meanwhile.
pub(crate) fn any_moment(chance: &mut Seeded, below: Duration) {
    let nanos = u64::try_from(below.as_nanos()).expect("a short time");
    pause(Duration::from_nanos(chance.below(nanos)));
}

#[expect(clippy::disallowed_methods, reason = "a limit on a wait for another process")]
fn now() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing of another process's inside can be waited for"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
