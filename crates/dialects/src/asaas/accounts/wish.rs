//! Reads the body that asks for a sub-account (contract, section 3.2).
//!
//! Everything that is wrong is told at once. Must not take what would hold a key.

use domain::mail::MailAddress;
use domain::name::DisplayName;
use domain::permission::PermissionSet;
use domain::realm::Realm;
use engine::create_webhook::NewWebhook;
use engine::engine::Engine;
use jiff::civil::Date;
use serde_json::value::RawValue;

use super::super::access_tokens::usual_name;
use super::super::answers::Wrong;
use super::super::members::{Members, Read};
use super::super::permissions;
use super::super::texts::{cpf_or_cnpj, line, mail, phone, postal_code, text, truth};
use super::super::webhooks;
use super::kept::Kept;

/// More webhooks than this are not even read; how many an account may have, the store says.
const WEBHOOKS_READ_MAX: usize = 100;
const COMPANY_TYPES: [&str; 4] = ["MEI", "LIMITED", "INDIVIDUAL", "ASSOCIATION"];

/// A sub-account that is asked for.
pub(super) struct Wish {
    pub(super) name: DisplayName,
    pub(super) mail: MailAddress,
    pub(super) kept: Kept,
    pub(super) key_name: DisplayName,
    pub(super) permissions: Option<PermissionSet>,
    pub(super) webhooks: Vec<NewWebhook>,
}

/// Reads the body, or says all that is wrong with it.
pub(super) fn read(body: &[u8], realm: &Realm, engine: &Engine) -> Result<Wish, Vec<Wrong>> {
    let mut members = Members::of_body(body)?;
    let name = members.required("name", |raw| line(raw, "name"));
    let email = members.required("email", |raw| mail(raw, "email"));
    let login = members.unless_empty("loginEmail", |raw| mail(raw, "loginEmail"));
    let line_of = |members: &mut Members, field| {
        members.unless_empty(field, |raw| line(raw, field)).map(|line| line.to_string())
    };
    let own = email.as_ref().map(ToString::to_string);
    let kept = Kept {
        login_email: login.map(|mail| mail.to_string()).or_else(|| own.clone()),
        email: own,
        tax_id: members.required("cpfCnpj", tax_id),
        birth_date: members.unless_empty("birthDate", birth_date),
        company_type: members.unless_empty("companyType", company_type),
        phone: members.unless_empty("phone", |raw| phone(raw, "phone")),
        mobile_phone: members.required("mobilePhone", |raw| phone(raw, "mobilePhone")),
        site: line_of(&mut members, "site"),
        income_value: members.required("incomeValue", income),
        address: members.required("address", |raw| line(raw, "address")).map(|l| l.to_string()),
        address_number: members.required("addressNumber", number).map(|line| line.to_string()),
        complement: line_of(&mut members, "complement"),
        province: members.required("province", |raw| line(raw, "province")).map(|l| l.to_string()),
        postal_code: members.required("postalCode", |raw| postal_code(raw, "postalCode")),
        wallet: None,
    };
    let config = members.unless_null("accessTokenConfig", |raw| key(raw, realm));
    let (key_name, permissions) = config.unwrap_or_else(|| (usual_name(), None));
    let webhooks = members.unless_null("webhooks", |raw| webhooks_of(raw, realm, engine));
    let webhooks = webhooks.unwrap_or_default();
    members.finish(name.zip(email).map(|(name, mail)| Wish {
        name,
        mail,
        kept,
        key_name,
        permissions,
        webhooks,
    }))
}

fn tax_id(raw: &RawValue) -> Read<String> {
    let bare = cpf_or_cnpj(&text(raw, "cpfCnpj")?);
    bare.ok_or_else(|| "O campo cpfCnpj deve ser um CPF ou um CNPJ válido".to_owned())
}

