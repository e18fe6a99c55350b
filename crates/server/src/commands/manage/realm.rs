//! `chaveiro realm`: lists and shows the realms that a running server was configured with.

use std::io::{self, Write};

use serde_json::Value;

use super::answer::Call;
use super::failure::Failure;
use super::place::segment;
use super::show::{or, record, table, words};

pub(super) const EXAMPLE: &str = "Example:\n  chaveiro realm list";

/// What can be done with realms.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Realm {
    /// List the realms
    #[command(after_help = EXAMPLE)]
    List {
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Show a realm: its environments, prefixes and permissions
    #[command(after_help = "Example:\n  chaveiro realm show payments")]
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
}

impl Realm {
    /// The call that does it.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        match self {
            Self::List { json } => Ok(Call::get("/realms".to_owned(), *json, list)),
            Self::Show { name, json } => {
                Ok(Call::get(format!("/realms/{}", segment(name, "NAME")?), *json, show))
            }
        }
    }
}

fn list(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |realm: &Value| {
        vec![words(&realm["name"]), words(&realm["dialect"]), words(&realm["environments"])]
    };
    table(page, &["NAME", "DIALECT", "ENVIRONMENTS"], row, out, notes)
}

fn show(realm: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let prefixes = realm["key_prefixes"].as_array().map_or(&[][..], Vec::as_slice);
    let prefixes: Vec<String> = prefixes.iter().map(|prefix| words(&prefix["prefix"])).collect();
    let absent = if realm["permissions_required"] == true { "refused" } else { "everything" };
    let projects = match realm["projects_per_account"].as_u64() {
        None => words(&realm["projects"]),
        Some(limit) => format!("{limit} per account at most"),
    };
    let lines = [
        ("name", words(&realm["name"])),
        ("dialect", words(&realm["dialect"])),
        ("environments", words(&realm["environments"])),
        ("key prefixes", prefixes.join(", ")),
        ("keys per account", words(&realm["keys_per_account"])),
        ("webhooks per account", words(&realm["webhooks_per_account"])),
        ("projects", projects),
        ("permissions", or(&realm["permissions"], "none")),
        ("without permissions", absent.to_owned()),
        (
            "user agent",
            if realm["require_user_agent"] == true { "required" } else { "optional" }.to_owned(),
        ),
    ];
    record(&lines, out)
}
