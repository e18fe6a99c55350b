//! The port of words: news become the text of a letter, in somebody's language.
//!
//! Must not decide who is told, nor hold more than people may read.

use std::fmt;

use domain::language::Language;
use domain::letter::{KeyNews, WebhookNews};
use jiff::tz::TimeZone;

/// What a letter tells.
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
    /// Steps of keys on one day: two at least.
    Digest(Vec<KeyNews>),
    /// Trouble with a webhook.
    Webhook(WebhookNews),
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

/// Finds the words.
pub trait Scribe: Send + Sync + fmt::Debug {
    /// Writes a letter: the same notice and language give the same letter.
    fn write(&self, notice: &Notice, language: Language) -> Written;
}
