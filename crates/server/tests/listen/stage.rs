//! A data plane and a control plane over a small world, on ports that are free.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use dialects::dialect::{Dialect, DialectSettings, EnvironmentSettings};
use doors::asker::Askers;
use doors::gateway::{
    BackOffice, Backend, BackendRules, GatewaySettings, Hints, Upstream, UpstreamLimits,
};
use doors::identity::IdentitySigner;
use doors::inbound::BodyLimits;
use doors::rest::{VerifyPlace, VerifySettings};
use engine::create_account::AccountWish;
use engine::verify::Transport;
use store::model::ModelStore;
use testkit::world::{HeldKey, World};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::identity::Identity;
use crate::listen::{
    Announced, BoundControl, BoundDataPlane, ConnectionLimits, ControlListener, DataDoor,
    DataListener, DataPlane, Inherited, Security, Speaks, StopHandle, StopSignal, Vitals,
    stop_signal,
};

const LONG: Duration = Duration::from_secs(60);

/// Generous limits.
pub(crate) const LIMITS: ConnectionLimits = ConnectionLimits {
    header_bytes_max: 16_384,
    header_lines_max: 100,
    connections_max: 1_000,
    connections_per_address_max: None,
    first_byte_deadline: LONG,
    header_deadline: LONG,
    idle_deadline: LONG,
    unread_deadline: LONG,
};

/// A running data plane before a scripted upstream.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) key: HeldKey,
    pub(crate) upstream: TcpListener,
    pub(crate) gateway: SocketAddr,
    pub(crate) verify: SocketAddr,
    pub(crate) stop: StopHandle,
    pub(crate) plane: DataPlane,
}

pub(crate) fn dialect() -> Arc<dyn Dialect> {
    let environment = |name: &str, prefix: &str| EnvironmentSettings {
        name: domain::ids::EnvironmentName::parse(name).expect("a name"),
        key_prefix: Some(prefix.to_owned()),
    };
    let settings = DialectSettings {
        realm: domain::ids::RealmName::parse("payments").expect("a name"),
        environments: vec![
            environment("sandbox", "pay_test_"),
            environment("production", "pay_live_"),
        ],
        header: None,
        alias_header: false,
    };
    dialects::registry::build("native", &settings).expect("a dialect")
}

fn identity() -> Arc<dyn IdentitySigner> {
    let folder = tempfile::tempdir().expect("a folder");
    let path: &Path = folder.path();
    Arc::new(Identity::open(&path.join("identity.pem")).expect("a key"))
}

pub(crate) fn gateway(world: &World, upstream: SocketAddr) -> GatewaySettings {
    GatewaySettings {
        engine: Arc::clone(&world.engine),
        place: world.sandbox().clone(),
        dialect: dialect(),
        health: None,
        trusted_hops: None,
        upstreams: vec![Arc::new(Backend::new(
            Upstream::plain("127.0.0.1", upstream.port()).expect("an upstream"),
            BackendRules::default(),
        ))],
        back_office: BackOffice {
            runtime: tokio::runtime::Handle::current(),
            entropy: Arc::new(|| Box::new(testkit::chance::Seeded::new(1))),
            body_bytes_max: 65_536,
        },
        signer: identity(),
        hints: Hints::Shown,
        limits: UpstreamLimits {
            body_bytes_max: 1_000,
            body_silence_max: LONG,
            connect_max: LONG,
            silence_max: LONG,
            tunnel_silence_max: LONG,
            idle_connections_max: UpstreamLimits::IDLE_CONNECTIONS_MAX,
            idle_max: UpstreamLimits::IDLE_MAX,
        },
    }
}

/// Settings that never change.
pub(crate) fn followed(settings: GatewaySettings) -> watch::Receiver<Arc<GatewaySettings>> {
    watch::channel(Arc::new(settings)).1
}

pub(crate) fn verify(world: &World) -> VerifySettings {
    let places = world.engine.places().iter().map(|place| VerifyPlace {
        place: place.clone(),
        dialect: dialect(),
        hints: Hints::Shown,
        in_the_clear: Transport::Allowed,
    });
    VerifySettings {
        engine: Arc::clone(&world.engine),
        places: places.collect(),
        askers: Askers::WithKey,
        signer: identity(),
        body_bytes_max: 65_536,
        batch_body_bytes_max: 1_048_576,
        body_deadline: LONG,
    }
}

pub(crate) fn anywhere() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(LIMITS, Security::PlainAllowed, LONG).await
    }

    pub(crate) async fn with(
        limits: ConnectionLimits,
        security: Security,
        grace: Duration,
    ) -> Self {
        Self::announced(limits, security, grace, Announced::Never).await
    }

    /// One whose gateway is behind a balancer.
    pub(crate) async fn announced(
        limits: ConnectionLimits,
        security: Security,
        grace: Duration,
        announced: Announced,
    ) -> Self {
        let world = World::over(Arc::new(ModelStore::new())).await;
        let account = world.account(world.sandbox(), AccountWish::Root).await;
        let key = world.key(world.sandbox(), World::wish(account.id)).await;
        let upstream = TcpListener::bind(anywhere()).await.expect("a socket");
        let behind = upstream.local_addr().expect("an address");
        let (address, other) = (anywhere(), security.clone());
        let gateway = DataDoor::Gateway(followed(gateway(&world, behind)));
        let listeners = [
            DataListener {
                address,
                security,
                announced,
                speaks: Speaks::Http2Anywhere,
                door: gateway,
            },
            DataListener {
                address,
                security: other,
                announced: Announced::Never,
                speaks: Speaks::Http2OverTls,
                door: DataDoor::Verify(Arc::new(verify(&world))),
            },
        ];
        let threads = NonZeroUsize::new(2).expect("two");
        let bound = BoundDataPlane::bind(&listeners, threads, limits, &mut Inherited::none())
            .expect("free ports");
        let (gateway, verify) = (bound.addresses()[0], bound.addresses()[1]);
        let (stop, signal) = stop_signal();
        let plane = bound.start(&Vitals::new(&signal), grace).expect("threads");
        Self { world, key, upstream, gateway, verify, stop, plane }
    }

    /// A request with the key.
    pub(crate) fn request(&self, first: &str, lines: &str) -> String {
        let key = &self.key.text;
        format!("{first} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n{lines}\r\n")
    }
}

/// A control plane that serves this router.
pub(crate) fn control(
    router: Router,
    limits: ConnectionLimits,
    security: Security,
    signal: StopSignal,
    grace: Duration,
) -> (SocketAddr, tokio::task::JoinHandle<std::io::Result<()>>) {
    let body = BodyLimits { bytes_max: 1_000, silence_max: LONG };
    let listener = ControlListener { address: anywhere(), security, body };
    let bound = BoundControl::bind(listener, limits, &mut Inherited::none()).expect("a free port");
    let address = bound.address();
    (address, tokio::spawn(bound.serve(router, signal, grace)))
}
