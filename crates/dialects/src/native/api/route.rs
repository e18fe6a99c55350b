//! One route of the API: what serves it, what it needs of whoever asks, and what is said of it.
//!
//! From the list of routes come the router, the check of roles, the description and the matrix of
//! authorization, so that none of them can know a route that the others don't. Must not hold a
//! route itself.

use std::future::{Future, ready};
use std::pin::Pin;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use domain::audit::Actor;
use domain::idempotence::{IdempotencyKey, NotAnIdempotencyKey};
use domain::policy::{OperatorAct, operator_may};
use http::{HeaderMap, Method, StatusCode};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::problem::{Problem, ProblemCode};
use super::state::{ApiState, Caller};

/// A path below an environment of a realm.
macro_rules! at {
    ($rest:literal) => {
        concat!("/realms/{realm}/environments/{environment}", $rest)
    };
}
pub(super) use at;

/// A schema with its name and those below it.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Its name among the components.
    pub(super) name: fn() -> String,
    /// Adds it and all below it to the components.
    pub(super) collect: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    fn of<T: ToSchema>() -> Self {
        Self {
            name: || T::name().into_owned(),
            collect: |all| {
                all.push((T::name().into_owned(), T::schema()));
                T::schemas(all);
            },
        }
    }
}

/// A parameter of a query.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    /// Its name.
    pub(super) name: &'static str,
    /// What it does, in a sentence.
    pub(super) about: &'static str,
    /// Which values it takes.
    pub(super) schema: fn() -> Schema,
}

/// One route.
pub(super) struct Route {
    /// Its method.
    pub(super) method: Method,
    /// Its path below the base, with names in braces.
    pub(super) path: &'static str,
    /// Its unique name.
    pub(super) id: &'static str,
    /// What it does, in a sentence without a full stop.
    pub(super) summary: &'static str,
    /// What else there is to know.
    pub(super) more: &'static str,
    /// What its query may hold.
    pub(super) query: &'static [Parameter],
    /// What its body holds, where it reads one.
    pub(super) body: Option<Shape>,
    /// Its success.
    pub(super) success: (StatusCode, Option<Shape>),
    /// Its problems, besides those that any route of its kind has.
    pub(super) problems: &'static [ProblemCode],
    serve: MethodRouter<ApiState>,
}

impl Route {
    /// A route that shows something.
    pub(super) fn shows<H, T>(path: &'static str, handler: H) -> Self
    where
        H: Handler<T, ApiState>,
        T: 'static,
    {
        let serve = Permitted { act: OperatorAct::Read, handler };
        Self::new(Method::GET, path, on(MethodFilter::GET, serve))
    }

    /// A route that changes something.
    ///
    /// # Panics
    /// A method that changes nothing, which the first test of the router finds.
    pub(super) fn changes<H, T>(method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, ApiState>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("a method that axum knows");
        let serve = Permitted { act: OperatorAct::Manage, handler };
        Self::new(method, path, on(filter, serve))
    }

    fn new(method: Method, path: &'static str, serve: MethodRouter<ApiState>) -> Self {
        Self {
            method,
            path,
            id: "",
            summary: "",
            more: "",
            query: &[],
            body: None,
            success: (StatusCode::OK, None),
            problems: &[],
            serve,
        }
    }

    /// Its unique name, and what it does.
    pub(super) fn named(self, id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, ..self }
    }

    /// What else there is to know.
    pub(super) fn saying(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    /// What its query may hold.
    pub(super) fn asking(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    /// What its body holds.
    pub(super) fn reading<T: ToSchema>(self) -> Self {
        Self { body: Some(Shape::of::<T>()), ..self }
    }

    /// Its success: 200 with this.
    pub(super) fn answering<T: ToSchema>(self) -> Self {
        Self { success: (StatusCode::OK, Some(Shape::of::<T>())), ..self }
    }

    /// Its success: 201 with this, and where it is.
    pub(super) fn making<T: ToSchema>(self) -> Self {
        Self { success: (StatusCode::CREATED, Some(Shape::of::<T>())), ..self }
    }

    /// Its problems, besides those that any route of its kind has.
    pub(super) fn failing(self, problems: &'static [ProblemCode]) -> Self {
        Self { problems, ..self }
    }

    /// What serves it, behind the check of the role.
    pub(super) fn into_service(self) -> (&'static str, MethodRouter<ApiState>) {
        (self.path, self.serve)
    }
}

/// A handler behind the check of the role: it takes whoever wants what its route does.
#[derive(Clone)]
struct Permitted<H> {
    act: OperatorAct,
    handler: H,
}

impl<H, T> Handler<T, ApiState> for Permitted<H>
where
    H: Handler<T, ApiState>,
    T: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, mut request: Request, state: ApiState) -> Self::Future {
        match permit(self.act, &request) {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                Box::pin(self.handler.call(request, state))
            }
            Err(problem) => Box::pin(ready(problem.into_response())),
        }
    }
}

/// The caller whose role covers the act. The gate came before, so that a caller is known.
fn permit(act: OperatorAct, request: &Request) -> Result<Caller, Problem> {
    match request.extensions().get::<Caller>() {
        Some(caller) if operator_may(caller.role, act) => {
            let retry = retry_key(*caller, request.method(), request.headers())?;
            Ok(Caller { retry, ..*caller })
        }
        Some(_) | None => Err(Problem::new(
            ProblemCode::AdminKeyNeeded,
            "This key sees what there is and changes nothing. Use an admin key.",
        )),
    }
}

/// The header by which a request may be sent again.
pub(super) const RETRY_HEADER: &str = "Idempotency-Key";

/// The idempotency key of a request, on methods where it means something.
fn retry_key(
    caller: Caller,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all(RETRY_HEADER).iter();
    let (Some(value), true) = (values.next(), *method == Method::POST) else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::field(RETRY_HEADER, "is there more than once: send it once"));
    }
    // Only operators pass the gate; nobody else's keys are kept.
    let operator = match caller.actor {
        Actor::Operator(operator) => operator,
        Actor::Key(_) | Actor::System => return Ok(None),
    };
    IdempotencyKey::read(operator, value.as_bytes())
        .map(Some)
        .map_err(|error: NotAnIdempotencyKey| Problem::field(RETRY_HEADER, error.to_string()))
}
