//! What was sent to webhooks and what came of it; sends again, and lifts waits.
//!
//! Must not show the token of a receiver; bodies hold none.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::webhook::Webhook;
use engine::deliveries::DeliveryStanding;
use engine::outcome::{EventPosition, Position, ResendDeliveryRejection, WebhookRef};
use http::Method;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};

use super::deliveries_dto::{AlertDto, AttemptsDto, BackoffDto, DeliveryDto};
use super::page::{self, AFTER, Asked, LIMIT};
use super::page_dto::PageDto;
use super::problem::Problem;
use super::rejections;
use super::route::{Parameter, Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;

const STATE: &str = "state";

static QUERY: [Parameter; 3] = [
    AFTER,
    LIMIT,
    Parameter {
        name: STATE,
        about: "Only deliveries in one of these states; repeat it, or join them by commas",
        schema: states,
    },
];

fn states() -> Schema {
    let one = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(DeliveryStanding::ALL.map(DeliveryStanding::name)));
    ArrayBuilder::new().items(one).min_items(Some(1)).into()
}

/// The routes of deliveries and alerts.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows(at!("/webhooks/{webhook}/deliveries"), list)
            .named("list_deliveries", "List what is sent to a webhook")
            .saying("In the order of the events, for 14 days. One page looks at 1,000 deliveries at most: with a filter it may hold fewer than asked for, even none, and still have a next one.")
            .asking(&QUERY)
            .answering::<PageDto<DeliveryDto<'static>>>(),
        Route::shows(at!("/webhooks/{webhook}/deliveries/{event}"), show)
            .named("show_delivery", "Show an event on its way to a webhook, and its attempts")
            .saying("The latest 50 attempts are kept, each with the first 4,096 bytes of the answer.")
            .answering::<AttemptsDto<'static>>(),
        Route::changes(Method::POST, at!("/webhooks/{webhook}/deliveries/{event}/resend"), resend)
            .named("resend_delivery", "Send an event to a webhook again")
            .saying("It is due at once, with the same id and body, whether it was delivered, waits or was not tried yet, and its waits begin anew. Where the webhook is interrupted or switched off it is sent when that is over. To a sequential webhook it goes before all later ones.")
            .answering::<DeliveryDto<'static>>(),
        Route::changes(Method::POST, at!("/webhooks/{webhook}/remove_backoff"), remove_backoff)
            .named("remove_backoff", "Lift the waits of a webhook")
            .saying("Whatever waits because it failed is due at once, 5,000 events at most and the oldest first: call again while it lifts so many. A webhook that is interrupted stays so: change it for that.")
            .answering::<BackoffDto>(),
        Route::shows(at!("/webhooks/{webhook}/alerts"), list_alerts)
            .named("list_webhook_alerts", "List what the people of a webhook are told of it")
            .saying("In the order of writing.")
            .asking(&[AFTER, LIMIT])
            .answering::<PageDto<AlertDto>>(),
    ]
}

/// `GET …/webhooks/{webhook}/deliveries`.
async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (place, webhook) = target.webhook(&state, caller).await?;
    let query = page::query(query.as_deref(), &[STATE])?;
    let standings = standings(&query.others)?;
    let names: Vec<&str> = standings.iter().map(|standing| standing.name()).collect();
    let asked = Asked::of(&state, "deliveries", &place);
    let asked = asked.with(webhook.id.to_string()).with(names.join(" "));
    let after = EventPosition::from_number(asked.position(query.after.as_deref())?.0);
    let webhook = ref_of(webhook);
    let found = state.engine().find_deliveries(webhook, &standings, after, query.limit).await;
    let found = found.map_err(|fault| caller.fault(&fault))?;
    let next = found.next.map(|next| Position(next.to_number()));
    let items = found.items.iter().map(DeliveryDto::of).collect();
    Ok(Json(PageDto { items, next: asked.cursor(next) }).into_response())
}

/// `GET …/webhooks/{webhook}/deliveries/{event}`.
async fn show(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (_, webhook) = target.webhook(&state, caller).await?;
    let event = target.event().ok_or_else(rejections::no_such_delivery)?;
    let found = state.engine().get_delivery(ref_of(webhook), event).await;
    let found = found.map_err(|fault| caller.fault(&fault))?;
    let (delivery, attempts) = found.ok_or_else(rejections::no_such_delivery)?;
    Ok(Json(AttemptsDto::of(&delivery, &attempts)).into_response())
}

/// `POST …/webhooks/{webhook}/deliveries/{event}/resend`.
async fn resend(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, webhook) = target.webhook(&state, caller).await?;
    let event = target.event().ok_or_else(rejections::no_such_delivery)?;
    let webhook = ref_of(webhook);
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.resend_delivery(webhook, event, context).await })
        })
        .await?;
    let delivery = outcome.map_err(|failure| {
        caller.failed(failure, |rejection| match rejection {
            ResendDeliveryRejection::NoSuchWebhook => rejections::no_such_webhook(),
            ResendDeliveryRejection::NoSuchDelivery => rejections::no_such_delivery(),
        })
    })?;
    Ok(Json(DeliveryDto::of(&delivery)).into_response())
}

/// `POST …/webhooks/{webhook}/remove_backoff`.
async fn remove_backoff(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (place, webhook) = target.webhook(&state, caller).await?;
    let webhook = ref_of(webhook);
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.remove_backoff(webhook, context).await })
        })
        .await?;
    let lifted = outcome.map_err(|failure| caller.failed(failure, rejections::webhook))?;
    Ok(Json(BackoffDto { lifted }).into_response())
}

/// `GET …/webhooks/{webhook}/alerts`.
async fn list_alerts(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (place, webhook) = target.webhook(&state, caller).await?;
    let query = page::query(query.as_deref(), &[])?;
    let asked = Asked::of(&state, "alerts", &place).with(webhook.id.to_string());
    let Position(after) = asked.position(query.after.as_deref())?;
    let found = state.engine().list_alerts(webhook.id, after, query.limit).await;
    let found = found.map_err(|fault| caller.fault(&fault))?;
    let last = found.last().filter(|_| found.len() >= query.limit as usize);
    let next = asked.cursor(last.map(|row| Position(row.epoch)));
    let items = found.iter().map(AlertDto::of).collect();
    Ok(Json(PageDto { items, next }).into_response())
}

/// Each of the states that are named, once and in the order of all.
fn standings(pairs: &[(&'static str, String)]) -> Result<Vec<DeliveryStanding>, Problem> {
    let named: Vec<&str> = pairs.iter().flat_map(|(_, text)| text.split(',')).collect();
    let known = DeliveryStanding::ALL.map(DeliveryStanding::name);
    if named.iter().any(|name| !known.contains(name)) {
        return Err(Problem::field(STATE, format!("must be one of {}", known.join(", "))));
    }
    let all = DeliveryStanding::ALL.into_iter();
    Ok(all.filter(|standing| named.contains(&standing.name())).collect())
}

fn ref_of(webhook: Webhook) -> WebhookRef {
    let Webhook { place, account, id, .. } = webhook;
    WebhookRef { place, account, webhook: id }
}
