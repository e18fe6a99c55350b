//! A service of axum behind the layer of `chaveiro-client`: it hands on to the upstream what it sees
//! and what it is told of its caller.
//!
//! Must not keep anything back itself: that the credential is gone is the layer's to see to.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use chaveiro_client::{
    Caller, Client, Head, Identity, Place, Scheme, Settings, Verdict, VerifierKey, VerifyLayer,
};
use http::request::Parts;
use tokio::sync::oneshot;

use crate::places::Environment;
use crate::stage::Stage;
use crate::support::http as wire;

/// A duty that a layer leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Careless {
    /// It calls the service whatever the verdict is.
    GoesOnWhenRefused,
    /// It leaves the credential where it is.
    KeepsTheCredential,
    /// It leaves what the caller says in Chaveiro's name.
    KeepsOurNames,
    /// It takes the caller's word for its address.
    BelievesTheCaller,
    /// It does not know the caller's address.
    ForgetsTheAddress,
    /// It answers with the status alone.
    WordsTheRefusalItself,
    /// It asks about one method and one path, whatever comes.
    AsksAboutAnother,
}

impl Careless {
    pub(crate) const ALL: [Self; 7] = [
        Self::GoesOnWhenRefused,
        Self::KeepsTheCredential,
        Self::KeepsOurNames,
        Self::BelievesTheCaller,
        Self::ForgetsTheAddress,
        Self::WordsTheRefusalItself,
        Self::AsksAboutAnother,
    ];
}

/// A running service, ended when it is dropped.
pub(crate) struct Relay {
    pub(crate) address: String,
    _end: oneshot::Sender<()>,
}

impl Relay {
    /// Serves on a port of its own, behind the layer or behind one that leaves something out.
    pub(crate) fn start(stage: &Stage, at: Environment, careless: Option<Careless>) -> Self {
        let key = VerifierKey::new(stage.server.verifier_key.clone()).expect("a key");
        let url = format!("http://{}", stage.server.verifiers());
        let client = Client::new(&url, key, Settings::default()).expect("a client");
        let place = Place::new(at.realm, at.name).expect("a place");
        let upstream = format!("127.0.0.1:{}", stage.echo.port());
        let routes = Router::new().fallback(hand_on).with_state(upstream);
        let routes = match careless {
            None => routes.layer(VerifyLayer::new(client, place, caller)),
            Some(careless) => routes.layer(from_fn(move |request: Request, next: Next| {
                leaving_out(careless, client.clone(), place.clone(), request, next)
            })),
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        listener.set_nonblocking(true).expect("a socket");
        let (end, ended) = oneshot::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
                tokio::select! {
                    served = axum::serve(listener, routes) => served.expect("it serves"),
                    _ = ended => {}
                }
            });
        });
        Self { address, _end: end }
    }
}

/// The other end of the connection.
fn caller(request: &Parts) -> Caller {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
    Caller { address: peer.map(|peer| peer.0.ip()), scheme: Some(Scheme::Http) }
}

/// Tells the upstream what this service sees, and answers what it answers.
async fn hand_on(State(upstream): State<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let mut bytes = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    };
    // An upgrade ends at this service.
    let theirs = parts.headers.iter().filter(|(name, _)| *name != "upgrade");
    theirs.for_each(|(name, value)| line(name.as_str(), value.as_bytes()));
    if let Some(who) = parts.extensions.get::<Identity>() {
        let told = [
            ("chaveiro-realm", Some(&who.realm)),
            ("chaveiro-environment", Some(&who.environment)),
            ("chaveiro-account", Some(&who.account)),
            ("chaveiro-project", who.project.as_ref()),
            ("chaveiro-key", Some(&who.key)),
            ("chaveiro-request-id", Some(&who.request_id)),
            ("chaveiro-identity", Some(&who.token)),
        ];
        let told = told.into_iter().filter_map(|(name, value)| Some((name, value?)));
        told.for_each(|(name, value)| line(name, value.as_bytes()));
    }
    bytes.extend_from_slice(b"\r\n");
    let asked = tokio::task::spawn_blocking(move || wire::raw(&upstream, &bytes));
    let answer = asked.await.expect("an answer");
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        if name != "content-length" {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer.body)).expect("a response")
}

/// What the layer does, but for one thing.
fn leaving_out(
    careless: Careless,
    client: Client,
    place: Place,
    request: Request,
    next: Next,
) -> Pin<Box<dyn Future<Output = Response> + Send>> {
    Box::pin(async move {
        let (mut parts, body) = request.into_parts();
        let mut known = caller(&parts);
        let claimed = parts.headers.get("x-forwarded-for").and_then(|line| line.to_str().ok());
        match (careless, claimed.and_then(|text| text.parse().ok())) {
            (Careless::BelievesTheCaller, Some(address)) => known.address = Some(address),
            (Careless::ForgetsTheAddress, _) => known.address = None,
            _ => {}
        }
        let mut about = (parts.method.clone(), parts.uri.clone());
        if careless == Careless::AsksAboutAnother {
            about = (http::Method::GET, "/v3/customers".parse().expect("a path"));
        }
        let head = Head { method: &about.0, uri: &about.1, headers: &parts.headers, caller: known };
        let verdict = client.judge(&place, &head).await.expect("a verdict");
        match (verdict, careless) {
            (Verdict::Granted(admission), _) => {
                let before = parts.headers.clone();
                admission.strip(&mut parts.headers);
                let kept = |name: &http::HeaderName| {
                    let is_ours = name.as_str().starts_with("chaveiro");
                    let is_key = admission.credential_lines.contains(name);
                    (careless == Careless::KeepsTheCredential && is_key)
                        || (careless == Careless::KeepsOurNames && is_ours)
                };
                let back = before.iter().filter(|(name, _)| kept(name));
                back.for_each(|(name, value)| {
                    parts.headers.append(name.clone(), value.clone());
                });
                parts.extensions.insert(admission.identity);
            }
            (Verdict::Refused(_), Careless::GoesOnWhenRefused) => {}
            (Verdict::Refused(refusal), Careless::WordsTheRefusalItself) => {
                let id = refusal.headers["chaveiro-request-id"].clone();
                let response = Response::builder().status(refusal.status);
                return response
                    .header("chaveiro-request-id", id)
                    .body(Body::empty())
                    .expect("one");
            }
            (Verdict::Refused(refusal), _) => return refusal.into_response(),
        }
        next.run(Request::from_parts(parts, body)).await
    })
}
