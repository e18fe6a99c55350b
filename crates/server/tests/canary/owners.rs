//! A key through the paths that dialects answer themselves: sub-accounts, their keys, webhooks, and
//! projects.
//!
//! Must not leave a path of them out: each takes every method, right and wrong.

use serde_json::{Value, json};

use super::gateway::HEADERS;
use super::stage::Ending::Whole;
use super::stage::{Stage, request};
use super::texts::{forms, in_address};
use crate::support::people::cnpj;

const ACCOUNTS: &str = "/api/v1/realms/payments/environments/sandbox/accounts";
const PROJECTS: &str = "/v1/account/projects";
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// One of these APIs, and how an owner is let in.
struct Api {
    listener: u16,
    /// The line with the key of an owner.
    line: (&'static str, String),
    all: String,
    /// One that is there, and stays.
    one: String,
    /// Other paths of it, with a place for a word.
    others: &'static [&'static str],
    /// Members that are read.
    members: &'static [&'static str],
    /// The body of one that can be made.
    body: Value,
    /// What deleting one twice is answered with.
    gone: [u16; 2],
}

impl Api {
    fn own(&self) -> (&str, &str) {
        (self.line.0, &self.line.1)
    }

    /// Sends a request with these lines; the body stays away where none may be.
    fn send(
        &self,
        stage: &mut Stage,
        what: &str,
        method: &str,
        target: &str,
        lines: &[(&str, &str)],
        body: &str,
    ) -> u16 {
        let body = (method != "GET" && method != "HEAD").then_some(body);
        let what = format!("{method} with {what}");
        stage.send(&what, self.listener, &request(method, target, lines, body), Whole)
    }
}

/// A key that an owner made at a gateway, and a project; the key is used.
pub(crate) fn make(stage: &mut Stage) {
    let apis = all(stage);
    let made = stage.keys.last().expect("a key").clone();
    let used = request("GET", "/v3/customers", &[("access_token", &made)], None);
    let listener = apis[0].listener;
    assert_eq!(stage.send("a key that an owner made", listener, &used, Whole), 200);
}

/// Every form of this key, everywhere.
pub(crate) fn walk(stage: &mut Stage, key: &str) {
    for api in all(stage) {
        for (form, text) in forms(key) {
            in_headers(stage, &api, form, &text);
            in_the_address(stage, &api, form, &text);
            in_members(stage, &api, form, &text);
            in_broken_bodies(stage, &api, form, &text);
            if text.contains(key) {
                names(stage, &api, form, &text);
            }
            beside_success(stage, &api, form, &text);
        }
    }
}

/// All of these APIs, each with something to manage.
fn all(stage: &mut Stage) -> [Api; 4] {
    [access_tokens(stage), accounts(stage), webhooks(stage), projects(stage)]
}

/// An account, with a number that makes it one of a kind.
fn account(number: usize) -> Value {
    json!({
        "name": "a", "email": format!("a{number}@example.com"),
        "cpfCnpj": cnpj(u32::try_from(number).expect("a small number")),
        "mobilePhone": "47998781877", "incomeValue": 1, "address": "a", "addressNumber": "1",
        "province": "a", "postalCode": "89223005",
    })
}

fn accounts(stage: &mut Stage) -> Api {
    let key = stage.key("/realms/payments/sandbox/key");
    let number = stage.keys.len();
    let mut api = Api {
        listener: 1,
        line: ("access_token", key),
        all: "/v3/accounts".to_owned(),
        one: String::new(),
        others: &["/v3/accounts/{}", "/api/v3/accounts/{}/", "/v3/accounts?id={}&name={}"],
        members: &[
            "name",
            "email",
            "loginEmail",
            "cpfCnpj",
            "birthDate",
            "companyType",
            "phone",
            "mobilePhone",
            "site",
            "incomeValue",
            "address",
            "addressNumber",
            "complement",
            "province",
            "postalCode",
            "webhooks",
            "accessTokenConfig",
        ],
        body: account(number + 500_000),
        gone: [200, 400],
    };
    let body = account(number).to_string();
    api.one = made(stage, &api, "an owner", &[], &body, "");
    api
}

