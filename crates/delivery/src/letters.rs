//! Letters: what people are told of their keys and webhooks, as text and as HTML, in their language.
//!
//! A letter names a key by its name and its hint, and leads to a page by a link. Must not hold a
//! secret (an address's query may be one), decide who is told, or put anything into HTML unescaped.

mod dates;
mod english;
mod page;
mod portuguese;

use askama::Template;
use domain::hint::KeyHint;
use domain::language::Language;
use domain::name::DisplayName;
use domain::time::Timestamp;
use domain::webhook::WebhookUrl;
use engine::ports::courier::AttemptOutcome;
use jiff::tz::TimeZone;

use english::English;
use page::{Page, page};
use portuguese::Portuguese;

/// Most keys that a digest names; of the rest it tells how many there are.
pub const DIGEST_MAX: usize = 50;

/// Something that the people of an account are to know.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The realm and environment, as people know them, such as `payments (sandbox)`.
    pub place: String,
    /// In which zone instants are told.
    pub zone: TimeZone,
    /// The page on which something can be done about it.
    pub link: String,
    /// What happened.
    pub matter: Matter,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Matter {
    /// One step of one key.
    Key(KeyNews),
    /// Steps of many keys on one day: two at least.
    Digest(Vec<KeyNews>),
    /// Trouble with a webhook.
    Webhook(WebhookNews),
}

/// A step of a key.
#[derive(Clone, Debug)]
pub struct KeyNews {
    /// What happened to it.
    pub step: KeyStep,
    /// What people call it.
    pub name: DisplayName,
    /// How its text begins and ends.
    pub hint: KeyHint,
    /// Since when it was not used.
    pub idle_since: Timestamp,
    /// When it happened.
    pub at: Timestamp,
    /// When the key expires, or expired, if it does.
    pub expires_at: Option<Timestamp>,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStep {
    /// It was disabled because nobody used it.
    Disabled,
    /// It will expire because nobody uses it.
    ExpiringSoon,
    /// It expired because nobody used it.
    Expired,
    /// It expired by the date that was chosen for it.
    ExpiredByDate,
}

/// Trouble with a webhook.
#[derive(Clone, Debug)]
pub struct WebhookNews {
    /// What people call it.
    pub name: DisplayName,
    /// Where it sends; only scheme and host are told.
    pub url: WebhookUrl,
    /// What is wrong.
    pub trouble: WebhookTrouble,
}

/// What is wrong with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookTrouble {
    /// It failed so often in a row, and is interrupted when it has failed `most` times.
    Failing {
        /// How often so far.
        failures: u32,
        /// How often at most.
        most: u32,
        /// How the last attempt ended.
        last: AttemptOutcome,
    },
    /// It failed too often; nothing is sent until somebody resumes it.
    Interrupted {
        /// How often.
        failures: u32,
        /// How the last attempt ended.
        last: AttemptOutcome,
        /// For how many days events are kept.
        days: u32,
    },
    /// Events waited for so long that they were deleted.
    EventsDeleted {
        /// How many.
        count: u64,
        /// When the youngest of them happened.
        youngest_at: Timestamp,
        /// For how many days events are kept.
        days: u32,
    },
}

/// A letter without an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What it is about, in one line.
    pub subject: String,
    /// All of it in plain text.
    pub text: String,
    /// All of it in HTML.
    pub html: String,
}

/// Writes a letter.
///
/// # Panics
/// Never: the templates write into memory alone.
#[must_use]
pub fn write(notice: &Notice, language: Language) -> Written {
    let page = match language {
        Language::Portuguese => page::<Portuguese>(notice),
        Language::English => page::<English>(notice),
    };
    let lang = language.tag();
    let text = TextPage { page: &page }.render().expect("memory takes everything");
    let html = HtmlPage { lang, page: &page }.render().expect("memory takes everything");
    Written { subject: page.title, text: format!("{}\n", text.trim_end()), html }
}

#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct TextPage<'a> {
    page: &'a Page,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlPage<'a> {
    lang: &'a str,
    page: &'a Page,
}
