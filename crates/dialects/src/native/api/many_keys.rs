//! Changes many keys at once: those that are named, or those that a filter finds.
//!
//! Must not change a key in a dry run, nor tell one that is elsewhere from one that is nowhere.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::ids::KeyId;
use engine::change_keys::{KeyChoice, ManyKeys, ManyKeysRejection};
use http::Method;

use super::many_keys_dto::{self, ChoiceDto, ManyKeysBody, ManyKeysDto};
use super::page::Asked;
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::state::{ApiState, Caller};
use super::target::{self, Target};
use super::{body, rejections};

/// The one route.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::changes(Method::POST, at!("/keys/bulk"), change)
            .named("change_keys", "Enable, disable or delete many keys")
            .saying("All of them in one step, or none: one that is not there stops it. It holds for every request sent after the answer. Keys that are so already or over for good are left alone. A filter changes 1,000 keys at most and looks at 100,000; if there may be more, the answer says so, and `next` where to go on. Sent again with the same Idempotency-Key, it changes nothing more and answers what the first time did.")
            .reading::<ManyKeysBody>()
            .answering::<ManyKeysDto<'static>>()
            .failing(&[
                ProblemCode::NoSuchAccount,
                ProblemCode::NoSuchKey,
                ProblemCode::IdempotencyKeyReused,
                ProblemCode::StillRunning,
            ]),
    ]
}

/// `POST …/keys/bulk`.
async fn change(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let (body, caller) = body::of_caller(request, caller, state.reading()).await?;
    let wish = many_keys_dto::read(&body, &place.realm().catalogue)?;
    let owner = match &wish.account {
        None => None,
        Some(text) => Some(target::account(&state, caller, &place, text).await?.id),
    };
    let asked = Asked::of(&state, "many keys", &place).below(owner);
    let (choice, asked) = match wish.choice {
        ChoiceDto::Found { filter, limit, after } => {
            let asked = asked.filtered(&filter);
            let after = asked.position(after.as_deref())?;
            (KeyChoice::Found { filter, limit, after }, asked)
        }
        ChoiceDto::Named(texts) => {
            let ids: Result<Vec<KeyId>, _> = texts.iter().map(|text| KeyId::parse(text)).collect();
            (KeyChoice::Named(ids.map_err(|_| rejections::no_such_key())?), asked)
        }
    };
    let many = ManyKeys { owner, choice, action: wish.action.of_the_engine() };
    let outcome = if wish.dry_run {
        let preview = state.engine().preview_keys(&place, &many, state.time_in(&place)).await;
        preview.map_err(|failure| failure.map_rejection(ManyKeysRejection::from))
    } else {
        state
            .commit(caller, state.time_in(&place), move |engine, context| {
                Box::pin(async move { engine.change_keys(&place, many, context).await })
            })
            .await?
    };
    let done = outcome.map_err(|failure| caller.failed(failure, rejections::many_keys))?;
    let next = asked.cursor(done.next);
    Ok(Json(ManyKeysDto::of(wish.action, wish.dry_run, &done, next)).into_response())
}
