//! Makes a key for an operator.
//!
//! Must not take an id or kid that another operator's key has.

use std::convert::Infallible;

use domain::operator::OperatorKey;
use rusqlite::Transaction;
use store::command::CreateOperatorKey;
use store::fault::Outcome;

use super::Written;
use crate::records::operator_key;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateOperatorKey,
) -> Outcome<Written<OperatorKey>, Infallible> {
    let epoch = epoch::next(tx)?;
    operator_key::insert(tx, epoch, &command.key)?;
    trail::write(tx, epoch, &command.trail)?;
    Ok(command.key.clone().into())
}
