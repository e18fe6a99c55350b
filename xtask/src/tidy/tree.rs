//! The text files of the repository, parsed once, as the rules see them.
//!
//! Must not leave out a file because it is new: what git does not ignore is judged before it is added.

use super::pieces::{self, Piece};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// All text files, by their path from the root with `/` between the parts.
pub(crate) struct Tree {
    files: BTreeMap<String, TextFile>,
}

/// One text file, and its Rust when it has any.
pub(super) struct TextFile {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) rust: Option<Result<Rust, BadRust>>,
}

/// A parsed source file.
pub(super) struct Rust {
    pub(super) syntax: syn::File,
    pub(super) pieces: Vec<Piece>,
    /// The whole file is test code: by its folder, or declared with `#[cfg(test)]`.
    pub(super) is_test: bool,
}

/// Why a source file could not be parsed.
pub(super) struct BadRust {
    pub(super) line: usize,
    pub(super) message: String,
}

impl Tree {
    /// Reads every text file below the root that git knows or would not ignore.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for path in listed_by_git(root).map_or_else(|| listed_by_walking(root), Ok)? {
            // A file can be listed and gone; one that is not text has no words to judge.
            if let Ok(bytes) = fs::read(root.join(&path))
                && let Ok(text) = String::from_utf8(bytes)
                && !text.contains('\0')
            {
                files.push((path, text));
            }
        }
        Ok(Self::from_files(files))
    }

    /// Builds the tree from paths and texts.
    pub(super) fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut files: BTreeMap<String, TextFile> = files
            .into_iter()
            .map(|(path, text)| {
                let rust = path.ends_with(".rs").then(|| parse(&path, &text));
                (path.clone(), TextFile { path, text, rust })
            })
            .collect();
        let declared: BTreeSet<String> = files.values().flat_map(test_modules).collect();
        for file in files.values_mut() {
            if let Some(Ok(rust)) = &mut file.rust {
                rust.is_test |= declared.iter().any(|module| belongs_to(&file.path, module));
            }
        }
        Self { files }
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &TextFile> {
        self.files.values()
    }

    /// The source files that could be parsed; the others are the business of the rule `syntax`.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&TextFile, &Rust)> {
        self.files().filter_map(|file| match &file.rust {
            Some(Ok(rust)) => Some((file, rust)),
            Some(Err(_)) | None => None,
        })
    }

    /// Every text by its path.
    pub(crate) fn texts(&self) -> BTreeMap<&str, &str> {
        self.files().map(|file| (file.path.as_str(), file.text.as_str())).collect()
    }

    pub(super) fn get(&self, path: &str) -> Option<&TextFile> {
        self.files.get(path)
    }
}

impl TextFile {
    /// The crate whose `src` folder holds this file.
    pub(super) fn crate_of_source(&self) -> Option<&str> {
        let (name, rest) = self.path.strip_prefix("crates/")?.split_once('/')?;
        rest.starts_with("src/").then_some(name)
    }
}

fn parse(path: &str, text: &str) -> Result<Rust, BadRust> {
    let bad = |line, message: String| BadRust { line, message };
    let syntax =
        syn::parse_file(text).map_err(|error| bad(error.span().start().line, error.to_string()))?;
    let pieces = pieces::of(text).map_err(|message| bad(1, message))?;
    let is_test = path.split('/').any(|part| TEST_FOLDERS.contains(&part));
    Ok(Rust { syntax, pieces, is_test })
}

/// The modules in files of their own that this file declares with `#[cfg(test)]`, without `.rs`.
fn test_modules(file: &TextFile) -> Vec<String> {
    let Some(Ok(rust)) = &file.rust else { return Vec::new() };
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let folder = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
    };
    let mut modules = Vec::new();
    for item in &rust.syntax.items {
        if let syn::Item::Mod(module) = item
            && module.content.is_none()
            && module.attrs.iter().any(is_cfg_test)
        {
            modules.push(format!("{folder}/{}", module.ident));
        }
    }
    modules
}

/// Whether an attribute is `#[cfg(test)]`.
pub(super) fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
}

fn belongs_to(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Tracked files and new ones; nothing when there is no git or no repository.
fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    let paths = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !paths.is_empty())
        .then(|| paths.split_terminator('\0').map(str::to_owned).collect())
}

/// Every file of an unpacked archive but for what builds leave behind.
fn listed_by_walking(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder)).with_context(|| {
            format!("Can't list {}; is it readable?", root.join(&folder).display())
        })?;
        for entry in entries {
            let entry = entry.context("The folder changed while it was read; run this again")?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind =
                entry.file_type().context("A file vanished while it was read; run this again")?;
            if kind.is_file() {
                found.push(path);
            } else if kind.is_dir() && !LEFT_BY_BUILDS.contains(&name.as_str()) {
                folders.push(path);
            }
        }
    }
    Ok(found)
}

const TEST_FOLDERS: [&str; 3] = ["tests", "benches", "examples"];
const LEFT_BY_BUILDS: [&str; 4] = [".git", "target", "node_modules", "chaveiro-data"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_test_code_by_its_folder_or_by_its_declaration() {
        let tree = Tree::from_files(
            [
                ("crates/a/src/lib.rs", "#[cfg(test)] mod fixture; mod real;"),
                ("crates/a/src/fixture.rs", "mod deep;"),
                ("crates/a/src/fixture/deep.rs", ""),
                ("crates/a/src/real.rs", "#[cfg(test)] mod tests;"),
                ("crates/a/src/real/tests.rs", ""),
                ("crates/a/src/fixtures.rs", ""),
                ("crates/a/tests/all.rs", ""),
            ]
            .map(|(path, text)| (path.to_owned(), text.to_owned())),
        );
        let test_code: Vec<&str> = tree
            .sources()
            .filter_map(|(file, rust)| rust.is_test.then_some(file.path.as_str()))
            .collect();
        assert_eq!(
            test_code,
            [
                "crates/a/src/fixture.rs",
                "crates/a/src/fixture/deep.rs",
                "crates/a/src/real/tests.rs",
                "crates/a/tests/all.rs",
            ]
        );
    }

    #[test]
    fn walking_finds_sources_and_leaves_out_what_builds_leave_behind() {
        let root = crate::workspace::root();
        let walked = listed_by_walking(&root).expect("the tree is readable");
        assert!(walked.iter().any(|path| path == "xtask/src/tidy/tree.rs"));
        assert!(!walked.iter().any(|path| path.starts_with("target/")));
    }
}
