//! The data plane: gateways and the verify call, on threads of their own.
//!
//! Each thread has one single-threaded runtime, a socket of its own for every address, and its own
//! gateways with their connections; threads share nothing that is written for a request. Must not
//! run anything of the control plane, whose slow pages could delay a verification.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use doors::arrival::{Arrival, Presence};
use doors::body::DoorBody;
use doors::ext_authz::ExtAuthzDoor;
use doors::gateway::{Gateway, GatewaySettings};
use doors::rest::{VerifyDoor, VerifySettings};
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc as waits, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::accept::{Accepted, accept};
use super::bind::{self, BindError};
use super::connection::{self, Door, Host, Speaks};
use super::gate::Gate;
use super::inherited::Inherited;
use super::limits::ConnectionLimits;
use super::proxy::Announced;
use super::security::Security;
use super::stop::{StopSignal, Vital, Vitals};
use crate::clock;

/// What is said to have ended, if one does.
const THREAD: &str = "a thread that serves requests";

/// How often unused connections to upstreams are looked through.
const TIDY_EVERY: Duration = Duration::from_secs(2);

/// What is behind a listener.
#[derive(Clone, Debug)]
pub(crate) enum DataDoor {
    /// The API of one environment.
    Gateway(watch::Receiver<Arc<GatewaySettings>>),
    /// The call by which others ask.
    Verify(Arc<VerifySettings>),
    /// The call by which Envoy asks.
    ExtAuthz(Arc<VerifySettings>),
}

/// One listener of the data plane.
#[derive(Clone, Debug)]
pub(crate) struct DataListener {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// How it wants to be spoken to.
    pub(crate) security: Security,
    /// Whose word is taken for where connections come from.
    pub(crate) announced: Announced,
    /// Which HTTP it speaks.
    pub(crate) speaks: Speaks,
    /// What is behind it.
    pub(crate) door: DataDoor,
}

/// The data plane could not be started, or did not last.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataPlaneError {
    /// The system has no thread or no memory for one.
    #[error("A thread for requests could not be started ({0}). Allow the server more of them.")]
    NoThread(io::Error),
    /// A thread ended before it was told to.
    #[error(
        "A thread that serves requests has died. Restart the server, and report what it logged."
    )]
    ThreadDied,
}

/// What one thread needs for one listener.
struct Post {
    socket: TcpListener,
    gate: Arc<Gate>,
    listener: DataListener,
}

/// A data plane whose sockets are open; connections wait until it is started.
#[derive(Debug)]
pub(crate) struct BoundDataPlane {
    threads: Vec<Vec<Post>>,
    addresses: Vec<SocketAddr>,
    limits: ConnectionLimits,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// A running data plane.
#[derive(Debug)]
pub(crate) struct DataPlane {
    threads: Vec<JoinHandle<()>>,
}

impl BoundDataPlane {
    /// Opens all sockets.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub(crate) fn bind(
        listeners: &[DataListener],
        threads: NonZeroUsize,
        limits: ConnectionLimits,
        inherited: &mut Inherited,
    ) -> Result<Self, BindError> {
        let mut addresses = Vec::with_capacity(listeners.len());
        let mut posts: Vec<Vec<Post>> = (0..threads.get()).map(|_| Vec::new()).collect();
        for listener in listeners {
            let gate = Gate::new(&limits);
            let sockets = bind::several(listener.address, threads.get(), inherited)?;
            let opened = sockets.first().and_then(|socket| socket.local_addr().ok());
            addresses.push(opened.unwrap_or(listener.address));
            for (posts, socket) in posts.iter_mut().zip(sockets) {
                let (gate, listener) = (Arc::clone(&gate), listener.clone());
                posts.push(Post { socket, gate, listener });
            }
        }
        Ok(Self { threads: posts, addresses, limits })
    }

    /// Where it listens, in the order of the listeners.
    #[allow(dead_code, reason = "asked where the system chooses the port, which is in tests")]
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Starts the threads, each of which is vital. When this returns, all of them accept.
    ///
    /// # Errors
    /// A thread that could not be started; those that were will see the signal to stop.
    pub(crate) fn start(
        self,
        vitals: &Vitals,
        grace: Duration,
    ) -> Result<DataPlane, DataPlaneError> {
        let (ready, started) = mpsc::channel();
        let mut threads = Vec::with_capacity(self.threads.len());
        for (at, posts) in self.threads.into_iter().enumerate() {
            let (ready, vital, limits) = (ready.clone(), vitals.of(THREAD), self.limits);
            let thread = std::thread::Builder::new()
                .name(format!("data-{at}"))
                .spawn(move || run(posts, limits, &vital, grace, &ready, at == 0))
                .map_err(DataPlaneError::NoThread)?;
            threads.push(thread);
        }
        drop(ready);
        for _ in &threads {
            match started.recv() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(DataPlaneError::NoThread(error)),
                Err(mpsc::RecvError) => return Err(DataPlaneError::ThreadDied),
            }
        }
        Ok(DataPlane { threads })
    }
}

impl DataPlane {
    /// Waits until all threads have ended, which they do some time after the signal to stop.
    ///
    /// # Errors
    /// A thread that ended by a panic.
    pub(crate) fn join(self) -> Result<(), DataPlaneError> {
        let ended: Vec<_> = self.threads.into_iter().map(JoinHandle::join).collect();
        if ended.iter().all(Result::is_ok) { Ok(()) } else { Err(DataPlaneError::ThreadDied) }
    }
}

