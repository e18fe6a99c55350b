//! Starts other programs, showing each command line before it runs.
//!
//! Must not hide a failure: a program that can't start or ends badly is an error in one sentence.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// The cargo that started us, so that a chore never mixes toolchains; it runs in `root`.
pub(crate) fn cargo<I, S>(root: &Path, arguments: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    command
}

/// Runs a command to its end; `next` completes the sentence of a failure with what to do.
pub(crate) fn run(command: &mut Command, next: &str) -> Result<()> {
    let line = show(command);
    let status = command
        .status()
        .with_context(|| format!("`{line}` could not be started; is the program installed?"))?;
    if !status.success() {
        bail!("`{line}` failed; {next}.");
    }
    Ok(())
}

/// Runs a command to its end and gives what it wrote to standard output; `next` completes the sentence
/// of a failure with what to do.
pub(crate) fn output(command: &mut Command, next: &str) -> Result<String> {
    let line = show(command);
    let done = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{line}` could not be started; is the program installed?"))?;
    if !done.status.success() {
        bail!("`{line}` failed; {next}.");
    }
    String::from_utf8(done.stdout).with_context(|| format!("`{line}` did not write text"))
}

/// Prints the command line as one could type it, and returns it.
pub(crate) fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line =
        program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    eprintln!("$ {line}");
    line
}

/// Whether the command starts and ends well; its output is dropped.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
