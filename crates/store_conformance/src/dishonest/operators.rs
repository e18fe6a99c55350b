//! How the liar makes, deletes and lists operators' keys.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};
use store::command::{
    CreateOperatorKey, CreateOperatorKeyRejection, DeleteOperatorKey, DeleteOperatorKeyRejection,
    ListOperatorKeys, Page, Position,
};
use store::fault::{Failure, Fault, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie};

impl DishonestStore {
    pub(super) async fn lying_create_operator_key(
        &self,
        command: CreateOperatorKey,
    ) -> Outcome<OperatorKey, CreateOperatorKeyRejection> {
        let given = command.key.clone();
        let outcome = self.honest.create_operator_key(command).await;
        if matches!(outcome, Err(Failure::Fault(_))) && self.tells(Lie::TakesOperatorKeysTwice) {
            return Ok(given);
        }
        outcome
    }

    pub(super) async fn lying_delete_operator_key(
        &self,
        command: DeleteOperatorKey,
    ) -> Outcome<OperatorKey, DeleteOperatorKeyRejection> {
        let outcome = self.honest.delete_operator_key(command).await;
        match &outcome {
            Ok(key) => self.notes().deleted_operators.push(key.clone()),
            Err(Failure::Rejected(DeleteOperatorKeyRejection::LastAdmin)) => {
                if self.tells(Lie::DeletesTheLastAdmin) {
                    let page = self.honest.list_operator_keys(EVERYTHING).await;
                    let keys = page.map(|page| page.items).unwrap_or_default();
                    let last = keys.into_iter().find(|key| key.role == OperatorRole::Admin);
                    return last
                        .map(|key| OperatorKey { state: OperatorKeyState::Deleted, ..key })
                        .ok_or(Failure::Rejected(DeleteOperatorKeyRejection::LastAdmin));
                }
            }
            Err(
                Failure::Rejected(DeleteOperatorKeyRejection::NoSuchOperatorKey)
                | Failure::Fault(_),
            ) => {}
        }
        outcome
    }

    pub(super) async fn lying_list_operator_keys(
        &self,
        question: ListOperatorKeys,
    ) -> Result<Page<OperatorKey>, Fault> {
        let mut page = self.honest.list_operator_keys(question).await?;
        if self.tells(Lie::ListsDeletedOperators) && page.next.is_none() {
            page.items.extend(self.notes().deleted_operators.iter().cloned());
        }
        page.next = page.next.filter(|_| !self.tells(Lie::NeverSaysMore));
        Ok(page)
    }
}

const EVERYTHING: ListOperatorKeys = ListOperatorKeys { after: Position::START, limit: 100 };
