//! The webhooks of the account whose key was used (contract, section 6): where it wants to be told
//! of events.
//!
//! A webhook of somebody else is answered like one that is absent. Must not show a token.

pub(super) mod events;
mod view;
pub(super) mod wish;

use domain::ids::WebhookId;
use domain::webhook::Webhook;
use engine::create_webhook::NewWebhookRejection;
use engine::outcome::{Failure, Fault, FaultKind, NoSuchWebhook, WebhookRef};
use http::{Method, StatusCode};
use serde_json::json;

use super::answers::{absent, failed, invalid, invalid_action};
use super::errors;
use super::lists::{Envelope, Query};
use super::members::Members;
use crate::dialect::Answer;
use crate::office::{Desk, GrantedRequest, Office};

/// Current and older base paths (section 7.5).
const BASES: [&str; 2] = ["/v3/webhooks", "/api/v3/webhooks"];
/// The version of events that the contract describes.
const API_VERSION: u8 = 3;
const SEQUENTIALLY: &str = "SEQUENTIALLY";
const NON_SEQUENTIALLY: &str = "NON_SEQUENTIALLY";

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
enum Target<'p> {
    All,
    One(&'p str),
    Backoff(&'p str),
}

impl<'p> Target<'p> {
    fn of(path: &'p str) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let rest = BASES.iter().find_map(|base| path.strip_prefix(base))?;
        if rest.is_empty() {
            return Some(Self::All);
        }
        let mut parts = rest.strip_prefix('/')?.split('/');
        match (parts.next()?, parts.next(), parts.next()) {
            ("", _, _) => None,
            (id, None, _) => Some(Self::One(id)),
            (id, Some("removeBackoff"), None) => Some(Self::Backoff(id)),
            (_, Some(_), _) => None,
        }
    }
}

/// Whether the path belongs to this API.
pub(super) fn serves(path: &str) -> bool {
    Target::of(path).is_some()
}

type Answered = Result<Answer, Answer>;

/// Answers a granted request.
pub(super) async fn answer(office: Office<'_>, request: GrantedRequest) -> Answer {
    let desk = office.desk();
    let outcome = match (Target::of(request.uri.path()), &request.method) {
        (Some(Target::All), &Method::GET | &Method::HEAD) => list(desk, &request).await,
        (Some(Target::All), &Method::POST) => create(office, &request).await,
        (Some(Target::One(id)), &Method::GET | &Method::HEAD) => show(desk, &request, id).await,
        // A published client changes webhooks with POST.
        (Some(Target::One(id)), &Method::PUT | &Method::POST) => update(office, &request, id).await,
        (Some(Target::One(id)), &Method::DELETE) => delete(office, &request, id).await,
        (Some(Target::Backoff(id)), &Method::POST) => remove_backoff(office, &request, id).await,
        // What the dialect does not list among its routes does not come here.
        (None | Some(_), _) => Err(absent()),
    };
    outcome.unwrap_or_else(|answer| answer)
}

async fn list(desk: Desk<'_>, request: &GrantedRequest) -> Answered {
    let window = Query::of(request.uri.query()).window(&[]).map_err(|wrong| invalid(&wrong))?;
    let all = desk.engine.list_webhooks(desk.place, request.account).await;
    let all = all.map_err(|fault| failed(desk, &fault))?;
    let mut shown = Vec::new();
    for webhook in all.iter().skip(window.offset as usize).take(window.limit as usize) {
        shown.push(view::of(webhook, penalized(desk, webhook).await?));
    }
    let envelope = Envelope::of(window, all.len() as u64, shown);
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &envelope))
}

async fn create(office: Office<'_>, request: &GrantedRequest) -> Answered {
    let desk = office.desk();
    let members = Members::of_body(&request.body);
    let wish = members.and_then(|members| wish::new(members, desk.place.realm(), desk.engine));
    let wish = wish.map_err(|wrong| invalid(&wrong))?;
    let Office { engine, place, context } = office;
    let made = engine.create_webhook(place, request.account, wish, context).await;
    let made = made.map_err(|failure| match failure {
        // The account holds the key that was just verified, so it can only be gone by now.
        Failure::Rejected(NewWebhookRejection::NoSuchAccount) => absent(),
        Failure::Rejected(NewWebhookRejection::LimitReached { limit }) => limit_reached(limit),
        // Requests of the contract carry no idempotency key.
        Failure::Rejected(
            rejection @ (NewWebhookRejection::AlreadyMade { .. }
            | NewWebhookRejection::OtherRequest
            | NewWebhookRejection::StillRunning),
        ) => failed(desk, &Fault::new(FaultKind::Damaged, rejection.to_string())),
        Failure::Fault(fault) => failed(desk, &fault),
    })?;
    whole(desk, &made).await
}

