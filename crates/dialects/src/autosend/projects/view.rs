//! Projects as clients of the contract see them (section 1.3).
//!
//! What this server does not keep (logo, address, tracking, checked domains) is shown as absent.
//! Must not show a key.

use domain::account::Account;
use serde::Serialize;

use super::wish::Kept;

/// A project in a list, or just made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Short {
    id: String,
    name: String,
    domain: Option<String>,
    domains: [(); 0],
    region_key: Option<String>,
    industry: Option<String>,
    logo: Option<String>,
    address: Option<String>,
    tracking_open: bool,
    tracking_click: bool,
}

/// A project by itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Whole {
    #[serde(flatten)]
    short: Short,
    created_at: String,
    inbound_email_domain: Option<String>,
}

/// All projects of an account.
#[derive(Serialize)]
pub(super) struct List {
    pub(super) projects: Vec<Short>,
}

/// What surrounds everything that was asked for.
#[derive(Serialize)]
pub(super) struct Success<T> {
    success: bool,
    data: T,
}

impl<T> Success<T> {
    pub(super) const fn of(data: T) -> Self {
        Self { success: true, data }
    }
}

/// As it stands in a list.
pub(super) fn short(project: &Account) -> Short {
    let Kept { domain, region } = Kept::of(project.details.as_ref());
    Short {
        id: project.id.to_string(),
        name: project.name.to_string(),
        domain,
        domains: [],
        region_key: region,
        industry: None,
        logo: None,
        address: None,
        tracking_open: false,
        tracking_click: false,
    }
}

/// As it stands by itself.
pub(super) fn whole(project: &Account) -> Whole {
    Whole {
        short: short(project),
        created_at: project.created_at.to_rfc3339(),
        inbound_email_domain: None,
    }
}
