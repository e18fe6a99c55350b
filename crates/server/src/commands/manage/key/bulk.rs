//! `chaveiro key bulk`: many keys in one step, after a look at what it would do.
//!
//! Must not change anything that was not shown or agreed to.

use serde_json::json;

use super::super::answer::Call;
use super::super::failure::Failure;
use super::super::place::{Place, segment};
use super::filter::{FLAGS, Filter};
use super::view;

pub(super) const EXAMPLE: &str = "Example:\n  chaveiro key bulk disable --realm payments --environment sandbox \\\n    --last-used-before 2026-06-01T00:00:00Z";

/// What can be done to many keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bulk {
    /// Switch keys on again
    #[command(
        after_help = "Example:\n  chaveiro key bulk enable --realm payments --environment sandbox \\\n    --state disabled --name till"
    )]
    Enable(Box<Many>),
    /// Switch keys off, until they are switched on again
    #[command(after_help = EXAMPLE)]
    Disable(Box<Many>),
    /// Delete keys for good
    #[command(
        after_help = "Example:\n  chaveiro key bulk delete --realm payments --environment sandbox \\\n    --state expired --dry-run"
    )]
    Delete(Box<Many>),
}

/// Keys, named or found.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").args(["ids", "all"]).args(FLAGS).required(true).multiple(true))]
pub(crate) struct Many {
    #[command(flatten)]
    place: Place,
    /// Their ids, not their texts; if one is not there, nothing is changed
    #[arg(value_name = "ID", conflicts_with_all = FLAGS)]
    ids: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// All keys
    #[arg(long, conflicts_with = "ids", conflicts_with_all = FLAGS)]
    all: bool,
    /// Only those of this account or project
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Change at most so many, 1,000 at the most
    #[arg(long, value_name = "COUNT", conflicts_with = "ids", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: Option<u32>,
    /// Go on where an answer before ended, at the cursor that it told
    #[arg(long, value_name = "CURSOR", conflicts_with = "ids")]
    after: Option<String>,
    /// Only show what would be changed
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

impl Bulk {
    /// The call that does it, after its dry run.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        let (many, action, question) = match self {
            Self::Enable(many) => (many, "enable", "Enable these keys?"),
            Self::Disable(many) => (many, "disable", "Disable these keys?"),
            Self::Delete(many) => {
                (many, "delete", "Delete these keys for good? They will never work again.")
            }
        };
        let rehearsal = many.call(action, true)?;
        if many.dry_run {
            return Ok(rehearsal);
        }
        let call = many.call(action, false)?;
        if many.yes {
            return Ok(call);
        }
        let question = Some(question.to_owned());
        Ok(Call { question, rehearsal: Some(Box::new(rehearsal)), ..call })
    }
}

impl Many {
    fn call(&self, action: &str, dry_run: bool) -> Result<Call, Failure> {
        let mut body = json!({"action": action, "dry_run": dry_run});
        if !self.ids.is_empty() {
            let ids: Result<Vec<&str>, Failure> =
                self.ids.iter().map(|id| segment(id, "ID")).collect();
            body["keys"] = ids?.into();
        }
        if let Some(filter) = self.filter.member() {
            body["filter"] = filter;
        }
        if self.all {
            body["all"] = true.into();
        }
        if let Some(account) = &self.account {
            body["account"] = segment(account, "--account")?.into();
        }
        if let Some(limit) = self.limit {
            body["limit"] = limit.into();
        }
        if let Some(after) = &self.after {
            body["after"] = after.as_str().into();
        }
        Ok(Call::post(self.place.path("/keys/bulk")?, Some(body), self.json, view::many).once())
    }
}
