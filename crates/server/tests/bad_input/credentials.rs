//! Where a key is read, how often it may come, and what is answered when it does not come.

use serde_json::{Value, json};

use super::request::{Exchange, Request};
use super::stage::{Door, GOOD, OFFICE, Stage};

/// The doors, each with a request that a good key would open.
const DOORS: [(Door, &str); 5] = [
    (Door::Control, "GET /api/v1/realms"),
    (Door::Sandbox, GOOD),
    (Door::Production, GOOD),
    (Door::Mail, "GET /v1/contacts"),
    (Door::Verify, "POST /api/v1/verify"),
];

fn code(exchange: &Exchange) -> Value {
    exchange.json()["errors"][0]["code"].clone()
}

fn unauthorized() -> Value {
    let error = json!({"message": "Unauthorized", "code": "UNAUTHORIZED"});
    json!({"success": false, "message": "Unauthorized", "error": error})
}

#[test]
fn without_a_key_every_door_asks_for_one() {
    let stage = Stage::open();
    for (door, line) in DOORS {
        let exchange = stage.check("no key", door, &Request::last(line).end(), 401);
        let challenge = exchange.header("www-authenticate");
        stage.note(door, challenge.is_some_and(|text| !text.contains("error=")), &exchange);
        match door {
            Door::Sandbox | Door::Production => {
                stage.note(door, code(&exchange) == "access_token_not_found", &exchange);
            }
            Door::Mail => stage.note(door, exchange.json() == unauthorized(), &exchange),
            Door::Control | Door::Verify => {
                let kind = exchange.header("content-type");
                stage.note(door, kind.as_deref() == Some("application/problem+json"), &exchange);
            }
        }
    }
}

#[test]
fn an_empty_key_is_told_from_what_it_probably_came() {
    let stage = Stage::open();
    for line in ["access_token:", "access_token: ", "access_token: \t "] {
        let request = Request::last(GOOD).line(line).end();
        let exchange = stage.check(line, Door::Sandbox, &request, 401);
        stage.note(line, code(&exchange) == "access_token_not_found", &exchange);
        let hint = exchange.header("chaveiro-hint").unwrap_or_default();
        stage.note(line, hint.contains("double quotes") && hint.contains("variable"), hint);
    }
    for line in ["authorization:", "authorization: Bearer", "authorization: Bearer "] {
        let request = Request::last("GET /v1/contacts").line(line).end();
        let exchange = stage.check(line, Door::Mail, &request, 401);
        stage.note(line, exchange.json() == unauthorized(), &exchange);
        let hint = exchange.header("chaveiro-hint");
        stage.note(line, hint.is_some_and(|hint| hint.contains("empty")), &exchange);
    }
}

#[test]
fn blanks_around_the_value_are_no_part_of_it_and_blanks_within_are() {
    let stage = Stage::open();
    let key = stage.key();
    for (before, after) in [("", ""), ("  ", "  "), ("\t", "\t"), (" \t", "\t ")] {
        let line = format!("access_token:{before}{key}{after}");
        let case = (before, after);
        stage.check(case, Door::Sandbox, &Request::last(GOOD).line(line).end(), 200);
    }
    for blank in [" ", "\t"] {
        let line = format!("access_token: {}{blank}{}", &key[..30], &key[30..]);
        let request = Request::last(GOOD).line(line).end();
        let exchange = stage.check(blank, Door::Sandbox, &request, 401);
        stage.note(blank, code(&exchange) == "invalid_access_token_format", &exchange);
    }
}