fn webhooks(stage: &mut Stage) -> Api {
    let key = stage.key("/realms/payments/sandbox/key");
    let body = json!({"url": "https://b.co", "email": "a@b.co", "events": ["BILL_PAID"]});
    let mut api = Api {
        listener: 1,
        line: ("access_token", key),
        all: "/v3/webhooks".to_owned(),
        one: String::new(),
        others: &["/v3/webhooks/{}/removeBackoff", "/api/v3/webhooks/{}/"],
        // A token is kept as it is, and the secret of a key alone cannot be told from one.
        members: &["name", "url", "email", "sendType", "events", "enabled", "interrupted"],
        body,
        gone: [200, 404],
    };
    let body = api.body.to_string();
    api.one = made(stage, &api, "an owner", &[], &body, "");
    api
}

fn access_tokens(stage: &mut Stage) -> Api {
    let office = |stage: &mut Stage, path: &str, body: &Value| {
        let answer = stage.manage("POST", &format!("{ACCOUNTS}{path}"), body);
        assert!([200, 201].contains(&answer.status), "{path}: {}", answer.text());
        answer.json()["id"].as_str().map(str::to_owned).unwrap_or_default()
    };
    let parent = office(stage, "", &json!({"name": "parent", "ip_list": ["127.0.0.1"]}));
    let wish = json!({"name": "all", "permissions": "unrestricted"});
    stage.make(&format!("{ACCOUNTS}/{parent}/keys"), &wish);
    let key = stage.keys.last().expect("a key").clone();
    office(stage, &format!("/{parent}/release"), &json!({}));
    let wish = json!({"name": "shop", "kind": "subaccount", "parent": parent});
    let all = format!("/v3/accounts/{}/accessTokens", office(stage, "", &wish));
    let mut api = Api {
        listener: 1,
        line: ("access_token", key),
        one: String::new(),
        all,
        others: &["/v3/accounts/{}/accessTokens", "/api/v3/accounts/{}/accessTokens/{}/"],
        members: &["name", "enabled", "expirationDate", "permissions"],
        body: json!({}),
        gone: [204, 404],
    };
    api.one = made(stage, &api, "an owner", &[], "{}", "");
    api
}

