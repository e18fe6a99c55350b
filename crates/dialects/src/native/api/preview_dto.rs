//! What will happen to keys, as it stands on the wire.
//!
//! Must not show a secret, nor the address of a receiver.

use domain::realm::Realm;
use domain::time::Timestamp;
use engine::preview_lifecycle::{ComingStep, KeyPreview, PreviewPage};
use serde::Serialize;
use utoipa::ToSchema;

/// What will happen to the keys of an environment until an instant, if nobody uses them any more.
#[derive(Serialize, ToSchema)]
#[schema(as = LifecyclePreview)]
pub(super) struct PreviewDto<'a> {
    /// What the clock of the environment shows; what is owed already is done then
    #[schema(format = DateTime)]
    now: String,
    #[schema(format = DateTime)]
    until: String,
    /// The zone in which the realm counts months and dates, where it has a name
    #[schema(required)]
    time_zone: Option<String>,
    items: Vec<KeyPreviewDto<'a>>,
    /// For the parameter `after` of the next page; null at the end
    #[schema(required)]
    next: Option<String>,
}

/// What will happen to a key.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyPreview)]
struct KeyPreviewDto<'a> {
    key_id: String,
    account_id: String,
    name: &'a str,
    hint: &'a str,
    /// In the order in which they will be taken
    steps: Vec<ComingStepDto>,
}

/// A step that will be taken.
#[derive(Serialize, ToSchema)]
#[schema(as = ComingStep)]
struct ComingStepDto {
    #[schema(format = DateTime)]
    at: String,
    /// disable, expire, date for the key's own expiry date, or warn: and when the policy warns, such
    /// as warn:4m or warn:-7d
    step: String,
    /// The event that tells of it, such as key.disabled
    event: &'static str,
    /// The webhooks that would be told
    webhook_ids: Vec<String>,
    /// The people who would be written to; nobody where no mail server is configured
    written_to: Vec<String>,
}

impl<'a> PreviewDto<'a> {
    pub(super) fn of(
        page: &'a PreviewPage,
        until: Timestamp,
        realm: &Realm,
        next: Option<String>,
    ) -> Self {
        Self {
            now: page.now.to_rfc3339(),
            until: until.to_rfc3339(),
            time_zone: realm.time_zone.iana_name().map(str::to_owned),
            items: page.items.iter().map(KeyPreviewDto::of).collect(),
            next,
        }
    }
}

impl<'a> KeyPreviewDto<'a> {
    fn of(preview: &'a KeyPreview) -> Self {
        let KeyPreview { key, steps } = preview;
        Self {
            key_id: key.id.to_string(),
            account_id: key.owner.to_string(),
            name: key.name.as_str(),
            hint: key.secret.hint.as_str(),
            steps: steps.iter().map(ComingStepDto::of).collect(),
        }
    }
}

impl ComingStepDto {
    fn of(step: &ComingStep) -> Self {
        let ComingStep { coming, event, webhooks, people } = step;
        Self {
            at: coming.at.to_rfc3339(),
            step: coming.step.to_string(),
            event: event.name(),
            webhook_ids: webhooks.iter().map(ToString::to_string).collect(),
            written_to: people.iter().map(|address| address.as_str().to_owned()).collect(),
        }
    }
}
