//! Streams of HTTP/2 to the upstream: where they are used up, when they are free again, and whose
//! failure it is when one breaks off.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use domain::limit::{LimitKind, LimitRules};
use doors::body::DoorBody;
use doors::gateway::{BackendRules, Protocol, Upstream, UpstreamBroke};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_local;

use crate::http2::OnThisThread;
use crate::limits::rule;
use crate::scene::{Plan, Scene, arrival};
use crate::socket::Socket;

/// Most connections that a thread keeps to one server.
const CONNECTIONS: usize = 8;

/// A server that takes one request at a time on each connection, and answers when it may.
struct Server {
    upstream: Upstream,
    connections: Rc<Cell<usize>>,
    arrived: Rc<Semaphore>,
    may_answer: Rc<Semaphore>,
}

impl Server {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        let upstream = Upstream::plain("127.0.0.1", port).expect("an upstream");
        let server = Self {
            upstream: upstream.speaking(Protocol::Http2),
            connections: Rc::default(),
            arrived: Rc::new(Semaphore::new(0)),
            may_answer: Rc::new(Semaphore::new(0)),
        };
        let connections = Rc::clone(&server.connections);
        let (arrived, may_answer) = (Rc::clone(&server.arrived), Rc::clone(&server.may_answer));
        spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.set(connections.get() + 1);
                let (arrived, may_answer) = (Rc::clone(&arrived), Rc::clone(&may_answer));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (arrived, may_answer) = (Rc::clone(&arrived), Rc::clone(&may_answer));
                    async move {
                        arrived.add_permits(1);
                        let whole = request.into_body().collect().await;
                        may_answer.acquire().await.expect("it is open").forget();
                        whole.map(|_| Response::new(Full::new(Bytes::from("ok"))))
                    }
                });
                let mut http = http2::Builder::new(OnThisThread);
                let connection =
                    http.max_concurrent_streams(1).serve_connection(TokioIo::new(stream), service);
                spawn_local(async move { drop(connection.await) });
            }
        });
        server
    }

    async fn arrived(&self, count: u32) {
        self.arrived.acquire_many(count).await.expect("it is open").forget();
    }
}

/// A scene with this server, and another that is down and known to be.
async fn beside_one_that_is_down(server: &Server) -> Scene {
    let down = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let port = down.local_addr().expect("an address").port();
    drop(down);
    let down = Upstream::plain("127.0.0.1", port).expect("an upstream");
    let plan = Plan {
        upstreams: Some(vec![server.upstream.clone(), down]),
        rules: BackendRules { failures_max: 1, ..BackendRules::default() },
        connect_max: Duration::from_millis(500),
        ..Plan::default()
    };
    let scene = Scene::planned(plan).await;
    server.may_answer.add_permits(2);
    check_answered(&scene, 2).await;
    server.arrived(2).await;
    scene
}

/// Checks that one request after the other is answered, which each may be.
async fn check_answered(scene: &Scene, count: usize) {
    for _ in 0..count {
        let mut client = scene.client().await;
        client.send(&scene.request("GET /v3/payments", "")).await;
        assert_eq!(client.message().await.1, "ok");
    }
}

/// As many requests as these, each asked and not answered.
async fn held(scene: &Scene, server: &Server, count: usize) -> Vec<Socket> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = scene.client().await;
        client.send(&scene.request("GET /v3/payments", "")).await;
        server.arrived(1).await;
        clients.push(client);
    }
    clients
}

#[tokio::test(flavor = "local")]
async fn where_the_streams_of_a_connection_are_used_up_another_is_opened() {
    let server = Server::new().await;
    let upstreams = Some(vec![server.upstream.clone()]);
    let scene = Scene::planned(Plan { upstreams, ..Plan::default() }).await;
    for _ in 0..2 {
        let clients = held(&scene, &server, 3).await;
        server.may_answer.add_permits(3);
        for mut client in clients {
            assert_eq!(client.message().await.1, "ok");
        }
    }
    assert_eq!(server.connections.get(), 3, "and used again");
}

#[tokio::test(flavor = "local")]
async fn who_waits_for_a_stream_gets_the_next_that_is_free() {
    let server = Server::new().await;
    let upstreams = Some(vec![server.upstream.clone()]);
    let scene = Scene::planned(Plan { upstreams, ..Plan::default() }).await;
    let mut clients = held(&scene, &server, CONNECTIONS).await;
    for _ in 0..CONNECTIONS {
        let mut client = scene.client().await;
        client.send(&scene.request("GET /v3/payments", "")).await;
        clients.push(client);
    }
    server.may_answer.add_permits(2 * CONNECTIONS);
    for mut client in clients {
        assert_eq!(client.message().await.1, "ok");
    }
    assert_eq!(server.connections.get(), CONNECTIONS);
}

