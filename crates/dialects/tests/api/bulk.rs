//! Many keys are changed in one step, or none of them is.

use domain::time::Timestamp;
use http::Method;
use serde_json::{Value, json};
use testkit::world::{HeldKey, name};

use super::desk::{Desk, NOBODY, PRODUCTION, SANDBOX, key_path};

fn bulk() -> String {
    format!("{SANDBOX}/keys/bulk")
}

/// A desk with three tills besides its own key.
async fn desk() -> (Desk, [HeldKey; 3]) {
    let desk = Desk::open().await;
    let till = async || desk.another_key(|wish| wish.name = name("Till")).await;
    let tills = [till().await, till().await, till().await];
    (desk, tills)
}

async fn send(desk: &Desk, body: &Value) -> Value {
    desk.post(&bulk(), &body.to_string()).await.ok(200)
}

async fn verdicts(desk: &Desk, keys: &[HeldKey]) -> Vec<String> {
    let mut verdicts = Vec::new();
    for key in keys {
        verdicts.push(desk.verify(&key.text).await);
    }
    verdicts
}

fn ids(keys: &[HeldKey]) -> Vec<String> {
    keys.iter().map(|key| key.key.id.to_string()).collect()
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let (desk, tills) = desk().await;
    let before = desk.world.engine.epoch();
    let expected = |dry_run: bool| {
        let keys: Vec<Value> = tills
            .iter()
            .map(|HeldKey { key, .. }| {
                json!({
                    "id": key.id.to_string(),
                    "account_id": desk.account,
                    "name": "Till",
                    "hint": key.secret.hint.as_str(),
                })
            })
            .collect();
        json!({
            "action": "disable",
            "dry_run": dry_run,
            "matched": 3,
            "changed": 3,
            "more": false,
            "next": null,
            "keys": keys,
        })
    };
    let mut body = json!({"action": "disable", "filter": {"name": "till"}, "dry_run": true});
    assert_eq!(send(&desk, &body).await, expected(true));
    assert_eq!(desk.world.engine.epoch(), before);
    assert_eq!(verdicts(&desk, &tills).await, ["granted"; 3]);
    body["dry_run"] = json!(false);
    assert_eq!(send(&desk, &body).await, expected(false));
    assert_eq!(desk.world.engine.epoch(), before + 1);
    assert_eq!(verdicts(&desk, &tills).await, ["disabled"; 3]);
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
}

#[tokio::test]
async fn keys_that_are_so_already_or_over_for_good_are_left_alone() {
    let (desk, tills) = desk().await;
    desk.call(&Method::DELETE, &key_path(&tills[0])).await.ok(200);
    desk.call(&Method::POST, &format!("{}/disable", key_path(&tills[1]))).await.ok(200);
    let end = Timestamp::from_millis(desk.world.clock.now().as_millis() + 1);
    let over = desk.another_key(|wish| wish.expires_at = Some(end)).await;
    desk.world.clock.advance_ms(1);
    let named = [ids(&tills), ids(&[over]), ids(&tills)].concat();
    let check = async |body: Value, matched: u32, changed: u32| {
        let done = send(&desk, &body).await;
        let found = (&done["matched"], &done["changed"], &done["more"]);
        assert_eq!(found, (&json!(matched), &json!(changed), &json!(false)), "{body}");
    };
    check(json!({"action": "disable", "keys": named, "dry_run": true}), 3, 1).await;
    check(json!({"action": "disable", "keys": named}), 3, 1).await;
    check(json!({"action": "disable", "keys": named}), 3, 0).await;
    check(json!({"action": "disable", "filter": {"name": "Till"}}), 2, 0).await;
    check(json!({"action": "enable", "filter": {"state": "disabled"}}), 2, 2).await;
    check(json!({"action": "enable", "all": true}), 4, 0).await;
    check(json!({"action": "delete", "all": true}), 4, 4).await;
    check(json!({"action": "delete", "all": true}), 0, 0).await;
    assert_eq!(desk.verify(&desk.key.text).await, "deleted");
}

