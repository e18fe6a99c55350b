//! What a run of the rules has to say, for people and for programs.
//!
//! Must not judge: it sorts, counts and prints.

use super::{Findings, Violation};
use serde_json::json;
use std::fmt::Write as _;

/// The outcome of all rules.
#[derive(Default)]
pub(crate) struct Report {
    passed: usize,
    failed: usize,
    violations: Vec<(Violation, &'static str)>,
    notes: Vec<String>,
}

impl Report {
    pub(super) fn add(&mut self, rule: &'static str, findings: Findings) {
        if findings.violations.is_empty() {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        self.violations.extend(findings.violations.into_iter().map(|found| (found, rule)));
        self.violations.sort();
        self.notes.extend(findings.notes.into_iter().map(|note| format!("{rule}: {note}")));
    }

    /// Whether no rule was broken.
    pub(crate) fn is_clean(&self) -> bool {
        self.failed == 0
    }

    /// One line per violation and a closing line.
    pub(crate) fn to_text(&self, verbose: bool) -> String {
        let mut text = String::new();
        for (Violation { path, line, what, why, fix }, rule) in &self.violations {
            // Writing to a String can't fail.
            let _ = writeln!(text, "{path}:{line}: {what}; {why}; {fix} [{rule}]");
        }
        for note in self.notes.iter().filter(|_| verbose) {
            let _ = writeln!(text, "note: {note}");
        }
        let _ = writeln!(text, "{} passed, {} failed", self.passed, self.failed);
        text
    }

    /// The same as one line of JSON.
    pub(crate) fn to_json(&self) -> String {
        let violations: Vec<_> = self
            .violations
            .iter()
            .map(|(found, rule)| {
                let Violation { path, line, what, why, fix } = found;
                json!({"rule": rule, "path": path, "line": line, "what": what, "why": why, "fix": fix})
            })
            .collect();
        json!({
            "passed": self.passed,
            "failed": self.failed,
            "violations": violations,
            "notes": self.notes,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Report {
        let at = |path: &str, line| {
            Violation::new(path, line, "is odd".into(), "odd is bad", "mend it".into())
        };
        let mut report = Report::default();
        report.add("second", vec![at("b.rs", 2), at("b.rs", 1)].into());
        report.add("first", vec![at("a.rs", 7)].into());
        report
            .add("third", Findings { notes: vec!["nothing to see".into()], ..Findings::default() });
        report
    }

    #[test]
    fn lines_are_sorted_by_place_and_the_last_one_counts_rules() {
        assert_eq!(
            sample().to_text(false),
            "a.rs:7: is odd; odd is bad; mend it [first]\n\
             b.rs:1: is odd; odd is bad; mend it [second]\n\
             b.rs:2: is odd; odd is bad; mend it [second]\n\
             1 passed, 2 failed\n"
        );
    }

    #[test]
    fn notes_are_shown_only_when_asked_for() {
        assert!(!sample().to_text(false).contains("nothing to see"));
        assert!(sample().to_text(true).contains("note: third: nothing to see"));
    }

    #[test]
    fn json_carries_the_same() {
        let value: serde_json::Value =
            serde_json::from_str(&sample().to_json()).expect("it is JSON");
        assert_eq!(value["failed"], 2);
        assert_eq!(value["violations"][0]["path"], "a.rs");
        assert_eq!(value["violations"][2]["rule"], "second");
    }
}
