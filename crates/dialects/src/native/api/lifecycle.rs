//! Shows what will happen to keys that nobody uses any more.
//!
//! Must not change anything.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::clock::CLOCK_LATEST;
use domain::time::Timestamp;
use engine::outcome::DuePosition;
use engine::preview_lifecycle::PreviewQuestion;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use super::page::{self, Asked};
use super::preview_dto::PreviewDto;
use super::problem::Problem;
use super::route::{Parameter, Route, at};
use super::state::{ApiState, Caller};
use super::target::{self, Target};
use super::{describe_values, key_filter_dto};

/// How far a preview looks where nobody says.
const USUAL_MS: i64 = 365 * 24 * 60 * 60 * 1_000;

const UNTIL: &str = "until";
const ACCOUNT: &str = "account";

static QUERY: [Parameter; 4] = [
    page::AFTER,
    Parameter {
        name: page::LIMIT.name,
        about: "How many keys the page looks at, at most",
        schema: page::LIMIT.schema,
    },
    Parameter {
        name: UNTIL,
        about: "Until when, in the time of the environment: not before what its clock shows, nor after the year 2199; 365 days from there where it is left out",
        schema: describe_values::instant,
    },
    Parameter {
        name: ACCOUNT,
        about: "Only the keys of this account or project",
        schema: || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).into(),
    },
];

/// The routes of lifecycles.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows(at!("/lifecycle/preview"), preview)
            .named("preview_lifecycle", "Say what will happen to keys if nobody uses them any more")
            .saying("Each key to which something will happen, with its steps and who would be told, from live data; nothing is changed. Keys are in the order in which they have to be looked at, those of one account in the order of their making. A page may hold fewer keys than asked for, even none, and still have a next one.")
            .asking(&QUERY)
            .answering::<PreviewDto<'static>>(),
    ]
}

/// `GET …/lifecycle/preview`.
async fn preview(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let query = page::query(query.as_deref(), &[UNTIL, ACCOUNT])?;
    let given = |name| query.others.iter().find(|(found, _)| *found == name).map(|(_, text)| text);
    let reading = state.reading();
    let now = place.time(reading);
    let asked_until = given(UNTIL).map(|text| until(text, now)).transpose()?;
    let owner = match given(ACCOUNT) {
        None => None,
        Some(text) => Some(target::account(&state, caller, &place, text).await?.id),
    };
    let asked = Asked::of(&state, "lifecycle preview", &place).below(owner).until(asked_until);
    let after = asked.wide_position(query.after.as_deref())?.map(unpacked);
    let until = asked_until.unwrap_or_else(|| now.plus_millis(USUAL_MS).min(CLOCK_LATEST));
    let question = PreviewQuestion { owner, until, after, limit: query.limit };
    let (engine, audience) = (state.engine(), state.audience());
    let page = engine.preview_lifecycle(&place, audience, question, reading).await;
    let page = page.map_err(|fault| caller.fault(&fault))?;
    let next = asked.wide_cursor(page.next.map(packed));
    Ok(Json(PreviewDto::of(&page, until, place.realm(), next)).into_response())
}

fn until(raw: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let until = key_filter_dto::query_instant(raw).map_err(|told| Problem::field(UNTIL, told))?;
    if until < now {
        let told = format!("lies before {now}, which the clock shows: name a later instant");
        Err(Problem::field(UNTIL, told))
    } else if until > CLOCK_LATEST {
        Err(Problem::field(UNTIL, format!("must be {CLOCK_LATEST} at the latest")))
    } else {
        Ok(until)
    }
}

/// No instant is before the epoch.
fn packed(position: DuePosition) -> u128 {
    let look_at = u64::try_from(position.look_at.as_millis()).unwrap_or(0);
    (u128::from(look_at) << 64) | u128::from(position.made)
}

fn unpacked(position: u128) -> DuePosition {
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    let look_at_ms = i64::try_from(half(position >> 64)).unwrap_or(i64::MAX);
    DuePosition { look_at: Timestamp::from_millis(look_at_ms), made: half(position) }
}
