//! Letters in English.
//!
//! Must not decide anything; the same notices exist in every language.

use domain::time::Timestamp;
use engine::ports::courier::AttemptOutcome;
use jiff::tz::TimeZone;

use super::dates::parts;
use super::{
    DIGEST_MAX, Fact, KeyNews, KeyStep, Matter, Notice, Page, Row, WebhookNews, WebhookTrouble,
    host_of,
};

pub(super) fn page(notice: &Notice) -> Page {
    let (title, opening, facts, rows, closing) = match &notice.matter {
        Matter::Key(news) => {
            let (title, opening, closing) = about_key(news, &notice.zone);
            (title, opening, key_facts(news, notice), Vec::new(), vec![closing])
        }
        Matter::Digest(news) => {
            let (title, opening, closing) = about_many(news, &notice.place);
            (title, opening, Vec::new(), rows(news, &notice.zone), closing)
        }
        Matter::Webhook(news) => {
            let (title, opening, closing) = about_webhook(news, &notice.zone);
            (title, opening, webhook_facts(news, notice), Vec::new(), vec![closing])
        }
    };
    let action = match notice.matter {
        Matter::Key(_) => "See the key",
        Matter::Digest(_) => "See the keys",
        Matter::Webhook(_) => "See the webhook",
    };
    let footer = "You get this notice because you manage this account. No notice holds a whole key or \
                  asks you to send one.";
    let (action, footer, link) = (action.to_owned(), footer.to_owned(), notice.link.clone());
    Page { title, opening, facts, rows, closing, action, link, footer }
}

fn about_key(news: &KeyNews, zone: &TimeZone) -> (String, String, String) {
    let (name, idle) = (news.name.as_str(), day(news.idle_since, zone));
    let end = news.expires_at.map(|at| day(at, zone));
    match news.step {
        KeyStep::Disabled => (
            format!("The key “{name}” was disabled because nobody used it"),
            format!("The key “{name}” has not been used since {idle} and was disabled. Requests made with it are refused."),
            end.map_or_else(
                || "If you still need it, enable it again. If you do not, there is nothing to do.".to_owned(),
                |end| format!("If you still need it, enable it again before {end}; after that it cannot be enabled any more. If you do not, there is nothing to do."),
            ),
        ),
        KeyStep::ExpiringSoon => (
            end.as_ref().map_or_else(
                || format!("The key “{name}” is about to expire"),
                |end| format!("The key “{name}” expires on {end}"),
            ),
            format!("The key “{name}” has not been used since {idle} and will expire because of that. A key that has expired does not come back."),
            "To keep it, use it before then; if it is disabled, enable it again. If you no longer need it, there is nothing to do.".to_owned(),
        ),
        KeyStep::Expired => (
            format!("The key “{name}” expired because nobody used it"),
            format!("The key “{name}” has not been used since {idle} and has expired for good. It cannot be enabled again."),
            "If you still need access, create a new key.".to_owned(),
        ),
        KeyStep::ExpiredByDate => (
            format!("The key “{name}” has expired"),
            format!("The key “{name}” has come to the expiry date that was chosen for it. It cannot be enabled again."),
            "If you still need access, create a new key.".to_owned(),
        ),
    }
}

fn key_facts(news: &KeyNews, notice: &Notice) -> Vec<Fact> {
    let mut facts = vec![
        Fact { label: "Name", value: news.name.as_str().to_owned() },
        Fact { label: "Key", value: news.hint.to_string() },
        Fact { label: "Environment", value: notice.place.clone() },
    ];
    if news.step != KeyStep::ExpiredByDate {
        facts.push(Fact { label: "Not used since", value: date(news.idle_since, &notice.zone) });
    }
    if let Some(at) = news.expires_at {
        let label = match news.step {
            KeyStep::Disabled | KeyStep::ExpiringSoon => "Expires",
            KeyStep::Expired | KeyStep::ExpiredByDate => "Expired",
        };
        facts.push(Fact { label, value: date(at, &notice.zone) });
    }
    facts
}