fn birth_date(raw: &RawValue) -> Read<String> {
    let text = text(raw, "birthDate")?;
    let day =
        Date::strptime("%Y-%m-%d", &text).ok().map(|day| day.strftime("%Y-%m-%d").to_string());
    // The reader is more generous than the contract: blanks and single digits would pass.
    if day.as_deref() == Some(&text) {
        Ok(text)
    } else {
        Err("O campo birthDate deve ser uma data no formato yyyy-MM-dd".to_owned())
    }
}

fn company_type(raw: &RawValue) -> Read<String> {
    let text = text(raw, "companyType")?;
    if COMPANY_TYPES.contains(&text.as_str()) {
        Ok(text)
    } else {
        Err(format!("O campo companyType deve ser um de {}", COMPANY_TYPES.join(", ")))
    }
}

fn income(raw: &RawValue) -> Read<f64> {
    let income: Option<f64> = serde_json::from_str(raw.get()).ok();
    let income = income.filter(|income| income.is_finite() && *income >= 0.0);
    income.ok_or_else(|| "O campo incomeValue deve ser um número a partir de 0".to_owned())
}

/// A number of a house, which some clients send as a number.
fn number(raw: &RawValue) -> Read<DisplayName> {
    match serde_json::from_str::<u32>(raw.get()) {
        Ok(number) => DisplayName::parse(&number.to_string())
            .map_err(|_| "O campo addressNumber deve ser um texto".to_owned()),
        Err(_) => line(raw, "addressNumber"),
    }
}

/// The name and the permissions of the first key.
fn key(raw: &RawValue, realm: &Realm) -> Read<(DisplayName, Option<PermissionSet>)> {
    let members = Members::of_value(raw).ok_or(
        "O campo accessTokenConfig deve ser um objeto com name e permissions, cada um uma única vez",
    );
    let mut members = members?;
    let name = members.unless_null("name", |raw| line(raw, "name")).unwrap_or_else(usual_name);
    let permissions =
        members.optional("permissions", |raw| permissions::read(raw, &realm.catalogue));
    // Whoever asks for less than a key that works for ever must not get one.
    members.unless_null("expirationDate", |_| -> Read<()> {
        Err("O campo expirationDate não é aceito aqui. Altere a chave depois de criada".to_owned())
    });
    members.unless_null("enabled", |raw| match truth(raw, "enabled")? {
        true => Ok(()),
        false => {
            Err("Uma chave de API é criada habilitada. Desabilite-a depois de criada".to_owned())
        }
    });
    members.refuse_misspelt();
    members.finish(Some((name, permissions))).map_err(|wrong| together("accessTokenConfig", &wrong))
}

fn webhooks_of(raw: &RawValue, realm: &Realm, engine: &Engine) -> Read<Vec<NewWebhook>> {
    let items: Vec<&RawValue> = serde_json::from_str(raw.get())
        .map_err(|_| "O campo webhooks deve ser uma lista de webhooks".to_owned())?;
    if items.len() > WEBHOOKS_READ_MAX {
        return Err(format!("A lista de webhooks tem mais de {WEBHOOKS_READ_MAX} itens"));
    }
    let mut webhooks = Vec::new();
    let mut told = Vec::new();
    for (at, raw) in items.into_iter().enumerate() {
        let place = format!("webhooks[{at}]");
        match Members::of_value(raw).map(|members| webhooks::wish::new(members, realm, engine)) {
            Some(Ok(webhook)) => webhooks.push(webhook),
            Some(Err(wrong)) => told.push(together(&place, &wrong)),
            None => told.push(format!("{place}: deve ser um objeto, com cada campo uma única vez")),
        }
    }
    if told.is_empty() { Ok(webhooks) } else { Err(told.join("; ")) }
}

/// What is wrong with the members of an inner object, as one sentence.
fn together(place: &str, wrong: &[Wrong]) -> String {
    let told: Vec<&str> = wrong.iter().map(|one| one.description.as_str()).collect();
    format!("{place}: {}", told.join("; "))
}
