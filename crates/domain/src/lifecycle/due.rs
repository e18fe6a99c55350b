//! What is due for a key at an instant, when to look again, and when the key will expire.
//!
//! A function of its arguments: asked twice it says the same, and asked late it says what is still
//! owed. Must not do anything about it.

use jiff::tz::TimeZone;

use super::calendar::{DAY_MS, after};
use super::policy::{Stages, WarningTime};
use super::step::Step;
use crate::key::KeyState;
use crate::time::Timestamp;

/// A step that was done for a key in its present idle time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepDone {
    /// Which.
    pub step: Step,
    /// When.
    pub at: Timestamp,
}

/// What ageing needs to know of a key.
#[derive(Clone, Copy, Debug)]
pub struct Aging<'a> {
    /// Its state as it is stored.
    pub state: KeyState,
    /// Since when nobody has made it, used it or switched it on.
    pub idle_since: Timestamp,
    /// When it ends by its own date.
    pub expires_at: Option<Timestamp>,
    /// What was done since then; steps of earlier idle times are not among them.
    pub done: &'a [StepDone],
}

/// The answer to a look at a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What is due, in the order in which it is to be done.
    pub due: Vec<Step>,
    /// When to look again, once that is done; `None` for never.
    pub next: Option<Timestamp>,
}

/// Looks at a key at this instant.
///
/// After an outage of ours the latest warning that is due is given and no earlier one, and the key
/// expires when it has been warned for as long as the policy says. A key with an expiry date of its
/// own is switched off like any other, but it is its date that ends it.
#[must_use]
pub fn look(stages: &Stages, zone: &TimeZone, key: &Aging<'_>, now: Timestamp) -> Look {
    match key.state {
        KeyState::Expired(_) | KeyState::Deleted => return Look::default(),
        KeyState::Enabled | KeyState::Disabled(_) => {}
    }
    if key.expires_at.is_some_and(|date| date <= now) {
        return Look { due: vec![Step::ExpireByDate], next: None };
    }
    let end = End::of(stages, zone, key);
    let expiry = end.as_ref().map(|end| end.expiry(now));
    if expiry.is_some_and(|expiry| expiry <= now) {
        return Look { due: vec![Step::Expire], next: None };
    }
    let disable = disabling(stages, zone, key);
    let warning = end.as_ref().and_then(|end| end.owed(now));
    let due_now = disable.filter(|at| *at <= now).map(|_| Step::Disable);
    let due = due_now.into_iter().chain(warning.map(Step::Warn)).collect();
    let warnings = end.iter().flat_map(|end| end.warnings.iter().map(|(at, _)| *at));
    let later = warnings.chain(disable).filter(|at| *at > now);
    Look { due, next: later.chain(expiry).chain(key.expires_at).min() }
}

/// When the key expires for lack of use, if nobody uses it any more; `None` where that will not end
/// it. What is owed to it counts as done at this instant.
#[must_use]
pub fn projected_expiry(
    stages: &Stages,
    zone: &TimeZone,
    key: &Aging<'_>,
    now: Timestamp,
) -> Option<Timestamp> {
    match key.state {
        KeyState::Enabled | KeyState::Disabled(_) => {
            End::of(stages, zone, key).map(|end| end.expiry(now))
        }
        KeyState::Expired(_) | KeyState::Deleted => None,
    }
}

/// When the key is switched off; `None` where that will not happen.
fn disabling(stages: &Stages, zone: &TimeZone, key: &Aging<'_>) -> Option<Timestamp> {
    let was_done = key.done.iter().any(|done| done.step == Step::Disable);
    match key.state {
        KeyState::Enabled if !was_done => {
            stages.disable().map(|wait| after(key.idle_since, wait, zone))
        }
        KeyState::Enabled | KeyState::Disabled(_) | KeyState::Expired(_) | KeyState::Deleted => {
            None
        }
    }
}

/// How lack of use ends a key.
struct End {
    /// When it expires if it was warned in time.
    nominal: Timestamp,
    /// How long before that it has to be warned.
    notice_ms: i64,
    /// All warnings in the order of their instants.
    warnings: Vec<(Timestamp, WarningTime)>,
    /// When warnings were given.
    given: Vec<Timestamp>,
}

impl End {
    /// `None` for a key that lack of use does not end.
    fn of(stages: &Stages, zone: &TimeZone, key: &Aging<'_>) -> Option<Self> {
        let wait = stages.expire().filter(|_| key.expires_at.is_none())?;
        let nominal = after(key.idle_since, wait, zone);
        let instant = |time: &WarningTime| (time.instant(key.idle_since, nominal, zone), *time);
        let mut warnings: Vec<_> = stages.warnings().iter().map(instant).collect();
        warnings.sort_by_key(|(at, _)| *at);
        let given = key.done.iter().filter(|done| matches!(done.step, Step::Warn(_)));
        let given = given.map(|done| done.at).collect();
        let notice_ms = i64::from(stages.notice_days()) * DAY_MS;
        Some(Self { nominal, notice_ms, warnings, given })
    }

    /// The warning that has to be given now: the latest one that is due, unless somebody was warned
    /// since it became due.
    fn owed(&self, now: Timestamp) -> Option<WarningTime> {
        let (at, warning) = self.warnings.iter().rfind(|(at, _)| *at <= now)?;
        (!self.given.iter().any(|given| given >= at)).then_some(*warning)
    }

    /// When the key expires: not before the last warning that has to be heard is old enough.
    fn expiry(&self, now: Timestamp) -> Timestamp {
        let Some((last_call, _)) = self.last_call() else { return self.nominal };
        let heard = self.given.iter().filter(|given| *given >= last_call).min().copied();
        let heard = heard.unwrap_or_else(|| now.max(*last_call));
        self.nominal.max(heard.plus_millis(self.notice_ms))
    }

    /// The last warning that comes early enough; later ones only remind of it. `None` where keys
    /// expire without being warned.
    fn last_call(&self) -> Option<&(Timestamp, WarningTime)> {
        if self.notice_ms == 0 {
            return None;
        }
        let early_enough = |at: Timestamp| at.plus_millis(self.notice_ms) <= self.nominal;
        // In a zone that leaves out a day none may be; then the first has to do.
        self.warnings.iter().rfind(|(at, _)| early_enough(*at)).or_else(|| self.warnings.first())
    }
}
