//! How a load is cut: stretches of rows, in the order in which they are shown.
//!
//! Must not let a stretch grow with the table: it is what one reader is ahead of another.

use rusqlite::Connection;
use store::fault::Fault;

use crate::faults::before_commit;

/// Positions of one stretch: as many as rows make two batches.
const POSITIONS: i64 = 2_048;

/// Where most changes made no row, stretches are longer, and so no more than this.
const STRETCHES_MAX: i64 = 65_536;

/// What a stretch yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Accounts,
    OperatorKeys,
    Keys,
    /// Secrets that were replaced.
    OldSecrets,
}

/// Rows of one kind, from one place in the order of making to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) what: What,
    pub(super) first: i64,
    /// Belongs to it.
    pub(super) last: i64,
}

/// Everything, in the order in which it is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    accounts: Span,
    operator_keys: Span,
    keys: Span,
}

/// The first place and the last; none where there is no row.
type Span = Option<(i64, i64)>;

impl Plan {
    /// What there is to read.
    pub(super) fn of(connection: &Connection) -> Result<Self, Fault> {
        let span = |table: &str| {
            // Each of them alone is one look; both of one table at once would be a pass through it.
            let sql = format!(
                "SELECT (SELECT min(made_epoch) FROM {table}), (SELECT max(made_epoch) FROM {table})"
            );
            connection
                .query_row(&sql, [], |row| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?)))
                .map_err(before_commit)
        };
        Ok(Self {
            accounts: span("account")?,
            operator_keys: span("operator_key")?,
            keys: span("key")?,
        })
    }

    /// The stretches, in the order in which they are shown.
    pub(super) fn stretches(self) -> impl Iterator<Item = Stretch> {
        // There are few operators' keys and few old secrets, and those are found by their index.
        cut(What::Accounts, self.accounts)
            .chain(whole(What::OperatorKeys, self.operator_keys))
            .chain(cut(What::Keys, self.keys))
            .chain(whole(What::OldSecrets, self.keys))
    }
}

fn whole(what: What, span: Span) -> impl Iterator<Item = Stretch> {
    span.map(|(first, last)| Stretch { what, first, last }).into_iter()
}

fn cut(what: What, span: Span) -> impl Iterator<Item = Stretch> {
    whole(what, span).flat_map(move |Stretch { first, last, .. }| {
        let step = POSITIONS.max(last.saturating_sub(first) / STRETCHES_MAX + 1);
        let begins = std::iter::successors(Some(first), move |begin| {
            begin.checked_add(step).filter(|next| *next <= last)
        });
        begins.map(move |first| Stretch {
            what,
            first,
            last: first.saturating_add(step - 1).min(last),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: i64, last: i64) {
        let stretches: Vec<Stretch> = cut(What::Keys, Some((first, last))).collect();
        assert_eq!(stretches.first().map(|stretch| stretch.first), Some(first));
        assert_eq!(stretches.last().map(|stretch| stretch.last), Some(last));
        let joined = stretches.windows(2).all(|pair| pair[0].last + 1 == pair[1].first);
        assert!(joined && stretches.iter().all(|stretch| stretch.first <= stretch.last));
        assert!(stretches.len() as i64 <= STRETCHES_MAX + 1, "{}", stretches.len());
    }

    #[test]
    fn stretches_meet_and_leave_nothing_out() {
        for (first, last) in [(1, 1), (5, 2_052), (5, 2_053), (5, 1_000_000), (0, i64::MAX)] {
            check(first, last);
        }
        check(i64::MAX, i64::MAX);
    }

    #[test]
    fn where_there_is_nothing_there_is_no_stretch() {
        let plan = Plan { accounts: None, operator_keys: Some((3, 9)), keys: None };
        let only = Stretch { what: What::OperatorKeys, first: 3, last: 9 };
        assert_eq!(plan.stretches().collect::<Vec<_>>(), [only]);
    }
}
