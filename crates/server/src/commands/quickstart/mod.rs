//! `chaveiro quickstart`: everything on loopback, with two example realms, to be tried in minutes.
//!
//! It is the server itself with a configuration that it writes; nothing here is a shortcut around
//! it. Must not show a secret twice.

mod file;
mod report;
pub(crate) mod seed;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use engine::engine::Engine;

use crate::clock;
use crate::config::{self, Config};
use crate::entropy::SystemEntropy;
use crate::example_upstream;
use crate::logging;
use crate::stop::StopRequest;
use crate::wiring;
use report::Report;
use seed::Seeder;

/// Runs two example APIs behind a server on loopback; keys are made at the first start.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  chaveiro quickstart\n  chaveiro quickstart --data /tmp/try --port-base 9900 --json"
)]
pub(crate) struct Args {
    /// Where everything is kept; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "chaveiro-data")]
    data: PathBuf,
    /// The first of ten ports [default: 8800, or that of an earlier start on the same data]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1024..=65_520))]
    port_base: Option<u16>,
    /// One line of JSON on standard output, then nothing more
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, env: &BTreeMap<String, String>) -> Result<()> {
    let file = file::prepare(&args.data, args.port_base)?;
    let config = config::parse(&file.text, &file.path, env)?;
    logging::start(config.log);
    let runtime = wiring::control_runtime()?;
    runtime.block_on(async {
        for upstream in file.upstreams {
            example_upstream::serve(upstream).await?;
        }
        // Nothing is made or changed while the start may still fail: keys are shown by a start
        // that succeeds, once, and the file is that of a server that may be running.
        let core = wiring::open(&config).await?;
        let bound = wiring::bind(core, &config)?;
        let path = file.settle()?;
        let made = seeded(bound.engine(), &config).await;
        let report = made.context("the first keys could not be made")?;
        let stop = StopRequest::listen()?;
        let server = bound.start(&config)?;
        let text = if args.json { report.json_line() } else { report.for_people(&path) };
        let lost = if report.operators.admin.is_some() {
            "the first keys could not be shown, and are shown once: begin anew with another --data"
        } else {
            "standard output cannot be written: leave it open"
        };
        super::say(&text).context(lost)?;
        drop((report, text));
        let ended = tokio::select! {
            biased;
            () = stop.given() => Ok(()),
            broken = server.broken() => Err(broken),
        };
        server.stop().await;
        ended
    })
}

/// Makes what is missing and gathers what is to be shown.
async fn seeded(engine: &Engine, config: &Config) -> Result<Report> {
    let mut entropy = SystemEntropy::new();
    let mut seeder = Seeder { engine, now: clock::now(), entropy: &mut entropy };
    let mut report = Report::new(config);
    for realm in &config.realms {
        for environment in &realm.environments {
            let (realm_name, name) = (realm.realm.name.as_str(), environment.name.as_str());
            let place = engine.place(realm_name, name).context("a place of this file")?;
            let seeded = seeder.place(place).await?;
            report.add(realm, environment, seeded);
        }
    }
    report.operators = seeder.operators().await?;
    Ok(report)
}
