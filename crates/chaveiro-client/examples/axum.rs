//! A service of axum behind the verdict of a Chaveiro server. Needs `CHAVEIRO_VERIFIERS`, the URL of
//! the verifiers' listener, and `CHAVEIRO_VERIFIER_KEY`.

use std::error::Error;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Extension, Router};
use chaveiro_client::{Caller, Client, Identity, Place, Settings, VerifierKey, VerifyLayer};

async fn customers(Extension(caller): Extension<Identity>) -> String {
    format!("customers of {}\n", caller.account)
}

/// What this service knows of its caller: the address at the other end of the connection.
fn caller(request: &Parts) -> Caller {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
    Caller { address: peer.map(|peer| peer.0.ip()), scheme: None }
}

pub(crate) fn service(url: &str, key: VerifierKey) -> Result<Router, Box<dyn Error>> {
    let client = Client::new(url, key, Settings::default())?;
    let verified = VerifyLayer::new(client, Place::new("payments", "sandbox")?, caller);
    // Last of all, so that nothing is served besides.
    Ok(Router::new().route("/v3/customers", get(customers)).layer(verified))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = VerifierKey::new(std::env::var("CHAVEIRO_VERIFIER_KEY")?)?;
    let service = service(&std::env::var("CHAVEIRO_VERIFIERS")?, key)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, service.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
