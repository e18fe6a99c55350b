//! The control plane's listener: an axum router behind the same accept loop and deadlines.
//!
//! axum's own way of serving knows no deadline for a head. Must not serve anything in the clear
//! where TLS is required, whatever the router would do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use doors::arrival::{Arrival, Presence};
use doors::inbound::{BadEnd, BodyLimits, RequestBody};
use engine::verify::Transport;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::accept::{Accepted, accept};
use super::bind::{self, BindError};
use super::connection::{self, Door, Host, Speaks};
use super::gate::Gate;
use super::inherited::Inherited;
use super::limits::ConnectionLimits;
use super::proxy::Announced;
use super::security::Security;
use super::stop::StopSignal;

/// The answer to everything that comes in the clear where TLS is required.
const INSECURE: &str = r#"{"type":"/problems/insecure_transport","title":"HTTPS required","status":403,"detail":"The request came without TLS. Use https, and replace a key that was sent in the clear."}"#;

/// The answer to a body that was larger than its limit.
const TOO_LARGE: &str = r#"{"type":"/problems/body_too_large","title":"Body too large","status":413,"detail":"The body is larger than allowed. Send a smaller one."}"#;
/// The answer to a body that did not come in its time.
const TOO_SLOW: &str = r#"{"type":"/problems/body_too_slow","title":"Body too slow","status":408,"detail":"The body did not arrive in time. Send the request again."}"#;

/// The listener of the control plane.
#[derive(Debug)]
pub(crate) struct ControlListener {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// How it wants to be spoken to.
    pub(crate) security: Security,
    /// What a request's body may take.
    pub(crate) body: BodyLimits,
}

/// A control plane whose socket is open; connections wait until it serves.
#[derive(Debug)]
pub(crate) struct BoundControl {
    socket: std::net::TcpListener,
    address: SocketAddr,
    listener: ControlListener,
    limits: ConnectionLimits,
}

impl BoundControl {
    /// Opens the socket.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub(crate) fn bind(
        listener: ControlListener,
        limits: ConnectionLimits,
        inherited: &mut Inherited,
    ) -> Result<Self, BindError> {
        let socket = bind::one(listener.address, inherited)?;
        let address = socket.local_addr().unwrap_or(listener.address);
        Ok(Self { socket, address, listener, limits })
    }

    /// Where it listens.
    #[allow(dead_code, reason = "asked where the system chooses the port, which is in tests")]
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves the router until the signal to stop, and then what is under way for the grace. Each
    /// request carries its [`Arrival`] as an extension.
    ///
    /// # Errors
    /// A socket that the runtime cannot take over.
    pub(crate) async fn serve(
        self,
        router: Router,
        stop: StopSignal,
        grace: Duration,
    ) -> std::io::Result<()> {
        self.socket.set_nonblocking(true)?;
        let socket = tokio::net::TcpListener::from_std(self.socket)?;
        let door = ControlDoor { router, body: self.listener.body };
        let host = Arc::new(Host::new(
            door,
            self.listener.security,
            Announced::Never,
            Speaks::Http1,
            self.limits,
        ));
        let gate = Gate::new(&self.limits);
        let (held, mut all_gone) = mpsc::channel::<()>(1);
        let (cut, _) = tokio::sync::watch::channel(());
        let start = |Accepted { stream, client, slot }| {
            let (host, stop, held) = (Arc::clone(&host), stop.clone(), held.clone());
            let mut cut = cut.subscribe();
            let presence = Presence::new((slot, held));
            tokio::spawn(async move {
                tokio::select! {
                    () = connection::serve(stream, client, host, stop, presence.clone()) => {}
                    // The sender is dropped when the grace is over.
                    _ = cut.changed() => {}
                }
                drop(presence);
            });
        };
        accept(socket, &gate, &stop, start).await;
        drop(held);
        // Every connection holds a sender; nothing is ever sent.
        let _ = timeout(grace, all_gone.recv()).await;
        drop(cut);
        Ok(())
    }
}

/// The router as a door.
#[derive(Debug)]
struct ControlDoor {
    router: Router,
    body: BodyLimits,
}

impl Door for ControlDoor {
    type Body = Body;

    async fn serve(&self, request: Request<Incoming>, arrival: Arrival) -> Response<Body> {
        match arrival.transport {
            Transport::Allowed => {}
            Transport::Insecure => return insecure(),
        }
        let request = request.map(|incoming| RequestBody::new(incoming, self.body));
        let fate = request.body().fate();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(arrival.request_id);
        request.extensions_mut().insert(arrival);
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        // The router sees a body that broke off; only the body itself knows why.
        match fate.bad_end() {
            Some(BadEnd::TooLarge) => instead(response, StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
            Some(BadEnd::TooSlow) => instead(response, StatusCode::REQUEST_TIMEOUT, TOO_SLOW),
            Some(BadEnd::Broken) | None => response,
        }
    }

    fn empty() -> Body {
        Body::empty()
    }
}

fn insecure() -> Response<Body> {
    instead(Response::default(), StatusCode::FORBIDDEN, INSECURE)
}

/// The answer with another status and another body.
fn instead(answer: Response<Body>, status: StatusCode, details: &'static str) -> Response<Body> {
    let mut response = answer.map(|_| Body::from(details));
    *response.status_mut() = status;
    let problem = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, problem);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}
