//! Makes keys for operators: administrators, and gateways that verify.
//!
//! Must not show a secret but in the answer that makes a key.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::StatusCode;

use super::body;
use super::operator_key_dto::{self, IssuedOperatorKeyDto};
use super::problem::Problem;
use super::state::{ApiState, Caller};

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
