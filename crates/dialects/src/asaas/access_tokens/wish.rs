//! Reads the bodies that make and change a key (contract, section 2.2).
//!
//! No member is required, and an empty body is an empty object: clients in use send both. Members
//! that the contract does not name are passed over. Must not take a member twice.

use domain::key::{DisabledCause, KeySwitch};
use domain::name::DisplayName;
use domain::permission::PermissionSet;
use domain::realm::Realm;
use domain::time::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::answers::Wrong;
use super::{dates, permissions};

/// What is asked for; `None` where nothing was said.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) name: Option<DisplayName>,
    pub(super) permissions: Option<PermissionSet>,
    /// `Some(None)` takes the date away.
    pub(super) expires_at: Option<Option<Timestamp>>,
    pub(super) switch: Option<KeySwitch>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    #[serde(deserialize_with = "present")]
    name: Option<Value>,
    #[serde(deserialize_with = "present")]
    enabled: Option<Value>,
    #[serde(deserialize_with = "present")]
    expiration_date: Option<Value>,
    #[serde(deserialize_with = "present")]
    permissions: Option<Value>,
}

/// A member that is there, null included.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The name of a key that was given none.
pub(super) fn usual_name() -> DisplayName {
    DisplayName::parse("Chave de API").expect("a name")
}

/// Reads the body, or says all that is wrong with it.
pub(super) fn read(body: &[u8], realm: &Realm) -> Result<Wish, Vec<Wrong>> {
    let body = object(body)?;
    let mut wrong = Vec::new();
    let mut note = |field, description| wrong.push(Wrong { field, description });
    let name = body.name.and_then(|value| match value {
        Value::String(text) => match DisplayName::parse(&text) {
            Ok(name) => Some(name),
            Err(_) => {
                note("name", "O nome deve ter de 1 a 256 caracteres, em uma única linha, e não pode conter uma chave".to_owned());
                None
            }
        },
        _ => {
            note("name", "O nome deve ser um texto".to_owned());
            None
        }
    });
    let switch = body.enabled.and_then(|value| match value {
        Value::Bool(true) => Some(KeySwitch::On),
        Value::Bool(false) => Some(KeySwitch::Off(DisabledCause::Manual)),
        _ => {
            note("enabled", "O campo enabled deve ser true ou false".to_owned());
            None
        }
    });
    let expires_at = body.expiration_date.and_then(|value| match value {
        Value::Null => Some(None),
        Value::String(text) => match dates::read(&text, &realm.time_zone) {
            Some(instant) => Some(Some(instant)),
            None => {
                note("expirationDate", WRONG_DATE.to_owned());
                None
            }
        },
        _ => {
            note("expirationDate", WRONG_DATE.to_owned());
            None
        }
    });
    let permissions = body.permissions.and_then(|value| {
        let read = permissions::read(&value, &realm.catalogue);
        read.map_err(|description| note("permissions", description)).ok()
    });
    if wrong.is_empty() { Ok(Wish { name, permissions, expires_at, switch }) } else { Err(wrong) }
}

const WRONG_DATE: &str =
    "A data de expiração deve existir e estar no formato yyyy-MM-dd HH:mm:ss ou yyyy-MM-dd";

fn object(body: &[u8]) -> Result<Body, Vec<Wrong>> {
    let body = body.trim_ascii();
    if body.is_empty() {
        return Ok(Body::default());
    }
    // A list would do for the members in their order, which nobody means.
    let read = body.starts_with(b"{").then(|| serde_json::from_slice(body).ok()).flatten();
    read.ok_or_else(|| {
        let description =
            "O corpo da requisição deve ser um objeto JSON, com cada campo uma única vez"
                .to_owned();
        vec![Wrong { field: "body", description }]
    })
}
