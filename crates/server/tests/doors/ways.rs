//! How a request goes through each door.
//!
//! Must not know what should come of it.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};

use crate::came::Came;
use crate::places::Environment;
use crate::protobuf::{all, member, text, value};
use crate::stage::{Asked, Stage, is_from_upstream, send};
use crate::support::http::{self, Answer};

fn pairs(answer: &Answer) -> impl Iterator<Item = (&str, &str)> {
    answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Through a proxy, or through the gateway itself.
pub(crate) fn through(stage: &Stage, address: &str, asked: &Asked, mark: &str) -> Came {
    let answer = send(address, asked, &[("x-case", mark)]);
    let told = stage.told(mark);
    if is_from_upstream(&answer) {
        let told = told.expect("the upstream was told");
        let h2c = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("upgrade") && value.eq_ignore_ascii_case("h2c")
        };
        assert!(!told.iter().any(h2c), "{mark}: what comes then is not judged");
        return Came::granted(told.iter().map(|(name, value)| (&**name, &**value)));
    }
    assert_eq!(told, None, "{mark}: refused, and the upstream was told all the same");
    // Every answer of ours has its id.
    if answer.header("chaveiro-request-id").is_none() {
        return Came::Failed(answer.status);
    }
    Came::refused(answer.status, pairs(&answer), &answer.body)
}

/// The caller's lines without those that a proxy sets or removes itself, then these.
fn asking(asked: &Asked, own: &[(&str, &str)], removed: &[&str]) -> Asked {
    let taken = || removed.iter().copied().chain(own.iter().map(|(name, _)| *name));
    let theirs = |name: &str| !taken().any(|other| other.eq_ignore_ascii_case(name));
    let mut lines = asked.lines.clone();
    lines.retain(|(name, _)| theirs(name));
    lines.extend(own.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())));
    Asked { method: "GET".to_owned(), target: String::new(), lines, from: "127.0.0.1".to_owned() }
}

/// What a proxy would do with this answer.
fn answered(asked: &Asked, answer: &Answer) -> Came {
    match answer.status {
        200 => Came::granted(pairs(answer)),
        status => Came::refused(status, pairs(answer), body(asked, &answer.body)),
    }
}

/// Whoever passes an answer on leaves out its body where the request was for the head alone.
fn body<'b>(asked: &Asked, body: &'b [u8]) -> &'b [u8] {
    if asked.method == "HEAD" { b"" } else { body }
}

/// The lines of the form for services, which proxies are told to remove.
const FOR_A_SERVICE: [&str; 2] = ["chaveiro-asked-method", "chaveiro-asked-target"];

/// Asked as nginx asks, and the refusal unpacked.
pub(crate) fn forward_auth(stage: &Stage, at: Environment, asked: &Asked) -> Came {
    let server = &stage.server;
    let path = format!("/auth/{}/{}", at.realm, at.name);
    let own = [
        ("chaveiro-verifier", server.verifier_key.as_str()),
        ("x-original-method", &asked.method),
        ("x-original-uri", &asked.target),
        ("x-forwarded-for", &asked.from),
        ("x-forwarded-proto", "http"),
    ];
    let theirs = ["connection", "x-forwarded-method", "x-forwarded-uri"];
    let question = asking(asked, &own, &[&theirs[..], &FOR_A_SERVICE].concat());
    let question = Asked { target: path.clone(), ..question };
    let answer = send(&server.verifiers(), &question, &[]);
    let Some(refusal) = answer.header("chaveiro-refusal") else {
        return answered(asked, &answer);
    };
    assert_eq!((answer.status, answer.body.len()), (403, 0));
    let lines = [("chaveiro-verifier", &*server.verifier_key), ("chaveiro-refusal", refusal)];
    answered(asked, &http::get(&server.verifiers(), &format!("{path}/refusal"), &lines))
}

/// Asked as Traefik asks; `but` is left out.
pub(crate) fn traefik(stage: &Stage, at: Environment, asked: &Asked, but: &str) -> Came {
    let server = &stage.server;
    let all = [
        ("Chaveiro-Verifier", server.verifier_key.as_str()),
        ("X-Forwarded-Method", &asked.method),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", "api.example"),
        ("X-Forwarded-Uri", &asked.target),
        ("X-Forwarded-For", &asked.from),
    ];
    let own: Vec<_> = all.into_iter().filter(|(name, _)| *name != but).collect();
    let theirs = ["connection", "x-original-method", "x-original-uri"];
    let question = asking(asked, &own, &[&theirs[..], &FOR_A_SERVICE].concat());
    let question = Asked { target: format!("/auth/{}/{}", at.realm, at.name), ..question };
    answered(asked, &send(&server.verifiers(), &question, &[]))
}

