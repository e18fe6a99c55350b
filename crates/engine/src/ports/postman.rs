//! The port of mail: one letter is handed to the mail server, and what it said is told.
//!
//! Must not try again or keep a record; the queue does. A letter holds nothing secret.

use std::fmt;

use async_trait::async_trait;
use domain::language::Language;
use domain::mail::MailAddress;
use domain::time::Timestamp;

/// Hands letters to a mail server. From whom they are is the operator's setting, and the postman's.
#[async_trait]
pub trait Postman: Send + Sync + fmt::Debug {
    /// Hands over one letter; returns once the server has taken charge of it.
    ///
    /// # Errors
    /// What kept it; the variant says whether to try again.
    async fn send(&self, letter: &Letter) -> Result<(), MailTrouble>;
}

/// One letter to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What it is known by: the same on every attempt, so that a letter that arrives twice can be
    /// seen to be one. 1 to 64 letters, digits and hyphens.
    pub id: Box<str>,
    /// When it was written.
    pub at: Timestamp,
    /// To whom.
    pub to: MailAddress,
    /// What it is about, in one line.
    pub subject: String,
    /// All of it in plain text.
    pub text: String,
    /// All of it in HTML.
    pub html: String,
    /// In which language it is.
    pub language: Language,
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailTrouble {
    /// Not now, for a reason that may be this letter's: try this one again later.
    #[error("the mail server put the letter off ({0})")]
    Deferred(ServerSaid),
    /// Never: this letter is not to be tried again.
    #[error("the mail server refused the letter for good ({0})")]
    Refused(ServerSaid),
    /// It has nothing to do with the letter; all of them wait.
    #[error("{0}")]
    Fault(MailFault),
}

/// A mail server cannot be used at present.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    /// It cannot be reached, or broke off. It may have taken the letter nevertheless.
    #[error(
        "the mail server cannot be reached or broke off; see that it runs and that its address is right"
    )]
    Unreachable,
    /// It did not answer in time. It may have taken the letter nevertheless.
    #[error("the mail server did not answer in time")]
    TimedOut,
    /// Its TLS could not be used; nothing was sent in the clear instead.
    #[error("no TLS could be spoken with the mail server; see its certificate and the port")]
    Tls,
    /// It turned us away: our login, our name, or the address that we write from.
    #[error(
        "the mail server turned us away ({0}); see the user, the password and the sender of `[mail]`"
    )]
    TurnedAway(ServerSaid),
}

/// What a mail server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSaid {
    /// The code of its reply.
    pub code: u16,
    /// The first words of its reply: at most 200 characters, none of them a control character.
    pub words: Box<str>,
}

impl ServerSaid {
    /// Most characters that are kept.
    const WORDS_MAX: usize = 200;

    /// What of a reply is kept.
    #[must_use]
    pub fn new(code: u16, words: &str) -> Self {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        Self { code, words: words.chars().take(Self::WORDS_MAX).map(plain).collect() }
    }
}

impl fmt::Display for ServerSaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_kept_in_one_short_line() {
        let said = ServerSaid::new(451, &format!("wait\r\n{}", "x".repeat(500)));
        assert_eq!(said.words.chars().count(), 200);
        assert!(said.to_string().starts_with("451 wait  xxx"), "{said}");
    }
}
