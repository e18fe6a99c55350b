//! `chaveiro init`: makes the first operator keys of a server that is not running, or one more
//! admin key where all were lost.
//!
//! Must not make a second set unasked: whoever holds an admin key makes further keys over the API.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use domain::key_text::KeyText;
use serde_json::{Map, Value};

use super::quickstart::seed::Seeder;
use crate::clock;
use crate::config::{self, Config, LogConfig, LogFormat, LogLevel};
use crate::entropy::SystemEntropy;
use crate::logging;
use crate::wiring;

/// What is to be done instead of a second set.
const THERE_ARE_SOME: &str = "this server has operator keys already: start it, and make more with an admin key: `chaveiro operator-key create` (POST /api/v1/operator-keys); where nobody holds one any more, `chaveiro init --add-admin` makes one";

/// Makes the first admin key and verifier key, and prints them once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  chaveiro init --config /etc/chaveiro/chaveiro.toml")]
pub(crate) struct Args {
    /// The configuration; chaveiro.toml here or in /etc/chaveiro by default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Make one more admin key, where nobody holds one any more; others stay as they are
    #[arg(long)]
    add_admin: bool,
    /// One line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, env: &BTreeMap<String, String>) -> Result<()> {
    let path = config::find(args.config.as_deref())?;
    let config: Config = config::load(&path, env)?;
    // What opening the data has to warn of, somebody sees here too.
    logging::start(LogConfig { level: LogLevel::Warn, format: LogFormat::Text });
    let runtime = wiring::control_runtime()?;
    runtime.block_on(async {
        let core = wiring::open(&config).await?;
        let mut entropy = SystemEntropy::new();
        let now = clock::now();
        let mut seeder = Seeder { engine: &core.engine, now, entropy: &mut entropy };
        let (shown, way_back) = if args.add_admin {
            if !core.engine.has_operators() {
                bail!("there are no keys of operators yet, of which one would be one more: run `chaveiro init` without --add-admin, which makes the first ones");
            }
            let admin = seeder.another_admin().await.context("the key could not be stored")?;
            (show(&[("admin", &admin)], args.json), "the key was made and could not be shown: run it again, and delete the one that nobody saw")
        } else {
            let keys = seeder.operators().await.context("the keys could not be stored")?;
            let (Some(admin), Some(verifier)) = (&keys.admin, &keys.verifier) else {
                bail!("{THERE_ARE_SOME}");
            };
            (show(&[("admin", admin), ("verifier", verifier)], args.json), "the keys were made and could not be shown: run it again with --add-admin, and delete those that nobody saw")
        };
        shown.context(way_back)?;
        core.close().await;
        Ok(())
    })
}

/// Shows each key with the role that it has.
fn show(keys: &[(&str, &KeyText)], json: bool) -> std::io::Result<()> {
    if json {
        let line: Map<String, Value> =
            keys.iter().map(|(role, key)| (format!("{role}_key"), key.expose().into())).collect();
        return super::say(&format!("{}\n", Value::from(line)));
    }
    let mut text = "Shown once; keep safe.\n".to_owned();
    for (role, key) in keys {
        let label = format!("{role} key:");
        text.push_str(&format!("{label:<13} {}\n", key.expose()));
    }
    super::say(&text)
}
