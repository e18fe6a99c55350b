//! Letters in English.
//!
//! Must not decide anything; the same notices exist in every language.

use domain::delivery::{Ending, FAILURES_MAX};
use domain::letter::{KeyNews, KeyStep, WebhookNews, WebhookTrouble};
use engine::ports::scribe::Matter;
use jiff::tz::TimeZone;

use super::dates::Parts;
use super::page::{EVENT_DAYS, Labels, Sentences, Words, day};
use super::shown::shown;

pub(super) struct English;

const LEAKED: &str =
    "Give the key a new secret, or disable it, unless you know that nobody else has it.";

impl Words for English {
    const LABELS: Labels = Labels {
        name: "Name",
        key: "Key",
        environment: "Environment",
        idle_since: "Not used since",
        expires: "Expires",
        expired: "Expired",
        noticed: "Noticed",
        webhook: "Webhook",
        address: "Address",
        last_failure: "Last failure",
    };
    const FOOTER: &'static str = "You get this notice because you manage this account. No notice holds a whole key or \
                  asks you to send one.";

    fn action(matter: &Matter) -> &'static str {
        match matter {
            Matter::Key(_) => "See the key",
            Matter::Digest(_) => "See the keys",
            Matter::Webhook(_) => "See the webhook",
        }
    }

    fn about_key(news: &KeyNews, zone: &TimeZone) -> Sentences {
        let (name, idle) = (shown(&news.name), day::<Self>(news.idle_since, zone));
        let end = news.expires_at.map(|at| day::<Self>(at, zone));
        let (title, opening, closing) = match news.step {
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
        KeyStep::Exposed => (
            format!("Others may know the key “{name}”"),
            format!("Somebody reported that the key “{name}” was found where others can read it. Whoever has it can act in your name for as long as it works."),
            LEAKED.to_owned(),
        ),
        KeyStep::ExposedAndDisabled => (
            format!("The key “{name}” is disabled, and others may know it"),
            format!("Somebody reported that the key “{name}” was found where others can read it. It is disabled: requests made with it are refused, whoever makes them."),
            "Do not enable it again, unless you know that nobody else has it. If you still need access, create a new key.".to_owned(),
        ),
        KeyStep::SentInTheClear => (
            format!("The key “{name}” was sent without encryption"),
            format!("A request with the key “{name}” came over plain HTTP. It was refused, but whoever can listen on the way may have read the key."),
            format!("Have your program use an address that begins with https://. {LEAKED}"),
        ),
    };
        Sentences { title, opening, closing: vec![closing] }
    }

    fn about_many(count: usize, unnamed: usize, place: &str) -> Sentences {
        let (title, opening) = if count == 1 {
            (
                "1 key needs your attention".to_owned(),
                format!("There is news today of 1 key of your account in {place}."),
            )
        } else {
            (
                format!("{count} keys need your attention"),
                format!("There is news today of {count} keys of your account in {place}."),
            )
        };
        let mut closing = Vec::new();
        match unnamed {
            0 => {}
            1 => closing.push("And 1 more key, which is on the page.".to_owned()),
            more => closing.push(format!("And {more} more keys, which are on the page.")),
        }
        closing.push(
        "A disabled key can be enabled again; one that has expired cannot. If you no longer use a \
         key, there is nothing to do."
            .to_owned(),
    );
        Sentences { title, opening, closing }
    }

    fn about_webhook(news: &WebhookNews, zone: &TimeZone) -> Sentences {
        let name = shown(&news.name);
        let (title, opening, closing) = match news.trouble {
            WebhookTrouble::Failing { failures, .. } => (
                format!("The webhook “{name}” failed {failures} times in a row"),
                format!(
                    "The last {failures} deliveries to the webhook “{name}” failed. We go on trying, at longer and longer intervals."
                ),
                format!(
                    "After {FAILURES_MAX} failures in a row it is interrupted until somebody resumes it."
                ),
            ),
            WebhookTrouble::Interrupted { .. } => (
                format!("The webhook “{name}” was interrupted"),
                format!(
                    "{FAILURES_MAX} deliveries in a row to the webhook “{name}” failed, and nothing more is sent until somebody resumes it."
                ),
                format!(
                    "Events are kept for {EVENT_DAYS} days and are sent in their order when you resume it. Those that wait longer are deleted."
                ),
            ),
            WebhookTrouble::EventsDeleted { count, youngest_at } => {
                let youngest = day::<Self>(youngest_at, zone);
                let (title, opening) = if count == 1 {
                    (
                        format!("1 event of the webhook “{name}” was deleted"),
                        format!(
                            "One event waited {EVENT_DAYS} days to be sent to the webhook “{name}”, was deleted and will not be sent. It was of {youngest}."
                        ),
                    )
                } else {
                    (
                        format!("{count} events of the webhook “{name}” were deleted"),
                        format!(
                            "{count} events waited {EVENT_DAYS} days to be sent to the webhook “{name}”, were deleted and will not be sent. The youngest was of {youngest}."
                        ),
                    )
                };
                (title, opening, "See that the webhook is switched on, that it is not interrupted, and that its address answers, so that the events to come arrive.".to_owned())
            }
        };
        Sentences { title, opening, closing: vec![closing] }
    }

    fn step(step: KeyStep) -> &'static str {
        match step {
            KeyStep::Disabled => "disabled, nobody used it",
            KeyStep::ExpiringSoon => "about to expire",
            KeyStep::Expired => "expired, nobody used it",
            KeyStep::ExpiredByDate => "expired by its date",
            KeyStep::Exposed => "found by others",
            KeyStep::ExposedAndDisabled => "found by others, and disabled: do not enable it again",
            KeyStep::SentInTheClear => "sent without encryption",
        }
    }

    fn outcome(last: Ending) -> String {
        let words = match last {
            Ending::Answered(status) => return format!("The receiver answered {status}."),
            Ending::NoConnection => "No connection to the receiver could be made.",
            Ending::TlsRefused => {
                "No TLS could be spoken with the receiver, or its certificate is not good."
            }
            Ending::TimedOut => "The receiver did not answer in time.",
            Ending::BrokenOff => "The receiver broke off, or its answer was no HTTP.",
        };
        words.to_owned()
    }

    fn day(at: &Parts) -> String {
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
        let month = MONTHS.get(at.month).copied().unwrap_or_default();
        format!("{} {month} {}", at.day, at.year)
    }

    fn time(at: &Parts) -> String {
        format!("{:02}:{:02}", at.hour, at.minute)
    }
}
