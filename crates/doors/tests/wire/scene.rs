//! A scene: a world with one key, a gateway before a scripted upstream, and the verify call.
//!
//! Must not judge what comes back: that is for the tests.

use std::cell::Cell;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use domain::clock::ClockKind;
use domain::ids::RequestId;
use domain::ip_list::IpList;
use domain::limit::LimitRules;
use domain::name::DisplayName;
use domain::operator::OperatorRole;
use domain::time::{Reading, Tick, Timestamp};
use doors::arrival::{Arrival, Scheme};
use doors::asker::Askers;
use doors::gateway::{
    BackOffice, Backend, BackendRules, Gateway, GatewaySettings, HealthCheck, Hints, Upstream,
    UpstreamLimits,
};
use doors::identity::IdentitySigner;
use doors::rest::{VerifyDoor, VerifyPlace, VerifySettings};
use engine::create_account::AccountWish;
use engine::verify::Transport;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use store::model::ModelStore;
use testkit::chance::Seeded;
use testkit::world::{HeldKey, START, World};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{JoinSet, spawn_local};

use crate::dialect::{Gate, KEY_HEADER, TestDialect};
use crate::socket::Socket;

/// Who the peer is said to be.
pub(crate) const PEER: &str = "203.0.113.9";

/// What the doors are told of a request, where tests change it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub(crate) now: Timestamp,
    pub(crate) tick: Tick,
    pub(crate) scheme: Scheme,
    pub(crate) transport: Transport,
}

/// What a gateway is made with, where tests change it.
pub(crate) struct Plan {
    pub(crate) hints: Hints,
    pub(crate) body_bytes_max: u64,
    pub(crate) silence_max: Duration,
    pub(crate) connect_max: Duration,
    pub(crate) upstreams: Option<Vec<Upstream>>,
    pub(crate) rules: BackendRules,
    pub(crate) health: Option<HealthCheck>,
    pub(crate) trusted_hops: Option<IpList>,
    pub(crate) askers: Askers,
    pub(crate) limits: LimitRules,
    /// What the clock of the sandbox follows. A simulated one has no limits.
    pub(crate) clock: ClockKind,
}

impl Default for Plan {
    fn default() -> Self {
        let silence_max = Duration::from_secs(60);
        Self {
            hints: Hints::Shown,
            body_bytes_max: 1_000,
            silence_max,
            connect_max: Duration::from_secs(5),
            upstreams: None,
            rules: BackendRules::default(),
            trusted_hops: None,
            health: None,
            askers: Askers::WithKey,
            limits: LimitRules::default(),
            clock: ClockKind::Real,
        }
    }
}

/// Signs with a key that tests know.
#[derive(Debug)]
pub(crate) struct TestSigner(pub(crate) Ed25519KeyPair);

impl TestSigner {
    fn new() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key"))
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }
}

impl IdentitySigner for TestSigner {
    fn key_id(&self) -> &str {
        "test-key"
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().expect("64 bytes")
    }
}

