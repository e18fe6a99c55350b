//! The real tree passes every rule of the house; this is the check that a change meets first.
//!
//! Must not repeat the rules: their mutants stand beside them.

use std::process::Command;

#[test]
fn the_tree_holds_every_rule_of_the_house() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("tidy")
        .output()
        .expect("cargo has built the binary");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "run `cargo xtask tidy`:\n{report}");
    assert!(report.ends_with(" passed, 0 failed\n"), "{report}");
}