async fn show(desk: Desk<'_>, request: &GrantedRequest, id: &str) -> Answered {
    let webhook = find(desk, request, id).await?;
    whole(desk, &webhook).await
}

/// Partial: what is absent stays as it is, and an empty body changes nothing.
async fn update(office: Office<'_>, request: &GrantedRequest, id: &str) -> Answered {
    let desk = office.desk();
    let webhook = find(desk, request, id).await?;
    let members = Members::of_body(&request.body);
    let change = members
        .and_then(|members| wish::change(members, desk.place.realm(), desk.engine, &webhook));
    let change = change.map_err(|wrong| invalid(&wrong))?;
    let Office { engine, place, context } = office;
    let updated = engine.update_webhook(place, request.account, webhook.id, change, context).await;
    let updated = updated.map_err(|failure| changing_failed(desk, failure))?;
    whole(desk, &updated).await
}

async fn delete(office: Office<'_>, request: &GrantedRequest, id: &str) -> Answered {
    let desk = office.desk();
    let webhook = find(desk, request, id).await?;
    let Office { engine, place, context } = office;
    let deleted = engine.delete_webhook(place, request.account, webhook.id, context).await;
    let deleted = deleted.map_err(|failure| changing_failed(desk, failure))?;
    let body = json!({"deleted": true, "id": deleted.id.to_string()});
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &body))
}

/// Whatever waits is due at once.
async fn remove_backoff(office: Office<'_>, request: &GrantedRequest, id: &str) -> Answered {
    let desk = office.desk();
    let Webhook { id, place, account, .. } = find(desk, request, id).await?;
    let lifted =
        office.engine.remove_backoff(WebhookRef { place, account, webhook: id }, office.context);
    let lifted = lifted.await.map_err(|failure| changing_failed(desk, failure));
    lifted.map(|_| Answer::empty(StatusCode::NO_CONTENT))
}

/// How many events of a webhook wait because they failed.
async fn penalized(desk: Desk<'_>, webhook: &Webhook) -> Result<u64, Answer> {
    let standing = desk.engine.queue_standing(webhook.id).await;
    Ok(standing.map_err(|fault| failed(desk, &fault))?.penalized)
}

async fn find(desk: Desk<'_>, request: &GrantedRequest, id: &str) -> Result<Webhook, Answer> {
    let id = WebhookId::parse(id).map_err(|_| absent())?;
    let found = desk.engine.get_webhook(desk.place, Some(request.account), id).await;
    found.map_err(|fault| failed(desk, &fault))?.ok_or_else(absent)
}

async fn whole(desk: Desk<'_>, webhook: &Webhook) -> Answered {
    let view = view::of(webhook, penalized(desk, webhook).await?);
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &view))
}

/// The text was not found, so it is ours.
pub(super) fn limit_reached(limit: u32) -> Answer {
    invalid_action(&format!(
        "Uma conta tem no máximo {limit} webhooks. Exclua um webhook e tente novamente"
    ))
}

fn changing_failed(desk: Desk<'_>, failure: Failure<NoSuchWebhook>) -> Answer {
    match failure {
        // Somebody else was faster.
        Failure::Rejected(NoSuchWebhook) => absent(),
        Failure::Fault(fault) => failed(desk, &fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_webhooks_are_served_and_their_neighbours_are_not() {
        for base in BASES {
            assert_eq!(Target::of(base), Some(Target::All));
            assert_eq!(Target::of(&format!("{base}/")), Some(Target::All));
            assert_eq!(Target::of(&format!("{base}/abc")), Some(Target::One("abc")));
            let backoff = format!("{base}/abc/removeBackoff");
            assert_eq!(Target::of(&backoff), Some(Target::Backoff("abc")));
        }
        for path in [
            "/v3/webhook",
            "/v3/webhooksx",
            "/v3/webhooks//",
            "/v3/webhooks//removeBackoff",
            "/v3/webhooks/abc/removebackoff",
            "/v3/webhooks/abc/removeBackoff/x",
            "/v4/webhooks",
        ] {
            assert!(!serves(path), "{path}");
        }
    }
}
