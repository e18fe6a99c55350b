//! Webhooks as they stand on the wire, and how one is asked for or changed.
//!
//! Must not show the token of a receiver, nor keep a key of ours as a token or in an address.

use domain::nearest::nearest;
use domain::realm::Realm;
use domain::time::Timestamp;
use domain::webhook::{
    AuthToken, EVENTS_MAX, EventName, NotEvents, Queue, SendOrder, Subscriptions, Webhook,
    WebhookState, WebhookSwitch, WebhookUrl,
};
use engine::create_webhook::NewWebhook;
use engine::engine::Engine;
use engine::outcome::{QueueStanding, WebhookChange};
use engine::ports::courier::AddressRefusal;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::object::{self, Read, Wrong, may_be_shown};
use super::problem::Problem;
use super::{describe_values, describe_webhook, values};
use crate::key_inside::holds_a_key;
use crate::{own_events, own_told};

/// A webhook, without its token.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookDto<'a> {
    id: String,
    /// The account or project that is told
    account_id: String,
    name: &'a str,
    /// Where events are sent
    url: &'a str,
    /// Who is written to when sending fails
    email: &'a str,
    /// The events that it is told of
    events: Vec<&'a str>,
    order: SendOrderDto,
    /// Whether it is told of new events
    enabled: bool,
    /// Whether what waits for it is kept and not sent
    interrupted: bool,
    /// Whether each event carries a token by which its receiver knows us
    has_token: bool,
    /// Until when the signing secret that was replaced signs as well; null where none does
    #[schema(required, format = DateTime)]
    former_secret_ends_at: Option<String>,
    state: WebhookStateDto,
    #[schema(format = DateTime)]
    created_at: String,
    /// The epoch of its last change
    epoch: u64,
}

/// A webhook, and how its queue stands.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithQueue)]
pub(super) struct ShownWebhookDto<'a> {
    #[serde(flatten)]
    webhook: WebhookDto<'a>,
    queue: QueueDto,
}

/// How the queue of a webhook stands.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookQueue)]
struct QueueDto {
    /// How many attempts in a row failed; those that fail side by side in one outage count once
    failures_in_a_row: u32,
    /// How many events wait because they failed
    events_waiting: u64,
    /// How many events were deleted because they did not arrive within 14 days
    events_deleted: u64,
    /// When that was last so
    #[schema(required, format = DateTime)]
    last_deleted_at: Option<String>,
}

/// Whether events wait for the one before them.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(as = SendOrder)]
#[serde(rename_all = "snake_case")]
pub(super) enum SendOrderDto {
    Sequential,
    Free,
}

/// Whether a webhook is there.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookState)]
#[serde(rename_all = "snake_case")]
enum WebhookStateDto {
    Active,
    Deleted,
}

/// The body that asks for a webhook.
#[derive(ToSchema)]
#[schema(as = NewWebhook)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct NewWebhookBody {
    #[schema(schema_with = describe_values::name)]
    name: String,
    #[schema(schema_with = describe_webhook::url)]
    url: String,
    #[schema(schema_with = describe_webhook::email)]
    email: String,
    #[schema(schema_with = describe_webhook::events)]
    events: Vec<String>,
    #[schema(schema_with = describe_webhook::order)]
    order: Option<SendOrderDto>,
    #[schema(schema_with = describe_webhook::enabled)]
    enabled: Option<bool>,
    #[schema(schema_with = describe_webhook::interrupted)]
    interrupted: Option<bool>,
    #[schema(schema_with = describe_webhook::token)]
    token: Option<String>,
}

