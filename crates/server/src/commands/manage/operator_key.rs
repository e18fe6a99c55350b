//! `chaveiro operator-key`: the keys of those who run the server, who look, and of gateways.
//!
//! Must not print a secret but once: when its key was made, on standard output.

use std::io::{self, Write};

use domain::operator::OperatorRole;
use http::Method;
use serde_json::{Value, json};

use super::answer::Call;
use super::failure::Failure;
use super::place::{Part, segment};
use super::show::{plain, record, table, words};

pub(super) const EXAMPLE: &str = "Example:\n  chaveiro operator-key list";

/// What can be done with keys of operators.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum OperatorKey {
    /// List them, in the order of their making, deleted ones left out
    #[command(after_help = EXAMPLE)]
    List {
        #[command(flatten)]
        part: Part,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Make one and print its secret, once
    #[command(after_help = "Example:\n  chaveiro operator-key create --name Grace --role support")]
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
        /// What it opens: admin for everything, support for what only shows, verifier for the
        /// verify call
        #[arg(long, value_parser = role)]
        role: OperatorRole,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Delete one for good; the last one of an admin stays
    #[command(
        after_help = "Example:\n  chaveiro operator-key delete 3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 --yes"
    )]
    Delete {
        /// Its id, not its text
        #[arg(value_name = "ID")]
        id: String,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

fn role(text: &str) -> Result<OperatorRole, &'static str> {
    OperatorRole::parse(text).ok_or("say admin, support or verifier")
}

impl OperatorKey {
    /// The call that does it.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        match self {
            Self::List { part, json } => {
                Ok(Call::get(format!("/operator-keys{}", part.query(None)?), *json, list))
            }
            Self::Create { name, role, json } => {
                let body = json!({ "name": name, "role": role.name() });
                Ok(Call::post("/operator-keys".to_owned(), Some(body), *json, issued))
            }
            Self::Delete { id, json, yes } => {
                let call = Call::get(format!("/operator-keys/{}", segment(id, "ID")?), *json, show);
                let question = (!yes).then(|| {
                    format!(
                        "Delete the operator key {id} for good? It will never open anything again."
                    )
                });
                Ok(Call { method: Method::DELETE, question, ..call })
            }
        }
    }
}

fn list(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |key: &Value| {
        ["id", "role", "hint", "created_at", "name"].map(|member| words(&key[member])).into()
    };
    table(page, &["ID", "ROLE", "HINT", "CREATED", "NAME"], row, out, notes)
}

fn show(key: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let lines = [
        ("id", words(&key["id"])),
        ("name", words(&key["name"])),
        ("role", words(&key["role"])),
        ("hint", words(&key["hint"])),
        ("created", words(&key["created_at"])),
    ];
    record(&lines, out)
}

/// One that was just made: the secret alone on standard output, so that it can be caught there.
fn issued(key: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", plain(key["key"].as_str().unwrap_or_default()))?;
    show(key, notes, &mut io::sink())?;
    writeln!(notes, "The key is shown this once: store it now.")
}
