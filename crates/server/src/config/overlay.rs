//! Variables of the environment, laid over the file before it is read.
//!
//! A variable's name is `CHAVEIRO` and the way to the setting, joined by two underscores, in
//! capitals, with `_` for `-`: `CHAVEIRO__LIMITS__BODY_BYTES_MAX`. A realm or environment is
//! reached by its name in the file, a route by its position, counted from 0:
//! `CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM`,
//! `CHAVEIRO__REALM__PAYMENTS__ROUTE__0__PERMISSION`.
//!
//! Must not know any setting by name, secrets with two spellings aside: a setting that does not
//! exist is laid over too, and found out where the file's unknown settings are.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use domain::nearest::nearest;

use super::fault::{FaultList, Place, listed};
use super::tree::{Entry, Node, Table, Value};

/// What every variable that is meant for the configuration begins with.
pub(super) const ROOT: &str = "CHAVEIRO";
/// What stands between two steps of the way.
const STEP: &str = "__";
/// Settings that have a second spelling, `…_file`; a variable for one takes the place of both.
const WITH_FILE: [&str; 2] = ["password", "pepper"];

/// Lays every `CHAVEIRO__…` variable over the file.
pub(super) fn apply(root: &mut Table, env: &BTreeMap<String, String>, faults: &mut FaultList) {
    for (variable, text) in env {
        let way = variable.strip_prefix(ROOT).and_then(|rest| rest.strip_prefix(STEP));
        let Some(way) = way else { continue };
        let place = Place::Variable(variable.clone());
        let capitals = variable.to_ascii_uppercase();
        if *variable != capitals {
            faults.add(&place, format!("Variables are in capitals. Name it {capitals}."));
            continue;
        }
        let given = Given { variable, text };
        if let Err(sentence) = given.set_in_table(root, way) {
            faults.add(&place, sentence);
        }
    }
}

/// The step that leads to an item of a list: its name if it has one, its position if not.
pub(super) fn step_to(item: &Node, position: usize) -> String {
    let name = match &item.value {
        Value::Table(table) => table.get("name"),
        Value::Text(_) | Value::Given(_) | Value::Integer(_) | Value::Float => None,
        Value::Boolean(_) | Value::Datetime | Value::List(_) => None,
    };
    match name.map(|entry| &entry.node.value) {
        Some(Value::Text(name)) => step(name),
        Some(
            Value::Given(_)
            | Value::Integer(_)
            | Value::Float
            | Value::Boolean(_)
            | Value::Datetime
            | Value::List(_)
            | Value::Table(_),
        )
        | None => position.to_string(),
    }
}

/// A name as a step of a variable's way.
pub(super) fn step(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

/// A way and its next step.
pub(super) fn join(way: &str, step: &str) -> String {
    format!("{way}{STEP}{step}")
}

/// The sentence for a variable that ends at a section.
pub(super) fn whole_section(way: &str) -> String {
    let way = join(way, "");
    format!(
        "A variable sets one value, and this names a whole section. Name a setting of it behind {way}."
    )
}

/// A variable and what it says.
struct Given<'a> {
    variable: &'a str,
    text: &'a str,
}

impl Given<'_> {
    fn node(&self, value: Value) -> Node {
        Node { place: Place::Variable(self.variable.to_owned()), value }
    }

    fn set_in_table(&self, table: &mut Table, way: &str) -> Result<(), String> {
        let (first, deeper) = match way.split_once(STEP) {
            Some((first, deeper)) => (first, Some(deeper)),
            None => (way, None),
        };
        let name = first.to_ascii_lowercase();
        let Some(deeper) = deeper else {
            if table.get(&name).is_some_and(|entry| entry.node.value.has_sections()) {
                return Err(self.whole_section());
            }
            self.set(table, name);
            return Ok(());
        };
        let at = table.entries.iter().position(|entry| entry.name == name);
        let at = at.unwrap_or_else(|| {
            let node = self.node(Value::Table(Table::default()));
            table.entries.push(Entry { name, node });
            table.entries.len() - 1
        });
        match &mut table.entries[at].node.value {
            Value::Table(inner) => self.set_in_table(inner, deeper),
            Value::List(items) => self.set_in_list(items, deeper),
            Value::Text(_)
            | Value::Given(_)
            | Value::Integer(_)
            | Value::Float
            | Value::Boolean(_)
            | Value::Datetime => Err(self.single_value(deeper)),
        }
    }

    fn set(&self, table: &mut Table, name: String) {
        let other_spelling = match name.strip_suffix("_file") {
            Some(plain) if WITH_FILE.contains(&plain) => plain.to_owned(),
            None if WITH_FILE.contains(&name.as_str()) => format!("{name}_file"),
            Some(_) | None => String::new(),
        };
        let is_from_file = |entry: &Entry| match entry.node.place {
            Place::File | Place::Line(_) => true,
            Place::Variable(_) => false,
        };
        table.entries.retain(|entry| {
            entry.name != name && !(entry.name == other_spelling && is_from_file(entry))
        });
        let node = self.node(Value::Given(Zeroizing::new(self.text.to_owned())));
        table.entries.push(Entry { name, node });
    }

    fn set_in_list(&self, items: &mut [Node], way: &str) -> Result<(), String> {
        if items.iter().all(|item| !item.value.has_sections()) {
            return Err(self.single_value(way));
        }
        let steps: Vec<String> =
            items.iter().enumerate().map(|(at, item)| step_to(item, at)).collect();
        // A name may end in hyphens or hold two in a row, so the longest step that fits counts.
        let fitting = |step: &String| {
            way.strip_prefix(step.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(STEP))
        };
        let found =
            (0..items.len()).filter(|at| fitting(&steps[*at])).max_by_key(|at| steps[*at].len());
        let Some(at) = found else { return Err(self.unknown_item(way, &steps)) };
        let Some(deeper) = way[steps[at].len()..].strip_prefix(STEP) else {
            return Err(self.whole_section());
        };
        match &mut items[at].value {
            Value::Table(inner) => self.set_in_table(inner, deeper),
            Value::Text(_)
            | Value::Given(_)
            | Value::Integer(_)
            | Value::Float
            | Value::Boolean(_)
            | Value::Datetime
            | Value::List(_) => Err(self.single_value(deeper)),
        }
    }

    fn whole_section(&self) -> String {
        whole_section(self.variable)
    }

    /// The way goes on behind a setting that has no parts.
    fn single_value(&self, deeper: &str) -> String {
        let ends = self.variable.len() - deeper.len() - STEP.len();
        format!(
            "The setting has no parts. Name it {}; a list is written with commas.",
            &self.variable[..ends]
        )
    }

    fn unknown_item(&self, way: &str, steps: &[String]) -> String {
        let (wanted, rest) =
            way.split_once(STEP).map_or((way, ""), |(wanted, rest)| (wanted, rest));
        let before = &self.variable[..self.variable.len() - way.len()];
        match nearest(wanted, steps.iter().map(String::as_str)) {
            Some(step) if rest.is_empty() => {
                format!("The file has no section of this name. Did you mean {before}{step}?")
            }
            Some(step) => format!(
                "The file has no section of this name. Did you mean {}?",
                join(&format!("{before}{step}"), rest)
            ),
            None => format!(
                "The file has no section of this name. Here it can go on with {}.",
                listed(steps.iter().map(String::as_str), "or")
            ),
        }
    }
}
