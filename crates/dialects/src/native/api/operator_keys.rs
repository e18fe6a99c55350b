//! Makes keys for operators: administrators, and gateways that verify.
//!
//! Must not show a secret but in the answer that makes a key.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{Method, StatusCode};

use super::body;
use super::operator_key_dto::{self, IssuedOperatorKeyDto, NewOperatorKeyBody};
use super::problem::Problem;
use super::route::Route;
use super::state::{ApiState, Caller};

/// The routes of operator keys.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::changes(Method::POST, "/operator-keys", create)
            .named("create_operator_key", "Make a key for an operator")
            .saying("The answer shows the key, once.")
            .reading::<NewOperatorKeyBody>()
            .making::<IssuedOperatorKeyDto<'static>>(),
    ]
}

/// `POST /operator-keys`.
pub(super) async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let (role, name) = operator_key_dto::read(&body::text(request).await?)?;
    let made = state
        .commit(caller, move |engine, context| {
            Box::pin(async move { engine.create_operator_key(role, name, context).await })
        })
        .await?;
    let issued = made.map_err(|fault| caller.fault(&fault))?;
    Ok((StatusCode::CREATED, Json(IssuedOperatorKeyDto::of(&issued))).into_response())
}
