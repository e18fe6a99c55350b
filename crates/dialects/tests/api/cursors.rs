//! Cursors hold for the list that they came from, and for nothing else.

use serde_json::{Value, json};

use super::desk::{Desk, MAIL, NOBODY, PRODUCTION, SANDBOX};

/// A desk whose sandbox has three accounts more and three keys, and the cursors of some lists.
async fn desk() -> Desk {
    let desk = Desk::open().await;
    let accounts = format!("{SANDBOX}/accounts");
    for number in 0..3 {
        desk.post(&accounts, &json!({"name": number.to_string()}).to_string()).await.ok(201);
    }
    for _ in 0..2 {
        desk.another_key(|_| ()).await;
    }
    desk
}

/// The cursor on the first page of this list.
async fn cursor(desk: &Desk, path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    let page = desk.get(&format!("{path}{mark}limit=1")).await.ok(200);
    page["next"].as_str().expect("a cursor").to_owned()
}

/// Says that this list goes on at the cursor, or does not know it.
async fn check(desk: &Desk, path: &str, cursor: &str, goes_on: bool) {
    let mark = if path.contains('?') { '&' } else { '?' };
    let answer = desk.get(&format!("{path}{mark}after={cursor}")).await;
    if goes_on {
        answer.ok(200);
    } else {
        answer.wrong(&["after"]);
        assert!(answer.text.contains("start from the first page"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_cursor_that_was_changed_anywhere_is_refused() {
    let desk = desk().await;
    let path = format!("{SANDBOX}/keys");
    let cursor = cursor(&desk, &path).await;
    check(&desk, &path, &cursor, true).await;
    for at in 0..cursor.len() {
        let mut bytes = cursor.clone().into_bytes();
        // Another digit, and a letter that is none.
        for byte in [if bytes[at] == b'0' { b'1' } else { b'0' }, b'g', b'A'] {
            bytes[at] = byte;
            let changed = String::from_utf8(bytes.clone()).expect("letters");
            check(&desk, &path, &changed, false).await;
        }
        check(&desk, &path, &cursor[..at], false).await;
    }
    for text in [&format!("{cursor}0"), &cursor.to_uppercase(), "0", "'%20OR%201=1", NOBODY] {
        check(&desk, &path, text, false).await;
    }
    check(&desk, &path, &desk.key.key.id.to_string(), false).await;
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let desk = desk().await;
    let account = &desk.account;
    let body = json!({"name": "below", "kind": "subaccount", "parent": account}).to_string();
    desk.post(&format!("{SANDBOX}/accounts"), &body).await.ok(201);
    desk.post(&format!("{SANDBOX}/accounts"), &body).await.ok(201);
    let other = desk.post(&format!("{SANDBOX}/accounts"), r#"{"name":"other"}"#).await.ok(201);
    let theirs = format!("{SANDBOX}/accounts/{}/keys", other["id"].as_str().expect("an id"));
    for _ in 0..2 {
        desk.post(&theirs, r#"{"name":"k"}"#).await.ok(201);
    }
    let lists = [
        theirs,
        format!("{SANDBOX}/keys"),
        format!("{SANDBOX}/accounts"),
        format!("{SANDBOX}/accounts?parent={account}"),
        format!("{SANDBOX}/accounts/{account}/keys"),
        format!("{SANDBOX}/keys?state=enabled"),
        format!("{SANDBOX}/keys?state=enabled,disabled"),
        format!("{SANDBOX}/keys?never_used=true"),
        format!("{SANDBOX}/keys?name=k"),
        format!("{SANDBOX}/keys?prefix=p"),
        format!("{SANDBOX}/keys?permission=PAYMENT"),
        format!("{SANDBOX}/keys?permission=PAYMENT:READ_WRITE"),
    ];
    for from in &lists {
        let cursor = cursor(&desk, from).await;
        for to in &lists {
            check(&desk, to, &cursor, from == to).await;
        }
        for elsewhere in [PRODUCTION, MAIL] {
            check(&desk, &format!("{elsewhere}/keys"), &cursor, false).await;
            check(&desk, &format!("{elsewhere}/accounts"), &cursor, false).await;
        }
    }
}

#[tokio::test]
async fn a_cursor_holds_however_its_filter_is_spelt_and_whatever_the_size_of_the_page() {
    let desk = desk().await;
    let cursor = cursor(&desk, &format!("{SANDBOX}/keys?state=enabled,expired&name=K")).await;
    for query in ["name=k&state=expired&state=enabled", "state=expired,enabled&name=%6b&limit=7"] {
        check(&desk, &format!("{SANDBOX}/keys?{query}"), &cursor, true).await;
    }
}

#[tokio::test]
async fn a_cursor_of_another_server_is_refused() {
    let (one, other) = (desk().await, desk().await);
    let path = format!("{SANDBOX}/keys");
    let cursor = cursor(&one, &path).await;
    check(&one, &path, &cursor, true).await;
    // Its secret is another, although everything else is alike.
    let other = other.with_its_own_cursors();
    check(&other, &path, &cursor, false).await;
}

#[tokio::test]
async fn a_list_goes_on_where_a_deleted_key_was() {
    let desk = desk().await;
    let path = format!("{SANDBOX}/keys");
    let whole = desk.get(&path).await.ok(200);
    let cursor = cursor(&desk, &path).await;
    desk.call(&http::Method::DELETE, &desk.key_path()).await.ok(200);
    let rest = desk.get(&format!("{path}?after={cursor}")).await.ok(200);
    let expected: Vec<Value> = whole["items"].as_array().expect("a list")[1..].to_vec();
    assert_eq!(rest["items"], Value::Array(expected));
    assert_eq!(rest["next"], Value::Null);
}
