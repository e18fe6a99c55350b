//! Webhooks: where an account wants to be told of events, and of which.
//!
//! Must not know any event by name: dialects bring them. Must not let the token of a receiver be
//! printed.

use std::fmt;

use url::Url;
use zeroize::Zeroizing;

use crate::ids::{AccountId, Place, WebhookId};
use crate::mail::MailAddress;
use crate::name::{DisplayName, holds_a_key};
use crate::time::Timestamp;
use crate::webhook_rotation::FormerToken;

/// Most bytes of an address to which events are sent.
pub const URL_MAX: usize = 2_048;
/// Most events that one webhook names.
pub const EVENTS_MAX: usize = 200;
/// Fewest and most characters of a token.
pub const TOKEN_LENGTHS: (usize, usize) = (32, 255);

/// Where events are sent: an absolute `http` or `https` address in plain ASCII, with a host, and
/// without a user, a password or a fragment. Kept as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookUrl(Box<str>);

/// The text is no address to send to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an http or https address with a host, without user or fragment, of at most {URL_MAX} bytes"
)]
pub struct NotAWebhookUrl;

impl WebhookUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// Any other text, also one that holds a key.
    pub fn parse(text: &str) -> Result<Self, NotAWebhookUrl> {
        // The reader mends what others would read otherwise: blanks, backslashes, missing slashes.
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        let absolute = lower.starts_with("http://") || lower.starts_with("https://");
        let read = (text.len() <= URL_MAX && plain && absolute).then(|| Url::parse(text).ok());
        let url = read.flatten().ok_or(NotAWebhookUrl)?;
        let authority = text.split("//").nth(1).and_then(|rest| rest.split(['/', '?']).next());
        let bare = authority.is_some_and(|part| !part.is_empty() && !part.contains('@'));
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        if bare && has_host && url.fragment().is_none() && !holds_a_key(text) {
            Ok(Self(text.into()))
        } else {
            Err(NotAWebhookUrl)
        }
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its scheme and host, and its port where that is not the usual one. The rest may hold what only
    /// the receiver may know.
    #[must_use]
    pub fn origin(&self) -> Box<str> {
        let read = Url::parse(&self.0).map(|url| url.origin().ascii_serialization());
        read.unwrap_or_default().into()
    }
}

/// The name of an event in the words of a dialect: 3 to 64 letters, digits, underscores and dots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventName(Box<str>);

/// The text is not the name of an event, or the names cannot stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEvents {
    /// A list without any.
    #[error("name at least one event")]
    Empty,
    /// Not a name.
    #[error("expected 3 to 64 letters, digits, underscores and dots")]
    Misshapen,
    /// One name twice.
    #[error("an event is named twice")]
    Repeated,
    /// More than [`EVENTS_MAX`].
    #[error("a webhook names at most {EVENTS_MAX} events")]
    TooMany,
}

impl EventName {
    /// Reads a name.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, NotEvents> {
        let plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        let fits = (3..=64).contains(&text.len());
        if plain && fits { Ok(Self(text.into())) } else { Err(NotEvents::Misshapen) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The events that a webhook is told of: at least one, each once, in the order they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriptions(Box<[EventName]>);

impl Subscriptions {
    /// These events.
    ///
    /// # Errors
    /// None, one twice, or more than [`EVENTS_MAX`].
    pub fn new(names: Vec<EventName>) -> Result<Self, NotEvents> {
        if names.is_empty() {
            return Err(NotEvents::Empty);
        }
        if names.len() > EVENTS_MAX {
            return Err(NotEvents::TooMany);
        }
        let repeated = |at: usize| names[..at].contains(&names[at]);
        if (1..names.len()).any(repeated) {
            return Err(NotEvents::Repeated);
        }
        Ok(Self(names.into()))
    }

    /// The events.
    #[must_use]
    pub fn as_slice(&self) -> &[EventName] {
        &self.0
    }

    /// A compact text for stores: the names, joined by commas.
    #[must_use]
    pub fn to_compact(&self) -> String {
        self.0.iter().map(EventName::as_str).collect::<Vec<_>>().join(",")
    }

    /// Reads the compact text back.
    ///
    /// # Errors
    /// A damaged text.
    pub fn from_compact(text: &str) -> Result<Self, NotEvents> {
        Self::new(text.split(',').map(EventName::parse).collect::<Result<_, _>>()?)
    }
}

/// What a receiver knows us by, sent with each event: 32 to 255 visible ASCII characters. It is
/// wiped when dropped and has no way to be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthToken(Zeroizing<String>);

/// The text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 to 255 visible characters of plain ASCII, without blanks")]
pub struct NotAToken;

impl AuthToken {
    /// Takes over a text; the caller's copy is gone.
    ///
    /// # Errors
    /// Too short, too long, or of characters that cannot stand in a header.
    pub fn new(text: String) -> Result<Self, NotAToken> {
        // First of all, so that it is wiped also where it is refused.
        let text = Zeroizing::new(text);
        let (least, most) = TOKEN_LENGTHS;
        let fits = (least..=most).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits && plain { Ok(Self(text)) } else { Err(NotAToken) }
    }

    /// The token, for the store and for the header of a delivery.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthToken(…)")
    }
}

/// Whether events wait for the one before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendOrder {
    /// They do: one that fails holds back those behind it.
    Sequential,
    /// They do not.
    Free,
}

