//! `cargo xtask <command>`: every chore of the project, in Rust, so that a clone needs nothing else.
//!
//! Must not depend on any of our crates: the chores have to run while those are broken.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks by printing"
)]

mod bench;
mod clients;
mod commands;
mod process;
mod programs;
mod tidy;
mod wire;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", commands::help());
        return ExitCode::SUCCESS;
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", commands::help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = commands::find(name) else {
        eprintln!("There is no command `{name}`; run `cargo xtask` to see those there are.");
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
