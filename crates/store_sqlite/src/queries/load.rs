//! The initial load: every account, operator's key and key, in one snapshot.
//!
//! A million rows pass by, so nothing is joined, and no row has memory of its own. Must not stop
//! for a row that cannot be read.

mod batch;

use domain::secret::SecretStanding;
use rusqlite::{Connection, Row};
use store::fault::Fault;

pub(crate) use batch::Batch;
use batch::LeanKey;

use crate::epoch;
use crate::faults::{Unreadable, before_commit, gone};
use crate::records::cells::Cells;
use crate::records::{account, key, operator_key, secret};

/// Reads everything, in batches that `deliver` takes until it says that nobody waits any more;
/// returns the epoch of the snapshot.
pub(crate) fn run(connection: &Connection, deliver: &dyn Fn(Batch) -> bool) -> Result<u64, Fault> {
    let snapshot = connection.unchecked_transaction().map_err(before_commit)?;
    let epoch = epoch::current(&snapshot)?;
    let mut load = Load { batch: Batch::new(), deliver };
    // Rows are in the order of their making, so parents come before their children.
    load.table(&snapshot, "account", account::SELECT, |batch, row| {
        account::read(row).map(|account| batch.push_account(account))
    })?;
    load.table(&snapshot, "operator_key", operator_key::SELECT, |batch, row| {
        operator_key::read(row).map(|key| batch.push_operator_key(key))
    })?;
    load.table(&snapshot, "key", KEYS, |batch, row| push_key(batch, row, Columns::Current))?;
    load.table(&snapshot, "key", OLD_SECRETS, |batch, row| {
        push_key(batch, row, Columns::Previous)
    })?;
    load.hand_over()?;
    Ok(epoch)
}

/// The columns that a keyring needs; identities first, as in the other tables.
const KEYS: &str = "SELECT id, realm, environment, owner, reach, kid, digest_version, digest, \
     permissions, ip_list, state, expires_at, last_used_at, epoch FROM key";

/// The same for secrets that were replaced, which few keys have, and when they end.
const OLD_SECRETS: &str = "SELECT id, realm, environment, owner, reach, previous_kid, \
     previous_digest_version, previous_digest, permissions, ip_list, state, expires_at, \
     previous_used_at, epoch, previous_overlap_s, previous_ends_at \
     FROM key INDEXED BY key_by_previous_kid WHERE previous_kid IS NOT NULL";

/// Which secret of a key a row shows.
#[derive(Clone, Copy)]
enum Columns {
    Current,
    Previous,
}

struct Load<'d> {
    batch: Batch,
    deliver: &'d dyn Fn(Batch) -> bool,
}

impl Load<'_> {
    fn table(
        &mut self,
        snapshot: &Connection,
        table: &'static str,
        select: &str,
        push: impl Fn(&mut Batch, &Row<'_>) -> Result<(), Unreadable>,
    ) -> Result<(), Fault> {
        let sql = format!("{select} ORDER BY made_epoch");
        let mut statement = snapshot.prepare(&sql).map_err(before_commit)?;
        let mut rows = statement.query([]).map_err(before_commit)?;
        while let Some(row) = rows.next().map_err(before_commit)? {
            if let Err(Unreadable(detail)) = push(&mut self.batch, row) {
                self.batch.push_damaged(table, shown_id(row), detail);
            }
            if self.batch.is_full() {
                self.hand_over()?;
            }
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), Fault> {
        let batch = std::mem::replace(&mut self.batch, Batch::new());
        if (self.deliver)(batch) { Ok(()) } else { Err(gone("caller")) }
    }
}

fn push_key(batch: &mut Batch, row: &Row<'_>, columns: Columns) -> Result<(), Unreadable> {
    let cells = Cells::of(row);
    // Everything is read before anything is kept, so a damaged row leaves nothing behind.
    let key = LeanKey {
        id: domain::ids::KeyId::from_u128(cells.bits(0)?),
        owner: cells.account_id(3)?,
        reach: key::read_reach(cells, 4)?,
        kid: cells.kid(5)?,
        digest: cells.digest(6, 7)?,
        standing: match columns {
            Columns::Current => SecretStanding::Current,
            Columns::Previous => SecretStanding::Replaced(secret::read_end(cells, 14, 15)?),
        },
        state: key::read_state(cells, 10)?,
        expires_at: cells.optional_instant(11)?,
        last_used_at: cells.optional_instant(12)?,
        epoch: cells.count(13)?,
    };
    let texts = [cells.text(1)?, cells.text(2)?, cells.text(8)?, cells.text(9)?];
    batch.push_key(key, texts);
    Ok(())
}

/// The identity of a row as far as it can be read.
fn shown_id(row: &Row<'_>) -> String {
    match Cells::of(row).blob(0) {
        Ok(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(Unreadable(_)) => "unreadable".to_owned(),
    }
}
