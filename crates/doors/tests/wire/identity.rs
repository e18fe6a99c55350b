//! The signed token that an upstream is given.

use domain::clock::ClockKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use crate::scene::{Plan, Scene};
use crate::socket::Socket;

async fn token(scene: &Scene, client: &mut Socket) -> String {
    client.send(&scene.request("GET /v3/payments", "")).await;
    let mut upstream = scene.accepted().await;
    let head = upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
    client.message().await;
    head.get("chaveiro-identity").expect("a token").to_owned()
}

#[tokio::test(flavor = "local")]
async fn the_token_says_the_same_as_the_lines_and_can_be_checked() {
    let scene = Scene::new().await;
    let token = token(&scene, &mut scene.client().await).await;
    let head = decode_header(&token).expect("a token");
    assert_eq!((head.alg, head.kid.as_deref()), (Algorithm::EdDSA, Some("test-key")));
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["payments"]);
    validation.set_issuer(&["chaveiro"]);
    // The world's time is not that of this machine.
    validation.validate_exp = false;
    let public = DecodingKey::from_ed_der(&scene.signer.public());
    let claims = decode::<Value>(&token, &public, &validation).expect("a good token").claims;
    let issued = scene.circumstances.get().now.as_millis() / 1_000;
    let expected = serde_json::json!({
        "iss": "chaveiro", "sub": scene.key.key.id.to_string(), "aud": "payments",
        "iat": issued, "exp": issued + 120, "realm": "payments", "environment": "sandbox",
        "account": scene.account, "key": scene.key.key.id.to_string(),
    });
    assert_eq!(claims, expected);
}

#[tokio::test(flavor = "local")]
async fn a_token_is_in_real_time_where_the_place_is_not() {
    let scene = Scene::planned(Plan { clock: ClockKind::Simulated, ..Plan::default() }).await;
    scene.world.move_sandbox(90 * 24 * 60 * 60 * 1_000).await;
    let token = token(&scene, &mut scene.client().await).await;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["payments"]);
    validation.validate_exp = false;
    let public = DecodingKey::from_ed_der(&scene.signer.public());
    let claims = decode::<Value>(&token, &public, &validation).expect("a good token").claims;
    assert_eq!(claims["iat"], scene.circumstances.get().now.as_millis() / 1_000);
}

#[tokio::test(flavor = "local")]
async fn a_token_is_used_for_half_a_minute() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    let first = token(&scene, &mut client).await;
    scene.advance_ms(29_999);
    assert_eq!(token(&scene, &mut client).await, first);
    scene.advance_ms(1);
    let second = token(&scene, &mut client).await;
    assert_ne!(second, first);
    scene.set_clock_ms(-30_000);
    assert_ne!(token(&scene, &mut client).await, second, "a token is never from the future");
}
