//! Reads what Envoy says of a request.
//!
//! Must not fill in what is missing, nor read lines that are put together where each came by itself.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tonic::Status;

use super::proto::{AttributeContext, CheckRequest, HttpRequest};
use crate::arrival::Scheme;

/// A request, read.
pub(super) struct Question {
    pub(super) realm: String,
    pub(super) environment: String,
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) client: Option<IpAddr>,
    pub(super) scheme: Option<Scheme>,
}

impl Question {
    /// Reads it.
    pub(super) fn read(request: CheckRequest) -> Result<Self, Status> {
        let missing = || Status::invalid_argument("The check describes no HTTP request.");
        let mut attributes = request.attributes.ok_or_else(missing)?;
        let http = attributes.request.take().and_then(|request| request.http);
        let http = http.ok_or_else(missing)?;
        let mut named = |name: &str| {
            attributes.context_extensions.remove(name).ok_or_else(|| {
                Status::invalid_argument("The check names no realm or no environment. Set both in context_extensions of the route or the virtual host.")
            })
        };
        let (realm, environment) = (named("realm")?, named("environment")?);
        let method = Method::from_bytes(http.method.as_bytes())
            .map_err(|_| Status::invalid_argument("The method of the check is not a method."))?;
        let scheme = match http.scheme.as_str() {
            "http" => Some(Scheme::Http),
            "https" => Some(Scheme::Https),
            _ => None,
        };
        let client = client(&attributes)?;
        let headers = headers(&http)?;
        let target = http.path;
        Ok(Self { realm, environment, method, target, headers, client, scheme })
    }
}

/// From where the request came to Envoy; nothing where that is no address of the network.
fn client(attributes: &AttributeContext) -> Result<Option<IpAddr>, Status> {
    let address = attributes.source.as_ref().and_then(|source| source.address.as_ref());
    let Some(address) = address.and_then(|address| address.socket_address.as_ref()) else {
        return Ok(None);
    };
    let address = address.address.parse::<IpAddr>();
    let address =
        address.map_err(|_| Status::invalid_argument("The source of the check is no address."))?;
    Ok(Some(address.to_canonical()))
}

/// The header lines, without those that Envoy makes of the first line.
fn headers(http: &HttpRequest) -> Result<HeaderMap, Status> {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &[u8]| {
        if name.starts_with(':') {
            return Ok(());
        }
        let wrong = || Status::invalid_argument("A header line of the check is malformed.");
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let value = HeaderValue::from_bytes(value).map_err(|_| wrong())?;
        headers.try_append(name, value).map(|_| ()).map_err(|_| wrong())
    };
    match &http.header_map {
        Some(lines) => {
            for line in &lines.headers {
                let raw = !line.raw_value.is_empty();
                add(&line.key, if raw { &line.raw_value } else { line.value.as_bytes() })?;
            }
        }
        None => {
            for (name, value) in &http.headers {
                add(name, value.as_bytes())?;
            }
        }
    }
    Ok(headers)
}
