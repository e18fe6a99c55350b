//! What came back through a door, in the form in which doors are compared.
//!
//! Must not forgive anything; what a proxy cannot help is in the table of differences.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The lines of an answer that a caller relies on.
const LINES: [&str; 10] = [
    "content-type",
    "www-authenticate",
    "retry-after",
    "allow",
    "chaveiro-hint",
    "ratelimit",
    "ratelimit-policy",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// The window of the corpus's limits, in seconds, and what of it may be gone when the last door is
/// asked.
const WINDOW_S: u64 = 43_200;
const GONE_S: u64 = 7_200;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// The upstream was told this, or is to be told it.
    Granted(BTreeMap<String, String>),
    /// The caller was told this.
    Refused { status: u16, lines: BTreeMap<String, String>, body: String },
    /// A verdict without a body: the status that the caller is to get.
    Status(u16),
    /// The proxy itself turned the request away, with this status.
    Failed(u16),
}

impl Came {
    /// Granted, with these lines of ours among others.
    pub(crate) fn granted<'l>(lines: impl IntoIterator<Item = (&'l str, &'l str)>) -> Self {
        let mut told = BTreeMap::new();
        for (name, value) in lines {
            let name = name.to_ascii_lowercase();
            if !name.replace('_', "-").starts_with("chaveiro-") {
                continue;
            }
            let value = match name.as_str() {
                "chaveiro-identity" => claims(value),
                "chaveiro-request-id" => "some".to_owned(),
                _ => value.to_owned(),
            };
            let before = told.insert(name.clone(), value);
            assert_eq!(before, None, "{name} is told twice");
        }
        Self::Granted(told)
    }

    /// Refused, with these lines among others.
    pub(crate) fn refused<'l>(
        status: u16,
        all: impl IntoIterator<Item = (&'l str, &'l str)>,
        body: &[u8],
    ) -> Self {
        let kept = |(name, value): (&str, &str)| {
            let name = name.to_ascii_lowercase();
            LINES.contains(&name.as_str()).then(|| (name, steady(value)))
        };
        let lines = all.into_iter().filter_map(kept).collect();
        Self::Refused { status, lines, body: steady(&String::from_utf8_lossy(body)) }
    }

    /// The status that the caller got.
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Granted(_) => 200,
            Self::Refused { status, .. } | Self::Status(status) | Self::Failed(status) => *status,
        }
    }
}

/// The text, with `soon` for the seconds that are left of a window, and `then` for its end: doors
/// are asked one after the other.
fn steady(text: &str) -> String {
    let mut steady = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let end = rest[at..].find(|letter: char| !letter.is_ascii_digit());
        let (before, number) = rest[..end.map_or(rest.len(), |end| at + end)].split_at(at);
        steady.push_str(before);
        steady.push_str(match number.parse() {
            Ok(left) if left > WINDOW_S - GONE_S && left <= WINDOW_S => "soon",
            Ok(1_700_000_000..=9_999_999_999) => "then",
            _ => number,
        });
        rest = &rest[at + number.len()..];
    }
    steady + rest
}

#[test]
fn only_what_is_left_of_the_window_and_its_end_are_held_for_the_same() {
    assert_eq!(steady("r=0;t=43197, 12, 1795353600."), "r=0;t=soon, 12, then.");
    for text in ["", "7", "36000", "43201", "1", "0", "3600", "99999999999", "a1b22c"] {
        assert_eq!(steady(text), text);
    }
}

/// What the signed identity says, without its times.
fn claims(token: &str) -> String {
    let payload = token.split('.').nth(1).unwrap_or_else(|| panic!("no token: {token}"));
    let json = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    let mut claims: Value = serde_json::from_slice(&json).expect("claims");
    let members = claims.as_object_mut().expect("an object");
    assert!(members.remove("iat").is_some() && members.remove("exp").is_some());
    claims.to_string()
}
