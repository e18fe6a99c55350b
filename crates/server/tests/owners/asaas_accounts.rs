//! Asaas: sub-accounts of a root account, opened with a key and webhooks, listed and closed.
//!
//! Must not look into the database: what holds is what the API shows.

use std::thread;

use serde_json::{Value, json};

use crate::shape::shape;
use crate::support::http::Answer;
use crate::support::people::cnpj;
use crate::support::{Quickstart, http};

const ACCOUNTS: &str = "/v3/accounts";

/// A request with this key at the sandbox.
pub(crate) fn ask(
    server: &Quickstart,
    key: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Answer {
    let head = [("access_token", key), ("content-type", "application/json")];
    let text = if body.is_null() { String::new() } else { body.to_string() };
    http::send(&server.address(1), method, path, &head, text.as_bytes())
}

/// The key of the root account of the sandbox.
pub(crate) fn root_key(server: &Quickstart) -> String {
    server.text("/realms/payments/sandbox/key")
}

/// A wish for a sub-account, with a number that makes it one of a kind.
pub(crate) fn wish(number: u32) -> Value {
    json!({
        "name": format!("Loja {number}"),
        "email": format!("loja{number}@example.com"),
        "cpfCnpj": cnpj(number),
        "mobilePhone": "47998781877",
        "incomeValue": 25000,
        "address": "Av. Rolf Wiest",
        "addressNumber": "277",
        "province": "Bom Retiro",
        "postalCode": "89223-005",
    })
}

/// The id and the key of a sub-account that was just opened.
pub(crate) fn opened(server: &Quickstart, body: &Value) -> (String, String) {
    let answer = ask(server, &root_key(server), "POST", ACCOUNTS, body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    let text = |name: &str| json[name].as_str().expect(name).to_owned();
    (text("id"), text("apiKey"))
}

fn list(server: &Quickstart, query: &str) -> Value {
    let answer = ask(server, &root_key(server), "GET", &format!("{ACCOUNTS}{query}"), &Value::Null);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

fn names(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().expect("a list");
    data.iter().map(|one| one["name"].as_str().expect("a name")).collect()
}

/// A sub-account as every view shows it, by the types of its members.
fn shape_of_an_account() -> Value {
    let mut shape = json!({
        "object": "a text", "id": "a UUID", "name": "a text", "email": "a text",
        "loginEmail": "a text", "phone": null, "mobilePhone": "a text", "address": "a text",
        "addressNumber": "a text", "complement": null, "province": "a text",
        "postalCode": "a text", "cpfCnpj": "a text", "birthDate": null, "personType": "a text",
        "companyType": null, "city": null, "state": null, "country": "a text",
        "tradingName": null, "site": null, "walletId": "a UUID",
    });
    shape["accountNumber"] = json!({"agency": null, "account": null, "accountDigit": null});
    shape["commercialInfoExpiration"] = json!({"isExpired": "a boolean", "scheduledDate": null});
    shape
}

#[test]
fn a_sub_account_is_opened_with_a_key_that_works_and_is_shown_once() {
    let server = Quickstart::fresh();
    let root = root_key(&server);
    let mut body = wish(1);
    body["accessTokenConfig"] =
        json!({"name": "checkout", "permissions": [{"name": "CUSTOMER", "scope": "READ"}]});
    let made = ask(&server, &root, "POST", ACCOUNTS, &body);
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json();
    let key = made["apiKey"].as_str().expect("a key");
    assert_eq!(made["accessToken"]["apiKey"], key);
    assert_eq!(made["accessToken"]["name"], "checkout");
    assert_eq!(made["accessToken"]["permissions"], body["accessTokenConfig"]["permissions"]);
    assert_eq!(ask(&server, key, "GET", "/v3/customers", &Value::Null).status, 200);
    assert_eq!(ask(&server, key, "GET", "/v3/payments", &Value::Null).status, 403);

    let mut shape_of_the_first = shape_of_an_account();
    shape_of_the_first["apiKey"] = json!("a key");
    let mut seen = shape(&made);
    seen.as_object_mut().expect("an object").remove("accessToken");
    assert_eq!(seen, shape_of_the_first);
    let path = format!("{ACCOUNTS}/{}", made["id"].as_str().expect("an id"));
    for path in [path.clone(), format!("/api{path}"), path.replace("accounts/", "accounts?id=")] {
        let shown = ask(&server, &root, "GET", &path, &Value::Null);
        assert_eq!(shape(&shown.json()), shape_of_an_account(), "{path}");
        assert!(!shown.text().contains(&key[20..40]), "{path}");
        for member in ["id", "email", "cpfCnpj", "walletId"] {
            assert_eq!(shown.json()[member], made[member]);
        }
    }
    assert_eq!(
        (&made["postalCode"], &made["personType"]),
        (&json!("89223005"), &json!("JURIDICA"))
    );
}

#[test]
fn sixteen_callers_with_one_mail_address_or_number_open_exactly_one() {
    let server = Quickstart::fresh();
    for member in ["email", "cpfCnpj"] {
        let bodies: Vec<Value> = (0..16)
            .map(|number| {
                let mut body = wish(if member == "email" { 100 } else { 200 } + number);
                body[member] = wish(if member == "email" { 300 } else { 400 })[member].clone();
                body
            })
            .collect();
        let statuses: Vec<u16> = thread::scope(|scope| {
            let open = |body| ask(&server, &root_key(&server), "POST", ACCOUNTS, body).status;
            let callers: Vec<_> =
                bodies.iter().map(|body| scope.spawn(move || open(body))).collect();
            callers.into_iter().map(|caller| caller.join().expect("an answer")).collect()
        });
        let made = statuses.iter().filter(|status| **status == 200).count();
        let refused = statuses.iter().filter(|status| **status == 400).count();
        assert_eq!((made, refused), (1, 15), "{member}: {statuses:?}");
    }
    assert_eq!(list(&server, "")["totalCount"], 2);
}

#[test]
fn a_mail_address_and_a_number_are_free_again_when_their_account_is_closed() {
    let server = Quickstart::fresh();
    let (id, _) = opened(&server, &wish(1));
    let mut again = wish(1);
    // Spelled otherwise, they are the same.
    again["email"] = json!("LOJA1@Example.com");
    let answer = ask(&server, &root_key(&server), "POST", ACCOUNTS, &again);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["errors"][0]["code"], "invalid_action", "{}", answer.text());
    let path = format!("{ACCOUNTS}/{id}");
    assert_eq!(ask(&server, &root_key(&server), "DELETE", &path, &Value::Null).status, 200);
    opened(&server, &again);
}

#[test]
fn a_closed_sub_account_is_over_with_its_keys_and_webhooks_when_it_is_answered() {
    let server = Quickstart::fresh();
    let root = root_key(&server);
    let mut body = wish(1);
    body["webhooks"] = json!([{
        "url": "https://example.com/hook", "email": "ana@example.com",
        "events": ["ACCESS_TOKEN_CREATED"], "authToken": "t".repeat(40),
    }]);
    let (id, key) = opened(&server, &body);
    let hooks = ask(&server, &key, "GET", "/v3/webhooks", &Value::Null).json();
    assert_eq!(
        (&hooks["totalCount"], &hooks["data"][0]["hasAuthToken"]),
        (&json!(1), &json!(true))
    );
    let path = format!("{ACCOUNTS}/{id}");
    let gone = ask(&server, &root, "DELETE", &path, &Value::Null);
    assert_eq!((gone.status, gone.json()), (200, json!({"deleted": true, "id": id})));
    assert_eq!(ask(&server, &key, "GET", "/v3/webhooks", &Value::Null).status, 401);
    let again = ask(&server, &root, "DELETE", &path, &Value::Null);
    let told = json!({"code": "invalid_action", "description": "A subconta já foi encerrada"});
    assert_eq!((again.status, &again.json()["errors"][0]), (400, &told));
    assert_eq!(ask(&server, &root, "GET", &path, &Value::Null).status, 404);
    assert_eq!(list(&server, "")["totalCount"], 0);
}

#[test]
fn nothing_is_left_of_a_sub_account_that_was_refused() {
    let server = Quickstart::fresh();
    let hook = json!({"url": "https://example.com", "email": "a@b.co", "events": ["BILL_PAID"]});
    let mut body = wish(1);
    body["webhooks"] = vec![hook.clone(); 11].into();
    let answer = ask(&server, &root_key(&server), "POST", ACCOUNTS, &body);
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(answer.json()["errors"][0]["code"], "invalid_action");
    assert_eq!(list(&server, "")["totalCount"], 0);
    body["webhooks"] = vec![hook; 10].into();
    opened(&server, &body);
}

#[test]
fn lists_are_narrowed_and_cut() {
    let server = Quickstart::fresh();
    for number in 1..=12 {
        opened(&server, &wish(number));
    }
    let first = list(&server, "");
    let envelope = |list: &Value| {
        ["object", "hasMore", "totalCount", "limit", "offset"].map(|name| list[name].clone())
    };
    let expected = [json!("list"), json!(true), json!(12), json!(10), json!(0)];
    assert_eq!((envelope(&first), names(&first).len()), (expected, 10));
    let rest = list(&server, "?offset=10");
    assert_eq!((names(&rest), &rest["hasMore"]), (vec!["Loja 11", "Loja 12"], &json!(false)));
    let wallet = rest["data"][0]["walletId"].as_str().expect("a wallet");
    let number = rest["data"][0]["cpfCnpj"].as_str().expect("a number");
    for (query, expected) in [
        ("?email=LOJA3%40example.com", vec!["Loja 3"]),
        ("?email=loja3%40example.com&name=Loja+4", vec![]),
        ("?email=nobody", vec![]),
        (&*format!("?cpfCnpj={number}"), vec!["Loja 11"]),
        (&*format!("?walletId={wallet}"), vec!["Loja 11"]),
        ("?cpfCnpj=1", vec![]),
        ("?name=Loja%201&limit=100", vec!["Loja 1", "Loja 10", "Loja 11", "Loja 12"]),
        ("?name=loja", vec![]),
        ("?name=&other=x&limit=1", vec!["Loja 1"]),
    ] {
        assert_eq!(names(&list(&server, query)), expected, "{query}");
    }
}

#[test]
fn nobody_but_the_root_account_sees_its_sub_accounts() {
    let server = Quickstart::fresh();
    let (id, own) = opened(&server, &wish(1));
    let path = format!("{ACCOUNTS}/{id}");
    for (method, path) in [("GET", ACCOUNTS), ("POST", ACCOUNTS), ("GET", &path), ("DELETE", &path)]
    {
        let body = if method == "POST" { wish(2) } else { Value::Null };
        let answer = ask(&server, &own, method, path, &body);
        let code = &answer.json()["errors"][0]["code"];
        assert_eq!((answer.status, code), (403, &json!("root_account_required")), "{method}");
    }
    // Another root account, made by the operator.
    let office = "/api/v1/realms/payments/environments/sandbox/accounts";
    let admin = server.text("/control/admin_key");
    let made = |path: &str, body: &Value, member: &str| {
        let answer = http::json(&server.address(0), "POST", path, &admin, body);
        answer.json()[member].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
    };
    let stranger = made(office, &json!({"name": "stranger"}), "id");
    let keys = format!("{office}/{stranger}/keys");
    let stranger = made(&keys, &json!({"name": "all", "permissions": "unrestricted"}), "key");
    for method in ["GET", "DELETE"] {
        let foreign = ask(&server, &stranger, method, &path, &Value::Null);
        let absent = format!("{ACCOUNTS}/00000000-0000-4000-8000-000000000000");
        let absent = ask(&server, &stranger, method, &absent, &Value::Null);
        assert_eq!((foreign.status, &foreign.body), (absent.status, &absent.body), "{method}");
        assert_eq!((foreign.status, foreign.body.len()), (404, 0), "{method}");
    }
    assert_eq!(ask(&server, &stranger, "GET", ACCOUNTS, &Value::Null).json()["totalCount"], 0);
    assert_eq!(ask(&server, &root_key(&server), "GET", &path, &Value::Null).status, 200);
}

#[test]
fn a_sub_account_of_an_operator_is_shown_with_what_is_known_of_it() {
    let server = Quickstart::fresh();
    let office = "/api/v1/realms/payments/environments/sandbox/accounts";
    let parent = server.text("/realms/payments/sandbox/account_id");
    let body = json!({"name": "by hand", "kind": "subaccount", "parent": parent});
    let admin = server.text("/control/admin_key");
    assert_eq!(http::json(&server.address(0), "POST", office, &admin, &body).status, 201);
    let shown = &list(&server, "")["data"][0];
    assert_eq!((&shown["name"], &shown["email"]), (&json!("by hand"), &Value::Null), "{shown}");
}

#[test]
fn strange_bodies_are_refused_and_open_nothing() {
    let server = Quickstart::fresh();
    let with = |member: &str, value: Value| {
        let mut body = wish(1);
        body[member] = value;
        body.to_string()
    };
    let mut bodies: Vec<String> =
        ["[]", "null", "{", "{\"name\":1,\"name\":2}", ""].map(str::to_owned).into();
    for (member, values) in [
        ("name", json!([null, "", " ", 1, "a\nb", "x".repeat(257)])),
        ("email", json!([null, "", "ana", "a b@c.de", 1])),
        ("loginEmail", json!(["ana", 1, {}])),
        ("cpfCnpj", json!([null, "", "1", 24_971_563_792_u64, "11111111111", "24971563793"])),
        ("birthDate", json!(["1990", "1990-02-30", "01/02/1990", 1])),
        ("companyType", json!(["mei", 1])),
        ("mobilePhone", json!([null, "", "123", "telefone", 47_998_781_877_u64])),
        ("incomeValue", json!([null, "25000", -1, true])),
        ("addressNumber", json!([null, "", -1, {}])),
        ("postalCode", json!([null, "", "8922300", "892230055", "8922300a"])),
        ("webhooks", json!([{}, [1], [{"url": "x"}], "x"])),
        ("accessTokenConfig", json!(["x", [], {"permissions": []}, {"permissions": null}])),
    ] {
        let values = values.as_array().expect("values").iter();
        bodies.extend(values.map(|value| with(member, value.clone())));
    }
    for body in bodies {
        let head = [("access_token", &*root_key(&server)), ("content-type", "application/json")];
        let answer = http::send(&server.address(1), "POST", ACCOUNTS, &head, body.as_bytes());
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert!(answer.text().contains(r#""code":"invalid_"#), "{body}: {}", answer.text());
    }
    assert_eq!(list(&server, "")["totalCount"], 0);
}

#[test]
fn who_asks_for_less_than_a_first_key_that_works_for_ever_gets_none() {
    let server = Quickstart::fresh();
    for config in [json!({"enabled": false}), json!({"expirationDate": "2099-12-31"})] {
        let mut body = wish(1);
        body["accessTokenConfig"] = config;
        let answer = ask(&server, &root_key(&server), "POST", ACCOUNTS, &body);
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.json()["errors"][0]["code"], "invalid_accessTokenConfig");
    }
    assert_eq!(list(&server, "")["totalCount"], 0);
}
