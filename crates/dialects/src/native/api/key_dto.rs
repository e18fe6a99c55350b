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
use utoipa::ToSchema;

use super::permission_dto::{self, PermissionsDto};
use super::problem::Problem;
use super::secret_dto::{self, SecretDto};
use super::{describe_values, object, values};

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
pub(super) struct KeyDto<'a> {
    /// Its identity for life
    id: String,
    /// The account or project that owns it
    account_id: String,
    name: &'a str,
    /// What may be shown of its text: prefix, four letters, the last four
    hint: &'a str,
    /// For whom it acts
    reach: ReachDto,
    state: KeyStateDto,
    /// Why it is disabled or expired
    #[schema(required)]
    cause: Option<CauseDto>,
    permissions: PermissionsDto<'a>,
    /// From where it may be used; empty for anywhere
    ip_list: Vec<String>,
    /// When it ends by its own date
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// When it will expire for lack of use, if nobody uses it from now on; null where that will not
    /// end it
    #[schema(required, format = DateTime)]
    projected_expiration_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last switched on
    #[schema(format = DateTime)]
    enabled_at: String,
    /// When it was last used, with any secret
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    /// The secrets that open it, the newest first: two while one is being replaced
    secrets: Vec<SecretDto<'a>>,
    /// The epoch of its last change
    epoch: u64,
}

/// For whom a key acts: its owner alone, or all that is below it.
#[derive(Serialize, ToSchema)]
#[schema(as = Reach)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReachDto {
    Own,
    Descendants,
}

impl From<Reach> for ReachDto {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::Own => Self::Own,
            Reach::Descendants => Self::Descendants,
        }
    }
}

/// Whether a key works.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyState)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeyStateDto {
    Enabled,
    Disabled,
    Expired,
    Deleted,
}

/// Why a key is disabled or expired.
#[derive(Serialize, ToSchema)]
#[schema(as = Cause)]
#[serde(rename_all = "snake_case")]
pub(super) enum CauseDto {
    Manual,
    LackOfUse,
    OwnerArrangementChanged,
    Date,
}

/// A key that was just made or given a new secret, with that secret.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedKey)]
pub(super) struct IssuedKeyDto<'a> {
    #[serde(flatten)]
    about: KeyDto<'a>,
    /// The whole text. It is shown in this answer and never again
    key: &'a str,
}

impl<'a> KeyDto<'a> {
    /// The key as it stands at `now`, and when lack of use is going to end it.
    pub(super) fn of(key: &'a Key, projected: Option<Timestamp>, now: Timestamp) -> Self {
        let (state, cause) = state_words(key.state_at(now));
        Self {
            id: key.id.to_string(),
            account_id: key.owner.to_string(),
            name: key.name.as_str(),
            hint: key.secret.hint.as_str(),
            reach: key.reach.into(),
            state,
            cause,
            permissions: PermissionsDto::of(&key.permissions),
            ip_list: key.ip_list.to_texts(),
            expires_at: key.expires_at.map(Timestamp::to_rfc3339),
            projected_expiration_at: projected.map(Timestamp::to_rfc3339),
            created_at: key.created_at.to_rfc3339(),
            enabled_at: key.enabled_at.to_rfc3339(),
            last_used_at: key.last_used_at.map(Timestamp::to_rfc3339),
            secrets: secret_dto::of(key, now),
            epoch: key.epoch,
        }
    }
}

impl<'a> IssuedKeyDto<'a> {
    /// The key and its secret, to be shown once.
    pub(super) fn of(
        key: &'a Key,
        text: &'a KeyText,
        projected: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        Self { about: KeyDto::of(key, projected, now), key: text.expose() }
    }
}

/// The words for a state, and for why it is so.
pub(super) const fn state_words(state: KeyState) -> (KeyStateDto, Option<CauseDto>) {
    match state {
        KeyState::Enabled => (KeyStateDto::Enabled, None),
        KeyState::Disabled(DisabledCause::Manual) => {
            (KeyStateDto::Disabled, Some(CauseDto::Manual))
        }
        KeyState::Disabled(DisabledCause::LackOfUse) => {
            (KeyStateDto::Disabled, Some(CauseDto::LackOfUse))
        }
        KeyState::Disabled(DisabledCause::OwnerArrangementChanged) => {
            (KeyStateDto::Disabled, Some(CauseDto::OwnerArrangementChanged))
        }
        KeyState::Expired(ExpiredCause::Date) => (KeyStateDto::Expired, Some(CauseDto::Date)),
        KeyState::Expired(ExpiredCause::LackOfUse) => {
            (KeyStateDto::Expired, Some(CauseDto::LackOfUse))
        }
        KeyState::Deleted => (KeyStateDto::Deleted, None),
    }
}

/// The body that asks for a key.
#[derive(ToSchema)]
#[schema(as = NewKey)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct NewKeyBody {
    /// What people call it
    #[schema(schema_with = describe_values::name)]
    name: String,
    /// What it may do; where it is left out, everything, unless the realm demands it
    #[schema(schema_with = describe_values::permissions)]
    permissions: Option<Vec<String>>,
    /// From where it may be used: addresses, blocks or intervals; empty for anywhere
    #[schema(schema_with = describe_values::ip_list)]
    ip_list: Option<Vec<String>>,
    /// When it ends; an instant in the future, or null for never
    #[schema(schema_with = describe_values::instant_or_null)]
    expires_at: Option<String>,
}

/// The body that changes a key.
#[derive(ToSchema)]
#[schema(as = KeyChange)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct KeyChangeBody {
    /// What people call it
    #[schema(schema_with = describe_values::name)]
    name: Option<String>,
    /// What it may do
    #[schema(schema_with = describe_values::permissions)]
    permissions: Option<Vec<String>>,
    /// From where it may be used; empty for anywhere
    #[schema(schema_with = describe_values::ip_list)]
    ip_list: Option<Vec<String>>,
    /// When it ends; an instant in the future, or null for never
    #[schema(schema_with = describe_values::instant_or_null)]
    expires_at: Option<String>,
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
