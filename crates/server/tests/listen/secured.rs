//! TLS, and what becomes of those who come without it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::listen::{Security, stop_signal};
use crate::raw::{Raw, status};
use crate::stage::{LIMITS, Stage, control};
use crate::tls::{LiveCertificate, read_certificates};

const MINUTE: Duration = Duration::from_secs(60);

/// A certificate for `localhost` in files.
pub(crate) struct Certificate {
    pub(crate) live: Arc<LiveCertificate>,
    certificate: PathBuf,
    key: PathBuf,
    _folder: tempfile::TempDir,
}

fn write(certificate: &PathBuf, key: &PathBuf) {
    let pair =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    std::fs::write(certificate, pair.cert.pem()).expect("written");
    std::fs::write(key, pair.signing_key.serialize_pem()).expect("written");
}

pub(crate) fn certificate() -> Certificate {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    write(&certificate, &key);
    let live = LiveCertificate::load(&certificate, &key).expect("loaded");
    Certificate { live, certificate, key, _folder: folder }
}

impl Certificate {
    fn trusted(&self) -> CertificateDer<'static> {
        read_certificates(&self.certificate).expect("a certificate").remove(0)
    }
}

async fn connect(
    address: std::net::SocketAddr,
    trusted: CertificateDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> std::io::Result<Raw<TlsStream<TcpStream>>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let tcp = TcpStream::connect(address).await.expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map(Raw::over)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_come_over_both_versions_of_tls() {
    let tls = certificate();
    let security = Security::Tls(tls.live.server_config());
    let stage = Stage::with(LIMITS, security, MINUTE).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let connected = connect(stage.gateway, tls.trusted(), &[version]).await;
        let mut raw = connected.expect("a handshake");
        assert_eq!(raw.stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        raw.send(stage.request("GET /v3/payments", "connection: close\r\n")).await;
        let (accepted, _) = stage.upstream.accept().await.expect("a connection");
        let mut upstream = Raw::over(accepted);
        let told = upstream.message().await;
        assert!(told.contains("x-forwarded-proto: https\r\n"), "{told}");
        let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
        upstream.send(answer).await;
        assert_eq!(status(&raw.rest().await), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_clear_on_a_tls_port_is_refused_and_not_redirected() {
    let tls = certificate();
    let security = Security::Tls(tls.live.server_config());
    let stage = Stage::with(LIMITS, security, MINUTE).await;
    for (address, part) in [(stage.gateway, "insecure_transport"), (stage.verify, "HTTPS required")]
    {
        let mut raw = Raw::to(address).await;
        raw.send(stage.request("POST /api/v1/verify", "content-length: 0\r\n")).await;
        let answer = raw.message().await;
        assert_eq!(status(&answer), 403, "{answer}");
        assert!(answer.contains(part) && !answer.contains("location"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_tls_is_required_and_not_configured_everything_is_refused() {
    let stage = Stage::with(LIMITS, Security::PlainRefused, MINUTE).await;
    let mut raw = Raw::to(stage.gateway).await;
    raw.send(stage.request("GET /v3/payments", "")).await;
    assert_eq!(status(&raw.message().await), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_control_plane_refuses_what_comes_in_the_clear() {
    let tls = certificate();
    let router = Router::new().route("/", get(|| async { "page" }));
    let (stop, signal) = stop_signal();
    let security = Security::Tls(tls.live.server_config());
    let (address, served) = control(router, LIMITS, security, signal, MINUTE);
    let mut raw = Raw::to(address).await;
    raw.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let answer = raw.message().await;
    assert_eq!(status(&answer), 403, "{answer}");
    let connected = connect(address, tls.trusted(), rustls::ALL_VERSIONS).await;
    let mut secured = connected.expect("a handshake");
    secured.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(secured.message().await.ends_with("page"));
    stop.stop();
    served.await.expect("no panic").expect("served");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_used_without_a_restart() {
    let tls = certificate();
    let security = Security::Tls(tls.live.server_config());
    let stage = Stage::with(LIMITS, security, MINUTE).await;
    let old = tls.trusted();
    write(&tls.certificate, &tls.key);
    let versions = rustls::ALL_VERSIONS;
    assert!(connect(stage.gateway, old.clone(), versions).await.is_ok(), "not read yet");
    tls.live.reload().expect("read");
    assert!(connect(stage.gateway, tls.trusted(), versions).await.is_ok());
    assert!(connect(stage.gateway, old, versions).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_offers_http2_in_the_handshake_is_spoken_to_so() {
    let tls = certificate();
    let security = Security::Tls(tls.live.http2_server_config());
    let stage = Stage::with(LIMITS, security, MINUTE).await;
    let versions = [&rustls::version::TLS13];
    let raw = connect(stage.gateway, tls.trusted(), &versions).await.expect("a handshake");
    assert_eq!(raw.stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let io = hyper_util::rt::TokioIo::new(raw.stream);
    let executor = hyper_util::rt::TokioExecutor::new();
    let shaken = hyper::client::conn::http2::handshake(executor, io).await;
    let (mut client, connection) = shaken.expect("HTTP/2");
    tokio::spawn(async move { drop(connection.await) });
    let request = http::Request::get("https://localhost/v3/payments");
    let request = request.body(axum::body::Body::empty()).expect("a request");
    let answer = client.send_request(request).await.expect("an answer");
    assert_eq!(answer.status(), http::StatusCode::UNAUTHORIZED);
}
