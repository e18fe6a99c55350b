//! Asks about a request with its head as it came: forward-auth, in the form for services.
//!
//! The server reads the credential itself, so what it calls twice, misspelt or in the wrong place is
//! what its gateway calls so. Must not decide anything, and must not let the caller's lines say what
//! the service has to say.

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::response::Parts;
use http::{HeaderMap, Method, Request, StatusCode, Uri};

use crate::client::Client;
use crate::fault::Fault;
use crate::place::Place;
use crate::verdict::{Admission, Identity, Verdict};
use crate::{names, packed};

/// Most bytes behind the head of an answer; a verdict has none.
const BODY_MAX: usize = 16 * 1_024;

/// The head of a request to a service. It is not printed: its lines hold the credential.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its target: the path that whoever serves it will read.
    pub uri: &'a Uri,
    /// Its lines, as they came.
    pub headers: &'a HeaderMap,
    /// What the service knows of its caller besides.
    pub caller: Caller,
}

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, caller, .. } = self;
        f.debug_struct("Head")
            .field("method", method)
            .field("caller", caller)
            .finish_non_exhaustive()
    }
}

/// What a service knows of its caller by itself. Whatever is not known is left out: a key that is
/// bound to addresses is then refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// From which address it came. Take it from a line such as `X-Forwarded-For` only where a proxy
    /// of yours writes that line.
    pub address: Option<IpAddr>,
    /// How it came; in the clear is refused where the environment has `require_tls`.
    pub scheme: Option<Scheme>,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Client {
    /// Asks whether a request may pass. It takes from the limits of its key, whatever becomes of it
    /// then; so ask once for each request.
    ///
    /// # Errors
    /// There is no verdict; the request must not pass.
    pub async fn judge(&self, place: &Place, head: &Head<'_>) -> Result<Verdict, Fault> {
        let path = format!("/auth/{}/{}", place.realm(), place.environment());
        let mut request = Request::get(self.url(&path)).body(Bytes::new()).map_err(unaskable)?;
        self.describe(head, request.headers_mut())?;
        let (parts, body) = self.send(request, BODY_MAX).await?;
        match (parts.status, one(&parts.headers, &names::REFUSAL)?) {
            (StatusCode::OK, None) => Ok(Verdict::Granted(admission(place, &parts)?)),
            (StatusCode::FORBIDDEN, Some(line)) => packed::unpack(line)
                .map(Verdict::Refused)
                .ok_or(Fault::unreadable("a refusal that is none")),
            _ => Err(problem(&parts, &body)),
        }
    }

    /// The lines of the question: the caller's, and ours about them.
    fn describe(&self, head: &Head<'_>, lines: &mut HeaderMap) -> Result<(), Fault> {
        let target = target(head.uri);
        let Limits { bytes_max, lines_max } = self.head_limits();
        let mut bytes = target.len();
        for (name, value) in head.headers {
            bytes = bytes.saturating_add(name.as_str().len() + value.len() + 4);
        }
        if bytes > bytes_max || head.headers.len() > lines_max {
            return Err(Fault::HeadTooLarge);
        }
        for (name, value) in head.headers {
            let stays = !names::is_ours(name)
                && !names::is_of_the_connection(name)
                && !names::describes_a_request(name);
            if stays {
                lines.append(name.clone(), value.clone());
            }
        }
        let value = |text: &str| HeaderValue::from_str(text).map_err(unaskable);
        lines.insert(&names::ASKED_METHOD, value(head.method.as_str())?);
        lines.insert(&names::ASKED_TARGET, HeaderValue::from_str(target).map_err(unaskable)?);
        if let Some(address) = head.caller.address {
            lines.insert(&names::ASKED_CLIENT, value(&address.to_string())?);
        }
        if let Some(scheme) = head.caller.scheme {
            let scheme = match scheme {
                Scheme::Http => "http",
                Scheme::Https => "https",
            };
            lines.insert(&names::ASKED_SCHEME, HeaderValue::from_static(scheme));
        }
        lines.insert(&names::VERIFIER, self.verifier_line());
        Ok(())
    }
}

/// Most of a head that is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes_max: usize,
    pub(crate) lines_max: usize,
}

/// Path and query; of a target that has none, such as that of CONNECT, whatever it has, so that the
/// server turns it away in its own words.
fn target(uri: &Uri) -> &str {
    let whole = uri.path_and_query().map(http::uri::PathAndQuery::as_str);
    whole.or_else(|| uri.authority().map(http::uri::Authority::as_str)).unwrap_or("*")
}

fn unaskable<E>(_: E) -> Fault {
    let detail = "The method or the target of the request cannot be sent on.".to_owned();
    Fault::Mistaken { status: StatusCode::BAD_REQUEST.as_u16(), detail }
}

fn admission(place: &Place, parts: &Parts) -> Result<Admission, Fault> {
    let text = |name: &HeaderName| -> Result<String, Fault> {
        let value = one(&parts.headers, name)?.and_then(|value| value.to_str().ok());
        let value = value.filter(|text| !text.is_empty());
        value.map(str::to_owned).ok_or(Fault::unreadable("a grant that does not say who calls"))
    };
    let project = match one(&parts.headers, &names::PROJECT)? {
        Some(_) => Some(text(&names::PROJECT)?),
        None => None,
    };
    let identity = Identity {
        realm: text(&names::REALM)?,
        environment: text(&names::ENVIRONMENT)?,
        account: text(&names::ACCOUNT)?,
        project,
        key: text(&names::KEY)?,
        request_id: text(&names::REQUEST_ID)?,
        token: text(&names::IDENTITY)?,
    };
    if (&*identity.realm, &*identity.environment) != (place.realm(), place.environment()) {
        return Err(Fault::unreadable("a grant for another environment"));
    }
    let named = text(&names::REMOVE)?;
    let read = named.split(", ").map(|name| HeaderName::from_bytes(name.as_bytes()));
    let credential_lines = read.collect::<Result<Vec<_>, _>>();
    let credential_lines = credential_lines
        .map_err(|_| Fault::unreadable("a grant that does not say where the credential is"))?;
    let limits = parts.headers.iter().filter(|(name, _)| names::is_of_limits(name));
    let mut limit_lines = HeaderMap::new();
    for (name, value) in limits {
        limit_lines.append(name.clone(), value.clone());
    }
    Ok(Admission { identity, credential_lines, limit_lines })
}

/// The value of a line that comes once, if at all.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Fault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Fault::unreadable("one of Chaveiro's lines came twice")),
    }
}

/// What an answer says that is neither a verdict nor a decision.
pub(crate) fn problem(parts: &Parts, body: &Bytes) -> Fault {
    let status = parts.status;
    if status == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE {
        return Fault::HeadTooLarge;
    }
    if status.is_server_error() {
        return Fault::Unavailable { status: status.as_u16() };
    }
    let is_problem =
        parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
    let detail = is_problem.then(|| detail(body)).flatten();
    match (status, detail) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Some(detail)) => {
            Fault::NotAllowed { detail }
        }
        (_, Some(detail)) if status.is_client_error() => {
            Fault::Mistaken { status: status.as_u16(), detail }
        }
        _ => Fault::unreadable("neither a verdict nor a problem"),
    }
}

fn detail(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Problem {
        detail: String,
    }
    serde_json::from_slice(body).ok().map(|Problem { detail }| detail)
}
