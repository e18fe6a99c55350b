//! The table of commands; a new one is a file in `commands/` and a row here.
//!
//! Must not do the work itself: each command does its own in its own file.

mod bench;
mod check;
mod dev;
mod test;
mod tidy;
mod wire;

use anyhow::Result;
use std::fmt::Write as _;
use std::process::ExitCode;

/// One chore.
pub(crate) struct Command {
    name: &'static str,
    line: &'static str,
    example: &'static str,
    /// Takes what stands behind the command's name.
    pub(crate) run: fn(&[String]) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "tidy",
        line: "hold the house: arrows, clocks, wire names, lengths, module docs and the rest",
        example: "cargo xtask tidy --json",
        run: tidy::run,
    },
    Command {
        name: "check",
        line: "everything a change must pass before it is tested: format, lints, tidy, licences, docs",
        example: "cargo xtask check",
        run: check::run,
    },
    Command {
        name: "test",
        line: "install what the tests need where it is missing, then run them all",
        example: "cargo xtask test -p domain",
        run: test::run,
    },
    Command {
        name: "wire",
        line: "renew the pages of docs/wire from the goldens",
        example: "cargo xtask wire",
        run: wire::run,
    },
    Command {
        name: "dev",
        line: "the quickstart from source, with its data in target/dev",
        example: "cargo xtask dev --port-base 9800",
        run: dev::run,
    },
    Command {
        name: "bench",
        line: "measure decisions, the doors beside their peers, overload, and a start with a million keys",
        example: "cargo xtask bench --only verify --json target/bench.json",
        run: bench::run,
    },
];

/// The command of that name.
pub(crate) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

/// What `cargo xtask` prints when asked for nothing.
pub(crate) fn help() -> String {
    let mut text = String::from("cargo xtask <command>\n\n");
    for command in COMMANDS {
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "  {:<6} {}\n         {}\n",
            command.name, command.line, command.example
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_shows_a_line_and_an_example_for_every_command() {
        let text = help();
        for command in COMMANDS {
            assert!(
                text.contains(command.line) && text.contains(command.example),
                "{}",
                command.name
            );
        }
    }

    #[test]
    fn a_command_is_found_by_its_name_only() {
        assert!(find("tidy").is_some());
        assert!(find("tid").is_none());
    }
}
