//! Changes and deletes accounts, suspends and resumes them, opens and closes releases.
//!
//! Must not decide which accounts may be deleted or released: the engine does.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::account::Account;
use domain::time::Timestamp;
use engine::context::Context;
use engine::engine::Engine;
use engine::outcome::Outcome;
use http::Method;

use super::account_dto::{self, AccountChangeBody, AccountDto};
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::state::{ApiState, Caller, Running};
use super::target::Target;
use super::{body, rejections};

/// The routes that change, suspend and delete accounts.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::changes(Method::PATCH, at!("/accounts/{account}"), update)
            .named("update_account", "Change an account")
            .saying("What is left out stays as it is.")
            .reading::<AccountChangeBody>()
            .answering::<AccountDto>(),
        Route::changes(Method::POST, at!("/accounts/{account}/suspend"), suspend)
            .named("suspend_account", "Take an account out of force, and all below it")
            .saying("None of their keys works for any request sent after the answer. No key is changed.")
            .answering::<AccountDto>(),
        Route::changes(Method::POST, at!("/accounts/{account}/resume"), resume)
            .named("resume_account", "Put an account in force again")
            .saying("Each key is as it was left: one that was switched off stays off.")
            .answering::<AccountDto>(),
        Route::changes(Method::DELETE, at!("/accounts/{account}"), delete)
            .named(
                "delete_account",
                "Delete a sub-account or a project for good, and all its keys and webhooks",
            )
            .answering::<AccountDto>()
            .failing(&[ProblemCode::IsRoot]),
        Route::changes(Method::POST, at!("/accounts/{account}/release"), open_release)
            .named(
                "open_release",
                "Let the keys of a root account manage those below it for two hours",
            )
            .saying("The account needs a list of addresses too.")
            .answering::<AccountDto>()
            .failing(&[ProblemCode::NotRoot]),
        Route::changes(Method::DELETE, at!("/accounts/{account}/release"), close_release)
            .named("close_release", "End the release of an account")
            .answering::<AccountDto>()
            .failing(&[ProblemCode::NotRoot]),
    ]
}

/// `PATCH …/accounts/{account}`.
pub(super) async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let (place, account) = target.account(&state, caller).await?;
    let change = account_dto::read_change(&body::text(request).await?, place.realm())?;
    run(&state, caller, state.time_in(&place), rejections::account, move |engine, context| {
        Box::pin(async move { engine.update_account(&place, account.id, change, context).await })
    })
    .await
}

/// `POST …/accounts/{account}/suspend`. One that is suspended stays as it is.
pub(super) async fn suspend(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, id) = target.account_id(&state)?;
    run(&state, caller, state.time_in(&place), rejections::account, move |engine, context| {
        Box::pin(async move { engine.suspend_account(&place, id, context).await })
    })
    .await
}

/// `POST …/accounts/{account}/resume`. One that is in force stays as it is.
pub(super) async fn resume(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, id) = target.account_id(&state)?;
    run(&state, caller, state.time_in(&place), rejections::account, move |engine, context| {
        Box::pin(async move { engine.resume_account(&place, id, context).await })
    })
    .await
}

/// `DELETE …/accounts/{account}`. Answers with the account as it ended; from then on it is absent.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, found) = target.account(&state, caller).await?;
    run(&state, caller, state.time_in(&place), rejections::deletion, move |engine, context| {
        Box::pin(async move { engine.delete_account(&place, found.id, context).await })
    })
    .await
}

/// `POST …/accounts/{account}/release`. One that is open lasts for the whole time again.
pub(super) async fn open_release(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, id) = target.account_id(&state)?;
    run(&state, caller, state.time_in(&place), rejections::release, move |engine, context| {
        Box::pin(async move { engine.open_release(&place, id, context).await })
    })
    .await
}

/// `DELETE …/accounts/{account}/release`. One that is closed stays as it is.
pub(super) async fn close_release(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, id) = target.account_id(&state)?;
    run(&state, caller, state.time_in(&place), rejections::release, move |engine, context| {
        Box::pin(async move { engine.close_release(&place, id, context).await })
    })
    .await
}

/// Runs a command that ends with the account as it then stands.
async fn run<R, C>(
    state: &ApiState,
    caller: Caller,
    now: Timestamp,
    rejected: fn(R) -> Problem,
    command: C,
) -> Result<Response, Problem>
where
    R: Send + 'static,
    C: for<'a> FnOnce(&'a Engine, Context<'a>) -> Running<'a, Outcome<Account, R>> + Send + 'static,
{
    let outcome = state.commit(caller, now, command).await?;
    let account = outcome.map_err(|failure| caller.failed(failure, rejected))?;
    Ok(Json(AccountDto::of(&account)).into_response())
}
