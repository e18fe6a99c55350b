//! Deletes a project for good, and all its keys in the same transaction. No verification sent after
//! the answer is granted to any of them.
//!
//! Must not delete a key without an event that tells of it: so it looks which keys there are, and
//! looks again when they changed meanwhile.

use domain::account::Account;
use domain::audit::{Action, Event, EventKind};
use domain::ids::{AccountId, EventId, KeyId};
use store::command::{DeleteProject, DeleteProjectRejection, ListKeys};
use store::fault::{Failure, Fault, FaultKind, Outcome};

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// How often to look again while somebody else keeps making keys.
const LOOKS_MAX: usize = 8;

/// Why a project was not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such project")]
pub struct NoSuchProject;

impl Engine {
    /// Deletes a project.
    ///
    /// # Errors
    /// No such project, also where it was deleted before; or a fault of the store.
    pub async fn delete_project(
        &self,
        place: &PlaceRef,
        project: AccountId,
        mut context: Context<'_>,
    ) -> Outcome<Account, NoSuchProject> {
        for _ in 0..LOOKS_MAX {
            let keys = self.keys_to_delete(place, project).await?;
            let mut trail =
                context.trail(Action::DeleteProject, Some(place.place()), project.to_string());
            trail.events.extend(keys.iter().map(|&key| Event {
                id: EventId::random(context.entropy),
                at: context.now,
                kind: EventKind::Deleted,
                place: place.place().clone(),
                account: project,
                key,
            }));
            let place = place.place().clone();
            let command = DeleteProject { place, project, keys, trail };
            match self.store.delete_project(command).await {
                Ok(deleted) => return Ok(deleted),
                Err(Failure::Fault(fault)) => return Err(Failure::Fault(fault)),
                Err(Failure::Rejected(DeleteProjectRejection::NoSuchProject)) => {
                    return Err(Failure::Rejected(NoSuchProject));
                }
                Err(Failure::Rejected(DeleteProjectRejection::KeysChanged)) => {}
            }
        }
        let detail = "the keys of the project changed all the time";
        Err(Failure::Fault(Fault::new(FaultKind::Unavailable, detail)))
    }

    async fn keys_to_delete(
        &self,
        place: &PlaceRef,
        project: AccountId,
    ) -> Result<Vec<KeyId>, Fault> {
        let mut question = ListKeys { owner: Some(project), ..ListKeys::of(place.place().clone()) };
        let mut keys = Vec::new();
        loop {
            // A project unknown has no keys.
            let page = self.store.list_keys(question.clone()).await?;
            keys.extend(page.items.iter().map(|key| key.id));
            match page.next {
                Some(next) => question.after = next,
                None => return Ok(keys),
            }
        }
    }
}
