//! Structured logs on standard error, in which no secret can appear.
//!
//! Secrets have types that cannot be printed; the scrubber behind them is the second lock. Must
//! not log a request's header, query or body.

mod scrub;

use std::io;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{LogConfig, LogFormat, LogLevel};

/// Starts logging for the life of the process. A second call changes nothing.
pub(crate) fn start(config: LogConfig) {
    let level = match config.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(ScrubbedStderr);
    let started = match config.format {
        LogFormat::Json => builder.json().flatten_event(true).with_target(false).try_init(),
        LogFormat::Text => builder.with_target(false).with_ansi(false).try_init(),
    };
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
        io::stderr().lock().write_all(&scrub::scrub(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
