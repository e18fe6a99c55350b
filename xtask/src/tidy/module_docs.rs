//! Rule: every source file opens by saying what it is for, and what it must not do.
//!
//! Must not judge the prose; it asks for one full sentence before anything else.

use super::{Findings, Tree, Violation};

pub(super) fn check(tree: &Tree) -> Findings {
    let mut violations = Vec::new();
    for file in tree.files().filter(|file| file.path.ends_with(".rs")) {
        if !opens_with_a_sentence(&file.text) {
            violations.push(Violation::new(
                &file.path,
                1,
                format!(
                    "does not open with `//!` and {SENTENCE} letters or more of full sentences"
                ),
                "a reader should know at once what the file is for and what it must not do",
                "say both in its first lines".into(),
            ));
        }
    }
    violations.into()
}

/// Looks at the inner documentation, which has to start on the first line.
fn opens_with_a_sentence(text: &str) -> bool {
    let lines: Vec<&str> =
        text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let words = lines.join(" ");
    words.trim().chars().count() >= SENTENCE && words.contains(['.', '?', '!'])
}

const SENTENCE: usize = 40;

#[cfg(test)]
mod tests {
    use super::super::probe::{accepts, rejects};
    use super::*;

    #[test]
    fn a_file_without_opening_words_is_rejected() {
        let long = "Words that go on for a while without ever coming to an end";
        for opening in [
            String::new(),
            "use std::fmt;".into(),
            "//! Too short.".into(),
            format!("//! {long}\n//! and on"),
            format!("\n//! {long}."),
            format!("// {long}."),
            format!("/// {long}."),
        ] {
            rejects(check, "crates/a/src/lib.rs", &opening, &[1]);
        }
    }

    #[test]
    fn sentences_may_take_several_lines() {
        accepts(
            check,
            "crates/a/src/lib.rs",
            "//! Cuts keys.\n//!\n//! Must not file them anywhere.\n",
        );
        accepts(
            check,
            "crates/a/src/lib.rs",
            "//! Where keys are cut\n//! and where they are filed away.\n",
        );
    }

    #[test]
    fn other_files_need_no_such_opening() {
        accepts(check, "README.md", "# Hello");
    }
}
