//! Events as they stand on the wire.
//!
//! Must not hold more of a key than the event kept of it.

use domain::exposure::{Exposure, ExposureCause};
use domain::name::DisplayName;
use domain::time::Timestamp;
use engine::outcome::EventRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::key_dto::{CauseDto, KeyStateDto, state_words};

/// Something that happened to a key.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(super) struct EventDto<'a> {
    /// Its identity; deliveries of it carry the same
    id: String,
    /// What happened, such as key.created
    kind: &'static str,
    #[schema(format = DateTime)]
    at: String,
    account_id: String,
    key_id: String,
    /// The key as it stood after the change; null in events of older versions
    #[schema(required)]
    key: Option<EventKeyDto<'a>>,
    /// How others came to see the key; null in events of other kinds
    #[schema(required)]
    exposure: Option<ExposureDto<'a>>,
}

/// How others came to see a key.
#[derive(Serialize, ToSchema)]
#[schema(as = Exposure)]
pub(super) struct ExposureDto<'a> {
    cause: ExposureCauseDto,
    /// Where somebody found it, if that was said
    #[schema(required)]
    #[serde(rename = "where")]
    found_in: Option<&'a str>,
}

/// What makes a key exposed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExposureCause)]
pub(super) enum ExposureCauseDto {
    /// Somebody says that its text was found
    Reported,
    /// It came over plain HTTP where TLS is required
    InTheClear,
}

impl<'a> ExposureDto<'a> {
    fn of(exposure: &'a Exposure) -> Self {
        let cause = match exposure.cause() {
            ExposureCause::Reported => ExposureCauseDto::Reported,
            ExposureCause::InTheClear => ExposureCauseDto::InTheClear,
        };
        Self { cause, found_in: exposure.found_in().map(DisplayName::as_str) }
    }
}

/// A key as an event shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = EventKey)]
pub(super) struct EventKeyDto<'a> {
    name: &'a str,
    /// What may be shown of its text
    hint: &'a str,
    state: KeyStateDto,
    /// Why it was disabled or had expired
    #[schema(required)]
    cause: Option<CauseDto>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was going to end by its own date
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// When it was last used
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    /// When it was going to expire for lack of use
    #[schema(required, format = DateTime)]
    projected_expiration_at: Option<String>,
}

impl<'a> EventDto<'a> {
    /// The event, and when its key was going to expire for lack of use.
    pub(super) fn of(row: &'a EventRow, projected: Option<Timestamp>) -> Self {
        let key = row.key.as_ref().map(|key| {
            let (state, cause) = state_words(key.state);
            EventKeyDto {
                name: key.name.as_str(),
                hint: key.hint.as_str(),
                state,
                cause,
                created_at: key.created_at.to_rfc3339(),
                expires_at: key.expires_at.map(Timestamp::to_rfc3339),
                last_used_at: key.last_used_at.map(Timestamp::to_rfc3339),
                projected_expiration_at: projected.map(Timestamp::to_rfc3339),
            }
        });
        Self {
            id: row.event.id.to_string(),
            kind: row.event.kind.name(),
            at: row.event.at.to_rfc3339(),
            account_id: row.event.account.to_string(),
            key_id: row.event.key.to_string(),
            key,
            exposure: row.event.exposure.as_ref().map(ExposureDto::of),
        }
    }
}
