//! `chaveiro account`: lists, shows, makes, changes, suspends and deletes the owners of keys, and
//! opens and closes their releases.
//!
//! Serves projects too, which are accounts. Must not judge what the server judges.

use std::io::{self, Write};

use domain::account::LIMIT_MAX;
use http::Method;
use serde_json::{Value, json};

use super::answer::Call;
use super::failure::Failure;
use super::place::{Addresses, Part, Place, segment};
use super::show::{or, plain, record, table, words};

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
        after_help = "Example:\n  chaveiro account create --realm payments --environment sandbox \\\n    --name 'Corner shop'"
    )]
    Create {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        new: New,
        /// Make it a sub-account of this root account
        #[arg(long, value_name = "ID")]
        parent: Option<String>,
        /// Let the sub-account meet its people under the name of the account above
        #[arg(long, requires = "parent")]
        white_label: bool,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Show an account
    #[command(
        after_help = "Example:\n  chaveiro account show --realm payments --environment sandbox \\\n    b6bff0c5-38c6-496a-a3a8-105b31d5bcfe"
    )]
    Show(One),
    /// Change an account or a project; what is not named stays as it is
    #[command(
        after_help = "Example:\n  chaveiro account update --realm payments --environment sandbox \\\n    b6bff0c5-38c6-496a-a3a8-105b31d5bcfe --name 'Corner shop' \\\n    --ip 203.0.113.0/24"
    )]
    Update(Update),
    /// Take an account out of force at once, with all accounts below it; no key is changed
    #[command(
        after_help = "Example:\n  chaveiro account suspend --realm payments --environment sandbox \\\n    b6bff0c5-38c6-496a-a3a8-105b31d5bcfe"
    )]
    Suspend(One),
    /// Put a suspended account in force again; keys that were switched off stay off
    #[command(
        after_help = "Example:\n  chaveiro account resume --realm payments --environment sandbox \\\n    b6bff0c5-38c6-496a-a3a8-105b31d5bcfe"
    )]
    Resume(One),
    /// Delete a sub-account or a project for good, with all its keys and webhooks
    #[command(
        after_help = "Example:\n  chaveiro account delete --realm payments --environment sandbox \\\n    b6bff0c5-38c6-496a-a3a8-105b31d5bcfe --yes"
    )]
    Delete(Delete),
    /// Let the keys of a root account manage those of the accounts below it, for two hours from now;
    /// the account needs a list of addresses too: `account update --ip`
    #[command(
        after_help = "Example:\n  chaveiro account open-release --realm payments --environment sandbox \\\n    b6bff0c5-38c6-496a-a3a8-105b31d5bcfe"
    )]
    OpenRelease(One),
    /// Take that back at once
    #[command(
        after_help = "Example:\n  chaveiro account close-release --realm payments --environment sandbox \\\n    b6bff0c5-38c6-496a-a3a8-105b31d5bcfe"
    )]
    CloseRelease(One),
}

/// One account, or a project.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    #[command(flatten)]
    place: Place,
    /// Its id
    #[arg(value_name = "ID")]
    id: String,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

/// An account to be deleted.
#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    one: One,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What can be changed; at least one has to be named.
const CHANGES: [&str; 13] = [
    "name",
    "ip_list",
    "any_ip",
    "require_user_agent",
    "white_label",
    "keys_max",
    "realm_keys_max",
    "projects_max",
    "realm_projects_max",
    "contacts",
    "no_contacts",
    "language",
    "realm_language",
];

/// An account to be changed.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("change").args(CHANGES).required(true).multiple(true))]
pub(crate) struct Update {
    #[command(flatten)]
    one: One,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    addresses: Addresses,
    /// Demand that its requests name their program, or do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_user_agent: Option<bool>,
    /// Let a sub-account meet its people under the name of the account above, or not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    white_label: Option<bool>,
    /// Let it hold at most so many keys, whatever the realm says; those that are there stay
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(..=i64::from(LIMIT_MAX)))]
    keys_max: Option<u32>,
    /// Let it hold as many keys as the realm says
    #[arg(long, conflicts_with = "keys_max")]
    realm_keys_max: bool,
    /// Let it have at most so many projects, whatever the realm says; those that are there stay
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(..=i64::from(LIMIT_MAX)))]
    projects_max: Option<u32>,
    /// Let it have as many projects as the realm says
    #[arg(long, conflicts_with = "projects_max")]
    realm_projects_max: bool,
    /// Somebody who is written to about its keys, in place of whoever was; can be repeated
    #[arg(long = "contact", value_name = "ADDRESS")]
    contacts: Vec<String>,
    /// Write to the address that it was opened with, or to nobody where it has none
    #[arg(long, conflicts_with = "contacts")]
    no_contacts: bool,
    /// Write to them in this language, pt or en
    #[arg(long)]
    language: Option<String>,
    /// Write to them in the language that the realm says
    #[arg(long, conflicts_with = "language")]
    realm_language: bool,
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
    /// Somebody who is written to about its keys; can be repeated
    #[arg(long = "contact", value_name = "ADDRESS")]
    contacts: Vec<String>,
    /// In which language they are written to, pt or en [default: as the realm says]
    #[arg(long)]
    language: Option<String>,
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
        if !self.contacts.is_empty() {
            body["contacts"] = self.contacts.as_slice().into();
        }
        if let Some(language) = &self.language {
            body["language"] = language.as_str().into();
        }
        if let Some(required) = self.require_user_agent {
            body["require_user_agent"] = required.into();
        }
        body
    }
}

