//! What this dialect keeps about a sub-account, and by what it finds one.
//!
//! Must not keep anything that nobody gave.

use domain::account::Details;
use domain::label::{Holders, Label, LabelName, LabelValue};
use domain::mail::MailAddress;
use serde::{Deserialize, Serialize};

/// The labels of a sub-account. Two of them keep active accounts of a place apart.
pub(super) const EMAIL: LabelName = LabelName::new("email");
pub(super) const TAX_ID: LabelName = LabelName::new("tax_id");
pub(super) const WALLET: LabelName = LabelName::new("wallet");

/// What was told when the account was made. One that an operator made has nothing of it.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    pub(super) email: Option<String>,
    pub(super) login_email: Option<String>,
    /// A CPF or CNPJ, bare.
    pub(super) tax_id: Option<String>,
    pub(super) birth_date: Option<String>,
    pub(super) company_type: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) mobile_phone: Option<String>,
    pub(super) site: Option<String>,
    pub(super) income_value: Option<f64>,
    pub(super) address: Option<String>,
    pub(super) address_number: Option<String>,
    pub(super) complement: Option<String>,
    pub(super) province: Option<String>,
    /// Eight digits.
    pub(super) postal_code: Option<String>,
    pub(super) wallet: Option<String>,
}

impl Kept {
    /// What was kept; nothing where nothing can be read.
    pub(super) fn of(details: Option<&Details>) -> Self {
        details.and_then(|text| serde_json::from_str(text.as_str()).ok()).unwrap_or_default()
    }

    /// As it is stored: far less than the room that there is, because every member is short.
    pub(super) fn to_details(&self) -> Option<Details> {
        Details::new(&serde_json::to_string(self).ok()?).ok()
    }

    /// By what the account is found and kept apart.
    pub(super) fn labels(&self) -> Vec<Label> {
        let label = |name, text: Option<String>, holders| {
            let value = LabelValue::parse(&text?).ok()?;
            Some(Label { name, value, holders })
        };
        let email = self.email.as_deref().and_then(folded);
        let labels = [
            label(EMAIL, email, Holders::One),
            label(TAX_ID, self.tax_id.clone(), Holders::One),
            label(WALLET, self.wallet.clone(), Holders::Many),
        ];
        labels.into_iter().flatten().collect()
    }
}

/// A mail address as it is compared.
pub(super) fn folded(text: &str) -> Option<String> {
    MailAddress::parse(text).ok().map(|mail| mail.folded())
}
