//! `chaveiro events`: what happened to keys.
//!
//! Must not change anything.

use std::io::{self, Write};

use domain::audit::EventKind;
use serde_json::Value;

use super::answer::Call;
use super::failure::Failure;
use super::place::{Part, Place, segment};
use super::show::{table, words};

pub(super) const EXAMPLE: &str = "Example:\n  chaveiro events --realm payments --environment sandbox \\\n    --kind key.expiring_soon --all";

/// Which events.
#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    #[command(flatten)]
    place: Place,
    /// Only those about keys of this account or project
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Only those of this kind
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(EventKind::ALL.map(EventKind::name)))]
    kind: Option<String>,
    /// Only those about this key
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    #[command(flatten)]
    part: Part,
    /// Show all pages, one after the other
    #[arg(long)]
    all: bool,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

impl Events {
    /// The call that lists them.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        let of = match &self.account {
            None => String::new(),
            Some(id) => format!("/accounts/{}", segment(id, "--account")?),
        };
        let key = self.key.as_deref().map(|id| segment(id, "--key")).transpose()?;
        let kind = self.kind.as_ref().map(|kind| format!("kind={kind}"));
        let filter = kind.into_iter().chain(key.map(|id| format!("key={id}")));
        let (pages, query) = self.part.pages(self.all, filter)?;
        let path = self.place.path(&format!("{of}/events{query}"))?;
        Ok(Call { pages, ..Call::get(path, self.json, list) })
    }
}

fn list(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |event: &Value| {
        vec![
            words(&event["at"]),
            words(&event["kind"]),
            words(&event["key_id"]),
            words(&event["account_id"]),
            words(&event["key"]["name"]),
            words(&event["id"]),
        ]
    };
    table(page, &["AT", "KIND", "KEY", "ACCOUNT", "NAME", "ID"], row, out, notes)
}
