//! Events as receivers of the contract know them (section 5): six kinds, and what each shows.
//!
//! Must not show permissions or a hint: the contract has neither in events.

use domain::account::Account;
use domain::audit::EventKind;
use domain::ids::EventId;
use domain::key::{DisabledCause, KeyState};
use domain::time::Timestamp;
use domain::webhook::Webhook;
use engine::ports::courier::{HeaderLine, Parcel, Secrecy};
use engine::ports::herald::{Herald, Told};
use serde::Serialize;

use super::{Asaas, dates};

/// The header by which receivers know us.
const TOKEN: &str = "asaas-access-token";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    id: String,
    event: &'static str,
    date_created: String,
    account: Owner,
    access_token: AccessToken<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    id: String,
    owner_id: Option<String>,
}

/// The cause is `disableReason` here, and `disabledReason` in answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessToken<'a> {
    id: String,
    name: &'a str,
    enabled: bool,
    date_created: String,
    disable_reason: Option<&'static str>,
    expiration_date: Option<String>,
    projected_expiration_date_by_lack_of_use: Option<String>,
}

/// The name of such events; the contract has none for the others.
const fn name(kind: EventKind) -> Option<&'static str> {
    match kind {
        EventKind::Created => Some("ACCESS_TOKEN_CREATED"),
        EventKind::Deleted => Some("ACCESS_TOKEN_DELETED"),
        EventKind::Disabled => Some("ACCESS_TOKEN_DISABLED"),
        EventKind::Enabled => Some("ACCESS_TOKEN_ENABLED"),
        EventKind::Expired => Some("ACCESS_TOKEN_EXPIRED"),
        EventKind::ExpiringSoon => Some("ACCESS_TOKEN_EXPIRING_SOON"),
        EventKind::Exposed | EventKind::PermissionsChanged | EventKind::Rotated => None,
    }
}

impl Herald for Asaas {
    fn event_name(&self, kind: EventKind) -> Option<&'static str> {
        name(kind)
    }

    fn body(&self, told: &Told<'_>) -> Box<str> {
        let Told { row, key, account, realm, projected_expiry } = told;
        let date = |instant: Timestamp| dates::write(instant, &realm.time_zone);
        let event = Event {
            id: event_id(row.event.id, row.position.epoch),
            event: name(row.event.kind).unwrap_or_default(),
            date_created: date(row.event.at),
            account: owner(account),
            access_token: AccessToken {
                id: row.event.key.to_string(),
                name: key.name.as_str(),
                enabled: key.state == KeyState::Enabled,
                date_created: date(key.created_at),
                disable_reason: reason(key.state),
                expiration_date: key.expires_at.map(date),
                projected_expiration_date_by_lack_of_use: projected_expiry
                    .filter(|_| row.event.kind != EventKind::Created)
                    .map(|at| dates::write_day(at, &realm.time_zone)),
            },
        };
        serde_json::to_string(&event).unwrap_or_default().into()
    }

    fn parcel(&self, webhook: &Webhook, _: EventId, body: &str, _: Timestamp) -> Parcel {
        let token = webhook.token.as_ref();
        let line = token.map(|token| HeaderLine::new(TOKEN, token.expose(), Secrecy::Secret));
        Parcel {
            place: webhook.place.clone(),
            webhook: webhook.id,
            url: webhook.url.clone(),
            // A token is made of what can stand in a header.
            lines: line.into_iter().flatten().collect(),
            body: body.as_bytes().into(),
            seal: None,
        }
    }
}

/// `evt_`, 32 hexadecimal digits, `&` and a number: the same on every attempt.
fn event_id(id: EventId, epoch: u64) -> String {
    format!("evt_{:032x}&{epoch}", id.as_u128())
}

fn owner(account: &Account) -> Owner {
    let owner_id = account.kind.parent().map(|parent| parent.to_string());
    Owner { id: account.id.to_string(), owner_id }
}

const fn reason(state: KeyState) -> Option<&'static str> {
    match state {
        KeyState::Disabled(DisabledCause::LackOfUse) => Some("LACK_OF_USE"),
        KeyState::Disabled(DisabledCause::Manual) => Some("MANUAL"),
        KeyState::Disabled(DisabledCause::OwnerArrangementChanged) => {
            Some("ACCOUNT_OWNER_ARRANGEMENT_TYPE_CHANGED_TO_INDICATION_PARTNER")
        }
        KeyState::Enabled | KeyState::Expired(_) | KeyState::Deleted => None,
    }
}
