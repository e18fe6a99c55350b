//! `cargo xtask dev`: the quickstart from source, in a debug build, with its data in `target/dev`.
//!
//! Must not configure anything: what the quickstart does is the server's business.

use crate::{process, workspace};
use anyhow::Result;
use std::process::ExitCode;

pub(super) fn run(arguments: &[String]) -> Result<ExitCode> {
    let root = workspace::root();
    let data = root.join("target").join("dev");
    let base = port_base(arguments);
    // On standard error: with --json, standard output belongs to the server.
    eprintln!("Data: {}. Control plane: http://127.0.0.1:{base}/.", data.display());
    eprintln!("It prints keys and curl lines when it is ready; stop it with Ctrl-C.");
    let mut server = process::cargo(&root, ["run", "--locked", "--package", "server", "--"]);
    server.arg("quickstart").arg("--data").arg(&data).args(arguments);
    process::run(&mut server, "its own message above says why")?;
    Ok(ExitCode::SUCCESS)
}

/// The port of the control plane, read from the arguments that go through to the server.
fn port_base(arguments: &[String]) -> &str {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--port-base" {
            return rest.next().map_or(DEFAULT_PORT_BASE, String::as_str);
        }
        if let Some(value) = argument.strip_prefix("--port-base=") {
            return value;
        }
    }
    DEFAULT_PORT_BASE
}

const DEFAULT_PORT_BASE: &str = "8800";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_taken_from_either_spelling_and_has_a_default() {
        let check = |arguments: &[&str], expected: &str| {
            let owned: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            assert_eq!(port_base(&owned), expected, "{arguments:?}");
        };
        check(&[], "8800");
        check(&["--json"], "8800");
        check(&["--port-base", "9800"], "9800");
        check(&["--port-base=9800", "--json"], "9800");
    }
}
