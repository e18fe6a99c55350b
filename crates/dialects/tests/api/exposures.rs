//! Reports of keys that others saw: what they tell, and what they must not hold.

use serde_json::{Value, json};

use super::desk::{Answer, Desk, NOBODY, SANDBOX};

impl Desk {
    fn report_path(&self) -> String {
        format!("{}/report_exposed", self.key_path())
    }

    /// The events of the place about keys that others saw.
    async fn exposures(&self) -> Vec<Value> {
        let page = self.get(&format!("{SANDBOX}/events?kind=key.exposed")).await.ok(200);
        page["items"].as_array().expect("a list").clone()
    }
}

#[tokio::test]
async fn a_report_is_told_once_a_day_and_shows_where() {
    let desk = Desk::open().await;
    let shown = desk.get(&desk.key_path()).await.ok(200);
    let mut told = desk.post(&desk.report_path(), r#"{"where":"a gist of 3 May"}"#).await.ok(200);
    assert_eq!(told["told"].take(), true);
    told.as_object_mut().expect("an object").remove("told");
    assert_eq!(told, shown, "the key is as it was");
    let again = desk.post(&desk.report_path(), r#"{"where":"a paste"}"#).await.ok(200);
    assert_eq!(again["told"], false, "nobody is told of the second, and the answer says so");
    let [event] = &desk.exposures().await[..] else { panic!("one event") };
    assert_eq!(event["exposure"], json!({"cause": "reported", "where": "a gist of 3 May"}));
    assert_eq!(event["key"]["state"], "enabled");
    assert_eq!(desk.verify(&desk.key.text).await, "granted");
    let others = desk.get(&format!("{SANDBOX}/events?kind=key.created")).await.ok(200);
    assert_eq!(others["items"][0]["exposure"], Value::Null);
}

#[tokio::test]
async fn a_report_can_switch_the_key_off_in_the_same_step() {
    let desk = Desk::open().await;
    let body = r#"{"disable":true}"#;
    let off = desk.post(&desk.report_path(), body).await.ok(200);
    assert_eq!((&off["state"], &off["cause"]), (&json!("disabled"), &json!("manual")));
    assert_eq!(desk.verify(&desk.key.text).await, "disabled");
    let again = desk.post(&desk.report_path(), body).await.ok(200);
    assert_eq!((&again["state"], &again["epoch"]), (&off["state"], &off["epoch"]), "and stays so");
    assert_eq!(desk.exposures().await[0]["exposure"], json!({"cause": "reported", "where": null}));
}

#[tokio::test]
async fn a_report_that_holds_a_key_is_refused_and_not_repeated() {
    let desk = Desk::open().await;
    let secret = desk.key.text.strip_prefix("pay_test_").expect("its prefix");
    for found_in in [&desk.key.text, secret, "in pay_test_abc", "PAY_TEST_x"] {
        let body = json!({"where": found_in}).to_string();
        let refused = desk.post(&desk.report_path(), &body).await;
        refused.wrong(&["where"]);
        assert!(refused.text.contains("holds an API key"), "{}", refused.text);
        assert!(!refused.text.contains(secret));
    }
    for (body, member) in [
        (r#"{"where":""}"#, "where"),
        (r#"{"where":"two\nlines"}"#, "where"),
        (r#"{"where":7}"#, "where"),
        (r#"{"disable":"yes"}"#, "disable"),
        (r#"{"key":"x"}"#, "key"),
        (&json!({"where": "x ".repeat(129)}).to_string(), "where"),
    ] {
        desk.post(&desk.report_path(), body).await.wrong(&[member]);
    }
    assert!(desk.exposures().await.is_empty());
}

#[tokio::test]
async fn nobody_is_told_of_a_key_that_is_not_there() {
    let desk = Desk::open().await;
    let unknown = format!("{SANDBOX}/keys/{NOBODY}/report_exposed");
    let elsewhere = desk.report_path().replace("/sandbox/", "/production/");
    let [unknown, elsewhere] = [desk.post(&unknown, "{}").await, desk.post(&elsewhere, "{}").await];
    let told = |answer: &Answer| answer.problem(404, "no_such_key");
    assert_eq!(told(&unknown), told(&elsewhere));
    assert!(desk.exposures().await.is_empty());
}
