//! The vectors of the rules, and what outages, switches and dates of their own change.

use jiff::tz::TimeZone;

use super::*;
use crate::key::{DisabledCause, ExpiredCause, KeyState};
use crate::time::Timestamp;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("an instant")
}

fn noon(day: &str) -> Timestamp {
    at(&format!("{day}T12:00:00Z"))
}

fn draft() -> StagesDraft {
    StagesDraft {
        disable: Some(Wait::Months(3)),
        warnings: vec![
            WarningTime::After(Wait::Months(4)),
            WarningTime::After(Wait::Months(5)),
            WarningTime::BeforeExpiry { days: 7 },
        ],
        expire: Some(Wait::Months(6)),
        notice_days: 7,
    }
}

fn stages() -> Stages {
    Stages::new(draft()).expect("stages that fit together")
}

const FOUR: Step = Step::Warn(WarningTime::After(Wait::Months(4)));
const FIVE: Step = Step::Warn(WarningTime::After(Wait::Months(5)));
const WEEK: Step = Step::Warn(WarningTime::BeforeExpiry { days: 7 });

/// A key that is looked at as a sweep does it: what is due is done.
struct Idle {
    stages: Stages,
    zone: TimeZone,
    state: KeyState,
    idle_since: Timestamp,
    expires_at: Option<Timestamp>,
    done: Vec<StepDone>,
}

impl Idle {
    fn since(idle_since: Timestamp) -> Self {
        Self {
            stages: stages(),
            zone: TimeZone::UTC,
            state: KeyState::Enabled,
            idle_since,
            expires_at: None,
            done: Vec::new(),
        }
    }

    fn aging(&self) -> Aging<'_> {
        let Self { state, idle_since, expires_at, .. } = *self;
        Aging { state, idle_since, expires_at, done: &self.done }
    }

    fn look(&mut self, now: Timestamp) -> Look {
        let look = look(&self.stages, &self.zone, &self.aging(), now);
        for step in &look.due {
            match step {
                Step::Disable => self.state = KeyState::Disabled(DisabledCause::LackOfUse),
                Step::Expire => self.state = KeyState::Expired(ExpiredCause::LackOfUse),
                Step::ExpireByDate => self.state = KeyState::Expired(ExpiredCause::Date),
                Step::Warn(_) => {}
            }
            self.done.push(StepDone { step: *step, at: now });
        }
        look
    }

    fn projected(&self, now: Timestamp) -> Option<Timestamp> {
        projected_expiry(&self.stages, &self.zone, &self.aging(), now)
    }

    /// Looks whenever it is said that something is due; what was done, with its day.
    fn live(&mut self, from: Timestamp) -> Vec<(Step, Timestamp)> {
        let mut now = Some(from);
        while let Some(instant) = now {
            now = self.look(instant).next;
            assert!(now.is_none_or(|next| next > instant), "the next look is not later");
        }
        self.done.iter().map(|done| (done.step, done.at)).collect()
    }
}

fn check(idle: &str, [disable, four, five, week, end]: [&str; 5]) {
    let mut key = Idle::since(noon(idle));
    let shown = key.projected(noon(idle));
    let lived = key.live(noon(idle));
    let expected = [
        (Step::Disable, noon(disable)),
        (FOUR, noon(four)),
        (FIVE, noon(five)),
        (WEEK, noon(week)),
        (Step::Expire, noon(end)),
    ];
    let mut expected = expected.to_vec();
    // Two warnings at one instant are one.
    expected.dedup_by(|later, earlier| {
        let same = later.1 == earlier.1;
        if same {
            earlier.0 = later.0;
        }
        same
    });
    assert_eq!(lived, expected, "{idle}");
    assert_eq!(shown, Some(noon(end)), "{idle}: what was shown is what happened");
}

#[test]
fn months_are_clamped_to_their_ends() {
    for (idle, days) in [
        ("2025-11-30", ["2026-02-28", "2026-03-30", "2026-04-30", "2026-05-23", "2026-05-30"]),
        ("2023-11-30", ["2024-02-29", "2024-03-30", "2024-04-30", "2024-05-23", "2024-05-30"]),
        ("2025-08-31", ["2025-11-30", "2025-12-31", "2026-01-31", "2026-02-21", "2026-02-28"]),
        ("2024-08-29", ["2024-11-29", "2024-12-29", "2025-01-29", "2025-02-21", "2025-02-28"]),
        ("2024-02-29", ["2024-05-29", "2024-06-29", "2024-07-29", "2024-08-22", "2024-08-29"]),
        ("2025-03-01", ["2025-06-01", "2025-07-01", "2025-08-01", "2025-08-25", "2025-09-01"]),
        ("2026-01-31", ["2026-04-30", "2026-05-31", "2026-06-30", "2026-07-24", "2026-07-31"]),
        ("2037-10-19", ["2038-01-19", "2038-02-19", "2038-03-19", "2038-04-12", "2038-04-19"]),
        ("2099-11-30", ["2100-02-28", "2100-03-30", "2100-04-30", "2100-05-23", "2100-05-30"]),
    ] {
        check(idle, days);
    }
}

