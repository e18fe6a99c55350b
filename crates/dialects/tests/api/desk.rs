//! A desk at which tests manage a small world over the API.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use dialects::native::api::{ApiState, health_router, router};
use domain::cursor::CursorSecret;
use domain::lifecycle::{
    Lifecycle, LifecyclePolicy, Stages, StagesDraft, SweepGuard, Wait, WarningTime,
};
use domain::operator::OperatorRole;
use engine::create_account::AccountWish;
use engine::create_key::NewKey;
use engine::dispatch_letters::Writing;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use store::model::ModelStore;
use store::port::Store;
use testkit::chance::Seeded;
use testkit::senders::{KeepingCourier, plainly};
use testkit::world::{HeldKey, World, name};
use tower::ServiceExt;

pub(super) const SANDBOX: &str = "/api/v1/realms/payments/environments/sandbox";
pub(super) const PRODUCTION: &str = "/api/v1/realms/payments/environments/production";
pub(super) const MAIL: &str = "/api/v1/realms/mail/environments/production";

/// Well formed, and the id of nothing.
pub(super) const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

pub(super) struct Desk {
    pub(super) world: Arc<World>,
    pub(super) admin: String,
    pub(super) verifier: String,
    /// A root account in the sandbox.
    pub(super) account: String,
    /// A key of that account.
    pub(super) key: HeldKey,
    router: Router,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Desk {
    pub(super) async fn open() -> Self {
        Self::over(Arc::new(ModelStore::default())).await
    }

    pub(super) async fn over(store: Arc<dyn Store>) -> Self {
        Self::of(World::over(store).await).await
    }

    /// A desk in whose sandbox the clock can be moved.
    pub(super) async fn simulated() -> Self {
        Self::of(World::simulated(Arc::new(ModelStore::default())).await).await
    }

    /// A desk in whose place keys expire for lack of use, two months after they were used last.
    pub(super) async fn aging(store: Arc<dyn Store>) -> Self {
        let stages = Stages::new(StagesDraft {
            disable: Some(Wait::Months(1)),
            warnings: vec![WarningTime::BeforeExpiry { days: 7 }],
            expire: Some(Wait::Months(2)),
            notice_days: 7,
        });
        let ordinary = stages.expect("stages that follow each other");
        let policy = LifecyclePolicy { white_label: ordinary.without_disabling(), ordinary };
        let lifecycle = Lifecycle { policy, guard: SweepGuard::default() };
        Self::of(World::aging(store, lifecycle).await).await
    }

    /// A desk in whose sandbox the clock can be moved, and idle keys end after six months.
    pub(super) async fn rehearsing() -> Self {
        let stages = StagesDraft {
            disable: Some(Wait::Months(3)),
            warnings: vec![WarningTime::BeforeExpiry { days: 7 }],
            expire: Some(Wait::Months(6)),
            notice_days: 7,
        };
        let ordinary = Stages::new(stages).expect("stages that fit together");
        let white_label = ordinary.without_disabling();
        let policy = LifecyclePolicy { ordinary, white_label };
        let lifecycle = Lifecycle { policy, ..Lifecycle::default() };
        Self::of(World::rehearsing(Arc::new(ModelStore::default()), lifecycle).await).await
    }

    async fn of(world: World) -> Self {
        super::log::set_up();
        let world = Arc::new(world);
        let admin = operator_key(&world, OperatorRole::Admin).await;
        let verifier = operator_key(&world, OperatorRole::Verifier).await;
        let account = world.account(world.sandbox(), AccountWish::Root).await.id;
        let key = world.key(world.sandbox(), World::wish(account)).await;
        let state = api(&world);
        Self { world, admin, verifier, account: account.to_string(), key, router: whole(state) }
    }

    /// The same desk with another secret of cursors.
    pub(super) fn with_its_own_cursors(self) -> Self {
        let secret = CursorSecret::random(&mut Seeded::new(41));
        let router = whole(api(&self.world).with_cursors(secret));
        Self { router, ..self }
    }

    /// The same desk where people are written to.
    pub(super) fn that_writes(self) -> Self {
        let router = whole(api(&self.world).with_writing(Writing::On));
        Self { router, ..self }
    }

    /// A key of the account, made behind the API's back.
    pub(super) async fn another_key(&self, change: impl FnOnce(&mut NewKey)) -> HeldKey {
        let mut wish = World::wish(self.key.key.owner);
        change(&mut wish);
        self.world.key(self.world.sandbox(), wish).await
    }

    pub(super) fn account_path(&self) -> String {
        format!("{SANDBOX}/accounts/{}", self.account)
    }

    pub(super) fn keys_path(&self) -> String {
        format!("{}/keys", self.account_path())
    }

    pub(super) fn key_path(&self) -> String {
        key_path(&self.key)
    }

    /// What verifying a key in the sandbox says now.
    pub(super) async fn verify(&self, text: &str) -> String {
        self.world.verify(self.world.sandbox(), text).await
    }

    pub(super) fn request(&self, method: &Method, path: &str) -> http::request::Builder {
        let bearer = format!("Bearer {}", self.admin);
        Request::builder().method(method).uri(path).header(AUTHORIZATION, bearer)
    }

    /// The future of a request, for tests that drop it half-way.
    pub(super) fn begin(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Answer> + Send + 'static {
        let router = self.router.clone();
        async move {
            let response = router.oneshot(request).await.expect("routers do not fail");
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.expect("a whole body");
            let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
            Answer { status: parts.status, headers: parts.headers, text }
        }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        self.begin(request).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.call(&Method::GET, path).await
    }

    /// A webhook as its path shows it, without how its queue stands, which no other answer says.
    pub(super) async fn webhook_at(&self, path: &str) -> Value {
        let mut shown = self.get(path).await.ok(200);
        shown.as_object_mut().expect("an object").remove("queue").expect("how its queue stands");
        shown
    }

    pub(super) async fn call(&self, method: &Method, path: &str) -> Answer {
        self.send(self.request(method, path).body(Body::empty()).expect("a request")).await
    }

    pub(super) async fn post(&self, path: &str, body: &str) -> Answer {
        self.write(&Method::POST, path, body).await
    }

    pub(super) async fn patch(&self, path: &str, body: &str) -> Answer {
        self.write(&Method::PATCH, path, body).await
    }

    pub(super) async fn write(&self, method: &Method, path: &str, body: &str) -> Answer {
        let request = self.request(method, path).header(CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    /// A success with this status; its body.
    #[track_caller]
    pub(super) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.uncached();
        assert_eq!(self.header("content-type"), "application/json");
        self.json()
    }

    /// A problem of this status and kind; its body.
    #[track_caller]
    pub(super) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.uncached();
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["type"], format!("/problems/{code}"), "{body}");
        assert_eq!(body["status"], status);
        for member in ["title", "detail"] {
            let text = body[member].as_str().expect("a text");
            assert!(!text.is_empty() && text.len() < 400, "{member}: {text}");
        }
        body
    }

