//! A page of operators' keys, in the order of their making, without the deleted ones.
//!
//! Must not show a deleted key, whatever the position.

use domain::operator::OperatorKey;
use rusqlite::{Connection, params};
use store::command::{ListOperatorKeys, Page};
use store::fault::Fault;

use super::page;
use crate::records::{integer, operator_key};

pub(crate) fn run(
    connection: &Connection,
    question: &ListOperatorKeys,
) -> Result<Page<OperatorKey>, Fault> {
    let ListOperatorKeys { after, limit } = question;
    let sql =
        format!("{} WHERE made_epoch > ?1 AND state = 0 ORDER BY made_epoch", operator_key::SELECT);
    page::read(connection, &sql, params![integer(after.0)], *limit, operator_key::read)
}