/// The body that changes a webhook.
#[derive(ToSchema)]
#[schema(as = WebhookChange)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct WebhookChangeBody {
    #[schema(schema_with = describe_values::name)]
    name: Option<String>,
    #[schema(schema_with = describe_webhook::url)]
    url: Option<String>,
    #[schema(schema_with = describe_webhook::email)]
    email: Option<String>,
    #[schema(schema_with = describe_webhook::events)]
    events: Option<Vec<String>>,
    #[schema(schema_with = describe_webhook::new_order)]
    order: Option<SendOrderDto>,
    /// Whether it is told of new events
    #[schema(schema_with = describe_values::truth)]
    enabled: Option<bool>,
    /// Whether what waits for it is kept and not sent
    #[schema(schema_with = describe_values::truth)]
    interrupted: Option<bool>,
    #[schema(schema_with = describe_webhook::token)]
    token: Option<String>,
}

impl<'a> WebhookDto<'a> {
    /// The webhook as operators see it at `now`.
    pub(super) fn of(webhook: &'a Webhook, now: Timestamp) -> Self {
        Self {
            id: webhook.id.to_string(),
            account_id: webhook.account.to_string(),
            name: webhook.name.as_str(),
            url: webhook.url.as_str(),
            email: webhook.mail.as_str(),
            events: webhook.events.as_slice().iter().map(EventName::as_str).collect(),
            order: match webhook.order {
                SendOrder::Sequential => SendOrderDto::Sequential,
                SendOrder::Free => SendOrderDto::Free,
            },
            enabled: match webhook.switch {
                WebhookSwitch::On => true,
                WebhookSwitch::Off => false,
            },
            interrupted: match webhook.queue {
                Queue::Interrupted => true,
                Queue::Running => false,
            },
            has_token: webhook.token.is_some(),
            former_secret_ends_at: webhook.former_at(now).map(|old| old.ends_at.to_rfc3339()),
            state: match webhook.state {
                WebhookState::Active => WebhookStateDto::Active,
                WebhookState::Deleted => WebhookStateDto::Deleted,
            },
            created_at: webhook.created_at.to_rfc3339(),
            epoch: webhook.epoch,
        }
    }
}

impl<'a> ShownWebhookDto<'a> {
    /// The webhook as operators see it alone.
    pub(super) fn of(webhook: &'a Webhook, standing: &QueueStanding, now: Timestamp) -> Self {
        let QueueStanding { streak, penalized, expired, expired_at } = standing;
        let queue = QueueDto {
            failures_in_a_row: streak.count(),
            events_waiting: *penalized,
            events_deleted: *expired,
            last_deleted_at: expired_at.map(Timestamp::to_rfc3339),
        };
        Self { webhook: WebhookDto::of(webhook, now), queue }
    }
}

/// Reads the body that asks for a webhook.
pub(super) fn read_new(body: &str, realm: &Realm, engine: &Engine) -> Result<NewWebhook, Problem> {
    object::body(body, |mut object| {
        let name = object.required("name", values::name);
        let url = object.required("url", |raw| vetted(url(raw, realm)?, None, engine));
        let mail = object.required("email", |raw| values::mail(raw, realm));
        let events = object.required("events", |raw| events(raw, realm));
        let order = object.optional("order", order).unwrap_or(SendOrder::Sequential);
        let switch = object.optional("enabled", switch).unwrap_or(WebhookSwitch::On);
        let queue = object.optional("interrupted", queue).unwrap_or(Queue::Running);
        let token = object.optional("token", |raw| token(raw, realm)).flatten();
        let wish = name.zip(url).zip(mail.zip(events));
        object.finish(wish.map(|((name, url), (mail, events))| NewWebhook {
            name,
            url,
            mail,
            order,
            events,
            switch,
            queue,
            token,
        }))
    })
}

/// Reads the body that changes a webhook. What is absent stays as it is; a token of null is taken
/// away.
pub(super) fn read_change(
    body: &str,
    realm: &Realm,
    engine: &Engine,
    kept: &Webhook,
) -> Result<WebhookChange, Problem> {
    object::body(body, |mut object| {
        let change = WebhookChange {
            name: object.optional("name", values::name),
            url: object.optional("url", |raw| vetted(url(raw, realm)?, Some(&kept.url), engine)),
            mail: object.optional("email", |raw| values::mail(raw, realm)),
            order: object.optional("order", order),
            events: object.optional("events", |raw| events(raw, realm)),
            switch: object.optional("enabled", switch),
            queue: object.optional("interrupted", queue),
            token: object.optional("token", |raw| token(raw, realm)),
        };
        object.finish(Some(change))
    })
}

