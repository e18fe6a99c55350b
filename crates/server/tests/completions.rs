//! `chaveiro completions`: scripts that shells accept and that know every command.
//!
//! Must not repeat the list of commands: it is read from the help.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::process::Command;

use support::binary;
use support::finished::{run, run_with};

/// The names that `chaveiro --help` lists.
fn commands() -> Vec<String> {
    let help = run(binary().arg("--help")).out;
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    // What goes on in a second line is indented further than a name.
    let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|at| !at.starts_with(' ')));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The script for a shell, which has to name every command and what stands below some of them.
#[track_caller]
fn check(shell: &str) -> String {
    let made = run(binary().args(["completions", shell]));
    assert_eq!((made.code, made.err.as_str()), (Some(0), ""));
    let words: Vec<_> =
        made.out.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').collect();
    let commands = commands();
    assert!(commands.len() > 8, "{commands:?}");
    for name in commands.iter().map(String::as_str).chain(["create", "disable"]) {
        assert!(words.contains(&name), "{shell}: no {name}");
    }
    made.out
}

#[test]
fn the_script_for_bash_knows_every_command_and_bash_accepts_it() {
    let said = run_with(Command::new("bash").arg("-n"), check("bash").as_bytes());
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
}

#[test]
fn bash_completes_a_command_with_the_script() {
    let script = check("bash")
        + "\nCOMP_WORDS=(chaveiro comp); COMP_CWORD=1; _chaveiro chaveiro comp chaveiro\n\
           printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    let said = run_with(&mut Command::new("bash"), script.as_bytes());
    assert_eq!(said.out, "completions\n", "{}", said.err);
}

#[test]
fn the_scripts_for_zsh_and_fish_know_every_command() {
    assert!(check("zsh").starts_with("#compdef chaveiro\n"));
    assert!(check("fish").contains("complete -c chaveiro "));
}

#[test]
fn another_shell_is_refused_with_those_there_are() {
    let said = run(binary().args(["completions", "tcsh"]));
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    assert!(said.err.contains("bash, zsh, fish"), "{}", said.err);
}

#[test]
fn the_help_shows_where_each_script_goes() {
    let help = run(binary().args(["completions", "--help"])).out;
    for shell in ["bash", "zsh", "fish"] {
        assert!(help.contains(&format!("chaveiro completions {shell} > ")), "{help}");
    }
}

#[test]
fn a_script_that_could_not_be_written_is_told_of() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let output = binary().args(["completions", "bash"]).stdout(full).output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
}
