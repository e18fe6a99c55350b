//! A small world: realms as configuration would describe them, an engine over a store, and short
//! ways to make accounts and keys in it.
//!
//! Speaks to the engine only as doors do. Must not reach into the keyring or the store's tables.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use domain::account::{Account, Branding, UserAgentRule};
use domain::audit::Actor;
use domain::clock::ClockKind;
use domain::contacts::Contacts;
use domain::digest::Digester;
use domain::ids::{AccountId, EnvironmentName, KeyId, RealmName, RequestId};
use domain::ip_list::IpList;
use domain::key::Key;
use domain::language::{Language, LanguageRule};
use domain::lifecycle::Lifecycle;
use domain::limit::LimitRules;
use domain::method::Method;
use domain::name::DisplayName;
use domain::permission::{Catalogue, PermissionSet, RequiredAccess, Requirement, Resource};
use domain::prefix::{KeyPrefix, KeyPrefixes, Reach};
use domain::realm::{AbsentPermissions, Environment, ProjectScheme, Realm};
use domain::route::{RouteNeed, RouteRule, RouteTable};
use domain::secret::{Overlap, OverlapStart};
use domain::time::{Reading, Timestamp};
use domain::webhook::EventName;
use engine::LoadError;
use engine::context::Context;
use engine::create_account::{AccountWish, NewAccount};
use engine::create_key::NewKey;
use engine::engine::{Engine, Started};
use engine::place::PlaceRef;
use engine::rotate_key::Rotation;
use engine::verify::{Counting, Credential, ProjectName, Transport, Verdict, VerifyRequest};
use limits::local::LocalCounters;
use store::port::Store;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::chance::Seeded;
use crate::clock::SimulatedClock;

/// 2026-01-14T12:00:00Z, when every world begins.
pub const START: Timestamp = Timestamp::from_millis(1_768_392_000_000);

/// Room for counters of limits: more than any test needs.
const COUNTERS: usize = 100_000;

/// An engine with its loop running, time and chance in the test's hands.
#[derive(Debug)]
pub struct World {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The time that everything in this world is told.
    pub clock: SimulatedClock,
    chance: Mutex<Seeded>,
    stop: Option<oneshot::Sender<()>>,
    writer: Option<JoinHandle<()>>,
}

/// A key with its secret, as a test holds it.
#[derive(Clone, Debug)]
pub struct HeldKey {
    /// What is known of it.
    pub key: Key,
    /// Its text.
    pub text: String,
}

impl World {
    /// A world over this store, with the realms `payments` and `mail`.
    ///
    /// # Panics
    /// When the store cannot be loaded.
    pub async fn over(store: Arc<dyn Store>) -> Self {
        Self::limited(store, LimitRules::default()).await
    }

    /// The same with these limits in `payments`.
    ///
    /// # Panics
    /// When the store cannot be loaded.
    pub async fn limited(store: Arc<dyn Store>, limits: LimitRules) -> Self {
        Self::of(store, Realm { limits, ..payments() }).await.expect("the store loads")
    }

    /// A world in which the keys of `payments` age like this, by the calendar of São Paulo.
    ///
    /// # Panics
    /// When the store cannot be loaded.
    pub async fn aging(store: Arc<dyn Store>, lifecycle: Lifecycle) -> Self {
        let time_zone = jiff::tz::TimeZone::get("America/Sao_Paulo").expect("a zone");
        let payments = Realm { lifecycle, time_zone, ..payments() };
        Self::of(store, payments).await.expect("the store loads")
    }

    /// A world in which the clock of the sandbox of `payments` can be moved.
    ///
    /// # Panics
    /// When the store cannot be loaded.
    pub async fn simulated(store: Arc<dyn Store>) -> Self {
        let mut payments = payments();
        payments.environments[0].clock = ClockKind::Simulated;
        Self::of(store, payments).await.expect("the store loads")
    }

    /// As [`World::aging`], where the clock of the sandbox is moved by command.
    ///
    /// # Panics
    /// When the store cannot be loaded.
    pub async fn rehearsing(store: Arc<dyn Store>, lifecycle: Lifecycle) -> Self {
        let time_zone = jiff::tz::TimeZone::get("America/Sao_Paulo").expect("a zone");
        let mut payments = Realm { lifecycle, time_zone, ..payments() };
        payments.environments[0].clock = ClockKind::Simulated;
        Self::of(store, payments).await.expect("the store loads")
    }

    /// As [`World::over`], where the store may refuse.
    ///
    /// # Errors
    /// The store cannot be loaded.
    pub async fn try_over(store: Arc<dyn Store>) -> Result<Self, LoadError> {
        Self::of(store, payments()).await
    }

