//! Deletes an operator's key for good. No request that shows it after the answer is served.
//!
//! Must not leave the server without an admin; the store decides that, in the transaction.

use domain::audit::Action;
use domain::ids::OperatorKeyId;
use domain::operator::OperatorKey;
use store::command::{DeleteOperatorKey, DeleteOperatorKeyRejection};
use store::fault::Outcome;

use crate::context::Context;
use crate::engine::Engine;

impl Engine {
    /// Deletes an operator's key. A deleted key stays as it is, so that a retry succeeds.
    ///
    /// # Errors
    /// No such key, the last one of an admin, or a fault of the store.
    pub async fn delete_operator_key(
        &self,
        id: OperatorKeyId,
        mut context: Context<'_>,
    ) -> Outcome<OperatorKey, DeleteOperatorKeyRejection> {
        let trail = context.trail(Action::DeleteOperatorKey, None, id.to_string());
        self.store.delete_operator_key(DeleteOperatorKey { key: id, trail }).await
    }
}
