//! A key as clients of the contract see it (section 2.1).
//!
//! Must not show a key's text but in the one answer that makes it.

use domain::key::{DisabledCause, Key, KeyState};
use domain::key_text::KeyText;
use domain::realm::Realm;
use domain::time::Timestamp;
use serde::Serialize;

use super::dates;
use super::permissions::{self, Shown};

/// A key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyView {
    id: String,
    name: String,
    enabled: bool,
    disabled_reason: Option<&'static str>,
    expiration_date: Option<String>,
    date_created: String,
    /// A day. None in the answer that makes a key: so are all that are published.
    projected_expiration_date_by_lack_of_use: Option<String>,
    permissions: Vec<Shown>,
}

/// All keys of an account.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    pub(super) access_tokens: Vec<KeyView>,
}

/// A key that was just made, with its text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssuedView<'a> {
    #[serde(flatten)]
    key: KeyView,
    api_key: &'a str,
}

/// A key, and when it will expire for lack of use.
pub(super) fn key(key: &Key, projected: Option<Timestamp>, realm: &Realm) -> KeyView {
    let date = |instant| dates::write(instant, &realm.time_zone);
    KeyView {
        id: key.id.to_string(),
        name: key.name.to_string(),
        enabled: key.state == KeyState::Enabled,
        disabled_reason: match key.state {
            KeyState::Disabled(DisabledCause::LackOfUse) => Some("LACK_OF_USE"),
            KeyState::Disabled(DisabledCause::Manual) => Some("MANUAL"),
            KeyState::Disabled(DisabledCause::OwnerArrangementChanged) => {
                Some("ACCOUNT_OWNER_ARRANGEMENT_TYPE_CHANGED_TO_INDICATION_PARTNER")
            }
            KeyState::Enabled | KeyState::Expired(_) | KeyState::Deleted => None,
        },
        expiration_date: key.expires_at.map(date),
        date_created: date(key.created_at),
        projected_expiration_date_by_lack_of_use: projected
            .map(|instant| dates::write_day(instant, &realm.time_zone)),
        permissions: permissions::of(&key.permissions, &realm.catalogue),
    }
}

/// A key that was just made.
pub(super) fn issued<'a>(key: &Key, text: &'a KeyText, realm: &Realm) -> IssuedView<'a> {
    IssuedView { key: self::key(key, None, realm), api_key: text.expose() }
}
