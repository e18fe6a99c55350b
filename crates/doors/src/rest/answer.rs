//! The answer to one question, as it goes over the wire.
//!
//! Must not turn a refusal into a mistake, nor a mistake into a refusal.

use std::fmt::Display;

use domain::refusal::{Need, Refusal};
use engine::verify::Permit;
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
    #[schema(value_type = Vec<Object>)]
    limits: [(); 0],
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
    /// What to do about it; null where hints are switched off
    #[schema(required)]
    hint: Option<&'static str>,
    epoch: u64,
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
                limits: [],
                epoch: permit.epoch(),
            }
            .serialize(serializer),
            Outcome::Refused(refusal, epoch) => Refused {
                verdict: "refused",
                reason: refusal.name(),
                needed: needed(refusal).map(Shown),
                status: self.place.dialect.refusal_status(refusal).as_u16(),
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
