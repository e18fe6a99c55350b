//! A key through the verify call: asked about, in every other member, in broken questions.

use serde_json::{Value, json};

use super::stage::Ending::{Cut, Whole};
use super::stage::{Stage, request};
use super::texts::{forms, in_address};

const LISTENER: u16 = 4;
const ONE: &str = "/api/v1/verify";
const BATCH: &str = "/api/v1/verify/batch";

/// Every form of this key, everywhere.
pub(crate) fn walk(stage: &mut Stage, key: &str) {
    let verifier = format!("Bearer {}", stage.key("/verifier/key"));
    let lines = [("authorization", verifier.as_str()), ("content-type", "application/json")];
    for (form, text) in forms(key) {
        let questions = questions(&text);
        for (at, question) in questions.iter().enumerate() {
            let body = question.to_string();
            let what = format!("{form} in question {at}");
            stage.send(&what, LISTENER, &request("POST", ONE, &lines, Some(&body)), Whole);
        }
        let batch = Value::Array(questions).to_string();
        for body in [batch.clone(), format!("[{batch},{:?}]", text), format!("[{batch}")] {
            let what = format!("{form} in a batch");
            stage.send(&what, LISTENER, &request("POST", BATCH, &lines, Some(&body)), Whole);
        }
        for body in broken(&text) {
            let what = format!("{form} in what is no question");
            stage.send(&what, LISTENER, &request("POST", ONE, &lines, Some(&body)), Whole);
        }
        around(stage, form, &text, &verifier);
    }
}

fn questions(text: &str) -> Vec<Value> {
    let good = json!({
        "realm": "payments",
        "environment": "sandbox",
        "key": "",
        "method": "GET",
        "path": "/v3/customers",
        "ip": "203.0.113.9",
        "user_agent": "shop/1.0",
        "project": null,
        "min_epoch": null,
    });
    let with = |name: &str, value: Value| {
        let mut question = good.clone();
        question[name] = value;
        question
    };
    let names: Vec<&String> = good.as_object().expect("an object").keys().collect();
    let mut questions: Vec<Value> = Vec::new();
    for name in names {
        for value in [json!(text), json!([text]), json!({ text: text }), json!({ "a": [[text]] })] {
            questions.push(with(name, value));
        }
    }
    for (realm, environment) in [("payments", "production"), ("mail", "production")] {
        let mut question = with("key", json!(text));
        question["realm"] = realm.into();
        question["environment"] = environment.into();
        questions.push(question);
    }
    questions.push(with("path", json!(format!("/v3/{text}?key={text}"))));
    questions.push(with(text, json!(text)));
    questions.push(with(text, json!(1)));
    questions.push(with("note", json!(text)));
    questions
}

fn broken(text: &str) -> [String; 7] {
    [
        text.to_owned(),
        format!("{text:?}"),
        format!("{{\"key\":{text:?}"),
        format!("{{\"key\":\"{text}"),
        format!("{{\"key\":{text}}}"),
        format!("{{\"key\":\"a\",\"key\":{text:?},\"{text}\":1,\"{text}\":2}}"),
        format!("{{\"key\":{text:?}}}").repeat(2_000),
    ]
}

/// In the request around a question.
fn around(stage: &mut Stage, form: &str, text: &str, verifier: &str) {
    let json = ("content-type", "application/json");
    let bearer = format!("Bearer {text}");
    let basic = format!("Basic {text}");
    let word = in_address(text);
    let own = ("authorization", verifier);
    for lines in [
        &[json, ("authorization", bearer.as_str())][..],
        &[json, ("authorization", basic.as_str())],
        &[json, ("authorization", text)],
        &[json, own, ("authorization", bearer.as_str())],
        &[json, ("access_token", text), ("x-api-key", text)],
        &[own, ("content-type", text)],
        &[own, json, ("content-encoding", text)],
        &[own, json, ("content-length", text)],
    ] {
        let what = format!("{form} around a question");
        stage.send(&what, LISTENER, &request("POST", ONE, lines, Some("{}")), Whole);
    }
    for target in [format!("{ONE}?key={word}"), format!("{ONE}/{word}"), format!("/{word}")] {
        for method in ["GET", "POST", word.as_str()] {
            let bytes = request(method, &target, &[own, json], Some("{}"));
            stage.send(&format!("{form} in the address"), LISTENER, &bytes, Whole);
        }
    }
    let half = format!(
        "POST {ONE} HTTP/1.1\r\nhost: a\r\nauthorization: {verifier}\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{{\"key\":\"{text}"
    );
    stage.send(&format!("{form} in half a question"), LISTENER, half.as_bytes(), Cut);
}
