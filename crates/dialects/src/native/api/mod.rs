//! The native management API: realms, accounts, keys and operator keys under `/api/v1`, as JSON
//! for admin keys.
//!
//! A request takes four stops: `gate` (who asks, before anything else is read), `target` (what
//! the path names), the reader of its body, one use case of the engine. Must not decide what a
//! rule of the engine decides, must not own a clock or a generator, and must not repeat a secret.

mod account_changes;
mod account_dto;
mod accounts;
mod body;
mod gate;
mod health;
mod key_dto;
mod keys;
mod object;
mod operator_key_dto;
mod operator_keys;
mod page;
mod page_dto;
mod permission_dto;
mod problem;
mod problem_dto;
mod realm_dto;
mod realms;
mod rejections;
pub mod scope;
mod state;
mod target;
mod values;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

pub use health::health_router;
pub use state::{ApiState, Clock, EntropySource};

use problem::{Problem, ProblemCode};

/// Where the API begins.
pub const BASE: &str = "/api/v1";

/// The API with everything below [`BASE`], unknown paths included.
pub fn router(state: ApiState) -> Router {
    let place = "/realms/{realm}/environments/{environment}";
    let at = |rest: &str| format!("{place}{rest}");
    let api = Router::new()
        .route("/realms", get(realms::list))
        .route("/realms/{realm}", get(realms::show))
        .route(&at("/accounts"), get(accounts::list).post(accounts::create))
        .route(
            &at("/accounts/{account}"),
            get(accounts::show).patch(account_changes::update).delete(account_changes::delete),
        )
        .route(
            &at("/accounts/{account}/release"),
            post(account_changes::open_release).delete(account_changes::close_release),
        )
        .route(&at("/accounts/{account}/keys"), get(keys::list_of_account).post(keys::create))
        .route(&at("/keys"), get(keys::list_of_place))
        .route(&at("/keys/{key}"), get(keys::show).patch(keys::update).delete(keys::delete))
        .route(&at("/keys/{key}/enable"), post(keys::enable))
        .route(&at("/keys/{key}/disable"), post(keys::disable))
        .route("/operator-keys", post(operator_keys::create))
        .fallback(no_such_path)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(state.clone());
    // The gate stands around the whole, so that neither a fallback nor the list of methods that
    // axum adds to an answer speaks before it; and around nothing else of the server.
    Router::new().nest_service(BASE, api).route_layer(from_fn_with_state(state, gate::admit))
}

async fn no_such_path() -> Problem {
    Problem::new(
        ProblemCode::NoSuchPath,
        "This path is not part of the API. Check its spelling: paths end without a slash.",
    )
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        ProblemCode::MethodNotAllowed,
        "This path does not serve this method. The Allow header lists those it does.",
    )
}
