//! The binary `chaveiro`: reads its command line and hands over to one file per command.
//!
//! Must not hold a command's work; it knows the names alone.

mod commands;
mod config;

use std::process::ExitCode;

use clap::Parser;

/// A self-hosted authority for API keys.
#[derive(Debug, Parser)]
#[command(name = "chaveiro", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read and explain the configuration, or name each fault with its line
    Check(commands::check::Args),
    /// Say what is wrong with a key's text, or of which API it is, offline
    Explain(commands::explain::Args),
    #[command(flatten)]
    Manage(commands::manage::Managed),
}

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let env = commands::environment();
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    let exit = match command_line.command {
        Command::Check(args) => commands::check::run(&args, &env, &mut out, &mut err),
        Command::Explain(args) => {
            let mut input = std::io::stdin().lock();
            commands::explain::run(&args, &env, &mut input, &mut out, &mut err)
        }
        Command::Manage(managed) => {
            let mut input = std::io::stdin().lock();
            commands::manage::run(&managed, &env, &mut input, &mut out, &mut err)
        }
    };
    exit.into()
}
