//! Wiring: names the concrete store and puts the parts together.
//!
//! Store, engine, doors and listeners meet here and nowhere else. Must not decide anything about
//! requests or keys.

mod doubts;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use dialects::native::api::{self, ApiState, EntropySource, LoopsSource};
use domain::digest::Digester;
use domain::entropy::Entropy;
use domain::realm::Realm;
use doors::identity::IdentitySigner;
use doors::inbound::BodyLimits;
use doors::rest::{VerifyPlace, VerifySettings};
use engine::engine::{Engine, Started};
use engine::outgoing::Outgoing;
use engine::record_use::UseWriter;
use engine::verify::Transport;
use limits::local::LocalCounters;
use store::port::Store;
use store_sqlite::{ChangesEnd, SqliteStore};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::bells::Bells;
use crate::clock;
use crate::config::{Config, DataThreads, DataUrl, ListenerConfig, VerifiersConfig};
use crate::deliverer;
use crate::entropy::SystemEntropy;
use crate::eraser;
use crate::gateways::{self, Gateways};
use crate::identity::Identity;
use crate::key_sweeper;
use crate::letter_writer;
use crate::limit_sweeper;
use crate::listen::{
    Announced, BoundControl, BoundDataPlane, ConnectionLimits, ControlListener, DataDoor,
    DataListener, DataPlane, Inherited, Security, Speaks, StopHandle, StopSignal, Vitals,
    stop_signal,
};
use crate::mailer;
use crate::senders;
use crate::sighter;
use crate::tls::LiveCertificate;

/// Threads of the control plane. Its work waits for the store, so few are enough.
const CONTROL_THREADS: usize = 2;

/// How long what is being sent may take to end at a stop; what does not is sent again later.
const SENDING_GRACE: Duration = Duration::from_secs(5);

/// The runtime of the control plane and the loops.
pub(crate) fn control_runtime() -> Result<Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(CONTROL_THREADS)
        .thread_name("control")
        .enable_all()
        .build();
    built.context("The threads of the control plane could not be started; allow the server more")
}

/// The file of the signing key, beside the database.
const IDENTITY: &str = "identity.pem";

/// The engine over its store, before anything listens.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) engine: Arc<Engine>,
    use_writer: UseWriter,
    identity: Arc<Identity>,
    changes_end: ChangesEnd,
    unplaced: u64,
    has_data: bool,
}

/// Opens the store and fills the keyring.
pub(crate) async fn open(config: &Config) -> Result<Core> {
    let DataUrl::Sqlite(path) = &config.data;
    let (path, identity_path) = (path.clone(), path.with_file_name(IDENTITY));
    // Opening waits for the disk, and recovers it after a crash.
    let opening = move || SqliteStore::open_with_clock(&path, clock::tick);
    let opened = tokio::task::spawn_blocking(opening).await;
    let store = opened.context("The store could not be opened")??;
    load(store, &identity_path, config).await
}

/// Fills the keyring from this store.
async fn load(store: SqliteStore, identity: &Path, config: &Config) -> Result<Core> {
    let changes_end = store.changes_end();
    let store: Arc<dyn Store> = Arc::new(store);
    let digester = match &config.secrets.pepper {
        None => Digester::plain(),
        Some(pepper) => Digester::with_pepper(pepper.expose().as_bytes())?,
    };
    let realms: Vec<Arc<Realm>> =
        config.realms.iter().map(|realm| Arc::clone(&realm.realm)).collect();
    let began = clock::tick();
    let counters = Arc::new(LocalCounters::with_room(config.limits.counters_max));
    let started = Engine::start(store, &realms, digester, counters).await?;
    let Started { engine, use_writer, report } = started;
    tracing::info!(
        keys = report.keys,
        accounts = report.accounts,
        damaged = report.damaged,
        unplaced = report.unplaced,
        took_ms = (clock::tick().as_micros() - began.as_micros()) / 1_000,
        "the keyring is loaded"
    );
    let (path, identity) = (identity, Arc::new(Identity::open(identity)?));
    let has_data = report.accounts > 0 || engine.has_operators();
    identity.warn_if_replaced(path, has_data);
    Ok(Core { engine, use_writer, identity, changes_end, unplaced: report.unplaced, has_data })
}

