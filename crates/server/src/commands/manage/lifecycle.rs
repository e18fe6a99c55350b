//! `chaveiro lifecycle`: how the keys of an environment age, and the clock by which they do.
//!
//! Must not move a clock but where it is asked to, and only as far.

use std::io::{self, Write};

use serde_json::Value;

use super::advance;
use super::answer::Call;
use super::client::Client;
use super::failure::Failure;
use super::place::Place;
use super::preview::Preview;
use super::print;
use super::show::{record, words};
use super::when::{self, When};

pub(super) const EXAMPLE: &str =
    "Example:\n  chaveiro lifecycle clock --realm payments --environment sandbox";

/// What can be seen and done of the ageing of keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Lifecycle {
    /// Show the clock of an environment
    #[command(after_help = EXAMPLE)]
    Clock {
        #[command(flatten)]
        place: Place,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Say what will happen to which key when, if nobody uses it any more; nothing is changed
    #[command(
        after_help = "Example:\n  chaveiro lifecycle preview --realm payments --environment sandbox --until 2027-03-01 --all"
    )]
    Preview(Preview),
    /// Move the clock of an environment forward, where it is simulated
    #[command(
        after_help = "Example:\n  chaveiro lifecycle advance --realm payments --environment sandbox --by P3M"
    )]
    Advance {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        target: Target,
        /// Print one object for all of the way, as the API answers
        #[arg(long)]
        json: bool,
    },
}

/// How far.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Target {
    /// To this day, when it begins in the realm's zone, or to this instant
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    to: Option<When>,
    /// By so much, such as P3M, P7D or PT12H; months are those of the calendar
    #[arg(long, value_name = "LENGTH", value_parser = when::length)]
    by: Option<When>,
}

impl Lifecycle {
    /// Makes the calls that it needs.
    pub(super) fn run(
        &self,
        client: &Client,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<(), Failure> {
        match self {
            Self::Clock { place, json } => {
                let call = Call::get(place.path("/clock")?, *json, clock);
                print(&call, &client.send(&call)?, out, err)
            }
            Self::Preview(preview) => preview.run(client, out, err),
            Self::Advance { place, target, json } => {
                let path = place.path("/clock")?;
                let shown = client.send(&Call::get(path.clone(), true, clock))?.value;
                let Some(when) = target.to.as_ref().or(target.by.as_ref()) else {
                    return Err(Failure::usage("Say how far: --to or --by."));
                };
                advance::run(client, &path, &when.resolved(&shown)?, *json, out, err)
            }
        }
    }
}

pub(super) fn clock(clock: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let ahead_ms = clock["ahead_ms"].as_i64().unwrap_or(0);
    let lines = [
        ("clock", words(&clock["kind"])),
        ("shows", words(&clock["now"])),
        ("runs ahead by", ahead(ahead_ms)),
        ("time zone", words(&clock["time_zone"])),
    ];
    record(&lines, out)
}

fn ahead(ms: i64) -> String {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    if ms == 0 {
        return "-".to_owned();
    }
    let (days, rest) = (ms / DAY_MS, ms % DAY_MS / 1_000);
    format!("{days} days, {:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}