/// Asked with the key itself. Nothing where the request has more than one, which no verifier can say.
pub(crate) fn verify(stage: &Stage, at: Environment, asked: &Asked) -> Option<Came> {
    let values = |wanted: &str| -> Vec<String> {
        let same = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case(wanted);
        let text = |(_, value): &(String, Vec<u8>)| String::from_utf8_lossy(value).into_owned();
        asked.lines.iter().filter(same).map(text).collect()
    };
    let one = |wanted: &str| -> Option<Value> {
        match &values(wanted)[..] {
            [] => Some(Value::Null),
            [value] => Some(json!(value)),
            _ => None,
        }
    };
    let key = if at.realm == "payments" {
        one("access_token")?
    } else {
        let value = one("authorization")?;
        let parts = value.as_str().and_then(|value| value.split_once(' '));
        let bearer = parts.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        bearer.map_or(Value::Null, |(_, key)| json!(key.trim()))
    };
    let question = json!({
        "realm": at.realm, "environment": at.name, "key": key, "method": asked.method,
        "path": asked.target, "ip": asked.from, "user_agent": one("user-agent")?,
        "project": one("x-project-id")?,
    });
    let server = &stage.server;
    let (address, verifier) = (server.verifiers(), &server.verifier_key);
    let answer = http::json(&address, "POST", "/api/v1/verify", verifier, &question);
    if answer.status != 200 {
        return Some(Came::Status(answer.status));
    }
    let decision = answer.json();
    let status =
        if decision["verdict"] == "granted" { json!(200) } else { decision["status"].clone() };
    Some(Came::Status(u16::try_from(status.as_u64().expect("a status")).expect("a status")))
}

/// Asked as Envoy asks.
pub(crate) fn ext_authz(stage: &Stage, at: Environment, asked: &Asked) -> Came {
    let line = |name: &str, value: &[u8]| {
        member(1, &[member(1, name.to_lowercase().as_bytes()), member(3, value)].concat())
    };
    let mut lines = [line(":path", asked.target.as_bytes()), line(":method", b"x")].concat();
    for (name, value) in &asked.lines {
        lines.extend(line(name, value));
    }
    let http = [
        member(2, asked.method.as_bytes()),
        member(4, asked.target.as_bytes()),
        member(6, b"http"),
        member(13, &lines),
    ];
    let address = member(2, asked.from.as_bytes());
    let entry = |name: &str, value: &str| {
        member(10, &[member(1, name.as_bytes()), member(2, value.as_bytes())].concat())
    };
    let attributes = [
        member(1, &member(1, &member(1, &address))),
        member(4, &member(2, &http.concat())),
        entry("realm", at.realm),
        entry("environment", at.name),
    ];
    let verifier = stage.server.verifier_key.clone();
    let (status, message) =
        call(&stage.server.ext_authz(), &verifier, &member(1, &attributes.concat()));
    assert_eq!(status, "0", "a status of gRPC");
    let options = |message: &[u8], number| -> Vec<(String, String)> {
        let option = |option: &[u8]| {
            let header = all(option, 1)[0];
            (text(header, 1), text(header, 2))
        };
        all(message, number).into_iter().map(option).collect()
    };
    if let [denied] = all(&message, 2)[..] {
        assert_ne!(value(all(&message, 1)[0], 1), 0, "a denial is no OK");
        let status = u16::try_from(value(all(denied, 1)[0], 1)).expect("a status");
        let told = options(denied, 2);
        let told = told.iter().map(|(name, value)| (&**name, &**value));
        return Came::refused(status, told, body(asked, text(denied, 3).as_bytes()));
    }
    let [granted] = all(&message, 3)[..] else { panic!("neither granted nor denied") };
    assert_eq!(value(all(&message, 1)[0], 1), 0, "OK");
    let told = options(granted, 2);
    Came::granted(told.iter().map(|(name, value)| (&**name, &**value)))
}

/// One call of gRPC: its status and its message.
pub(crate) fn call(address: &str, verifier: &str, message: &[u8]) -> (String, Vec<u8>) {
    let path = "/envoy.service.auth.v3.Authorization/Check";
    call_at(address, path, &[("chaveiro-verifier", verifier)], message)
}

/// One call of gRPC at this path with these lines.
pub(crate) fn call_at(
    address: &str,
    path: &str,
    lines: &[(&str, &str)],
    message: &[u8],
) -> (String, Vec<u8>) {
    let mut framed = vec![0];
    framed.extend(u32::try_from(message.len()).expect("a length").to_be_bytes());
    framed.extend_from_slice(message);
    let mut request = hyper::Request::post(format!("http://{address}{path}"));
    request = request.header("content-type", "application/grpc").header("te", "trailers");
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(framed))).expect("a request");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        let shaken = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.expect("HTTP/2");
        tokio::spawn(connection);
        let response = tokio::time::timeout(Duration::from_secs(60), sender.send_request(request));
        let response = response.await.expect("in time").expect("an answer");
        let early = response.headers().get("grpc-status").cloned();
        let body = response.into_body().collect().await.expect("whole");
        let late = body.trailers().and_then(|lines| lines.get("grpc-status")).cloned();
        let status = early.or(late).expect("a status").to_str().expect("text").to_owned();
        let bytes = body.to_bytes();
        (status, bytes.get(5..).unwrap_or_default().to_vec())
    })
}
