//! Shows what holds the ageing of keys up, and lets it go on for whoever has looked.
//!
//! Must not decide what is held up, nor admit more than was seen.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::Method;

use super::body;
use super::guards_dto::{
    self, ApprovalBody, LifecycleApprovalDto, LifecycleClockResetDto, LifecycleStatusDto,
};
use super::problem::{Problem, ProblemCode};
use super::rejections;
use super::route::{Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;

/// The routes of guards.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows(at!("/lifecycle"), status)
            .named("show_lifecycle", "Show how the ageing of keys stands")
            .saying("What the clock shows, whether something holds the ageing of keys up, how many keys are due now, and when the next one is to be looked at.")
            .answering::<LifecycleStatusDto>(),
        Route::changes(Method::POST, at!("/lifecycle/approve"), approve)
            .named("approve_lifecycle", "Let keys age that are held up because they are too many")
            .saying("Admits the keys that are due now, once: as many as the body names at most, and for an hour. The next sweep goes on, and each key that takes a step uses up one of them. Sent again once it is done, whatever its Idempotency-Key, it does nothing and is answered nothing_held: the status says what is admitted.")
            .reading::<ApprovalBody>()
            .answering::<LifecycleApprovalDto>()
            .failing(&[ProblemCode::NothingHeld, ProblemCode::MoreKeysAreDue]),
        Route::changes(Method::POST, at!("/lifecycle/reset_clock"), reset)
            .named("reset_lifecycle_clock", "Let keys age again after a clock that was ahead")
            .saying("Keys took steps at a later instant than the clock shows, and none ages until it is reached. Where the clock is right now, this lets them age from now on. What was done is not undone. Whether more holds them up, the status says. Sent again once it is done, whatever its Idempotency-Key, it does nothing and is answered nothing_held.")
            .answering::<LifecycleClockResetDto>()
            .failing(&[ProblemCode::NothingHeld]),
    ]
}

/// `GET …/lifecycle`.
async fn status(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let status = state.engine().lifecycle_status(&place, state.reading()).await;
    let status = status.map_err(|fault| caller.fault(&fault))?;
    Ok(Json(LifecycleStatusDto::of(&status, place.realm())).into_response())
}

/// `POST …/lifecycle/approve`.
async fn approve(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let most = guards_dto::read(&body::text(request).await?)?;
    let approved = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.approve_sweep(&place, u64::from(most), context).await })
        })
        .await?;
    let approved = approved.map_err(|failure| caller.failed(failure, rejections::approval))?;
    Ok(Json(LifecycleApprovalDto::of(&approved)).into_response())
}

/// `POST …/lifecycle/reset_clock`.
async fn reset(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let there = place.clone();
    let reset = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.reset_lifecycle_clock(&there, context).await })
        })
        .await?;
    let from = reset.map_err(|failure| caller.failed(failure, rejections::mark))?;
    // The change is done: its answer asks the store nothing that could fail.
    let clock = state.engine().clock(&place, state.reading());
    Ok(Json(LifecycleClockResetDto::of(from, &clock, place.realm())).into_response())
}
