//! Lists, makes and deletes keys of operators: administrators, people who look, and gateways that
//! verify.
//!
//! Must not show a secret but in the answer that makes a key.

use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{Method, StatusCode};

use super::operator_key_dto::{self, IssuedOperatorKeyDto, NewOperatorKeyBody, OperatorKeyDto};
use super::page::{self, Asked};
use super::page_dto::PageDto;
use super::problem::{Problem, ProblemCode};
use super::route::Route;
use super::state::{ApiState, Caller};
use super::target::Target;
use super::{body, rejections};

/// The routes of operator keys.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows("/operator-keys", list)
            .named("list_operator_keys", "List the keys of operators")
            .saying("In the order of their making. Deleted ones are left out.")
            .asking(&[page::AFTER, page::LIMIT])
            .answering::<PageDto<OperatorKeyDto<'static>>>(),
        Route::changes(Method::POST, "/operator-keys", create)
            .named("create_operator_key", "Make a key for an operator")
            .saying("The answer shows the key, once.")
            .reading::<NewOperatorKeyBody>()
            .making::<IssuedOperatorKeyDto<'static>>()
            .failing(&[
                ProblemCode::AlreadyMade,
                ProblemCode::IdempotencyKeyReused,
                ProblemCode::StillRunning,
            ]),
        Route::changes(Method::DELETE, "/operator-keys/{operator_key}", delete)
            .named("delete_operator_key", "Delete the key of an operator for good")
            .saying("It opens nothing from the answer on. Deleting it again changes nothing.")
            .answering::<OperatorKeyDto<'static>>()
            .failing(&[ProblemCode::LastAdmin]),
    ]
}

/// `GET /operator-keys`.
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = page::query(query.as_deref(), &[])?;
    let asked = Asked::of_server(&state, "operator-keys");
    let after = asked.position(query.after.as_deref())?;
    let page = state.engine().list_operator_keys(after, query.limit).await;
    let page = page.map_err(|fault| caller.fault(&fault))?;
    let next = asked.cursor(page.next);
    let items = page.items.iter().map(OperatorKeyDto::of).collect();
    Ok(Json(PageDto { items, next }).into_response())
}

/// `POST /operator-keys`.
pub(super) async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let (body, caller) = body::of_caller(request, caller, state.reading()).await?;
    let (role, name) = operator_key_dto::read(&body)?;
    let made = state
        .commit(caller, state.reading().real(), move |engine, context| {
            Box::pin(async move { engine.create_operator_key(role, name, context).await })
        })
        .await?;
    let issued = made.map_err(|failure| caller.failed(failure, rejections::new_operator_key))?;
    Ok((StatusCode::CREATED, Json(IssuedOperatorKeyDto::of(&issued))).into_response())
}

/// `DELETE /operator-keys/{operator_key}`. Answers with the key as it was, also when it is sent
/// again.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let id = target.operator_key_id()?;
    let outcome = state
        .commit(caller, state.reading().real(), move |engine, context| {
            Box::pin(async move { engine.delete_operator_key(id, context).await })
        })
        .await?;
    let key = outcome.map_err(|failure| caller.failed(failure, rejections::operator_key))?;
    Ok(Json(OperatorKeyDto::of(&key)).into_response())
}
