//! The answer to one question, as it goes over the wire.
//!
//! Must not turn a refusal into a mistake, nor a mistake into a refusal.

use std::fmt::Display;

use domain::limit::{LimitStanding, SpentLimit};
use domain::refusal::{Need, Refusal};
use engine::verify::{Permit, Taken};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::VerifyPlace;
use crate::gateway::Hints;

/// A decision, ready to be written.
pub(super) struct Decision<'a> {
    pub(super) place: &'a VerifyPlace,
    pub(super) outcome: Outcome<'a>,
}

/// What was decided.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are granted, and a box would ask for memory"
)]
pub(super) enum Outcome<'a> {
    Granted(Permit<'a>),
    Refused(Refusal, u64),
}

/// The request may pass.
#[derive(Serialize, ToSchema)]
pub(super) struct Granted<'a> {
    #[schema(pattern = "^granted$")]
    verdict: &'static str,
    #[schema(value_type = String)]
    key_id: Shown<domain::ids::KeyId>,
    #[schema(value_type = String)]
    account_id: Shown<domain::ids::AccountId>,
    /// The project that it acts for
    #[schema(value_type = Option<String>, required)]
    project_id: Option<Shown<domain::ids::AccountId>>,
    /// What the route needed; null where no rule names it
    #[schema(value_type = Option<String>, required)]
    permission: Option<Shown<&'a domain::permission::Requirement>>,
    /// The limits that the request was about, as they stand after it
    #[schema(value_type = Vec<Limit>)]
    limits: Limits<'a>,
    epoch: u64,
}

/// The request is to be turned away.
#[derive(Serialize, ToSchema)]
pub(super) struct Refused<'a> {
    #[schema(pattern = "^refused$")]
    verdict: &'static str,
    /// The name of the refusal
    reason: &'static str,
    /// What a narrowed key would have needed
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<Shown<&'a Need>>,
    /// What the realm's dialect answers
    status: u16,
    /// In how many seconds to ask again, where a limit is used up
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// The limit that is used up
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Limit<'a>>,
    /// What to do about it; null where hints are switched off
    #[schema(required)]
    hint: Option<&'static str>,
    epoch: u64,
}

/// Where a limit stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Limit<'a> {
    name: &'a str,
    /// The whole budget
    limit: u32,
    /// What is left of it
    remaining: u32,
    /// When something of it comes back, or its window ends; null where that is not a matter of time
    #[schema(required)]
    reset_after_ms: Option<u64>,
    /// True where the limit refuses nobody and would have refused this
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    would_refuse: bool,
}

impl<'a> From<LimitStanding<'a>> for Limit<'a> {
    fn from(standing: LimitStanding<'a>) -> Self {
        let LimitStanding { rule, remaining, resets_in_ms: reset_after_ms, would_refuse } =
            standing;
        let (name, limit) = (rule.name.as_str(), rule.at_most);
        Self { name, limit, remaining, reset_after_ms, would_refuse }
    }
}

/// Where all limits stand that a request was about.
struct Limits<'a>(&'a Taken<'a>);

impl Serialize for Limits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.standings().map(Limit::from))
    }
}

/// Something that is written as it is shown.
struct Shown<T>(T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Decision<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.outcome {
            Outcome::Granted(permit) => Granted {
                verdict: "granted",
                key_id: Shown(permit.key()),
                account_id: Shown(permit.account()),
                project_id: permit.project().map(Shown),
                permission: permit.permission().map(Shown),
                limits: Limits(permit.taken()),
                epoch: permit.epoch(),
            }
            .serialize(serializer),
            Outcome::Refused(refusal, epoch) => Refused {
                verdict: "refused",
                reason: refusal.name(),
                needed: needed(refusal).map(Shown),
                status: self.place.dialect.refusal_status(refusal).as_u16(),
                retry_after: refusal.spent().map(SpentLimit::retry_after_s),
                limit: refusal.spent().map(|spent| spent.standing().into()),
                hint: match self.place.hints {
                    Hints::Shown => Some(refusal.advice()),
                    Hints::Hidden => None,
                },
                epoch: *epoch,
            }
            .serialize(serializer),
        }
    }
}

const fn needed(refusal: &Refusal) -> Option<&Need> {
    match refusal {
        Refusal::PermissionMissing(need) => Some(need),
        Refusal::InsecureTransport
        | Refusal::NoCredential(_)
        | Refusal::Ambiguous
        | Refusal::Malformed(_)
        | Refusal::WrongEnvironment
        | Refusal::Unknown
        | Refusal::Disabled(_)
        | Refusal::Expired(_)
        | Refusal::Deleted
        | Refusal::IpNotAllowed
        | Refusal::UserAgentMissing
        | Refusal::ProjectMissing
        | Refusal::ProjectMismatch(_)
        | Refusal::RateLimited { .. }
        | Refusal::Undecidable => None,
    }
}
