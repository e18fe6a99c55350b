//! `chaveiro audit`: what was done, and by whom.
//!
//! Must not change anything.

use std::io::{self, Write};

use domain::audit::Action;
use serde_json::Value;

use super::answer::Call;
use super::failure::Failure;
use super::place::{Part, escaped, segment};
use super::show::{table, words};

pub(super) const EXAMPLE: &str = "Examples:\n  chaveiro audit --target 3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88\n  chaveiro audit --realm payments --environment sandbox --action key.deleted --all";

/// Which entries.
#[derive(Debug, clap::Args)]
pub(crate) struct Audit {
    /// Only what was done in this realm; with --environment
    #[arg(long, value_name = "NAME", requires = "environment")]
    realm: Option<String>,
    /// Only what was done in this environment of the realm
    #[arg(long, value_name = "NAME", requires = "realm")]
    environment: Option<String>,
    /// Only what was done by this name
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(Action::ALL.map(Action::name)), hide_possible_values = true)]
    action: Option<String>,
    /// Only what was done by operator: or key: and the id of a key, or by system
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only what was done to the account, key, webhook or letter with this id; a change of many keys was done to their account
    #[arg(long, value_name = "ID")]
    target: Option<String>,
    /// Only what was done in this request, as its answer said in Chaveiro-Request-Id
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// Only what was done at this instant or later, by the clock of its environment
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// Only what was done before this instant
    #[arg(long, value_name = "INSTANT")]
    until: Option<String>,
    #[command(flatten)]
    part: Part,
    /// Show all pages, one after the other
    #[arg(long)]
    all: bool,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

impl Audit {
    /// The call that lists them.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        let filter = [
            ("action", &self.action),
            ("actor", &self.actor),
            ("target", &self.target),
            ("request_id", &self.request),
            ("from", &self.from),
            ("until", &self.until),
        ];
        let filter = filter.into_iter().filter_map(|(name, value)| {
            value.as_ref().map(|value| format!("{name}={}", escaped(value)))
        });
        let (pages, query) = self.part.pages(self.all, filter)?;
        let path = match (&self.realm, &self.environment) {
            (Some(realm), Some(environment)) => {
                let realm = segment(realm, "--realm")?;
                let environment = segment(environment, "--environment")?;
                format!("/realms/{realm}/environments/{environment}/audit{query}")
            }
            _ => format!("/audit{query}"),
        };
        Ok(Call { pages, ..Call::get(path, self.json, list) })
    }
}

fn list(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |entry: &Value| {
        let place = match (entry["realm"].as_str(), entry["environment"].as_str()) {
            (Some(_), Some(_)) => {
                format!("{}/{}", words(&entry["realm"]), words(&entry["environment"]))
            }
            _ => "-".to_owned(),
        };
        let [at, action, target, actor, request] =
            ["at", "action", "target", "actor", "request_id"].map(|member| words(&entry[member]));
        vec![at, action, place, target, actor, request]
    };
    table(page, &["AT", "ACTION", "WHERE", "TARGET", "ACTOR", "REQUEST"], row, out, notes)
}
