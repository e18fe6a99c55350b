//! How many connections there may be, and on which ports.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::listen::{
    Announced, BoundControl, BoundDataPlane, ConnectionLimits, ControlListener, DataDoor,
    DataListener, Inherited, Security, Speaks,
};
use crate::raw::{Raw, status};
use crate::stage::{LIMITS, Stage, anywhere, followed, gateway};

const OK: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const MINUTE: Duration = Duration::from_secs(60);

async fn check_places(limits: ConnectionLimits) {
    let stage = Stage::with(limits, Security::PlainAllowed, MINUTE).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut raw = Raw::to(stage.verify).await;
        raw.send(OK).await;
        assert_eq!(status(&raw.message().await), 404);
        held.push(raw);
    }
    let mut surplus = Raw::to(stage.verify).await;
    assert_eq!(surplus.rest().await, "", "closed unheard");
    let mut other = Raw::to(stage.gateway).await;
    other.send(OK).await;
    assert_eq!(status(&other.message().await), 401, "each listener counts for itself");
    drop(held.pop());
    // The place is free as soon as the server has noticed the end of that connection.
    loop {
        let mut next = Raw::to(stage.verify).await;
        if next.push(OK).await && status(&next.rest_or_message().await) == 404 {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_holds_no_more_connections_than_it_may() {
    check_places(ConnectionLimits { connections_max: 3, ..LIMITS }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_holds_no_more_connections_than_it_may() {
    check_places(ConnectionLimits { connections_per_address_max: Some(3), ..LIMITS }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_somebody_has_is_told_in_a_sentence() {
    let stage = Stage::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
    // A plain socket, and one of ours, which would share its port with any other of ours.
    for address in [taken.local_addr().expect("an address"), stage.gateway] {
        let door = DataDoor::Gateway(followed(gateway(&stage.world, address)));
        let listener = DataListener {
            address,
            security: Security::PlainAllowed,
            announced: Announced::Never,
            speaks: Speaks::Http1,
            door,
        };
        let one = NonZeroUsize::new(2).expect("two");
        let error = BoundDataPlane::bind(&[listener], one, LIMITS, &mut Inherited::none())
            .expect_err("taken");
        let expected = format!(
            "Another program listens on {address} already. Stop it, or choose another port in the configuration."
        );
        assert_eq!(error.to_string(), expected);
        let body = doors::inbound::BodyLimits { bytes_max: 1, silence_max: MINUTE };
        let control = ControlListener { address, security: Security::PlainAllowed, body };
        let error = BoundControl::bind(control, LIMITS, &mut Inherited::none()).expect_err("taken");
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_machine_is_told_in_a_sentence() {
    let address = "192.0.2.1:0".parse().expect("an address");
    let body = doors::inbound::BodyLimits { bytes_max: 1, silence_max: MINUTE };
    let control = ControlListener { address, security: Security::PlainAllowed, body };
    let error =
        BoundControl::bind(control, LIMITS, &mut Inherited::none()).expect_err("no such address");
    assert!(error.to_string().starts_with("This machine has no address"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_taken_by_whichever_thread_the_system_picks() {
    let stage = Stage::new().await;
    assert_ne!(stage.gateway, anywhere(), "a port was found");
    for _ in 0..64 {
        let mut raw = Raw::to(stage.gateway).await;
        raw.send(OK).await;
        assert_eq!(status(&raw.message().await), 401);
    }
}
