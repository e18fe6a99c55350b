//! A sub-account as clients of the contract see it (section 3.3).
//!
//! What this server cannot know (the city and state of a postal code, the number of a bank account)
//! is shown as null. Must not show a key but in the one answer that makes it.

use domain::account::Account;
use domain::key::Key;
use domain::key_text::KeyText;
use domain::realm::Realm;
use serde::Serialize;

use super::super::key_view::{self, IssuedView};
use super::kept::Kept;

/// Letters of a CPF; a CNPJ has more.
const CPF_LEN: usize = 11;

/// A sub-account.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountView {
    object: &'static str,
    id: String,
    name: String,
    email: Option<String>,
    login_email: Option<String>,
    phone: Option<String>,
    mobile_phone: Option<String>,
    address: Option<String>,
    address_number: Option<String>,
    complement: Option<String>,
    province: Option<String>,
    postal_code: Option<String>,
    cpf_cnpj: Option<String>,
    birth_date: Option<String>,
    person_type: Option<&'static str>,
    company_type: Option<String>,
    city: Option<u32>,
    state: Option<&'static str>,
    country: &'static str,
    trading_name: Option<&'static str>,
    site: Option<String>,
    wallet_id: Option<String>,
    account_number: AccountNumber,
    commercial_info_expiration: Expiration,
}

/// The number of a bank account, which nobody gave it here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountNumber {
    agency: Option<&'static str>,
    account: Option<&'static str>,
    account_digit: Option<&'static str>,
}

/// When what is known of it has to be confirmed: never, here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Expiration {
    is_expired: bool,
    scheduled_date: Option<&'static str>,
}

/// A sub-account that was just made, with its key in both places where clients look for it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpenedView<'a> {
    #[serde(flatten)]
    account: AccountView,
    api_key: &'a str,
    access_token: IssuedView<'a>,
}

/// A sub-account.
pub(super) fn account(account: &Account) -> AccountView {
    let kept = Kept::of(account.details.as_ref());
    let person_type = kept.tax_id.as_ref().map(|text| match text.len() {
        CPF_LEN => "FISICA",
        _ => "JURIDICA",
    });
    AccountView {
        object: "account",
        id: account.id.to_string(),
        name: account.name.to_string(),
        email: kept.email,
        login_email: kept.login_email,
        phone: kept.phone,
        mobile_phone: kept.mobile_phone,
        address: kept.address,
        address_number: kept.address_number,
        complement: kept.complement,
        province: kept.province,
        postal_code: kept.postal_code,
        cpf_cnpj: kept.tax_id,
        birth_date: kept.birth_date,
        person_type,
        company_type: kept.company_type,
        city: None,
        state: None,
        country: "Brasil",
        trading_name: None,
        site: kept.site,
        wallet_id: kept.wallet,
        account_number: AccountNumber { agency: None, account: None, account_digit: None },
        commercial_info_expiration: Expiration { is_expired: false, scheduled_date: None },
    }
}

/// A sub-account that was just made.
pub(super) fn opened<'a>(
    account: &Account,
    key: &Key,
    text: &'a KeyText,
    realm: &Realm,
) -> OpenedView<'a> {
    OpenedView {
        account: self::account(account),
        api_key: text.expose(),
        access_token: key_view::issued(key, text, realm),
    }
}
