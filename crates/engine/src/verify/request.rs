//! What a verification is asked: a credential as a dialect extracted it, and the request around it.
//!
//! Must not know header names; dialects fill these types.

use std::net::IpAddr;

use domain::diagnosis::Diagnosis;
use domain::key_text::PresentedKey;
use domain::method::Method;
use domain::prefix::KeyPrefixes;
use domain::time::{Reading, Tick};

/// The credential of a request.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// None of ours; the diagnosis says what seems to have happened to it.
    Absent(Diagnosis),
    /// More than one, or one twice. None is looked at.
    Ambiguous,
    /// One whose shape is wrong.
    Malformed(Diagnosis),
    /// One that is shaped like a key of this realm.
    Presented(PresentedKey<'a>),
}

impl<'a> Credential<'a> {
    /// Reads the text of the one credential that was sent.
    #[must_use]
    pub fn read(text: &'a [u8], prefixes: &'a KeyPrefixes) -> Self {
        if text.is_empty() {
            return Self::Absent(Diagnosis::Empty);
        }
        match PresentedKey::parse(text, prefixes) {
            Ok(key) => Self::Presented(key),
            Err(Diagnosis::Empty) => Self::Absent(Diagnosis::Empty),
            Err(diagnosis) => Self::Malformed(diagnosis),
        }
    }
}

/// The project that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectName<'a> {
    /// None.
    Absent,
    /// This one, unread.
    Named(&'a str),
    /// Several, or bytes that are no text; treated like a credential that comes twice.
    Ambiguous,
}

/// How the request came over the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In a way that this listener allows.
    Allowed,
    /// In the clear, where TLS is required.
    Insecure,
}

/// What a request that may pass takes from limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Its part of every limit. Whoever asks sees the end of the answer, and drops what is under way
    /// then.
    ToTheEnd,
    /// Its part of every limit but those of requests at once, which are not asked: whoever asks cannot
    /// see the end of the answer.
    WithoutEnd,
    /// Nothing: the request is verified again before it is answered. It is refused all the same where
    /// a limit is used up.
    NotYet,
}

/// One question: may this request pass?
#[derive(Clone, Copy, Debug)]
pub struct VerifyRequest<'a> {
    /// When it came, by the system's clock; the engine judges by that of the place.
    pub now: Reading,
    /// The same on the clock that nobody sets, for limits.
    pub tick: Tick,
    /// What it takes from limits.
    pub counting: Counting,
    /// How it came.
    pub transport: Transport,
    /// Its credential.
    pub credential: Credential<'a>,
    /// Its method.
    pub method: Method,
    /// Its path without the query, exactly as it will be forwarded.
    pub path: &'a str,
    /// From where it came, if that is known.
    pub client: Option<IpAddr>,
    /// Whether it carries a `User-Agent` that is not empty.
    pub names_its_program: bool,
    /// The project it names.
    pub project: ProjectName<'a>,
}
