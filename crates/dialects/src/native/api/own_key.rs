//! What the holder of a key may do with that very key, on the listener of its realm: look at it,
//! give it a new secret, end it.
//!
//! No permission is needed for it, and every other check was passed before. Must not touch any
//! other key, and must not widen this one.

use domain::key::Key;
use domain::method::Method as RouteMethod;
use domain::route::{RouteNeed, RouteRule};
use engine::change_key::KeyRejection;
use engine::outcome::{Failure, Fault, Outcome};
use engine::rotate_key::Rotation;
use http::{HeaderValue, Method, StatusCode};

use super::key_dto::{IssuedKeyDto, KeyDto};
use super::problem::{Problem, ProblemCode};
use super::{rejections, secret_dto};
use crate::dialect::{Answer, Trouble};
use crate::native::problem;
use crate::office::{Desk, GrantedRequest, Office};

/// The key itself.
pub(in crate::native) const KEY: &str = "/api/v1/self";
/// A new secret for it.
pub(in crate::native) const ROTATION: &str = "/api/v1/self/rotate";

static JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The rules of these routes: a key is enough.
pub(in crate::native) fn routes() -> Vec<RouteRule> {
    let rule = |method, pattern: &str| RouteRule {
        method,
        pattern: pattern.to_owned(),
        need: RouteNeed::NoPermission,
    };
    vec![
        rule(RouteMethod::Get, KEY),
        rule(RouteMethod::Delete, KEY),
        rule(RouteMethod::Post, ROTATION),
    ]
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Key,
    Rotation,
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        match path.strip_suffix('/').unwrap_or(path) {
            KEY => Some(Self::Key),
            ROTATION => Some(Self::Rotation),
            _ => None,
        }
    }
}

/// Answers a granted request.
pub(in crate::native) async fn answer(office: Office<'_>, request: GrantedRequest) -> Answer {
    let outcome = match (Target::of(request.uri.path()), &request.method) {
        (Some(Target::Key), &Method::GET | &Method::HEAD) => show(office, &request).await,
        (Some(Target::Key), &Method::DELETE) => end(office, &request).await,
        (Some(Target::Rotation), &Method::POST) => rotate(office, &request).await,
        // Only what is listed comes here.
        (Some(Target::Key | Target::Rotation) | None, _) => {
            Err(problem::trouble(Trouble::MethodNotAllowed))
        }
    };
    outcome.unwrap_or_else(|answer| answer)
}

type Answered = Result<Answer, Answer>;

async fn show(office: Office<'_>, request: &GrantedRequest) -> Answered {
    let found = office.engine.get_key(office.place, request.key).await;
    shown(office.desk(), found).await
}

/// Ends the key for good; the answer is the last that it gets.
async fn end(office: Office<'_>, request: &GrantedRequest) -> Answered {
    let desk = office.desk();
    let Office { engine, place, context } = office;
    shown(desk, engine.delete_key(place, request.key, context).await).await
}

async fn shown(desk: Desk<'_>, outcome: Outcome<Key, KeyRejection>) -> Answered {
    let key = outcome.map_err(|failure| failed(desk, failure, rejections::key))?;
    Ok(Answer::with_json(
        StatusCode::OK,
        &JSON,
        &KeyDto::of(&key, desk.projected(&key).await, desk.now),
    ))
}

async fn rotate(office: Office<'_>, request: &GrantedRequest) -> Answered {
    let desk = office.desk();
    let Office { engine, place, context } = office;
    let rotation = read(&request.body).map_err(|problem| problem.into_answer())?;
    let rotation = Rotation { holder: Some(request.kid), ..rotation };
    let issued = engine.rotate_key(place, request.key, rotation, context).await;
    let issued = issued.map_err(|failure| failed(desk, failure, rejections::rotation))?;
    let projected = desk.projected(&issued.key).await;
    let shown = IssuedKeyDto::of(&issued.key, &issued.text, projected, desk.now);
    Ok(Answer::with_json(StatusCode::OK, &JSON, &shown))
}

/// No body at all asks for what is usual.
fn read(body: &[u8]) -> Result<Rotation, Problem> {
    if body.is_empty() {
        return secret_dto::read_rotation("{}");
    }
    let text = std::str::from_utf8(body).map_err(|_| {
        Problem::new(ProblemCode::InvalidJson, "The body is not UTF-8. Send the JSON in UTF-8.")
    })?;
    secret_dto::read_rotation(text)
}

fn failed<R>(desk: Desk<'_>, failure: Failure<R>, why: impl FnOnce(R) -> Problem) -> Answer {
    match failure {
        Failure::Rejected(rejection) => why(rejection).into_answer(),
        Failure::Fault(fault) => in_trouble(desk, &fault),
    }
}

fn in_trouble(desk: Desk<'_>, fault: &Fault) -> Answer {
    desk.log(fault);
    problem::trouble(Trouble::Internal)
}
