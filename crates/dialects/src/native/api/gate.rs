//! The gate of the API: every request shows an operator's key before its path or body is looked at.
//!
//! Must not read a credential from anywhere but `Authorization`, nor repeat one.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use domain::audit::Actor;
use domain::ids::RequestId;
use domain::policy::{OperatorAct, operator_may};
use engine::operator_access::{NotAnOperator, Operator};
use http::header::{AUTHORIZATION, CACHE_CONTROL};
use http::{HeaderMap, HeaderName, HeaderValue};
use tower::{Layer, Service};

use super::problem::{Problem, ProblemCode};
use super::state::{ApiState, Caller};

static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
static REQUEST_ID: HeaderName = HeaderName::from_static("chaveiro-request-id");

/// Puts the gate before what it is laid around.
#[derive(Clone)]
pub(super) struct GateLayer(pub(super) ApiState);

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, api: S) -> Gate<S> {
        Gate { api, state: self.0.clone() }
    }
}

/// The gate, and the API behind it.
#[derive(Clone)]
pub(super) struct Gate<S> {
    api: S,
    state: ApiState,
}

impl<S> Service<Request> for Gate<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.api.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let known = request.extensions().get::<RequestId>().copied();
        let request_id = known.unwrap_or_else(|| self.state.new_request_id());
        match admitted(&self.state, &request) {
            Ok(Operator { key, role }) => {
                let actor = Actor::Operator(key);
                let caller = Caller { actor, role, request_id, retry: None, once: None };
                request.extensions_mut().insert(caller);
                let answer = self.api.call(request);
                Box::pin(async move { answer.await.map(|answer| marked(answer, request_id)) })
            }
            Err(problem) => Box::pin(ready(Ok(marked(problem.into_response(), request_id)))),
        }
    }
}

/// The answer with its request's identifier. Whatever is answered, no cache keeps it.
fn marked(mut answer: Response, request_id: RequestId) -> Response {
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE.clone());
    // An identifier is hexadecimal digits and hyphens, so the conversion cannot fail.
    if let Ok(value) = HeaderValue::try_from(request_id.to_string()) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    answer
}

/// Lets those through who may at least look, and tells everybody else why not.
fn admitted(state: &ApiState, request: &Request) -> Result<Operator, Problem> {
    let operator = admin(state, request.headers())?;
    if has_one_spelling(request.uri().path()) { Ok(operator) } else { Err(super::no_such_path()) }
}

/// No name or id in a path needs percent-encoding or is empty, so a path with either is not one of
/// ours: what is routed is byte by byte what was sent, whatever a router would make of it.
fn has_one_spelling(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%') && !path.contains("//")
}

fn admin(state: &ApiState, headers: &HeaderMap) -> Result<Operator, Problem> {
    let operator = state.engine().operator(credential(headers)?).map_err(|error| match error {
        NotAnOperator::Malformed(diagnosis) => {
            Problem::new(ProblemCode::Malformed, diagnosis.advice())
        }
        NotAnOperator::Unknown => Problem::new(
            ProblemCode::Unknown,
            "No such admin key is known here. Check that it was copied whole and belongs to this server.",
        ),
    })?;
    // Which route asks for more, its own check says; whoever may not even look is told nothing.
    if operator_may(operator.role, OperatorAct::Read) {
        Ok(operator)
    } else {
        Err(Problem::new(
            ProblemCode::AdminKeyNeeded,
            "This is a verifier's key, which opens the verify call alone. Use an admin key.",
        ))
    }
}

/// The text behind the scheme `Bearer` (RFC 9110, section 11.4).
fn credential(headers: &HeaderMap) -> Result<&[u8], Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err(Problem::new(
            ProblemCode::NoCredential,
            "Send an admin key in the header Authorization, behind the word Bearer and a space.",
        ));
    };
    if values.next().is_some() {
        return Err(Problem::new(
            ProblemCode::Ambiguous,
            "More than one Authorization header was sent. Send exactly one.",
        ));
    }
    let not_bearer = || {
        Problem::new(
            ProblemCode::Malformed,
            "The header Authorization must hold the word Bearer, a space and an admin key.",
        )
    };
    let value = value.as_bytes().trim_ascii();
    let (scheme, rest) = value.split_at_checked(b"Bearer".len()).ok_or_else(not_bearer)?;
    if scheme.eq_ignore_ascii_case(b"Bearer") && matches!(rest.first(), None | Some(b' ')) {
        Ok(rest.trim_ascii_start())
    } else {
        Err(not_bearer())
    }
}
