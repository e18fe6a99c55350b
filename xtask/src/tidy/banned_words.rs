//! Rule: no unfinished work, no host of a package registry and no path of somebody's machine in any text.
//!
//! Must not trip over itself: the words are put together from halves.

use super::{Findings, Tree, Violation};

pub(super) fn check(tree: &Tree) -> Findings {
    let mut violations = Vec::new();
    for file in tree.files() {
        for (number, line) in file.text.lines().enumerate() {
            for banned in BANNED.iter().filter(|banned| banned.is_in(line)) {
                // The lock file of cargo names its registry in every entry, by design.
                if banned.kind == Kind::RegistryHost && file.path == "Cargo.lock" {
                    continue;
                }
                let (why, fix) = banned.kind.reason();
                violations.push(Violation::new(
                    &file.path,
                    number + 1,
                    format!("says `{}`", banned.word),
                    why,
                    fix.into(),
                ));
            }
        }
    }
    violations.into()
}

struct Banned {
    word: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unfinished,
    Skipped,
    RegistryHost,
    MachinePath,
}

impl Kind {
    fn reason(self) -> (&'static str, &'static str) {
        match self {
            Self::Unfinished => (
                "what is unfinished is not merged",
                "finish it, or leave it out and say so in the docs",
            ),
            Self::Skipped => {
                ("a test that does not run guards nothing", "make it run, or delete it")
            }
            Self::RegistryHost => (
                "the tree must build behind any mirror",
                "name the package and let the client find it",
            ),
            Self::MachinePath => {
                ("nobody else has that path", "use a path inside the clone or an argument")
            }
        }
    }
}

impl Banned {
    /// A word counts where it begins by itself: not as the tail of another word or path.
    fn is_in(&self, line: &str) -> bool {
        line.match_indices(self.word).any(|(at, word)| {
            let (before, after) = (&line[..at], &line[at + word.len()..]);
            match self.kind {
                Kind::RegistryHost | Kind::Skipped => true,
                Kind::Unfinished => {
                    let goes_on = ends_in_word(word) && starts_in_word(after);
                    !ends_in_word(before) && !goes_on
                }
                Kind::MachinePath => {
                    !ends_in_word(before) && !before.ends_with(['.', '-', '}', ')', '>', '~'])
                }
            }
        })
    }
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn starts_in_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

const BANNED: [Banned; 12] = [
    Banned { word: concat!("to", "do!("), kind: Kind::Unfinished },
    Banned { word: concat!("unimple", "mented!("), kind: Kind::Unfinished },
    Banned { word: concat!("FIX", "ME"), kind: Kind::Unfinished },
    Banned { word: concat!("XX", "X"), kind: Kind::Unfinished },
    Banned { word: concat!("#[ig", "nore"), kind: Kind::Skipped },
    Banned { word: concat!("crates", ".io"), kind: Kind::RegistryHost },
    Banned { word: concat!("registry", ".npmjs"), kind: Kind::RegistryHost },
    Banned { word: concat!("pypi", ".org"), kind: Kind::RegistryHost },
    Banned { word: concat!("deb", ".debian"), kind: Kind::RegistryHost },
    Banned { word: concat!("/wo", "rk/"), kind: Kind::MachinePath },
    Banned { word: concat!("/ro", "ot/"), kind: Kind::MachinePath },
    Banned { word: concat!("/ho", "me/"), kind: Kind::MachinePath },
];

#[cfg(test)]
mod tests {
    use super::super::probe::{accepts, rejects};
    use super::*;

    #[test]
    fn each_banned_word_is_rejected_in_any_text() {
        for banned in &BANNED {
            let text = format!("fine\nhere: {} and on\n", banned.word);
            rejects(check, "docs/operating/start.md", &text, &[2]);
            rejects(check, "web/package-lock.json", &text, &[2]);
        }
    }

    #[test]
    fn the_lock_file_of_cargo_may_name_its_registry_but_no_path() {
        let host = concat!("crates", ".io");
        let path = concat!("/ho", "me/");
        accepts(check, "Cargo.lock", host);
        rejects(check, "crates/a/Cargo.lock", host, &[1]);
        rejects(check, "Cargo.lock", path, &[1]);
    }

    #[test]
    fn a_longer_word_or_path_that_ends_alike_is_accepted() {
        for text in [
            concat!("AXX", "XB"),
            concat!("XX", "XX"),
            concat!("let my_to", "do!(x)"),
            concat!("crates/ro", "ot/src"),
            concat!("https://example.com/ho", "me/page"),
            concat!("./wo", "rk/"),
        ] {
            accepts(check, "README.md", text);
        }
    }
}
