//! Says whose key a text is.
//!
//! Must not repeat the text, nor tell anything of a key to somebody who holds only a part of it.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::key_text::KeyText;
use domain::refusal::Refusal;
use engine::key_owner::{KeyOwner, NoOwner};
use http::Method;
use zeroize::Zeroizing;

use super::key_owner_dto::{KeyOwnerBody, KeyOwnerDto};
use super::problem::{Problem, ProblemCode};
use super::route::Route;
use super::state::{ApiState, Caller};
use super::{body, object, values};

/// The route that asks for an owner. Holding a key tells nothing of who may know its owner, so it
/// is for admins, although it changes nothing.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::changes(Method::POST, "/keys/owner", show)
            .named("show_key_owner", "Say whose key a text is")
            .saying("Only the whole text is told, in whatever state the key is, but an operator's key that was deleted; it is no use of the key.")
            .reading::<KeyOwnerBody>()
            .answering::<KeyOwnerDto<'static>>()
            .failing(&[ProblemCode::KeyNotRecognized]),
    ]
}

/// `POST /keys/owner`.
pub(super) async fn show(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let body = Zeroizing::new(body::text(request).await?);
    let text = object::body(&body, |mut object| {
        let text = object.required("key", values::text).map(Zeroizing::new).map(KeyText::new);
        object.finish(text)
    })?;
    let owner = state.engine().key_owner(&text).await;
    let owner = owner.map_err(|failure| caller.failed(failure, not_recognized))?;
    let (projected, now) = match &owner {
        KeyOwner::Account { key, .. } => state.projected_after(caller, key).await,
        KeyOwner::Operator(_) => (None, state.reading().real()),
    };
    Ok(Json(KeyOwnerDto::of(&owner, projected, now)).into_response())
}

/// Neither the status nor the kind tells a wrong shape from a wrong secret; the sentence does, by
/// the shape alone.
fn not_recognized(why: NoOwner) -> Problem {
    let detail = match why {
        NoOwner::Malformed(diagnosis) => diagnosis.advice(),
        NoOwner::Unknown => Refusal::Unknown.advice(),
    };
    Problem::new(ProblemCode::KeyNotRecognized, detail)
}
