//! `chaveiro key`: keys from their making to their deletion.
//!
//! Must not print a secret but once: when its key was made, on standard output.

use std::ffi::OsString;
use std::io::{BufRead, IsTerminal, Write};

use dialects::native::api::scope;
use domain::key_text::KeyText;
use domain::permission::Grant;
use http::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::answer::Call;
use super::failure::Failure;
use super::overlap;
use super::place::{Addresses, Part, Place, segment};
use crate::commands::presented;

mod bulk;
mod filter;
mod view;

use bulk::Bulk;
use filter::Filter;

pub(super) const EXAMPLE: &str = "Example:\n  chaveiro key list --realm payments --environment sandbox \\\n    --state disabled,expired --all";

/// What can be done with keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Key {
    /// List keys, in the order of their making, deleted ones left out
    #[command(after_help = EXAMPLE)]
    List {
        #[command(flatten)]
        place: Place,
        /// Only those of this account or project
        #[arg(long, value_name = "ID")]
        account: Option<String>,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        part: Part,
        /// Show all pages, one after the other
        #[arg(long)]
        all: bool,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Enable, disable or delete many keys in one step
    #[command(subcommand, after_help = bulk::EXAMPLE)]
    Bulk(Bulk),
    /// Make a key and print its secret, once
    ///
    /// Without --permission it may do everything, now and later, as with --unrestricted; a realm
    /// that demands permissions refuses it instead.
    #[command(
        after_help = "Example:\n  chaveiro key create --realm payments --environment sandbox \\\n    --account b6bff0c5-38c6-496a-a3a8-105b31d5bcfe --name Till \\\n    --permission PAYMENT:READ"
    )]
    Create(Create),
    /// Show a key
    #[command(
        after_help = "Example:\n  chaveiro key show --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88"
    )]
    Show(One),
    /// Say whose key a text is; only the whole text is told
    #[command(after_help = "Example:\n  chaveiro key owner - < key.txt")]
    Owner(Owner),
    /// Change a key; what is not named stays as it is
    #[command(
        after_help = "Example:\n  chaveiro key update --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 \\\n    --permission PAYMENT:READ --no-expiry"
    )]
    Update(Update),
    /// Switch a key on again
    #[command(
        after_help = "Example:\n  chaveiro key enable --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88"
    )]
    Enable(One),
    /// Switch a key off, until it is switched on again
    #[command(
        after_help = "Example:\n  chaveiro key disable --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88"
    )]
    Disable(One),
    /// Report that others saw a key, so that its people and webhooks are told
    #[command(
        after_help = "Example:\n  chaveiro key report-exposed --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 --where \"a public repository\" --disable"
    )]
    ReportExposed(Report),
    /// Give a key a new secret and print it, once; the old one goes on working for a while
    ///
    /// A key has two secrets at most. With a rotation under way, another one ends one of them at once:
    /// the newer one where it was never used, and the older one otherwise.
    #[command(
        after_help = "Example:\n  chaveiro key rotate --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 --overlap 2h"
    )]
    Rotate(Rotate),
    /// Delete a key for good
    #[command(
        after_help = "Example:\n  chaveiro key delete --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 --yes"
    )]
    Delete {
        #[command(flatten)]
        one: One,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// One key.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    #[command(flatten)]
    place: Place,
    /// Its id, not its text
    #[arg(value_name = "ID")]
    id: String,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

/// The text of a key whose owner is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Owner {
    /// The key in single quotes; `-` or nothing reads standard input, which leaves no trace
    #[arg(value_name = "KEY", allow_hyphen_values = true)]
    key: Option<OsString>,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

/// A key to be made.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    #[command(flatten)]
    place: Place,
    /// The account or project that owns it
    #[arg(long, value_name = "ID")]
    account: String,
    /// What people call it
    #[arg(long)]
    name: String,
    #[command(flatten)]
    powers: Powers,
    /// When it ends, such as 2026-12-31T12:00:00Z [default: never]
    #[arg(long, value_name = "INSTANT")]
    expires_at: Option<String>,
    /// An address, block or interval from which it may be used; can be repeated [default: any]
    #[arg(long = "ip", value_name = "RULE")]
    ip_list: Vec<String>,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

/// What can be changed; at least one has to be named.
const CHANGES: [&str; 7] =
    ["name", "permissions", "unrestricted", "expires_at", "no_expiry", "ip_list", "any_ip"];

/// A key to be changed.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("change").args(CHANGES).required(true).multiple(true))]
pub(crate) struct Update {
    #[command(flatten)]
    one: One,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    powers: Powers,
    /// A new end, such as 2026-12-31T12:00:00Z
    #[arg(long, value_name = "INSTANT")]
    expires_at: Option<String>,
    /// No end any more
    #[arg(long, conflicts_with = "expires_at")]
    no_expiry: bool,
    #[command(flatten)]
    addresses: Addresses,
}

/// A key to be given a new secret.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    one: One,
    /// How long the old secret works from the first use of the new one on: 0 to 7d [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = overlap::parse)]
    overlap: Option<u64>,
    /// Count that time from now on, whether the new secret is used or not
    #[arg(long)]
    at_once: bool,
}

/// A key that others saw.
#[derive(Debug, clap::Args)]
pub(crate) struct Report {
    #[command(flatten)]
    one: One,
    /// Where it was found, in words without the key; events and webhooks show them
    #[arg(long = "where", value_name = "TEXT")]
    found_in: Option<String>,
    /// Switch it off in the same step
    #[arg(long)]
    disable: bool,
}

