//! A crate's manifest, reduced to what the arrows need: names, sections and lines.
//!
//! Must not resolve versions or features; cargo does that.

use std::collections::BTreeMap;

/// What a manifest says about its crate.
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// One dependency under its real name, whatever the crate calls it.
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) section: Section,
    pub(super) line: usize,
}

/// When a dependency counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Normal,
    Build,
    Dev,
}

/// The folder of a crate's manifest; nothing for other files.
pub(super) fn folder(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    match folder.strip_prefix("crates/") {
        Some(name) => (!name.contains('/')).then_some(name),
        None => (folder == "xtask").then_some(folder),
    }
}

/// Dependencies that the workspace renames: what crates write, and the real name.
pub(super) fn renames(root: &str) -> BTreeMap<String, String> {
    let table: toml::Table = root.parse().unwrap_or_default();
    let shared = table.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let Some(shared) = shared.and_then(toml::Value::as_table) else { return BTreeMap::new() };
    shared
        .iter()
        .filter_map(|(name, value)| {
            Some((name.clone(), value.get("package")?.as_str()?.to_owned()))
        })
        .collect()
}

impl Manifest {
    pub(super) fn parse(text: &str, root_names: &BTreeMap<String, String>) -> Result<Self, String> {
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let name = table.get("package").and_then(|package| package.get("name"));
        let name = name.and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let mut dependencies = Vec::new();
        // Dependencies stand at the top and once more for each target.
        let targets = table.get("target").and_then(toml::Value::as_table);
        let targets =
            targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
        for place in std::iter::once(&table).chain(targets) {
            for (heading, section) in SECTIONS {
                let Some(entries) = place.get(heading).and_then(toml::Value::as_table) else {
                    continue;
                };
                for (key, value) in entries {
                    let name = real_name(key, value, root_names);
                    dependencies.push(Dependency {
                        name,
                        section,
                        line: line_of(text, heading, key),
                    });
                }
            }
        }
        Ok(Self { name, dependencies })
    }
}

fn real_name(key: &str, value: &toml::Value, root_names: &BTreeMap<String, String>) -> String {
    if let Some(package) = value.get("package").and_then(toml::Value::as_str) {
        return package.to_owned();
    }
    let inherited = value.get("workspace").and_then(toml::Value::as_bool).unwrap_or(false);
    let renamed = if inherited { root_names.get(key) } else { None };
    renamed.cloned().unwrap_or_else(|| key.to_owned())
}

/// The line on which a dependency is written, or the first when it is written in an unusual way.
fn line_of(text: &str, heading: &str, key: &str) -> usize {
    let mut in_section = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(title) = line.strip_prefix('[') {
            let title = title.trim_end_matches(']');
            let title = title.rsplit_once("').").map_or(title, |(_, rest)| rest);
            in_section = title == heading;
            if title == format!("{heading}.{key}") {
                return number + 1;
            }
        } else if in_section && line.split(['=', '.', ' ']).next() == Some(key) {
            return number + 1;
        }
    }
    1
}

const SECTIONS: [(&str, Section); 3] = [
    ("dependencies", Section::Normal),
    ("build-dependencies", Section::Build),
    ("dev-dependencies", Section::Dev),
];
