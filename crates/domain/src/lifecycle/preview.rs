//! What will happen to a key, step by step, if nobody uses it any more.
//!
//! Asks the same question as a sweep, at each instant at which a sweep would find something. Must
//! not say what is due by rules of its own.

use jiff::tz::TimeZone;

use super::due::{Aging, StepDone, look};
use super::policy::{Stages, WARNINGS_MAX};
use super::step::Step;
use crate::time::Timestamp;

/// More looks than any policy gives a key something to do: every warning, the disabling and the end,
/// and as many at which there is nothing.
const LOOKS_MAX: usize = 4 * (WARNINGS_MAX + 2);

/// A step that will be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coming {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub step: Step,
}

/// The steps that a key takes from this instant until that one, both included, in their order; those
/// that are owed already are taken at once.
#[must_use]
pub fn coming(
    stages: &Stages,
    zone: &TimeZone,
    key: &Aging<'_>,
    from: Timestamp,
    until: Timestamp,
) -> Vec<Coming> {
    let (mut state, mut done) = (key.state, key.done.to_vec());
    let (mut at, mut coming) = (from, Vec::new());
    for _ in 0..LOOKS_MAX {
        let look = look(stages, zone, &Aging { state, done: &done, ..*key }, at);
        for step in look.due {
            state = state.aged(step);
            done.push(StepDone { step, at });
            coming.push(Coming { at, step });
        }
        match look.next {
            Some(next) if next <= until => at = next.max(at),
            Some(_) | None => break,
        }
    }
    coming
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{ExpiredCause, KeyState};
    use crate::lifecycle::{StagesDraft, Wait, WarningTime};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("an instant")
    }

    fn stages(disable: Option<Wait>) -> Stages {
        let draft = StagesDraft {
            disable,
            warnings: vec![
                WarningTime::After(Wait::Months(4)),
                WarningTime::After(Wait::Months(5)),
                WarningTime::BeforeExpiry { days: 7 },
            ],
            expire: Some(Wait::Months(6)),
            notice_days: 7,
        };
        Stages::new(draft).expect("stages that fit together")
    }

    #[track_caller]
    fn check(stages: &Stages, key: &Aging<'_>, from: &str, until: &str, expected: &[(&str, &str)]) {
        let found = coming(stages, &TimeZone::UTC, key, at(from), at(until));
        let found: Vec<(String, String)> = found
            .iter()
            .map(|coming| (coming.at.to_rfc3339()[..10].to_owned(), coming.step.to_string()))
            .collect();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(day, step)| ((*day).to_owned(), (*step).to_owned())).collect();
        assert_eq!(found, expected);
    }

    const KEY: Aging<'static> = Aging {
        state: KeyState::Enabled,
        idle_since: Timestamp::from_millis(1_767_268_800_000), // 2026-01-01T12:00:00Z
        expires_at: None,
        done: &[],
    };

    #[test]
    fn a_whole_life_is_told_in_order_and_only_as_far_as_asked() {
        let life = [
            ("2026-04-01", "disable"),
            ("2026-05-01", "warn:4m"),
            ("2026-06-01", "warn:5m"),
            ("2026-06-24", "warn:-7d"),
            ("2026-07-01", "expire"),
        ];
        let stages = stages(Some(Wait::Months(3)));
        check(&stages, &KEY, "2026-01-02T00:00:00Z", "2027-01-01T00:00:00Z", &life);
        check(&stages, &KEY, "2026-01-02T00:00:00Z", "2026-05-01T12:00:00Z", &life[..2]);
        check(&stages, &KEY, "2026-01-02T00:00:00Z", "2026-05-01T11:59:59Z", &life[..1]);
        check(&stages, &KEY, "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", &[]);
        let white_label = stages.without_disabling();
        check(&white_label, &KEY, "2026-01-02T00:00:00Z", "2027-01-01T00:00:00Z", &life[1..]);
    }

    #[test]
    fn a_date_of_its_own_ends_it_and_nobody_is_warned() {
        let key = Aging { expires_at: Some(at("2026-05-15T00:00:00Z")), ..KEY };
        let steps = [("2026-04-01", "disable"), ("2026-05-15", "date")];
        let stages = stages(Some(Wait::Months(3)));
        check(&stages, &key, "2026-01-02T00:00:00Z", "2027-01-01T00:00:00Z", &steps);
    }

    #[test]
    fn what_is_owed_is_taken_at_once_and_the_end_waits_for_its_notice() {
        let steps =
            [("2026-08-01", "disable"), ("2026-08-01", "warn:-7d"), ("2026-08-08", "expire")];
        let stages = stages(Some(Wait::Months(3)));
        check(&stages, &KEY, "2026-08-01T00:00:00Z", "2027-01-01T00:00:00Z", &steps);
    }

    #[test]
    fn what_is_over_or_never_ages_has_nothing_coming() {
        for state in [KeyState::Deleted, KeyState::Expired(ExpiredCause::Date)] {
            let key = Aging { state, ..KEY };
            let stages = stages(Some(Wait::Months(3)));
            check(&stages, &key, "2026-01-02T00:00:00Z", "2199-01-01T00:00:00Z", &[]);
        }
        check(&Stages::default(), &KEY, "2026-01-02T00:00:00Z", "2199-01-01T00:00:00Z", &[]);
    }
}
