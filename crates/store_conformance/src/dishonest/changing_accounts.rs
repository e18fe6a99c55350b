//! How the liar changes accounts and deletes projects.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::account::Account;
use store::command::{
    DeleteProject, DeleteProjectRejection, UpdateAccount, UpdateAccountRejection,
};
use store::fault::Outcome;
use store::port::Store;

use super::DishonestStore;

impl DishonestStore {
    pub(super) async fn lying_update_account(
        &self,
        command: UpdateAccount,
    ) -> Outcome<Account, UpdateAccountRejection> {
        self.honest.update_account(command).await
    }

    pub(super) async fn lying_delete_project(
        &self,
        command: DeleteProject,
    ) -> Outcome<Account, DeleteProjectRejection> {
        self.honest.delete_project(command).await
    }
}