    async fn of(store: Arc<dyn Store>, payments: Realm) -> Result<Self, LoadError> {
        let realms = [Arc::new(payments), Arc::new(mail())];
        let counters = Arc::new(LocalCounters::with_room(COUNTERS));
        let started = Engine::start(store, &realms, Digester::plain(), counters).await;
        let Started { engine, use_writer, .. } = started?;
        let (stop, stopped) = oneshot::channel::<()>();
        let writer = tokio::spawn(use_writer.run(async move {
            let _ = stopped.await;
        }));
        Ok(Self {
            engine,
            clock: SimulatedClock::at(START),
            chance: Mutex::new(Seeded::new(1)),
            stop: Some(stop),
            writer: Some(writer),
        })
    }

    /// Stops the loop and waits until everything is written.
    ///
    /// # Panics
    /// When the loop panicked.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(writer) = self.writer.take() {
            writer.await.expect("the writer of uses ends well");
        }
    }

    /// The place with these names.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn place(&self, realm: &str, environment: &str) -> &PlaceRef {
        self.engine.place(realm, environment).expect("a place of this world")
    }

    /// The sandbox of `payments`.
    #[must_use]
    pub fn sandbox(&self) -> &PlaceRef {
        self.place("payments", "sandbox")
    }

    /// A generator of its own for one command.
    pub fn chance(&self) -> Seeded {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        Seeded::new(chance.next())
    }

    /// A reading of the clock.
    pub fn reading(&self) -> Reading {
        Reading::of(self.clock.now())
    }

    /// The circumstances of a command by the system, now, where no clock was moved.
    pub fn context<'c>(&self, chance: &'c mut Seeded) -> Context<'c> {
        let request_id = RequestId::random(chance);
        let (now, actor) = (self.clock.now(), Actor::System);
        Context { now, actor, request_id, once: None, entropy: chance }
    }

    /// The circumstances of a command by the system, now, in the time of this place.
    pub fn context_in<'c>(&self, place: &PlaceRef, chance: &'c mut Seeded) -> Context<'c> {
        Context { now: place.time(self.reading()), ..self.context(chance) }
    }

    /// Moves the clock of the sandbox so far forward.
    ///
    /// # Panics
    /// When it cannot be moved.
    pub async fn move_sandbox(&self, ms: i64) {
        let (place, mut chance) = (self.sandbox(), self.chance());
        let context = self.context_in(place, &mut chance);
        let to = context.now.plus_millis(ms);
        self.engine.move_clock(place, to, self.reading(), context).await.expect("a moved clock");
    }

    /// Makes an account that asks for nothing special.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn account(&self, place: &PlaceRef, wish: AccountWish) -> Account {
        let wish = NewAccount {
            wish,
            name: name("account"),
            ip_list: IpList::Any,
            user_agent: None,
            branding: Branding::Ours,
            contacts: Contacts::none(),
            language: LanguageRule::OfRealm,
            details: None,
        };
        let mut chance = self.chance();
        let context = self.context_in(place, &mut chance);
        self.engine.create_account(place, wish, context).await.expect("an account")
    }

    /// A wish for an unrestricted key without an end.
    #[must_use]
    pub fn wish(owner: AccountId) -> NewKey {
        NewKey {
            owner,
            name: name("key"),
            permissions: Some(PermissionSet::Unrestricted),
            ip_list: IpList::Any,
            expires_at: None,
        }
    }

    /// Makes a key.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn key(&self, place: &PlaceRef, wish: NewKey) -> HeldKey {
        let mut chance = self.chance();
        let context = self.context_in(place, &mut chance);
        let issued = self.engine.create_key(place, wish, context).await.expect("a key");
        HeldKey { text: issued.text.expose().to_owned(), key: issued.key }
    }

    /// Gives a key a new secret, as whoever manages it.
    ///
    /// # Panics
    /// When it cannot be given one.
    pub async fn rotate(
        &self,
        place: &PlaceRef,
        key: KeyId,
        overlap_s: u64,
        start: OverlapStart,
    ) -> HeldKey {
        let mut chance = self.chance();
        let context = self.context_in(place, &mut chance);
        let overlap = Overlap::from_seconds(overlap_s).expect("a lawful overlap");
        let rotation = Rotation { overlap, start, holder: None };
        let issued = self.engine.rotate_key(place, key, rotation, context).await;
        let issued = issued.expect("a new secret");
        HeldKey { text: issued.text.expose().to_owned(), key: issued.key }
    }

    /// The question whether `GET /v3/payments` may pass now with this text, from a program that says
    /// its name.
    pub fn request<'a>(&self, place: &'a PlaceRef, text: &'a str) -> VerifyRequest<'a> {
        VerifyRequest {
            now: self.reading(),
            tick: self.clock.tick(),
            counting: Counting::ToTheEnd,
            transport: Transport::Allowed,
            credential: Credential::read(text.as_bytes(), &place.realm().prefixes),
            method: Method::Get,
            path: "/v3/payments",
            client: None,
            names_its_program: true,
            project: ProjectName::Absent,
        }
    }

    /// Verifies `GET /v3/payments` with this text; the verdict in one word.
    pub async fn verify(&self, place: &PlaceRef, text: &str) -> String {
        self.verify_request(place, text, Method::Get, "/v3/payments", None).await
    }

    /// Verifies a request; the verdict in one word: `granted`, or the refusal's name.
    pub async fn verify_request(
        &self,
        place: &PlaceRef,
        text: &str,
        method: Method,
        path: &str,
        client: Option<IpAddr>,
    ) -> String {
        let request = VerifyRequest { method, path, client, ..self.request(place, text) };
        match self.engine.verify(place, &request).await {
            Verdict::Granted(_) => "granted".to_owned(),
            Verdict::Refused(refusal) => refusal.name().to_owned(),
        }
    }
}

