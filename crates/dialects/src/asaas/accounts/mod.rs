//! The sub-accounts of the root account whose key was used (contract, section 3).
//!
//! A sub-account of somebody else is answered like one that is absent. Paths below a single one
//! that are not of this dialect belong to the upstream. Must not show a key but in the answer that
//! makes it.

mod kept;
mod view;
mod wish;

use domain::account::{Account, AccountState, Branding};
use domain::ids::AccountId;
use domain::label::{LabelName, LabelValue};
use engine::create_key::NewKeyRejection;
use engine::delete_account::DeletionRejection;
use engine::open_subaccount::{NewSubaccount, OpeningRejection};
use engine::outcome::Failure;
use engine::subaccounts::{SubaccountFilter, SubaccountRejection};
use http::{Method, StatusCode};
use serde_json::json;

use super::answers::{Wrong, absent, error, failed, invalid, invalid_action};
use super::lists::{Envelope, Query};
use super::texts::cpf_or_cnpj;
use super::{errors, webhooks};
use crate::dialect::{Answer, Trouble};
use crate::office::{Desk, GrantedRequest, Office};
use wish::Wish;

/// Current and older base paths (section 7.5).
const BASES: [&str; 2] = ["/v3/accounts", "/api/v3/accounts"];
/// A word in the place of an id that stands for something else, and is the upstream's.
const NOT_AN_ID: &str = "escrow";
/// The parameters by which lists are narrowed, besides those of every list.
const FILTERS: [&str; 5] = ["cpfCnpj", "email", "id", "name", "walletId"];

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
enum Target<'p> {
    All,
    One(&'p str),
}

impl<'p> Target<'p> {
    fn of(path: &'p str) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let rest = BASES.iter().find_map(|base| path.strip_prefix(base))?;
        if rest.is_empty() {
            return Some(Self::All);
        }
        let id = rest.strip_prefix('/')?;
        let is_one = !id.is_empty() && !id.contains('/') && id != NOT_AN_ID;
        is_one.then_some(Self::One(id))
    }
}

/// Whether the path belongs to this API.
pub(super) fn serves(path: &str) -> bool {
    Target::of(path).is_some()
}

/// Whether a path looks like that of a sub-account and is not: the account named there would have
/// the id of something else.
pub(super) fn is_the_upstreams(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let below = |base: &str| path.strip_prefix(base).and_then(|rest| rest.strip_prefix('/'));
    BASES.iter().find_map(|base| below(base)) == Some(NOT_AN_ID)
}

type Answered = Result<Answer, Answer>;

/// Answers a granted request.
pub(super) async fn answer(office: Office<'_>, request: GrantedRequest) -> Answer {
    let desk = office.desk();
    let outcome = match (Target::of(request.uri.path()), &request.method) {
        (Some(Target::All), &Method::GET | &Method::HEAD) => list(desk, &request).await,
        (Some(Target::All), &Method::POST) => create(office, &request).await,
        (Some(Target::One(id)), &Method::GET | &Method::HEAD) => show(desk, &request, id).await,
        (Some(Target::One(id)), &Method::DELETE) => delete(office, &request, id).await,
        // What the dialect does not list among its routes does not come here.
        (None | Some(_), _) => Err(absent()),
    };
    outcome.unwrap_or_else(|answer| answer)
}

async fn create(office: Office<'_>, request: &GrantedRequest) -> Answered {
    let desk = office.desk();
    desk.engine.require_root(request.account).map_err(not_seen)?;
    let wish = wish::read(&request.body, desk.place.realm(), desk.engine)
        .map_err(|wrong| invalid(&wrong))?;
    let Office { engine, place, context } = office;
    let Wish { name, mail, mut kept, key_name, permissions, webhooks } = wish;
    // An identity of ours, which means nothing more yet.
    kept.wallet = Some(AccountId::fresh_uuid(context.now, context.entropy).to_string());
    let new = NewSubaccount {
        parent: request.account,
        name,
        branding: Branding::Ours,
        mail: Some(mail),
        labels: kept.labels(),
        details: kept.to_details(),
        key_name,
        permissions,
        webhooks,
    };
    let opened = engine.open_subaccount(place, new, context).await;
    let opened = opened.map_err(|failure| match failure {
        Failure::Rejected(rejection) => not_opened(rejection),
        Failure::Fault(fault) => failed(desk, &fault),
    })?;
    let issued = &opened.issued;
    let view = view::opened(&opened.account, &issued.key, &issued.text, place.realm());
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &view))
}

/// The words are ours: the contract has none for accounts that are there already.
fn not_opened(rejection: OpeningRejection) -> Answer {
    match rejection {
        // The account holds the key that was just verified, so it can only be gone by now.
        OpeningRejection::NoSuchParent => absent(),
        OpeningRejection::ParentNotRoot => not_root(),
        OpeningRejection::LabelTaken(kept::EMAIL) => {
            invalid_action("Já existe uma conta ativa com este e-mail")
        }
        OpeningRejection::LabelTaken(kept::TAX_ID) => {
            invalid_action("Já existe uma conta ativa com este CPF ou CNPJ")
        }
        OpeningRejection::LabelTaken(_) => invalid_action("Já existe uma conta como esta"),
        OpeningRejection::TooManyWebhooks { limit } => webhooks::limit_reached(limit),
        OpeningRejection::Key(NewKeyRejection::PermissionsMissing) => {
            let description =
                "Informe em accessTokenConfig as permissões da chave de API".to_owned();
            invalid(&[Wrong { field: "accessTokenConfig", description }])
        }
        // The dialect has a prefix for every environment, the key has no date, its account is made
        // with it, and the contract knows no idempotency keys.
        OpeningRejection::Key(
            NewKeyRejection::AlreadyMade { .. }
            | NewKeyRejection::ExpiryNotInFuture
            | NewKeyRejection::LimitReached { .. }
            | NewKeyRejection::NoPrefix
            | NewKeyRejection::NoSuchAccount
            | NewKeyRejection::OtherRequest
            | NewKeyRejection::StillRunning,
        ) => errors::trouble(Trouble::Internal),
    }
}

