//! Rule: the names that customers see on the wire live in `crates/dialects` and nowhere else.
//!
//! Must not read comments or tests: both have to be able to talk about the wire.

use super::pieces::Kind;
use super::{Findings, Tree, Violation};

pub(super) fn check(tree: &Tree) -> Findings {
    let mut violations = Vec::new();
    for (file, rust) in tree.sources() {
        let Some(name) = file.crate_of_source() else { continue };
        if SPEAK_THE_WIRE.contains(&name) || rust.is_test {
            continue;
        }
        for piece in rust.pieces.iter().filter(|piece| !piece.is_test) {
            let Kind::Text(text) = &piece.kind else { continue };
            if let Some(word) = WIRE_NAMES.iter().find(|word| is_in(word, text)) {
                violations.push(Violation::new(
                    &file.path,
                    piece.line,
                    format!("has the wire name `{word}` in a string"),
                    "a dialect is one folder, so nothing else may know how it speaks",
                    "move it to crates/dialects and ask the dialect for it".into(),
                ));
            }
        }
    }
    violations.into()
}

/// Names without a capital are compared without regard to case, since header names are.
fn is_in(word: &str, text: &str) -> bool {
    if word.contains(char::is_uppercase) {
        text.contains(word)
    } else {
        text.to_ascii_lowercase().contains(word)
    }
}

const SPEAK_THE_WIRE: [&str; 2] = ["dialects", "testkit"];
const WIRE_NAMES: [&str; 8] = [
    "access_token",
    "x-project-id",
    "READ_WRITE",
    "ACCESS_TOKEN_",
    "aact_",
    "ASA_",
    "insufficient_permission",
    "not_allowed_ip",
];

#[cfg(test)]
mod tests {
    use super::super::probe::{accepts, rejects};
    use super::*;

    #[test]
    fn each_wire_name_is_rejected_in_a_string_outside_the_dialects() {
        for word in WIRE_NAMES.into_iter().chain(["$aact_", "X-Project-Id"]) {
            for literal in
                [format!("\"a {word} z\""), format!("b\"{word}\""), format!("r#\"{word}\"#")]
            {
                let text = format!("fn f() {{\n    g({literal});\n}}\n");
                rejects(check, "crates/engine/src/verify.rs", &text, &[2]);
            }
        }
    }

    #[test]
    fn attributes_are_code_too() {
        let text = "struct A {\n    #[serde(rename = \"access_token\")]\n    a: u8,\n}\n";
        rejects(check, "crates/doors/src/rest.rs", text, &[2]);
    }

    #[test]
    fn dialects_and_tests_and_comments_may_name_them() {
        let text = "fn f() { g(\"access_token\"); }";
        for path in [
            "crates/dialects/src/asaas/extract.rs",
            "crates/testkit/src/actors.rs",
            "crates/engine/tests/verify.rs",
            "crates/engine/benches/verify.rs",
            "xtask/src/main.rs",
        ] {
            accepts(check, path, text);
        }
        let text = "//! About \"access_token\".\n/// `\"ASA_\"`\nfn f() {}\n\
            #[cfg(test)]\nmod tests { fn t() { g(\"access_token\"); } }\n";
        accepts(check, "crates/engine/src/verify.rs", text);
    }
}
