//! Rule: dependencies between our crates point one way, and only along the arrows drawn here.
//!
//! Must not be widened in passing: an arrow is a decision, and each row says why it stands.

mod manifest;

use super::pieces::double_colon;
use super::{Findings, Tree, Violation};
use manifest::{Dependency, Manifest, Section};

pub(super) fn check(tree: &Tree) -> Findings {
    let mut violations = Vec::new();
    let root_names = manifest::renames(tree.get("Cargo.toml").map_or("", |file| &file.text));
    for file in tree.files() {
        let Some(folder) = manifest::folder(&file.path) else { continue };
        match Manifest::parse(&file.text, &root_names) {
            Ok(found) => violations.extend(judge(&file.path, folder, &found, tree)),
            Err(message) => violations.push(Violation::new(
                &file.path,
                1,
                format!("can't be read: {message}"),
                "its arrows can't be judged",
                "mend its TOML".into(),
            )),
        }
    }
    violations.extend(named_parts(tree));
    violations.into()
}

/// Judges one manifest: its name, its arrows, and the crates of others that it may not use.
fn judge(path: &str, folder: &str, manifest: &Manifest, tree: &Tree) -> Vec<Violation> {
    let reject = |line, what, why: &str, fix| Violation::new(path, line, what, why, fix);
    let mut violations = Vec::new();
    if manifest.name != folder {
        violations.push(reject(
            1,
            format!("names its crate `{}`", manifest.name),
            "a crate is found by its folder",
            format!("name it `{folder}`"),
        ));
    }
    let Some(row) = ARROWS.iter().find(|row| row.from == folder) else {
        violations.push(reject(
            1,
            format!("`{folder}` is not in the table of arrows"),
            "nobody has decided what it may depend on",
            "add its row with the reason in xtask/src/tidy/arrows.rs".into(),
        ));
        return violations;
    };
    for Dependency { name, section, line } in &manifest.dependencies {
        let ours = ARROWS.iter().any(|row| row.from == name)
            || tree.get(&format!("crates/{name}/Cargo.toml")).is_some();
        if ours && !row.allows(name, *section) {
            violations.push(reject(
                *line,
                format!("`{folder}` depends on `{name}`"),
                row.why,
                format!("remove the dependency; {}", row.allowed()),
            ));
        }
        let foreign = FOREIGN.iter().find(|foreign| {
            *section != Section::Dev
                && foreign.crates.contains(&folder)
                && foreign.names.contains(&name.as_str())
        });
        if let Some(Foreign { why, .. }) = foreign {
            violations.push(reject(
                *line,
                format!("`{folder}` depends on `{name}`"),
                why,
                "move what needs it to a crate nearer to the edge".into(),
            ));
        }
    }
    violations
}

/// Concrete parts are named in one file only; everybody else sees the port.
fn named_parts(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (file, rust) in tree.sources() {
        let Some(name) = file.crate_of_source() else { continue };
        if rust.is_test || file.path == WIRING || name == "testkit" {
            continue;
        }
        for (at, piece) in rust.pieces.iter().enumerate().filter(|(_, piece)| !piece.is_test) {
            let Some(part) = CONCRETE.iter().find(|part| piece.is_word(part) && **part != name)
            else {
                continue;
            };
            let imported = at > 0 && rust.pieces[at - 1].is_word("use");
            if imported || double_colon(&rust.pieces, at + 1) {
                violations.push(Violation::new(
                    &file.path,
                    piece.line,
                    format!("names `{part}`"),
                    "only the wiring knows which part was chosen",
                    format!("use the port, and name the part in {WIRING}"),
                ));
            }
        }
    }
    violations
}

/// What one crate may depend on. Dev-dependencies may also be those of `FOR_TESTS`.
struct Row {
    from: &'static str,
    to: &'static [&'static str],
    why: &'static str,
}

impl Row {
    fn allows(&self, name: &str, section: Section) -> bool {
        let for_tests =
            section == Section::Dev && self.from != "xtask" && FOR_TESTS.contains(&name);
        for_tests || self.to.contains(&name)
    }

    fn allowed(&self) -> String {
        if self.to.is_empty() {
            format!("`{}` may depend on none of our crates", self.from)
        } else {
            format!("`{}` may depend on {}", self.from, self.to.join(", "))
        }
    }
}

/// Crates of others that some of ours may not use, tests aside.
struct Foreign {
    crates: &'static [&'static str],
    names: &'static [&'static str],
    why: &'static str,
}

const ARROWS: [Row; 14] = [
    Row { from: "domain", to: &[], why: "the rules are pure and know nobody" },
    Row {
        from: "store",
        to: &["domain"],
        why: "the port speaks of records, in the words of the domain",
    },
    Row {
        from: "store_sqlite",
        to: &["store", "domain"],
        why: "a store implements the port and decides nothing",
    },
    Row {
        from: "store_conformance",
        to: &["store", "domain"],
        why: "the laws speak only the port",
    },
    Row {
        from: "limits",
        to: &["domain"],
        why: "counters count what they are told, in the words of the domain",
    },
    Row { from: "memory", to: &[], why: "the one crate with unsafe code holds nothing else" },
    Row {
        from: "engine",
        to: &["store", "limits", "domain", "memory"],
        why: "use cases know neither wire nor database",
    },
    Row {
        from: "dialects",
        to: &["engine", "domain"],
        why: "a dialect turns bytes into commands and verdicts into bytes",
    },
    Row {
        from: "delivery",
        to: &["engine", "domain"],
        why: "a sender implements the ports of the engine and decides nothing",
    },
    Row {
        from: "doors",
        to: &["engine", "dialects", "domain"],
        why: "a door calls the engine; it needs a dialect to read and to answer",
    },
    Row {
        from: "server",
        to: &[
            "domain",
            "store",
            "store_sqlite",
            "limits",
            "engine",
            "dialects",
            "delivery",
            "doors",
        ],
        why: "the server wires the product and ships no test code",
    },
    Row {
        from: "testkit",
        to: &[
            "domain",
            "store",
            "store_sqlite",
            "store_conformance",
            "limits",
            "engine",
            "dialects",
            "doors",
        ],
        why: "a simulated world is built from the parts, without the edge",
    },
    Row {
        from: "chaveiro-client",
        to: &[],
        why: "it is built into the services of others, and knows the server by the wire alone",
    },
    Row { from: "xtask", to: &[], why: "the chores have to run while our crates are broken" },
];

/// `store` brings the in-memory model that tests above the engine run over, `limits` the counters;
/// `chaveiro-client` asks the server that is tested.
const FOR_TESTS: [&str; 5] = ["testkit", "store_conformance", "store", "limits", "chaveiro-client"];

const FOREIGN: [Foreign; 2] = [
    Foreign {
        crates: &["domain"],
        names: &["tokio", "serde", "serde_json", "rusqlite", "http", "hyper", "axum"],
        why: "the domain is no async, no wire format, no SQL and no HTTP",
    },
    Foreign {
        crates: &[
            "domain",
            "store",
            "store_sqlite",
            "store_conformance",
            "limits",
            "engine",
            "dialects",
            "delivery",
            "doors",
        ],
        names: &["getrandom", "rand"],
        why: "chance is an argument below the edge",
    },
];

const CONCRETE: [&str; 1] = ["store_sqlite"];
const WIRING: &str = "crates/server/src/wiring.rs";

#[cfg(test)]
mod tests;
