//! Rows in the order of their making, found by their identity.
//!
//! Must not take a row away: nothing in a store is ever unmade, only marked.

use std::collections::HashMap;
use std::hash::Hash;

use crate::command::{NoSuchCursor, PAGE_MAX, Page};

/// A table of the model.
pub(super) struct Rows<I, T> {
    rows: Vec<T>,
    index: HashMap<I, usize>,
}

impl<I, T> Default for Rows<I, T> {
    fn default() -> Self {
        Self { rows: Vec::new(), index: HashMap::new() }
    }
}

impl<I: Eq + Hash, T> Rows<I, T> {
    pub(super) fn get(&self, id: &I) -> Option<&T> {
        self.index.get(id).map(|at| &self.rows[*at])
    }

    pub(super) fn get_mut(&mut self, id: &I) -> Option<&mut T> {
        self.index.get(id).map(|at| &mut self.rows[*at])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.iter()
    }

    /// Adds a row; the caller has made sure that its identity is new.
    pub(super) fn push(&mut self, id: I, row: T) {
        self.index.insert(id, self.rows.len());
        self.rows.push(row);
    }
}

impl<I: Eq + Hash, T: Clone> Rows<I, T> {
    /// The page after a row of the list. `listed` says which rows the list is about; a row that is
    /// no longer `shown` still marks its position.
    pub(super) fn page(
        &self,
        after: Option<&I>,
        limit: u32,
        listed: impl Fn(&T) -> bool,
        shown: impl Fn(&T) -> bool,
    ) -> Result<Page<T>, NoSuchCursor> {
        let begin = match after {
            None => 0,
            Some(id) => {
                let at = self.index.get(id).filter(|at| listed(&self.rows[**at]));
                at.ok_or(NoSuchCursor)? + 1
            }
        };
        let mut rest = self.rows[begin..].iter().filter(|row| listed(row) && shown(row));
        let items = rest.by_ref().take(limit.min(PAGE_MAX) as usize).cloned().collect();
        Ok(Page { items, more: rest.next().is_some() })
    }
}
