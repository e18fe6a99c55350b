//! Takes in reports of keys that others saw.
//!
//! Must not take in a key's text: whoever reports one names it by its id.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::name::{DisplayName, NAME_MAX, NotAName};
use domain::realm::Realm;
use domain::time::Timestamp;
use engine::expose_key::{Report, ReportedKey, Then};
use http::Method;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::key_dto::KeyDto;
use super::object::{self, Read, Wrong};
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;
use super::{body, rejections, values};
use crate::key_inside::holds_a_key;

/// The routes of reports.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::changes(Method::POST, at!("/keys/{key}/report_exposed"), report)
            .named("report_exposed_key", "Report that others saw a key")
            .saying("Its people and its webhooks are told, once a day however often it is reported; `told` is false, and `where` is kept nowhere, if they were told of a report before on that day. The key goes on working unless the same request switches it off; it is refused for every request sent after the answer then.")
            .reading::<ReportBody>()
            .answering::<ReportedKeyDto<'static>>()
            .failing(&[ProblemCode::KeyIsFinal]),
    ]
}

/// The body of a report.
#[derive(ToSchema)]
#[schema(as = ExposureReport)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct ReportBody {
    /// Where the key was found, in words that hold no key; webhooks and events show it
    #[schema(min_length = 1, max_length = 256)]
    r#where: Option<String>,
    /// Whether the key is switched off in the same step; it is not where this is left out
    disable: Option<bool>,
}

/// A key that others saw, and whether this report was told.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportedKey)]
pub(super) struct ReportedKeyDto<'a> {
    #[serde(flatten)]
    about: KeyDto<'a>,
    /// Whether its people and webhooks are told of this report; false if they were told of one before
    /// on that day
    told: bool,
}

impl<'a> ReportedKeyDto<'a> {
    fn of(reported: &'a ReportedKey, projected: Option<Timestamp>, now: Timestamp) -> Self {
        Self { about: KeyDto::of(&reported.key, projected, now), told: reported.is_told }
    }
}

fn read(body: &str, realm: &Realm) -> Result<Report, Problem> {
    object::body(body, |mut object| {
        let found_in = object.optional("where", |raw| found_in(raw, realm));
        let then = match object.optional("disable", values::truth) {
            Some(true) => Then::SwitchOff,
            Some(false) | None => Then::Leave,
        };
        object.finish(Some(Report { found_in, then }))
    })
}

fn found_in(raw: &RawValue, realm: &Realm) -> Read<DisplayName> {
    let text = values::text(raw)?;
    let wrong = |detail: String| Err(Wrong::here(detail));
    let holds_key = "holds an API key: say where it was found without it";
    if holds_a_key(&text, realm) {
        return wrong(holds_key.to_owned());
    }
    match DisplayName::parse(&text) {
        Ok(words) => Ok(words),
        Err(NotAName::HoldsKey) => wrong(holds_key.to_owned()),
        Err(NotAName::Empty) => wrong("is empty: leave it out".to_owned()),
        Err(NotAName::Control) => wrong("must be one line without control characters".to_owned()),
        Err(NotAName::TooLong) => wrong(format!("must have at most {NAME_MAX} characters")),
    }
}

/// `POST …/keys/{key}/report_exposed`.
async fn report(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let (place, key) = target.key(&state, caller).await?;
    let report = read(&body::text(request).await?, place.realm())?;
    let outcome = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.report_exposed(&place, key.id, report, context).await })
        })
        .await?;
    let reported = outcome.map_err(|failure| caller.failed(failure, rejections::key))?;
    let (projected, now) = state.projected_after(caller, &reported.key).await;
    Ok(Json(ReportedKeyDto::of(&reported, projected, now)).into_response())
}
