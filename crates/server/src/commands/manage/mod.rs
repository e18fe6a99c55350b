//! `chaveiro realm|account|project|key|operator-key|webhook|events|audit|lifecycle`: managing a running
//! server from the shell.
//!
//! A client of the native API like any other: what a command prints is what the server answered.
//! Most commands are one call; some ask for page after page, or rehearse before they change. Must not decide anything, and must not take or print an admin key.

mod account;
mod advance;
mod answer;
mod audit;
mod client;
mod events;
mod failure;
mod key;
mod lifecycle;
mod local;
mod operator_key;
mod overlap;
mod pages;
mod place;
mod preview;
mod project;
mod realm;
mod settings;
mod show;
mod webhook;
mod when;

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};

use clap::Subcommand as _;

use super::Exit;
use answer::{Answer, Call, Pages};
use client::Client;
use failure::Failure;
use lifecycle::Doing;
use settings::Settings;

/// What can be managed.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Managed {
    /// List and show realms: the APIs whose keys are managed
    #[command(subcommand, after_help = realm::EXAMPLE)]
    Realm(realm::Realm),
    /// List, show, make, change, suspend and delete accounts, the owners of keys
    #[command(subcommand, after_help = account::EXAMPLE)]
    Account(account::Account),
    /// List, show, make and delete projects of an account
    #[command(subcommand, after_help = project::EXAMPLE)]
    Project(project::Project),
    /// List, show, make, change, switch and delete keys, and say whose one is
    #[command(subcommand, after_help = key::EXAMPLE)]
    Key(key::Key),
    /// List, make and delete the keys of operators
    #[command(subcommand, after_help = operator_key::EXAMPLE)]
    OperatorKey(operator_key::OperatorKey),
    /// List, show, make, change, resume and delete webhooks, and see what was sent to them
    #[command(subcommand, after_help = webhook::EXAMPLE)]
    Webhook(webhook::Webhook),
    /// List what happened to keys
    #[command(after_help = events::EXAMPLE)]
    Events(events::Events),
    /// List what was done, and by whom
    #[command(after_help = audit::EXAMPLE)]
    Audit(audit::Audit),
    /// Say what will happen to idle keys, and show and move the clock of an environment
    #[command(subcommand, after_help = lifecycle::EXAMPLE)]
    Lifecycle(lifecycle::Lifecycle),
}