fn url(raw: &RawValue, realm: &Realm) -> Read<WebhookUrl> {
    let text = values::text(raw)?;
    if holds_a_key(&text, realm) {
        return Err(Wrong::here("holds an API key: leave it out of the address"));
    }
    WebhookUrl::parse(&text).map_err(|error| Wrong::here(error.to_string()))
}

/// The address, if anything could ever be sent there; the one that stands is kept anyway.
fn vetted(url: WebhookUrl, kept: Option<&WebhookUrl>, engine: &Engine) -> Read<WebhookUrl> {
    let why = |refusal| match refusal {
        AddressRefusal::Scheme => {
            "is reached in the clear, where anybody on the way could read along: use https"
        }
        AddressRefusal::Port => {
            "names a port of another service: use 443 or 80, or one from 1024 on that is no database's or the like"
        }
        AddressRefusal::NotPublic | AddressRefusal::TooMany => {
            "is no public address, so nothing would be sent there: choose a public one, or have the operator list it under [webhooks]"
        }
    };
    match engine.vet_receiver(&url, kept) {
        Ok(()) => Ok(url),
        Err(refusal) => Err(Wrong::here(why(refusal))),
    }
}

fn order(raw: &RawValue) -> Read<SendOrder> {
    match values::text(raw)?.as_str() {
        "sequential" => Ok(SendOrder::Sequential),
        "free" => Ok(SendOrder::Free),
        _ => Err(Wrong::here("must be sequential or free")),
    }
}

fn switch(raw: &RawValue) -> Read<WebhookSwitch> {
    let enabled = values::truth(raw)?;
    Ok(if enabled { WebhookSwitch::On } else { WebhookSwitch::Off })
}

fn queue(raw: &RawValue) -> Read<Queue> {
    let interrupted = values::truth(raw)?;
    Ok(if interrupted { Queue::Interrupted } else { Queue::Running })
}

pub(super) fn token(raw: &RawValue, realm: &Realm) -> Read<Option<AuthToken>> {
    let Some(text) = values::text_or_null(raw)? else { return Ok(None) };
    let is_key = holds_a_key(&text, realm);
    let token = AuthToken::new(text);
    if is_key {
        return Err(Wrong::here("holds an API key: make up another token"));
    }
    let token = token.map_err(|error| Wrong::here(error.to_string()))?;
    // In the words of a contract a token is the receiver's, whatever it looks like.
    if own_events::are_told_in(realm) {
        own_told::vet(&token).map_err(|error| Wrong::here(error.to_string()))?;
    }
    Ok(Some(token))
}

fn events(raw: &RawValue, realm: &Realm) -> Read<Subscriptions> {
    let (mut names, mut wrong) = (Vec::new(), Wrong::nothing());
    for (at, raw) in values::list(raw, EVENTS_MAX)?.into_iter().enumerate() {
        match values::text(raw).and_then(|text| event(&text, realm)) {
            Ok(name) => names.push(name),
            Err(below) => wrong.add(&format!("[{at}]"), below),
        }
    }
    let names = wrong.unless(Some(names))?;
    Subscriptions::new(names).map_err(|error: NotEvents| Wrong::here(error.to_string()))
}

fn event(text: &str, realm: &Realm) -> Read<EventName> {
    let known = realm.webhook_events.iter().find(|event| event.as_str() == text);
    known.cloned().ok_or_else(|| {
        let what = if may_be_shown(text) { text } else { "this" };
        let meant = nearest(text, realm.webhook_events.iter().map(EventName::as_str));
        let advice = "show the realm, whose webhook_events lists them";
        let meant = meant.map_or_else(|| advice.to_owned(), |name| format!("did you mean {name}?"));
        Wrong::here(format!("{what} is no event of this realm: {meant}"))
    })
}
