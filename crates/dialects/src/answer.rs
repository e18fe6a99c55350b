//! What the answers of all dialects have in common: no cache keeps them, waits are whole seconds.
//!
//! Must not know any dialect's bodies.

use bytes::Bytes;
use domain::ids::RealmName;
use domain::refusal::Refusal;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::dialect::{Answer, Dialect};

/// Seconds to wait when we could not decide: nodes renew their lease well within one.
pub(crate) const RETRY_SOON: u64 = 1;

/// Most headers of an answer: type, cache, and a challenge, a wait or the methods.
const HEADERS_MAX: usize = 3;

/// Methods that are served, for the `Allow` that goes with every 405 (RFC 9110, section 15.5.6).
static METHODS: HeaderValue =
    HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

impl Answer {
    /// An answer with a body of this type.
    pub(crate) fn with_body(status: StatusCode, content_type: &HeaderValue, body: Bytes) -> Self {
        Self { status, headers: Vec::with_capacity(HEADERS_MAX), body }
            .with(CONTENT_TYPE, content_type.clone())
            .with(CACHE_CONTROL, NO_STORE.clone())
            .with_allow()
    }

    /// An answer without any body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: vec![(CACHE_CONTROL, NO_STORE.clone())], body: Bytes::new() }
    }

    /// An answer with JSON of this type.
    pub(crate) fn with_json(
        status: StatusCode,
        content_type: &HeaderValue,
        json: &impl serde::Serialize,
    ) -> Self {
        // What we serialize are our own plain structures, which cannot fail.
        let body = serde_json::to_vec(json).expect("plain structures");
        Self::with_body(status, content_type, body.into())
    }

    /// Adds the challenge if this is a 401 (RFC 9110, section 15.5.2).
    pub(crate) fn with_challenge(self, challenge: &HeaderValue) -> Self {
        if self.status == StatusCode::UNAUTHORIZED {
            self.with(WWW_AUTHENTICATE, challenge.clone())
        } else {
            self
        }
    }

    /// Adds how long to wait, where that is known.
    pub(crate) fn with_retry_after(self, seconds: Option<u64>) -> Self {
        match seconds {
            Some(seconds) => self.with(RETRY_AFTER, HeaderValue::from(seconds)),
            None => self,
        }
    }

    /// Adds where the limit stands that was used up, if that is the reason.
    pub(crate) fn with_limit(mut self, dialect: &dyn Dialect, refusal: &Refusal) -> Self {
        if let Some(spent) = refusal.spent() {
            let lines = dialect.limit_lines(&mut std::iter::once(spent.standing()), spent.at);
            self.headers.extend(lines);
        }
        self
    }

    /// Adds the methods that are served if this is a 405.
    fn with_allow(self) -> Self {
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            self.with(ALLOW, METHODS.clone())
        } else {
            self
        }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Whole seconds after which a request is surely admitted: rounded up, and never zero, because a
/// client told to wait zero seconds would spin.
pub(crate) const fn whole_seconds(ms: u64) -> u64 {
    let seconds = ms.div_ceil(1_000);
    if seconds == 0 { 1 } else { seconds }
}

/// The challenges of a realm: `Bearer` (RFC 6750, section 3), unless it reads a header of its own.
#[derive(Debug)]
pub(crate) struct Challenges {
    /// Without an error code: nothing was sent that could be wrong.
    nothing_sent: HeaderValue,
    /// For any key that was sent; the states of keys are not told apart.
    invalid: HeaderValue,
}

impl Challenges {
    /// The challenges of a realm that reads `Bearer`.
    pub(crate) fn bearer(realm: &RealmName) -> Self {
        Self {
            nothing_sent: header_value(&format!(r#"Bearer realm="{realm}""#)),
            invalid: header_value(&format!(r#"Bearer realm="{realm}", error="invalid_token""#)),
        }
    }

    /// The same challenge always, for realms that do not read `Bearer`.
    pub(crate) fn always(challenge: HeaderValue) -> Self {
        Self { nothing_sent: challenge.clone(), invalid: challenge }
    }

    /// The challenge that goes with this refusal, should it be a 401.
    pub(crate) const fn for_refusal(&self, refusal: &Refusal) -> &HeaderValue {
        if matches!(refusal, Refusal::NoCredential(_)) { &self.nothing_sent } else { &self.invalid }
    }
}

/// The challenge of a realm that reads a header of its own. `ApiKey` is no registered scheme;
/// RFC 9110 demands one in every 401, and the parameter says what to send.
pub(crate) fn api_key_challenge(realm: &RealmName, header: &HeaderName) -> HeaderValue {
    header_value(&format!(r#"ApiKey realm="{realm}", header="{header}""#))
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("names of realms and headers are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        for (ms, seconds) in [(0, 1), (1, 1), (999, 1), (1_000, 1), (1_001, 2), (59_001, 60)] {
            assert_eq!(whole_seconds(ms), seconds, "{ms} ms");
        }
        assert_eq!(whole_seconds(u64::MAX), u64::MAX / 1_000 + 1);
    }
}