fn about_many(news: &[KeyNews], place: &str) -> (String, String, Vec<String>) {
    let count = news.len();
    let title = format!("{count} keys need your attention");
    let opening = format!("There is news today of {count} keys of your account in {place}.");
    let mut closing = Vec::new();
    match count.saturating_sub(DIGEST_MAX) {
        0 => {}
        1 => closing.push("And 1 more key, which is on the page.".to_owned()),
        more => closing.push(format!("And {more} more keys, which are on the page.")),
    }
    closing.push(
        "A disabled key can be enabled again; one that has expired cannot. If you no longer use a \
         key, there is nothing to do."
            .to_owned(),
    );
    (title, opening, closing)
}

fn rows(news: &[KeyNews], zone: &TimeZone) -> Vec<Row> {
    let row = |news: &KeyNews| {
        let (what, at) = match news.step {
            KeyStep::Disabled => ("disabled, nobody used it", news.at),
            KeyStep::ExpiringSoon => ("about to expire", news.expires_at.unwrap_or(news.at)),
            KeyStep::Expired => ("expired, nobody used it", news.expires_at.unwrap_or(news.at)),
            KeyStep::ExpiredByDate => ("expired by its date", news.expires_at.unwrap_or(news.at)),
        };
        let (name, hint) = (news.name.as_str().to_owned(), news.hint.to_string());
        Row { name, hint, what, when: date(at, zone) }
    };
    news.iter().take(DIGEST_MAX).map(row).collect()
}

fn about_webhook(news: &WebhookNews, zone: &TimeZone) -> (String, String, String) {
    let name = news.name.as_str();
    match news.trouble {
        WebhookTrouble::Failing { failures, most, .. } => (
            format!("The webhook “{name}” failed {failures} times in a row"),
            format!(
                "The last {failures} deliveries to the webhook “{name}” failed. We go on trying, at longer and longer intervals."
            ),
            format!("After {most} failures in a row it is interrupted until somebody resumes it."),
        ),
        WebhookTrouble::Interrupted { failures, days, .. } => (
            format!("The webhook “{name}” was interrupted"),
            format!(
                "{failures} deliveries in a row to the webhook “{name}” failed, and nothing more is sent until somebody resumes it."
            ),
            format!(
                "Events are kept for {days} days and are sent in their order when you resume it. Those that wait longer are deleted."
            ),
        ),
        WebhookTrouble::EventsDeleted { count, youngest_at, days } => {
            let youngest = day(youngest_at, zone);
            let (title, opening) = if count == 1 {
                (
                    format!("1 event of the webhook “{name}” was deleted"),
                    format!(
                        "One event waited {days} days to be sent to the webhook “{name}”, was deleted and will not be sent. It was of {youngest}."
                    ),
                )
            } else {
                (
                    format!("{count} events of the webhook “{name}” were deleted"),
                    format!(
                        "{count} events waited {days} days to be sent to the webhook “{name}”, were deleted and will not be sent. The youngest was of {youngest}."
                    ),
                )
            };
            (title, opening, "Resume the webhook so that the events to come arrive.".to_owned())
        }
    }
}

fn webhook_facts(news: &WebhookNews, notice: &Notice) -> Vec<Fact> {
    let mut facts = vec![
        Fact { label: "Webhook", value: news.name.as_str().to_owned() },
        Fact { label: "Address", value: host_of(&news.url) },
        Fact { label: "Environment", value: notice.place.clone() },
    ];
    match news.trouble {
        WebhookTrouble::Failing { last, .. } | WebhookTrouble::Interrupted { last, .. } => {
            let value = match last {
                AttemptOutcome::Answered(status) => format!("The receiver answered {status}."),
                AttemptOutcome::AddressRefused(_)
                | AttemptOutcome::NotResolved
                | AttemptOutcome::NotConnected
                | AttemptOutcome::TlsRefused(_)
                | AttemptOutcome::TimedOut
                | AttemptOutcome::BrokenOff => last.told().to_owned(),
            };
            facts.push(Fact { label: "Last failure", value });
        }
        WebhookTrouble::EventsDeleted { .. } => {}
    }
    facts
}

fn day(at: Timestamp, zone: &TimeZone) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let at = parts(at, zone);
    let month = MONTHS.get(at.month).copied().unwrap_or_default();
    format!("{} {month} {}", at.day, at.year)
}

fn date(at: Timestamp, zone: &TimeZone) -> String {
    let parts = parts(at, zone);
    format!("{}, {:02}:{:02} ({})", day(at, zone), parts.hour, parts.minute, parts.zone)
}
