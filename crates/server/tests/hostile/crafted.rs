//! Requests that are made so that the tables of a server serve them worse than others.
//!
//! What they cost is counted beside what as many ordinary ones cost, in the same run and on the same
//! server. Must not send more bytes for the one than for the other.

use domain::key_text::Kid;

use crate::careless::{Careless, Kind};
use crate::forged::{Forger, TOGETHER, request, together};
use crate::place::Place;
use crate::target::{Fault, Judgement, MIB, Target};

/// Requests of each kind in one round.
const COUNT: usize = 10_000;
/// Rounds, the kinds in turns, so that what else the machine does falls on both.
const ROUNDS: usize = 3;
/// How much more crafted requests may cost than ordinary ones. They cost the same; the rest is room
/// for a loaded machine, and a careless server goes far beyond it.
const TIMES_MAX: u64 = 2;
/// What all of them may leave behind.
const COST_MAX: u64 = 16 * MIB;
/// Where a forged key's public id ends; beyond it, it would have one letter more.
const KIDS: u128 = 62_u128.pow(17);

/// The same bits as another public id where the keyring looks for both, whatever its size: the halves
/// of an id are folded into one another.
fn twin(of: Kid, number: u64) -> Kid {
    let folded = fold(of.as_u128());
    let high = number % u64::try_from(KIDS >> 64).expect("less than 64 bits");
    let low = folded ^ high.rotate_left(32);
    Kid::from_u128((u128::from(high) << 64) | u128::from(low))
}

/// What the keyring makes of a public id before it spreads it (`engine/src/keyring/table.rs`).
pub(crate) fn fold(number: u128) -> u64 {
    let low = u64::try_from(number & u128::from(u64::MAX)).expect("64 bits");
    low ^ u64::try_from(number >> 64).expect("64 bits").rotate_left(32)
}

/// The public id in a key's text.
fn kid(key: &str) -> Kid {
    let letters = key.len() - 32 - 6 - 17;
    Kid::parse(&key.as_bytes()[letters..letters + 17]).expect("a public id")
}

/// So many requests with keys that these ids are made for; all of them are refused.
fn ask(target: &Target, mut key: impl FnMut() -> String) -> Judgement {
    let mut stream = target.connect();
    for _ in 0..COUNT / TOGETHER {
        let mut requests = String::new();
        for _ in 0..TOGETHER {
            request(&mut requests, &key(), "", "");
        }
        together(&mut stream, &requests, TOGETHER, "401")?;
    }
    Ok(())
}

/// Forged keys that all fall into one place cost what other forged keys cost, and leave nothing.
fn in_one_place(target: &Target, of: Kid) -> Judgement {
    let memory = target.memory();
    let (mut forger, mut ordinary, mut crafted) = (Forger::new(1), 0, 0);
    for _ in 0..ROUNDS {
        ordinary += target.spends(|| ask(target, || forger.key()))?;
        crafted += target.spends(|| {
            ask(target, || {
                let twin = twin(of, forger.chance().next());
                forger.key_with(twin)
            })
        })?;
    }
    memory.grew_by_at_most(COST_MAX)?;
    let most = TIMES_MAX * ordinary;
    if crafted > most { Err(Fault::Spent(crafted, most)) } else { target.serves() }
}

#[test]
fn forged_keys_that_fall_into_one_place_cost_no_more_than_others() {
    // With limits, whose counters are for keys that were found.
    let place = Place::with(&[("CHAVEIRO__REALM__PAYMENTS__LIMITS", "preset")]);
    let known = kid(&place.target.key);
    assert_eq!(fold(twin(known, 7).as_u128()), fold(known.as_u128()), "the test needs twins");
    assert_eq!(in_one_place(&place.target, known), Ok(()));

    let chains = Careless::new(Kind::Chains);
    let fault = in_one_place(&chains.target, known);
    assert!(matches!(fault, Err(Fault::Spent(..))), "{fault:?}");
}