#[tokio::test]
async fn one_key_that_is_not_there_stops_them_all() {
    let (desk, tills) = desk().await;
    let other = desk.post(&format!("{SANDBOX}/accounts"), r#"{"name":"other"}"#).await.ok(201);
    let other = other["id"].as_str().expect("an id").to_owned();
    let before = desk.world.engine.epoch();
    let refused = async |path: &str, body: Value| {
        for dry_run in [false, true] {
            let mut body = body.clone();
            body["dry_run"] = json!(dry_run);
            let answer = desk.post(path, &body.to_string()).await;
            let absent = desk.get(&format!("{SANDBOX}/keys/{NOBODY}")).await;
            assert_eq!(answer.problem(404, "no_such_key"), absent.problem(404, "no_such_key"));
        }
    };
    for odd in [NOBODY, "x", &desk.account, &desk.key.text] {
        let mut keys = ids(&tills);
        keys.insert(1, odd.to_owned());
        refused(&bulk(), json!({"action": "delete", "keys": keys})).await;
    }
    let theirs = json!({"action": "delete", "keys": ids(&tills), "account": other});
    refused(&bulk(), theirs).await;
    let elsewhere = format!("{PRODUCTION}/keys/bulk");
    refused(&elsewhere, json!({"action": "delete", "keys": ids(&tills)})).await;
    assert_eq!(desk.world.engine.epoch(), before);
    assert_eq!(verdicts(&desk, &tills).await, ["granted"; 3]);
}

#[tokio::test]
async fn an_account_bounds_what_a_filter_changes() {
    let (desk, tills) = desk().await;
    let other = desk.post(&format!("{SANDBOX}/accounts"), r#"{"name":"other"}"#).await.ok(201);
    let path = format!("{SANDBOX}/accounts/{}/keys", other["id"].as_str().expect("an id"));
    desk.post(&path, r#"{"name":"theirs"}"#).await.ok(201);
    let body = json!({"action": "delete", "all": true, "account": other["id"]});
    assert_eq!(send(&desk, &body).await["keys"][0]["name"], "theirs");
    assert_eq!(verdicts(&desk, &tills).await, ["granted"; 3]);
    for absent in [NOBODY, "x"] {
        let body = json!({"action": "delete", "all": true, "account": absent}).to_string();
        desk.post(&bulk(), &body).await.problem(404, "no_such_account");
    }
}

#[tokio::test]
async fn a_limit_is_kept_and_what_is_left_is_said() {
    let (desk, tills) = desk().await;
    let body = json!({"action": "disable", "filter": {"name": "Till"}, "limit": 2});
    let first = send(&desk, &body).await;
    assert_eq!((&first["changed"], &first["more"]), (&json!(2), &json!(true)));
    assert_eq!(verdicts(&desk, &tills).await, ["disabled", "disabled", "granted"]);
    let second = send(&desk, &body).await;
    assert_eq!((&second["changed"], &second["more"]), (&json!(1), &json!(false)));
    assert_eq!(second["matched"], 3);
}

#[tokio::test]
async fn a_change_goes_on_where_the_one_before_ended_and_nowhere_else() {
    let (desk, _) = desk().await;
    let wrong = async |body: Value, fields: &[&str]| {
        desk.post(&bulk(), &body.to_string()).await.wrong(fields);
    };
    let mut body = json!({"action": "disable", "filter": {"name": "Till"}, "limit": 2});
    let first = send(&desk, &body).await;
    let next = first["next"].as_str().expect("a cursor").to_owned();
    body["after"] = next.clone().into();
    let second = send(&desk, &body).await;
    assert_eq!((&second["changed"], &second["next"]), (&json!(1), &Value::Null));
    body["filter"]["state"] = json!(["enabled"]);
    wrong(body, &["after"]).await;
    for after in [json!("0"), json!(""), json!(next.to_uppercase())] {
        wrong(json!({"action": "delete", "all": true, "after": after}), &["after"]).await;
    }
    wrong(json!({"action": "delete", "keys": [NOBODY], "after": next}), &["after"]).await;
}

#[tokio::test]
async fn who_leaves_something_out_changes_nothing() {
    let (desk, _) = desk().await;
    let before = desk.world.engine.epoch();
    let wrong = async |body: Value, fields: &[&str]| {
        desk.post(&bulk(), &body.to_string()).await.wrong(fields);
    };
    wrong(json!({}), &["action"]).await;
    wrong(json!({"action": "delete"}), &["filter"]).await;
    wrong(json!({"action": "delete", "filter": {}}), &["filter"]).await;
    wrong(json!({"action": "delete", "filter": {}, "all": false}), &["filter"]).await;
    wrong(json!({"action": "delete", "filter": null, "all": true}), &["filter"]).await;
    wrong(json!({"action": "delete", "filter": {"name": "a"}, "all": true}), &["all"]).await;
    wrong(json!({"action": "delete", "keys": []}), &["keys"]).await;
    wrong(json!({"action": "delete", "keys": vec![NOBODY; 1_001]}), &["keys"]).await;
    wrong(json!({"action": "delete", "keys": [1, null]}), &["keys[0]", "keys[1]"]).await;
    wrong(json!({"action": "delete", "keys": [NOBODY], "all": true}), &["all"]).await;
    wrong(json!({"action": "delete", "keys": [NOBODY], "filter": {"name": "a"}}), &["filter"])
        .await;
    wrong(json!({"action": "delete", "keys": [NOBODY], "limit": 1}), &["limit"]).await;
    for limit in [json!(0), json!(1_001), json!("5"), json!(1.5), json!(-1), Value::Null] {
        wrong(json!({"action": "delete", "all": true, "limit": limit}), &["limit"]).await;
    }
    for action in [json!("Delete"), json!("remove"), Value::Null, json!(1)] {
        wrong(json!({"action": action, "all": true}), &["action"]).await;
    }
    for name in ["role", "accountId", "account_id", "expires_before", "id", "epoch", "__proto__"] {
        wrong(json!({"action": "delete", "all": true, name: 1}), &[name]).await;
    }
    let filter = json!({"state": [], "expires_before": "soon", "never_used": false, "nme": "a"});
    let fields = ["filter.state", "filter.expires_before", "filter.never_used", "filter.nme"];
    wrong(json!({"action": "delete", "filter": filter}), &fields).await;
    let filter = json!({"state": ["deleted"], "permission": "PAYMNT", "name": "", "prefix": 1});
    let fields = ["filter.state", "filter.permission", "filter.name", "filter.prefix"];
    wrong(json!({"action": "delete", "filter": filter}), &fields).await;
    let filter = json!({"never_used": true, "last_used_before": "2026-01-14T12:00:00Z"});
    wrong(json!({"action": "delete", "filter": filter}), &["filter.never_used"]).await;
    assert_eq!(desk.world.engine.epoch(), before);
}

#[tokio::test]
async fn a_thousand_ids_are_read_and_the_last_of_them_counts() {
    let (desk, tills) = desk().await;
    let mut keys = vec![tills[0].key.id.to_string(); 999];
    keys.push(NOBODY.to_owned());
    let body = json!({"action": "delete", "keys": keys});
    desk.post(&bulk(), &body.to_string()).await.problem(404, "no_such_key");
    assert_eq!(verdicts(&desk, &tills).await, ["granted"; 3]);
    keys.pop();
    let body = json!({"action": "delete", "keys": keys});
    assert_eq!(send(&desk, &body).await["changed"], 1);
    assert_eq!(verdicts(&desk, &tills).await, ["deleted", "granted", "granted"]);
}

#[tokio::test]
async fn a_hundred_keys_are_shown_and_all_are_counted() {
    let (desk, _) = desk().await;
    for number in 0..11 {
        let body = json!({"name": format!("account {number}")}).to_string();
        let account = desk.post(&format!("{SANDBOX}/accounts"), &body).await.ok(201);
        let path = format!("{SANDBOX}/accounts/{}/keys", account["id"].as_str().expect("an id"));
        for _ in 0..10 {
            desk.post(&path, r#"{"name":"of many"}"#).await.ok(201);
        }
    }
    let body = json!({"action": "delete", "filter": {"name": "of many"}, "dry_run": true});
    let done = send(&desk, &body).await;
    assert_eq!((&done["matched"], &done["changed"]), (&json!(110), &json!(110)));
    assert_eq!(done["keys"].as_array().map(Vec::len), Some(100));
}
