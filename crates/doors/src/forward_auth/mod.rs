//! Forward-auth: a proxy asks about each request before it forwards it, with the head of the
//! request itself.
//!
//! | form | who sends it | a refusal is answered with |
//! |---|---|---|
//! | `X-Forwarded-Method`, `X-Forwarded-Uri` | Traefik, Caddy | what the caller is to get: they pass it on |
//! | `X-Original-Method`, `X-Original-URI` | nginx | 403 and the whole answer in `Chaveiro-Refusal`: nginx can pass on nothing else |
//! | `Chaveiro-Asked-Method`, `Chaveiro-Asked-Target` | a service itself, by `chaveiro-client` | the same, and unpacks it itself |
//!
//! nginx then fetches the answer from `…/refusal`, which unpacks it. Nothing is verified a second
//! time, so the caller gets the verdict that was made. Must not grant what is not described whole.

mod describe;
mod original;
mod refusal;

pub(crate) use describe::{SCHEME, paths, scheme};

use std::sync::Arc;

use dialects::dialect::Answer;
use engine::verify::{Permit, Transport};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, header};

use crate::arrival::Arrival;
use crate::asker::{self, AskerFault};
use crate::body::DoorBody;
use crate::described::{self, Described, Outcome};
use crate::gateway::{Stamps, lines};
use crate::limit_lines::LimitLines;
use crate::rest::problem::{Problem, ProblemCode};
use crate::rest::{VerifyPlace, VerifySettings, find};
use crate::{names, text};
use original::{Form, Original};

/// What every path of this door begins with.
pub(crate) const BASE: &str = "/auth/";

static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// About as many lines as a grant has: room for all of them is made once.
const GRANT_LINES: usize = 14;

/// The door for proxies.
#[derive(Debug)]
pub(crate) struct ForwardAuth {
    settings: Arc<VerifySettings>,
    stamps: Stamps,
}

/// What a path says.
struct Route<'p> {
    realm: &'p str,
    environment: &'p str,
    call: Call,
}

/// What is asked for.
enum Call {
    /// A verdict.
    Judge,
    /// An answer that was packed.
    Unpack,
}

impl ForwardAuth {
    pub(crate) fn new(settings: Arc<VerifySettings>) -> Self {
        Self { settings, stamps: Stamps::default() }
    }

    /// Serves one request whose path begins with [`BASE`].
    pub(crate) async fn serve(&self, parts: &Parts, arrival: &Arrival) -> Response<DoorBody> {
        let answered = self.call(parts, arrival).await;
        answered.unwrap_or_else(|problem| problem.into_response(arrival))
    }

    async fn call(&self, parts: &Parts, arrival: &Arrival) -> Result<Response<DoorBody>, Problem> {
        let settings = &*self.settings;
        match arrival.transport {
            Transport::Allowed => {}
            Transport::Insecure => return Err(Problem::of(ProblemCode::InsecureTransport)),
        }
        let asked = Route::of(parts.uri.path()).ok_or(Problem::of(ProblemCode::NoSuchPath))?;
        if parts.method != Method::GET {
            return Err(Problem::of(ProblemCode::OnlyGet));
        }
        let keys = parts.headers.get_all(&names::VERIFIER).iter().map(HeaderValue::as_bytes);
        asker::check(&settings.engine, &settings.askers, keys, arrival.client)
            .map_err(may_not_ask)?;
        let place = find(settings, asked.realm, asked.environment)?;
        match asked.call {
            Call::Unpack => Ok(rendered(refusal::unpack(&parts.headers)?)),
            Call::Judge => self.judge(place, parts, arrival).await,
        }
    }

    async fn judge(
        &self,
        place: &VerifyPlace,
        parts: &Parts,
        arrival: &Arrival,
    ) -> Result<Response<DoorBody>, Problem> {
        let Original { form, method, target, client, scheme } = original::read(&parts.headers)?;
        let described =
            Described { method: &method, target, headers: &parts.headers, client, scheme };
        let engine = &self.settings.engine;
        Ok(match (described::judge(engine, place, &described, arrival).await, form) {
            (Outcome::Granted(permit), Form::PassedOn | Form::StatusAlone) => {
                self.granted(place, &permit, arrival)
            }
            (Outcome::Granted(permit), Form::ForItself) => {
                let mut response = self.granted(place, &permit, arrival);
                let names = described::credential_lines(place, &parts.headers);
                response.headers_mut().insert(&names::REMOVE, text::ascii(&listed(&names)));
                response
            }
            (Outcome::Answered(answer), Form::PassedOn) => rendered(answer),
            (Outcome::Answered(answer), Form::StatusAlone | Form::ForItself) => {
                refusal::packed(&answer)
            }
        })
    }

    /// Tells the proxy what it is to tell the upstream.
    fn granted(
        &self,
        place: &VerifyPlace,
        permit: &Permit<'_>,
        arrival: &Arrival,
    ) -> Response<DoorBody> {
        let mut response = Response::new(DoorBody::Empty);
        let headers = response.headers_mut();
        headers.reserve(GRANT_LINES);
        self.stamps.with(permit, &*self.settings.signer, arrival, |stamp| {
            headers.extend(lines(stamp));
        });
        headers.insert(&names::REQUEST_ID, text::request_id(arrival.request_id));
        headers.insert(header::CACHE_CONTROL, NO_STORE.clone());
        LimitLines::of(&*place.dialect, permit.taken(), arrival.now.real()).put(headers);
        response
    }
}

impl<'p> Route<'p> {
    fn of(path: &'p str) -> Option<Self> {
        let words: Vec<&str> = path.strip_prefix(BASE)?.splitn(4, '/').collect();
        match words[..] {
            [realm, environment] => Some(Self { realm, environment, call: Call::Judge }),
            [realm, environment, "refusal"] => {
                Some(Self { realm, environment, call: Call::Unpack })
            }
            _ => None,
        }
    }
}

fn may_not_ask(fault: AskerFault) -> Problem {
    let code = match fault {
        AskerFault::NoKey => ProblemCode::NoCredential,
        AskerFault::Ambiguous => ProblemCode::Ambiguous,
        AskerFault::Malformed(_) => ProblemCode::Malformed,
        AskerFault::Unknown => ProblemCode::Unknown,
        AskerFault::RoleNotEnough => ProblemCode::RoleNotEnough,
    };
    Problem::saying(code, fault.advice())
}

/// Names, one after the other.
fn listed(names: &[HeaderName]) -> Vec<u8> {
    let names: Vec<&[u8]> = names.iter().map(|name| name.as_str().as_bytes()).collect();
    names.join(&b", "[..])
}

/// An answer as it is.
fn rendered(answer: Answer) -> Response<DoorBody> {
    let Answer { status, headers: lines, body } = answer;
    let mut response = Response::new(DoorBody::from(body));
    *response.status_mut() = status;
    lines.into_iter().for_each(|(name, value)| {
        response.headers_mut().append(name, value);
    });
    response
}
