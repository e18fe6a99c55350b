//! Reads the bodies that make and change a key (contract, section 2.2).
//!
//! No member is required, and an empty body is an empty object: clients in use send both. Must not
//! take null for permissions that nobody named.

use domain::key::{DisabledCause, KeySwitch};
use domain::name::DisplayName;
use domain::permission::PermissionSet;
use domain::realm::Realm;
use domain::time::Timestamp;
use serde_json::value::RawValue;

use super::super::answers::Wrong;
use super::super::members::{Members, Read};
use super::super::texts::truth;
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

/// The name of a key that was given none.
pub(in crate::asaas) fn usual_name() -> DisplayName {
    DisplayName::parse("Chave de API").expect("a name")
}

/// Reads the body, or says all that is wrong with it.
pub(super) fn read(body: &[u8], realm: &Realm) -> Result<Wish, Vec<Wrong>> {
    let mut members = Members::of_body(body)?;
    let wish = Wish {
        name: members.optional("name", name),
        switch: members.optional("enabled", switch),
        expires_at: members.optional("expirationDate", |raw| date(raw, realm)),
        permissions: members
            .optional("permissions", |raw| permissions::read(raw, &realm.catalogue)),
    };
    // A key must not be wider, nor live longer, than whoever misspells a member asks for.
    members.refuse_misspelt();
    members.finish(Some(wish))
}

fn name(raw: &RawValue) -> Read<DisplayName> {
    let text: String =
        serde_json::from_str(raw.get()).map_err(|_| "O nome deve ser um texto".to_owned())?;
    DisplayName::parse(&text).map_err(|_| WRONG_NAME.to_owned())
}

fn switch(raw: &RawValue) -> Read<KeySwitch> {
    let on = truth(raw, "enabled")?;
    Ok(if on { KeySwitch::On } else { KeySwitch::Off(DisabledCause::Manual) })
}

/// A date, or none at all.
fn date(raw: &RawValue, realm: &Realm) -> Read<Option<Timestamp>> {
    let text: Result<Option<String>, _> = serde_json::from_str(raw.get());
    let Some(text) = text.map_err(|_| WRONG_DATE.to_owned())? else { return Ok(None) };
    let read = dates::read(&text, &realm.time_zone);
    read.map(Some).ok_or_else(|| WRONG_DATE.to_owned())
}

const WRONG_NAME: &str =
    "O nome deve ter de 1 a 256 caracteres, em uma única linha, e não pode conter uma chave";
const WRONG_DATE: &str = "A data de expiração deve existir, ser anterior a 9999-12-30 e estar no formato yyyy-MM-dd HH:mm:ss ou yyyy-MM-dd. Para uma chave sem expiração, envie null";
