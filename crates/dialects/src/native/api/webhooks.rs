//! Lists, shows, makes, changes and deletes webhooks: where accounts want to be told of events.
//!
//! Must not show the token of a receiver.

use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::webhook::Webhook;
use engine::outcome::{NoSuchWebhook, Outcome};
use http::header::LOCATION;
use http::{Method, StatusCode};

use super::page_dto::PageDto;
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;
use super::webhook_dto::{self, NewWebhookBody, ShownWebhookDto, WebhookChangeBody, WebhookDto};
use super::{BASE, body, page, rejections};

/// The routes of webhooks.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows(at!("/accounts/{account}/webhooks"), list)
            .named("list_webhooks", "List the webhooks of an account")
            .saying("In the order of their making, deleted ones left out. One page holds them all.")
            .answering::<PageDto<WebhookDto<'static>>>(),
        Route::changes(Method::POST, at!("/accounts/{account}/webhooks"), create)
            .named("create_webhook", "Make a webhook")
            .saying("Its token is never shown again. A token that is a signing secret of Standard Webhooks (whsec_ and base64) signs what is sent; any other is sent along, and one that only begins like a secret is refused.")
            .reading::<NewWebhookBody>()
            .making::<WebhookDto<'static>>()
            .failing(&[
                ProblemCode::AlreadyMade,
                ProblemCode::IdempotencyKeyReused,
                ProblemCode::LimitReached,
                ProblemCode::StillRunning,
            ]),
        Route::shows(at!("/webhooks/{webhook}"), show)
            .named("show_webhook", "Show a webhook")
            .answering::<ShownWebhookDto<'static>>(),
        Route::changes(Method::PATCH, at!("/webhooks/{webhook}"), update)
            .named("update_webhook", "Change a webhook")
            .saying("What is left out stays as it is.")
            .reading::<WebhookChangeBody>()
            .answering::<WebhookDto<'static>>(),
        Route::changes(Method::DELETE, at!("/webhooks/{webhook}"), delete)
            .named("delete_webhook", "Delete a webhook for good")
            .saying("Its token is forgotten with it. From the answer on it is absent.")
            .answering::<WebhookDto<'static>>(),
    ]
}

/// `GET …/accounts/{account}/webhooks`. The realm's limit is never above what one page holds.
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (place, account) = target.known_account(&state)?;
    page::no_query(query.as_deref())?;
    let all = state.engine().list_webhooks(&place, account).await;
    let all = all.map_err(|fault| caller.fault(&fault))?;
    let now = state.time_in(&place);
    let items = all.iter().map(|webhook| WebhookDto::of(webhook, now)).collect();
    Ok(Json(PageDto { items, next: None }).into_response())
}

/// `POST …/accounts/{account}/webhooks`.
pub(super) async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let (place, account) = target.known_account(&state)?;
    let (body, caller) = body::of_caller(request, caller, state.reading()).await?;
    let wish = webhook_dto::read_new(&body, place.realm(), state.engine())?;
    let made = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.create_webhook(&place, account, wish, context).await })
        })
        .await?;
    let webhook = made.map_err(|failure| caller.failed(failure, rejections::new_webhook))?;
    let (place, now) = (&webhook.place, state.time_at(&webhook.place));
    let location = format!(
        "{BASE}/realms/{}/environments/{}/webhooks/{}",
        place.realm, place.environment, webhook.id
    );
    let shown = WebhookDto::of(&webhook, now);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(shown)).into_response())
}

/// `GET …/webhooks/{webhook}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, webhook) = target.webhook(&state, caller).await?;
    let standing = state.engine().queue_standing(webhook.id).await;
    let standing = standing.map_err(|fault| caller.fault(&fault))?;
    let now = state.time_in(&place);
    Ok(Json(ShownWebhookDto::of(&webhook, &standing, now)).into_response())
}

/// `PATCH …/webhooks/{webhook}`.
pub(super) async fn update(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let (place, webhook) = target.webhook(&state, caller).await?;
    let body = body::text(request).await?;
    let change = webhook_dto::read_change(&body, place.realm(), state.engine(), &webhook)?;
    let Webhook { id, account, .. } = webhook;
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(
                async move { engine.update_webhook(&place, account, id, change, context).await },
            )
        })
        .await?;
    changed(&state, caller, outcome)
}

/// `DELETE …/webhooks/{webhook}`. Answers with the webhook as it ended.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, Webhook { id, account, .. }) = target.webhook(&state, caller).await?;
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.delete_webhook(&place, account, id, context).await })
        })
        .await?;
    changed(&state, caller, outcome)
}

fn changed(
    state: &ApiState,
    caller: Caller,
    outcome: Outcome<Webhook, NoSuchWebhook>,
) -> Result<Response, Problem> {
    let webhook = outcome.map_err(|failure| caller.failed(failure, rejections::webhook))?;
    Ok(Json(WebhookDto::of(&webhook, state.time_at(&webhook.place))).into_response())
}
