//! The native management API: realms, accounts, keys and operator keys under `/api/v1`, as JSON
//! for operators' keys.
//!
//! A request takes four stops: `gate` (who asks, before anything else is read), `target` (what
//! the path names), the reader of its body, one use case of the engine. Must not decide what a
//! rule of the engine decides, must not own a clock or a generator, and must not repeat a secret.

mod account_changes;
mod account_dto;
mod accounts;
mod audit;
mod audit_dto;
mod body;
mod clock_dto;
mod clocks;
mod deliveries;
mod deliveries_dto;
mod describe;
mod describe_values;
mod describe_webhook;
mod docs;
mod docs_html;
mod docs_page;
mod docs_type;
mod docs_words;
mod event_dto;
mod events;
mod exposures;
mod finished;
mod gate;
mod guards;
mod guards_dto;
mod health;
mod key_dto;
mod key_filter_dto;
mod key_owner;
mod key_owner_dto;
mod keys;
mod lifecycle;
mod many_keys;
mod many_keys_dto;
mod object;
mod operator_key_dto;
mod operator_keys;
pub(super) mod own_key;
mod page;
mod page_dto;
mod permission_dto;
mod preview_dto;
mod problem;
mod problem_code;
mod problem_dto;
mod realm_dto;
mod realms;
mod rejections;
mod rotation;
mod route;
pub mod scope;
mod secret_dto;
mod state;
mod target;
mod values;
mod webhook_dto;
mod webhook_rotation;
mod webhooks;

use axum::Router;

pub use docs::docs_router;
pub use health::health_router;
pub use state::{ApiState, Clock, EntropySource, LoopsSource};

use gate::GateLayer;
use problem::{Problem, ProblemCode};
use route::Route;

/// Where the API begins.
pub const BASE: &str = "/api/v1";

/// Every route, in the order in which the description lists them.
fn routes() -> Vec<Route> {
    [
        realms::routes(),
        accounts::routes(),
        account_changes::routes(),
        keys::routes(),
        rotation::routes(),
        webhook_rotation::routes(),
        exposures::routes(),
        key_owner::routes(),
        many_keys::routes(),
        webhooks::routes(),
        deliveries::routes(),
        events::routes(),
        audit::routes(),
        clocks::routes(),
        lifecycle::routes(),
        guards::routes(),
        operator_keys::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The API with everything below [`BASE`], unknown paths included.
pub fn router(state: ApiState) -> Router {
    let mut api = Router::new();
    for route in routes() {
        let (path, service) = route.into_service();
        api = api.route(path, service);
    }
    let api = api
        .fallback(async || no_such_path())
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(state.clone());
    // The gate stands around the whole, so that neither a fallback nor the list of methods that
    // axum adds to an answer speaks before it; and around nothing else of the server.
    Router::new().nest_service(BASE, api).route_layer(GateLayer(state))
}

fn no_such_path() -> Problem {
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
