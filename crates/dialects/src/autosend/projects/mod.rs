//! The Projects API of the contract (section 1.3): list, create, show and delete the projects of
//! the account whose key was used.
//!
//! Must not be reached without a key of the whole account: the engine's verdict sees to it. Paths
//! below a single project belong to the upstream.

mod view;
mod wish;

use domain::account::{Account, AccountKind, Branding};
use domain::ids::AccountId;
use domain::ip_list::IpList;
use engine::create_account::{AccountWish, NewAccount, NewAccountRejection};
use engine::outcome::{Failure, Fault, PAGE_MAX, Position};
use http::{Method, StatusCode};
use serde_json::json;

use super::errors;
use crate::dialect::{Answer, Trouble};
use crate::office::{Desk, GrantedRequest, Office};

const PATH: &str = "/v1/account/projects";

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
enum Target<'p> {
    All,
    One(&'p str),
}

impl<'p> Target<'p> {
    fn of(path: &'p str) -> Option<Self> {
        let rest = path.strip_suffix('/').unwrap_or(path).strip_prefix(PATH)?;
        if rest.is_empty() {
            return Some(Self::All);
        }
        let id = rest.strip_prefix('/')?;
        (!id.is_empty() && !id.contains('/')).then_some(Self::One(id))
    }
}

/// Answers a granted request.
pub(super) async fn answer(office: Office<'_>, request: GrantedRequest) -> Answer {
    let account = request.account;
    match (Target::of(request.uri.path()), &request.method) {
        (Some(Target::All), &Method::GET | &Method::HEAD) => list(office.desk(), account).await,
        (Some(Target::All), &Method::POST) => create(office, account, &request.body).await,
        (Some(Target::One(id)), &Method::GET | &Method::HEAD) => {
            show(office.desk(), account, id).await
        }
        (Some(Target::One(id)), &Method::DELETE) => delete(office, account, id).await,
        // What the dialect does not list among its routes does not come here.
        (None | Some(_), _) => errors::no_such_project(),
    }
}

/// All of them: the contract knows no pages here, and the realm's limit keeps them few.
async fn list(desk: Desk<'_>, account: AccountId) -> Answer {
    let mut projects: Vec<Account> = Vec::new();
    let mut after = Position::START;
    loop {
        let page = desk.engine.list_accounts(desk.place, Some(account), after, PAGE_MAX);
        let page = match page.await {
            Ok(page) => page,
            Err(fault) => return failed(desk, &fault),
        };
        projects.extend(page.items);
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    let projects: Vec<_> = projects.iter().filter(|one| is_project(one)).map(view::short).collect();
    Answer::with_json(StatusCode::OK, &errors::JSON, &view::Success::of(view::List { projects }))
}

async fn create(office: Office<'_>, account: AccountId, body: &[u8]) -> Answer {
    let wish = match wish::read(body) {
        Ok(wish) => wish,
        Err(wrong) => return errors::invalid(&wrong),
    };
    let desk = office.desk();
    let Office { engine, place, context } = office;
    let new = NewAccount {
        wish: AccountWish::Project(account),
        name: wish.name,
        ip_list: IpList::Any,
        user_agent: None,
        branding: Branding::Ours,
        contacts: domain::contacts::Contacts::none(),
        language: domain::language::LanguageRule::OfRealm,
        details: wish.details,
    };
    match engine.create_account(place, new, context).await {
        Ok(project) => Answer::with_json(
            StatusCode::CREATED,
            &errors::JSON,
            &view::Success::of(view::short(&project)),
        ),
        Err(Failure::Rejected(NewAccountRejection::LimitReached { .. })) => errors::plan_limit(),
        // The account holds the key that was just verified, so it can only be gone by now.
        Err(Failure::Rejected(
            NewAccountRejection::NoProjectsHere
            | NewAccountRejection::NoSuchParent
            | NewAccountRejection::NotASubaccount
            | NewAccountRejection::ParentNotRoot,
        )) => errors::no_such_project(),
        // Only the native API makes accounts that carry an idempotency key.
        Err(Failure::Rejected(
            NewAccountRejection::OtherRequest | NewAccountRejection::StillRunning,
        )) => errors::trouble(Trouble::Internal),
        Err(Failure::Fault(fault)) => failed(desk, &fault),
    }
}

async fn show(desk: Desk<'_>, account: AccountId, id: &str) -> Answer {
    match find(desk, account, id).await {
        Ok(project) => Answer::with_json(
            StatusCode::OK,
            &errors::JSON,
            &view::Success::of(view::whole(&project)),
        ),
        Err(answer) => answer,
    }
}

async fn delete(office: Office<'_>, account: AccountId, id: &str) -> Answer {
    let desk = office.desk();
    let project = match find(desk, account, id).await {
        Ok(project) => project,
        Err(answer) => return answer,
    };
    let Office { engine, place, context } = office;
    match engine.delete_account(place, project.id, context).await {
        Ok(_) => Answer::with_json(
            StatusCode::OK,
            &errors::JSON,
            &json!({"success": true, "message": "Project deleted successfully"}),
        ),
        // Somebody else was faster.
        Err(Failure::Rejected(_)) => errors::no_such_project(),
        Err(Failure::Fault(fault)) => failed(desk, &fault),
    }
}

/// The project of this account with this id. A foreign one is answered like one that is absent.
async fn find(desk: Desk<'_>, account: AccountId, id: &str) -> Result<Account, Answer> {
    let Ok(id @ AccountId::Object(_)) = AccountId::parse(id) else {
        return Err(errors::not_a_project_id());
    };
    let found = desk.engine.get_account(desk.place, id).await;
    let found = found.map_err(|fault| failed(desk, &fault))?;
    let own = found.filter(|one| one.kind == AccountKind::Project { parent: account });
    own.ok_or_else(errors::no_such_project)
}

fn is_project(account: &Account) -> bool {
    matches!(account.kind, AccountKind::Project { .. })
}

fn failed(desk: Desk<'_>, fault: &Fault) -> Answer {
    desk.log(fault);
    errors::trouble(Trouble::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_projects_are_served_and_those_below_one_are_not() {
        for path in ["/v1/account/projects", "/v1/account/projects/"] {
            assert_eq!(Target::of(path), Some(Target::All), "{path}");
        }
        for path in ["/v1/account/projects/abc", "/v1/account/projects/abc/"] {
            assert_eq!(Target::of(path), Some(Target::One("abc")), "{path}");
        }
        for path in [
            "/v1/account",
            "/v1/account/projectsx",
            "/v1/projects",
            "/v1/account/projects/abc/domains",
            "/v1/account/projects//",
            "/v1/Account/projects",
        ] {
            assert!(Target::of(path).is_none(), "{path}");
        }
    }
}
