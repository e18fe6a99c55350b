//! Lists operators' keys, in the order of their making, deleted ones left out.
//!
//! Must not change anything.

use domain::operator::OperatorKey;
use store::command::{ListOperatorKeys, Page, Position};
use store::fault::Fault;

use crate::engine::Engine;

impl Engine {
    /// A page of operators' keys.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn list_operator_keys(
        &self,
        after: Position,
        limit: u32,
    ) -> Result<Page<OperatorKey>, Fault> {
        self.store.list_operator_keys(ListOperatorKeys { after, limit }).await
    }
}
