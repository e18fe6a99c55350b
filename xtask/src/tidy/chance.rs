//! Rule: time and chance are arguments; below the edge nothing asks a clock or the system's generator.
//!
//! Must not trust attributes: clippy forbids the same calls, and this rule sees where it was told to look away.

use super::pieces::{Piece, double_colon};
use super::{Findings, Tree, Violation};

pub(super) fn check(tree: &Tree) -> Findings {
    let mut violations = Vec::new();
    for (file, rust) in tree.sources() {
        let Some(name) = file.crate_of_source() else { continue };
        if OWN_A_CLOCK.contains(&name) {
            continue;
        }
        for at in 0..rust.pieces.len() {
            if let Some((what, fix)) = offence(&rust.pieces, at) {
                violations.push(Violation::new(
                    &file.path,
                    rust.pieces[at].line,
                    format!("names `{what}`"),
                    "tests and simulations move time and chance, so both are arguments below the edge",
                    fix.into(),
                ));
            }
        }
    }
    violations.into()
}

/// What is wrong with the path that begins at this piece.
fn offence(pieces: &[Piece], at: usize) -> Option<(String, &'static str)> {
    let piece = &pieces[at];
    if !double_colon(pieces, at + 1) {
        // `use rand;` and `use rand as r;` have no colons.
        let imported = at > 0 && pieces[at - 1].is_word("use");
        return GENERATORS
            .iter()
            .find(|word| imported && piece.is_word(word))
            .map(|word| (format!("use {word}"), TAKE_ENTROPY));
    }
    if let Some(clock) = CLOCKS.iter().find(|word| piece.is_word(word)) {
        let asks = pieces.get(at + 3).is_some_and(|next| next.is_word("now"));
        return asks.then(|| (format!("{clock}::now"), TAKE_NOW));
    }
    // `self::rand::…` and `other::rand::…` are somebody's own module.
    let begins_path = at < 2 || !double_colon(pieces, at - 2) || at < 3 || is_global(pieces, at);
    GENERATORS
        .iter()
        .find(|word| begins_path && piece.is_word(word))
        .map(|word| (format!("{word}::"), TAKE_ENTROPY))
}

/// Whether the `::` before this piece opens a path, as in `::rand::random()`.
fn is_global(pieces: &[Piece], at: usize) -> bool {
    !matches!(pieces[at - 3].kind, super::pieces::Kind::Word(_)) || pieces[at - 3].is_word("use")
}

const OWN_A_CLOCK: [&str; 2] = ["server", "testkit"];
const CLOCKS: [&str; 4] = ["SystemTime", "Instant", "Timestamp", "Zoned"];
const GENERATORS: [&str; 2] = ["getrandom", "rand"];
const TAKE_NOW: &str = "take `now: Timestamp`";
const TAKE_ENTROPY: &str = "take `&mut dyn Entropy`";

#[cfg(test)]
mod tests {
    use super::super::probe::{accepts, rejects};
    use super::*;

    #[test]
    fn clocks_and_generators_are_rejected_even_behind_an_allow() {
        for line in [
            "let now = SystemTime::now();",
            "let now = std::time::Instant::now();",
            "let now = jiff::Timestamp::now();",
            "let clock = Zoned::now;",
            "getrandom::fill(&mut buffer);",
            "let x: u8 = ::rand::random();",
            "use rand::Rng;",
            "use rand as chance;",
        ] {
            let text = format!("#[allow(clippy::disallowed_methods)]\nfn f() {{\n{line}\n}}\n");
            rejects(check, "crates/engine/src/verify.rs", &text, &[3]);
        }
    }

    #[test]
    fn tests_inside_a_crate_own_no_clock_either() {
        let text = "#[cfg(test)]\nmod tests {\n    fn t() { Instant::now(); }\n}\n";
        rejects(check, "crates/store_sqlite/src/lib.rs", text, &[3]);
    }

    #[test]
    fn the_edge_and_integration_tests_may_ask() {
        for path in [
            "crates/server/src/clock.rs",
            "crates/testkit/src/world.rs",
            "crates/store_sqlite/tests/kill.rs",
            "xtask/src/main.rs",
        ] {
            accepts(check, path, "fn f() { Instant::now(); getrandom::fill(b); }");
        }
    }

    #[test]
    fn comments_and_likenesses_are_accepted() {
        let text = "//! Never calls Instant::now.\n/// Nor rand::random.\n\
            fn f(now: Timestamp) { now.add(strand::X); Timestamp::from_millis(1); own::rand::x(); }";
        accepts(check, "crates/domain/src/time.rs", text);
    }
}
