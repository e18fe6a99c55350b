//! Lists of keys that meet a filter: which keys each parameter finds, and what is no filter.

use domain::permission::PermissionSet;
use domain::time::Timestamp;
use http::Method;
use testkit::world::name;

use super::desk::{Desk, MAIL, SANDBOX, key_path};

/// A desk with keys whose names say what they are. Its clock shows noon.
async fn desk() -> Desk {
    let desk = Desk::open().await;
    let now = desk.world.clock.now();
    let at = |ms: i64| Some(Timestamp::from_millis(now.as_millis() + ms));
    let named = async |text: &str, end: Option<Timestamp>, compact: &str| {
        let change = |wish: &mut engine::create_key::NewKey| {
            wish.name = name(text);
            wish.expires_at = end;
            wish.permissions = PermissionSet::from_compact(compact);
        };
        desk.another_key(change).await
    };
    named("Till Ação", None, "PAYMENT:R").await;
    let off = named("off", None, "PAYMENT:RW").await;
    named("over", at(1_000), "CUSTOMER:RW").await;
    named("soon", at(60_000), "CUSTOMER:R,PAYMENT:R").await;
    desk.call(&Method::POST, &format!("{}/disable", key_path(&off))).await.ok(200);
    desk.world.clock.advance_ms(1_000);
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
    desk.world.clock.advance_ms(1_000);
    desk
}

/// The names on all pages of this list, of one item each.
async fn names(desk: &Desk, list: &str, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let first = format!("{list}?limit=1&{query}");
    let mut path = first.clone();
    loop {
        let page = desk.get(&path).await.ok(200);
        for key in page["items"].as_array().expect("a list") {
            found.push(key["name"].as_str().expect("a name").to_owned());
        }
        let Some(next) = page["next"].as_str() else { return found };
        path = format!("{first}&after={next}");
    }
}

async fn check(desk: &Desk, query: &str, expected: &[&str]) {
    for list in [format!("{SANDBOX}/keys"), desk.keys_path()] {
        assert_eq!(names(desk, &list, query).await, expected, "{list} {query}");
    }
}

#[tokio::test]
async fn each_parameter_finds_the_keys_that_it_says() {
    let desk = desk().await;
    check(&desk, "", &["key", "Till Ação", "off", "over", "soon"]).await;
    check(&desk, "state=enabled", &["key", "Till Ação", "soon"]).await;
    check(&desk, "state=expired,disabled", &["off", "over"]).await;
    check(&desk, "state=expired&state=disabled", &["off", "over"]).await;
    check(&desk, "expires_before=2026-01-14T12:00:01.000Z", &[]).await;
    check(&desk, "expires_before=2026-01-14T12:00:01.001Z", &["over"]).await;
    check(&desk, "expires_before=2026-01-14T09:01:01-03:00", &["over", "soon"]).await;
    check(&desk, "expires_before=2026-01-14T14:01:01%2B02:00", &["over", "soon"]).await;
    check(&desk, "last_used_before=2026-01-14T12:00:01Z", &[]).await;
    check(&desk, "last_used_before=2026-01-14T12:00:02Z", &["key"]).await;
    check(&desk, "never_used=true", &["Till Ação", "off", "over", "soon"]).await;
    check(&desk, "permission=PAYMENT", &["key", "Till Ação", "off", "soon"]).await;
    check(&desk, "permission=PAYMENT:READ", &["key", "Till Ação", "off", "soon"]).await;
    check(&desk, "permission=PAYMENT:READ_WRITE", &["key", "off"]).await;
    check(&desk, "name=O", &["Till Ação", "off", "over", "soon"]).await;
    check(&desk, "name=till+a%C3%87%C3%83O", &["Till Ação"]).await;
    check(&desk, "name=%25", &[]).await;
    check(&desk, "prefix=pay_test_", &["key", "Till Ação", "off", "over", "soon"]).await;
    check(&desk, "prefix=PAY_TEST_", &[]).await;
    check(&desk, "permission=CUSTOMER&state=enabled&never_used=true", &["soon"]).await;
    let hint = desk.key.key.secret.hint.as_str().split('…').next().expect("a beginning");
    check(&desk, &format!("prefix={hint}"), &["key"]).await;
}

#[tokio::test]
async fn a_deleted_key_is_not_found() {
    let desk = desk().await;
    desk.call(&Method::DELETE, &desk.key_path()).await.ok(200);
    check(&desk, "name=key", &[]).await;
    desk.get(&format!("{SANDBOX}/keys?state=deleted")).await.wrong(&["state"]);
}

#[tokio::test]
async fn a_use_that_the_store_has_not_heard_of_counts() {
    let desk = desk().await;
    // Within the granule of the log: the store is told of this one later, or not at all.
    desk.world.clock.advance_ms(60_000);
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
    desk.world.clock.advance_ms(1_000);
    check(&desk, "last_used_before=2026-01-14T12:01:00Z", &[]).await;
    check(&desk, "last_used_before=2026-01-14T12:01:03Z", &["key"]).await;
}

#[tokio::test]
async fn a_parameter_that_is_no_filter_is_named() {
    let desk = desk().await;
    let wrong = async |query: &str, fields: &[&str]| {
        for list in [format!("{SANDBOX}/keys"), desk.keys_path()] {
            desk.get(&format!("{list}?{query}")).await.wrong(fields);
        }
    };
    for state in ["", "Enabled", "deleted", "enabled,", "enabled;disabled", "on"] {
        wrong(&format!("state={state}"), &["state"]).await;
    }
    wrong("state=on&state=off&name=", &["state", "state", "name"]).await;
    for instant in ["", "now", "2026-02-30T00:00:00Z", "2026-01-14", "2026-01-14T14:01:01+02:00"] {
        wrong(&format!("expires_before={instant}"), &["expires_before"]).await;
        wrong(&format!("last_used_before={instant}"), &["last_used_before"]).await;
    }
    for value in ["", "false", "1", "TRUE", "true%20"] {
        wrong(&format!("never_used={value}"), &["never_used"]).await;
    }
    for value in ["", "payment", "PAYMENT:", "PAYMENT:WRITE", "PAYMENT:READ:READ", "REFUND", "*"] {
        wrong(&format!("permission={value}"), &["permission"]).await;
    }
    for value in
        ["".to_owned(), "%0a".to_owned(), "a".repeat(257), "%".to_owned(), "%ff".to_owned()]
    {
        wrong(&format!("name={value}"), &["name"]).await;
    }
    for value in ["".to_owned(), "%00".to_owned(), "a".repeat(65)] {
        wrong(&format!("prefix={value}"), &["prefix"]).await;
    }
    wrong("never_used=true&last_used_before=2026-01-14T12:00:00Z", &["never_used"]).await;
    wrong("name=a&name=b", &["name"]).await;
    wrong("Name=a", &["Name"]).await;
    let answer = desk.get(&format!("{SANDBOX}/keys?permission=PAYMNT:READ")).await;
    assert!(answer.text.contains("did you mean PAYMENT?"), "{}", answer.text);
    // The other realm has no such permission.
    desk.get(&format!("{MAIL}/keys?permission=PAYMENT")).await.wrong(&["permission"]);
}

#[tokio::test]
async fn a_key_in_a_filter_is_not_repeated() {
    let desk = desk().await;
    let key = &desk.key.text;
    for query in ["name", "prefix", "permission", "state", "expires_before", "after", "never_used"]
    {
        let answer = desk.get(&format!("{SANDBOX}/keys?{query}={key}")).await;
        assert!(!answer.text.contains(&key[12..24]), "{}", answer.text);
    }
}
