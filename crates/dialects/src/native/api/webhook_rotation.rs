//! Gives webhooks new signing secrets.
//!
//! Must not show a secret but in the answer that makes it.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::realm::Realm;
use domain::secret::Overlap;
use domain::webhook::{AuthToken, Webhook};
use engine::outcome::ReplacedToken;
use engine::rotate_webhook::{WebhookRotation, WebhookRotationRejection};
use http::Method;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::object::{self, Read, Wrong};
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::state::{ApiState, Caller};
use super::target::Target;
use super::webhook_dto::{self, WebhookDto};
use super::{body, describe_values, describe_webhook, rejections, secret_dto};
use crate::{own_events, own_told};

/// A webhook that was just given a new signing secret, with that secret.
#[derive(Serialize, ToSchema)]
#[schema(as = RotatedWebhook)]
struct RotatedWebhookDto<'a> {
    #[serde(flatten)]
    about: WebhookDto<'a>,
    /// The whole secret, for the receiver. It is shown in this answer and never again
    secret: &'a str,
}

/// The body that asks for a new signing secret.
#[derive(ToSchema)]
#[schema(as = WebhookRotation)]
#[expect(dead_code, reason = "describes what the reader below takes")]
struct RotationBody {
    /// For how long the old secret signs as well, from now on; a day where it is left out
    #[schema(schema_with = describe_values::overlap_seconds)]
    overlap_seconds: Option<u32>,
    #[schema(schema_with = describe_webhook::secret)]
    secret: Option<String>,
}

/// The routes of rotation.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::changes(Method::POST, at!("/webhooks/{webhook}/rotate_secret"), rotate)
            .named("rotate_webhook_secret", "Give a webhook a new signing secret")
            .saying("The answer shows the new secret, once. Until the overlap is over, everything that is sent carries two signatures, that of the new secret first; then the old secret is erased. A secret that was replaced before signs no more from the answer on. Only a webhook whose token is a signing secret (whsec_ and base64) has one to replace; in a realm of the asaas dialect none has, and its token is changed instead. Sent again with the same Idempotency-Key, the request is answered with the same secret, unless the webhook was changed since.")
            .reading::<RotationBody>()
            .answering::<RotatedWebhookDto<'static>>()
            .failing(&[
                ProblemCode::NoSigningSecret,
                ProblemCode::TokenChanged,
                ProblemCode::AlreadyMade,
                ProblemCode::IdempotencyKeyReused,
                ProblemCode::StillRunning,
            ]),
    ]
}

/// `POST …/webhooks/{webhook}/rotate_secret`.
async fn rotate(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let (place, webhook) = target.webhook(&state, caller).await?;
    let (body, caller) = body::of_caller(request, caller, state.reading()).await?;
    let (overlap, own) = read(&body, place.realm())?;
    told_signed(place.realm())?;
    let Webhook { id, account, token: seen, .. } = webhook;
    // What was asked before may be why it signs nothing now; the store knows.
    let seen = seen.filter(own_told::is_secret);
    let replaces = seen.map_or(ReplacedToken::NoneSeen, ReplacedToken::Seen);
    let rotated = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move {
                let token = own.unwrap_or_else(|| own_told::fresh_secret(context.entropy));
                let rotation = WebhookRotation { replaces, token, overlap };
                engine.rotate_webhook(&place, account, id, rotation, context).await
            })
        })
        .await?;
    let webhook = rotated.map_err(|failure| caller.failed(failure, why))?;
    let now = state.time_at(&webhook.place);
    let secret = webhook.token.as_ref().map(AuthToken::expose).unwrap_or_default();
    Ok(Json(RotatedWebhookDto { about: WebhookDto::of(&webhook, now), secret }).into_response())
}

/// Refuses a realm in which nothing that is sent is signed.
fn told_signed(realm: &Realm) -> Result<(), Problem> {
    if own_events::are_told_in(realm) {
        return Ok(());
    }
    Err(Problem::new(
        ProblemCode::NoSigningSecret,
        "What is sent in this realm carries the webhook's token and no signature, so there is no secret to replace. Change the token: PATCH the webhook with another one.",
    ))
}

/// Reads the body that asks for a new secret: for how long the old one signs, and the caller's own.
fn read(body: &str, realm: &Realm) -> Result<(Overlap, Option<AuthToken>), Problem> {
    object::body(body, |mut object| {
        let overlap = object.optional("overlap_seconds", secret_dto::overlap);
        let own = object.optional("secret", |raw| secret(raw, realm));
        object.finish(Some((overlap.unwrap_or(Overlap::USUAL), own)))
    })
}

fn secret(raw: &RawValue, realm: &Realm) -> Read<AuthToken> {
    let token = webhook_dto::token(raw, realm)?.filter(own_told::is_secret);
    token.ok_or_else(|| Wrong::here("must be whsec_ and 24 to 64 bytes in base64"))
}

fn why(rejection: WebhookRotationRejection) -> Problem {
    match rejection {
        WebhookRotationRejection::NoSuchWebhook => rejections::no_such_webhook(),
        WebhookRotationRejection::NoToken => Problem::new(
            ProblemCode::NoSigningSecret,
            "This webhook signs nothing, so there is no secret to replace. PATCH it with a signing secret as its token: whsec_ and 24 to 64 bytes in base64.",
        ),
        WebhookRotationRejection::TokenChanged => Problem::new(
            ProblemCode::TokenChanged,
            "The webhook was given another token while this request ran, and it stays. Look at the webhook; if its secret is to be replaced all the same, send the request again.",
        ),
        WebhookRotationRejection::SameToken => {
            Problem::field("secret", "is the one that the webhook has: choose another one")
        }
        WebhookRotationRejection::AlreadyRotated => Problem::new(
            ProblemCode::AlreadyMade,
            "This request gave the webhook a new secret before, and the webhook was changed since, so the secret is not shown again. If it is lost, rotate it under a new Idempotency-Key.",
        ),
        WebhookRotationRejection::OtherRequest => rejections::other_request(),
        WebhookRotationRejection::StillRunning => rejections::still_running(),
    }
}