/// The life of one thread.
fn run(
    posts: Vec<Post>,
    limits: ConnectionLimits,
    vital: &Vital,
    grace: Duration,
    ready: &mpsc::Sender<io::Result<()>>,
    is_first: bool,
) {
    let stop = vital.stop();
    let built = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build_local(LocalOptions::default());
    // Nobody listens any more when another thread could not be started.
    let tell = |outcome| drop(ready.send(outcome));
    let runtime = match built {
        Ok(runtime) => runtime,
        Err(error) => return tell(Err(error)),
    };
    // What is left when this ends is dropped with the runtime: cut off, after the grace.
    runtime.block_on(async {
        let (held, mut all_gone) = waits::channel::<()>(1);
        for post in posts {
            if let Err(error) = post.open(limits, vital, &held, is_first) {
                return tell(Err(error));
            }
        }
        drop(held);
        tell(Ok(()));
        stop.given().await;
        // Every connection holds a sender; nothing is ever sent.
        let _ = timeout(grace, all_gone.recv()).await;
    });
}

impl Post {
    /// Starts to accept.
    fn open(
        self,
        limits: ConnectionLimits,
        vital: &Vital,
        held: &waits::Sender<()>,
        is_first: bool,
    ) -> io::Result<()> {
        let stop = vital.stop();
        self.socket.set_nonblocking(true)?;
        let socket = tokio::net::TcpListener::from_std(self.socket)?;
        let DataListener { security, announced, speaks, door, .. } = self.listener;
        match door {
            DataDoor::Gateway(mut settings) => {
                let gateway = Gateway::new(Arc::clone(&settings.borrow_and_update()));
                let host = Rc::new(Host::new(gateway, security, announced, speaks, limits));
                tokio::task::spawn_local(tidy(Rc::clone(&host), settings, stop.clone()));
                if is_first {
                    tokio::task::spawn_local(look_after(Rc::clone(&host), stop.clone()));
                }
                attend(socket, self.gate, host, vital, held);
            }
            DataDoor::Verify(settings) => {
                let door = VerifyDoor::new(settings);
                let host = Rc::new(Host::new(door, security, announced, speaks, limits));
                attend(socket, self.gate, host, vital, held);
            }
            DataDoor::ExtAuthz(settings) => {
                let door = ExtAuthzDoor::new(settings);
                let host = Rc::new(Host::new(door, security, announced, speaks, limits));
                attend(socket, self.gate, host, vital, held);
            }
        }
        Ok(())
    }
}

/// Accepts connections and serves each in a task of this thread.
fn attend<D: Door>(
    socket: tokio::net::TcpListener,
    gate: Arc<Gate>,
    host: Rc<Host<D>>,
    vital: &Vital,
    held: &waits::Sender<()>,
) {
    let (vital, held) = (vital.clone(), held.clone());
    tokio::task::spawn_local(async move {
        let stop = vital.stop();
        let start = |Accepted { stream, client, slot }| {
            let (host, stop, held) = (Rc::clone(&host), stop.clone(), held.clone());
            tokio::task::spawn_local(async move {
                connection::serve(stream, client, host, stop, Presence::new((slot, held))).await;
            });
        };
        accept(socket, &gate, stop, start).await;
    });
}

/// Closes unused connections to the upstream while nobody else would notice them, and sets the
/// gateway up anew when its settings change.
async fn tidy(
    host: Rc<Host<Gateway>>,
    mut settings: watch::Receiver<Arc<GatewaySettings>>,
    stop: StopSignal,
) {
    let mut tick = tokio::time::interval(TIDY_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut may_change = true;
    loop {
        tokio::select! {
            () = stop.given() => return,
            changed = settings.changed(), if may_change => match changed {
                Ok(()) => host.door.set_up(Arc::clone(&settings.borrow_and_update())),
                Err(_) => may_change = false,
            },
            _ = tick.tick() => host.door.tidy(clock::tick()),
        }
    }
}

/// Looks after the servers behind the gateway.
async fn look_after(host: Rc<Host<Gateway>>, stop: StopSignal) {
    let mut looks = JoinSet::new();
    loop {
        let wait = host.door.look_after(&mut looks).unwrap_or(TIDY_EVERY);
        tokio::select! {
            () = stop.given() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

impl Door for Gateway {
    type Body = DoorBody;

    fn serve(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
    ) -> impl Future<Output = Response<DoorBody>> {
        // Not awaited here: a future around a future is copied once more.
        self.serve(request, arrival)
    }

    fn empty() -> DoorBody {
        DoorBody::Empty
    }
}

impl Door for VerifyDoor {
    type Body = DoorBody;

    fn serve(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
    ) -> impl Future<Output = Response<DoorBody>> {
        self.serve(request, arrival)
    }

    fn empty() -> DoorBody {
        DoorBody::Empty
    }
}

impl Door for ExtAuthzDoor {
    type Body = tonic::body::Body;

    async fn serve(&self, request: Request<Incoming>, arrival: Arrival) -> Response<Self::Body> {
        self.serve(request, arrival).await
    }

    fn empty() -> Self::Body {
        tonic::body::Body::empty()
    }
}
