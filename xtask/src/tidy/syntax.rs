//! Rule: every source file can be parsed, for the other rules judge only what they can read.
//!
//! Must not judge what the compiler judges better; it says where reading ended.

use super::{Findings, Tree, Violation};

pub(super) fn check(tree: &Tree) -> Findings {
    let mut violations = Vec::new();
    for file in tree.files() {
        if let Some(Err(bad)) = &file.rust {
            violations.push(Violation::new(
                &file.path,
                bad.line,
                format!("is not Rust that can be parsed: {}", bad.message),
                "no other rule can judge it",
                "mend its syntax".into(),
            ));
        }
    }
    violations.into()
}

#[cfg(test)]
mod tests {
    use super::super::probe::{accepts, rejects};
    use super::*;

    #[test]
    fn a_file_that_does_not_parse_is_rejected() {
        rejects(check, "crates/a/src/lib.rs", "fn whole() {}\nfn half( {}\n", &[2]);
    }

    #[test]
    fn a_file_that_parses_is_accepted() {
        accepts(check, "crates/a/src/lib.rs", "fn whole() {}\n");
    }
}
