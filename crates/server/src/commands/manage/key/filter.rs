//! The flags that say which keys are meant, and how the API reads them.
//!
//! Must not judge what they say: the API does.

use dialects::native::api::scope;
use serde_json::{Map, Value};

use super::super::place::escaped;

/// Which keys; every flag narrows.
#[derive(Debug, clap::Args)]
pub(crate) struct Filter {
    /// Only keys in this state; can be repeated, or joined by commas
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = ["enabled", "disabled", "expired"])]
    state: Vec<String>,
    /// Only keys with a date before this instant, such as 2026-12-31T12:00:00Z
    #[arg(long, value_name = "INSTANT")]
    expires_before: Option<String>,
    /// Only keys that were used, and last before this instant
    #[arg(long, value_name = "INSTANT")]
    last_used_before: Option<String>,
    /// Only keys that were never used
    #[arg(long, conflicts_with = "last_used_before")]
    never_used: bool,
    /// Only keys that may do this, such as PAYMENT or PAYMENT:READ_WRITE; unrestricted ones may
    #[arg(long, value_name = "NAME[:SCOPE]", value_parser = permission)]
    permission: Option<String>,
    /// Only keys with this in their name, in any letter case
    #[arg(long, value_name = "PART")]
    name: Option<String>,
    /// Only keys whose hint begins so
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
}

/// The flags, as clap knows them.
pub(super) const FLAGS: [&str; 7] =
    ["state", "expires_before", "last_used_before", "never_used", "permission", "name", "prefix"];

fn permission(text: &str) -> Result<String, String> {
    let whole = if text.contains(':') { text.to_owned() } else { format!("{text}:READ") };
    match scope::parse(&whole) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

impl Filter {
    /// The flags that were given, under the names of the API.
    fn given(&self) -> impl Iterator<Item = (&'static str, String)> {
        let state = (!self.state.is_empty()).then(|| self.state.join(","));
        let never_used = self.never_used.then(|| "true".to_owned());
        let given = [
            ("state", state),
            ("expires_before", self.expires_before.clone()),
            ("last_used_before", self.last_used_before.clone()),
            ("never_used", never_used),
            ("permission", self.permission.clone()),
            ("name", self.name.clone()),
            ("prefix", self.prefix.clone()),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// As parameters of a query.
    pub(super) fn parameters(&self) -> impl Iterator<Item = String> {
        self.given().map(|(name, value)| format!("{name}={}", escaped(&value)))
    }

    /// As a member of a body; `None` where nothing was given.
    pub(super) fn member(&self) -> Option<Value> {
        let member = |(name, text): (&str, String)| {
            let value = match name {
                "state" => self.state.clone().into(),
                "never_used" => true.into(),
                _ => text.into(),
            };
            (name.to_owned(), value)
        };
        let members: Map<String, Value> = self.given().map(member).collect();
        (!members.is_empty()).then_some(members.into())
    }
}
