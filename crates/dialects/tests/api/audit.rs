//! What was done is listed, the newest first, by whatever an operator knows of it.

use http::Method;
use serde_json::json;

use super::desk::{Desk, NOBODY, PRODUCTION, SANDBOX, key_path};

const EVERYWHERE: &str = "/api/v1/audit";

/// The actions on all pages of this list, of so many entries each.
async fn actions(desk: &Desk, list: &str, query: &str, limit: u32) -> Vec<String> {
    let mut found = Vec::new();
    let first = format!("{list}?limit={limit}&{query}");
    let mut path = first.clone();
    loop {
        let page = desk.get(&path).await.ok(200);
        for entry in page["items"].as_array().expect("a list") {
            found.push(entry["action"].as_str().expect("a name").to_owned());
        }
        let Some(next) = page["next"].as_str() else { return found };
        path = format!("{first}&after={next}");
    }
}

/// A desk at which a key was switched off and on and deleted, an hour after it was made.
async fn desk() -> Desk {
    let desk = Desk::open().await;
    desk.world.clock.advance_ms(60 * 60 * 1_000);
    for command in ["disable", "enable"] {
        desk.call(&Method::POST, &format!("{}/{command}", key_path(&desk.key))).await.ok(200);
    }
    desk.call(&Method::DELETE, &key_path(&desk.key)).await.ok(200);
    desk
}

#[tokio::test]
async fn the_newest_entry_comes_first_and_each_comes_once() {
    let desk = desk().await;
    let all = actions(&desk, &format!("{SANDBOX}/audit"), "", 100).await;
    let last_on_top =
        ["key.deleted", "key.enabled", "key.disabled", "key.created", "account.created"];
    assert_eq!(all, last_on_top);
    for limit in [1, 2, 5] {
        assert_eq!(actions(&desk, &format!("{SANDBOX}/audit"), "", limit).await, all, "{limit}");
    }
    assert_eq!(actions(&desk, &format!("{PRODUCTION}/audit"), "", 100).await, [""; 0]);
    // What concerns the whole server is nowhere else.
    let everywhere = actions(&desk, EVERYWHERE, "", 3).await;
    let of_operators = everywhere.iter().filter(|action| *action == "operator_key.created").count();
    assert_eq!((everywhere.len() - of_operators, of_operators > 0), (all.len(), true));
}

#[tokio::test]
async fn an_entry_says_who_did_what_where_and_in_which_request() {
    let desk = desk().await;
    let made = desk.post("/api/v1/operator-keys", r#"{"role":"support","name":"Ana"}"#).await;
    let request = made.headers["chaveiro-request-id"].to_str().expect("an id").to_owned();
    let made = made.ok(201);
    let page = desk.get(&format!("{EVERYWHERE}?request_id={request}")).await.ok(200);
    let [entry] = &page["items"].as_array().expect("a list")[..] else { panic!("{page}") };
    let mut entry = entry.clone();
    let members = entry.as_object_mut().expect("an object");
    let actor = members.remove("actor").expect("an actor");
    assert!(actor.as_str().is_some_and(|actor| actor.starts_with("operator:")), "{actor}");
    members.remove("id").expect("an id");
    assert_eq!(
        entry,
        json!({
            "at": made["created_at"], "action": "operator_key.created", "realm": null,
            "environment": null, "target": made["id"], "request_id": request,
        })
    );
    let actor = actor.as_str().unwrap_or_default();
    let by = actions(&desk, EVERYWHERE, &format!("actor={actor}"), 100).await;
    assert_eq!(by[0], "operator_key.created");
}

#[tokio::test]
async fn each_parameter_narrows_to_what_it_says() {
    let desk = desk().await;
    let list = format!("{SANDBOX}/audit");
    let key = desk.key.key.id;
    let noon = desk.world.clock.now().to_rfc3339();
    for (query, expected) in [
        ("action=key.enabled".to_owned(), &["key.enabled"][..]),
        (format!("target={key}"), &["key.deleted", "key.enabled", "key.disabled", "key.created"]),
        (format!("target={key}&action=key.created"), &["key.created"]),
        (format!("target={NOBODY}"), &[]),
        (format!("from={noon}"), &["key.deleted", "key.enabled", "key.disabled"]),
        (format!("until={noon}"), &["key.created", "account.created"]),
        (format!("actor=key:{key}"), &[]),
        (format!("request_id={NOBODY}"), &[]),
    ] {
        assert_eq!(actions(&desk, &list, &query, 2).await, expected, "{query}");
    }
}

#[tokio::test]
async fn what_is_no_condition_is_refused_and_a_cursor_holds_for_its_question_alone() {
    let desk = desk().await;
    for query in [
        "action=key.gone",
        "actor=ana",
        "actor=operator:7",
        "request_id=7",
        "from=yesterday",
        "until=2026-13-01T00:00:00Z",
        "kind=key.created",
        "action=key.created&action=key.deleted",
        "after=abc",
        "limit=0",
    ] {
        let answer = desk.get(&format!("{EVERYWHERE}?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    let page = desk.get(&format!("{SANDBOX}/audit?limit=1")).await.ok(200);
    let next = page["next"].as_str().expect("a next page");
    for other in [format!("{SANDBOX}/audit?action=key.created"), format!("{EVERYWHERE}?limit=1")] {
        let answer = desk.get(&format!("{other}&after={next}")).await;
        assert_eq!(answer.status, 400, "{other}");
    }
}

#[tokio::test]
async fn what_lies_far_back_is_found_on_one_page() {
    let desk = Desk::open().await;
    for _ in 0..600 {
        for command in ["disable", "enable"] {
            desk.call(&Method::POST, &format!("{}/{command}", key_path(&desk.key))).await.ok(200);
        }
    }
    let page = desk.get(&format!("{SANDBOX}/audit?action=key.created&limit=1")).await.ok(200);
    assert_eq!(page["items"][0]["target"], desk.key.key.id.to_string());
}