/// What a key may do.
#[derive(Debug, clap::Args)]
struct Powers {
    /// A permission, such as PAYMENT:READ; can be repeated
    #[arg(long = "permission", value_name = "NAME:SCOPE", value_parser = scope::parse)]
    permissions: Vec<Grant>,
    /// Everything, now and for permissions that come later
    #[arg(long, conflicts_with = "permissions")]
    unrestricted: bool,
}

impl Powers {
    /// As the API reads them; nothing where nothing was said.
    fn value(&self) -> Option<Value> {
        if self.unrestricted {
            return Some("unrestricted".into());
        }
        let one = |grant: &Grant| json!({"name": grant.resource.as_str(), "scope": scope::word(grant.access)});
        let list: Vec<Value> = self.permissions.iter().map(one).collect();
        (!list.is_empty()).then(|| list.into())
    }
}

impl One {
    fn path(&self, tail: &str) -> Result<String, Failure> {
        let id = segment(&self.id, "ID")?;
        self.place.path(&format!("/keys/{id}{tail}"))
    }

    fn switch(&self, tail: &str) -> Result<Call, Failure> {
        Ok(Call::post(self.path(tail)?, None, self.json, view::show))
    }
}

impl Owner {
    fn call(
        &self,
        input: &mut (impl BufRead + IsTerminal),
        err: &mut dyn Write,
    ) -> Result<Call, Failure> {
        let words = self.key.as_ref().filter(|key| *key != "-");
        let words = words.map(|key| vec![key.as_encoded_bytes()]);
        let text = presented::read(words, "key owner", input, err);
        let mut text = text.map_err(|error| {
            Failure::usage(format!(
                "Standard input cannot be read ({error}). Send the key there, as in `chaveiro key owner - < key.txt`."
            ))
        })?;
        let text = String::from_utf8(std::mem::take(&mut *text)).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            Failure::usage("This is no text in UTF-8, so it is no key: copy the key again.")
        })?;
        let call = Call::post("/keys/owner".to_owned(), None, self.json, view::owner);
        Ok(Call { key: Some(KeyText::new(Zeroizing::new(text))), ..call })
    }
}

impl Create {
    fn call(&self) -> Result<Call, Failure> {
        let account = segment(&self.account, "--account")?;
        let mut body = json!({
            "name": self.name,
            "expires_at": self.expires_at,
            "ip_list": self.ip_list,
        });
        if let Some(permissions) = self.powers.value() {
            body["permissions"] = permissions;
        }
        let path = self.place.path(&format!("/accounts/{account}/keys"))?;
        Ok(Call::post(path, Some(body), self.json, view::issued).once())
    }
}

impl Update {
    fn call(&self) -> Result<Call, Failure> {
        let mut body = json!({});
        if let Some(name) = &self.name {
            body["name"] = name.as_str().into();
        }
        if let Some(permissions) = self.powers.value() {
            body["permissions"] = permissions;
        }
        if self.expires_at.is_some() || self.no_expiry {
            body["expires_at"] = self.expires_at.clone().into();
        }
        if let Some(addresses) = self.addresses.value() {
            body["ip_list"] = addresses;
        }
        let call = Call::post(self.one.path("")?, Some(body), self.one.json, view::show);
        Ok(Call { method: Method::PATCH, ..call })
    }
}

impl Rotate {
    fn call(&self) -> Result<Call, Failure> {
        let mut body = json!({});
        if let Some(seconds) = self.overlap {
            body["overlap_seconds"] = seconds.into();
        }
        if self.at_once {
            body["overlap_starts"] = "at_once".into();
        }
        Ok(Call::post(self.one.path("/rotate")?, Some(body), self.one.json, view::issued).once())
    }
}

impl Report {
    fn call(&self) -> Result<Call, Failure> {
        let mut body = json!({ "disable": self.disable });
        if let Some(found_in) = &self.found_in {
            body["where"] = found_in.as_str().into();
        }
        Ok(Call::post(self.one.path("/report_exposed")?, Some(body), self.one.json, view::reported))
    }
}

impl Key {
    /// The call that does it. What it asks about may stand in the input.
    pub(super) fn call(
        &self,
        input: &mut (impl BufRead + IsTerminal),
        err: &mut dyn Write,
    ) -> Result<Call, Failure> {
        match self {
            Self::List { place, account, filter, part, all, json } => {
                let owner = match account {
                    None => String::new(),
                    Some(id) => format!("/accounts/{}", segment(id, "--account")?),
                };
                let (pages, query) = part.pages(*all, filter.parameters())?;
                let path = place.path(&format!("{owner}/keys{query}"))?;
                Ok(Call { pages, ..Call::get(path, *json, view::list) })
            }
            Self::Bulk(bulk) => bulk.call(),
            Self::Create(create) => create.call(),
            Self::Owner(owner) => owner.call(input, err),
            Self::Show(one) => Ok(Call::get(one.path("")?, one.json, view::show)),
            Self::Update(update) => update.call(),
            Self::Enable(one) => one.switch("/enable"),
            Self::Disable(one) => one.switch("/disable"),
            Self::ReportExposed(report) => report.call(),
            Self::Rotate(rotate) => rotate.call(),
            Self::Delete { one, yes } => {
                let call = Call::get(one.path("")?, one.json, view::show);
                let question = (!yes).then(|| {
                    format!("Delete the key {} for good? It will never work again.", one.id)
                });
                Ok(Call { method: Method::DELETE, question, ..call })
            }
        }
    }
}
