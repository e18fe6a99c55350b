//! The binary `chaveiro`: reads its command line and hands over to one file per command.
//!
//! Must not hold a command's work; it knows the names alone.

mod bells;
mod clock;
mod commands;
mod config;
mod deliverer;
mod entropy;
mod eraser;
mod example_upstream;
mod gateways;
mod identity;
mod key_sweeper;
mod letter_writer;
mod limit_sweeper;
mod listen;
mod logging;
mod mailer;
mod own_addresses;
mod reload;
mod senders;
mod sighter;
mod stop;
mod tls;
mod wiring;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

/// Many small allocations of many threads are what this server makes; mimalloc is quick at those.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted authority for API keys.
#[derive(Debug, Parser)]
#[command(name = "chaveiro", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run two example APIs behind a server on loopback, to be tried in minutes
    Quickstart(commands::quickstart::Args),
    /// Run the server
    Serve(commands::serve::Args),
    /// Make the first operator keys of a server that is not running, or one more admin key
    Init(commands::init::Args),
    /// Read and explain the configuration, or name each fault with its line
    Check(commands::check::Args),
    /// Say what is wrong with a key's text, or of which API it is, offline
    Explain(commands::explain::Args),
    /// Try out the mail server of the configuration
    #[command(subcommand)]
    Mail(commands::mail::Mail),
    /// Print a script that completes commands and options in a shell
    Completions(commands::completions::Args),
    #[command(flatten)]
    Manage(commands::manage::Managed),
}

fn main() -> ExitCode {
    let described = commands::manage::with_variables(CommandLine::command());
    let read = described.try_get_matches().and_then(|found| CommandLine::from_arg_matches(&found));
    let command_line = match read {
        Ok(command_line) => command_line,
        Err(error) => return commands::misread(&error).into(),
    };
    let env = commands::environment();
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    let exit = match command_line.command {
        Command::Check(args) => commands::check::run(&args, &env, &mut out, &mut err),
        Command::Explain(args) => {
            let mut input = std::io::stdin().lock();
            commands::explain::run(&args, &env, &mut input, &mut out, &mut err)
        }
        Command::Completions(args) => {
            commands::completions::run(&args, CommandLine::command(), &mut out, &mut err)
        }
        Command::Mail(mail) => commands::mail::run(&mail, &env, &mut out, &mut err),
        Command::Manage(managed) => {
            let mut input = std::io::stdin().lock();
            commands::manage::run(&managed, &env, &mut input, &mut out, &mut err)
        }
        // These run for long and log from many threads, so they may not hold the streams.
        Command::Quickstart(args) => {
            drop((out, err));
            commands::ended(commands::quickstart::run(&args, &env))
        }
        Command::Serve(args) => {
            drop((out, err));
            commands::ended(commands::serve::run(&args, &env))
        }
        Command::Init(args) => {
            drop((out, err));
            commands::ended(commands::init::run(&args, &env))
        }
    };
    exit.into()
}
