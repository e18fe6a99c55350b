//! What a quickstart finds or makes: an account and a key in every place, and operator keys.
//!
//! Runs at every start and makes only what is missing, so a second start keeps everything and
//! shows no secret again. Must not touch a store that holds anything else.

use anyhow::{Context as _, Result};
use domain::account::{Account, Branding};
use domain::audit::Actor;
use domain::entropy::Entropy;
use domain::ids::{AccountId, RequestId};
use domain::ip_list::IpList;
use domain::key_text::KeyText;
use domain::name::DisplayName;
use domain::operator::OperatorRole;
use domain::realm::ProjectScheme;
use domain::time::{Reading, Timestamp};
use engine::context::Context;
use engine::create_account::{AccountWish, NewAccount};
use engine::create_key::NewKey;
use engine::engine::Engine;
use engine::outcome::{Failure, Fault, Position};
use engine::place::PlaceRef;

/// Operator keys, where they were made just now.
#[derive(Debug, Default)]
pub(crate) struct OperatorKeys {
    /// Opens the control plane.
    pub(crate) admin: Option<KeyText>,
    /// Opens the verify call.
    pub(crate) verifier: Option<KeyText>,
}

/// One place as the quickstart shows it.
#[derive(Debug)]
pub(crate) struct SeededPlace {
    /// The account, and its key where it was made just now.
    pub(crate) account: (AccountId, Option<KeyText>),
    /// The project, where the realm has projects, and its key where it was made just now.
    pub(crate) project: Option<(AccountId, Option<KeyText>)>,
}

/// Makes what is missing.
pub(crate) struct Seeder<'s> {
    /// The engine to ask.
    pub(crate) engine: &'s Engine,
    /// When everything is made.
    pub(crate) now: Reading,
    /// Where ids and secrets come from.
    pub(crate) entropy: &'s mut (dyn Entropy + Send),
}

impl Seeder<'_> {
    /// Operator keys, unless there are any.
    pub(crate) async fn operators(&mut self) -> Result<OperatorKeys> {
        if self.engine.has_operators() {
            return Ok(OperatorKeys::default());
        }
        let admin = self.operator(OperatorRole::Admin, "first admin").await?;
        let verifier = self.operator(OperatorRole::Verifier, "first verifier").await?;
        Ok(OperatorKeys { admin: Some(admin), verifier: Some(verifier) })
    }

    /// One more admin key, whatever others there are.
    pub(crate) async fn another_admin(&mut self) -> Result<KeyText> {
        self.operator(OperatorRole::Admin, "admin added by init").await
    }

    /// The account of this place, with a project where the realm has projects.
    pub(crate) async fn place(&mut self, place: &PlaceRef) -> Result<SeededPlace> {
        let account = self.account(place, None, "Example store").await?;
        let project = match place.realm().projects {
            ProjectScheme::None => None,
            ProjectScheme::Projects { .. } => {
                Some(self.account(place, Some(account.0), "Example project").await?)
            }
        };
        Ok(SeededPlace { account, project })
    }

    async fn operator(&mut self, role: OperatorRole, name: &str) -> Result<KeyText> {
        let name = DisplayName::parse(name)?;
        let engine = self.engine;
        let context = self.context(self.now.real());
        Ok(engine.create_operator_key(role, name, context).await.map_err(plain)?.text)
    }

    async fn account(
        &mut self,
        place: &PlaceRef,
        parent: Option<AccountId>,
        name: &str,
    ) -> Result<(AccountId, Option<KeyText>)> {
        if let Some(found) = self.existing(place, parent).await? {
            return Ok((found.id, None));
        }
        let wish = NewAccount {
            wish: parent.map_or(AccountWish::Root, AccountWish::Project),
            name: DisplayName::parse(name)?,
            ip_list: IpList::Any,
            user_agent: None,
            branding: Branding::Ours,
            contacts: domain::contacts::Contacts::none(),
            language: domain::language::LanguageRule::OfRealm,
            details: None,
        };
        let engine = self.engine;
        let context = self.context(place.time(self.now));
        let made = engine.create_account(place, wish, context).await.map_err(plain)?;
        let wish = NewKey {
            owner: made.id,
            name: DisplayName::parse("quickstart")?,
            permissions: Some(domain::permission::PermissionSet::Unrestricted),
            ip_list: IpList::Any,
            expires_at: None,
        };
        let context = self.context(place.time(self.now));
        let issued = engine.create_key(place, wish, context).await.map_err(plain)?;
        Ok((made.id, Some(issued.text)))
    }

    async fn existing(
        &self,
        place: &PlaceRef,
        parent: Option<AccountId>,
    ) -> Result<Option<Account>> {
        let page = self.engine.list_accounts(place, parent, Position::START, 1).await;
        let page = page.context("the accounts of an earlier start cannot be read")?;
        Ok(page.items.into_iter().next())
    }

    fn context(&mut self, now: Timestamp) -> Context<'_> {
        let request_id = RequestId::random(self.entropy);
        let actor = Actor::System;
        Context { now, actor, request_id, once: None, entropy: self.entropy }
    }
}

/// A failure as the one error that a first start can do nothing about.
fn plain<R: std::fmt::Display>(failure: Failure<R>) -> anyhow::Error {
    match failure {
        Failure::Rejected(rejection) => anyhow::anyhow!("{rejection}"),
        Failure::Fault(fault) => Fault::into(fault),
    }
}
