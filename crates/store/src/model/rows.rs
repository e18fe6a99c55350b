//! Rows in the order of their making, found by their identity.
//!
//! Must not take a row away: nothing in a store is ever unmade, only marked.

use std::collections::HashMap;
use std::hash::Hash;

use crate::command::{PAGE_MAX, Page, Position};

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

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.iter_mut()
    }

    /// Adds a row; the caller has made sure that its identity is new.
    pub(super) fn push(&mut self, id: I, row: T) {
        self.index.insert(id, self.rows.len());
        self.rows.push(row);
    }
}

impl<I: Eq + Hash, T: Clone> Rows<I, T> {
    /// The page after this position. `listed` says which rows the list is about: so many of them
    /// are looked at and no more, and of these the `shown` ones are the items. Positions count rows.
    pub(super) fn page(
        &self,
        after: Position,
        limit: u32,
        rows_max: u32,
        listed: impl Fn(&T) -> bool,
        shown: impl Fn(&T) -> bool,
    ) -> Page<T> {
        let begin = usize::try_from(after.0).map_or(self.rows.len(), |at| at.min(self.rows.len()));
        let limit = limit.clamp(1, PAGE_MAX) as usize;
        let (mut items, mut looked_at, mut end) = (Vec::new(), 0, after);
        for (at, row) in (1..).zip(&self.rows).skip(begin).filter(|(_, row)| listed(row)) {
            if looked_at == rows_max.max(1) || items.len() == limit && shown(row) {
                return Page { items, next: Some(end) };
            }
            looked_at += 1;
            end = Position(at);
            if shown(row) {
                items.push(row.clone());
            }
        }
        Page { items, next: None }
    }
}
