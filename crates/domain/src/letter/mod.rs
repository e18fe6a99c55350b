//! Letters: what the people of an account are told by mail, which news go out in one letter, and how
//! long sending it is tried.
//!
//! Pure rules. Must not hold a word that people read, a secret, or a mail server's name.

mod joining;
mod ladder;
mod news;

pub use joining::{JOINED_MS, NEWS_MAX, SOON_MAX, Topic, Window};
pub use ladder::{
    GIVEN_UP_AFTER_MS, NextAttempt, given_up_before, next_attempt, next_attempt_after_fault,
};
pub use news::{KeyNews, KeyStep, News, NotNews, WebhookNews, WebhookTrouble};

/// How long a letter is kept that was sent or given up, and an alert that was taken: 14 days.
pub const KEPT_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// Most addresses to which one letter goes.
pub const ADDRESSES_MAX: usize = 5;
