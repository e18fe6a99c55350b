//! Reads what asks for a webhook or changes one (contract, section 6.1).
//!
//! `name` and `sendType` may be left out, although the contract names them, because a published
//! client cannot send them. Must not keep a key of ours as a token or in an address.

use domain::name::DisplayName;
use domain::realm::Realm;
use domain::webhook::{AuthToken, Queue, SendOrder, Webhook, WebhookSwitch, WebhookUrl};
use engine::create_webhook::NewWebhook;
use engine::engine::Engine;
use engine::outcome::WebhookChange;
use engine::ports::courier::AddressRefusal;
use serde_json::value::RawValue;

use super::super::answers::Wrong;
use super::super::members::{Members, Read};
use super::super::texts::{line, mail, text, truth};
use super::{API_VERSION, NON_SEQUENTIALLY, SEQUENTIALLY, events};
use crate::key_inside::holds_a_key;

/// Reads a webhook that is asked for, or says all that is wrong with it.
pub(in crate::asaas) fn new(
    mut members: Members,
    realm: &Realm,
    engine: &Engine,
) -> Result<NewWebhook, Vec<Wrong>> {
    let name = members.unless_null("name", |raw| line(raw, "name")).unwrap_or_else(usual_name);
    let url = members.required("url", |raw| vetted(url(raw, realm)?, None, engine));
    let mail = members.required("email", |raw| mail(raw, "email"));
    let order = members.unless_null("sendType", order).unwrap_or(SendOrder::Sequential);
    let events = members.required("events", events::read);
    let switch = members.unless_null("enabled", switch).unwrap_or(WebhookSwitch::On);
    let queue = members.unless_null("interrupted", queue).unwrap_or(Queue::Running);
    let token = members.unless_null("authToken", |raw| token(raw, realm));
    members.unless_null("apiVersion", api_version);
    let wish = url.zip(mail).zip(events);
    members.finish(wish.map(|((url, mail), events)| NewWebhook {
        name,
        url,
        mail,
        order,
        events,
        switch,
        queue,
        token,
    }))
}

/// Reads a change: what is absent or null stays as it is, but a token of null is taken away.
pub(super) fn change(
    mut members: Members,
    realm: &Realm,
    engine: &Engine,
    kept: &Webhook,
) -> Result<WebhookChange, Vec<Wrong>> {
    let change = WebhookChange {
        name: members.unless_null("name", |raw| line(raw, "name")),
        url: members.unless_null("url", |raw| vetted(url(raw, realm)?, Some(&kept.url), engine)),
        mail: members.unless_null("email", |raw| mail(raw, "email")),
        order: members.unless_null("sendType", order),
        events: members.unless_null("events", events::read),
        switch: members.unless_null("enabled", switch),
        queue: members.unless_null("interrupted", queue),
        token: members.optional("authToken", |raw| {
            if raw.get() == "null" { Ok(None) } else { token(raw, realm).map(Some) }
        }),
    };
    members.unless_null("apiVersion", api_version);
    members.finish(Some(change))
}

fn usual_name() -> DisplayName {
    DisplayName::parse("Webhook").expect("a name")
}

fn url(raw: &RawValue, realm: &Realm) -> Read<WebhookUrl> {
    let text = text(raw, "url")?;
    let url = WebhookUrl::parse(&text).ok().filter(|_| !holds_a_key(&text, realm));
    url.ok_or_else(|| {
        "O campo url deve ser um endereço http ou https com um host, sem usuário, sem fragmento e sem uma chave, com até 2048 caracteres".to_owned()
    })
}

/// The address, if anything could ever be sent there; the one that stands is kept anyway.
fn vetted(url: WebhookUrl, kept: Option<&WebhookUrl>, engine: &Engine) -> Read<WebhookUrl> {
    let why = |refusal| match refusal {
        AddressRefusal::Scheme => "O campo url deve ser um endereço https",
        AddressRefusal::Port => {
            "O campo url tem uma porta de outro serviço. Use 443 ou 80, ou uma a partir de 1024 que não seja de um banco de dados ou semelhante"
        }
        AddressRefusal::NotPublic | AddressRefusal::TooMany => {
            "O campo url deve ser um endereço público, pois nada seria enviado a este"
        }
    };
    match engine.vet_receiver(&url, kept) {
        Ok(()) => Ok(url),
        Err(refusal) => Err(why(refusal).to_owned()),
    }
}

fn order(raw: &RawValue) -> Read<SendOrder> {
    match text(raw, "sendType")?.as_str() {
        SEQUENTIALLY => Ok(SendOrder::Sequential),
        NON_SEQUENTIALLY => Ok(SendOrder::Free),
        _ => Err(format!("O campo sendType deve ser {SEQUENTIALLY} ou {NON_SEQUENTIALLY}")),
    }
}

fn switch(raw: &RawValue) -> Read<WebhookSwitch> {
    let on = truth(raw, "enabled")?;
    Ok(if on { WebhookSwitch::On } else { WebhookSwitch::Off })
}

fn queue(raw: &RawValue) -> Read<Queue> {
    let interrupted = truth(raw, "interrupted")?;
    Ok(if interrupted { Queue::Interrupted } else { Queue::Running })
}

fn token(raw: &RawValue, realm: &Realm) -> Read<AuthToken> {
    let text = text(raw, "authToken")?;
    let is_key = holds_a_key(&text, realm);
    let token = AuthToken::new(text);
    if is_key {
        return Err("O campo authToken não pode conter uma chave de API".to_owned());
    }
    token.map_err(|_| {
        "O campo authToken deve ter de 32 a 255 caracteres visíveis, sem espaços e sem acentos"
            .to_owned()
    })
}

fn api_version(raw: &RawValue) -> Read<()> {
    let version: Option<u8> = serde_json::from_str(raw.get()).ok();
    match version {
        Some(API_VERSION) => Ok(()),
        Some(_) | None => Err(format!("O campo apiVersion deve ser {API_VERSION}")),
    }
}