#[test]
fn a_key_that_comes_twice_is_refused_and_counts_as_no_use() {
    let stage = Stage::open();
    let (id, fresh) = stage.new_key(&json!({}));
    let (gone_id, gone) = stage.new_key(&json!({}));
    let deleted = stage.office(&format!("DELETE {OFFICE}/keys/{gone_id}"), &Value::Null);
    assert!((200..300).contains(&deleted.status()), "{}", deleted.text);
    let fresh_line = format!("access_token: {fresh}");
    let gone_line = format!("access_token: {gone}");
    let bearer = |key: &str| format!("authorization: Bearer {key}");
    let cases = [
        ("the same twice", [fresh_line.clone(), fresh_line.clone()]),
        ("then a deleted one", [fresh_line.clone(), gone_line.clone()]),
        ("a deleted one first", [gone_line, fresh_line.clone()]),
        ("the same as a bearer", [fresh_line.clone(), bearer(&fresh)]),
        ("a bearer first", [bearer(&fresh), fresh_line.clone()]),
        ("another bearer", [fresh_line.clone(), bearer(&stage.key())]),
        ("a deleted bearer", [fresh_line.clone(), bearer(&gone)]),
        ("an empty one besides", [fresh_line.clone(), "access_token:".to_owned()]),
        ("the name in capitals", [fresh_line.clone(), format!("ACCESS_TOKEN: {fresh}")]),
        ("in the alias", [fresh_line, format!("access-token: {fresh}")]),
    ];
    for (case, [one, other]) in cases {
        let request = Request::last(GOOD).line(one).line(other).end();
        let exchange = stage.check(case, Door::Sandbox, &request, 400);
        stage.note(case, exchange.header("www-authenticate").is_none(), &exchange);
    }
    stage.note("counted", stage.shown(&id)["last_used_at"].is_null(), stage.shown(&id));
    stage.note("reached the upstream", !stage.upstream.seen().concat().contains(&id), &id);
}

#[test]
fn two_credentials_are_refused_at_every_other_door() {
    let stage = Stage::open();
    for (door, line) in DOORS {
        let own = stage.credential(door);
        let twice = Request::last(line).line(&own).line(&own).end();
        stage.check("twice", door, &twice, 400);
    }
    let other =
        format!("authorization: Bearer {}", stage.text("/realms/mail/production/account_key"));
    let own = stage.credential(Door::Mail);
    for lines in [[&own, &other], [&other, &own]] {
        let request = Request::last("GET /v1/contacts").line(lines[0]).line(lines[1]).end();
        stage.check("two keys", Door::Mail, &request, 400);
    }
    let project = format!("x-project-id: {}", stage.text("/realms/mail/production/project_id"));
    let request = Request::last("GET /v1/contacts").line(&own).line(&project).line(&project).end();
    stage.check("two projects", Door::Mail, &request, 400);
}

#[test]
fn a_foreign_authorization_disturbs_nobody_and_opens_nothing() {
    let stage = Stage::open();
    for foreign in ["authorization: Basic dXNlcjpwYXNz", "authorization: Bearer of-the-upstream"] {
        let request = Request::last(GOOD).line(stage.credential(Door::Sandbox)).line(foreign).end();
        stage.check(("besides", foreign), Door::Sandbox, &request, 200);
        let request = Request::last(GOOD).line(foreign).end();
        stage.check(("alone", foreign), Door::Sandbox, &request, 401);
    }
    let bearer = format!("authorization: Bearer {}", stage.key());
    let exchange =
        stage.check("bearer", Door::Sandbox, &Request::last(GOOD).line(bearer).end(), 401);
    stage.note("bearer", code(&exchange) == "access_token_not_found", &exchange);
    stage.note("bearer", exchange.header("chaveiro-hint").is_some(), "no hint");
}

#[test]
fn a_bearer_has_one_scheme_in_any_case_and_one_key() {
    let stage = Stage::open();
    let doors = [
        (Door::Control, "GET /api/v1/realms", "/control/admin_key", 200),
        (Door::Mail, "GET /v1/contacts", "/realms/mail/production/project_key", 200),
        // The key is good; the body that is missing is asked for next.
        (Door::Verify, "POST /api/v1/verify", "/verifier/key", 415),
    ];
    for (door, line, pointer, good) in doors {
        let key = stage.text(pointer);
        let value = |value: String| Request::last(line).line(format!("authorization: {value}"));
        for scheme in ["bEaReR ", "Bearer  "] {
            stage.check(scheme, door, &value(format!("{scheme}{key}")).end(), good);
        }
        let basic = "Basic dXNlcjpwYXNz".to_owned();
        let refused = [
            "Bearer".to_owned(),
            format!("Bearer{key}"),
            format!("Bearer {key}, {key}"),
            format!("Bearer {key},"),
            format!("Bearer \"{key}\""),
            format!("Bearer Bearer {key}"),
            format!("Token {key}"),
            format!("Basic {key}"),
            key.clone(),
            basic,
        ];
        for text in refused {
            stage.check(&text, door, &value(text.clone()).end(), 401);
        }
    }
}

