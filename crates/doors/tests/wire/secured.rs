//! Upstreams over TLS: reached by their name, trusted by a root that the operator names, or not.

use std::sync::Arc;

use doors::gateway::Upstream;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::spawn_local;
use tokio_rustls::TlsAcceptor;

use crate::scene::{Plan, Scene};

/// An upstream for `localhost` that echoes the body of one request after another.
async fn echo(name: &str) -> (u16, CertificateDer<'static>) {
    let pair = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
    let certificate = pair.cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("a pair");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    spawn_local(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            spawn_local(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                let mut heard = Vec::new();
                while stream.read_buf(&mut heard).await.is_ok_and(|count| count > 0) {
                    let text = String::from_utf8_lossy(&heard).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.split("content-length: ").nth(1).map_or(0, |rest| {
                        rest.lines().next().and_then(|line| line.parse().ok()).unwrap_or(0)
                    });
                    if body.len() == length {
                        let answer =
                            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
                        stream.write_all(answer.as_bytes()).await.expect("sent");
                        stream.flush().await.expect("flushed");
                        heard.clear();
                    }
                }
            });
        }
    });
    (port, certificate)
}

#[tokio::test(flavor = "local")]
async fn bodies_pass_both_ways_over_tls() {
    let (port, certificate) = echo("localhost").await;
    let upstream = Upstream::tls("localhost", port, vec![certificate]).expect("an upstream");
    let plan =
        Plan { upstreams: Some(vec![upstream]), body_bytes_max: 1_000_000, ..Plan::default() };
    let scene = Scene::planned(plan).await;
    let mut client = scene.client().await;
    for size in [0, 1, 100_000, 500_000, 5] {
        let body = "x".repeat(size);
        let lines = format!("content-length: {size}\r\n");
        client.send(&scene.request("POST /v3/payments", &lines)).await;
        client.send(&body).await;
        let (head, answered) = client.message().await;
        assert_eq!(head.status(), 200);
        assert!(answered == body, "{size} bytes came back as {}", answered.len());
    }
}

#[tokio::test(flavor = "local")]
async fn an_upstream_that_cannot_be_trusted_is_not_spoken_to() {
    let (port, trusted) = echo("localhost").await;
    let (other, _) = echo("elsewhere").await;
    for (port, roots) in [(port, Vec::new()), (other, vec![trusted])] {
        let upstream = Upstream::tls("localhost", port, roots).expect("an upstream");
        let scene =
            Scene::planned(Plan { upstreams: Some(vec![upstream]), ..Plan::default() }).await;
        let mut client = scene.client().await;
        client.send(&scene.request("GET /v3/payments", "")).await;
        let (head, body) = client.message().await;
        assert_eq!((head.status(), &*body), (502, "UpstreamUnreachable"));
    }
}
