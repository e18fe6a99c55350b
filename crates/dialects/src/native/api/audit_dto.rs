//! Audit entries as they stand on the wire.
//!
//! Must not hold more than the entry says.

use engine::outcome::AuditRow;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that was done
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct AuditEntryDto<'a> {
    id: String,
    /// When, by the clock of the environment
    #[schema(format = DateTime)]
    at: String,
    /// Who: `operator:` or `key:` and the id of the key that was used, or `system`
    actor: String,
    /// What, such as key.deleted
    action: &'static str,
    /// Where; null for what concerns the whole server
    #[schema(required)]
    realm: Option<&'a str>,
    #[schema(required)]
    environment: Option<&'a str>,
    /// To what: an id; for many keys that of their owner, or their environment; for a clock two instants
    target: &'a str,
    /// In which request, as its answer said in Chaveiro-Request-Id
    request_id: String,
}

impl<'a> AuditEntryDto<'a> {
    pub(super) fn of(row: &'a AuditRow) -> Self {
        let entry = &row.entry;
        let place = entry.place.as_ref();
        Self {
            id: entry.id.to_string(),
            at: entry.at.to_rfc3339(),
            actor: entry.actor.to_string(),
            action: entry.action.name(),
            realm: place.map(|place| place.realm.as_str()),
            environment: place.map(|place| place.environment.as_str()),
            target: &entry.target,
            request_id: entry.request_id.to_string(),
        }
    }
}