#[test]
fn a_key_in_the_address_a_cookie_or_the_body_is_not_read_and_not_written_down() {
    let stage = Stage::open();
    let key = stage.key();
    let coded = key.replace('$', "%24");
    let targets = [
        format!("/v3/payments?access_token={key}"),
        format!("/v3/payments?access_token={coded}"),
        format!("/v3/payments?a=b&api_key={key}#x"),
        format!("/v3/payments/{key}"),
        format!("/{key}/payments"),
    ];
    for target in targets {
        let request = Request::last(&format!("GET {target}")).end();
        let exchange = Exchange::with(&stage.address(Door::Sandbox), &request);
        // A target with a fragment is none at all.
        let expected: &[u16] = if target.contains('#') { &[400, 401] } else { &[401] };
        stage.note(&target, expected.contains(&exchange.status()), &exchange);
        stage.note(&target, !exchange.text.contains(&key[12..]), "the answer holds the key");
        stage.serves(&target);
    }
    let cookie = Request::last(GOOD).line(format!("cookie: access_token={key}")).end();
    stage.check("cookie", Door::Sandbox, &cookie, 401);
    let named = json!({"access_token": key, "apiKey": key}).to_string();
    let body = Request::last("POST /v3/payments").json(named);
    let exchange = stage.check("body", Door::Sandbox, &body, 401);
    stage.note("body", code(&exchange) == "access_token_not_found", &exchange);
    let form = Request::last("POST /v3/payments")
        .line("content-type: application/x-www-form-urlencoded")
        .body(format!("access_token={coded}"));
    stage.check("form", Door::Sandbox, &form, 401);
    for (door, line) in [(Door::Control, "GET /api/v1/realms"), (Door::Mail, "GET /v1/contacts")] {
        let own = stage.credential(door).replace("authorization: Bearer ", "");
        let request = Request::last(&format!("{line}?access_token={own}&authorization={own}"));
        stage.check("in the query", door, &request.end(), 401);
    }
    let verifier = stage.credential(Door::Verify).replace("authorization: Bearer ", "");
    let request = Request::last(&format!("POST /api/v1/verify?key={verifier}"));
    stage.check("in the query", Door::Verify, &request.json("{}"), 401);
}

#[test]
fn the_name_of_the_header_has_no_case_and_no_other_spelling() {
    let stage = Stage::open();
    let key = stage.key();
    for name in ["ACCESS_TOKEN", "Access_Token", "access_tokeN"] {
        let request = Request::last(GOOD).line(format!("{name}: {key}")).end();
        stage.check(name, Door::Sandbox, &request, 200);
    }
    for name in
        ["access-token", "accesstoken", "x-access_token", "access_token_", "asaas-access-token"]
    {
        let request = Request::last(GOOD).line(format!("{name}: {key}")).end();
        let exchange = stage.check(name, Door::Sandbox, &request, 401);
        stage.note(name, code(&exchange) == "access_token_not_found", &exchange);
    }
    // A proxy that drops names with underscores leaves only its own traces.
    let request = Request::last(GOOD).line("x-forwarded-for: 203.0.113.9").end();
    let exchange = stage.check("behind a proxy", Door::Sandbox, &request, 401);
    let hint = exchange.header("chaveiro-hint").unwrap_or_default();
    stage.note("behind a proxy", hint.contains("underscore"), hint);
}
