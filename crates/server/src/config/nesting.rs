//! Reads sections inside sections: `[one]` that can be there once, `[[many]]` that can be repeated.
//!
//! Must not read settings; that is what each section is handed out for.

use super::fault::{FaultList, Place};
use super::overlay;
use super::section::Section;
use super::tree::{Node, Table, Value};

impl Section {
    /// A section inside this one.
    pub(super) fn section(&mut self, name: &'static str, faults: &mut FaultList) -> Option<Self> {
        let Node { place, value } = self.take(name)?;
        let path = self.path_to(name);
        let title = format!("[{path}]");
        let way = overlay::join(&self.way, &overlay::step(name));
        match value {
            Value::Table(table) => Some(Self { place, title, way, path, table, known: Vec::new() }),
            Value::Given(_) => {
                faults.add(&place, overlay::whole_section(&way));
                None
            }
            Value::List(_) => {
                faults.add(
                    &place,
                    format!("{title} can be there once only. Write it with single brackets."),
                );
                None
            }
            other @ (Value::Text(_)
            | Value::Integer(_)
            | Value::Float
            | Value::Boolean(_)
            | Value::Datetime) => {
                faults.add(&place, format!("`{name}` has to be a section, and is {}. Write it as {title}, with its settings below.", other.kind()));
                None
            }
        }
    }

    /// A section inside this one; where it is not there, one without settings.
    pub(super) fn section_or_empty(&mut self, name: &'static str, faults: &mut FaultList) -> Self {
        let (path, place) = (self.path_to(name), self.place.clone());
        self.section(name, faults).unwrap_or_else(|| Self {
            place,
            title: format!("[{path}]"),
            way: overlay::join(&self.way, &overlay::step(name)),
            path,
            table: Table::default(),
            known: Vec::new(),
        })
    }

    /// The sections of a list inside this one.
    pub(super) fn sections(&mut self, name: &'static str, faults: &mut FaultList) -> Vec<Self> {
        let Some(Node { place, value }) = self.take(name) else { return Vec::new() };
        let path = self.path_to(name);
        let title = format!("[[{path}]]");
        let from_variable = matches!(place, Place::Variable(_));
        let items = match value {
            Value::List(items) => items,
            Value::Table(_) | Value::Given(_) if from_variable => {
                faults.add(&place, format!("A variable changes a value of a section that the file has, and it has no {title} here. Write the section into the file first."));
                return Vec::new();
            }
            Value::Table(_) => {
                faults.add(&place, format!("[{path}] can be there several times. Write it with double brackets, as {title}."));
                return Vec::new();
            }
            other @ (Value::Text(_)
            | Value::Given(_)
            | Value::Integer(_)
            | Value::Float
            | Value::Boolean(_)
            | Value::Datetime) => {
                faults.add(&place, format!("`{name}` has to be a section, and is {}. Write it as {title}, with its settings below.", other.kind()));
                return Vec::new();
            }
        };
        let way = overlay::join(&self.way, &overlay::step(name));
        let mut sections = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let way = overlay::join(&way, &overlay::step_to(&item, at));
            let Node { place, value } = item;
            if let Value::Table(table) = value {
                let (title, path) = (title.clone(), path.clone());
                sections.push(Self { place, title, way, path, table, known: Vec::new() });
            } else {
                faults.add(&place, format!("`{name}` has to be a list of sections, and holds {}. Write each as {title}, with its settings below.", value.kind()));
            }
        }
        sections
    }

    fn path_to(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}
