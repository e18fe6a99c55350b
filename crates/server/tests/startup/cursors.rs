//! A cursor holds as long as the data does that it leads through, and for no other.

use serde_json::Value;

use crate::place::Place;
use crate::support::Quickstart;
use crate::support::http::{self, Answer};

const KEYS: &str = "/api/v1/realms/payments/environments/sandbox/keys";

fn list(server: &Quickstart, admin: &str, query: &str) -> Answer {
    let authorization = format!("Bearer {admin}");
    let headers = [("authorization", authorization.as_str())];
    http::get(&server.address(0), &format!("{KEYS}?limit=1{query}"), &headers)
}

/// Makes two keys more, so that there is a second page; the cursor to it.
fn cursor(server: &Quickstart, admin: &str) -> String {
    let account = server.text("/realms/payments/sandbox/account_id");
    let path = KEYS.replace("/keys", &format!("/accounts/{account}/keys"));
    for name in ["one", "two"] {
        let body = serde_json::json!({ "name": name });
        let made = http::json(&server.address(0), "POST", &path, admin, &body);
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let page = list(server, admin, "").json();
    page["next"].as_str().expect("a cursor").to_owned()
}

#[test]
fn a_cursor_survives_a_restart_on_the_same_data() {
    let place = Place::fresh();
    let mut server = Quickstart::start(&place.data(), place.base);
    let admin = server.text("/control/admin_key");
    let after = format!("&after={}", cursor(&server, &admin));
    let before = list(&server, &admin, &after).json();
    assert_eq!(before["items"][0]["name"], "one", "{before}");
    assert_eq!(server.stop(), Some(0), "{}", server.log());
    let server = Quickstart::start(&place.data(), place.base);
    assert_eq!(list(&server, &admin, &after).json(), before);
}

#[test]
fn a_cursor_ends_with_the_signing_key() {
    let place = Place::fresh();
    let mut server = Quickstart::start(&place.data(), place.base);
    let admin = server.text("/control/admin_key");
    let after = format!("&after={}", cursor(&server, &admin));
    assert_eq!(server.stop(), Some(0), "{}", server.log());
    std::fs::remove_file(place.file("identity.pem")).expect("removed");
    let server = Quickstart::start(&place.data(), place.base);
    let refused = list(&server, &admin, &after);
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(refused.json()["errors"][0]["field"], Value::from("after"));
    assert!(refused.text().contains("start from the first page"), "{}", refused.text());
}
