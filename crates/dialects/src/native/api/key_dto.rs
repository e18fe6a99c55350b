//! Keys as they stand on the wire, and how one is asked for or changed.
//!
//! Must not show a secret outside [`IssuedKeyDto`], the one answer that does.

use domain::ids::AccountId;
use domain::ip_list::IpList;
use domain::key::{DisabledCause, ExpiredCause, Key, KeyState};
use domain::key_text::KeyText;
use domain::permission::Catalogue;
use domain::prefix::Reach;
use domain::time::Timestamp;
use engine::create_key::NewKey;
use engine::outcome::KeyChange;
use serde::Serialize;

use super::permission_dto::{self, PermissionsDto};
use super::problem::Problem;
use super::{object, values};

/// A key, without its secret.
#[derive(Serialize)]
pub(super) struct KeyDto<'a> {
    id: String,
    account_id: String,
    name: &'a str,
    hint: &'a str,
    reach: &'static str,
    state: &'static str,
    cause: Option<&'static str>,
    permissions: PermissionsDto<'a>,
    ip_list: Vec<String>,
    expires_at: Option<String>,
    created_at: String,
    enabled_at: String,
    last_used_at: Option<String>,
    epoch: u64,
}

/// A key that was just made, with its secret.
#[derive(Serialize)]
pub(super) struct IssuedKeyDto<'a> {
    #[serde(flatten)]
    about: KeyDto<'a>,
    key: &'a str,
}

impl<'a> KeyDto<'a> {
    /// The key as it stands at `now`.
    pub(super) fn of(key: &'a Key, now: Timestamp) -> Self {
        let (state, cause) = state_words(key.state_at(now));
        Self {
            id: key.id.to_string(),
            account_id: key.owner.to_string(),
            name: key.name.as_str(),
            hint: key.hint.as_str(),
            reach: match key.reach {
                Reach::Own => "own",
                Reach::Descendants => "descendants",
            },
            state,
            cause,
            permissions: PermissionsDto::of(&key.permissions),
            ip_list: key.ip_list.to_texts(),
            expires_at: key.expires_at.map(Timestamp::to_rfc3339),
            created_at: key.created_at.to_rfc3339(),
            enabled_at: key.enabled_at.to_rfc3339(),
            last_used_at: key.last_used_at.map(Timestamp::to_rfc3339),
            epoch: key.epoch,
        }
    }
}

impl<'a> IssuedKeyDto<'a> {
    /// The key and its secret, to be shown once.
    pub(super) fn of(key: &'a Key, text: &'a KeyText, now: Timestamp) -> Self {
        Self { about: KeyDto::of(key, now), key: text.expose() }
    }
}

const fn state_words(state: KeyState) -> (&'static str, Option<&'static str>) {
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

/// Reads the body that asks for a key.
pub(super) fn read_new(
    body: &str,
    owner: AccountId,
    catalogue: &Catalogue,
) -> Result<NewKey, Problem> {
    object::body(body, |mut object| {
        let name = object.required("name", values::name);
        let permissions =
            object.optional("permissions", |raw| permission_dto::read(raw, catalogue));
        let ip_list = object.optional("ip_list", values::ip_list).unwrap_or(IpList::Any);
        let expires_at = object.optional("expires_at", values::instant_or_null).flatten();
        object.finish(name.map(|name| NewKey { owner, name, permissions, ip_list, expires_at }))
    })
}

/// Reads the body that changes a key. What is absent stays as it is; an expiry date of null and
/// an empty list of addresses take the restriction away.
pub(super) fn read_change(body: &str, catalogue: &Catalogue) -> Result<KeyChange, Problem> {
    object::body(body, |mut object| {
        let change = KeyChange {
            name: object.optional("name", values::name),
            permissions: object.optional("permissions", |raw| permission_dto::read(raw, catalogue)),
            expires_at: object.optional("expires_at", values::instant_or_null),
            ip_list: object.optional("ip_list", values::ip_list),
            // Two paths of their own do that here.
            switch: None,
        };
        object.finish(Some(change))
    })
}
