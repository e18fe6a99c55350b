//! Limits of the Asaas contract (section 8): a quota of twelve hours that opens at the first request,
//! reads at once, and the `RateLimit-*` lines.
//!
//! Must not count. The limits of single endpoints are not published, so an operator writes them.

use domain::limit::{
    LimitKind, LimitMethods, LimitName, LimitPer, LimitRule, LimitRules, LimitStanding,
};
use domain::method::Method;
use http::HeaderName;

use crate::rate_lines::{self, Lines, number};

const QUOTA: u32 = 25_000;
const QUOTA_S: u32 = 12 * 60 * 60;
const READS_AT_ONCE: u32 = 50;

static LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
/// Seconds from now.
static RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// The limits of the contract, both of an account and not of its keys.
pub(super) fn preset() -> LimitRules {
    let quota = rule("twelve_hours", QUOTA, LimitKind::FromFirst { length_s: QUOTA_S });
    let reads = LimitRule {
        methods: LimitMethods::Only(vec![Method::Get]),
        ..rule("reads_at_once", READS_AT_ONCE, LimitKind::AtOnce)
    };
    LimitRules::new([quota, reads]).expect("limits that can be held")
}

fn rule(name: &str, at_most: u32, kind: LimitKind) -> LimitRule {
    LimitRule::of(
        LimitName::parse(name).expect("a few small letters"),
        LimitPer::Account,
        at_most,
        kind,
    )
}

/// The draft's lines and the vendor's, which tell of the tightest limit.
pub(super) fn lines(standings: &mut dyn Iterator<Item = LimitStanding<'_>>) -> Lines {
    let (mut lines, tightest) = rate_lines::of(standings);
    if let Some(tightest) = tightest {
        lines.extend([
            number(&LIMIT, tightest.limit.into()),
            number(&REMAINING, tightest.remaining.into()),
            number(&RESET, tightest.resets_in_s()),
        ]);
    }
    lines
}
