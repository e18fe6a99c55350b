//! Which news go out in one letter.
//!
//! What comes together goes together; and whoever was written to several times on a day gets the rest
//! of that day in one letter at its end. So nothing is left out, nothing waits longer than a day,
//! and nobody is flooded. Must not ask a clock: everything follows from the instants of the news.

use std::fmt;

use jiff::tz::TimeZone;

use crate::ids::WebhookId;
use crate::time::Timestamp;

/// How long a letter waits for more news of its topic: two minutes.
pub const JOINED_MS: i64 = 2 * 60 * 1_000;

/// So many letters on one topic go out soon on one day; the next one waits for the day's end.
pub const SOON_MAX: u32 = 3;

/// Most news of one letter. With more of them another one is begun.
pub const NEWS_MAX: u32 = 500;

/// Longest day of any zone.
const DAY_MAX_MS: i64 = 26 * 60 * 60 * 1_000;

/// What a letter is about. News of one topic, one account and one day can go out together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The keys of the account.
    Keys,
    /// Failures in a row of a webhook: never joined.
    Failures(WebhookId),
    /// Events that were deleted because they could not be brought to a webhook.
    Deletions(WebhookId),
}

impl fmt::Display for Topic {
    /// The stable name that is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys => f.write_str("keys"),
            Self::Failures(webhook) => write!(f, "failures:{webhook}"),
            Self::Deletions(webhook) => write!(f, "deletions:{webhook}"),
        }
    }
}

/// Until when a letter that news begin may wait for more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The day of the news in the realm's zone, such as `2026-11-22`.
    pub day: Box<str>,
    /// Until when, if it is one of the day's first letters.
    pub soon_at: Timestamp,
    /// Until when else: the end of that day.
    pub end_at: Timestamp,
}

impl Window {
    /// The window of news that happened at this instant.
    #[must_use]
    pub fn of(topic: Topic, at: Timestamp, zone: &TimeZone) -> Self {
        let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        let date = zone.to_datetime(instant).date();
        let day = date.to_string().into();
        match topic {
            Topic::Failures(_) => Self { day, soon_at: at, end_at: at },
            Topic::Keys | Topic::Deletions(_) => {
                let end_at = end_of(date, zone).unwrap_or(at);
                let end_at = end_at.clamp(at, at.plus_millis(DAY_MAX_MS));
                Self { day, soon_at: at.plus_millis(JOINED_MS), end_at }
            }
        }
    }

    /// Until when the letter waits, where so many on its topic were begun on that day before.
    #[must_use]
    pub fn closes_at(&self, before: u32) -> Timestamp {
        if before < SOON_MAX { self.soon_at } else { self.end_at.max(self.soon_at) }
    }
}

/// The first instant of the next day.
fn end_of(date: jiff::civil::Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_millis(next.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("an instant")
    }

    #[track_caller]
    fn check(zone: &str, news_at: &str, before: u32, day: &str, closes_at: &str) {
        let zone = TimeZone::get(zone).expect("a zone");
        let window = Window::of(Topic::Keys, at(news_at), &zone);
        assert_eq!((&*window.day, window.closes_at(before)), (day, at(closes_at)));
    }

    #[test]
    fn the_first_letters_of_a_day_wait_two_minutes_and_the_next_one_for_its_end() {
        let zone = "America/Sao_Paulo";
        let noon = "2026-11-22T12:00:00-03:00";
        for before in 0..SOON_MAX {
            check(zone, noon, before, "2026-11-22", "2026-11-22T12:02:00-03:00");
        }
        check(zone, noon, SOON_MAX, "2026-11-22", "2026-11-23T00:00:00-03:00");
        check(zone, noon, u32::MAX, "2026-11-22", "2026-11-23T00:00:00-03:00");
        // Never earlier than soon.
        let late = "2026-11-22T23:59:00-03:00";
        check(zone, late, SOON_MAX, "2026-11-22", "2026-11-23T00:01:00-03:00");
        // A day without a midnight ends at its first hour.
        let eve = "2018-11-03T12:00:00-03:00";
        check(zone, eve, SOON_MAX, "2018-11-03", "2018-11-04T01:00:00-02:00");
        check("UTC", "9999-12-30T21:59:00Z", SOON_MAX, "9999-12-30", "9999-12-30T22:00:00Z");
    }

    #[test]
    fn failures_in_a_row_wait_for_nothing() {
        let (now, topic) = (at("2026-11-22T12:00:00Z"), Topic::Failures(WebhookId::from_u128(1)));
        let window = Window::of(topic, now, &TimeZone::UTC);
        assert_eq!([0, 9].map(|before| window.closes_at(before)), [now, now]);
    }
}
