//! The checks that hold the house; each rule is a pure function of the tree in its own file.
//!
//! Must not read the disk anywhere but in [`Tree::read`], so that every rule can be shown a mutant.

mod arrows;
mod banned_words;
mod chance;
mod command_files;
mod length;
mod module_docs;
mod pieces;
#[cfg(test)]
mod probe;
mod refusal_matches;
mod report;
mod syntax;
mod tree;
mod unsafe_home;
mod wire_names;
mod wire_pages;

pub(crate) use report::Report;
pub(crate) use tree::Tree;

/// One rule: a name to find it by and the function that judges the whole tree.
struct Rule {
    name: &'static str,
    check: fn(&Tree) -> Findings,
}

/// A place that breaks a rule. The three texts make one line: what, why, what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: String,
    line: usize,
    what: String,
    why: String,
    fix: String,
}

impl Violation {
    fn new(path: &str, line: usize, what: String, why: &str, fix: String) -> Self {
        Self { path: path.to_owned(), line, what, why: why.to_owned(), fix }
    }
}

/// What a rule found; a note is not a failure, it says what could not be judged.
#[derive(Default)]
struct Findings {
    violations: Vec<Violation>,
    notes: Vec<String>,
}

impl From<Vec<Violation>> for Findings {
    fn from(violations: Vec<Violation>) -> Self {
        Self { violations, notes: Vec::new() }
    }
}

/// Judges the tree by every rule.
pub(crate) fn run(tree: &Tree) -> Report {
    let mut report = Report::default();
    for rule in &RULES {
        report.add(rule.name, (rule.check)(tree));
    }
    report
}

const RULES: [Rule; 11] = [
    Rule { name: "arrows", check: arrows::check },
    Rule { name: "banned-words", check: banned_words::check },
    Rule { name: "chance", check: chance::check },
    Rule { name: "command-files", check: command_files::check },
    Rule { name: "length", check: length::check },
    Rule { name: "module-docs", check: module_docs::check },
    Rule { name: "refusal-matches", check: refusal_matches::check },
    Rule { name: "syntax", check: syntax::check },
    Rule { name: "unsafe-home", check: unsafe_home::check },
    Rule { name: "wire-names", check: wire_names::check },
    Rule { name: "wire-pages", check: wire_pages::check },
];
