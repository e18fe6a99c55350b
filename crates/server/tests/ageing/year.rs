//! What happens to whom on which day, as a person would write it down.
//!
//! Must not be computed: it is what the computed is held against.

/// What the clock shows at the beginning. It lies ahead of every clock on which this runs, and there is
/// no leap day in the year.
pub(crate) const START: &str = "2041-01-14T12:00:00Z";
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Days from one stop to the next. What waits for a receiver is kept for 14.
const STEP: usize = 9;
const DAYS: i64 = 366;

/// Days on which somebody does something besides sweeping.
pub(crate) const SWITCHED_OFF: i64 = 20;
pub(crate) const ENDS_BY_DATE: i64 = 100;
pub(crate) const SWITCHED_ON: i64 = 110;
pub(crate) const USED_IN_WARNING: i64 = 130;

/// Days on which the clock stops.
pub(crate) fn stops() -> Vec<i64> {
    let acts = [SWITCHED_OFF, SWITCHED_ON, USED_IN_WARNING, DAYS];
    let mut stops: Vec<i64> = (0..DAYS).step_by(STEP).chain(acts).collect();
    stops.sort_unstable();
    stops
}

pub(crate) const BUSY: &str = "root: used all the time";
pub(crate) const IDLE: &str = "root: never used";
pub(crate) const DATED: &str = "root: with a date of its own";
pub(crate) const SUB: &str = "sub: never used";
pub(crate) const OFF: &str = "sub: switched off by hand";
pub(crate) const BACK: &str = "sub: switched on again";
pub(crate) const WHITE: &str = "white label: never used";
pub(crate) const WARNED: &str = "white label: used after a warning";

/// The keys of each account, which begin with its name.
pub(crate) const ROOT_KEYS: [&str; 3] = [BUSY, IDLE, DATED];
pub(crate) const SUB_KEYS: [&str; 3] = [SUB, OFF, BACK];
pub(crate) const WHITE_KEYS: [&str; 2] = [WHITE, WARNED];

const CREATED: (&str, &str) = ("key.created", "ACCESS_TOKEN_CREATED");
const DISABLED: (&str, &str) = ("key.disabled", "ACCESS_TOKEN_DISABLED MANUAL");
const IDLE_TOO_LONG: (&str, &str) = ("key.disabled", "ACCESS_TOKEN_DISABLED LACK_OF_USE");
const ENABLED: (&str, &str) = ("key.enabled", "ACCESS_TOKEN_ENABLED");
const SOON: (&str, &str) = ("key.expiring_soon", "ACCESS_TOKEN_EXPIRING_SOON");
const EXPIRED: (&str, &str) = ("key.expired", "ACCESS_TOKEN_EXPIRED");

/// What people are written to of: what time does, and nothing that somebody did by hand.
pub(crate) const IN_LETTERS: [(&str, &str); 3] = [IDLE_TOO_LONG, SOON, EXPIRED];
/// Whose people are written to; those of white-label accounts are not.
pub(crate) const READERS: [&str; 2] = ["root", "sub"];

/// A day, what the trail says of it and what a receiver is told, and whose keys it is about.
pub(crate) type Line = (&'static str, (&'static str, &'static str), &'static [&'static str]);

pub(crate) const YEAR: [Line; 18] = [
    ("2041-01-14", CREATED, &[BUSY, IDLE, DATED, SUB, OFF, BACK, WHITE, WARNED]),
    ("2041-02-03", DISABLED, &[OFF]),
    ("2041-04-14", IDLE_TOO_LONG, &[IDLE, DATED, SUB, BACK]),
    ("2041-04-24", EXPIRED, &[DATED]),
    ("2041-05-04", ENABLED, &[BACK]),
    ("2041-05-14", SOON, &[IDLE, SUB, OFF, WHITE, WARNED]),
    ("2041-06-14", SOON, &[IDLE, SUB, OFF, WHITE]),
    ("2041-07-07", SOON, &[IDLE, SUB, OFF, WHITE]),
    ("2041-07-14", EXPIRED, &[IDLE, SUB, OFF, WHITE]),
    ("2041-08-04", IDLE_TOO_LONG, &[BACK]),
    ("2041-09-04", SOON, &[BACK]),
    ("2041-09-24", SOON, &[WARNED]),
    ("2041-10-04", SOON, &[BACK]),
    ("2041-10-24", SOON, &[WARNED]),
    ("2041-10-28", SOON, &[BACK]),
    ("2041-11-04", EXPIRED, &[BACK]),
    ("2041-11-17", SOON, &[WARNED]),
    ("2041-11-24", EXPIRED, &[WARNED]),
];
