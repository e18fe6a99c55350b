//! Bodies of JSON that are not what they seem.

use serde_json::{Value, json};

use super::request::{Exchange, Request};
use super::stage::{Door, OFFICE, Stage};

/// A call that takes JSON, with a body that it takes.
struct Call {
    door: Door,
    line: String,
    body: String,
}

fn calls(stage: &Stage) -> Vec<Call> {
    let account = stage.text("/realms/payments/sandbox/account_id");
    let (id, key) = stage.new_key(&json!({}));
    let question = json!({
        "realm": "payments", "environment": "sandbox", "key": key,
        "method": "GET", "path": "/v3/payments", "ip": "203.0.113.9",
    });
    let call = |door, line: &str, body: Value| Call {
        door,
        line: line.to_owned(),
        body: body.to_string(),
    };
    vec![
        call(Door::Control, &format!("POST {OFFICE}/accounts"), json!({"name": "one"})),
        call(
            Door::Control,
            &format!("POST {OFFICE}/accounts/{account}/keys"),
            json!({"name": "one"}),
        ),
        call(Door::Control, &format!("PATCH {OFFICE}/keys/{id}"), json!({"name": "one"})),
        call(Door::Verify, "POST /api/v1/verify", question),
    ]
}

/// The whole inventory, so that a refusal can be seen to have changed nothing.
fn inventory(stage: &Stage) -> Vec<Value> {
    let list = |path: &str| stage.office(&format!("GET {OFFICE}{path}"), &Value::Null).json();
    vec![list("/accounts"), list("/keys")]
}

/// The inventory without what good requests change.
fn settled(stage: &Stage) -> String {
    let mut all = inventory(stage);
    for item in all[1]["items"].as_array_mut().expect("keys") {
        item["last_used_at"] = Value::Null;
        item["projected_expiration_at"] = Value::Null;
        item["secrets"] = Value::Null;
    }
    format!("{all:?}")
}

impl Call {
    fn head(&self, stage: &Stage) -> Request {
        Request::last(&self.line).line(stage.credential(self.door))
    }

    fn refuses(&self, stage: &Stage, case: &str, body: impl AsRef<[u8]>, status: u16) -> Exchange {
        let case = format!("{} {case}", self.line);
        let exchange = stage.check(&case, self.door, &self.head(stage).json(body), status);
        let kind = exchange.header("content-type");
        stage.note(&case, kind.as_deref() == Some("application/problem+json"), &exchange);
        exchange
    }

    /// A batch is refused, or each of its questions is: how many were.
    fn refuses_each(&self, stage: &Stage, case: &str, body: &str) -> usize {
        let exchange = Exchange::with(&stage.address(self.door), &self.head(stage).json(body));
        let answers = exchange.json();
        let answers = answers.as_array().map_or(&[][..], Vec::as_slice);
        let each = answers.iter().all(|answer| answer["error"]["status"] == 400);
        let so = exchange.status() == 400 || exchange.status() == 200 && each;
        stage.note((&self.line, case), so, &exchange);
        stage.serves(case);
        answers.len()
    }
}

#[test]
fn a_member_that_comes_twice_is_refused() {
    let stage = Stage::open();
    let calls = calls(&stage);
    let before = settled(&stage);
    for call in &calls {
        let member = if call.door == Door::Verify { "realm" } else { "name" };
        let rest = &call.body[1..];
        call.refuses(&stage, "two values", format!("{{\"{member}\":\"other\",{rest}"), 400);
        call.refuses(&stage, "a null", format!("{{\"{member}\":null,{rest}"), 400);
        let escaped = format!("\\u{:04x}{}", member.as_bytes()[0], &member[1..]);
        call.refuses(&stage, "spelled otherwise", format!("{{\"{escaped}\":\"other\",{rest}"), 400);
    }
    let twice = r#"{"name":"x","enabled":false,"enabled":true}"#;
    calls[2].refuses(&stage, "enabled twice", twice, 400);
    let permission = r#"{"permissions":[{"name":"PAYMENT","scope":"READ","scope":"READ_WRITE"}]}"#;
    calls[2].refuses(&stage, "two scopes", permission, 400);
    let batch = in_batch(&calls[3]);
    let doubled = format!("[{{\"realm\":\"mail\",{}]", &calls[3].body[1..]);
    let answered = batch.refuses_each(&stage, "in a batch", &doubled);
    stage.note("in a batch", answered == 1, answered);
    stage.note("changed", settled(&stage) == before, (before, settled(&stage)));
}