impl One {
    fn path(&self, tail: &str) -> Result<String, Failure> {
        let id = segment(&self.id, "ID")?;
        self.place.path(&format!("/accounts/{id}{tail}"))
    }

    /// The call that shows it.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        Ok(Call::get(self.path("")?, self.json, show))
    }

    fn switch(&self, tail: &str) -> Result<Call, Failure> {
        Ok(Call::post(self.path(tail)?, None, self.json, show))
    }

    fn release(&self, method: Method) -> Result<Call, Failure> {
        let call = Call::get(self.path("/release")?, self.json, show);
        Ok(Call { method, ..call })
    }
}

impl Update {
    fn call(&self) -> Result<Call, Failure> {
        let mut body = json!({});
        if let Some(name) = &self.name {
            body["name"] = name.as_str().into();
        }
        if let Some(addresses) = self.addresses.value() {
            body["ip_list"] = addresses;
        }
        if let Some(required) = self.require_user_agent {
            body["require_user_agent"] = required.into();
        }
        if let Some(white_label) = self.white_label {
            body["white_label"] = white_label.into();
        }
        if self.keys_max.is_some() || self.realm_keys_max {
            body["keys_max"] = self.keys_max.into();
        }
        if self.projects_max.is_some() || self.realm_projects_max {
            body["projects_max"] = self.projects_max.into();
        }
        if !self.contacts.is_empty() || self.no_contacts {
            body["contacts"] = self.contacts.as_slice().into();
        }
        if self.language.is_some() || self.realm_language {
            body["language"] = self.language.as_deref().into();
        }
        Ok(Call { method: Method::PATCH, body: Some(body), ..self.one.call()? })
    }
}

impl Delete {
    /// The call that deletes it, and a question before where nobody said that it is meant.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        let call = self.one.call()?;
        let question = (!self.yes).then(|| {
            format!(
                "Delete {} and all its keys for good? None of them will ever work again.",
                self.one.id
            )
        });
        Ok(Call { method: Method::DELETE, question, ..call })
    }
}

impl Account {
    /// The call that does it.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        match self {
            Self::List { place, parent, part, json } => {
                list_call(place, parent.as_deref().map(|id| (id, "--parent")), part, *json)
            }
            Self::Create { place, new, parent, white_label, json } => {
                let kind = if parent.is_some() { "subaccount" } else { "root" };
                let mut body = new.body(kind, parent.as_deref());
                if *white_label {
                    body["white_label"] = true.into();
                }
                Ok(Call::post(place.path("/accounts")?, Some(body), *json, show).once())
            }
            Self::Show(one) => one.call(),
            Self::Update(update) => update.call(),
            Self::Delete(delete) => delete.call(),
            Self::Suspend(one) => one.switch("/suspend"),
            Self::Resume(one) => one.switch("/resume"),
            Self::OpenRelease(one) => one.release(Method::POST),
            Self::CloseRelease(one) => one.release(Method::DELETE),
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
    let release = match account["release_until"].as_str() {
        None => "closed".to_owned(),
        Some(end) => format!("until {}", plain(end)),
    };
    let lines = [
        ("id", words(&account["id"])),
        ("name", words(&account["name"])),
        ("kind", words(&account["kind"])),
        ("parent", words(&account["parent"])),
        ("state", words(&account["state"])),
        ("addresses", or(&account["ip_list"], "any")),
        ("user agent", demanded.to_owned()),
        ("white label", words(&account["white_label"])),
        ("release", release),
        ("keys", limit(&account["keys_max"])),
        ("projects", limit(&account["projects_max"])),
        ("contacts", contacts(account)),
        ("language", or(&account["language"], "as the realm says")),
        ("created", words(&account["created_at"])),
    ];
    record(&lines, out)
}

/// Who is written to.
fn contacts(account: &Value) -> String {
    match account["email"].as_str() {
        Some(own) => or(&account["contacts"], &format!("{} (its own)", plain(own))),
        None => or(&account["contacts"], "nobody"),
    }
}

/// How many of something the account may have.
fn limit(value: &Value) -> String {
    match value.as_u64() {
        Some(limit) => format!("{limit} at most"),
        None => "as many as the realm says".to_owned(),
    }
}
