//! Shows the realms that are served, as configuration made them.
//!
//! Must not change anything: realms are configured, not managed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use domain::realm::Realm;

use super::page;
use super::page_dto::PageDto;
use super::problem::{Problem, ProblemCode};
use super::realm_dto::RealmDto;
use super::route::Route;
use super::state::ApiState;
use super::target::Target;

/// The routes of realms.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows("/realms", list)
            .named("list_realms", "List the realms")
            .answering::<PageDto<RealmDto<'static>>>(),
        Route::shows("/realms/{realm}", show)
            .named("show_realm", "Show a realm")
            .answering::<RealmDto<'static>>()
            .failing(&[ProblemCode::NoSuchRealm]),
    ]
}

/// `GET /realms`. There are few realms, so that one page always holds them all.
pub(super) async fn list(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    page::no_query(query.as_deref())?;
    let realms = realms(&state);
    let items = realms.iter().map(|realm| show_one(&state, realm)).collect();
    Ok(Json(PageDto { items, next: None }).into_response())
}

/// `GET /realms/{realm}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    target: Target,
) -> Result<Response, Problem> {
    let name = target.realm();
    let realms = realms(&state);
    let realm = realms.iter().find(|realm| Some(&realm.name) == name.as_ref());
    let Some(realm) = realm else {
        return Err(Problem::new(
            ProblemCode::NoSuchRealm,
            "There is no such realm. List the realms to see what there is.",
        ));
    };
    Ok(Json(show_one(&state, realm)).into_response())
}

fn show_one<'a>(state: &ApiState, realm: &'a Realm) -> RealmDto<'a> {
    RealmDto::of(realm, state.dialect_of(&realm.name))
}

/// Every realm once, in the order of the configuration.
fn realms(state: &ApiState) -> Vec<Arc<Realm>> {
    let mut realms: Vec<Arc<Realm>> = Vec::new();
    for place in state.engine().places() {
        if realms.iter().all(|known| known.name != place.realm().name) {
            realms.push(Arc::clone(place.realm()));
        }
    }
    realms
}
