//! The configuration: one TOML file, with variables of the environment laid over it.
//!
//! Every fault is found in one reading and told with its line and what to do about it. What comes
//! out is typed and complete; nothing later has to interpret a text of the file.
//!
//! **Overriding by the environment.** Any value can be set by a variable: `CHAVEIRO` and the way to
//! the setting, joined by two underscores, in capitals, with `_` for `-`:
//!
//! | setting | variable |
//! |---|---|
//! | `data` | `CHAVEIRO__DATA` |
//! | `body_bytes_max` in `[limits]` | `CHAVEIRO__LIMITS__BODY_BYTES_MAX` |
//! | `key_file` in `[control.tls]` | `CHAVEIRO__CONTROL__TLS__KEY_FILE` |
//! | `time_zone` of realm `payments` | `CHAVEIRO__REALM__PAYMENTS__TIME_ZONE` |
//! | `upstream` of its environment `sandbox` | `CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM` |
//! | `permission` of its first `[[realm.route]]` | `CHAVEIRO__REALM__PAYMENTS__ROUTE__0__PERMISSION` |
//!
//! Realms and environments are reached by the name they have in the file, and have to be there.
//! Lists are written with commas. A variable for `pepper` or `pepper_file` takes the place of both, and so for `password`.
//! A variable that fits no setting is a fault, as an unknown name in the file is.
//!
//! Must not read the environment itself, open a port or touch the data.

mod assemble;
mod environment;
mod fault;
mod lifecycle;
mod limits;
mod listeners;
mod mail;
mod model;
mod nesting;
mod overlay;
mod permissions;
mod quickstart;
mod rate_limits;
mod read;
mod realm;
mod secret;
mod section;
mod tree;
mod upstreams;
mod values;
mod warnings;
mod webhooks;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub(crate) use fault::{Fault, Faults, Place};
pub(crate) use model::{
    Config, DataThreads, EnvironmentConfig, Front, Http2, ListenerConfig, LogFormat, LogLevel,
    MailConfig, RealmConfig,
};
// The rest of what a configuration is made of, and the example that is written at a first start.
#[allow(unused_imports, reason = "whoever wires the server takes what it needs from here")]
pub(crate) use {
    model::{
        ControlConfig, DataUrl, Limits, LogConfig, Scheme, Secrets, TlsFiles, Upstream,
        VerifiersConfig,
    },
    quickstart::{QuickstartParams, quickstart_file},
    secret::SecretText,
};

/// Where the file is looked for when nobody names it.
const DEFAULTS: [&str; 2] = ["chaveiro.toml", "/etc/chaveiro/chaveiro.toml"];
/// Most bytes of a file; the largest realms come to a tenth of it.
const FILE_BYTES_MAX: usize = 1_048_576;

/// There is no configuration at any of the places where it is looked for.
#[derive(Debug, thiserror::Error)]
#[error(
    "There is neither chaveiro.toml in this folder nor /etc/chaveiro/chaveiro.toml. Name the file with --config (a quickstart keeps its own in its data folder: --config chaveiro-data/chaveiro.toml), or run `chaveiro quickstart`, which writes one to start from."
)]
pub(crate) struct NotFound;

/// The file to read: the one that was named, or the first that is there.
///
/// # Errors
/// None was named and none is there.
pub(crate) fn find(explicit: Option<&Path>) -> Result<PathBuf, NotFound> {
    if let Some(path) = explicit {
        return Ok(path.to_owned());
    }
    DEFAULTS.iter().map(PathBuf::from).find(|path| path.exists()).ok_or(NotFound)
}

/// Reads the file, lays the environment over it, and checks everything.
///
/// # Errors
/// All faults, each with its line or variable.
pub(crate) fn load(path: &Path, env: &BTreeMap<String, String>) -> Result<Config, Faults> {
    parse(&read_file(path)?, path, env)
}

/// Reads the text of a file at this path, which need not be there yet, lays the environment over
/// it, and checks everything.
///
/// # Errors
/// All faults, each with its line or variable.
pub(crate) fn parse(
    text: &str,
    path: &Path,
    env: &BTreeMap<String, String>,
) -> Result<Config, Faults> {
    // Absolute, so that a later change of folder moves nothing.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let base = absolute.parent().unwrap_or(Path::new("/"));
    read::config(text, base, env).map_err(|faults| faults.into_faults(path))
}

fn read_file(path: &Path) -> Result<Zeroizing<String>, Faults> {
    let whole = |sentence| Faults::whole(path, sentence);
    let failed = |error: std::io::Error| {
        whole(if error.kind() == std::io::ErrorKind::NotFound {
            "There is no such configuration file. Name one that is there with --config, or run `chaveiro quickstart`, which writes one to start from.".to_owned()
        } else {
            format!(
                "The configuration cannot be read ({error}). Name a plain file that may be read with --config."
            )
        })
    };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(whole(format!(
            "The file has more than {FILE_BYTES_MAX} bytes, so it is not a configuration. Name another with --config."
        )));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let mut faults = fault::FaultList::default();
            faults.add(&Place::Line(line), "A letter here is not UTF-8. Save the file as UTF-8.");
            Err(faults.into_faults(path))
        }
    }
}
