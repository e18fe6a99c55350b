//! The port of webhooks: one parcel is brought to one address, once, and what came of it is told.
//!
//! Must not try again, order anything or keep a record; the queue does. Must not let what only the
//! receiver may know be printed.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::ids::{Place, WebhookId};
use domain::signing_secret::SigningSecret;
use domain::time::Timestamp;
use domain::webhook::WebhookUrl;
use zeroize::Zeroizing;

/// Most bytes of an answer that are kept.
pub const ANSWER_KEPT: usize = 4_096;
/// Most bytes of a header line's value.
const VALUE_MAX: usize = 1_024;
/// What the courier writes itself; nobody else may.
const COURIERS_OWN: [&str; 16] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// Brings parcels to receivers.
#[async_trait]
pub trait Courier: Send + Sync + fmt::Debug {
    /// Sends one parcel and waits for the answer, ten seconds at most. Sent again, it looks the
    /// same to the receiver, its seal's instant aside. Never fails otherwise than by its outcome.
    async fn post(&self, parcel: &Parcel) -> Attempt;
}

/// One event on its way to one receiver.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Where its webhook is, for the operator's log.
    pub place: Place,
    /// Which webhook is told, for the same.
    pub webhook: WebhookId,
    /// Where to.
    pub url: WebhookUrl,
    /// Header lines besides those that the courier writes itself.
    pub lines: Vec<HeaderLine>,
    /// The body, in JSON; the same bytes on every attempt.
    pub body: Arc<[u8]>,
    /// How it is signed, if it is.
    pub seal: Option<Seal>,
}

/// What a parcel is signed with, by Standard Webhooks.
#[derive(Clone, Debug)]
pub struct Seal {
    /// What the receiver knows the event by; the same on every attempt. Without full stops, and of
    /// what can stand in a header.
    pub id: Box<str>,
    /// The instant of this attempt; told in whole seconds.
    pub at: Timestamp,
    /// At least one; two while one replaces the other, and then both sign.
    pub secrets: Vec<SigningSecret>,
}

/// One line of a head. Its value is shown to the receiver alone when it is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderLine {
    name: Box<str>,
    value: Zeroizing<String>,
    secrecy: Secrecy,
}

/// Whether a value may be shown to others than the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// It may.
    Open,
    /// It may not.
    Secret,
}

/// The name or the value cannot stand in a head, or the line is the courier's to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAHeaderLine {
    /// A name of other than letters, digits and hyphens, empty, or of more than 64.
    #[error("expected a header's name of 1 to 64 letters, digits and hyphens")]
    Name,
    /// A name that the courier itself writes.
    #[error("this header is written by the sender itself")]
    Reserved,
    /// A value that cannot be sent.
    #[error("expected a header's value of at most 1024 visible ASCII characters and blanks inside")]
    Value,
}

impl HeaderLine {
    /// A line; the name is kept in small letters.
    ///
    /// # Errors
    /// What cannot stand in a head, and what the courier writes itself.
    pub fn new(name: &str, value: &str, secrecy: Secrecy) -> Result<Self, NotAHeaderLine> {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !plain || !(1..=64).contains(&name.len()) {
            return Err(NotAHeaderLine::Name);
        }
        let name = name.to_ascii_lowercase();
        if COURIERS_OWN.contains(&name.as_str()) {
            return Err(NotAHeaderLine::Reserved);
        }
        let visible = value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if !visible || value.len() > VALUE_MAX || value.trim().len() != value.len() {
            return Err(NotAHeaderLine::Value);
        }
        Ok(Self { name: name.into(), value: Zeroizing::new(value.to_owned()), secrecy })
    }

    /// Its name, in small letters.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value, for the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// Whether its value may be shown.
    #[must_use]
    pub const fn secrecy(&self) -> Secrecy {
        self.secrecy
    }
}

impl fmt::Debug for HeaderLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match self.secrecy {
            Secrecy::Open => self.value.as_str(),
            Secrecy::Secret => "…",
        };
        write!(f, "{}: {value}", self.name)
    }
}

