//! Which audit entries are asked for.
//!
//! Must not find an entry that one of the conditions leaves out.

use super::{Action, Actor, AuditEntry};
use crate::ids::{Place, RequestId};
use crate::time::Timestamp;

/// Conditions, all of which an entry has to meet; `None` is met by every entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditSearch {
    /// Where it was done.
    pub place: Option<Place>,
    /// What was done.
    pub action: Option<Action>,
    /// Who did it.
    pub actor: Option<Actor>,
    /// To what it was done, as the entry says it.
    pub target: Option<String>,
    /// In which request.
    pub request_id: Option<RequestId>,
    /// Not before this instant, by the clock of the entry's place.
    pub from: Option<Timestamp>,
    /// Before this instant, by the same clock.
    pub until: Option<Timestamp>,
}

impl AuditSearch {
    /// Whether an entry meets them.
    #[must_use]
    pub fn finds(&self, entry: &AuditEntry) -> bool {
        let Self { place, action, actor, target, request_id, from, until } = self;
        place.as_ref().is_none_or(|place| entry.place.as_ref() == Some(place))
            && action.is_none_or(|action| entry.action == action)
            && actor.is_none_or(|actor| entry.actor == actor)
            && target.as_ref().is_none_or(|target| entry.target == *target)
            && request_id.is_none_or(|request_id| entry.request_id == request_id)
            && from.is_none_or(|from| entry.at >= from)
            && until.is_none_or(|until| entry.at < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AuditId, EnvironmentName, KeyId, OperatorKeyId, RealmName};

    fn place(environment: &str) -> Place {
        Place {
            realm: RealmName::parse("payments").expect("a name"),
            environment: EnvironmentName::parse(environment).expect("a name"),
        }
    }

    #[test]
    fn an_entry_is_found_by_what_it_says_and_not_by_anything_else() {
        let entry = AuditEntry {
            id: AuditId::from_u128(1),
            at: Timestamp::from_millis(100),
            actor: Actor::Key(KeyId::from_u128(2)),
            action: Action::DeleteKey,
            place: Some(place("sandbox")),
            target: "it".to_owned(),
            request_id: RequestId::from_u128(3),
        };
        let all = AuditSearch::default;
        let at = |ms| Some(Timestamp::from_millis(ms));
        assert!(all().finds(&entry));
        for (right, wrong) in [
            (
                AuditSearch { place: Some(place("sandbox")), ..all() },
                AuditSearch { place: Some(place("production")), ..all() },
            ),
            (
                AuditSearch { action: Some(Action::DeleteKey), ..all() },
                AuditSearch { action: Some(Action::DeleteKeys), ..all() },
            ),
            (
                AuditSearch { actor: Some(entry.actor), ..all() },
                AuditSearch { actor: Some(Actor::Operator(OperatorKeyId::from_u128(2))), ..all() },
            ),
            (
                AuditSearch { target: Some("it".to_owned()), ..all() },
                AuditSearch { target: Some("i".to_owned()), ..all() },
            ),
            (
                AuditSearch { request_id: Some(entry.request_id), ..all() },
                AuditSearch { request_id: Some(RequestId::from_u128(4)), ..all() },
            ),
            (AuditSearch { from: at(100), ..all() }, AuditSearch { from: at(101), ..all() }),
            (AuditSearch { until: at(101), ..all() }, AuditSearch { until: at(100), ..all() }),
        ] {
            assert!(right.finds(&entry), "{right:?}");
            assert!(!wrong.finds(&entry), "{wrong:?}");
        }
        let of_server = AuditEntry { place: None, ..entry };
        assert!(!AuditSearch { place: Some(place("sandbox")), ..all() }.finds(&of_server));
    }
}
