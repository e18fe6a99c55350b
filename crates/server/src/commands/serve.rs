//! `chaveiro serve`: the server, from a configuration file until it is told to stop.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use crate::config;
use crate::logging;
use crate::stop::StopRequest;
use crate::wiring;

/// Runs the server.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  chaveiro serve --config /etc/chaveiro/chaveiro.toml")]
pub(crate) struct Args {
    /// The configuration; chaveiro.toml here or in /etc/chaveiro by default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, env: &BTreeMap<String, String>) -> Result<()> {
    let path = config::find(args.config.as_deref())?;
    let config = config::load(&path, env)?;
    logging::start(config.log);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = wiring::control_runtime()?;
    runtime.block_on(async {
        let core = wiring::open(&config).await?;
        if !core.engine.has_operators() {
            tracing::warn!("nobody can manage this server yet: stop it and run `chaveiro init`");
        }
        let stop = StopRequest::listen()?;
        let server = wiring::bind(core, &config)?.start(&config)?;
        tracing::info!(control = %config.control.listener.listen, "serving");
        stop.given().await;
        tracing::info!("stopping");
        server.stop().await;
        Ok(())
    })
}
