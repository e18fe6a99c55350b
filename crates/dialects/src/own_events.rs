//! The events of keys under their own names, for dialects whose contract has no others.
//!
//! Must not name an event that never happens.

use domain::audit::EventKind;
use domain::realm::Realm;
use domain::webhook::EventName;

/// All of them.
pub(crate) fn names() -> Vec<EventName> {
    let named = |kind: EventKind| EventName::parse(kind.name()).expect("a test reads every name");
    EventKind::ALL.map(named).into()
}

/// Whether receivers of the realm are told under these names, and not in the words of a contract.
pub(crate) fn are_told_in(realm: &Realm) -> bool {
    realm.webhook_events.iter().any(|event| EventKind::from_name(event.as_str()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_a_key_has_a_name_that_webhooks_can_hold() {
        let names = names();
        assert_eq!(names.len(), EventKind::ALL.len());
        assert_eq!(names[0].as_str(), "key.created");
    }
}
