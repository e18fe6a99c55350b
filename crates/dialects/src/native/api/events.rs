//! Lists what happened to keys: in a place, or to those of one account.
//!
//! Must not show what a key may do: whoever looks at the key sees that.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::audit::EventKind;
use domain::ids::{AccountId, KeyId};
use engine::deliveries::EventSearch;
use engine::outcome::{EventPosition, Position};
use engine::place::PlaceRef;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::describe_values;
use super::event_dto::EventDto;
use super::key_filter_dto::{NOT_ESCAPED, unescaped};
use super::page::{self, AFTER, Asked, LIMIT};
use super::page_dto::PageDto;
use super::problem::Problem;
use super::route::{Parameter, Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;

const KIND: &str = "kind";
const KEY: &str = "key";
const LISTED: &str = "In the order in which they happened, each with its key as it stood then. One page looks at 10,000 events at most: it may hold fewer than asked, even none, and still have a next one.";

static QUERY: [Parameter; 4] = [
    AFTER,
    LIMIT,
    Parameter { name: KIND, about: "Only events of this kind", schema: kinds },
    Parameter {
        name: KEY,
        about: "Only events about the key with this id",
        schema: describe_values::any_text,
    },
];

fn kinds() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(EventKind::ALL.map(EventKind::name)))
        .into()
}

/// The routes of events.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows(at!("/events"), list_of_place)
            .named("list_events", "List the events of an environment")
            .saying(LISTED)
            .asking(&QUERY)
            .answering::<PageDto<EventDto<'static>>>(),
        Route::shows(at!("/accounts/{account}/events"), list_of_account)
            .named("list_account_events", "List the events of an account's keys")
            .saying(LISTED)
            .asking(&QUERY)
            .answering::<PageDto<EventDto<'static>>>(),
    ]
}

/// `GET …/events`.
async fn list_of_place(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    list(&state, caller, &place, None, query.as_deref()).await
}

/// `GET …/accounts/{account}/events`. Those of an account that was deleted are shown, too.
async fn list_of_account(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (place, account) = target.account(&state, caller).await?;
    list(&state, caller, &place, Some(account.id), query.as_deref()).await
}

async fn list(
    state: &ApiState,
    caller: Caller,
    place: &PlaceRef,
    account: Option<AccountId>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let query = page::query(query, &[KIND, KEY])?;
    let (mut kind, mut key) = (None, None);
    for (name, raw) in &query.others {
        let text = unescaped(raw).ok_or_else(|| Problem::field(name, NOT_ESCAPED))?;
        if *name == KIND {
            kind = Some(EventKind::from_name(&text).ok_or_else(no_such_kind)?);
        } else {
            key = Some(KeyId::parse(&text).ok());
        }
    }
    // In one order, whatever that of the question is.
    let asked = Asked::of(state, "events", place).with(kind.map_or("", EventKind::name).to_owned());
    let asked = asked.with(key.flatten().map_or(String::new(), |key| key.to_string()));
    let asked = asked.below(account);
    let after = EventPosition::from_number(asked.position(query.after.as_deref())?.0);
    // What is no id is the id of nothing, like one that nobody has.
    if key == Some(None) {
        let nothing: PageDto<EventDto<'static>> = PageDto { items: Vec::new(), next: None };
        return Ok(Json(nothing).into_response());
    }
    let search = EventSearch { account, kind, key: key.flatten(), after, limit: query.limit };
    let found = state.engine().list_events(place, search).await;
    let found = found.map_err(|fault| caller.fault(&fault))?;
    let projected = state.engine().projected_at_events(place, &found.items).await;
    let projected = projected.map_err(|fault| caller.fault(&fault))?;
    let next = asked.cursor(found.more.then(|| Position(found.end.to_number())));
    let items = found.items.iter().zip(projected);
    let items = items.map(|(row, projected)| EventDto::of(row, projected)).collect();
    Ok(Json(PageDto { items, next }).into_response())
}

fn no_such_kind() -> Problem {
    let all = EventKind::ALL.map(EventKind::name).join(", ");
    Problem::field(KIND, format!("must be one of {all}"))
}