#[test]
fn a_step_is_due_from_its_very_instant() {
    let mut key = Idle::since(noon("2026-01-31"));
    let before = key.look(noon("2026-04-30").plus_millis(-1));
    assert_eq!(before, Look { due: vec![], next: Some(noon("2026-04-30")) });
    let then = key.look(noon("2026-04-30"));
    assert_eq!(then, Look { due: vec![Step::Disable], next: Some(noon("2026-05-31")) });
    assert_eq!(key.look(noon("2026-04-30")).due, [], "asked again, nothing is due");
}

#[test]
fn an_outage_over_two_warnings_gives_the_latest_of_them() {
    let mut key = Idle::since(noon("2026-01-01"));
    let back = key.look(noon("2026-06-16"));
    assert_eq!(back.due, [Step::Disable, FIVE]);
    assert_eq!(back.next, Some(noon("2026-06-24")));
    let rest = key.live(noon("2026-06-24"));
    assert_eq!(rest[2..], [(WEEK, noon("2026-06-24")), (Step::Expire, noon("2026-07-01"))]);
}

#[test]
fn a_key_whose_time_passed_in_an_outage_is_warned_and_has_its_notice() {
    let mut key = Idle::since(noon("2026-01-01"));
    let back = noon("2026-08-10");
    assert_eq!(key.projected(back), Some(noon("2026-08-17")));
    assert_eq!(key.look(back).due, [Step::Disable, WEEK]);
    assert_eq!(key.projected(noon("2026-08-16")), Some(noon("2026-08-17")));
    let rest = key.live(noon("2026-08-11"));
    assert_eq!(rest[2..], [(Step::Expire, noon("2026-08-17"))]);
}

#[test]
fn an_early_warning_does_not_stand_for_the_last_one() {
    let mut key = Idle::since(noon("2026-01-01"));
    let _ = key.live_until(noon("2026-05-10"));
    assert_eq!(key.look(noon("2026-07-10")).due, [WEEK]);
    let rest = key.live(noon("2026-07-10").plus_millis(1));
    assert_eq!(rest.last(), Some(&(Step::Expire, noon("2026-07-17"))));
}

#[test]
fn reminders_after_the_last_call_do_not_put_the_end_off() {
    let mut wanted = draft();
    wanted.warnings.push(WarningTime::BeforeExpiry { days: 1 });
    let mut key = Idle::since(noon("2026-01-01"));
    key.stages = Stages::new(wanted).expect("stages that fit together");
    let lived = key.live(noon("2026-01-01"));
    let last = Step::Warn(WarningTime::BeforeExpiry { days: 1 });
    assert_eq!(lived[4..], [(last, noon("2026-06-30")), (Step::Expire, noon("2026-07-01"))]);
}

#[test]
fn a_key_that_was_switched_off_by_hand_is_warned_and_expires() {
    let mut key = Idle::since(noon("2026-01-01"));
    key.state = KeyState::Disabled(DisabledCause::Manual);
    let lived = key.live(noon("2026-01-02"));
    let steps: Vec<Step> = lived.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, [FOUR, FIVE, WEEK, Step::Expire]);
}

#[test]
fn a_use_begins_a_new_idle_time_and_the_old_one_is_over() {
    let mut key = Idle::since(noon("2026-01-01"));
    key.stages = stages().without_disabling();
    let _ = key.live_until(noon("2026-05-10"));
    assert_eq!(key.done.len(), 1);
    (key.idle_since, key.done) = (noon("2026-05-10"), Vec::new());
    let lived = key.live(noon("2026-05-10"));
    assert_eq!(lived[0], (FOUR, noon("2026-09-10")));
    assert_eq!(lived.len(), 4);
}

