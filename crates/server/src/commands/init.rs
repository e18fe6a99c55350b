//! `chaveiro init`: makes the first operator keys of a server that is not running yet.
//!
//! Must not make a second set: whoever holds an admin key makes further keys over the API.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::quickstart::seed::Seeder;
use crate::clock;
use crate::config::{self, Config, LogConfig, LogFormat, LogLevel};
use crate::entropy::SystemEntropy;
use crate::logging;
use crate::wiring;

/// Makes the first admin key and verifier key, and prints them once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  chaveiro init --config /etc/chaveiro/chaveiro.toml")]
pub(crate) struct Args {
    /// The configuration; chaveiro.toml here or in /etc/chaveiro by default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
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
        let keys = seeder.operators().await.context("the keys could not be stored")?;
        let (Some(admin), Some(verifier)) = (&keys.admin, &keys.verifier) else {
            bail!(
                "this server has operator keys already: start it, and make more with an admin key: `chaveiro operator-key create` (POST /api/v1/operator-keys)"
            );
        };
        let shown = if args.json {
            let line = json!({"admin_key": admin.expose(), "verifier_key": verifier.expose()});
            super::say(&format!("{line}\n"))
        } else {
            super::say(&format!(
                "Shown once; keep them safe.\nadmin key:    {}\nverifier key: {}\n",
                admin.expose(),
                verifier.expose()
            ))
        };
        shown.context(
            "the keys were made and could not be shown: move the database away, if it holds nothing else, and run it again",
        )?;
        core.close().await;
        Ok(())
    })
}
