//! The verify call over loopback.
//!
//! Must not measure: it only knows what the question looks like and what it has to reach.

use super::Bar;
use super::asked::{Asker, Door};
use super::request::Request;
use anyhow::Result;
use serde_json::json;

/// The door.
pub(super) const DOOR: Door = Door {
    part: "verify",
    name: "chaveiro verify",
    grants_with: "\"granted\"",
    bar: Bar { throughput: Some(0.9), processor: Some(1.2) },
    ask,
};

fn ask(asker: &Asker<'_>) -> Result<Vec<u8>> {
    let authorization = format!("Bearer {}", asker.verifier()?);
    let body = json!({
        "realm": "payments",
        "environment": "sandbox",
        "key": asker.key()?,
        "method": "GET",
        "path": "/v3/payments",
        "ip": "203.0.113.9",
        "user_agent": "shop/1.0",
        "project": null,
        "min_epoch": null,
    });
    let body = body.to_string();
    let request = Request {
        method: "POST",
        path: "/api/v1/verify",
        host: asker.address,
        headers: &[("Authorization", &authorization)],
        body: Some(&body),
    };
    Ok(request.to_bytes())
}
