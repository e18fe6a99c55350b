//! Shows the clock of an environment, and moves one that is simulated forward.
//!
//! Must not move a real one, nor any back.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use engine::advance_clock::Drive;
use engine::context::Context;
use http::Method;

use super::clock_dto::{self, ClockDto, ClockMoveBody, ClockMovedDto};
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;
use super::{body, rejections};

/// The routes of clocks.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows(at!("/clock"), show)
            .named("show_clock", "Show the clock of an environment")
            .saying("A real one is that of the server. A simulated one runs ahead of it, and whatever happens in the environment happens in its time; but limits and deadlines are in real time.")
            .answering::<ClockDto>(),
        Route::changes(Method::POST, at!("/clock"), advance)
            .named("move_clock", "Move a simulated clock forward")
            .saying("It goes from one instant at which something is due to the next, so that everything happens in order: keys age, webhooks are told and told again, letters go out, what is 14 days old is deleted. It makes 64 stops at most, and waits for those that are being told for some 20 seconds; where `arrival` is on_the_way, send the same again. It shows the instant from the answer on, runs on from there, never goes back, and goes to the end of the year 2199 at most. An instant that it has passed less than a minute ago counts as reached, and so does one to which the last answer left it on the way, however long it waited there; where the server was started anew in between, send `clock.now` instead if that is later.")
            .reading::<ClockMoveBody>()
            .answering::<ClockMovedDto>()
            .failing(&[ProblemCode::ClockIsReal]),
    ]
}

/// `GET …/clock`.
async fn show(State(state): State<ApiState>, target: Target) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let clock = state.engine().clock(&place, state.reading());
    Ok(Json(ClockDto::of(&clock, place.realm())).into_response())
}

/// `POST …/clock`.
async fn advance(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let to = clock_dto::read(&body::text(request).await?)?;
    let (clock, loops, realm) = (state.clock(), state.loops(), Arc::clone(place.realm()));
    let advanced = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move {
                let Context { actor, request_id, entropy, .. } = context;
                let (clock, loops) = (&*clock, loops.as_deref());
                let drive = Drive { clock, agenda: engine, loops, actor, request_id, entropy };
                engine.advance_clock(&place, to, drive).await
            })
        })
        .await?;
    let advanced = advanced.map_err(|failure| caller.failed(failure, rejections::clock))?;
    Ok(Json(ClockMovedDto::of(&advanced, &realm)).into_response())
}