async fn list(desk: Desk<'_>, request: &GrantedRequest) -> Answered {
    desk.engine.require_root(request.account).map_err(not_seen)?;
    let query = Query::of(request.uri.query());
    let window = query.window(&FILTERS).map_err(|wrong| invalid(&wrong))?;
    if let Some(id) = query.get("id") {
        // A published client asks for one account in this way, and expects it by itself.
        return show(desk, request, id).await;
    }
    let Some(filter) = filter(&query) else {
        let none = Envelope::<view::AccountView>::of(window, 0, Vec::new());
        return Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &none));
    };
    let bounds = (window.offset, window.limit);
    let slice = desk.engine.browse_subaccounts(desk.place, request.account, filter, bounds).await;
    let slice = slice.map_err(|failure| not_found(desk, failure))?;
    let shown = slice.items.iter().map(view::account).collect();
    let envelope = Envelope::of(window, slice.total, shown);
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &envelope))
}

/// What the query asks for; `None` where no account can be so.
fn filter(query: &Query) -> Option<SubaccountFilter> {
    let mut labels: Vec<(LabelName, LabelValue)> = Vec::new();
    let mut narrow = |name, text: Option<String>| {
        labels.push((name, LabelValue::parse(&text?).ok()?));
        Some(())
    };
    if let Some(text) = query.get("email") {
        narrow(kept::EMAIL, kept::folded(text))?;
    }
    if let Some(text) = query.get("cpfCnpj") {
        narrow(kept::TAX_ID, cpf_or_cnpj(text))?;
    }
    if let Some(text) = query.get("walletId") {
        narrow(kept::WALLET, Some(text.to_owned()))?;
    }
    let name_part = query.get("name").unwrap_or("").to_owned();
    Some(SubaccountFilter { labels, name_part })
}

async fn show(desk: Desk<'_>, request: &GrantedRequest, id: &str) -> Answered {
    let account = find(desk, request, id).await?;
    match account.state {
        AccountState::Active | AccountState::Suspended => {
            Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &view::account(&account)))
        }
        AccountState::Deleted => Err(absent()),
    }
}

async fn delete(office: Office<'_>, request: &GrantedRequest, id: &str) -> Answered {
    let desk = office.desk();
    let account = find(desk, request, id).await?;
    match account.state {
        AccountState::Active | AccountState::Suspended => {}
        AccountState::Deleted => return Err(closed_already()),
    }
    let Office { engine, place, context } = office;
    let deleted = engine.delete_account(place, account.id, context).await;
    deleted.map_err(|failure| match failure {
        // Somebody else was faster. What is below another account is no root account.
        Failure::Rejected(DeletionRejection::NoSuchAccount | DeletionRejection::IsRoot) => {
            closed_already()
        }
        Failure::Fault(fault) => failed(desk, &fault),
    })?;
    let body = json!({"deleted": true, "id": account.id.to_string()});
    Ok(Answer::with_json(StatusCode::OK, &errors::JSON, &body))
}

/// The contract's own words (section 3.1).
fn closed_already() -> Answer {
    invalid_action("A subconta já foi encerrada")
}

/// The sub-account with this id, also one that is over.
async fn find(desk: Desk<'_>, request: &GrantedRequest, id: &str) -> Result<Account, Answer> {
    // What is no id names nothing, which is said only where anything would be said.
    let id = AccountId::parse(id).unwrap_or(request.account);
    let found = desk.engine.find_subaccount(desk.place, request.account, id).await;
    found.map_err(|failure| not_found(desk, failure))
}

fn not_found(desk: Desk<'_>, failure: Failure<SubaccountRejection>) -> Answer {
    match failure {
        Failure::Rejected(rejection) => not_seen(rejection),
        Failure::Fault(fault) => failed(desk, &fault),
    }
}

fn not_seen(rejection: SubaccountRejection) -> Answer {
    match rejection {
        SubaccountRejection::NotRoot => not_root(),
        SubaccountRejection::NoSuchAccount => absent(),
    }
}

/// Ours altogether: the contract only says that root accounts make sub-accounts.
fn not_root() -> Answer {
    error(
        StatusCode::FORBIDDEN,
        "root_account_required",
        "Somente uma conta raiz pode criar e consultar subcontas. Use uma chave da conta raiz",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_accounts_are_served_and_their_neighbours_are_not() {
        for base in BASES {
            for path in [base.to_owned(), format!("{base}/")] {
                assert_eq!(Target::of(&path), Some(Target::All), "{path}");
            }
            for path in [format!("{base}/abc"), format!("{base}/abc/")] {
                assert_eq!(Target::of(&path), Some(Target::One("abc")), "{path}");
            }
        }
        for path in [
            "/v3/account",
            "/v3/accountsx",
            "/v3/accounts//",
            "/v3/accounts/escrow",
            "/v3/accounts/abc/escrow",
            "/v3/accounts/abc/accessTokens",
            "/v3/accounts/abc/resendActivationLink",
            "/v4/accounts",
        ] {
            assert!(!serves(path), "{path}");
        }
        for path in ["/v3/accounts/escrow", "/api/v3/accounts/escrow/"] {
            assert!(is_the_upstreams(path), "{path}");
        }
        for path in ["/v3/accounts", "/v3/accounts/abc", "/v3/accounts/escrow/accessTokens"] {
            assert!(!is_the_upstreams(path), "{path}");
        }
    }
}
