//! `cargo xtask test`: the one command that takes a fresh clone to a tested one.
//!
//! Must not skip a test because something is missing: it installs what is missing, or says what to
//! install and stops.

use crate::{clients, process, programs, workspace};
use anyhow::{Context, Result, anyhow};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ExitCode, ExitStatus, Stdio};

pub(super) fn run(arguments: &[String]) -> Result<ExitCode> {
    let root = workspace::root();
    programs::ensure()?;
    let clients = clients::ensure(&root)?;
    // Black-box tests of other crates start this binary; cargo would not build it for them.
    process::run(
        &mut process::cargo(&root, ["build", "--locked", "--package", "server"]),
        "mend the server's build first",
    )?;
    let mut cargo = process::cargo(&root, ["test", "--locked", "--no-fail-fast"]);
    if !names_a_package(arguments) {
        cargo.arg("--workspace");
    }
    cargo.args(arguments).env(clients::VARIABLE, &clients).stdout(Stdio::piped());
    process::show(&cargo);
    let mut child = cargo.spawn().context("cargo could not be started; is it on the PATH?")?;
    let output = child.stdout.take().ok_or_else(|| anyhow!("cargo's output can't be read."))?;
    let tally = pass_through(output, &mut std::io::stdout().lock())?;
    let status = child.wait().context("cargo's end could not be awaited; run it again")?;
    println!("{}", summary(&tally, status));
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Somebody who names packages does not want the whole workspace.
fn names_a_package(arguments: &[String]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

/// Copies the output line by line and adds up the closing lines of the test binaries.
fn pass_through(from: impl Read, to: &mut impl Write) -> Result<Tally> {
    let mut from = BufReader::new(from);
    let mut tally = Tally::default();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).context("cargo's output broke off; run it again")? > 0 {
        to.write_all(&line).context("standard output is closed; run it again")?;
        tally.add(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(tally)
}

/// What all test binaries together reported.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    binaries: usize,
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Tally {
    /// Reads one line of the form `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) =
            line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        self.binaries += 1;
        for count in counts.split(';') {
            let mut words = count.split_whitespace();
            let (Some(number), Some(kind)) = (words.next(), words.next()) else { continue };
            let number = number.parse::<usize>().unwrap_or(0);
            match kind {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

fn summary(tally: &Tally, status: ExitStatus) -> String {
    let Tally { binaries, passed, failed, ignored } = tally;
    let counts = format!(
        "{passed} passed, {failed} failed, {ignored} ignored, in {binaries} test binaries."
    );
    if status.success() {
        counts
    } else if *failed > 0 {
        format!(
            "{counts} The failures are named above; run one alone with `cargo xtask test <name>`."
        )
    } else {
        format!("{counts} Cargo itself ended badly; its message above says why.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_added_up_and_everything_is_passed_through() {
        let text = "test a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s\n\
            noise \u{2713}\n\
            test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n";
        let mut copy = Vec::new();
        let tally = pass_through(text.as_bytes(), &mut copy).expect("reading memory works");
        assert_eq!(copy, text.as_bytes());
        assert_eq!(tally, Tally { binaries: 2, passed: 4, failed: 2, ignored: 1 });
    }

    #[test]
    fn a_named_package_replaces_the_whole_workspace() {
        let check = |arguments: &[&str], expected: bool| {
            let owned: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            assert_eq!(names_a_package(&owned), expected, "{arguments:?}");
        };
        check(&[], false);
        check(&["rotation"], false);
        check(&["-p", "domain"], true);
        check(&["--package=domain"], true);
        check(&["--", "-p"], false);
    }
}