/// Everything on stage.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) key: HeldKey,
    pub(crate) account: String,
    pub(crate) verifier: String,
    pub(crate) signer: Arc<TestSigner>,
    pub(crate) circumstances: Rc<Cell<Circumstances>>,
    /// Where the dialect of the gateway waits with one of its answers.
    pub(crate) gate: Arc<Gate>,
    pub(crate) gateway: SocketAddr,
    gateway_hung_up: Rc<Notify>,
    door: Rc<Gateway>,
    pub(crate) verify: SocketAddr,
    pub(crate) upstream_address: SocketAddr,
    upstream: TcpListener,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::planned(Plan::default()).await
    }

    pub(crate) async fn planned(plan: Plan) -> Self {
        let store = Arc::new(ModelStore::new());
        let world = match plan.clock {
            ClockKind::Real => World::limited(store, plan.limits).await,
            ClockKind::Simulated => World::simulated(store).await,
        };
        let account = world.account(world.sandbox(), AccountWish::Root).await;
        let key = world.key(world.sandbox(), World::wish(account.id)).await;
        let verifier = verifier(&world).await;
        let upstream = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let upstream_address = upstream.local_addr().expect("an address");
        let signer = Arc::new(TestSigner::new());
        let circumstances = Rc::new(Cell::new(Circumstances {
            now: START,
            tick: Tick::from_micros(1_000_000),
            scheme: Scheme::Https,
            transport: Transport::Allowed,
        }));
        let plain = Upstream::plain("127.0.0.1", upstream_address.port()).expect("an upstream");
        let gate = Arc::new(Gate::new());
        let backend = |upstream| Arc::new(Backend::new(upstream, plan.rules));
        let settings = GatewaySettings {
            engine: Arc::clone(&world.engine),
            place: world.sandbox().clone(),
            dialect: Arc::new(TestDialect::new(Arc::clone(&gate))),
            health: plan.health,
            trusted_hops: plan.trusted_hops,
            upstreams: plan
                .upstreams
                .unwrap_or_else(|| vec![plain])
                .into_iter()
                .map(backend)
                .collect(),
            back_office: BackOffice {
                runtime: tokio::runtime::Handle::current(),
                entropy: Arc::new(|| Box::new(Seeded::new(1))),
                body_bytes_max: 65_536,
            },
            signer: Arc::<TestSigner>::clone(&signer),
            hints: plan.hints,
            limits: UpstreamLimits {
                body_bytes_max: plan.body_bytes_max,
                body_silence_max: Duration::from_secs(10),
                connect_max: plan.connect_max,
                silence_max: plan.silence_max,
                tunnel_silence_max: Duration::from_secs(120),
                idle_connections_max: 8,
                idle_max: Duration::from_secs(4),
            },
        };
        let (gateway, gateway_hung_up, door) =
            serve_gateway(settings, Rc::clone(&circumstances)).await;
        let settings = verify_settings(&world, &signer, plan.askers);
        let (verify, _) = serve_verify(settings, Rc::clone(&circumstances)).await;
        Self {
            account: account.id.to_string(),
            world,
            key,
            verifier,
            signer,
            circumstances,
            gate,
            gateway,
            gateway_hung_up,
            door,
            verify,
            upstream_address,
            upstream,
        }
    }

    /// The gateway itself, for a test that serves it in its own way.
    pub(crate) fn door(&self) -> Rc<Gateway> {
        Rc::clone(&self.door)
    }

    /// A client of the gateway.
    pub(crate) async fn client(&self) -> Socket {
        Socket::to(self.gateway).await
    }

    /// Returns when the gateway has let go of a client's connection, and of what it did for it.
    pub(crate) async fn connection_of_the_gateway_ends(&self) {
        self.gateway_hung_up.notified().await;
    }

    /// Has the gateway look at its servers once.
    pub(crate) async fn look_after(&self) {
        let mut looks = JoinSet::new();
        self.door.look_after(&mut looks);
        looks.join_all().await;
    }

    /// The next connection that the gateway opens.
    pub(crate) async fn accepted(&self) -> Socket {
        Socket::new(self.upstream.accept().await.expect("a connection").0)
    }

    /// Whether the gateway has opened a connection that nobody accepted yet.
    pub(crate) async fn has_opened_another(&self) -> bool {
        // A probe of our own comes after everything that was opened before.
        let probe = tokio::net::TcpStream::connect(self.upstream_address).await.expect("a probe");
        let (_, peer) = self.upstream.accept().await.expect("a connection");
        peer != probe.local_addr().expect("an address")
    }

    /// A request with the key, and these further lines.
    pub(crate) fn request(&self, first: &str, lines: &str) -> String {
        let key = &self.key.text;
        format!("{first} HTTP/1.1\r\nhost: api.example\r\n{KEY_HEADER}: {key}\r\n{lines}\r\n")
    }

    /// Lets this time pass.
    pub(crate) fn advance_ms(&self, ms: u64) {
        self.set_clock_ms(i64::try_from(ms).expect("a short time"));
        let circumstances = self.circumstances.get();
        let tick = circumstances.tick.plus_micros(ms * 1_000);
        self.circumstances.set(Circumstances { tick, ..circumstances });
    }

    /// Sets the system's clock ahead or back; no time passes.
    pub(crate) fn set_clock_ms(&self, ms: i64) {
        let circumstances = self.circumstances.get();
        let now = circumstances.now.plus_millis(ms);
        self.circumstances.set(Circumstances { now, ..circumstances });
    }
}

