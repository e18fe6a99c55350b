//! What will happen to keys is shown, page by page, and asked for within limits.

use serde_json::{Value, json};
use testkit::world::START;

use super::desk::{Desk, NOBODY, PRODUCTION, SANDBOX};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn preview(query: &str) -> String {
    format!("{SANDBOX}/lifecycle/preview?{query}")
}

/// The keys of a page, with the names of their steps.
fn steps(page: &Value) -> Vec<(String, Vec<String>)> {
    let items = page["items"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    items
        .map(|key| {
            let steps = key["steps"].as_array().expect("a list").iter();
            (text(&key["key_id"]), steps.map(|step| text(&step["step"])).collect())
        })
        .collect()
}

#[tokio::test]
async fn a_key_is_shown_with_its_steps_and_whoever_would_be_told() {
    let desk = Desk::rehearsing().await;
    let hook = json!({"name": "hook", "url": "https://example.com/", "email": "ana@example.com",
        "events": ["KEY_DISABLED"]});
    let hooks = format!("{}/webhooks", desk.account_path());
    let hook = desk.post(&hooks, &hook.to_string()).await.ok(201);
    let page = desk.get(&preview("until=2026-07-14T12:00:00Z")).await.ok(200);
    let (key, nobody): (_, [&str; 0]) = (&desk.key.key, []);
    let expected = json!({
        "now": "2026-01-14T12:00:00.000Z",
        "until": "2026-07-14T12:00:00.000Z",
        "time_zone": "America/Sao_Paulo",
        "items": [{
            "key_id": key.id.to_string(),
            "account_id": desk.account,
            "name": "key",
            "hint": key.secret.hint.as_str(),
            "steps": [
                {"at": "2026-04-14T12:00:00.000Z", "step": "disable", "event": "key.disabled",
                    "webhook_ids": [hook["id"]], "written_to": nobody},
                {"at": "2026-07-07T12:00:00.000Z", "step": "warn:-7d",
                    "event": "key.expiring_soon", "webhook_ids": nobody, "written_to": nobody},
                {"at": "2026-07-14T12:00:00.000Z", "step": "expire", "event": "key.expired",
                    "webhook_ids": nobody, "written_to": nobody},
            ],
        }],
        "next": null,
    });
    assert_eq!(page, expected);
    let usual = desk.get(&preview("")).await.ok(200);
    assert_eq!(usual["until"], START.plus_millis(365 * DAY_MS).to_rfc3339());
    assert_eq!(usual["items"], expected["items"]);
    let elsewhere = desk.get(&format!("{PRODUCTION}/lifecycle/preview")).await.ok(200);
    assert_eq!(elsewhere["items"], json!([]));
    assert_eq!(desk.get(&desk.key_path()).await.ok(200)["state"], "enabled");
}

#[tokio::test]
async fn people_are_named_who_would_be_written_to_where_anybody_is() {
    let desk = Desk::rehearsing().await;
    let contacts = json!(["ana@example.com", "bea@example.com"]);
    desk.patch(&desk.account_path(), &json!({ "contacts": contacts }).to_string()).await.ok(200);
    let steps = async |desk: &Desk| {
        let page = desk.get(&preview("until=2026-07-14T12:00:00Z")).await.ok(200);
        page["items"][0]["steps"].as_array().expect("a list").clone()
    };
    assert!(steps(&desk).await.iter().all(|step| step["written_to"] == json!([])));
    let told = steps(&desk.that_writes()).await;
    assert_eq!(told.len(), 3);
    for step in told {
        assert_eq!(step["written_to"], contacts, "{step}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_hold_each_key_once() {
    let desk = Desk::rehearsing().await;
    for _ in 0..4 {
        desk.another_key(|_| {}).await;
    }
    let account = format!("account={}&", desk.account);
    for whose in ["", account.as_str()] {
        let whole = desk.get(&preview(&format!("{whose}until=2026-05-01T00:00:00Z"))).await;
        let whole = steps(&whole.ok(200));
        assert_eq!(whole.len(), 5);
        assert!(whole.iter().all(|(_, steps)| steps == &["disable"]), "{whole:?}");
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let path = preview(&format!("{whose}until=2026-05-01T00:00:00Z&limit=2{after}"));
            let page = desk.get(&path).await.ok(200);
            found.extend(steps(&page));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(found, whole, "{whose}");
    }
}

#[tokio::test]
async fn a_cursor_holds_for_what_it_came_from() {
    let desk = Desk::rehearsing().await;
    desk.another_key(|_| {}).await;
    let first = "until=2026-05-01T00:00:00Z&limit=1";
    let page = desk.get(&preview(first)).await.ok(200);
    let cursor = page["next"].as_str().expect("a cursor");
    desk.get(&preview(&format!("{first}&after={cursor}"))).await.ok(200);
    let account = &desk.account;
    for other in [
        "until=2026-05-01T00:00:01Z".to_owned(),
        "limit=1".to_owned(),
        format!("until=2026-05-01T00:00:00Z&account={account}"),
    ] {
        desk.get(&preview(&format!("{other}&after={cursor}"))).await.wrong(&["after"]);
    }
    desk.get(&format!("{SANDBOX}/keys?after={cursor}")).await.wrong(&["after"]);
    let keys = desk.get(&format!("{SANDBOX}/keys?limit=1")).await.ok(200);
    let foreign = keys["next"].as_str().expect("a cursor");
    desk.get(&preview(&format!("{first}&after={foreign}"))).await.wrong(&["after"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_said() {
    let desk = Desk::rehearsing().await;
    for (query, field) in [
        ("until=2026-01-14T11:59:59Z", "until"),
        ("until=2200-01-01T00:00:00Z", "until"),
        ("until=2026-05-01", "until"),
        ("until=", "until"),
        ("until=%zz", "until"),
        ("until=2026-05-01T00:00:00Z&until=2026-05-01T00:00:00Z", "until"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("after=00", "after"),
        ("from=2026-05-01T00:00:00Z", "from"),
    ] {
        desk.get(&preview(query)).await.wrong(&[field]);
    }
    desk.get(&preview("until=2026-05-01T00:00:00%2B02:00")).await.ok(200);
    desk.get(&preview("until=2199-12-31T23:59:59Z")).await.ok(200);
    desk.get(&preview(&format!("account={NOBODY}"))).await.problem(404, "no_such_account");
    desk.get(&preview("account=x")).await.problem(404, "no_such_account");
}
