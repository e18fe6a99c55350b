//! The laws can fail: counters with one mistake break them, and honest ones of another make do not.

use crate::liar::{Liar, Lie};
use crate::schedule;

/// Every lie is found in far fewer.
const STEPS: usize = 20_000;

#[test]
fn honest_counters_of_another_make_keep_the_laws() {
    schedule::check(&Liar::honest(), 3, STEPS).expect("honest");
}

#[test]
fn every_lie_breaks_the_laws() {
    for lie in Lie::ALL {
        let found = schedule::check(&Liar::telling(lie), 3, STEPS);
        assert!(found.is_err(), "{lie:?} was believed for {STEPS} steps");
    }
}
