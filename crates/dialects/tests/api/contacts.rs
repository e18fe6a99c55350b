//! Who is written to about an account: given, shown, changed and refused.

use serde_json::{Value, json};

use super::desk::{Desk, SANDBOX};

#[tokio::test]
async fn contacts_are_replaced_as_a_whole_and_the_language_goes_back_to_the_realms() {
    let desk = Desk::open().await;
    let path = desk.account_path();
    let shown = desk.get(&path).await.ok(200);
    assert_eq!((&shown["contacts"], &shown["language"]), (&json!([]), &Value::Null));
    for (change, contacts, language) in [
        (json!({"contacts": ["a@b.co", "B@b.co"]}), json!(["a@b.co", "B@b.co"]), Value::Null),
        (json!({"language": "en"}), json!(["a@b.co", "B@b.co"]), json!("en")),
        (json!({"name": "x"}), json!(["a@b.co", "B@b.co"]), json!("en")),
        (json!({"contacts": ["c@b.co"], "language": null}), json!(["c@b.co"]), Value::Null),
        (json!({"contacts": []}), json!([]), Value::Null),
    ] {
        desk.patch(&path, &change.to_string()).await.ok(200);
        let shown = desk.get(&path).await.ok(200);
        assert_eq!((&shown["contacts"], &shown["language"]), (&contacts, &language), "{change}");
    }
}

#[tokio::test]
async fn contacts_that_cannot_be_are_refused_where_they_stand() {
    let desk = Desk::open().await;
    let key = format!("{}@example.com", &desk.key.text[..40]);
    for (value, field) in [
        (json!(null), "contacts"),
        (json!("a@b.co"), "contacts"),
        (json!({}), "contacts"),
        (json!(["a@b.co", null]), "contacts[1]"),
        (json!(["a@b.co", "ana"]), "contacts[1]"),
        (json!(["ana@b.co\r\nbcc: c@b.co"]), "contacts[0]"),
        (json!([key]), "contacts[0]"),
        (json!(["a@b.co", "b@b.co", "A@B.CO"]), "contacts[2]"),
        (json!(["a@b.co", "b@b.co", "c@b.co", "d@b.co", "e@b.co", "f@b.co"]), "contacts"),
    ] {
        let change = json!({ "contacts": value }).to_string();
        desk.patch(&desk.account_path(), &change).await.wrong(&[field]);
        let wish = json!({ "name": "x", "contacts": value }).to_string();
        desk.post(&format!("{SANDBOX}/accounts"), &wish).await.wrong(&[field]);
    }
    for value in [json!("fr"), json!("pt-BR"), json!(""), json!(1), json!(["pt"]), json!(false)] {
        let change = json!({ "language": value }).to_string();
        desk.patch(&desk.account_path(), &change).await.wrong(&["language"]);
        let wish = json!({ "name": "x", "language": value }).to_string();
        desk.post(&format!("{SANDBOX}/accounts"), &wish).await.wrong(&["language"]);
    }
}
