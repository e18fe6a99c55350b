//! `chaveiro account`: lists, shows and makes the owners of keys.
//!
//! Also shows projects, which are accounts too. Must not judge what the server judges.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::Call;
use super::failure::Failure;
use super::place::{Part, Place, segment};
use super::show::{or, record, table, words};

pub(super) const EXAMPLE: &str =
    "Example:\n  chaveiro account list --realm payments --environment sandbox";

/// What can be done with accounts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Account {
    /// List accounts, in the order of their making
    #[command(after_help = EXAMPLE)]
    List {
        #[command(flatten)]
        place: Place,
        /// Only those below this account
        #[arg(long, value_name = "ID")]
        parent: Option<String>,
        #[command(flatten)]
        part: Part,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Make an account
    #[command(
        after_help = "Example:\n  chaveiro account create --realm payments --environment sandbox --name 'Corner shop'"
    )]
    Create {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        new: New,
        /// Make it a sub-account of this root account
        #[arg(long, value_name = "ID")]
        parent: Option<String>,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Show an account
    #[command(
        after_help = "Example:\n  chaveiro account show --realm payments --environment sandbox b6bff0c5-38c6-496a-a3a8-105b31d5bcfe"
    )]
    Show {
        #[command(flatten)]
        place: Place,
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
}

/// What an account of any kind is made of.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// What people call it
    #[arg(long)]
    name: String,
    /// An address, block or interval from which its keys may be used; can be repeated
    #[arg(long = "ip", value_name = "RULE")]
    ip_list: Vec<String>,
    /// Demand that its requests name their program, or do not [default: as the realm says]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_user_agent: Option<bool>,
}

impl New {
    /// The body that asks for an account of this kind.
    pub(super) fn body(&self, kind: &str, parent: Option<&str>) -> Value {
        let mut body = json!({
            "name": self.name,
            "kind": kind,
            "parent": parent,
            "ip_list": self.ip_list,
        });
        if let Some(required) = self.require_user_agent {
            body["require_user_agent"] = required.into();
        }
        body
    }
}

impl Account {
    /// The call that does it.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        match self {
            Self::List { place, parent, part, json } => {
                list_call(place, parent.as_deref().map(|id| (id, "--parent")), part, *json)
            }
            Self::Create { place, new, parent, json } => {
                let kind = if parent.is_some() { "subaccount" } else { "root" };
                let body = new.body(kind, parent.as_deref());
                Ok(Call::post(place.path("/accounts")?, Some(body), *json, show))
            }
            Self::Show { place, id, json } => show_call(place, id, *json),
        }
    }
}

/// Lists accounts, or those below one, whose id came from this flag.
pub(super) fn list_call(
    place: &Place,
    parent: Option<(&str, &str)>,
    part: &Part,
    json: bool,
) -> Result<Call, Failure> {
    let parent = parent.map(|(id, flag)| segment(id, flag)).transpose()?;
    let query = part.query(parent.map(|id| format!("parent={id}")))?;
    Ok(Call::get(place.path(&format!("/accounts{query}"))?, json, list))
}

/// Shows an account of any kind.
pub(super) fn show_call(place: &Place, id: &str, json: bool) -> Result<Call, Failure> {
    let id = segment(id, "ID")?;
    Ok(Call::get(place.path(&format!("/accounts/{id}"))?, json, show))
}

fn list(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |account: &Value| {
        vec![
            words(&account["id"]),
            words(&account["kind"]),
            words(&account["parent"]),
            words(&account["created_at"]),
            words(&account["name"]),
        ]
    };
    table(page, &["ID", "KIND", "PARENT", "CREATED", "NAME"], row, out, notes)
}

/// Shows one account.
pub(super) fn show(account: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let demanded = if account["require_user_agent"] == true { "required" } else { "optional" };
    let lines = [
        ("id", words(&account["id"])),
        ("name", words(&account["name"])),
        ("kind", words(&account["kind"])),
        ("parent", words(&account["parent"])),
        ("addresses", or(&account["ip_list"], "any")),
        ("user agent", demanded.to_owned()),
        ("created", words(&account["created_at"])),
    ];
    record(&lines, out)
}
