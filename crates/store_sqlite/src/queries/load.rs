//! The initial load: every account, operator's key and key, in one snapshot.
//!
//! A million rows pass by, so nothing is joined, no row has memory of its own, and several
//! connections read side by side. Must not stop for a row that cannot be read.

mod batch;
mod readers;
mod stretch;

use domain::secret::SecretStanding;
use rusqlite::{Connection, Row};
use store::fault::Fault;

pub(crate) use batch::Batch;
use batch::LeanKey;
pub(crate) use readers::{Begun, Piece, run};
use stretch::{Stretch, What};

use crate::faults::{Unreadable, before_commit, gone};
use crate::records::cells::Cells;
use crate::records::{account, key, operator_key, secret};

/// The columns that a keyring needs; identities first, as in the other tables.
const KEYS: &str = "SELECT id, realm, environment, owner, reach, kid, digest_version, digest, \
     permissions, ip_list, state, expires_at, last_used_at, epoch FROM key";

/// The same for secrets that were replaced, which few keys have, and when they end.
const OLD_SECRETS: &str = "SELECT id, realm, environment, owner, reach, previous_kid, \
     previous_digest_version, previous_digest, permissions, ip_list, state, expires_at, \
     previous_used_at, epoch, previous_overlap_s, previous_ends_at \
     FROM key INDEXED BY key_by_previous_kid";

/// Which secret of a key a row shows.
#[derive(Clone, Copy)]
enum Columns {
    Current,
    Previous,
}

/// Reads one stretch, in batches that `deliver` takes until it says that nobody waits any more.
fn read(
    connection: &Connection,
    stretch: &Stretch,
    deliver: &dyn Fn(Batch) -> bool,
) -> Result<(), Fault> {
    let (select, which, table) = match stretch.what {
        What::Accounts => (account::SELECT, "", "account"),
        What::OperatorKeys => (operator_key::SELECT, "", "operator_key"),
        What::Keys => (KEYS, "", "key"),
        What::OldSecrets => (OLD_SECRETS, "previous_kid IS NOT NULL AND", "key"),
    };
    // Rows are in the order of their making, so parents come before their children.
    let sql = format!("{select} WHERE {which} made_epoch BETWEEN ?1 AND ?2 ORDER BY made_epoch");
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let mut rows = statement.query([stretch.first, stretch.last]).map_err(before_commit)?;
    let mut batch = Batch::new();
    while let Some(row) = rows.next().map_err(before_commit)? {
        let pushed = match stretch.what {
            What::Accounts => account::read(row).map(|account| batch.push_account(account)),
            What::OperatorKeys => operator_key::read(row).map(|key| batch.push_operator_key(key)),
            What::Keys => push_key(&mut batch, row, Columns::Current),
            What::OldSecrets => push_key(&mut batch, row, Columns::Previous),
        };
        if let Err(Unreadable(detail)) = pushed {
            batch.push_damaged(table, shown_id(row), detail);
        }
        if batch.is_full() && !deliver(std::mem::replace(&mut batch, Batch::new())) {
            return Err(gone("caller"));
        }
    }
    if batch.is_empty() || deliver(batch) { Ok(()) } else { Err(gone("caller")) }
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
