//! A proxy's question about a request, in the lines that Traefik and Caddy send.
//!
//! Must not measure: it only knows what the question looks like and what it has to reach.

use super::Bar;
use super::asked::{Asker, Door};
use super::request::Request;
use anyhow::Result;

/// The door.
pub(super) const DOOR: Door = Door {
    part: "forward-auth",
    name: "chaveiro /auth",
    // The status says it; the body is empty.
    grants_with: "",
    bar: Bar { throughput: Some(0.95), processor: Some(1.2) },
    ask,
};

fn ask(asker: &Asker<'_>) -> Result<Vec<u8>> {
    let request = Request {
        method: "GET",
        path: "/auth/payments/sandbox",
        host: asker.address,
        headers: &[
            ("Chaveiro-Verifier", asker.verifier()?),
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-Uri", "/v3/payments/pay_080225913252"),
            ("X-Forwarded-For", "203.0.113.9"),
            ("User-Agent", "shop/1.0"),
            ("access_token", asker.key()?),
        ],
        body: None,
    };
    Ok(request.to_bytes())
}
