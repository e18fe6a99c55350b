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
    /// Show a realm: its environments with their key prefixes, its permissions and webhook events
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
    let environments = realm["environments"].as_array().map_or(&[][..], Vec::as_slice);
    let environments: Vec<String> = environments
        .iter()
        .map(|name| format!("{} ({})", words(name), prefixes(realm, name)))
        .collect();
    let absent = if realm["permissions_required"] == true { "refused" } else { "everything" };
    let projects = match realm["projects_per_account"].as_u64() {
        None => words(&realm["projects"]),
        Some(limit) => format!("{limit} per account at most"),
    };
    let lines = [
        ("name", words(&realm["name"])),
        ("dialect", words(&realm["dialect"])),
        ("environments", environments.join(", ")),
        ("keys per account", words(&realm["keys_per_account"])),
        ("webhooks per account", words(&realm["webhooks_per_account"])),
        ("projects", projects),
        ("permissions", or(&realm["permissions"], "none")),
        ("without permissions", absent.to_owned()),
        (
            "user agent",
            if realm["require_user_agent"] == true { "required" } else { "optional" }.to_owned(),
        ),
        // A contract has more than a hundred.
        ("webhook events", words(&realm["webhook_events"])),
    ];
    record(&lines, out)
}

/// The prefixes of the keys of an environment. One that names no environment is of all of them.
fn prefixes(realm: &Value, environment: &Value) -> String {
    let all = realm["key_prefixes"].as_array().map_or(&[][..], Vec::as_slice);
    let its =
        |prefix: &&Value| prefix["environment"].is_null() || prefix["environment"] == *environment;
    all.iter().filter(its).map(|prefix| words(&prefix["prefix"])).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_realm_shows_its_events_and_each_environment_with_its_prefixes() {
        let prefix = |text: &str, environment: Option<&str>, reach: &str| json!({"prefix": text, "environment": environment, "reach": reach});
        let realm = json!({
            "name": "payments", "dialect": "asaas", "environments": ["sandbox", "production"],
            "key_prefixes": [
                prefix("$aact_prod_", Some("production"), "own"),
                prefix("$aact_hmlg_", Some("sandbox"), "own"),
                prefix("AS_", None, "descendants"),
            ],
            "webhook_events": ["ACCESS_TOKEN_CREATED", "ACCESS_TOKEN_EXPIRED"],
        });
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        show(&realm, &mut out, &mut notes).expect("written");
        let out = String::from_utf8(out).expect("text");
        let has = |name: &str, value: &str| {
            let found = out.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            assert_eq!(found, Some(value), "{out}");
        };
        has("environments", "sandbox ($aact_hmlg_, AS_), production ($aact_prod_, AS_)");
        has("webhook events", "ACCESS_TOKEN_CREATED, ACCESS_TOKEN_EXPIRED");
    }
}
