//! What came back through a door, in the form in which doors are compared.
//!
//! Must not forgive anything; what a proxy cannot help is in the table of differences.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The lines of an answer that a caller relies on.
const LINES: [&str; 5] =
    ["content-type", "www-authenticate", "retry-after", "allow", "chaveiro-hint"];

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
            LINES.contains(&name.as_str()).then(|| (name, value.to_owned()))
        };
        let lines = all.into_iter().filter_map(kept).collect();
        Self::Refused { status, lines, body: String::from_utf8_lossy(body).into_owned() }
    }

    /// The status that the caller got.
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Granted(_) => 200,
            Self::Refused { status, .. } | Self::Status(status) | Self::Failed(status) => *status,
        }
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
