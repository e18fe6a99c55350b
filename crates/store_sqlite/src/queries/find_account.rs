//! One account.
//!
//! Must not find an account of another place.

use domain::account::Account;
use domain::ids::{AccountId, Place};
use rusqlite::Connection;
use store::fault::Fault;

use crate::records::account;

pub(crate) fn run(
    connection: &Connection,
    (place, id): &(Place, AccountId),
) -> Result<Option<Account>, Fault> {
    account::find(connection, place, *id)
}