fn projects(stage: &mut Stage) -> Api {
    let key = stage.key("/realms/mail/production/account_key");
    let mut api = Api {
        listener: 3,
        line: ("authorization", format!("Bearer {key}")),
        one: String::new(),
        all: PROJECTS.to_owned(),
        others: &[],
        members: &["name", "domain", "regionKey"],
        body: json!({}),
        gone: [200, 404],
    };
    api.one = made(stage, &api, "an owner", &[], r#"{"name":"Shop"}"#, "");
    api
}

/// The path of one that is made with these lines, this body, and this query.
fn made(
    stage: &mut Stage,
    api: &Api,
    what: &str,
    lines: &[(&str, &str)],
    body: &str,
    query: &str,
) -> String {
    let lines = [&[api.own()], lines].concat();
    let bytes = request("POST", &format!("{}{query}", api.all), &lines, Some(body));
    let made = stage.send_where_keys_are_made(what, api.listener, &bytes);
    let id = made["id"].as_str().or(made["data"]["id"].as_str()).expect("it was made");
    format!("{}/{id}", api.all)
}

/// As the credential, and beside one. Nothing is made or deleted, also where it lets in.
fn in_headers(stage: &mut Stage, api: &Api, form: &str, text: &str) {
    let bearer = format!("Bearer {text}");
    let both = [("authorization", bearer.as_str()), ("access_token", text)];
    let absent = format!("{}-", api.one);
    for method in METHODS {
        for path in [&api.all, &absent] {
            api.send(stage, &format!("{form} as a credential"), method, path, &both, "[]");
        }
    }
    for header in HEADERS {
        let lines = [api.own(), (header, text)];
        let what = format!("{header}, {form}, beside the key of an owner");
        for (method, path) in [("GET", &api.all), ("POST", &api.all), ("PUT", &api.one)] {
            api.send(stage, &what, method, path, &lines, "[]");
        }
    }
}

/// As an account, a key or a project, and in the query; with the key of an owner and without.
fn in_the_address(stage: &mut Stage, api: &Api, form: &str, text: &str) {
    let word = in_address(text);
    let Api { all, one, others, .. } = api;
    let what = format!("{form} in an owner's address");
    let mut targets = vec![
        format!("{all}/{word}"),
        format!("{all}/{word}/?{word}"),
        format!("{one}-?{word}={word}"),
    ];
    targets.extend(others.iter().map(|path| path.replace("{}", &word)));
    for target in &targets {
        for method in METHODS {
            api.send(stage, &what, method, target, &[api.own()], "{}");
        }
        api.send(stage, &what, "GET", target, &[], "");
    }
    for (method, path) in [("GET", all), ("HEAD", all), ("POST", all), ("PUT", one), ("GET", one)] {
        for query in [format!("?{word}"), format!("?access_token={word}&limit={word}")] {
            api.send(stage, &what, method, &format!("{path}{query}"), &[api.own()], "[]");
        }
    }
}

/// In members of every type that is read; a name may be any text, and those with a key come below.
fn in_members(stage: &mut Stage, api: &Api, form: &str, text: &str) {
    let values = [
        json!(text),
        json!([text]),
        json!({ text: text }),
        json!([{ "name": text, "scope": text }]),
        json!([{ "name": text, "scope": "READ" }]),
        json!([{ "name": "PAYMENT", "scope": text }]),
        json!([{ "name": "PAYMENT", "scope": "READ", text: text }]),
        json!([[{ "a": text }]]),
    ];
    let what = format!("{form} in a member");
    for value in &values {
        for member in api.members.iter().copied().chain([text]) {
            if member == "name" && value.is_string() {
                continue;
            }
            // Whatever this member is, the name makes sure that nothing is made.
            let mut body = json!({ "name": [text] });
            body[member] = value.clone();
            api.send(stage, &what, "POST", &api.all, &[api.own()], &body.to_string());
            let body = json!({ member: value }).to_string();
            api.send(stage, &what, "PUT", &api.one, &[api.own()], &body);
        }
    }
}

fn in_broken_bodies(stage: &mut Stage, api: &Api, form: &str, text: &str) {
    let what = format!("{form} in an owner's broken body");
    for body in [
        text.to_owned(),
        format!("{text:?}"),
        format!("[{text:?}]"),
        format!("{{\"name\":{text:?}"),
        format!("{{\"name\":\"{text}"),
        format!("{{\"name\":1,\"name\":{text:?}}}"),
        format!("{{\"name\":1}}{text}"),
        format!("{{\"a\":{text:?}}}").repeat(2_000),
    ] {
        for (method, path) in [("POST", &api.all), ("PUT", &api.one), ("PATCH", &api.one)] {
            api.send(stage, &what, method, path, &[api.own()], &body);
        }
    }
}

/// As the name of something, or as its domain: it would be shown for ever. The name of a permission
/// is said back, cut short.
fn names(stage: &mut Stage, api: &Api, form: &str, text: &str) {
    let what = format!("{form} as a name");
    let domain = format!("{text}.example.com");
    for body in [
        json!({ "name": text }),
        json!({ "name": "a", "domain": domain, "enabled": 7 }),
        json!({ "name": [], "permissions": [{ "name": text, "scope": "READ" }] }),
        json!({ "name": [], "permissions": [{ "name": text, "scope": text }] }),
    ] {
        let lines = [api.own()];
        let status = api.send(stage, &what, "POST", &api.all, &lines, &body.to_string());
        assert_eq!(status, 400, "{what}");
        api.send(stage, &what, "PUT", &api.one, &lines, &body.to_string());
    }
}

/// Around what is made, shown, changed and deleted, where nobody reads it.
fn beside_success(stage: &mut Stage, api: &Api, form: &str, text: &str) {
    let word = in_address(text);
    let query = format!("?{word}={word}");
    let mut body = api.body.clone();
    body["name"] = json!("a");
    body["note"] = json!(text);
    body[text] = json!({ text: [text] });
    let body = body.to_string();
    let beside = [("x-request-id", text), ("cookie", text)];
    let what = format!("{form} beside what an owner manages");
    let one = format!("{}{query}", made(stage, api, &what, &beside, &body, &query));
    let lines = [&[api.own()], &beside[..]].concat();
    for method in ["PUT", "GET", "HEAD"] {
        api.send(stage, &what, method, &one, &lines, &body);
    }
    let gone = ["DELETE", "DELETE"].map(|m| api.send(stage, &what, m, &one, &lines, &body));
    assert_eq!(gone, api.gone, "{what}");
}