impl Core {
    /// Ends without ever having listened.
    pub(crate) async fn close(self) {
        self.use_writer.run(std::future::ready(())).await;
    }
}

/// A server whose sockets are all open; connections wait until it starts.
pub(crate) struct Bound {
    core: Core,
    gateways: Gateways,
    stop: StopHandle,
    stopped: StopSignal,
    data: BoundDataPlane,
    control: BoundControl,
}

/// A server that accepts on all its addresses.
pub(crate) struct Running {
    gateways: Gateways,
    stop: StopHandle,
    uses_stop: StopHandle,
    control: JoinHandle<()>,
    data: DataPlane,
    uses: JoinHandle<()>,
    deliveries: JoinHandle<()>,
    letters: JoinHandle<()>,
    vitals: Vitals,
}

/// Opens every listener.
pub(crate) fn bind(core: Core, config: &Config) -> Result<Bound> {
    let (stop, stopped) = stop_signal();
    let limits = connection_limits(config);
    let mut inherited =
        Inherited::take().context("A socket that was handed over cannot be used")?;
    let (mut doors, mut gateways) = (Vec::new(), Gateways::new(&core.engine, &core.identity));
    for realm in &config.realms {
        for environment in &realm.environments {
            doors.push(DataListener {
                address: environment.listener.listen,
                security: security(&environment.listener, gateways::speaks(environment), &stopped)?,
                announced: gateways::announced(environment),
                speaks: gateways::speaks(environment),
                door: DataDoor::Gateway(gateways.add(config, realm, environment)?),
            });
        }
    }
    let (verifiers, speaks) = (&config.verifiers, Speaks::Http2OverTls);
    doors.push(asked(&core, config, verifiers, speaks, DataDoor::Verify, &stopped)?);
    if let Some(envoy) = &config.ext_authz {
        let speaks = Speaks::Http2Anywhere;
        doors.push(asked(&core, config, envoy, speaks, DataDoor::ExtAuthz, &stopped)?);
    }
    let data = BoundDataPlane::bind(&doors, data_threads(config), limits, &mut inherited)?;
    let control = ControlListener {
        address: config.control.listener.listen,
        security: security(&config.control.listener, Speaks::Http1, &stopped)?,
        body: BodyLimits {
            bytes_max: config.limits.body_bytes_max as u64,
            silence_max: config.limits.body_deadline,
        },
    };
    let control = BoundControl::bind(control, limits, &mut inherited)?;
    for address in inherited.left() {
        tracing::warn!(%address, "a socket was handed over on which nothing listens; it is closed");
    }
    Ok(Bound { core, gateways, stop, stopped, data, control })
}

impl Bound {
    /// The engine behind the listeners.
    pub(crate) fn engine(&self) -> &Engine {
        &self.core.engine
    }