/// What came of sending a parcel once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The first [`ANSWER_KEPT`] bytes of the answer's body, as they came; empty without an answer.
    pub answer: Vec<u8>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The receiver answered with this status, 200 to 599; its body came whole or was cut.
    Answered(u16),
    /// Nothing was sent: the address is none that we send to.
    AddressRefused(AddressRefusal),
    /// Nothing was sent: too many names were being looked up. It is our trouble, not the receiver's.
    NoRoom,
    /// The name has no address.
    NotResolved,
    /// Nobody took the connection.
    NotConnected,
    /// A connection was made, and its TLS refused, by either side.
    TlsRefused(TlsRefusal),
    /// The time was over, at whatever stage.
    TimedOut,
    /// The connection broke, or what came was no HTTP.
    BrokenOff,
}

/// Why an address is not sent to.
///
/// What came of a name that was looked up is for the operator's log alone: to others it would be a map
/// of the network ([`AttemptOutcome::told`]). What an address says by itself is told to whoever saves
/// it, and so is whether it is on the operator's list or one of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressRefusal {
    /// Its scheme is none that we send over.
    Scheme,
    /// Its port belongs to something that is no receiver.
    Port,
    /// It is no public address, or its name has one that is not.
    NotPublic,
    /// Its name has more addresses than a receiver needs.
    TooMany,
}

/// Why TLS failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsRefusal {
    /// The certificate is no longer valid.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name.
    WrongName,
    /// Nobody we trust vouches for the certificate.
    UnknownIssuer,
    /// The certificate was revoked.
    Revoked,
    /// Anything else, such as a receiver that speaks no TLS.
    Other,
}

impl AttemptOutcome {
    /// What an account's own people are told, in one sentence. All that happens before a
    /// connection is there sounds the same, so that a webhook is no way to look around in a
    /// network.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Answered(_) => "The receiver answered.",
            Self::AddressRefused(_) | Self::NoRoom | Self::NotResolved | Self::NotConnected => {
                "No connection to the receiver could be made."
            }
            Self::TlsRefused(TlsRefusal::Expired) => "The receiver's certificate has expired.",
            Self::TlsRefused(TlsRefusal::NotYetValid) => {
                "The receiver's certificate is not valid yet."
            }
            Self::TlsRefused(TlsRefusal::WrongName) => {
                "The receiver's certificate is for another name."
            }
            Self::TlsRefused(TlsRefusal::UnknownIssuer) => {
                "The receiver's certificate comes from nobody who is trusted."
            }
            Self::TlsRefused(TlsRefusal::Revoked) => "The receiver's certificate was revoked.",
            Self::TlsRefused(TlsRefusal::Other) => "No TLS could be spoken with the receiver.",
            Self::TimedOut => "The receiver did not answer in time.",
            Self::BrokenOff => "The receiver broke off, or its answer was no HTTP.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: Option<NotAHeaderLine>) {
        assert_eq!(HeaderLine::new(name, value, Secrecy::Open).err(), expected, "{name}: {value}");
    }

    #[test]
    fn a_line_cannot_break_out_of_its_head() {
        check("X-Token", "a b", None);
        for value in ["a\r\nb", "a\nb", "é", " a", "a ", "\u{0}", &"x".repeat(1_025)] {
            check("x-token", value, Some(NotAHeaderLine::Value));
        }
        for name in ["", "x token", "x:", "x\r\n", &"x".repeat(65)] {
            check(name, "a", Some(NotAHeaderLine::Name));
        }
    }

    #[test]
    fn what_the_courier_writes_nobody_else_writes() {
        for name in ["Host", "Content-Length", "Transfer-Encoding", "Webhook-Signature"] {
            check(name, "a", Some(NotAHeaderLine::Reserved));
        }
    }

    #[test]
    fn a_secret_line_is_not_printed() {
        let line = HeaderLine::new("Token", "hidden", Secrecy::Secret).expect("a line");
        assert_eq!(format!("{line:?}"), "token: …");
    }

    #[test]
    fn before_a_connection_all_failures_sound_the_same() {
        let refused = |why| AttemptOutcome::AddressRefused(why).told();
        for text in [
            refused(AddressRefusal::Scheme),
            refused(AddressRefusal::Port),
            refused(AddressRefusal::NotPublic),
            refused(AddressRefusal::TooMany),
            AttemptOutcome::NotResolved.told(),
        ] {
            assert_eq!(text, AttemptOutcome::NotConnected.told());
        }
    }
}
