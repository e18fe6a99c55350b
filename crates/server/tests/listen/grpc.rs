//! Connections that speak gRPC: whoever is silent, slow or too large is cut off, and the end comes
//! for all.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use doors::asker::Askers;
use doors::rest::VerifySettings;
use store::model::ModelStore;
use testkit::world::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::listen::{
    Announced, BoundDataPlane, ConnectionLimits, DataDoor, DataListener, DataPlane, Inherited,
    Security, Speaks, StopHandle, Vitals, stop_signal,
};
use crate::stage::{LIMITS, anywhere, verify};

const SHORT: Duration = Duration::from_millis(80);
const MINUTE: Duration = Duration::from_secs(60);

/// What every connection begins with: the words, and an empty frame of settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// The kinds of frames that are looked for.
const RESET: u8 = 3;
const HEADERS: u8 = 1;

struct Grpc {
    stream: TcpStream,
    stop: StopHandle,
    plane: DataPlane,
}

impl Grpc {
    /// A connection to a data plane of its own.
    async fn new(limits: ConnectionLimits, body_deadline: Duration) -> Self {
        let world = World::over(Arc::new(ModelStore::new())).await;
        let askers =
            Askers::WithKeyOrFrom(domain::ip_list::IpList::parse(["127.0.0.1"]).expect("a list"));
        let settings = VerifySettings { body_deadline, askers, ..verify(&world) };
        let door = DataDoor::ExtAuthz(Arc::new(settings));
        let listener = DataListener {
            address: anywhere(),
            security: Security::PlainAllowed,
            announced: Announced::Never,
            speaks: Speaks::Http2Anywhere,
            door,
        };
        let bound =
            BoundDataPlane::bind(&[listener], NonZeroUsize::MIN, limits, &mut Inherited::none());
        let bound = bound.expect("a free port");
        let address = bound.addresses()[0];
        let (stop, signal) = stop_signal();
        let plane = bound.start(&Vitals::new(&signal), MINUTE).expect("a thread");
        let stream = TcpStream::connect(address).await.expect("a connection");
        Self { stream, stop, plane }
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("sent");
    }

    /// A frame of this kind.
    async fn frame(&mut self, kind: u8, flags: u8, stream: u8, payload: &[u8]) {
        let length = u16::try_from(payload.len()).expect("a length").to_be_bytes();
        let head = [0, length[0], length[1], kind, flags, 0, 0, 0, stream];
        self.send(&[&head[..], payload].concat()).await;
    }

    /// The head of a check, whose body is still to come.
    async fn begin_check(&mut self, stream: u8) {
        let mut block = vec![0x83, 0x86];
        for (name, value) in
            [(0x44, "/envoy.service.auth.v3.Authorization/Check"), (0x41, "chaveiro")]
        {
            block.extend([name, u8::try_from(value.len()).expect("short")]);
            block.extend_from_slice(value.as_bytes());
        }
        self.frame(HEADERS, 4, stream, &block).await;
    }

    /// The kind of the next frame; none when the other end has closed.
    async fn next(&mut self) -> Option<u8> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await.ok()?;
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some(head[3])
    }

    /// The kinds of all frames until the other end closes, within half a minute.
    async fn frames(&mut self) -> Vec<u8> {
        let mut kinds = Vec::new();
        let all = async {
            while let Some(kind) = self.next().await {
                kinds.push(kind);
            }
        };
        timeout(MINUTE / 2, all).await.expect("it is closed");
        kinds
    }
}

const IMPATIENT: ConnectionLimits = ConnectionLimits {
    first_byte_deadline: SHORT,
    header_deadline: SHORT,
    idle_deadline: SHORT,
    ..LIMITS
};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_on_which_no_request_comes_is_closed() {
    for said in [&b""[..], &b"PRI * HTTP"[..], PREFACE] {
        let since = Instant::now();
        let mut grpc = Grpc::new(IMPATIENT, MINUTE).await;
        grpc.send(said).await;
        grpc.frames().await;
        assert!(since.elapsed() >= SHORT, "not before its deadline");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_does_not_come_whole_is_answered_in_time_and_its_connection_closed() {
    let mut grpc = Grpc::new(IMPATIENT, SHORT).await;
    let since = Instant::now();
    grpc.send(PREFACE).await;
    grpc.begin_check(1).await;
    let kinds = grpc.frames().await;
    assert!(kinds.contains(&HEADERS), "an answer: {kinds:?}");
    assert!(since.elapsed() >= SHORT, "not before its deadline");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_taken_back_do_not_keep_the_server_from_its_end() {
    let mut grpc = Grpc::new(LIMITS, MINUTE).await;
    grpc.send(PREFACE).await;
    for stream in (1..=255).step_by(2) {
        grpc.begin_check(stream).await;
    }
    grpc.stop.stop();
    for stream in (1..=255).step_by(2) {
        grpc.frame(RESET, 0, stream, &[0, 0, 0, 8]).await;
    }
    grpc.frames().await;
    grpc.plane.join().expect("all threads end well");
}
