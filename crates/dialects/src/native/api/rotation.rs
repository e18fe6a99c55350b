//! Gives keys new secrets.
//!
//! Must not show a secret but in the answer that makes it.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::Method;

use super::key_dto::IssuedKeyDto;
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::secret_dto::{self, RotationBody};
use super::state::{ApiState, Caller};
use super::target::Target;
use super::{body, rejections};

/// The routes of rotation.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::changes(Method::POST, at!("/keys/{key}/rotate"), rotate)
            .named("rotate_key", "Give a key a new secret")
            .saying("The answer shows its whole new text, once. The old one works until its overlap is over; one that was replaced before is refused from the answer on. But where nobody used the newest secret yet, that one is refused, and the older one goes on working, not beyond an end that it has already. Sent again with the same Idempotency-Key, the new secret gets another text, if it was not used yet; the text of the first answer no longer works. Everything else about the key stays.")
            .reading::<RotationBody>()
            .answering::<IssuedKeyDto<'static>>()
            .failing(&[
                ProblemCode::KeyIsFinal,
                ProblemCode::NoPrefix,
                ProblemCode::AlreadyMade,
                ProblemCode::IdempotencyKeyReused,
                ProblemCode::StillRunning,
            ]),
    ]
}

/// `POST …/keys/{key}/rotate`.
async fn rotate(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let (place, key) = target.key(&state, caller).await?;
    let (body, caller) = body::of_caller(request, caller, state.reading()).await?;
    let rotation = secret_dto::read_rotation(&body)?;
    let rotated = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.rotate_key(&place, key.id, rotation, context).await })
        })
        .await?;
    let issued = rotated.map_err(|failure| caller.failed(failure, rejections::rotation))?;
    let (projected, now) = state.projected_after(caller, &issued.key).await;
    Ok(Json(IssuedKeyDto::of(&issued.key, &issued.text, projected, now)).into_response())
}
