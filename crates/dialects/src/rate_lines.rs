//! The header lines that say where limits stand: those of the IETF's draft, for every dialect, and
//! what a dialect's own lines are made from.
//!
//! `RateLimit-Policy` names every limit that the request was about, `RateLimit` the tightest, as
//! draft-ietf-httpapi-ratelimit-headers-11 writes them. Must not tell of a limit that refuses
//! nobody.

use std::fmt::Write as _;

use domain::limit::{LimitMode, LimitStanding};
use domain::time::Timestamp;
use http::{HeaderName, HeaderValue};

static POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
static STATE: HeaderName = HeaderName::from_static("ratelimit");
/// What the draft calls requests that are under way at once.
const AT_ONCE: &str = ";qu=\"concurrent-requests\"";
/// Most lines of an answer about limits.
const LINES_MAX: usize = 5;
/// Bytes of a line about one limit or two: asked for at once, and not piece by piece.
const TEXT_USUAL: usize = 96;

/// Header lines.
pub(crate) type Lines = Vec<(HeaderName, HeaderValue)>;

/// The limit that is used up first, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tightest {
    /// The whole budget.
    pub(crate) limit: u32,
    /// What is left of it.
    pub(crate) remaining: u32,
    /// In how many milliseconds something comes back.
    pub(crate) resets_in_ms: u64,
}

impl Tightest {
    /// The same in whole seconds, rounded up.
    pub(crate) const fn resets_in_s(self) -> u64 {
        self.resets_in_ms.div_ceil(1_000)
    }

    /// The instant, in whole seconds since the Unix epoch, rounded up.
    pub(crate) fn resets_at_s(self, at: Timestamp) -> u64 {
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(0);
        at_ms.saturating_add(self.resets_in_ms).div_ceil(1_000)
    }
}

/// The draft's lines, and the tightest limit that is a matter of time, if any is.
pub(crate) fn of(
    standings: &mut dyn Iterator<Item = LimitStanding<'_>>,
) -> (Lines, Option<Tightest>) {
    let mut policy = String::with_capacity(TEXT_USUAL);
    let mut tightest: Option<LimitStanding<'_>> = None;
    for standing in standings.filter(|standing| standing.rule.mode == LimitMode::Enforced) {
        name(&mut policy, &standing);
        if tightest.is_none_or(|known| rank(&standing) < rank(&known)) {
            tightest = Some(standing);
        }
    }
    let mut lines = Lines::with_capacity(LINES_MAX);
    let Some(standing) = tightest else { return (lines, None) };
    let LimitStanding { rule, remaining, resets_in_ms, .. } = standing;
    let mut state = String::with_capacity(TEXT_USUAL);
    // Memory takes all that is written.
    let _ = write!(state, "\"{}\";r={remaining}", rule.name);
    let timed =
        resets_in_ms.map(|ms| Tightest { limit: rule.at_most, remaining, resets_in_ms: ms });
    if let Some(timed) = timed {
        let _ = write!(state, ";t={}", timed.resets_in_s());
    }
    lines.extend([line(&POLICY, policy), line(&STATE, state)]);
    (lines, timed)
}

/// Writes what the limit is.
fn name(policy: &mut String, standing: &LimitStanding<'_>) {
    let rule = standing.rule;
    let comma = if policy.is_empty() { "" } else { ", " };
    let _ = write!(policy, "{comma}\"{}\";q={}", rule.name, rule.at_most);
    let _ = match rule.kind.length_s() {
        Some(length_s) => write!(policy, ";w={length_s}"),
        None => policy.write_str(AT_ONCE),
    };
}

/// What is a matter of time comes first, then whatever has less left, then what takes longer.
const fn rank(standing: &LimitStanding<'_>) -> (bool, u32, u64) {
    let wait = match standing.resets_in_ms {
        Some(ms) => u64::MAX - ms,
        None => u64::MAX,
    };
    (standing.resets_in_ms.is_none(), standing.remaining, wait)
}

/// A line with this number.
pub(crate) fn number(name: &HeaderName, number: u64) -> (HeaderName, HeaderValue) {
    (name.clone(), HeaderValue::from(number))
}

fn line(name: &HeaderName, text: String) -> (HeaderName, HeaderValue) {
    // Names of limits are a few plain letters.
    let value = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    (name.clone(), value)
}
