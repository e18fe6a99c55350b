//! What keys may do and from where, in memory: equal ones are one, which many keys share, so it is
//! near when it is read.
//!
//! Must not keep what no key has any more: its place is given to the next. A reader therefore makes
//! sure, after it has read, that its key still has it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use domain::ip_list::IpList;
use domain::permission::PermissionSet;

use super::slab::{At, Slab};

/// What a key may do, and from where.
#[derive(Debug)]
pub(crate) struct Rights {
    pub(crate) permissions: PermissionSet,
    pub(crate) ip_list: IpList,
}

/// What most keys may: everything, from everywhere.
static ALL: Rights = Rights { permissions: PermissionSet::Unrestricted, ip_list: IpList::Any };

/// The rights of one key at one moment.
#[derive(Debug)]
pub(crate) enum HeldRights {
    All,
    Some(Guard<Arc<Rights>>),
}

impl std::ops::Deref for HeldRights {
    type Target = Rights;

    fn deref(&self) -> &Rights {
        match self {
            Self::All => &ALL,
            Self::Some(rights) => rights,
        }
    }
}

/// All rights that keys have.
#[derive(Debug)]
pub(super) struct RightsTable(Slab<ArcSwap<Rights>>);

/// What a writer keeps of them.
#[derive(Debug, Default)]
pub(super) struct RightsWriter {
    known: HashMap<Arc<str>, Known>,
    /// The name of what is in each place, where keys have it.
    names: HashMap<u32, Arc<str>>,
    free: VecDeque<At>,
    /// Where names are put together.
    name: String,
}

#[derive(Debug)]
struct Known {
    at: At,
    keys: u64,
}

/// Stands for all rights; nothing else is ever there.
const ALL_AT: At = At::from_number(0);

impl RightsTable {
    pub(super) fn new() -> Self {
        let slab = Slab::new();
        let all = Rights { permissions: PermissionSet::Unrestricted, ip_list: IpList::Any };
        let at = slab.push(ArcSwap::from_pointee(all));
        debug_assert_eq!(at, Some(ALL_AT), "the first place is the first");
        Self(slab)
    }

    /// The rights there. Whoever asks makes sure afterwards that they are still those of the key.
    pub(super) fn get(&self, at: At) -> Option<HeldRights> {
        if at == ALL_AT {
            return Some(HeldRights::All);
        }
        self.0.get(at).map(|rights| HeldRights::Some(rights.load()))
    }

    /// Where these rights are, which one more key has now; `None` when a text is damaged or there is
    /// no room. `permissions` is the compact text, `ip_list` its rules joined by commas.
    pub(super) fn hold(
        &self,
        writer: &mut RightsWriter,
        permissions: &str,
        ip_list: &str,
    ) -> Option<At> {
        if permissions == "*" && ip_list.is_empty() {
            return Some(ALL_AT);
        }
        writer.name.clear();
        writer.name.extend([permissions, " ", ip_list]);
        if let Some(known) = writer.known.get_mut(writer.name.as_str()) {
            known.keys += 1;
            return Some(known.at);
        }
        let rules = ip_list.split(',').filter(|rule| !rule.is_empty());
        let permissions = PermissionSet::from_compact(permissions)?;
        let rights = Arc::new(Rights { permissions, ip_list: IpList::parse(rules).ok()? });
        let free = writer.free.pop_front().and_then(|at| Some((at, self.0.get(at)?)));
        let at = if let Some((at, place)) = free {
            place.store(rights);
            at
        } else {
            self.0.push(ArcSwap::new(rights))?
        };
        let name: Arc<str> = writer.name.as_str().into();
        writer.names.insert(at.number(), Arc::clone(&name));
        writer.known.insert(name, Known { at, keys: 1 });
        Some(at)
    }
}

impl RightsWriter {
    /// A key has them no more, and no reader can find them through it.
    pub(super) fn release(&mut self, at: At) {
        let Some(name) = self.names.get(&at.number()) else { return };
        let Some(known) = self.known.get_mut(name) else { return };
        known.keys -= 1;
        if known.keys == 0 {
            self.known.remove(name);
            self.names.remove(&at.number());
            self.free.push_back(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(table: &RightsTable, writer: &mut RightsWriter, permissions: &str) -> At {
        table.hold(writer, permissions, "203.0.113.0/24").expect("rights")
    }

    #[test]
    fn equal_rights_are_one_in_memory() {
        let (table, mut writer) = (RightsTable::new(), RightsWriter::default());
        let one = hold(&table, &mut writer, "PAYMENT:R");
        let two = hold(&table, &mut writer, "PAYMENT:R");
        let other = hold(&table, &mut writer, "PAYMENT:RW");
        assert_eq!(one, two);
        assert_ne!(one, other);
    }

    #[test]
    fn rights_are_read_as_they_were_spelled() {
        let (table, mut writer) = (RightsTable::new(), RightsWriter::default());
        let at = hold(&table, &mut writer, "PAYMENT:R,PIX:RW");
        let rights = table.get(at).expect("rights");
        assert_eq!(rights.permissions.to_compact(), "PAYMENT:R,PIX:RW");
        assert_eq!(rights.ip_list.to_texts(), ["203.0.113.0/24"]);
        let all = table.hold(&mut writer, "*", "").and_then(|at| table.get(at)).expect("rights");
        assert_eq!((all.permissions.to_compact().as_str(), all.ip_list.to_texts().len()), ("*", 0));
    }

    #[test]
    fn a_place_is_given_away_only_when_its_last_key_has_left() {
        let (table, mut writer) = (RightsTable::new(), RightsWriter::default());
        let at = hold(&table, &mut writer, "PAYMENT:R");
        hold(&table, &mut writer, "PAYMENT:R");
        writer.release(at);
        assert_ne!(hold(&table, &mut writer, "PIX:R"), at);
        writer.release(at);
        assert_eq!(hold(&table, &mut writer, "SALE:R"), at);
        assert_eq!(table.get(at).expect("rights").permissions.to_compact(), "SALE:R");
    }

    #[test]
    fn damaged_texts_are_no_rights() {
        let (table, mut writer) = (RightsTable::new(), RightsWriter::default());
        for (permissions, ip_list) in [("PAYMENT", ""), ("", ""), ("*", "nowhere")] {
            assert_eq!(table.hold(&mut writer, permissions, ip_list), None);
        }
    }
}
