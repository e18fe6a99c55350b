//! The PROXY protocol: demanded where it is configured, refused where it is not.

use std::time::Duration;

use domain::ip_list::IpList;

use crate::listen::{Announced, Security};
use crate::raw::{Raw, status};
use crate::stage::{LIMITS, Stage};

const LONG: Duration = Duration::from_secs(60);
const TEXT: &str = "PROXY TCP4 203.0.113.9 10.0.0.1 4711 80\r\n";

async fn behind(balancers: &str) -> Stage {
    let announced = Announced::By(IpList::parse([balancers]).expect("a list"));
    Stage::announced(LIMITS, Security::PlainAllowed, LONG, announced).await
}

fn binary() -> Vec<u8> {
    let addresses = [203, 0, 113, 9, 10, 0, 0, 1, 18, 103, 0, 80];
    [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"[..], &addresses].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_is_told_the_address_that_the_balancer_announces() {
    for header in [TEXT.as_bytes().to_vec(), binary()] {
        let stage = behind("127.0.0.0/8").await;
        let mut raw = Raw::to(stage.gateway).await;
        raw.send([header, stage.request("GET /v3/payments", "").into_bytes()].concat()).await;
        let mut upstream = Raw::over(stage.upstream.accept().await.expect("a connection").0);
        let head = upstream.message().await;
        assert!(head.contains("x-forwarded-for: 203.0.113.9\r\n"), "{head}");
        assert!(head.contains("forwarded: for=203.0.113.9;"), "{head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_announces_nothing_or_comes_past_the_balancer_is_closed() {
    for (balancers, header) in [("127.0.0.0/8", ""), ("10.0.0.0/8", TEXT)] {
        let stage = behind(balancers).await;
        let mut raw = Raw::to(stage.gateway).await;
        raw.send(format!("{header}{}", stage.request("GET /v3/payments", ""))).await;
        assert_eq!(raw.rest().await, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_where_none_is_configured_is_no_request() {
    let stage = Stage::new().await;
    for header in [TEXT.as_bytes().to_vec(), binary()] {
        let mut raw = Raw::to(stage.gateway).await;
        raw.send([header, stage.request("GET /v3/payments", "").into_bytes()].concat()).await;
        assert_eq!(status(&raw.rest().await), 400);
    }
}