    /// Starts every loop. When this returns, all listeners accept.
    pub(crate) fn start(self, config: &Config) -> Result<Running> {
        let Self { core, gateways, stop, stopped, data, control } = self;
        let (uses_stop, uses_stopped) = stop_signal();
        let grace = config.limits.shutdown_grace;
        let vitals = Vitals::new(&stopped);
        let uses = core.use_writer.run(async move { uses_stopped.given().await });
        let uses = vitals.hold("the writer of uses", uses);
        // What the keyring may not have heard of, it learns when it is loaded anew.
        vitals.hold("the writer of the store", core.changes_end.come());
        let guard = senders::guard(config);
        core.engine.know_receivers(Arc::new(guard.clone()));
        let data = data.start(&vitals, grace)?;
        let erases = eraser::run(Arc::clone(&core.engine), stopped.clone());
        vitals.hold("the loop that erases ended secrets", erases);
        let sights = sighter::run(Arc::clone(&core.engine), stopped.clone());
        vitals.hold("the loop that tells of keys that came in the clear", sights);
        let ages = key_sweeper::run(Arc::clone(&core.engine), stopped.clone());
        vitals.hold("the loop that ages keys", ages);
        let outgoing = Arc::new(senders::outgoing(&core.engine, config, guard)?);
        let writing = senders::writing(config);
        let bells = Arc::new(Bells::of(writing));
        let (engine, called) = (Arc::clone(&core.engine), Arc::clone(&bells.deliveries));
        let deliveries =
            deliverer::run(engine, Arc::clone(&outgoing), called, stopped.clone(), SENDING_GRACE);
        let deliveries = vitals.hold("the loop that brings events to webhooks", deliveries);
        let (engine, mail) = (Arc::clone(&core.engine), senders::correspondence(config)?);
        let writes =
            letter_writer::run(Arc::clone(&engine), writing, Arc::clone(&bells), stopped.clone());
        vitals.hold("the loop that makes letters", writes);
        let letters = mailer::run(engine, mail, Arc::clone(&bells), stopped.clone(), SENDING_GRACE);
        let letters = vitals.hold("the loop that sends letters", letters);
        let forgets = limit_sweeper::run(Arc::clone(&core.engine), stopped.clone());
        vitals.hold("the loop that forgets old requests", forgets);
        let loops = bells.awaited(&stopped);
        let router = control_router(&core.engine, &core.identity, outgoing, loops, config);
        let control = vitals.hold("the control plane", async move {
            if let Err(fault) = control.serve(router, stopped, grace).await {
                tracing::error!(%fault, "the control plane could not serve");
            }
        });
        Ok(Running { gateways, stop, uses_stop, control, data, uses, deliveries, letters, vitals })
    }
}

impl Running {
    /// Serves by another configuration from here on, as far as that can be without a restart.
    ///
    /// # Errors
    /// An upstream that cannot be spoken to as described; nothing has changed then.
    pub(crate) fn reload(&self, config: &Config) -> Result<()> {
        self.gateways.reload(config)
    }

    /// Waits until a part has ended by itself without which this is no server.
    pub(crate) async fn broken(&self) -> anyhow::Error {
        let what = self.vitals.lost().await;
        anyhow::anyhow!(
            "A part of the server has ended by itself: {what}. Restart the server, and report what it logged."
        )
    }

    /// Stops accepting, lets requests under way finish within the grace, and writes what is left.
    pub(crate) async fn stop(self) {
        self.stop.stop();
        ended("the control plane", self.control).await;
        let data = tokio::task::spawn_blocking(move || self.data.join()).await;
        match data {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::error!(%fault, "the data plane ended badly"),
            Err(fault) => tracing::error!(%fault, "the data plane ended badly"),
        }
        ended("the loop that brings events to webhooks", self.deliveries).await;
        ended("the loop that sends letters", self.letters).await;
        // Last, so that uses of the last requests are written too.
        self.uses_stop.stop();
        ended("the writer of uses", self.uses).await;
    }
}

/// Waits until a part has ended, and says if that was not well.
async fn ended(part: &str, task: JoinHandle<()>) {
    if let Err(fault) = task.await {
        tracing::error!(%fault, "{part} ended badly");
    }
}

