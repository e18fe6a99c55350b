//! The verdict on a request that was asked about with its head.
//!
//! Must not hold the credential, in no form.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, StatusCode};

use crate::names;

/// What is to become of a request.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It may pass.
    Granted(Admission),
    /// Its caller is to get this answer, and nobody else is to see the request.
    Refused(Refusal),
}

/// What goes with a request that may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Who calls.
    pub identity: Identity,
    /// The lines that held the credential, in lower case. There is at least one.
    pub credential_lines: Vec<HeaderName>,
    /// Where the limits stand: lines for the answer to the caller.
    pub limit_lines: HeaderMap,
}

/// Who calls, as the server tells an upstream. The token is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The realm's name.
    pub realm: String,
    /// The environment's name.
    pub environment: String,
    /// The account that the key belongs to, a UUID.
    pub account: String,
    /// The project that it acts for, a UUID, where there is one.
    pub project: Option<String>,
    /// The key, a UUID. It is no secret.
    pub key: String,
    /// By which name the server's log knows the verdict.
    pub request_id: String,
    /// The same, signed: a JWT that ends soon, for whoever is asked next. Its public key is at
    /// `/.well-known/jwks.json` of the server's control plane.
    pub token: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { realm, environment, account, project, key, request_id, token: _ } = self;
        f.debug_struct("Identity")
            .field("realm", realm)
            .field("environment", environment)
            .field("account", account)
            .field("project", project)
            .field("key", key)
            .field("request_id", request_id)
            .finish_non_exhaustive()
    }
}

/// The answer to a caller that is turned away, in the words of the realm's dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its status, 400 or above.
    pub status: StatusCode,
    /// Its lines, without those of the connection and those that frame a body.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Admission {
    /// Takes the credential out of a header, and every line that somebody could take for one of
    /// Chaveiro's.
    pub fn strip(&self, headers: &mut HeaderMap) {
        let goes =
            |name: &&HeaderName| names::is_ours(name) || self.credential_lines.contains(name);
        let gone: Vec<HeaderName> = headers.keys().filter(goes).cloned().collect();
        for name in gone {
            headers.remove(name);
        }
    }
}

impl Refusal {
    /// The answer as it goes to the caller.
    #[must_use]
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let mut response = Response::new(B::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
