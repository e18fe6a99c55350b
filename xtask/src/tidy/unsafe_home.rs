//! Rule: `unsafe` is written in one crate, which exists for it and holds nothing else.
//!
//! Must not trust the lint alone: a crate could leave the workspace's lints out of its manifest.

use super::{Findings, Tree, Violation};

pub(super) fn check(tree: &Tree) -> Findings {
    let mut violations = Vec::new();
    for (file, rust) in tree.sources() {
        if file.path.starts_with(HOME) {
            continue;
        }
        for piece in rust.pieces.iter().filter(|piece| piece.is_word("unsafe")) {
            violations.push(Violation::new(
                &file.path,
                piece.line,
                "says `unsafe`".to_owned(),
                "whoever looks for what no compiler checks has to find all of it in one place",
                format!("write it without, or in `{HOME}` with its reason"),
            ));
        }
    }
    violations.into()
}

const HOME: &str = "crates/memory/";

#[cfg(test)]
mod tests {
    use super::super::probe::{accepts, rejects};
    use super::*;

    const TEXT: &str = "fn f(at: *const u8) -> u8 {\n    unsafe { *at }\n}\n";

    #[test]
    fn unsafe_is_rejected_everywhere_but_at_home() {
        rejects(check, "crates/engine/src/keyring/slot.rs", TEXT, &[2]);
        rejects(check, "crates/server/tests/listen.rs", TEXT, &[2]);
        rejects(check, "xtask/src/main.rs", TEXT, &[2]);
        accepts(check, "crates/memory/src/lib.rs", TEXT);
    }

    #[test]
    fn words_about_it_are_accepted() {
        accepts(
            check,
            "crates/engine/src/lib.rs",
            "//! No unsafe here.\nconst W: &str = \"unsafe\";",
        );
    }
}