/// The key of a verifier.
async fn verifier(world: &World) -> String {
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    let name = DisplayName::parse("gateway").expect("a name");
    let made = world.engine.create_operator_key(OperatorRole::Verifier, name, context);
    made.await.expect("a key").text.expose().to_owned()
}

fn verify_settings(world: &World, signer: &Arc<TestSigner>, askers: Askers) -> VerifySettings {
    let places = world.engine.places().iter().map(|place| VerifyPlace {
        place: place.clone(),
        dialect: Arc::new(TestDialect::new(Arc::new(Gate::new()))),
        hints: Hints::Shown,
        in_the_clear: Transport::Insecure,
    });
    VerifySettings {
        engine: Arc::clone(&world.engine),
        places: places.collect(),
        askers,
        signer: Arc::<TestSigner>::clone(signer),
        body_bytes_max: 65_536,
        batch_body_bytes_max: 1_048_576,
        body_deadline: Duration::from_secs(30),
    }
}

pub(crate) fn arrival(circumstances: Circumstances, count: u64) -> Arrival {
    let Circumstances { now, tick, scheme, transport } = circumstances;
    Arrival {
        now: Reading::of(now),
        tick,
        request_id: RequestId::random(&mut Seeded::new(count)),
        peer: PEER.parse::<IpAddr>().expect("an address"),
        client: PEER.parse::<IpAddr>().expect("an address"),
        scheme,
        transport,
    }
}

/// Serves one door on a socket of its own, and tells when a connection to it has ended.
macro_rules! serve {
    ($door:expr, $circumstances:expr) => {{
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let address = listener.local_addr().expect("an address");
        let (door, circumstances) = (Rc::new($door), $circumstances);
        let count = Rc::new(Cell::new(0));
        let hung_up = Rc::new(Notify::new());
        let tell = Rc::clone(&hung_up);
        spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (door, circumstances) = (Rc::clone(&door), Rc::clone(&circumstances));
                let count = Rc::clone(&count);
                let service = service_fn(move |request| {
                    let door = Rc::clone(&door);
                    count.set(count.get() + 1);
                    let arrival = arrival(circumstances.get(), count.get());
                    async move { Ok::<_, Infallible>(door.serve(request, arrival).await) }
                });
                let mut http = http1::Builder::new();
                http.header_read_timeout(None);
                let tell = Rc::clone(&tell);
                let connection =
                    http.serve_connection(TokioIo::new(stream), service).with_upgrades();
                spawn_local(async move {
                    // How it ended is for the client to judge.
                    let _ = connection.await;
                    tell.notify_one();
                });
            }
        });
        (address, hung_up)
    }};
}

async fn serve_gateway(
    settings: GatewaySettings,
    circumstances: Rc<Cell<Circumstances>>,
) -> (SocketAddr, Rc<Notify>, Rc<Gateway>) {
    let door = Rc::new(Gateway::new(Arc::new(settings)));
    let (address, hung_up) = serve!(Rc::clone(&door), circumstances);
    (address, hung_up, door)
}

async fn serve_verify(
    settings: VerifySettings,
    circumstances: Rc<Cell<Circumstances>>,
) -> (SocketAddr, Rc<Notify>) {
    serve!(VerifyDoor::new(Arc::new(settings)), circumstances)
}