#[tokio::test(flavor = "local")]
async fn who_waits_in_vain_for_a_stream_is_told_to_come_back_and_the_server_has_not_failed() {
    let server = Server::new().await;
    let scene = beside_one_that_is_down(&server).await;
    let clients = held(&scene, &server, CONNECTIONS).await;
    let mut surplus = scene.client().await;
    surplus.send(&scene.request("GET /v3/payments", "")).await;
    assert_eq!(surplus.message().await.0.status(), 503);
    server.may_answer.add_permits(CONNECTIONS + 4);
    for mut client in clients {
        assert_eq!(client.message().await.1, "ok");
    }
    check_answered(&scene, 4).await;
}

#[tokio::test(flavor = "local")]
async fn a_body_that_breaks_off_is_no_failure_of_the_server() {
    let server = Server::new().await;
    let scene = beside_one_that_is_down(&server).await;
    let mut client = scene.client().await;
    client.send(&scene.request("POST /v3/payments", "transfer-encoding: chunked\r\n")).await;
    client.send("4\r\nbody\r\n").await;
    server.arrived(1).await;
    client.send("no chunk\r\n").await;
    assert_eq!(client.message().await.0.status(), 400);
    // The one that broke off takes a permit too, if the server hears of it late.
    server.may_answer.add_permits(5);
    check_answered(&scene, 4).await;
}

#[tokio::test(flavor = "local")]
async fn a_request_whose_connection_breaks_is_asked_again_over_another() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    spawn_local(async move {
        for may_answer in [false, true] {
            let (stream, _) = listener.accept().await.expect("a connection");
            let asked = Rc::new(Notify::new());
            let told = Rc::clone(&asked);
            let service = service_fn(move |_: Request<Incoming>| {
                told.notify_one();
                async move {
                    if !may_answer {
                        std::future::pending::<()>().await;
                    }
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("ok"))))
                }
            });
            let connection =
                http2::Builder::new(OnThisThread).serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                _ = connection => {}
                // The first breaks as soon as it is asked.
                () = asked.notified(), if !may_answer => {}
            }
        }
    });
    let upstream = Upstream::plain("127.0.0.1", port).expect("an upstream");
    let upstreams = Some(vec![upstream.speaking(Protocol::Http2)]);
    let scene = Scene::planned(Plan { upstreams, ..Plan::default() }).await;
    check_answered(&scene, 2).await;
}

/// The body of an answer, which somebody holds beyond its end.
struct Held(Rc<RefCell<DoorBody>>);

impl Body for Held {
    type Data = Bytes;
    type Error = UpstreamBroke;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, UpstreamBroke>>> {
        std::pin::Pin::new(&mut *self.0.borrow_mut()).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.borrow().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.borrow().size_hint()
    }
}

#[tokio::test(flavor = "local")]
async fn a_read_is_under_way_until_its_answer_has_ended_whoever_holds_its_body() {
    let server = Server::new().await;
    let upstreams = Some(vec![server.upstream.clone()]);
    let limits = LimitRules::new([rule("reads", 1, LimitKind::AtOnce)]).expect("limits");
    let scene = Scene::planned(Plan { upstreams, limits, ..Plan::default() }).await;
    let (door, circumstances) = (scene.door(), scene.circumstances.get());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address");
    spawn_local(async move {
        let bodies = Rc::new(RefCell::new(Vec::new()));
        let (stream, _) = listener.accept().await.expect("a connection");
        let service = service_fn(|request| {
            let (door, bodies) = (Rc::clone(&door), Rc::clone(&bodies));
            async move {
                let answer = door.serve(request, arrival(circumstances, 1)).await;
                Ok::<_, Infallible>(answer.map(|body| {
                    let body = Rc::new(RefCell::new(body));
                    bodies.borrow_mut().push(Rc::clone(&body));
                    Held(body)
                }))
            }
        });
        drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
    });
    server.may_answer.add_permits(3);
    let mut client = Socket::to(address).await;
    for _ in 0..3 {
        client.send(&scene.request("GET /v3/payments", "")).await;
        let (head, body) = client.message().await;
        assert_eq!((head.status(), &*body), (200, "ok"));
    }
}
