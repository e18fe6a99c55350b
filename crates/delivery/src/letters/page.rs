//! A letter before it has a form: which facts and rows it shows, in which order, whatever the language.
//!
//! Must not hold a word that people read; languages bring them.

use std::collections::BTreeSet;

use domain::delivery::Ending;
use domain::ids::KeyId;
use domain::letter::{KeyNews, KeyStep, WebhookNews, WebhookTrouble};
use domain::time::Timestamp;
use engine::ports::scribe::{Matter, Notice};
use jiff::tz::TimeZone;

use super::DIGEST_MAX;
use super::dates::{Parts, parts};
use super::shown::shown;

/// For how many days events are kept.
pub(super) const EVENT_DAYS: i64 = domain::delivery::KEPT_MS / 86_400_000;

/// The words of a letter.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) opening: String,
    pub(super) facts: Vec<Fact>,
    pub(super) rows: Vec<Row>,
    pub(super) closing: Vec<String>,
    pub(super) action: &'static str,
    pub(super) link: String,
    pub(super) footer: &'static str,
}

/// Something and its name.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// A key in a digest.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) hint: String,
    pub(super) what: &'static str,
    pub(super) when: String,
}

/// The sentences around facts and rows.
pub(super) struct Sentences {
    pub(super) title: String,
    pub(super) opening: String,
    pub(super) closing: Vec<String>,
}

/// The names of facts.
pub(super) struct Labels {
    pub(super) name: &'static str,
    pub(super) key: &'static str,
    pub(super) environment: &'static str,
    pub(super) idle_since: &'static str,
    pub(super) expires: &'static str,
    pub(super) expired: &'static str,
    pub(super) noticed: &'static str,
    pub(super) webhook: &'static str,
    pub(super) address: &'static str,
    pub(super) last_failure: &'static str,
}

/// What a language brings.
pub(super) trait Words {
    const LABELS: Labels;
    const FOOTER: &'static str;

    /// What the link is for.
    fn action(matter: &Matter) -> &'static str;
    fn about_key(news: &KeyNews, zone: &TimeZone) -> Sentences;
    /// About steps of so many keys, one at least, of which so many are not named.
    fn about_many(count: usize, unnamed: usize, place: &str) -> Sentences;
    fn about_webhook(news: &WebhookNews, zone: &TimeZone) -> Sentences;
    /// What happened to a key, in a row.
    fn step(step: KeyStep) -> &'static str;
    fn outcome(last: Ending) -> String;
    fn day(at: &Parts) -> String;
    /// The time on the clock.
    fn time(at: &Parts) -> String;
}

/// The letter in these words.
pub(super) fn page<W: Words>(notice: &Notice) -> Page {
    let zone = &notice.zone;
    let (sentences, facts, rows) = match &notice.matter {
        Matter::Key(news) => (W::about_key(news, zone), key_facts::<W>(news, notice), Vec::new()),
        Matter::Digest(news) => {
            // One key may have several steps.
            let named = &news[..news.len().min(DIGEST_MAX)];
            let keys: BTreeSet<KeyId> = news.iter().map(|news| news.key).collect();
            let named_keys: BTreeSet<KeyId> = named.iter().map(|news| news.key).collect();
            let unnamed = keys.len() - named_keys.len();
            let rows = named.iter().map(|news| row::<W>(news, zone)).collect();
            (W::about_many(keys.len(), unnamed, &notice.place), Vec::new(), rows)
        }
        Matter::Webhook(news) => {
            (W::about_webhook(news, zone), webhook_facts::<W>(news, notice), Vec::new())
        }
    };
    let Sentences { title, opening, closing } = sentences;
    let (action, footer, link) = (W::action(&notice.matter), W::FOOTER, notice.link.clone());
    Page { title, opening, facts, rows, closing, action, link, footer }
}

fn key_facts<W: Words>(news: &KeyNews, notice: &Notice) -> Vec<Fact> {
    let labels = &W::LABELS;
    let mut facts = vec![
        Fact { label: labels.name, value: shown(&news.name) },
        Fact { label: labels.key, value: news.hint.to_string() },
        Fact { label: labels.environment, value: notice.place.clone() },
    ];
    match news.step {
        KeyStep::Disabled | KeyStep::ExpiringSoon | KeyStep::Expired => {
            let value = date::<W>(news.idle_since, &notice.zone);
            facts.push(Fact { label: labels.idle_since, value });
        }
        KeyStep::Exposed | KeyStep::ExposedAndDisabled | KeyStep::SentInTheClear => {
            facts.push(Fact { label: labels.noticed, value: date::<W>(news.at, &notice.zone) });
        }
        KeyStep::ExpiredByDate => {}
    }
    if let Some(at) = news.expires_at {
        let label = match news.step {
            KeyStep::Disabled
            | KeyStep::ExpiringSoon
            | KeyStep::Exposed
            | KeyStep::ExposedAndDisabled
            | KeyStep::SentInTheClear => labels.expires,
            KeyStep::Expired | KeyStep::ExpiredByDate => labels.expired,
        };
        facts.push(Fact { label, value: date::<W>(at, &notice.zone) });
    }
    facts
}

fn row<W: Words>(news: &KeyNews, zone: &TimeZone) -> Row {
    let at = match news.step {
        KeyStep::Disabled
        | KeyStep::Exposed
        | KeyStep::ExposedAndDisabled
        | KeyStep::SentInTheClear => news.at,
        KeyStep::ExpiringSoon | KeyStep::Expired | KeyStep::ExpiredByDate => {
            news.expires_at.unwrap_or(news.at)
        }
    };
    let (name, hint) = (shown(&news.name), news.hint.to_string());
    Row { name, hint, what: W::step(news.step), when: date::<W>(at, zone) }
}

fn webhook_facts<W: Words>(news: &WebhookNews, notice: &Notice) -> Vec<Fact> {
    let labels = &W::LABELS;
    let mut facts = vec![
        Fact { label: labels.webhook, value: shown(&news.name) },
        Fact { label: labels.address, value: news.origin.to_string() },
        Fact { label: labels.environment, value: notice.place.clone() },
    ];
    match news.trouble {
        WebhookTrouble::Failing { last, .. } | WebhookTrouble::Interrupted { last } => {
            facts.push(Fact { label: labels.last_failure, value: W::outcome(last) });
        }
        WebhookTrouble::EventsDeleted { .. } => {}
    }
    facts
}

/// The day of an instant.
pub(super) fn day<W: Words>(at: Timestamp, zone: &TimeZone) -> String {
    W::day(&parts(at, zone))
}

fn date<W: Words>(at: Timestamp, zone: &TimeZone) -> String {
    let at = parts(at, zone);
    format!("{}, {} ({})", W::day(&at), W::time(&at), at.zone)
}