/// Whether a webhook is told of new events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebhookSwitch {
    /// It is.
    On,
    /// Its account switched it off.
    Off,
}

/// Whether what waits for a webhook is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// It is.
    Running,
    /// It is kept and not sent.
    Interrupted,
}

/// Whether a webhook is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebhookState {
    /// It is.
    Active,
    /// It was deleted for good, and its tokens forgotten.
    Deleted,
}

/// Where an account wants to be told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its identity.
    pub id: WebhookId,
    /// The realm and environment it belongs to.
    pub place: Place,
    /// Whose it is.
    pub account: AccountId,
    /// What people call it.
    pub name: DisplayName,
    /// Where events are sent.
    pub url: WebhookUrl,
    /// Who is written to when sending fails.
    pub mail: MailAddress,
    /// Whether events wait for the one before them.
    pub order: SendOrder,
    /// Which events.
    pub events: Subscriptions,
    /// Whether it is told of new events.
    pub switch: WebhookSwitch,
    /// Whether what waits for it is being sent.
    pub queue: Queue,
    /// What its receiver knows us by, if anything.
    pub token: Option<AuthToken>,
    /// What its receiver knew us by before, as long as that goes along.
    pub former: Option<FormerToken>,
    /// Whether it is still there.
    pub state: WebhookState,
    /// When it was made.
    pub created_at: Timestamp,
    /// The epoch of its last change.
    pub epoch: u64,
}

impl Webhook {
    /// Ends it; its tokens are of no use to anybody any more.
    pub fn delete(&mut self) {
        self.state = WebhookState::Deleted;
        self.token = None;
        self.former = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_sent_to_plain_addresses_alone() {
        for text in [
            "https://example.com",
            "http://127.0.0.1:8080/hook?a=b",
            "https://[::1]/x",
            "HTTPS://EXAMPLE.com/a//b@c",
        ] {
            assert_eq!(WebhookUrl::parse(text).as_ref().map(WebhookUrl::as_str), Ok(text));
        }
        let key = format!("https://example.com/{}", "aZ3".repeat(19));
        let long = format!("https://example.com/{}", "a-".repeat(1_015));
        for text in [
            "",
            "example.com",
            "ftp://example.com",
            "https:example.com",
            "https:///x",
            "https://",
            "https://user@example.com",
            "https://user:password@example.com",
            "https://@example.com",
            "https://example.com/#part",
            "https://example.com/a b",
            "https:\\\\example.com",
            " https://example.com",
            "https://exam\tple.com",
            "https://exämple.com",
            "https://example.com:99999",
            "javascript://example.com",
            &key,
            &long,
        ] {
            assert_eq!(WebhookUrl::parse(text), Err(NotAWebhookUrl), "{text}");
        }
    }

    #[test]
    fn events_survive_their_compact_text_in_their_order() {
        let text = "KEY_B,KEY_A,key.deleted";
        let events = Subscriptions::from_compact(text).expect("events");
        assert_eq!(events.to_compact(), text);
        for (text, error) in [
            ("", NotEvents::Misshapen),
            ("AB", NotEvents::Misshapen),
            ("KEY_A,", NotEvents::Misshapen),
            ("KEY A", NotEvents::Misshapen),
            ("KEY_A,KEY_A", NotEvents::Repeated),
        ] {
            assert_eq!(Subscriptions::from_compact(text), Err(error), "{text}");
        }
        assert_eq!(Subscriptions::new(Vec::new()), Err(NotEvents::Empty));
    }

    #[test]
    fn a_token_has_its_length_and_is_not_printed() {
        for length in [32, 255] {
            let token = AuthToken::new("a".repeat(length)).expect("a token");
            assert_eq!(format!("{token:?}"), "AuthToken(…)");
        }
        for text in
            ["a".repeat(31), "a".repeat(256), format!("{} ", "a".repeat(32)), "é".repeat(32)]
        {
            assert_eq!(AuthToken::new(text.clone()), Err(NotAToken), "{text}");
        }
    }
}
