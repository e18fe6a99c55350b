//! A server with its API alone, and the binary with the environment of somebody who manages it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use dialects::native::api::{ApiState, router};
use domain::lifecycle::{Lifecycle, LifecyclePolicy, Stages, StagesDraft, Wait, WarningTime};
use domain::operator::OperatorRole;
use engine::create_account::AccountWish;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use store::model::ModelStore;
use store::port::Store;
use testkit::world::{World, name};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// The flags that lead to the sandbox.
pub(super) const SANDBOX: [&str; 4] = ["--realm", "payments", "--environment", "sandbox"];
/// The flags that lead to the realm with projects.
pub(super) const MAIL: [&str; 4] = ["--realm", "mail", "--environment", "production"];

pub(super) struct Office {
    pub(super) url: String,
    pub(super) admin: String,
    pub(super) verifier: String,
    /// A root account in the sandbox.
    pub(super) account: String,
    /// The text and the id of a key of that account.
    pub(super) key: (String, String),
    pub(super) world: Arc<World>,
    pub(super) runtime: Runtime,
}

/// What the binary did.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Office {
    pub(super) fn open() -> Self {
        Self::of(async |store| World::over(store).await)
    }

    /// An office in whose sandbox the clock can be moved.
    pub(super) fn simulated() -> Self {
        Self::of(async |store| World::simulated(store).await)
    }

    /// The same, where idle keys are disabled after three months and end after six.
    pub(super) fn rehearsing() -> Self {
        Self::of(async |store| World::rehearsing(store, Self::lifecycle()).await)
    }

    /// An office whose keys end like that, by a clock that is real.
    pub(super) fn aging() -> Self {
        Self::of(async |store| World::aging(store, Self::lifecycle()).await)
    }

    fn lifecycle() -> Lifecycle {
        let stages = StagesDraft {
            disable: Some(Wait::Months(3)),
            warnings: vec![WarningTime::BeforeExpiry { days: 7 }],
            expire: Some(Wait::Months(6)),
            notice_days: 7,
        };
        let ordinary = Stages::new(stages).expect("stages that fit together");
        let white_label = ordinary.without_disabling();
        let policy = LifecyclePolicy { ordinary, white_label };
        Lifecycle { policy, ..Lifecycle::default() }
    }

    fn of(world: impl AsyncFnOnce(Arc<dyn Store>) -> World) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (world, url, admin, verifier, account, key) = runtime.block_on(async {
            let world = Arc::new(world(Arc::new(ModelStore::default())).await);
            let admin = operator_key(&world, OperatorRole::Admin).await;
            let verifier = operator_key(&world, OperatorRole::Verifier).await;
            let account = world.account(world.sandbox(), AccountWish::Root).await.id;
            let key = world.key(world.sandbox(), World::wish(account)).await;
            let address = serve(api(&world)).await;
            let key = (key.text, key.key.id.to_string());
            (world, format!("http://{address}"), admin, verifier, account.to_string(), key)
        });
        Self { url, admin, verifier, account, key, world, runtime }
    }

    /// The binary with this office's address and admin key.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(args);
        command.env("CHAVEIRO_URL", &self.url).env("CHAVEIRO_ADMIN_KEY", &self.admin);
        command
    }

    pub(super) fn run(&self, args: &[&str]) -> Done {
        finish(self.command(args))
    }

    /// Runs a command that succeeds; what it printed as JSON.
    #[track_caller]
    pub(super) fn json(&self, args: &[&str]) -> Value {
        let done = self.run(&[args, &["--json"]].concat());
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{args:?}");
        assert_eq!(done.out.matches('\n').count(), 1, "one line: {}", done.out);
        serde_json::from_str(&done.out).expect("JSON")
    }

    /// Runs a command that succeeds; what it printed for people.
    #[track_caller]
    pub(super) fn text(&self, args: &[&str]) -> String {
        let done = self.run(args);
        assert_eq!(done.code, 0, "{args:?}: {}", done.err);
        done.out
    }

    /// What verifying a key in the sandbox says now.
    pub(super) fn verify(&self, text: &str) -> String {
        self.runtime.block_on(self.world.verify(self.world.sandbox(), text))
    }
}

/// The binary with nothing in its environment.
pub(super) fn bare(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chaveiro"));
    command.args(args).env_clear().stdin(Stdio::null());
    command
}

pub(super) fn finish(mut command: Command) -> Done {
    let output = command.output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Done {
        code: output.status.code().expect("it ends by itself"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn api(world: &Arc<World>) -> Router {
    let (clock, chance) = (Arc::clone(world), Arc::clone(world));
    router(ApiState::new(
        Arc::clone(&world.engine),
        Arc::new(move || domain::time::Reading::of(clock.clock.now())),
        Arc::new(move || Box::new(chance.chance())),
    ))
}

/// Serves this router on a port of its own until the runtime ends.
pub(super) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let router = router.clone();
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let answer = router.clone().oneshot(request.map(Body::new));
                async move { Ok::<_, Infallible>(answer.await.expect("routers do not fail")) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

async fn operator_key(world: &World, role: OperatorRole) -> String {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    let issued = world.engine.create_operator_key(role, name("operator"), context).await;
    issued.expect("an operator's key").text.expose().to_owned()
}