/// The same door, asked with several questions at once.
fn in_batch(call: &Call) -> Call {
    Call { line: "POST /api/v1/verify/batch".to_owned(), body: String::new(), door: call.door }
}

#[test]
fn a_member_that_nobody_may_set_is_refused_and_changes_nothing() {
    let stage = Stage::open();
    let calls = calls(&stage);
    let before = settled(&stage);
    for call in &calls {
        for member in [
            "role",
            "accountId",
            "account_id",
            "hash",
            "digest",
            "hint",
            "secret",
            "state",
            "cause",
            "lastUsedAt",
            "last_used_at",
            "dateCreated",
            "created_at",
            "id",
            "epoch",
            "__proto__",
            "constructor",
            "Name",
            "NAME",
            "name ",
            "",
        ] {
            let body = format!("{{\"{member}\":\"x\",{}", &call.body[1..]);
            call.refuses(&stage, member, body, 400);
        }
        if call.door == Door::Control {
            call.refuses(&stage, "key", format!("{{\"key\":\"x\",{}", &call.body[1..]), 400);
        }
    }
    stage.note("changed", settled(&stage) == before, (before, settled(&stage)));
}

#[test]
fn a_deep_nest_is_refused_and_harms_nobody() {
    let stage = Stage::open();
    let calls = calls(&stage);
    let batch = in_batch(&calls[3]);
    for call in &calls {
        for depth in [33, 200, 30_000, 100_000] {
            // What is over the limit of the body is refused for its size.
            let status = |bytes: usize| if bytes > 65_536 { 413 } else { 400 };
            let nests = [
                format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
                format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)),
                format!("{{\"name\":{}{}}}", "[".repeat(depth), "]".repeat(depth)),
                format!("{{\"permissions\":{}{}}}", "[".repeat(depth), "]".repeat(depth)),
                "[".repeat(depth),
                "{\"a\":[".repeat(depth),
            ];
            for nest in nests {
                let case = format!("{depth} deep {:.20}", nest);
                call.refuses(&stage, &case, &nest, status(nest.len()));
                if call.door == Door::Verify {
                    batch.refuses_each(&stage, &case, &nest);
                }
            }
        }
    }
}

#[test]
fn what_is_not_json_is_a_bad_request() {
    let stage = Stage::open();
    for call in calls(&stage) {
        let with = |text: &[u8]| [b"{\"name\":\"", text, b"\"}"].concat();
        for (case, body) in [
            ("nothing", b"".to_vec()),
            ("a pair that is none", with(b"\xC3\x28")),
            ("an over-long slash", with(b"\xC0\xAF")),
            ("a surrogate", with(b"\xED\xA0\x80")),
            ("half a surrogate pair", with(b"\\ud800")),
            ("a line break in a text", with(b"a\nb")),
            ("a NUL in a text", with(b"a\0b")),
            ("a byte order mark", [b"\xEF\xBB\xBF", call.body.as_bytes()].concat()),
            ("two documents", format!("{0}{0}", call.body).into_bytes()),
            ("something behind", format!("{},", call.body).into_bytes()),
            ("a comment", format!("{}//", call.body).into_bytes()),
            ("a comma too many", b"{\"name\":\"a\",}".to_vec()),
            ("single quotes", b"{'name':'a'}".to_vec()),
            ("no number", b"{\"name\":NaN}".to_vec()),
            (
                "a number without an end",
                format!("{{\"name\":1{}}}", "0".repeat(50_000)).into_bytes(),
            ),
            ("a list", b"[]".to_vec()),
            ("a text", b"\"name\"".to_vec()),
            ("null", b"null".to_vec()),
            ("half of it", b"{\"name\":\"a\"".to_vec()),
        ] {
            call.refuses(&stage, case, body, 400);
        }
    }
}

