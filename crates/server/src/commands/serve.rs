//! `chaveiro serve`: the server, from a configuration file until it is told to stop.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::config::{self, Config};
use crate::logging;
use crate::reload::needs_restart;
use crate::stop::{Request, StopRequest};
use crate::wiring::{self, Running};

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
        core.warn_of_data(&config).await?;
        let mut requests = StopRequest::listen()?;
        let server = wiring::bind(core, &config)?.start(&config)?;
        for realm in &config.realms {
            for environment in &realm.environments {
                let (name, listen) = (&environment.name, environment.listener.listen);
                tracing::info!(realm = %realm.realm.name, environment = %name, %listen, "a gateway listens");
            }
        }
        tracing::info!(control = %config.control.listener.listen, "serving");
        let mut config = config;
        let ended = loop {
            tokio::select! {
                biased;
                request = requests.next() => match request {
                    Request::Stop => break Ok(()),
                    Request::Reload => config = reload(config, &path, env, &server),
                },
                broken = server.broken() => break Err(broken),
            }
        };
        tracing::info!("stopping");
        server.stop().await;
        ended
    })
}

/// Reads the configuration again. Gives the one that is in force from here on: with any fault it
/// is the one before, whole.
fn reload(before: Config, path: &Path, env: &BTreeMap<String, String>, server: &Running) -> Config {
    let after = match config::load(path, env) {
        Ok(after) => after,
        Err(faults) => {
            tracing::error!(%faults, "the configuration has faults; the one before stays in force");
            return before;
        }
    };
    for warning in &after.warnings {
        tracing::warn!("{warning}");
    }
    if let Err(error) = server.reload(&after) {
        tracing::error!(%error, "the configuration cannot be used; the one before stays in force");
        return before;
    }
    let waiting = needs_restart(&before, &after);
    if !waiting.is_empty() {
        tracing::warn!(parts = waiting.join(", "), "some changes need a restart");
    }
    tracing::info!("the configuration was read again");
    // What needs a restart is compared with what the server started with, each time.
    before
}
