//! Looks after the servers behind a gateway: asks each for a path, and notes how it answers.
//!
//! Each server has a look of its own: one that hangs delays nobody else's. Must not be asked by every
//! thread; one of them is enough. Must not carry anybody's identity.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri};

use super::Setup;
use super::backend::Backend;
use super::connect::{Link, open};
use super::h1::request::{Upload, write_check};
use super::h2::Outgoing;
use super::outbox::Leave;
use super::settings::GatewaySettings;
use crate::inbound::RequestBody;

/// How servers are looked after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// What they are asked for: a path.
    pub path: String,
    /// How often; each look may take as long.
    pub every: Duration,
}

impl Setup {
    /// Looks at one server once.
    pub(super) async fn look_at(&self, at: usize) {
        let GatewaySettings { health, upstreams, .. } = &*self.settings;
        let (Some(check), Some(backend)) = (health, upstreams.get(at)) else { return };
        let asked = tokio::time::timeout(check.every, self.is_well(backend, &check.path));
        backend.found(asked.await.unwrap_or(false));
    }

    /// Whether the answer is one of success or of another place.
    async fn is_well(&self, backend: &Backend, path: &str) -> bool {
        let limits = &self.settings.limits;
        let is_good = |status: StatusCode| status.is_success() || status.is_redirection();
        match open(backend.upstream(), limits.connect_max).await {
            Ok(Link::One(mut wire)) => {
                let head = wire.begin(RequestBody::empty(), Upload::None, Leave::Given);
                write_check(head, path, backend.upstream().host_header());
                let mut headers = HeaderMap::new();
                let answer = wire.exchange(&Method::GET, &mut headers, limits.silence_max).await;
                answer.is_ok_and(|head| is_good(head.status))
            }
            Ok(Link::Many(mut sender, _)) => {
                let upstream = backend.upstream();
                let host = Bytes::copy_from_slice(upstream.host_header().as_bytes());
                let uri = Uri::builder().scheme(upstream.scheme()).path_and_query(path);
                let Ok(uri) = uri.authority(&host[..]).build() else { return false };
                let mut request = Request::new(Outgoing::unticketed(RequestBody::empty()));
                *request.uri_mut() = uri;
                sender.send_request(request).await.is_ok_and(|answer| is_good(answer.status()))
            }
            Err(_) => false,
        }
    }
}
