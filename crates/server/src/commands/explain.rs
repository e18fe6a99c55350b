//! `chaveiro explain`: says what is wrong with a key's text, or of which API it is, offline.
//!
//! Must not print the key, look it up, or claim more than its shape can tell.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use dialects::dialect::DialectSettings;
use dialects::registry;
use domain::diagnosis::Diagnosis;
use domain::hint::KeyHint;
use domain::ids::RealmName;
use domain::key_text::PresentedKey;
use domain::operator::OperatorRole;
use domain::prefix::{KeyPrefix, KeyPrefixes, Reach};
use serde_json::{Value, json};

use super::{Exit, presented};
use crate::config::{self, Config};

/// The arguments of `chaveiro explain`.
///
/// Any words are taken, hyphens included, so that the command line's own errors never have a
/// reason to repeat a key.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  chaveiro explain - < key.txt\n\nExit code: 0 well formed, 1 not, 2 usage or configuration."
)]
pub(crate) struct Args {
    /// The key in single quotes; `-` or nothing reads standard input, which leaves no trace
    #[arg(value_name = "KEY", allow_hyphen_values = true)]
    key: Option<OsString>,
    /// More words: a key that white space fell into, or a scheme with its key
    #[arg(hide = true, allow_hyphen_values = true)]
    more: Vec<OsString>,
    /// Also know the prefixes of this configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(
    args: &Args,
    env: &BTreeMap<String, String>,
    input: &mut (impl BufRead + IsTerminal),
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let config = match args.config.as_deref().map(|path| config::load(path, env)) {
        None => None,
        Some(Ok(config)) => Some(config),
        Some(Err(faults)) => {
            let _ = writeln!(err, "{faults}");
            return Exit::Usage;
        }
    };
    let key = args.key.as_ref().filter(|key| *key != "-" || !args.more.is_empty());
    let more = args.more.iter().filter(|word| !is_json_flag(word));
    let words = key.map(|key| {
        std::iter::once(key).chain(more).map(|word| word.as_encoded_bytes()).collect::<Vec<_>>()
    });
    let text = match presented::read(words, "explain", input, err) {
        Ok(text) => text,
        Err(error) => {
            let _ = writeln!(
                err,
                "Standard input cannot be read ({error}). Send the key there, as in `chaveiro explain - < key.txt`."
            );
            return Exit::Usage;
        }
    };
    let known = Known::new(config.as_ref());
    let prefixes = known.prefixes();
    let (exit, (words, json)) = match PresentedKey::parse(&text, &prefixes) {
        Ok(key) => (Exit::Done, well_formed(&key, &known)),
        Err(diagnosis) => (Exit::Refused, misshapen(diagnosis)),
    };
    // Nobody can be told that a pipe is closed; the exit code still says the rest.
    let as_json = args.json || args.more.iter().any(is_json_flag);
    let _ = if as_json { writeln!(out, "{json}") } else { writeln!(out, "{words}") };
    exit
}

/// Behind a second word every flag is taken for a word too; this one is meant wherever it stands.
fn is_json_flag(word: &OsString) -> bool {
    word == "--json"
}

/// Whose keys begin with a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owner {
    /// An operator of this role.
    Operator(OperatorRole),
    /// An API whose dialect is built in.
    Dialect(&'static str),
    /// A realm of the configuration.
    Realm {
        /// Its name.
        name: String,
        /// Its dialect.
        dialect: &'static str,
    },
}

/// Every prefix that is known here, and whose it is. One prefix may be listed for several.
struct Known(Vec<(KeyPrefix, Owner)>);

impl Known {
    fn new(config: Option<&Config>) -> Self {
        let mut known = Vec::new();
        for realm in config.into_iter().flat_map(|config| &config.realms) {
            let (name, dialect) = (realm.realm.name.to_string(), realm.dialect.name());
            for prefix in realm.realm.prefixes.own() {
                known.push((prefix.clone(), Owner::Realm { name: name.clone(), dialect }));
            }
        }
        for role in OperatorRole::ALL {
            if let Ok(prefix) = KeyPrefix::new(role.prefix(), None, Reach::Own) {
                known.push((prefix, Owner::Operator(role)));
            }
        }
        for name in registry::names() {
            known.extend(built_in(name).into_iter().map(|prefix| (prefix, Owner::Dialect(name))));
        }
        Self(known)
    }