    /// A problem with exactly these members or parameters.
    #[track_caller]
    pub(super) fn wrong(&self, fields: &[&str]) {
        let body = self.problem(400, "invalid_request");
        let errors = body["errors"].as_array().expect("a list");
        let found: Vec<&str> =
            errors.iter().map(|error| error["field"].as_str().expect("a text")).collect();
        assert_eq!(found, fields, "{body}");
    }

    #[track_caller]
    pub(super) fn uncached(&self) {
        assert_eq!(self.header("cache-control"), "no-store");
    }
}

fn api(world: &Arc<World>) -> ApiState {
    let (clock, chance) = (Arc::clone(world), Arc::clone(world));
    let realm = world.sandbox().realm().name.clone();
    ApiState::new(
        Arc::clone(&world.engine),
        Arc::new(move || domain::time::Reading::of(clock.clock.now())),
        Arc::new(move || Box::new(chance.chance())),
    )
    .with_dialects([(realm, "asaas")])
    .with_outgoing(Arc::new(plainly(
        Arc::new(KeepingCourier::answering(200)),
        world.engine.places(),
    )))
}

fn whole(state: ApiState) -> Router {
    router(state.clone()).merge(health_router(state))
}

pub(super) fn key_path(key: &HeldKey) -> String {
    format!("{SANDBOX}/keys/{}", key.key.id)
}

async fn operator_key(world: &World, role: OperatorRole) -> String {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    let issued = world.engine.create_operator_key(role, name("operator"), context).await;
    issued.expect("an operator's key").text.expose().to_owned()
}
