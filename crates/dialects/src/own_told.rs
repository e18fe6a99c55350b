//! Events as receivers know them whose dialect has no words of its own: all kinds, under our names.
//!
//! A token that is a signing secret of Standard Webhooks (`whsec_` and base64) signs; any other is
//! sent along. Must not show permissions: what a key may do is told to whoever manages it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::entropy::Entropy;
use domain::exposure::ExposureCause;
use domain::ids::EventId;
use domain::key::{DisabledCause, ExpiredCause, KeyState};
use domain::name::DisplayName;
use domain::signing_secret::SigningSecret;
use domain::time::Timestamp;
use domain::webhook::{AuthToken, Webhook};
use engine::ports::courier::{HeaderLine, Parcel, Seal, Secrecy};
use engine::ports::herald::Told;
use serde::Serialize;
use zeroize::Zeroizing;

/// How a signing secret begins.
const SECRET: &str = "whsec_";
/// The header by which receivers know us where nothing is signed.
const TOKEN: &str = "chaveiro-token";

#[derive(Serialize)]
struct Event<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    at: String,
    realm: &'a str,
    environment: &'a str,
    account_id: String,
    key: Key<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposure: Option<Exposed<'a>>,
}

/// How others came to see the key.
#[derive(Serialize)]
struct Exposed<'a> {
    cause: &'static str,
    #[serde(rename = "where")]
    found_in: Option<&'a str>,
}

#[derive(Serialize)]
struct Key<'a> {
    id: String,
    name: &'a str,
    hint: &'a str,
    state: &'static str,
    cause: Option<&'static str>,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    projected_expiration_at: Option<String>,
}

/// The body of an event.
pub(crate) fn body(told: &Told<'_>) -> Box<str> {
    let Told { row, key, account, realm: _, projected_expiry } = told;
    let (state, cause) = state(key.state);
    let event = Event {
        id: row.event.id.to_string(),
        kind: row.event.kind.name(),
        at: row.event.at.to_rfc3339(),
        realm: row.event.place.realm.as_str(),
        environment: row.event.place.environment.as_str(),
        account_id: account.id.to_string(),
        key: Key {
            id: row.event.key.to_string(),
            name: key.name.as_str(),
            hint: key.hint.as_str(),
            state,
            cause,
            created_at: key.created_at.to_rfc3339(),
            expires_at: key.expires_at.map(Timestamp::to_rfc3339),
            last_used_at: key.last_used_at.map(Timestamp::to_rfc3339),
            projected_expiration_at: projected_expiry.map(Timestamp::to_rfc3339),
        },
        exposure: row.event.exposure.as_ref().map(|exposure| Exposed {
            cause: cause_of(exposure.cause()),
            found_in: exposure.found_in().map(DisplayName::as_str),
        }),
    };
    serde_json::to_string(&event).unwrap_or_default().into()
}

/// What is sent in an attempt.
pub(crate) fn parcel(webhook: &Webhook, event: EventId, body: &str, at: Timestamp) -> Parcel {
    let current = webhook.token.as_ref().and_then(secret);
    let token = webhook.token.as_ref().filter(|_| current.is_none());
    // While one secret replaces another, both sign, the newer one first.
    let former = webhook.former.as_ref().and_then(|former| secret(&former.token));
    let signed = current.map(|current| std::iter::once(current).chain(former).collect());
    let line = token.map(|token| HeaderLine::new(TOKEN, token.expose(), Secrecy::Secret));
    Parcel {
        place: webhook.place.clone(),
        webhook: webhook.id,
        url: webhook.url.clone(),
        // A token is made of what can stand in a header.
        lines: line.into_iter().flatten().collect(),
        body: body.as_bytes().into(),
        seal: signed.map(|secrets| Seal { id: event.to_string().into(), at, secrets }),
    }
}

/// A fresh signing secret, as a token.
pub(crate) fn fresh_secret(entropy: &mut dyn Entropy) -> AuthToken {
    let secret = SigningSecret::fresh(entropy);
    let text = Zeroizing::new(STANDARD.encode(secret.expose()));
    AuthToken::new([SECRET, &text].concat()).expect("32 bytes in base64 are a token's length")
}

/// Whether the token is a signing secret.
pub(crate) fn is_secret(token: &AuthToken) -> bool {
    secret(token).is_some()
}

/// The token as a signing secret, if it is one.
fn secret(token: &AuthToken) -> Option<SigningSecret> {
    let text = token.expose().strip_prefix(SECRET)?;
    SigningSecret::new(STANDARD.decode(text).ok()?).ok()
}

/// A token says that it is a signing secret and is none: it would be sent along for all to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "begins like a signing secret and is none: write {SECRET} and 24 to 64 bytes in base64 of the ordinary alphabet, with its padding"
)]
pub(crate) struct NoSecretAfterAll;

/// Refuses a token that was meant for signing and cannot sign.
pub(crate) fn vet(token: &AuthToken) -> Result<(), NoSecretAfterAll> {
    let meant = token.expose().starts_with(SECRET);
    if meant && !is_secret(token) { Err(NoSecretAfterAll) } else { Ok(()) }
}

const fn cause_of(cause: ExposureCause) -> &'static str {
    match cause {
        ExposureCause::Reported => "reported",
        ExposureCause::InTheClear => "in_the_clear",
    }
}

const fn state(state: KeyState) -> (&'static str, Option<&'static str>) {
    match state {
        KeyState::Enabled => ("enabled", None),
        KeyState::Disabled(DisabledCause::Manual) => ("disabled", Some("manual")),
        KeyState::Disabled(DisabledCause::LackOfUse) => ("disabled", Some("lack_of_use")),
        KeyState::Disabled(DisabledCause::OwnerArrangementChanged) => {
            ("disabled", Some("owner_arrangement_changed"))
        }
        KeyState::Expired(ExpiredCause::Date) => ("expired", Some("date")),
        KeyState::Expired(ExpiredCause::LackOfUse) => ("expired", Some("lack_of_use")),
        KeyState::Deleted => ("deleted", None),
    }
}