    fn prefixes(&self) -> KeyPrefixes {
        let mut own: Vec<KeyPrefix> = Vec::new();
        for (prefix, _) in &self.0 {
            if own.iter().all(|known| known.as_str() != prefix.as_str()) {
                own.push(prefix.clone());
            }
        }
        KeyPrefixes::new(own, [])
    }

    /// The first owner of a prefix: the configuration's realms come before the dialects.
    fn owner(&self, prefix: &str) -> Option<&Owner> {
        self.0.iter().find(|(known, _)| known.as_str() == prefix).map(|(_, owner)| owner)
    }
}

/// The prefixes that a dialect brings by itself; none for one whose operator chooses them.
fn built_in(dialect: &str) -> Vec<KeyPrefix> {
    let Ok(realm) = RealmName::parse("any") else { return Vec::new() };
    let settings =
        DialectSettings { realm, environments: Vec::new(), header: None, alias_header: false };
    registry::build(dialect, &settings).map_or_else(|_| Vec::new(), |d| d.preset().prefixes.clone())
}

const UNKNOWN_ISSUE: &str = "This is about its shape alone: it says nothing about whether the key was issued or still works.";

fn well_formed(key: &PresentedKey<'_>, known: &Known) -> (String, Value) {
    let prefix = key.prefix();
    let hint = hint(key);
    let environment = prefix.environment().map(|name| name.as_str());
    let (whose, realm, dialect, role) = match known.owner(prefix.as_str()) {
        Some(Owner::Operator(role)) => (operator(*role).to_owned(), None, None, Some(role.name())),
        Some(Owner::Dialect(dialect)) => {
            (format!("A key of an API in the dialect {dialect}"), None, Some(*dialect), None)
        }
        Some(Owner::Realm { name, dialect }) => (
            format!("A key of realm {name}, in the dialect {dialect}"),
            Some(name),
            Some(*dialect),
            None,
        ),
        None => ("A key".to_owned(), None, None, None),
    };
    let place = match (role, environment) {
        (Some(_), _) => "",
        (None, Some(name)) => &format!(", environment {name}"),
        (None, None) => ", of any environment: its prefix does not tell which",
    };
    let reach = match (role, prefix.reach()) {
        (Some(_), _) => None,
        (None, Reach::Own) => Some(("own", " It acts for the account or project that owns it.")),
        (None, Reach::Descendants) => Some((
            "descendants",
            " It acts for the projects of its account; each request names one.",
        )),
    };
    let acts = reach.map_or("", |(_, words)| words);
    let words = format!("Well formed. {whose}{place}.{acts} Its hint is {hint}. {UNKNOWN_ISSUE}");
    let json = json!({
        "well_formed": true,
        "kind": if role.is_some() { "operator_key" } else { "key" },
        "role": role,
        "realm": realm,
        "dialect": dialect,
        "environment": environment,
        "reach": reach.map(|(name, _)| name),
        "hint": hint.as_str(),
        "note": UNKNOWN_ISSUE,
    });
    (words, json)
}

const fn operator(role: OperatorRole) -> &'static str {
    match role {
        OperatorRole::Admin => "An admin key of an operator, which opens the control plane",
        OperatorRole::Support => {
            "A support key of an operator, which sees what is on the control plane and changes nothing"
        }
        OperatorRole::Verifier => {
            "A verifier key of an operator, which opens the verify call alone"
        }
    }
}

/// What may be shown of a key for ever: prefix, four letters of its public id, its last four.
fn hint(key: &PresentedKey<'_>) -> KeyHint {
    let prefix = key.prefix().as_str();
    let text = key.expose();
    let last = String::from_utf8_lossy(&text[text.len().saturating_sub(4)..]);
    KeyHint::from_stored(&format!("{prefix}{:.4}…{last}", key.kid().to_string()))
}

fn misshapen(diagnosis: Diagnosis) -> (String, Value) {
    let (code, advice) = (diagnosis.code(), diagnosis.advice());
    let json = json!({ "well_formed": false, "diagnosis": code, "advice": advice });
    (format!("Not a well-formed key ({code}). {advice}"), json)
}