#[test]
fn a_key_with_a_date_of_its_own_is_switched_off_but_ended_by_its_date_alone() {
    for date in ["2026-02-01", "2026-06-15", "2027-01-01"] {
        let mut key = Idle::since(noon("2026-01-01"));
        key.expires_at = Some(noon(date));
        assert_eq!(key.projected(noon("2026-01-01")), None);
        let lived = key.live(noon("2026-01-01"));
        let disabled = (Step::Disable, noon("2026-04-01"));
        let ended = (Step::ExpireByDate, noon(date));
        let first = (date > "2026-04-01").then_some(disabled);
        assert_eq!(lived, first.into_iter().chain([ended]).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_over_is_never_looked_at_again() {
    for state in [KeyState::Deleted, KeyState::Expired(ExpiredCause::LackOfUse)] {
        let mut key = Idle::since(noon("2026-01-01"));
        key.state = state;
        key.expires_at = Some(noon("2026-02-01"));
        assert_eq!(key.look(noon("2030-01-01")), Look::default());
        assert_eq!(key.projected(noon("2026-01-02")), None);
    }
}

#[test]
fn a_switch_of_branding_repeats_nothing() {
    let (ordinary, white_label) = (stages(), stages().without_disabling());
    let mut key = Idle::since(noon("2026-01-01"));
    key.stages = white_label.clone();
    let _ = key.live_until(noon("2026-05-15"));
    key.stages = ordinary;
    assert_eq!(key.look(noon("2026-05-15")).due, [Step::Disable], "what was left out is done late");
    key.stages = white_label;
    let steps: Vec<Step> = key.live(noon("2026-05-16")).iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, [FOUR, Step::Disable, FIVE, WEEK, Step::Expire]);
}

#[test]
fn hours_that_clock_changes_leave_out_or_repeat_are_settled() {
    let mut key = Idle::since(at("2026-12-28T01:30:00Z"));
    key.zone = TimeZone::get("Europe/Lisbon").expect("a zone");
    // 28 March 2027, half past one at night: the clocks go from one to two.
    let first = key.live(at("2026-12-28T01:30:00Z"))[0];
    assert_eq!(first, (Step::Disable, at("2027-03-28T01:30:00Z")));
    key = Idle::since(at("2026-07-25T00:30:00Z"));
    key.zone = TimeZone::get("Europe/Lisbon").expect("a zone");
    // 25 October 2026, half past one at night, which comes twice.
    let first = key.live(at("2026-07-25T00:30:00Z"))[0];
    assert_eq!(first, (Step::Disable, at("2026-10-25T00:30:00Z")));
}

#[test]
fn waits_beyond_the_last_instant_end_there() {
    let key = Idle::since(Timestamp::LATEST);
    assert_eq!(key.projected(Timestamp::LATEST.plus_millis(-1)), Some(Timestamp::LATEST));
}

fn refused(change: impl FnOnce(&mut StagesDraft)) -> String {
    let mut draft = draft();
    change(&mut draft);
    Stages::new(draft).expect_err("a contradiction").to_string()
}

#[test]
fn contradictions_are_refused_with_what_to_do() {
    let after = |months| WarningTime::After(Wait::Months(months));
    for (sentence, said) in [
        (refused(|d| d.disable = Some(Wait::Months(6))), "expire after 6 months already"),
        (refused(|d| d.warnings = vec![after(6)]), "does not lie between"),
        (refused(|d| d.warnings = vec![]), "without a warning: add one"),
        (refused(|d| d.warnings.push(after(4))), "is there twice"),
        (refused(|d| d.expire = None), "keys never expire: add `expire`"),
        (refused(|d| d.notice_days = 90), "no warning comes 90 days before"),
        (refused(|d| d.notice_days = 366), "365 days at most"),
        (refused(|d| d.disable = Some(Wait::Days(0))), "`0 days` is out of range"),
        (refused(|d| d.expire = Some(Wait::Months(121))), "`121 months` is out of range"),
        (refused(|d| d.warnings.extend((1..=6).map(after))), "8 at most"),
        // Six months from 31 August are 181 days, and from 1 March 184.
        (refused(|d| d.warnings = vec![WarningTime::After(Wait::Days(176))]), "last used on"),
    ] {
        assert!(sentence.contains(said), "{sentence}");
    }
}

#[test]
fn keys_may_expire_without_a_warning_only_where_that_is_said() {
    let draft = StagesDraft { warnings: vec![], notice_days: 0, ..draft() };
    let mut key = Idle::since(noon("2026-01-01"));
    key.stages = Stages::new(draft).expect("stages that fit together");
    assert_eq!(key.look(noon("2026-09-01")).due, [Step::Expire]);
}

#[test]
fn a_policy_of_nothing_looks_at_dates_alone() {
    let mut key = Idle::since(noon("2026-01-01"));
    key.stages = Stages::default();
    assert_eq!(key.look(noon("2036-01-01")), Look::default());
    key.expires_at = Some(noon("2040-01-01"));
    assert_eq!(key.look(noon("2036-01-01")).next, key.expires_at);
}

#[test]
fn every_step_survives_its_name() {
    let days = Step::Warn(WarningTime::After(Wait::Days(90)));
    for step in [Step::Disable, FOUR, days, WEEK, Step::Expire, Step::ExpireByDate] {
        assert_eq!(Step::parse(&step.to_string()), Ok(step));
    }
    for name in
        ["", "warn:", "warn:m", "warn:04m", "warn:+4m", "warn:-7m", "Disable", "warn:70000d"]
    {
        assert_eq!(Step::parse(name), Err(NotAStep), "{name}");
    }
}

#[test]
fn other_policies_have_other_fingerprints() {
    let policy = |ordinary: Stages| LifecyclePolicy { ordinary, white_label: Stages::default() };
    let utc = policy(stages()).fingerprint(&TimeZone::UTC);
    let zone = TimeZone::get("America/Sao_Paulo").expect("a zone");
    assert_ne!(utc, policy(stages()).fingerprint(&zone));
    assert_ne!(utc, policy(stages().without_disabling()).fingerprint(&TimeZone::UTC));
    assert_eq!(utc, policy(stages()).fingerprint(&TimeZone::UTC));
}

impl Idle {
    /// The same, but not beyond this instant.
    fn live_until(&mut self, end: Timestamp) -> Option<Timestamp> {
        let mut now = self.look(self.idle_since).next;
        while let Some(instant) = now.filter(|instant| *instant <= end) {
            now = self.look(instant).next;
        }
        now
    }
}
