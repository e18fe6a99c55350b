//! The events that webhooks of the contract are told of, kept as data beside this file.
//!
//! `events.txt` has one name a line: those of the published enumeration, and the older spellings of
//! `PHONE_RECHARGE_` that an npm client sends. Must not hold a name in code.

use domain::nearest::nearest;
use domain::webhook::{EVENTS_MAX, EventName, NotEvents, Subscriptions};
use serde_json::value::RawValue;

use super::super::answers::shown;
use super::super::members::Read;

const NAMES: &str = include_str!("../events.txt");

/// All of them.
pub(in crate::asaas) fn all() -> Vec<EventName> {
    let names = NAMES.lines().map(|name| EventName::parse(name).ok());
    names.collect::<Option<_>>().expect("the names are part of the source, and a test reads them")
}

/// Reads a list of events, or says what is wrong with it.
pub(super) fn read(raw: &RawValue) -> Read<Subscriptions> {
    let names: Vec<String> = serde_json::from_str(raw.get())
        .map_err(|_| "O campo events deve ser uma lista de nomes de eventos".to_owned())?;
    if names.len() > EVENTS_MAX {
        return Err(too_many());
    }
    let names = names.iter().map(|name| known(name)).collect::<Result<Vec<_>, _>>()?;
    Subscriptions::new(names).map_err(|error| match error {
        NotEvents::Empty => "Informe ao menos um evento".to_owned(),
        NotEvents::Repeated => "Um evento foi informado mais de uma vez".to_owned(),
        NotEvents::TooMany => too_many(),
        NotEvents::Misshapen => "Um dos eventos não existe".to_owned(),
    })
}

fn known(name: &str) -> Read<EventName> {
    if let (true, Ok(event)) = (NAMES.lines().any(|known| known == name), EventName::parse(name)) {
        return Ok(event);
    }
    let meant = nearest(name, NAMES.lines())
        .map_or_else(String::new, |name| format!(". Você quis dizer {name}?"));
    Err(match shown(name) {
        Some(name) => format!("O evento {name} não existe{meant}"),
        None => format!("Um dos eventos não existe{meant}"),
    })
}

fn too_many() -> String {
    format!("Um webhook tem no máximo {EVENTS_MAX} eventos")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_list_is_an_event_and_stands_once() {
        let names: Vec<&str> = NAMES.lines().collect();
        assert!(names.len() > 100 && names.is_sorted());
        for (at, name) in names.iter().enumerate() {
            assert!(EventName::parse(name).is_ok() && !names[..at].contains(name), "{name}");
        }
        let all = serde_json::to_string(&names).expect("a list");
        let all: &RawValue = serde_json::from_str(&all).expect("JSON");
        assert_eq!(read(all).expect("events").as_slice().len(), names.len());
    }

    #[track_caller]
    fn check(json: &str, expected: &str) {
        let raw: &RawValue = serde_json::from_str(json).expect("JSON");
        assert_eq!(read(raw).expect_err(json), expected);
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_with_the_nearest() {
        check(
            r#"["ACCESS_TOKEN_CREATE"]"#,
            "O evento ACCESS_TOKEN_CREATE não existe. Você quis dizer ACCESS_TOKEN_CREATED?",
        );
        check(
            r#"["payment_received"]"#,
            "Um dos eventos não existe. Você quis dizer PAYMENT_RECEIVED?",
        );
        check(r#"["X"]"#, "O evento X não existe");
        check("[]", "Informe ao menos um evento");
        check(r#"["BILL_PAID","BILL_PAID"]"#, "Um evento foi informado mais de uma vez");
        check("[1]", "O campo events deve ser uma lista de nomes de eventos");
        check("null", "O campo events deve ser uma lista de nomes de eventos");
    }
}
