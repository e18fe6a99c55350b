//! Rule: each async method of the store's port has one file of its name in the SQLite store.
//!
//! Must not ask for files of other methods: what does not wait runs no statement.

use super::{Findings, Tree, Violation};

pub(super) fn check(tree: &Tree) -> Findings {
    if tree.get(STORE).is_none() {
        let note = format!("{STORE} is not there, so no method was compared");
        return Findings { notes: vec![note], ..Findings::default() };
    }
    let methods = match tree.get(PORT).map(|file| &file.rust) {
        Some(Some(Ok(port))) => methods(&port.syntax),
        _ => Vec::new(),
    };
    if methods.is_empty() {
        let what = format!("should declare the trait `{TRAIT}` with async methods, and does not");
        let fix =
            "put the port there, or tell xtask/src/tidy/command_files.rs where it went".into();
        return vec![Violation::new(PORT, 1, what, WHY, fix)].into();
    }
    let mut violations = Vec::new();
    for (name, line) in methods {
        if let Some((what, fix)) = offence(tree, &name) {
            violations.push(Violation::new(PORT, line, what, WHY, fix));
        }
    }
    violations.into()
}

/// What is wrong with the files of one method, and what to do.
fn offence(tree: &Tree, name: &str) -> Option<(String, String)> {
    let files: Vec<String> = FOLDERS
        .iter()
        .map(|folder| format!("{folder}/{name}.rs"))
        .filter(|path| tree.get(path).is_some())
        .collect();
    match files.as_slice() {
        [_] => None,
        [] => Some((
            format!("declares `{name}`, which has no file"),
            format!("write {}/{name}.rs, or queries/{name}.rs for one that only reads", FOLDERS[0]),
        )),
        several => Some((
            format!("declares `{name}`, which has more than one file"),
            format!("keep one of {}", several.join(" and ")),
        )),
    }
}

/// The async methods of the trait, with their lines.
fn methods(syntax: &syn::File) -> Vec<(String, usize)> {
    let mut methods = Vec::new();
    for item in &syntax.items {
        let syn::Item::Trait(port) = item else { continue };
        if port.ident != TRAIT {
            continue;
        }
        for item in &port.items {
            if let syn::TraitItem::Fn(method) = item
                && method.sig.asyncness.is_some()
            {
                let name = &method.sig.ident;
                methods.push((name.to_string(), name.span().start().line));
            }
        }
    }
    methods
}

const STORE: &str = "crates/store/Cargo.toml";
const PORT: &str = "crates/store/src/port.rs";
const TRAIT: &str = "Store";
const FOLDERS: [&str; 2] = ["crates/store_sqlite/src/commands", "crates/store_sqlite/src/queries"];
const WHY: &str = "one command is one transaction in one file, under the same name in every store";

#[cfg(test)]
mod tests {
    use super::super::probe::places;
    use super::*;

    const CRATE: (&str, &str) = (STORE, "");
    const TEXT: &str = "trait Store {\nfn watch(&self);\nasync fn create_key(&self);\n\
        async fn find_key(&self);\n}\ntrait Other { async fn elsewhere(&self); }\n";
    const COMMAND: (&str, &str) = ("crates/store_sqlite/src/commands/create_key.rs", "");
    const QUERY: (&str, &str) = ("crates/store_sqlite/src/queries/find_key.rs", "");

    #[test]
    fn a_method_without_a_file_is_rejected_at_its_line() {
        assert_eq!(places(check, &[CRATE, (PORT, TEXT), QUERY]), [format!("{PORT}:3")]);
        assert_eq!(places(check, &[CRATE, (PORT, TEXT), COMMAND]), [format!("{PORT}:4")]);
    }

    #[test]
    fn a_method_with_two_files_is_rejected() {
        let second = ("crates/store_sqlite/src/queries/create_key.rs", "");
        let files = [CRATE, (PORT, TEXT), COMMAND, QUERY, second];
        assert_eq!(places(check, &files), [format!("{PORT}:3")]);
    }

    #[test]
    fn a_port_that_moved_away_is_rejected() {
        let moved = ("crates/store/src/lib.rs", TEXT);
        assert_eq!(places(check, &[CRATE, moved]), [format!("{PORT}:1")]);
        assert_eq!(
            places(check, &[CRATE, (PORT, "pub use elsewhere::Store;")]),
            [format!("{PORT}:1")]
        );
    }

    #[test]
    fn one_file_for_each_method_is_accepted() {
        assert!(places(check, &[CRATE, (PORT, TEXT), COMMAND, QUERY]).is_empty());
    }

    #[test]
    fn a_tree_without_the_port_s_crate_is_accepted_with_a_note() {
        let findings = check(&Tree::from_files([]));
        assert!(findings.violations.is_empty());
        assert_eq!(findings.notes.len(), 1);
    }
}
