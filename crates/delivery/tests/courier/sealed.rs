//! What is signed here is verified by Standard Webhooks' own library for Python, and a forgery is
//! not.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use domain::signing_secret::SigningSecret;
use domain::time::Timestamp;
use engine::ports::courier::{AttemptOutcome, Courier as _, Seal};
use serde_json::{Value, json};

use crate::receiver::{OK, Receiver};
use crate::stage::{Names, courier, parcel};

/// Prints its time, then answers each question with whether the library is content.
const VERIFIER: &str = r#"
import base64, json, sys, time
from standardwebhooks.webhooks import Webhook
print(int(time.time() * 1000), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    try:
        Webhook("whsec_" + base64.b64encode(bytes(asked["secret"])).decode()).verify(asked["body"], asked["head"])
        print("content", flush=True)
    except Exception as error:
        print("not content:", type(error).__name__, error, flush=True)
"#;

/// The library, and the time by its clock.
struct Verifier {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
    now: Timestamp,
}

impl Verifier {
    fn start() -> Self {
        let folder = std::env::var_os("CHAVEIRO_TEST_CLIENTS");
        let folder = folder.expect("CHAVEIRO_TEST_CLIENTS: run the tests with `cargo xtask test`");
        let python = std::path::Path::new(&folder).join("python/bin/python");
        let mut command = Command::new(python);
        command.args(["-c", VERIFIER]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("Python starts");
        let mut answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        answers.read_line(&mut line).expect("it speaks");
        let now = Timestamp::from_millis(line.trim().parse().expect("a number"));
        Self { child, answers, now }
    }

    fn says(&mut self, secret: &[u8], head: &Value, body: &str) -> String {
        let asked = json!({ "secret": secret, "head": head, "body": body });
        let stdin = self.child.stdin.as_mut().expect("piped");
        writeln!(stdin, "{asked}").expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it speaks");
        line.trim().to_owned()
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 24] = [9; 24];

/// Sends a parcel that is sealed with both secrets at this instant, and returns the lines and the
/// body that arrived.
async fn sent_at(at: Timestamp) -> (Value, String) {
    let receiver = Receiver::answering(OK);
    let mut parcel = parcel(&format!("http://127.0.0.1:{}/", receiver.port));
    let secret = |bytes: &[u8]| SigningSecret::new(bytes.to_vec()).expect("a secret");
    parcel.body = Arc::from("{\"nome\":\"João\"}".as_bytes());
    parcel.seal = Some(Seal { id: "evt_1".into(), at, secrets: vec![secret(&NEW), secret(&OLD)] });
    let attempt = courier(&["127.0.0.1"], &Names::leading(&[])).post(&parcel).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Answered(200));
    let heard = receiver.heard().remove(0);
    let (head, body) = heard.split_once("\r\n\r\n").expect("a request");
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let sealed = lines.filter(|(name, _)| name.starts_with("webhook-"));
    let head = sealed.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    (Value::Object(head), body.to_owned())
}

#[tokio::test]
async fn both_secrets_of_a_rotation_are_verified_by_the_published_library() {
    let mut verifier = Verifier::start();
    let (head, body) = sent_at(verifier.now).await;
    assert_eq!(head["webhook-id"], "evt_1");
    for secret in [&NEW[..], &OLD] {
        assert_eq!(verifier.says(secret, &head, &body), "content");
    }
}

#[tokio::test]
async fn a_forgery_is_refused_by_the_published_library() {
    let mut verifier = Verifier::start();
    let (head, body) = sent_at(verifier.now).await;
    let mut refused = |secret: &[u8], head: &Value, body: &str| {
        let said = verifier.says(secret, head, body);
        assert!(said.starts_with("not content: WebhookVerificationError"), "{said}");
    };
    refused(&[8; 32], &head, &body);
    refused(&NEW, &head, &body.replace('J', "K"));
    let mut other = head.clone();
    other["webhook-id"] = "evt_2".into();
    refused(&NEW, &other, &body);
    let mut later = head.clone();
    later["webhook-timestamp"] = (verifier_seconds(&head) + 1).to_string().into();
    refused(&NEW, &later, &body);
}

fn verifier_seconds(head: &Value) -> i64 {
    head["webhook-timestamp"].as_str().and_then(|text| text.parse().ok()).expect("seconds")
}

#[tokio::test]
async fn an_old_signature_is_refused_by_the_published_library() {
    let mut verifier = Verifier::start();
    for ms in [-360_000, 360_000] {
        let (head, body) = sent_at(verifier.now.plus_millis(ms)).await;
        let said = verifier.says(&NEW, &head, &body);
        assert!(said.starts_with("not content: WebhookVerificationError"), "{said}");
    }
}
