//! Limits of the AutoSend contract (section 1.5): two requests a second and fifty a minute for each
//! key, and the `X-RateLimit-*` lines of every answer.
//!
//! Must not count.

use domain::limit::{LimitKind, LimitName, LimitPer, LimitRule, LimitRules, LimitStanding};
use domain::time::Timestamp;
use http::HeaderName;

use crate::rate_lines::{self, Lines, number};

/// The vendor's seed has both; one of its pages has the first alone.
const LIMITS: [(&str, u32, u32); 2] = [("second", 2, 1), ("minute", 50, 60)];

static LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
/// Seconds since the Unix epoch.
static RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The limits of the contract.
pub(super) fn preset() -> LimitRules {
    let rule = |(name, at_most, length_s)| {
        LimitRule::of(
            LimitName::parse(name).expect("the table holds names"),
            LimitPer::Key,
            at_most,
            LimitKind::AnyInterval { length_s },
        )
    };
    LimitRules::new(LIMITS.map(rule)).expect("the table holds limits that can be held")
}

/// The draft's lines and the vendor's, which tell of the tightest limit.
pub(super) fn lines(
    standings: &mut dyn Iterator<Item = LimitStanding<'_>>,
    at: Timestamp,
) -> Lines {
    let (mut lines, tightest) = rate_lines::of(standings);
    if let Some(tightest) = tightest {
        lines.extend([
            number(&LIMIT, tightest.limit.into()),
            number(&REMAINING, tightest.remaining.into()),
            number(&RESET, tightest.resets_at_s(at)),
        ]);
    }
    lines
}