/// What every command that manages a server reads, for the end of its help.
const VARIABLES: &str = "Environment:
  CHAVEIRO_URL             The server [default: http://127.0.0.1:8800]
  CHAVEIRO_ADMIN_KEY       The admin key that is used
  CHAVEIRO_ADMIN_KEY_FILE  A file that holds it instead";

/// The command line with these variables in the help of all that manages a server.
pub(crate) fn with_variables(command_line: clap::Command) -> clap::Command {
    command_line.mut_subcommands(|command| {
        if Managed::has_subcommand(command.get_name()) { naming(command) } else { command }
    })
}

fn naming(command: clap::Command) -> clap::Command {
    let before = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
    command.mut_subcommands(naming).after_help(format!("{before}{VARIABLES}"))
}

/// Runs a command against the server that the environment names.
pub(crate) fn run(
    managed: &Managed,
    env: &BTreeMap<String, String>,
    input: &mut (impl BufRead + IsTerminal),
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    match attempt(managed, env, input, out, err) {
        Ok(()) => Exit::Done,
        Err(Failure { exit, sentence }) => {
            let _ = writeln!(err, "{sentence}");
            exit
        }
    }
}

fn attempt(
    managed: &Managed,
    env: &BTreeMap<String, String>,
    input: &mut (impl BufRead + IsTerminal),
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let call = match managed {
        Managed::Realm(realm) => realm.call()?,
        Managed::Account(account) => account.call()?,
        Managed::Project(project) => project.call()?,
        Managed::Key(key) => key.call(input, err)?,
        Managed::OperatorKey(key) => key.call()?,
        Managed::Webhook(webhook) => webhook.call()?,
        Managed::Events(events) => events.call()?,
        Managed::Audit(audit) => audit.call()?,
        Managed::Lifecycle(lifecycle) => match lifecycle.doing()? {
            Doing::Call(call) => *call,
            Doing::Calls(calls) => {
                return calls.run(&connected(Settings::read(env)?, err)?, out, err);
            }
        },
    };
    let settings = Settings::read(env)?;
    if let Some(question) = call.question.as_ref().filter(|_| call.rehearsal.is_none()) {
        agree(question, input, err)?;
    }
    let client = connected(settings, err)?;
    if let Some(rehearsal) = &call.rehearsal
        && !rehearse(&client, rehearsal, call.question.as_deref(), input, out, err)?
    {
        return Ok(());
    }
    let mut answer = match call.pages {
        Pages::One => client.send(&call)?,
        Pages::All => pages::all(&client, &call, err)?,
    };
    if let Some(path) = call.about.clone().filter(|_| !call.json) {
        // What was asked for is there: without this it is shown as well, in fewer words.
        let about = client.send(&Call::get(path, call.json, call.show));
        answer.value["about"] = about.map(|about| about.value).unwrap_or_default();
    }
    print(&call, &answer, out, err)
}

/// A client with these settings, and what there is to say of them.
fn connected(settings: Settings, err: &mut dyn Write) -> Result<Client, Failure> {
    if let Some(note) = settings.note() {
        let _ = writeln!(err, "{note}");
    }
    Client::new(settings)
}

/// Shows what would be done; says whether there is something, and somebody wants it.
fn rehearse(
    client: &Client,
    rehearsal: &Call,
    question: Option<&str>,
    input: &mut (impl BufRead + IsTerminal),
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<bool, Failure> {
    let answer = client.send(rehearsal)?;
    if answer.value["changed"] == 0 {
        print(rehearsal, &answer, out, err)?;
        return Ok(false);
    }
    let (mut table, mut notes) = (Vec::new(), Vec::new());
    // Memory takes everything; what a terminal does not take, nobody agrees to.
    let _ = (rehearsal.show)(&answer.value, &mut table, &mut notes);
    let _ = err.write_all(&table).and_then(|()| err.write_all(&notes));
    agree(question.unwrap_or("Change these?"), input, err).map(|()| true)
}

/// Only a person is asked. A program cannot answer, so whoever wrote it says --yes.
fn agree(
    question: &str,
    input: &mut (impl BufRead + IsTerminal),
    err: &mut dyn Write,
) -> Result<(), Failure> {
    if input.is_terminal() {
        confirm(question, input, err)
    } else {
        Err(Failure::usage("Nothing was changed, and nobody is there to be asked: give --yes."))
    }
}

fn confirm(question: &str, input: &mut dyn BufRead, err: &mut dyn Write) -> Result<(), Failure> {
    let _ = write!(err, "{question} Type yes: ").and_then(|()| err.flush());
    let mut line = String::new();
    let read = input.read_line(&mut line);
    if read.is_ok() && line.trim() == "yes" {
        Ok(())
    } else {
        Err(Failure::refused("Nothing was changed: answer yes, or give --yes."))
    }
}

fn print(
    call: &Call,
    answer: &Answer,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let printed = if call.json {
        writeln!(out, "{}", answer.text)
    } else {
        (call.show)(&answer.value, out, err)
    };
    // A secret that nobody received is lost, so this must not pass for success.
    printed.and_then(|()| out.flush()).map_err(|error| {
        Failure::refused(format!(
            "The server did it, but its answer could not be written ({error}): look at what it holds now."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_yes_is_yes() {
        let check = |typed: &str, done: bool| {
            let mut err = Vec::new();
            let answer = confirm("Delete it?", &mut typed.as_bytes(), &mut err);
            assert_eq!(answer.is_ok(), done, "{typed:?}");
            assert_eq!(err, b"Delete it? Type yes: ");
        };
        check("yes\n", true);
        for typed in ["", "\n", "y\n", "YES\n", "no\n", "yes please\n"] {
            check(typed, false);
        }
    }
}
