//! Lists, shows and makes accounts: root accounts, sub-accounts and projects.

use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use engine::create_account::{AccountWish, NewAccount};
use engine::place::PlaceRef;
use http::header::LOCATION;
use http::{Method, StatusCode};

use super::account_dto::{self, AccountDto, NewAccountBody, StandingDto};
use super::page::{self, Asked};
use super::page_dto::PageDto;
use super::problem::{Problem, ProblemCode};
use super::route::{Route, at};
use super::state::{ApiState, Caller};
use super::target::{self, Target};
use super::{BASE, body, rejections};

/// The routes that list, show and make accounts.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::shows(at!("/accounts"), list)
            .named("list_accounts", "List the accounts of an environment")
            .saying("In the order of their making. Deleted ones are left out.")
            .asking(&[page::AFTER, page::LIMIT, page::PARENT])
            .answering::<PageDto<AccountDto>>()
            .failing(&[ProblemCode::NoSuchAccount]),
        Route::shows(at!("/accounts/{account}"), show)
            .named("show_account", "Show an account")
            .answering::<AccountDto>(),
        Route::changes(Method::POST, at!("/accounts"), create)
            .named("create_account", "Make an account")
            .saying("A root account, a sub-account or a project of a root account.")
            .reading::<NewAccountBody>()
            .making::<AccountDto>()
            .failing(&[
                ProblemCode::IdempotencyKeyReused,
                ProblemCode::LimitReached,
                ProblemCode::NoSuchAccount,
                ProblemCode::ParentNotRoot,
                ProblemCode::StillRunning,
            ]),
    ]
}

/// `GET …/accounts`.
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let query = page::query(query.as_deref(), &[page::PARENT.name])?;
    // The list knows no other parameter.
    let parent = match query.others.first() {
        None => None,
        Some((_, text)) => Some(target::account(&state, caller, &place, text).await?.id),
    };
    let asked = Asked::of(&state, "accounts", &place).below(parent);
    let after = asked.position(query.after.as_deref())?;
    let page = state.engine().list_accounts(&place, parent, after, query.limit).await;
    let page = page.map_err(|fault| caller.fault(&fault))?;
    let next = asked.cursor(page.next);
    let items = page.items.iter().map(AccountDto::of).collect();
    Ok(Json(PageDto { items, next }).into_response())
}

/// `GET …/accounts/{account}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
) -> Result<Response, Problem> {
    let (_, account) = target.account(&state, caller).await?;
    Ok(Json(AccountDto::of(&account)).into_response())
}

/// `POST …/accounts`.
pub(super) async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    target: Target,
    request: Request,
) -> Result<Response, Problem> {
    let place = target.place(&state)?;
    let (body, caller) = body::of_caller(request, caller, state.reading()).await?;
    let wish = account_dto::read(&body, place.realm())?;
    let wish = NewAccount {
        wish: standing(&state, caller, &place, &wish.standing).await?,
        name: wish.name,
        ip_list: wish.ip_list,
        user_agent: wish.user_agent,
        branding: wish.branding,
        contacts: wish.contacts,
        language: wish.language,
        details: None,
    };
    let realm = place.place().realm.clone();
    let environment = place.environment().clone();
    let made = state
        .commit(caller, state.time_in(&place), move |engine, context| {
            Box::pin(async move { engine.create_account(&place, wish, context).await })
        })
        .await?;
    let account = made.map_err(|failure| caller.failed(failure, rejections::new_account))?;
    let location =
        format!("{BASE}/realms/{realm}/environments/{environment}/accounts/{}", account.id);
    let answer = (StatusCode::CREATED, [(LOCATION, location)], Json(AccountDto::of(&account)));
    Ok(answer.into_response())
}

/// A parent is looked up here, so that one whose id cannot be read and one that is not there get
/// the same answer whatever else is wrong.
async fn standing(
    state: &ApiState,
    caller: Caller,
    place: &PlaceRef,
    wish: &StandingDto,
) -> Result<AccountWish, Problem> {
    match wish {
        StandingDto::Root => Ok(AccountWish::Root),
        StandingDto::Subaccount { parent } => {
            let parent = target::account(state, caller, place, parent).await?;
            Ok(AccountWish::Subaccount(parent.id))
        }
        StandingDto::Project { parent } => {
            let parent = target::account(state, caller, place, parent).await?;
            Ok(AccountWish::Project(parent.id))
        }
    }
}