/// A listener for those who ask about the requests of others.
fn asked(
    core: &Core,
    config: &Config,
    asked: &VerifiersConfig,
    speaks: Speaks,
    door: impl FnOnce(Arc<VerifySettings>) -> DataDoor,
    stopped: &StopSignal,
) -> Result<DataListener> {
    let places = config.realms.iter().flat_map(|realm| {
        let engine = &core.engine;
        realm.environments.iter().filter_map(move |environment| {
            let place = engine.place(realm.realm.name.as_str(), environment.name.as_str())?;
            let dialect = Arc::clone(&realm.dialect);
            let in_the_clear = if environment.listener.require_tls {
                Transport::Insecure
            } else {
                Transport::Allowed
            };
            let (place, hints) = (place.clone(), gateways::hints(realm));
            Some(VerifyPlace { place, dialect, hints, in_the_clear })
        })
    });
    let signer: Arc<dyn IdentitySigner> = Arc::<Identity>::clone(&core.identity);
    let settings = VerifySettings {
        engine: Arc::clone(&core.engine),
        places: places.collect(),
        askers: asked.askers.clone(),
        signer,
        body_bytes_max: config.limits.body_bytes_max as u64,
        batch_body_bytes_max: config.limits.batch_body_bytes_max as u64,
        body_deadline: config.limits.body_deadline,
    };
    Ok(DataListener {
        address: asked.listener.listen,
        security: security(&asked.listener, speaks, stopped)?,
        announced: Announced::Never,
        speaks,
        door: door(Arc::new(settings)),
    })
}

fn control_router(
    engine: &Arc<Engine>,
    identity: &Arc<Identity>,
    outgoing: Arc<Outgoing>,
    loops: LoopsSource,
    config: &Config,
) -> Router {
    let clock: api::Clock = Arc::new(clock::now);
    let entropy = system_entropy();
    let names = config.realms.iter().map(|realm| (realm.realm.name.clone(), realm.dialect.name()));
    let state = ApiState::new(Arc::clone(engine), clock, entropy)
        .with_dialects(names)
        .with_outgoing(outgoing)
        .with_writing(senders::writing(config))
        .with_loops(loops)
        .with_cursors(identity.cursors());
    let jwks = identity.jwks();
    let verifiers = &config.verifiers.listener;
    let scheme = if verifiers.tls.is_some() { "https" } else { "http" };
    let verifiers = format!("{scheme}://{}", verifiers.listen);
    let keys = get(move || async move { ([(header::CONTENT_TYPE, "application/json")], jwks) });
    api::router(state.clone())
        .merge(api::health_router(state))
        .merge(api::docs_router(doors::rest::description(&verifiers)))
        .route("/.well-known/jwks.json", keys)
}

pub(crate) fn system_entropy() -> EntropySource {
    Arc::new(|| Box::new(SystemEntropy::for_one_command()) as Box<dyn Entropy + Send>)
}

/// How a listener is spoken to; a certificate is followed on disk from here on.
fn security(listener: &ListenerConfig, speaks: Speaks, stopped: &StopSignal) -> Result<Security> {
    Ok(match (&listener.tls, listener.require_tls) {
        (Some(files), _) => {
            let live = LiveCertificate::load(&files.certificate, &files.key)?;
            tokio::spawn(Arc::clone(&live).follow(stopped.clone()));
            Security::Tls(match speaks {
                Speaks::Http1 => live.server_config(),
                Speaks::Http2OverTls | Speaks::Http2Anywhere => live.http2_server_config(),
            })
        }
        (None, true) => Security::PlainRefused,
        (None, false) => Security::PlainAllowed,
    })
}

fn connection_limits(config: &Config) -> ConnectionLimits {
    let limits = &config.limits;
    ConnectionLimits {
        header_bytes_max: limits.header_bytes_max,
        header_lines_max: limits.header_lines_max,
        connections_max: limits.connections_max,
        connections_per_address_max: limits.connections_per_address_max,
        first_byte_deadline: limits.first_byte_deadline,
        header_deadline: limits.header_deadline,
        idle_deadline: limits.idle_deadline,
        unread_deadline: limits.unread_deadline,
    }
}

fn data_threads(config: &Config) -> NonZeroUsize {
    match config.data_threads {
        DataThreads::Exactly(threads) => threads,
        DataThreads::OnePerCore => {
            std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
        }
    }
}

#[cfg(test)]
mod tests;
