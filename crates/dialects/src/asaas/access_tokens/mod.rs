//! The keys of sub-accounts, managed with a key of the account above (contract, section 2).
//!
//! Whether the account may manage keys, the engine says (`managed_account`); each of its reasons has
//! an answer of its own. A sub-account of somebody else is answered like one that is absent. Must not show a key but in the answer that
//! makes it.

mod answers;
mod wish;

pub(super) use wish::usual_name;

use domain::account::Account;
use domain::ids::{AccountId, KeyId};
use domain::ip_list::IpList;
use domain::key::{Key, KeyState, KeySwitch};
use domain::key_filter::KeyFilter;
use engine::change_key::KeyRejection;
use engine::create_key::{NewKey, NewKeyRejection};
use engine::list_keys::KeySearch;
use engine::managed_account::ManagingRejection;
use engine::outcome::{Failure, KeyChange, PAGE_MAX, Position};
use http::{Method, StatusCode};

use super::answers::{absent, failed, invalid};
use super::{errors, key_view as view};
use crate::dialect::{Answer, Trouble};
use crate::office::{Desk, GrantedRequest, Office};

/// Current and older base paths (section 7.5).
const BASES: [&str; 2] = ["/v3/accounts/", "/api/v3/accounts/"];

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
enum Target<'p> {
    All { account: &'p str },
    One { account: &'p str, key: &'p str },
}

impl<'p> Target<'p> {
    fn of(path: &'p str) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let rest = BASES.iter().find_map(|base| path.strip_prefix(base))?;
        let mut parts = rest.split('/');
        let (account, tokens) = (parts.next()?, parts.next()?);
        if account.is_empty() || tokens != "accessTokens" {
            return None;
        }
        match (parts.next(), parts.next()) {
            (None, _) => Some(Self::All { account }),
            (Some(key), None) if !key.is_empty() => Some(Self::One { account, key }),
            (Some(_), _) => None,
        }
    }
}

type Answered = Result<Answer, Answer>;

/// Answers a granted request.
pub(super) async fn answer(office: Office<'_>, request: GrantedRequest) -> Answer {
    let desk = office.desk();
    let outcome = match (Target::of(request.uri.path()), &request.method) {
        (Some(Target::All { account }), &Method::GET | &Method::HEAD) => {
            list(desk, &request, account).await
        }
        (Some(Target::All { account }), &Method::POST) => create(office, &request, account).await,
        (Some(Target::One { account, key }), &Method::PUT) => {
            update(office, &request, (account, key)).await
        }
        (Some(Target::One { account, key }), &Method::DELETE) => {
            delete(office, &request, (account, key)).await
        }
        // What the dialect does not list among its routes does not come here.
        (None | Some(_), _) => Err(absent()),
    };
    outcome.unwrap_or_else(|answer| answer)
}

/// The keys that work or could be enabled again; the contract knows no pages here, and the limit
/// keeps them few.
async fn list(desk: Desk<'_>, request: &GrantedRequest, account: &str) -> Answered {
    let owner = owner(desk, request, account).await?;
    let mut search = KeySearch {
        owner: Some(owner.id),
        filter: KeyFilter::towards_limit(),
        now: desk.now,
        after: Position::START,
        limit: PAGE_MAX,
    };
    let mut keys: Vec<Key> = Vec::new();
    loop {
        let page = desk.engine.list_keys(desk.place, search.clone()).await;
        let page = page.map_err(|fault| failed(desk, &fault))?;
        keys.extend(page.items);
        match page.next {
            Some(next) => search.after = next,
            None => break,
        }
    }
    let projected = desk.engine.projected_expiries(desk.place, &keys, desk.now).await;
    let projected = projected.map_err(|fault| failed(desk, &fault))?;
    let shown = keys.iter().zip(projected);
    let shown = shown.map(|(key, projected)| view::key(key, projected, desk.place.realm()));
    let shown: Vec<_> = shown.collect();
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &view::List { access_tokens: shown }))
}

async fn create(office: Office<'_>, request: &GrantedRequest, account: &str) -> Answered {
    let desk = office.desk();
    let owner = owner(desk, request, account).await?.id;
    let Office { engine, place, context } = office;
    let wish = wish::read(&request.body, place.realm()).map_err(|wrong| invalid(&wrong))?;
    if matches!(wish.switch, Some(KeySwitch::Off(_))) {
        return Err(answers::made_enabled());
    }
    let new = NewKey {
        owner,
        name: wish.name.unwrap_or_else(usual_name),
        permissions: wish.permissions,
        ip_list: IpList::Any,
        expires_at: wish.expires_at.flatten(),
    };
    let issued = engine.create_key(place, new, context).await;
    let issued = issued.map_err(|failure| match failure {
        Failure::Rejected(rejection) => refused(rejection),
        Failure::Fault(fault) => failed(desk, &fault),
    })?;
    let shown = view::issued(&issued.key, &issued.text, place.realm());
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &shown))
}

