//! `chaveiro lifecycle`: how the keys of an environment age, and the clock by which they do.
//!
//! Must not move a clock but where it is asked to, and only as far.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::advance;
use super::answer::Call;
use super::client::Client;
use super::failure::Failure;
use super::local::local;
use super::place::Place;
use super::preview::Preview;
use super::print;
use super::show::{plain, record, words};
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
        after_help = "Example:\n  chaveiro lifecycle preview --realm payments --environment sandbox --until 2027-03-01 --all\n\nWEBHOOKS and PEOPLE say how many would be told: webhooks that name the event, and people who are\nwritten to. With --json they are named."
    )]
    Preview(Preview),
    /// Show whether something holds the ageing of keys up, and how many are due
    #[command(
        after_help = "Example:\n  chaveiro lifecycle status --realm payments --environment production"
    )]
    Status {
        #[command(flatten)]
        place: Place,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Let keys age that are held up because too many are due at once
    #[command(
        after_help = "Example:\n  chaveiro lifecycle approve --realm payments --environment production --keys 250"
    )]
    Approve {
        #[command(flatten)]
        place: Place,
        /// How many at most, as the status shows how many are due
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
        keys: u32,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Let keys age from now on, after a clock that was ahead was set right
    #[command(
        after_help = "Example:\n  chaveiro lifecycle reset-clock --realm payments --environment production"
    )]
    ResetClock {
        #[command(flatten)]
        place: Place,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
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

/// How a command is done.
pub(super) enum Doing<'c> {
    /// By this call, which may be asked about.
    Call(Box<Call>),
    /// By calls of its own.
    Calls(Calls<'c>),
}

/// What takes calls of its own, or says more than the answer of one.
pub(super) enum Calls<'c> {
    Preview(&'c Preview),
    Status { place: &'c Place, json: bool },
    Advance { place: &'c Place, target: &'c Target, json: bool },
}

impl Lifecycle {
    /// How it is done.
    pub(super) fn doing(&self) -> Result<Doing<'_>, Failure> {
        let call = match self {
            Self::Clock { place, json } => Call::get(place.path("/clock")?, *json, clock),
            Self::Approve { place, keys, yes, json } => {
                let (path, body) = (place.path("/lifecycle/approve")?, json!({ "keys": keys }));
                let question = format!(
                    "Up to {keys} keys are warned of, disabled or expire at once. Is the clock right, and is that meant?"
                );
                let question = (!yes).then_some(question);
                Call { question, ..Call::post(path, Some(body), *json, approved) }
            }
            Self::ResetClock { place, yes, json } => {
                let path = place.path("/lifecycle/reset_clock")?;
                let question = "Keys age from what the clock shows now. Is it right?".to_owned();
                let question = (!yes).then_some(question);
                Call { question, ..Call::post(path, None, *json, reset) }
            }
            Self::Preview(preview) => return Ok(Doing::Calls(Calls::Preview(preview))),
            Self::Status { place, json } => {
                return Ok(Doing::Calls(Calls::Status { place, json: *json }));
            }
            Self::Advance { place, target, json } => {
                return Ok(Doing::Calls(Calls::Advance { place, target, json: *json }));
            }
        };
        Ok(Doing::Call(Box::new(call)))
    }
}

impl Calls<'_> {
    /// Makes them.
    pub(super) fn run(
        self,
        client: &Client,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<(), Failure> {
        match self {
            Self::Preview(preview) => preview.run(client, out, err),
            Self::Status { place, json } => {
                let call = Call::get(place.path("/lifecycle")?, json, status);
                let answer = client.send(&call)?;
                print(&call, &answer, out, err)?;
                if let Some(advice) = advice(&answer.value, place).filter(|_| !json) {
                    // What was asked for is printed; nobody is there to be told that this is not.
                    let _ = writeln!(err, "{advice}");
                }
                Ok(())
            }
            Self::Advance { place, target, json } => {
                let path = place.path("/clock")?;
                let shown = client.send(&Call::get(path.clone(), true, clock))?.value;
                let Some(when) = target.to.as_ref().or(target.by.as_ref()) else {
                    return Err(Failure::usage("Say how far: --to or --by."));
                };
                advance::run(client, &path, &when.resolved(&shown)?, json, out, err)
            }
        }
    }
}

pub(super) fn clock(clock: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let ahead_ms = clock["ahead_ms"].as_i64().unwrap_or(0);
    let lines = [
        ("clock", words(&clock["kind"])),
        ("shows", local(&clock["now"], &clock["time_zone"])),
        ("runs ahead by", ahead(ahead_ms)),
        ("time zone", words(&clock["time_zone"])),
    ];
    record(&lines, out)
}

fn status(status: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let due = format!("{} of {}", words(&status["keys_due"]), words(&status["keys"]));
    let held = match status["held_by"].as_str() {
        Some(CLOCK_BEHIND) => "clock behind".to_owned(),
        Some(TOO_MANY) => "too many at once".to_owned(),
        // A server that is newer than this binary may know more.
        Some(_) | None => words(&status["held_by"]),
    };
    let approval = &status["approval"];
    let here = |at: &Value| local(at, &status["clock"]["time_zone"]);
    let lines = [
        ("clock", words(&status["clock"]["kind"])),
        ("shows", here(&status["clock"]["now"])),
        ("latest step", here(&status["latest_step_at"])),
        ("held up by", held),
        ("since", here(&status["held_since"])),
        ("keys due", due),
        ("approved", words(&approval["keys"])),
        ("approved until", here(&approval["until"])),
        ("next due", here(&status["next_at"])),
        ("no deletions until", here(&status["deletions_rest_until"])),
    ];
    record(&lines, out)
}

const CLOCK_BEHIND: &str = "clock_behind";
const TOO_MANY: &str = "too_many_at_once";

/// What to do about what holds the ageing up, with the command to paste on a line of its own.
fn advice(status: &Value, place: &Place) -> Option<String> {
    let flags = place.flags();
    match status["held_by"].as_str()? {
        CLOCK_BEHIND => Some(format!(
            "Keys took steps at a later instant than the clock shows. Set it right; if it is right now:\n  chaveiro lifecycle reset-clock {flags}"
        )),
        TOO_MANY => {
            let (share, due) = (words(&status["change_at_most"]), words(&status["keys_due"]));
            Some(format!(
                "More than {share} of a hundred keys would change at once. If the clock is right and that is meant:\n  chaveiro lifecycle approve {flags} --keys {due}"
            ))
        }
        other => Some(format!(
            "This chaveiro does not know what {} is: use the one that the server runs.",
            plain(other)
        )),
    }
}

fn approved(approval: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    record(&[("keys", words(&approval["keys"])), ("until", words(&approval["until"]))], out)
}

fn reset(reset: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let clock = &reset["clock"];
    let lines = [
        ("clock", words(&clock["kind"])),
        ("shows", words(&clock["now"])),
        ("keys age from", words(&reset["keys_age_from"])),
    ];
    record(&lines, out)?;
    writeln!(notes, "Too many of them may be due at once now: look at the status.")
}

fn ahead(ms: i64) -> String {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    if ms == 0 {
        return "-".to_owned();
    }
    // To the nearest second: an advance by a month is not to look like one that fell short.
    let ms = ms.saturating_add(500);
    let (days, rest) = (ms / DAY_MS, ms % DAY_MS / 1_000);
    format!("{days} days, {:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}
