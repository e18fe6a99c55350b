//! The model's commands and questions about operators' keys.
//!
//! Must not write anything before the last check of a command has passed.

use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};

use super::Written;
use super::once::Made;
use super::state::{State, require_new};
use crate::command::{
    CreateOperatorKey, CreateOperatorKeyRejection, DeleteOperatorKey, DeleteOperatorKeyRejection,
    ListOperatorKeys, Page,
};
use crate::fault::{Failure, Outcome};
use crate::port::Change;

impl State {
    pub(super) fn create_operator_key(
        &mut self,
        command: CreateOperatorKey,
    ) -> Outcome<Written<OperatorKey>, CreateOperatorKeyRejection> {
        let CreateOperatorKey { key, once, trail } = command;
        if let Some(once) = &once
            && let Some(done) = self.once.find(once)
        {
            return Err(Failure::Rejected(match done.made {
                Made::OperatorKey(made) if done.fingerprint == once.fingerprint => {
                    CreateOperatorKeyRejection::AlreadyMade { made }
                }
                Made::Account(_)
                | Made::Key(_)
                | Made::Keys { .. }
                | Made::OperatorKey(_)
                | Made::Secret(_)
                | Made::Webhook(_) => CreateOperatorKeyRejection::OtherRequest,
            }));
        }
        let new = self.operator_keys.get(&key.id).is_none();
        require_new(new && !self.operator_kids.contains(&key.kid), "operator key")?;
        let epoch = self.write_trail(&trail, [])?;
        self.operator_kids.insert(key.kid);
        self.operator_keys.push(key.id, key.clone());
        self.once.note(once, Made::OperatorKey(key.id), epoch);
        Ok(Written { changes: vec![Change::OperatorKey(Box::new(key.clone()))], answer: key })
    }

    pub(super) fn delete_operator_key(
        &mut self,
        command: &DeleteOperatorKey,
    ) -> Outcome<Written<OperatorKey>, DeleteOperatorKeyRejection> {
        let Some(mut key) = self.operator_keys.get(&command.key).cloned() else {
            return Err(Failure::Rejected(DeleteOperatorKeyRejection::NoSuchOperatorKey));
        };
        if key.state == OperatorKeyState::Deleted {
            return Ok(Written::silent(key));
        }
        let is_active_admin = |key: &&OperatorKey| {
            key.role == OperatorRole::Admin && key.state == OperatorKeyState::Active
        };
        if is_active_admin(&&key) && self.operator_keys.iter().filter(is_active_admin).count() == 1
        {
            return Err(Failure::Rejected(DeleteOperatorKeyRejection::LastAdmin));
        }
        self.write_trail(&command.trail, [])?;
        key.state = OperatorKeyState::Deleted;
        if let Some(row) = self.operator_keys.get_mut(&key.id) {
            *row = key.clone();
        }
        Ok(Written { changes: vec![Change::OperatorKey(Box::new(key.clone()))], answer: key })
    }

    pub(super) fn list_operator_keys(&self, question: ListOperatorKeys) -> Page<OperatorKey> {
        let listed = |key: &OperatorKey| key.state == OperatorKeyState::Active;
        self.operator_keys.page(question.after, question.limit, u32::MAX, listed, |_| true)
    }
}
