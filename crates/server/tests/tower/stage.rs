//! A quickstart, a client of it, and services behind the layer that keep what they see.
//!
//! Must not know what should come of a request.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chaveiro_client::{
    Caller, Client, Head, Place, Settings, Verdict, VerifierKey, VerifyBody, VerifyLayer,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::support::{Quickstart, http as wire, ports};

type Asked = Request<Full<Bytes>>;
type Answered = Response<VerifyBody<Full<Bytes>>>;

/// A quickstart and the keys that it printed.
pub(crate) struct Stage {
    pub(crate) server: Quickstart,
    folder: tempfile::TempDir,
    base: u16,
    pub(crate) key: String,
    pub(crate) verifier: String,
    admin: String,
}

/// A service behind a layer.
pub(crate) struct Behind {
    service: BoxCloneSyncService<Asked, Answered, Infallible>,
    seen: Arc<Mutex<Vec<Parts>>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// One with these variables in its environment.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let (folder, base) = (tempfile::tempdir().expect("a folder"), ports::free_base());
        let server = Quickstart::start_with(&folder.path().join("data"), base, variables);
        let text = |pointer| server.text(pointer);
        let (key, verifier) = (text("/realms/payments/sandbox/key"), text("/verifier/key"));
        let admin = text("/control/admin_key");
        Self { server, folder, base, key, verifier, admin }
    }

    /// Starts the server again that was killed, where it was.
    pub(crate) fn start_again(&mut self) {
        self.server = Quickstart::start(&self.folder.path().join("data"), self.base);
    }

    /// Where verifiers ask.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address(4))
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(&self.verifier)
    }

    /// A client that shows this key.
    pub(crate) fn client_with(&self, key: &str) -> Client {
        let key = VerifierKey::new(key).expect("a key");
        Client::new(&self.url(), key, Settings::default()).expect("a client")
    }

    /// A service behind the layer.
    pub(crate) fn layered(&self, realm: &str, environment: &str) -> Behind {
        let place = Place::new(realm, environment).expect("a place");
        let layer = VerifyLayer::new(self.client(), place, |_: &Parts| known());
        let (seen, kept) = kept();
        let inner = service_fn(move |request: Asked| answer(&kept, request));
        Behind { service: BoxCloneSyncService::new(layer.layer(inner)), seen }
    }

    /// A service behind a layer that takes a fault for a grant.
    pub(crate) fn layered_carelessly(&self) -> Behind {
        let (client, (seen, kept)) = (self.client(), kept());
        let place = Place::new("payments", "sandbox").expect("a place");
        let service = service_fn(move |request: Asked| {
            let (client, place, kept) = (client.clone(), place.clone(), Arc::clone(&kept));
            async move {
                let (parts, body) = request.into_parts();
                let Parts { method, uri, headers, .. } = &parts;
                let head = Head { method, uri, headers, caller: known() };
                if let Ok(Verdict::Refused(refusal)) = client.judge(&place, &head).await {
                    return Ok(refusal.into_response());
                }
                let answered = answer(&kept, Request::from_parts(parts, body)).await?;
                Ok(answered.map(|_| VerifyBody::from(Bytes::from_static(b"from behind"))))
            }
        });
        Behind { service: BoxCloneSyncService::new(service), seen }
    }

    /// Makes a key in the sandbox; its id and its text.
    pub(crate) fn make_key(&self, name: &str) -> (String, String) {
        let account = self.server.text("/realms/payments/sandbox/account_id");
        let body = json!({"name": name, "permissions": "unrestricted"});
        let made = self.change("POST", &format!("/accounts/{account}/keys"), &body);
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        (text("id"), text("key"))
    }

    pub(crate) fn disable_key(&self, id: &str) {
        self.change("POST", &format!("/keys/{id}/disable"), &json!({}));
    }

    pub(crate) fn delete_key(&self, id: &str) {
        self.change("DELETE", &format!("/keys/{id}"), &json!({}));
    }

    fn change(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("/api/v1/realms/payments/environments/sandbox{path}");
        let answer = wire::json(&self.server.address(0), method, &path, &self.admin, body);
        assert!((200..300).contains(&answer.status), "{}", answer.text());
        answer.json()
    }
}

impl Behind {
    /// The requests that reached the service.
    pub(crate) fn seen(&self) -> Vec<Parts> {
        self.seen.lock().expect("the requests").clone()
    }
}

/// What the services know of their callers.
fn known() -> Caller {
    Caller { address: Some("127.0.0.1".parse().expect("an address")), scheme: None }
}

type Seen = Arc<Mutex<Vec<Parts>>>;

fn kept() -> (Seen, Seen) {
    let seen = Seen::default();
    (Arc::clone(&seen), seen)
}

fn answer(
    kept: &Seen,
    request: Asked,
) -> std::future::Ready<Result<Response<Full<Bytes>>, Infallible>> {
    kept.lock().expect("the requests").push(request.into_parts().0);
    std::future::ready(Ok(Response::new(Full::from("from behind"))))
}

/// What a service behind a layer answers: status, lines and body.
pub(crate) async fn answered(behind: &Behind, asked: Asked) -> (StatusCode, HeaderMap, String) {
    let response = behind.service.clone().oneshot(asked).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("whole").to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
}

/// A request with this key as the sandbox wants it.
pub(crate) fn with_key(key: &str, target: &str) -> Asked {
    request("access_token", key, target)
}

/// A request with this key behind the word Bearer.
pub(crate) fn bearer(key: &str, target: &str) -> Asked {
    request("authorization", &format!("Bearer {key}"), target)
}

fn request(name: &'static str, value: &str, target: &str) -> Asked {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = target.parse().expect("a target");
    let value = HeaderValue::from_str(value).expect("a value");
    request.headers_mut().insert(HeaderName::from_static(name), value);
    request
}
