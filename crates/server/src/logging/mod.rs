//! Structured logs on standard error, in which no secret can appear.
//!
//! Secrets have types that cannot be printed; the scrubber behind them is the second lock. Must
//! not log a request's header, query or body.

mod scrub;

pub(crate) use scrub::scrub;

use std::io;

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogConfig, LogFormat, LogLevel};

/// Starts logging for the life of the process. A second call changes nothing.
pub(crate) fn start(config: LogConfig) {
    let level = match config.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let lines = fmt::layer().with_writer(ScrubbedStderr).with_target(false);
    let lines = match config.format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    };
    // Libraries speak up from warnings on; what they call news is none to an operator.
    let ours =
        ["chaveiro", "delivery", "dialects", "domain", "doors", "engine", "store", "store_sqlite"];
    let wanted = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(ours.map(|name| (name, level)));
    let started = tracing_subscriber::registry().with(lines.with_filter(wanted)).try_init();
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let what = panic.payload_as_str().unwrap_or("a panic without a message");
        tracing::error!(place, what, "a part of the server failed and was stopped");
    }));
}

struct ScrubbedStderr;

impl<'w> MakeWriter<'w> for ScrubbedStderr {
    type Writer = ScrubbedLine;

    fn make_writer(&'w self) -> ScrubbedLine {
        ScrubbedLine
    }
}

/// One event's line; the formatter hands it over whole.
struct ScrubbedLine;

impl io::Write for ScrubbedLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(&scrub(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
