//! Makes a key for an operator.
//!
//! Must not take an id or kid that another operator's key has, nor make a second key for a request
//! that was answered already.

use domain::operator::OperatorKey;
use rusqlite::Transaction;
use store::command::{CreateOperatorKey, CreateOperatorKeyRejection};
use store::fault::{Failure, Outcome};

use super::Written;
use super::once::{self, Made};
use crate::records::operator_key;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &CreateOperatorKey,
) -> Outcome<Written<OperatorKey>, CreateOperatorKeyRejection> {
    if let Some(once) = &command.once
        && let Some(done) = once::find(tx, once)?
    {
        return Err(Failure::Rejected(match done.made_for(once) {
            Some(Made::OperatorKey(made)) => CreateOperatorKeyRejection::AlreadyMade { made },
            Some(
                Made::Account(_)
                | Made::Key(_)
                | Made::Keys { .. }
                | Made::Secret(_)
                | Made::Webhook(_),
            )
            | None => CreateOperatorKeyRejection::OtherRequest,
        }));
    }
    let epoch = epoch::next(tx)?;
    operator_key::insert(tx, epoch, &command.key)?;
    trail::write(tx, epoch, &command.trail, [])?;
    once::keep(tx, command.once.as_ref(), &Made::OperatorKey(command.key.id), epoch)?;
    Ok(command.key.clone().into())
}