#[test]
fn a_body_of_another_kind_is_not_read() {
    let stage = Stage::open();
    let calls = calls(&stage);
    let before = settled(&stage);
    for call in &calls {
        let with = |kind: &str| call.head(&stage).line(kind).body(&call.body);
        for kind in [
            "x: no type at all",
            "content-type:",
            "content-type: text/plain",
            "content-type: text/json",
            "content-type: application/x-www-form-urlencoded",
            "content-type: multipart/form-data; boundary=a",
            "content-type: application/jsonx",
            "content-type: application/json-seq",
            "content-type: application/xml",
            "content-type: application/json; charset=utf-16",
            "content-type: application/json; charset=iso-8859-1",
            "content-type: text/plain; application/json",
            "content-type: */*",
        ] {
            stage.check((&call.line, kind), call.door, &with(kind), 415);
        }
        let coded = with("content-type: application/json\r\ncontent-encoding: gzip");
        let exchange = Exchange::with(&stage.address(call.door), &coded);
        stage.note((&call.line, "gzip"), exchange.status() == 415, &exchange);
        let two = with("content-type: application/json\r\ncontent-type: text/plain");
        let exchange = Exchange::with(&stage.address(call.door), &two);
        stage.note((&call.line, "two types"), [400, 415].contains(&exchange.status()), &exchange);
    }
    stage.note("changed", settled(&stage) == before, (before, settled(&stage)));
}

#[test]
fn a_body_of_the_right_kind_is_read_however_it_is_spelled() {
    let stage = Stage::open();
    let call = &calls(&stage)[3];
    for kind in [
        "content-type: application/json",
        "Content-Type:APPLICATION/JSON",
        "content-type: application/json;charset=utf-8",
        "content-type: application/json; charset=\"UTF-8\"",
    ] {
        let request = call.head(&stage).line(kind).body(&call.body);
        let exchange = stage.check(kind, call.door, &request, 200);
        stage.note(kind, exchange.json()["verdict"] == "granted", &exchange);
    }
}

#[test]
fn a_question_with_a_strange_key_is_answered_and_one_with_a_strange_form_is_not() {
    let stage = Stage::open();
    let call = &calls(&stage)[3];
    let good: Value = serde_json::from_str(&call.body).expect("JSON");
    let with = |member: &str, value: Value| {
        let mut question = good.clone();
        question[member] = value;
        call.head(&stage).json(question.to_string())
    };
    let key = good["key"].as_str().expect("a key");
    let long = format!("{key}{}", "a".repeat(8_192));
    for text in ["", " ", "\0", "a\nb", "\u{ff04}aact", "\u{1b}[2J", "🔑", &key[1..], &long] {
        let exchange = stage.check(text, call.door, &with("key", json!(text)), 200);
        stage.note(text, exchange.json()["verdict"] == "refused", &exchange);
        stage.note(text, exchange.json()["status"] == 401, &exchange);
    }
    for (member, value) in [
        ("key", json!(5)),
        ("key", json!([key])),
        ("key", json!({"$ne": null})),
        ("realm", json!(5)),
        ("method", json!("G T")),
        ("method", json!("")),
        ("path", json!("v3/payments")),
        ("path", json!("")),
        ("path", json!("/v3/\0")),
        ("ip", json!("not an address")),
        ("ip", json!("203.0.113.9, 10.0.0.1")),
        ("ip", json!("fe80::1%eth0")),
        ("ip", json!(5)),
        ("project", json!(5)),
        ("min_epoch", json!("1")),
        ("min_epoch", json!(-1)),
        ("min_epoch", json!(1.5)),
        ("min_epoch", json!(1e30)),
    ] {
        stage.check((member, &value), call.door, &with(member, value.clone()), 400);
    }
}

#[test]
fn a_batch_with_one_question_too_many_is_refused() {
    let stage = Stage::open();
    let head = || Request::last("POST /api/v1/verify/batch").line(stage.credential(Door::Verify));
    let question = json!({"realm": "payments", "environment": "sandbox", "key": "k",
        "method": "GET", "path": "/"});
    let list = |count: usize| json!(vec![question.clone(); count]);
    let bare = Exchange::with(&stage.address(Door::Verify), &head().json(list(1).to_string()));
    let wrap = |list: Value| if bare.status() == 200 { list } else { json!({"requests": list}) };
    let full = head().json(wrap(list(1_000)).to_string());
    stage.check("1,000", Door::Verify, &full, 200);
    let over = head().json(wrap(list(1_001)).to_string());
    let exchange = Exchange::with(&stage.address(Door::Verify), &over);
    stage.note("1,001", [400, 413, 422].contains(&exchange.status()), exchange);
    stage.serves("1,001");
}
