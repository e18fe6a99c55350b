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
use serde_json::value::RawValue;

use super::super::answers::Wrong;
use super::super::{dates, permissions};

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
    #[serde(deserialize_with = "present_raw")]
    permissions: Option<Box<RawValue>>,
}

/// A member that is there, null included.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The same, unread: what is inside must not come twice either, which a value would hide.
fn present_raw<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// The name of a key that was given none.
pub(in crate::asaas) fn usual_name() -> DisplayName {
    DisplayName::parse("Chave de API").expect("a name")
}

/// Reads the body, or says all that is wrong with it.
pub(super) fn read(body: &[u8], realm: &Realm) -> Result<Wish, Vec<Wrong>> {
    let body = object(body)?;
    let mut wrong = Vec::new();
    let wish = Wish {
        name: member("name", body.name, name, &mut wrong),
        switch: member("enabled", body.enabled, switch, &mut wrong),
        expires_at: member(
            "expirationDate",
            body.expiration_date,
            |value| date(value, realm),
            &mut wrong,
        ),
        permissions: member(
            "permissions",
            body.permissions,
            |value| permissions::read(value, &realm.catalogue),
            &mut wrong,
        ),
    };
    if wrong.is_empty() { Ok(wish) } else { Err(wrong) }
}

/// Reads a member, if it is there, or notes what is wrong with it.
fn member<V, T>(
    field: &'static str,
    value: Option<V>,
    read: impl FnOnce(&V) -> Result<T, String>,
    wrong: &mut Vec<Wrong>,
) -> Option<T> {
    match read(&value?) {
        Ok(read) => Some(read),
        Err(description) => {
            wrong.push(Wrong { field, description });
            None
        }
    }
}

fn name(value: &Value) -> Result<DisplayName, String> {
    let text = value.as_str().ok_or("O nome deve ser um texto")?;
    DisplayName::parse(text).map_err(|_| WRONG_NAME.to_owned())
}

fn switch(value: &Value) -> Result<KeySwitch, String> {
    let on = value.as_bool().ok_or("O campo enabled deve ser true ou false")?;
    Ok(if on { KeySwitch::On } else { KeySwitch::Off(DisabledCause::Manual) })
}

/// A date, or none at all.
fn date(value: &Value, realm: &Realm) -> Result<Option<Timestamp>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let read = value.as_str().and_then(|text| dates::read(text, &realm.time_zone));
    read.map(Some).ok_or_else(|| WRONG_DATE.to_owned())
}

const WRONG_NAME: &str =
    "O nome deve ter de 1 a 256 caracteres, em uma única linha, e não pode conter uma chave";
const WRONG_DATE: &str = "A data de expiração deve existir, ser anterior a 9999-12-30 e estar no formato yyyy-MM-dd HH:mm:ss ou yyyy-MM-dd. Para uma chave sem expiração, envie null";

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