/// A name.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("a name")
}

fn payments() -> Realm {
    let environment = |text: &str| EnvironmentName::parse(text).expect("a name");
    let prefix = |text: &str, env: &str| {
        KeyPrefix::new(text, Some(environment(env)), Reach::Own).expect("a prefix")
    };
    let own = vec![prefix("pay_live_", "production"), prefix("pay_test_", "sandbox")];
    let resource = |text: &str| Resource::parse(text).expect("a name");
    let rule = |method, pattern: &str, name, access| RouteRule {
        method,
        pattern: pattern.to_owned(),
        need: RouteNeed::Permission(Requirement { resource: resource(name), access }),
    };
    let routes = RouteTable::new([
        rule(Method::Get, "/v3/payments", "PAYMENT", RequiredAccess::Read),
        rule(Method::Post, "/v3/payments", "PAYMENT", RequiredAccess::Write),
        rule(Method::Get, "/v3/customers", "CUSTOMER", RequiredAccess::Read),
    ]);
    Realm {
        name: RealmName::parse("payments").expect("a name"),
        environments: vec![
            Environment::real(environment("sandbox")),
            Environment::real(environment("production")),
        ],
        prefixes: KeyPrefixes::new(own, ["mail_".to_owned(), "mail_all_".to_owned()]),
        catalogue: Catalogue::new(vec![resource("PAYMENT"), resource("CUSTOMER")]),
        routes: routes.expect("patterns"),
        limits: LimitRules::default(),
        lifecycle: Lifecycle::default(),
        projects: ProjectScheme::None,
        keys_per_account: 10,
        webhooks_per_account: 4,
        webhook_events: events(),
        absent_permissions: AbsentPermissions::MeanUnrestricted,
        user_agent: UserAgentRule::Optional,
        time_zone: jiff::tz::TimeZone::UTC,
        language: Language::English,
    }
}

/// What the webhooks of the first realm can be told of.
fn events() -> Vec<EventName> {
    ["KEY_CREATED", "KEY_DELETED", "KEY_DISABLED"]
        .map(|name| EventName::parse(name).expect("a name"))
        .into()
}

fn mail() -> Realm {
    let prefix = |text, reach| KeyPrefix::new(text, None, reach).expect("a prefix");
    let own = vec![prefix("mail_", Reach::Own), prefix("mail_all_", Reach::Descendants)];
    Realm {
        name: RealmName::parse("mail").expect("a name"),
        environments: vec![Environment::real(
            EnvironmentName::parse("production").expect("a name"),
        )],
        prefixes: KeyPrefixes::new(own, []),
        catalogue: Catalogue::default(),
        routes: RouteTable::default(),
        limits: LimitRules::default(),
        lifecycle: Lifecycle::default(),
        projects: ProjectScheme::Projects {
            account_paths: vec!["/v1/account".to_owned()],
            per_account: 3,
        },
        keys_per_account: 100,
        webhooks_per_account: 10,
        webhook_events: vec![EventName::parse("key.created").expect("a name")],
        absent_permissions: AbsentPermissions::MeanUnrestricted,
        user_agent: UserAgentRule::Optional,
        time_zone: jiff::tz::TimeZone::UTC,
        language: Language::English,
    }
}
