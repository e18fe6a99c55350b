//! How a test shows a rule a small tree: one that it must accept, or a mutant that it must reject.
//!
//! Must not run more than the one rule it was given.

use super::{Findings, Tree};

/// The places that the rule rejects in a tree made of these files, as `path:line`.
pub(super) fn places(rule: fn(&Tree) -> Findings, files: &[(&str, &str)]) -> Vec<String> {
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let mut violations = rule(&Tree::from_files(owned)).violations;
    violations.sort();
    violations.iter().map(|found| format!("{}:{}", found.path, found.line)).collect()
}

/// The rule must reject exactly these places of a single file.
#[track_caller]
pub(super) fn rejects(rule: fn(&Tree) -> Findings, path: &str, text: &str, lines: &[usize]) {
    let expected: Vec<String> = lines.iter().map(|line| format!("{path}:{line}")).collect();
    assert_eq!(places(rule, &[(path, text)]), expected, "in {text}");
}

/// The rule must find nothing in a single file.
#[track_caller]
pub(super) fn accepts(rule: fn(&Tree) -> Findings, path: &str, text: &str) {
    rejects(rule, path, text, &[]);
}
