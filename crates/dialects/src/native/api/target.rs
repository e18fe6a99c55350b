//! What the path names: a realm, a place, an account, a key or a webhook in it.
//!
//! An id that cannot be read, one that exists elsewhere and one that exists nowhere get the same
//! answer. Must not look into the body: what does not exist is said before it is read.

use axum::extract::{FromRequestParts, RawPathParams};
use domain::account::Account;
use domain::ids::{AccountId, EventId, KeyId, OperatorKeyId, RealmName, WebhookId};
use domain::key::Key;
use domain::webhook::Webhook;
use engine::place::PlaceRef;
use http::request::Parts;

use super::problem::{Problem, ProblemCode};
use super::rejections;
use super::state::{ApiState, Caller};

/// The segments of a path that stand for names. Missing ones are empty, which names nothing.
pub(super) struct Target(RawPathParams);

impl FromRequestParts<ApiState> for Target {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        // The gate lets only plain ASCII pass, so that this never fails.
        match RawPathParams::from_request_parts(parts, state).await {
            Ok(params) => Ok(Self(params)),
            Err(_) => Err(super::no_such_path()),
        }
    }
}

/// Most environments that are named where another one was asked for.
const NAMED_MAX: usize = 12;

/// The same for every name that leads nowhere.
fn no_such_place(places: &[PlaceRef]) -> String {
    let names = places.iter().take(NAMED_MAX).map(|place| place.place().to_string());
    let names: Vec<String> = names.collect();
    let more = if places.len() > NAMED_MAX { " and others" } else { "" };
    format!(
        "There is no such environment in such a realm. There are {}{more}: list the realms to see them.",
        names.join(", ")
    )
}

impl Target {
    fn segment(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }

    /// The name of the realm, if it can be one.
    pub(super) fn realm(&self) -> Option<RealmName> {
        RealmName::parse(self.segment("realm")).ok()
    }

    /// The place.
    pub(super) fn place(&self, state: &ApiState) -> Result<PlaceRef, Problem> {
        let found = state.engine().place(self.segment("realm"), self.segment("environment"));
        found.cloned().ok_or_else(|| {
            Problem::new(ProblemCode::NoSuchPlace, no_such_place(state.engine().places()))
        })
    }

    /// The place, and the account in it.
    pub(super) async fn account(
        &self,
        state: &ApiState,
        caller: Caller,
    ) -> Result<(PlaceRef, Account), Problem> {
        let place = self.place(state)?;
        let account = account(state, caller, &place, self.segment("account")).await?;
        Ok((place, account))
    }

    /// The place, and the id of an account that may be in it.
    pub(super) fn account_id(&self, state: &ApiState) -> Result<(PlaceRef, AccountId), Problem> {
        let place = self.place(state)?;
        let id = AccountId::parse(self.segment("account"));
        Ok((place, id.map_err(|_| rejections::no_such_account())?))
    }

    /// The place, and the id of an account that is in it.
    pub(super) fn known_account(&self, state: &ApiState) -> Result<(PlaceRef, AccountId), Problem> {
        let (place, id) = self.account_id(state)?;
        if state.engine().has_account(&place, id) {
            Ok((place, id))
        } else {
            Err(rejections::no_such_account())
        }
    }

    /// The place, and the id of a key that may be in it.
    pub(super) fn key_id(&self, state: &ApiState) -> Result<(PlaceRef, KeyId), Problem> {
        let place = self.place(state)?;
        let id = KeyId::parse(self.segment("key")).map_err(|_| rejections::no_such_key())?;
        Ok((place, id))
    }

    /// The place, and the webhook in it.
    pub(super) async fn webhook(
        &self,
        state: &ApiState,
        caller: Caller,
    ) -> Result<(PlaceRef, Webhook), Problem> {
        let place = self.place(state)?;
        let Ok(id) = WebhookId::parse(self.segment("webhook")) else {
            return Err(rejections::no_such_webhook());
        };
        let found = state.engine().get_webhook(&place, None, id).await;
        let found = found.map_err(|fault| caller.fault(&fault))?;
        Ok((place, found.ok_or_else(rejections::no_such_webhook)?))
    }

    /// The id of an event, if it can be one.
    pub(super) fn event(&self) -> Option<EventId> {
        EventId::parse(self.segment("event")).ok()
    }

    /// The id of an operator's key that may be there.
    pub(super) fn operator_key_id(&self) -> Result<OperatorKeyId, Problem> {
        let id = OperatorKeyId::parse(self.segment("operator_key"));
        id.map_err(|_| rejections::no_such_operator_key())
    }

    /// The place, and the key in it.
    pub(super) async fn key(
        &self,
        state: &ApiState,
        caller: Caller,
    ) -> Result<(PlaceRef, Key), Problem> {
        let (place, id) = self.key_id(state)?;
        let key = state.engine().get_key(&place, id).await;
        Ok((place, key.map_err(|failure| caller.failed(failure, rejections::key))?))
    }
}

/// The account of this place that the text names.
pub(super) async fn account(
    state: &ApiState,
    caller: Caller,
    place: &PlaceRef,
    text: &str,
) -> Result<Account, Problem> {
    let Ok(id) = AccountId::parse(text) else {
        return Err(rejections::no_such_account());
    };
    let found = state.engine().get_account(place, id).await;
    found.map_err(|fault| caller.fault(&fault))?.ok_or_else(rejections::no_such_account)
}
