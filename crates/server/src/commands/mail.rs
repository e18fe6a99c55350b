//! `chaveiro mail`: tries out the configured mail server without a running server.
//!
//! Must not print the password, nor take a letter for delivered because the mail server took it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use delivery::SmtpPostman;
use domain::ids::EventId;
use domain::language::Language;
use domain::mail::{MailAddress, NotAMailAddress};
use engine::ports::postman::{Letter, Postman as _};
use serde_json::json;

use super::Exit;
use crate::clock;
use crate::config::{self, MailConfig};
use crate::entropy::SystemEntropy;
use crate::wiring;

/// What can be done with mail.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Mail {
    /// Send one plain letter through the configured mail server, and say what it answered
    #[command(
        after_help = "Example:\n  chaveiro mail test --to ana@example.com --config /etc/chaveiro/chaveiro.toml"
    )]
    Test(Test),
}

/// A letter to try out.
#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// To whom
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    to: MailAddress,
    /// The configuration file [default: chaveiro.toml, then /etc/chaveiro/chaveiro.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one object
    #[arg(long)]
    json: bool,
}

fn address(text: &str) -> Result<MailAddress, NotAMailAddress> {
    MailAddress::parse(text)
}

/// Runs the command.
pub(crate) fn run(
    mail: &Mail,
    env: &BTreeMap<String, String>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let Mail::Test(test) = mail;
    let settings = match settings(test, env) {
        Ok(settings) => settings,
        Err(sentence) => {
            let _ = writeln!(err, "{sentence}");
            return Exit::Usage;
        }
    };
    match send(test, &settings) {
        Ok(()) => {
            let (server, to) = (settings.server(), test.to.as_str());
            let taken = if test.json {
                json!({ "taken_by": server, "to": to }).to_string()
            } else {
                format!(
                    "{server} took the letter to {to}. See that it arrives: a server may still return it."
                )
            };
            // Nobody can be told that a pipe is closed; the exit code still says the rest.
            let _ = writeln!(out, "{taken}");
            Exit::Done
        }
        Err(sentence) => {
            let _ = writeln!(err, "{sentence}");
            Exit::Refused
        }
    }
}

/// The mail server of the configuration, or why there is none.
fn settings(test: &Test, env: &BTreeMap<String, String>) -> Result<MailConfig, String> {
    let path = config::find(test.config.as_deref()).map_err(|error| error.to_string())?;
    let config = config::load(&path, env).map_err(|faults| faults.to_string())?;
    config.mail.ok_or_else(|| {
        format!(
            "{} has no [mail], so nobody is written to. Add it with host, from and keys_page.",
            path.display()
        )
    })
}

fn send(test: &Test, settings: &MailConfig) -> Result<(), String> {
    let runtime = wiring::control_runtime().map_err(|error| format!("{error:#}"))?;
    let postman = SmtpPostman::new(settings.postman.clone()).map_err(|error| error.to_string())?;
    let sent = runtime.block_on(postman.send(&letter(test.to.clone())));
    sent.map_err(|trouble| {
        format!("The letter to {} was not taken by {}: {trouble}.", test.to, settings.server())
    })
}

fn letter(to: MailAddress) -> Letter {
    let now = clock::now().real();
    let id = EventId::fresh(now, &mut SystemEntropy::for_one_command());
    let text = "This letter was sent by `chaveiro mail test`.\nWho reads it can be written to.\n";
    Letter {
        id: format!("test-{id}").into(),
        at: now,
        to,
        subject: "Chaveiro can write to you".to_owned(),
        text: text.to_owned(),
        html: format!("<p>{}</p>\n", text.trim_end().replace('\n', "<br>")),
        language: Language::English,
    }
}
