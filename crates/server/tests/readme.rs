//! The README keeps its word: its session, pasted line by line, gives the answers it shows.
//!
//! Ports and folders are moved so that tests can run beside each other, and the binary under test
//! stands for `cargo run --release --`. Nothing else of a block is changed.

#![allow(clippy::panic, reason = "tests fail by panicking")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::ports;

/// A block of shell lines and the answer shown below it, if one is shown.
struct Step {
    shell: String,
    shown: Option<String>,
}

#[test]
fn the_session_of_the_readme_gives_the_answers_that_it_shows() {
    let steps = steps(&readme());
    assert!(steps.iter().filter(|step| step.shown.is_some()).count() >= 7, "blocks went missing");
    let folder = tempfile::tempdir().expect("a folder");
    let outputs = run(&steps, folder.path(), ports::free_base());
    assert_eq!(outputs.len(), steps.len(), "the session broke off: {outputs:?}");
    for (step, output) in steps.iter().zip(&outputs) {
        if let Some(shown) = &step.shown {
            let fits = fits(shown.trim(), output.trim());
            assert!(fits, "\n{}\nis shown as\n{shown}\nand gave\n{output}", step.shell);
        }
    }
}

#[test]
fn an_answer_that_differs_is_noticed() {
    assert!(fits("a…c", "abbc") && fits("200", "200") && fits("…", ""));
    assert!(!fits("a…c", "abbd") && !fits("200", "401") && !fits("a…b…", "ba"));
}

fn readme() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    std::fs::read_to_string(path).expect("the README")
}

/// The blocks of "Try it", without the first, which runs in the foreground for people.
fn steps(readme: &str) -> Vec<Step> {
    let (_, section) = readme.split_once("## Try it").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    let mut steps: Vec<Step> = Vec::new();
    let mut blocks = section.split("```");
    // Text and blocks alternate.
    while let (Some(_), Some(block)) = (blocks.next(), blocks.next()) {
        let (kind, text) = block.split_once('\n').expect("a block has lines");
        match (kind, steps.last_mut()) {
            ("sh", _) => steps.push(Step { shell: text.to_owned(), shown: None }),
            (_, Some(step)) => step.shown = Some(text.to_owned()),
            (_, None) => panic!("an answer without a question: {text}"),
        }
    }
    steps.remove(0);
    steps
}

/// Runs all blocks in one shell, as a reader would, and returns what each printed.
fn run(steps: &[Step], folder: &Path, base: u16) -> Vec<String> {
    const END: &str = "=== end of block ===";
    let binary = env!("CARGO_BIN_EXE_chaveiro");
    let quickstart =
        format!("{binary} quickstart --port-base {base} --data {}/data", folder.display());
    let mut script = format!("export CHAVEIRO_URL=http://127.0.0.1:{base}\n");
    for step in steps {
        let mut shell = step.shell.replace("cargo run --release -- quickstart", &quickstart);
        shell = shell.replace("cargo run -q --release --", binary);
        for offset in 0..5 {
            let shown = format!("127.0.0.1:{}", 8_800 + offset);
            shell = shell.replace(&shown, &format!("127.0.0.1:{}", base + offset));
        }
        script.push_str(&format!("{shell}\nprintf '%s\\n' '{END}'\n"));
    }
    script.push_str("kill %1; wait\n");
    let output = Command::new("bash")
        .args(["-m", "-c", &script])
        .current_dir(folder)
        .output()
        .expect("bash runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut outputs: Vec<String> = text.split(END).map(str::to_owned).collect();
    outputs.pop();
    outputs
}

/// Whether the output is what is shown, where `…` stands for anything.
fn fits(shown: &str, output: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| output.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