fn refused(rejection: NewKeyRejection) -> Answer {
    match rejection {
        NewKeyRejection::ExpiryNotInFuture => answers::expiry_passed(),
        NewKeyRejection::LimitReached { limit } => answers::limit_reached(limit),
        NewKeyRejection::NoSuchAccount => absent(),
        NewKeyRejection::PermissionsMissing => answers::permissions_missing(),
        // A realm of this dialect has a prefix for every environment it may have.
        NewKeyRejection::NoPrefix => errors::trouble(Trouble::Internal),
        // Only the native API makes keys that carry an idempotency key.
        NewKeyRejection::AlreadyMade { .. }
        | NewKeyRejection::OtherRequest
        | NewKeyRejection::StillRunning => errors::trouble(Trouble::Internal),
    }
}

/// Partial: what is absent stays as it is, and an empty body changes nothing.
async fn update(office: Office<'_>, request: &GrantedRequest, path: (&str, &str)) -> Answered {
    let desk = office.desk();
    let key = find(desk, request, path).await?;
    let Office { engine, place, context } = office;
    let wish = wish::read(&request.body, place.realm()).map_err(|wrong| invalid(&wrong))?;
    let change = KeyChange {
        name: wish.name,
        permissions: wish.permissions,
        expires_at: wish.expires_at,
        ip_list: None,
        switch: wish.switch,
    };
    let updated = engine.update_key(place, key.id, change, context).await;
    let updated = updated.map_err(|failure| changing_failed(desk, failure))?;
    let shown = view::key(&updated, desk.projected(&updated).await, place.realm());
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &shown))
}

async fn delete(office: Office<'_>, request: &GrantedRequest, path: (&str, &str)) -> Answered {
    let desk = office.desk();
    let key = find(desk, request, path).await?;
    let Office { engine, place, context } = office;
    let deleted = engine.delete_key(place, key.id, context).await;
    deleted.map_err(|failure| changing_failed(desk, failure))?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn changing_failed(desk: Desk<'_>, failure: Failure<KeyRejection>) -> Answer {
    match failure {
        Failure::Rejected(KeyRejection::ExpiryNotInFuture) => answers::expiry_passed(),
        Failure::Rejected(KeyRejection::Final(_)) => answers::key_is_over(),
        Failure::Rejected(KeyRejection::NoSuchKey) => absent(),
        Failure::Fault(fault) => failed(desk, &fault),
    }
}

/// The sub-account, once the account above it may manage keys at all.
async fn owner(desk: Desk<'_>, request: &GrantedRequest, id: &str) -> Result<Account, Answer> {
    // What is no id names nothing, which is said only where anything would be said.
    let id = AccountId::parse(id).unwrap_or(request.account);
    let found = desk.engine.managed_account(desk.place, request.account, id, desk.now).await;
    found.map_err(|failure| match failure {
        Failure::Rejected(ManagingRejection::NoAddressList) => answers::list_of_addresses_missing(),
        Failure::Rejected(ManagingRejection::ReleaseClosed) => answers::release_closed(),
        Failure::Rejected(ManagingRejection::NoSuchAccount) => absent(),
        Failure::Fault(fault) => failed(desk, &fault),
    })
}

/// A key of this account that was not deleted.
async fn find(
    desk: Desk<'_>,
    request: &GrantedRequest,
    (account, id): (&str, &str),
) -> Result<Key, Answer> {
    let owner = owner(desk, request, account).await?;
    let id = KeyId::parse(id).map_err(|_| absent())?;
    let key = desk.engine.get_key(desk.place, id).await.map_err(|failure| match failure {
        Failure::Rejected(_) => absent(),
        Failure::Fault(fault) => failed(desk, &fault),
    })?;
    if key.owner == owner.id && key.state != KeyState::Deleted { Ok(key) } else { Err(absent()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_access_tokens_are_served_and_their_neighbours_are_not() {
        for base in ["/v3", "/api/v3"] {
            let all = format!("{base}/accounts/abc/accessTokens");
            assert_eq!(Target::of(&all), Some(Target::All { account: "abc" }), "{all}");
            assert_eq!(Target::of(&format!("{all}/")), Some(Target::All { account: "abc" }));
            let one = format!("{all}/def");
            let expected = Target::One { account: "abc", key: "def" };
            assert_eq!(Target::of(&one), Some(expected), "{one}");
        }
        for path in [
            "/v3/accounts",
            "/v3/accounts/abc",
            "/v3/accounts//accessTokens",
            "/v3/accounts/abc/accesstokens",
            "/v3/accounts/abc/accessTokens/def/x",
            "/v3/accounts/abc/escrow",
            "/v4/accounts/abc/accessTokens",
        ] {
            assert!(Target::of(path).is_none(), "{path}");
        }
    }
}
