//! The state of a key as a small number.
//!
//! Must not change a number: files in the field hold them. Below 20 a key can still work, and
//! below 30 it is listed; the indexes of the table rely on it.

use domain::key::{DisabledCause, ExpiredCause, KeyState};

/// The number that is stored.
pub(crate) const fn number(state: KeyState) -> i64 {
    match state {
        KeyState::Enabled => 0,
        KeyState::Disabled(DisabledCause::Manual) => 10,
        KeyState::Disabled(DisabledCause::LackOfUse) => 11,
        KeyState::Disabled(DisabledCause::OwnerArrangementChanged) => 12,
        KeyState::Expired(ExpiredCause::Date) => 20,
        KeyState::Expired(ExpiredCause::LackOfUse) => 21,
        KeyState::Deleted => 30,
    }
}

/// The state with this number.
pub(crate) const fn from_number(number: i64) -> Option<KeyState> {
    match number {
        0 => Some(KeyState::Enabled),
        10 => Some(KeyState::Disabled(DisabledCause::Manual)),
        11 => Some(KeyState::Disabled(DisabledCause::LackOfUse)),
        12 => Some(KeyState::Disabled(DisabledCause::OwnerArrangementChanged)),
        20 => Some(KeyState::Expired(ExpiredCause::Date)),
        21 => Some(KeyState::Expired(ExpiredCause::LackOfUse)),
        30 => Some(KeyState::Deleted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_was_given_out_is_read_back_as_the_same_state() {
        let states = (-1..=40).filter_map(|n| from_number(n).map(|state| (n, state)));
        let states: Vec<_> = states.collect();
        assert_eq!(states.len(), 7);
        assert!(states.iter().all(|(n, state)| number(*state) == *n));
    }
}
