//! Lists what was done, and by whom: everywhere, or in one place.
//!
//! Must not show what a change was beyond its name and what it was about.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::audit::{Action, Actor, AuditSearch, NotAnActor};
use domain::ids::{NotAnId, RequestId};
use domain::time::Timestamp;
use engine::outcome::Position;
use engine::place::PlaceRef;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};

use super::audit_dto::AuditEntryDto;
use super::describe_values;
use super::key_filter_dto::{NOT_ESCAPED, query_instant, unescaped};
use super::page::{self, AFTER, Asked, LIMIT};
use super::page_dto::PageDto;
use super::problem::Problem;
use super::route::{Parameter, Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;

const ACTION: &str = "action";
const ACTOR: &str = "actor";
const TARGET: &str = "target";
const REQUEST_ID: &str = "request_id";
const FROM: &str = "from";
const UNTIL: &str = "until";
const KNOWN: [&str; 6] = [ACTION, ACTOR, TARGET, REQUEST_ID, FROM, UNTIL];
const LISTED: &str = "The newest first. One page looks at 10,000 entries at most: it may hold fewer than asked, even none, and still have a next one.";

static QUERY: [Parameter; 8] = [
    AFTER,
    LIMIT,
    Parameter { name: ACTION, about: "Only what was done by this name", schema: actions },
    Parameter {
        name: ACTOR,
        about: "Only what was done by `operator:` or `key:` and the id of a key, or by `system`",
        schema: describe_values::any_text,
    },
    Parameter {
        name: TARGET,
        about: "Only what was done to the thing with this id",
        schema: describe_values::any_text,
    },
    Parameter { name: REQUEST_ID, about: "Only what was done in this request", schema: id },
    Parameter {
        name: FROM,
        about: "Only what was done at this instant or later, by the clock of its environment",
        schema: describe_values::instant,
    },
    Parameter {
        name: UNTIL,
        about: "Only what was done before this instant, by the clock of its environment",
        schema: describe_values::instant,
    },
];

fn actions() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(Action::ALL.map(Action::name)))
        .into()
}

fn id() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .into()
}

/// The routes of the audit trail.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows("/audit", list_everywhere)
            .named("list_audit", "List what was done, and by whom")
            .saying(LISTED)
            .asking(&QUERY)
            .answering::<PageDto<AuditEntryDto<'static>>>(),
        Route::shows(at!("/audit"), list_of_place)
            .named("list_environment_audit", "List what was done in an environment, and by whom")
            .saying(LISTED)
            .asking(&QUERY)
            .answering::<PageDto<AuditEntryDto<'static>>>(),
    ]
}

/// `GET /audit`.
async fn list_everywhere(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    list(&state, caller, None, query.as_deref()).await
}

/// `GET …/audit`.
async fn list_of_place(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    list(&state, caller, Some(&place), query.as_deref()).await
}

async fn list(
    state: &ApiState,
    caller: Caller,
    place: Option<&PlaceRef>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let query = page::query(query, &KNOWN)?;
    let search = search(place, &query.others)?;
    let asked = match place {
        None => Asked::of_server(state, "audit"),
        Some(place) => Asked::of(state, "audit of a place", place),
    };
    // In one order, whatever that of the question is.
    let asked = asked
        .with(search.action.map_or("", Action::name).to_owned())
        .with(search.actor.map_or_else(String::new, |actor| actor.to_string()))
        .with(search.target.clone().unwrap_or_default())
        .with(search.request_id.map_or_else(String::new, |id| id.to_string()))
        .until(search.from)
        .until(search.until);
    let before = match asked.position(query.after.as_deref())? {
        Position::START => None,
        Position(epoch) => Some(epoch),
    };
    let found = state.engine().list_audit(&search, before, query.limit).await;
    let found = found.map_err(|fault| caller.fault(&fault))?;
    let next = asked.cursor(found.next.map(Position));
    let items = found.items.iter().map(AuditEntryDto::of).collect();
    Ok(Json(PageDto { items, next }).into_response())
}

fn search(
    place: Option<&PlaceRef>,
    others: &[(&'static str, String)],
) -> Result<AuditSearch, Problem> {
    let place = place.map(|place| place.place().clone());
    let mut search = AuditSearch { place, ..AuditSearch::default() };
    for (name, raw) in others {
        let text = unescaped(raw).ok_or_else(|| Problem::field(name, NOT_ESCAPED))?;
        match *name {
            ACTION => search.action = Some(Action::from_name(&text).ok_or_else(no_such_action)?),
            ACTOR => {
                let actor = Actor::parse(&text);
                let wrong = |error: NotAnActor| Problem::field(ACTOR, error.to_string());
                search.actor = Some(actor.map_err(wrong)?);
            }
            TARGET => search.target = Some(text),
            REQUEST_ID => {
                let wrong = |NotAnId| Problem::field(REQUEST_ID, "must be the id of a request");
                search.request_id = Some(RequestId::parse(&text).map_err(wrong)?);
            }
            FROM => search.from = Some(instant(FROM, raw)?),
            // The only one that is left.
            _ => search.until = Some(instant(UNTIL, raw)?),
        }
    }
    Ok(search)
}

fn instant(name: &'static str, raw: &str) -> Result<Timestamp, Problem> {
    query_instant(raw).map_err(|wrong| Problem::field(name, wrong))
}

fn no_such_action() -> Problem {
    let all = Action::ALL.map(Action::name).join(", ");
    Problem::field(ACTION, format!("must be one of {all}"))
}
