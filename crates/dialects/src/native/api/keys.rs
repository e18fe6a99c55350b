//! Lists, shows, makes, changes, switches and deletes keys.
//!
//! Must not show a secret but in the answer that makes a key.

use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::ids::AccountId;
use domain::key::Key;
use engine::change_key::KeyRejection;
use engine::list_keys::KeySearch;
use engine::outcome::Outcome;
use engine::place::PlaceRef;
use http::header::LOCATION;
use http::{Method, StatusCode};

use super::key_dto::{self, IssuedKeyDto, KeyChangeBody, KeyDto, NewKeyBody};
use super::page::{self, Asked};
use super::page_dto::PageDto;
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;
use super::{BASE, body, key_filter_dto, rejections};

const LISTED: &str = "In the order of their making. Deleted ones are left out. One page looks at 10,000 keys at most: with a filter it may hold fewer than asked for, even none, and still have a next one.";

/// The routes of keys.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows(at!("/keys"), list_of_place)
            .named("list_keys", "List the keys of an environment")
            .saying(LISTED)
            .asking(&key_filter_dto::QUERY)
            .answering::<PageDto<KeyDto<'static>>>(),
        Route::shows(at!("/accounts/{account}/keys"), list_of_account)
            .named("list_account_keys", "List the keys of an account")
            .saying(LISTED)
            .asking(&key_filter_dto::QUERY)
            .answering::<PageDto<KeyDto<'static>>>(),
        Route::shows(at!("/keys/{key}"), show)
            .named("show_key", "Show a key")
            .answering::<KeyDto<'static>>(),
        Route::changes(Method::POST, at!("/accounts/{account}/keys"), create)
            .named("create_key", "Make a key")
            .saying("The answer shows its whole text, once. Sent again with the same Idempotency-Key, the same key gets another text, if it was not used yet; the older text no longer works.")
            .reading::<NewKeyBody>()
            .making::<IssuedKeyDto<'static>>()
            .failing(&[
                ProblemCode::AlreadyMade,
                ProblemCode::IdempotencyKeyReused,
                ProblemCode::LimitReached,
                ProblemCode::NoPrefix,
                ProblemCode::StillRunning,
            ]),
        Route::changes(Method::PATCH, at!("/keys/{key}"), update)
            .named("update_key", "Change a key")
            .saying("What is left out stays as it is. What is taken away holds for every request sent after the answer.")
            .reading::<KeyChangeBody>()
            .answering::<KeyDto<'static>>()
            .failing(&[ProblemCode::KeyIsFinal]),
        Route::changes(Method::POST, at!("/keys/{key}/enable"), enable)
            .named("enable_key", "Switch a key on")
            .answering::<KeyDto<'static>>()
            .failing(&[ProblemCode::KeyIsFinal]),
        Route::changes(Method::POST, at!("/keys/{key}/disable"), disable)
            .named("disable_key", "Switch a key off")
            .saying("It is refused for every request sent after the answer.")
            .answering::<KeyDto<'static>>()
            .failing(&[ProblemCode::KeyIsFinal]),
        Route::changes(Method::DELETE, at!("/keys/{key}"), delete)
            .named("delete_key", "Delete a key for good")
            .saying("It is refused for every request sent after the answer. Deleting it again changes nothing.")
            .answering::<KeyDto<'static>>(),
    ]
}

/// `GET …/keys`: all keys of the place.
pub(super) async fn list_of_place(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    list(&state, caller, "keys", &place, None, query.as_deref()).await
}

/// `GET …/accounts/{account}/keys`.
pub(super) async fn list_of_account(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (place, account) = target.account(&state, caller).await?;
    list(&state, caller, "account keys", &place, Some(account.id), query.as_deref()).await
}

async fn list(
    state: &ApiState,
    caller: Caller,
    route: &str,
    place: &PlaceRef,
    owner: Option<AccountId>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let query = page::query(query, &key_filter_dto::NAMES)?;
    let filter = key_filter_dto::from_query(&query.others, &place.realm().catalogue)?;
    let asked = Asked::of(state, route, place).below(owner).filtered(&filter);
    let after = asked.position(query.after.as_deref())?;
    let now = state.time_in(place);
    let search = KeySearch { owner, filter, now, after, limit: query.limit };
    let page = state.engine().list_keys(place, search).await;
    let page = page.map_err(|fault| caller.fault(&fault))?;
    let next = asked.cursor(page.next);
    let projected = state.engine().projected_expiries(place, &page.items, now).await;
    let projected = projected.map_err(|fault| caller.fault(&fault))?;
    let items = page.items.iter().zip(projected);
    let items = items.map(|(key, projected)| KeyDto::of(key, projected, now)).collect();
    Ok(Json(PageDto { items, next }).into_response())
}

/// `GET …/keys/{key}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, key) = target.key(&state, caller).await?;
    let now = state.time_in(&place);
    let projected = state.engine().projected_expiry(&place, &key, now).await;
    let projected = projected.map_err(|fault| caller.fault(&fault))?;
    Ok(Json(KeyDto::of(&key, projected, now)).into_response())
}

/// `POST …/accounts/{account}/keys`. The one answer that holds the secret.
pub(super) async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let (place, account) = target.known_account(&state)?;
    let (body, caller) = body::of_caller(request, caller, state.reading()).await?;
    let wish = key_dto::read_new(&body, account, &place.realm().catalogue)?;
    let made = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.create_key(&place, wish, context).await })
        })
        .await?;
    let issued = made.map_err(|failure| caller.failed(failure, rejections::new_key))?;
    let place = &issued.key.place;
    let location = format!(
        "{BASE}/realms/{}/environments/{}/keys/{}",
        place.realm, place.environment, issued.key.id
    );
    let (projected, now) = state.projected_after(caller, &issued.key).await;
    let body = Json(IssuedKeyDto::of(&issued.key, &issued.text, projected, now));
    Ok((StatusCode::CREATED, [(LOCATION, location)], body).into_response())
}

/// `PATCH …/keys/{key}`.
pub(super) async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let (place, key) = target.key(&state, caller).await?;
    let body = body::text(request).await?;
    let change = key_dto::read_change(&body, &place.realm().catalogue)?;
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.update_key(&place, key.id, change, context).await })
        })
        .await?;
    changed(&state, caller, outcome).await
}

/// `POST …/keys/{key}/enable`. A key that is on stays as it is.
pub(super) async fn enable(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, id) = target.key_id(&state)?;
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.enable_key(&place, id, context).await })
        })
        .await?;
    changed(&state, caller, outcome).await
}

/// `POST …/keys/{key}/disable`. A key that is off stays as it is.
pub(super) async fn disable(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, id) = target.key_id(&state)?;
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.disable_key(&place, id, context).await })
        })
        .await?;
    changed(&state, caller, outcome).await
}

/// `DELETE …/keys/{key}`. Answers with the key as it ended, also when it is sent again.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, id) = target.key_id(&state)?;
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.delete_key(&place, id, context).await })
        })
        .await?;
    changed(&state, caller, outcome).await
}

async fn changed(
    state: &ApiState,
    caller: Caller,
    outcome: Outcome<Key, KeyRejection>,
) -> Result<Response, Problem> {
    let key = outcome.map_err(|failure| caller.failed(failure, rejections::key))?;
    let (projected, now) = state.projected_after(caller, &key).await;
    Ok(Json(KeyDto::of(&key, projected, now)).into_response())
}
