//! Deliveries that are signed, while one secret of a webhook replaces another, and across a kill.
//!
//! Must not ask the server what it signs: each signature is computed anew.

use std::path::Path;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::hook::Taken;
use crate::support::{Quickstart, ports};
use crate::{Hook, Stage};

/// Here the own words are spoken, which are signed.
const PRODUCTION: &str = "/api/v1/realms/mail/environments/production";
const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];
const OVERLAP_SECONDS: u32 = 60 * 60;

fn told(secret: [u8; 32]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

/// Which of the two secrets signed a delivery, in their order, as a receiver finds out who follows
/// Standard Webhooks.
fn signed_by(taken: &Taken) -> Vec<&'static str> {
    let header = |name: &str| taken.header(name).expect("a line of the seal");
    let (id, seconds) = (header("webhook-id"), header("webhook-timestamp"));
    let signed = format!("{id}.{seconds}.{}", taken.text);
    let holds = |signature: &str, secret: &[u8]| {
        let tag = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::verify(&key, signed.as_bytes(), &tag.expect("a signature")).is_ok()
    };
    let who = |signature| match (holds(signature, &OLD), holds(signature, &NEW)) {
        (true, false) => "old",
        (false, true) => "new",
        _ => "nobody",
    };
    header("webhook-signature").split(' ').map(who).collect()
}

struct Signing {
    stage: Stage,
    hook: Hook,
    webhook: String,
}

impl Signing {
    fn set(data: &Path, base: u16) -> Self {
        let (mut stage, hook) = (Stage::on(Quickstart::start(data, base)), Hook::open());
        let wish = json!({ "name": "one", "kind": "root" });
        stage.account = stage.made(&format!("{PRODUCTION}/accounts"), &wish);
        let wish = json!({
            "name": "hook", "url": hook.url, "email": "ana@example.com", "token": told(OLD),
            "events": ["key.created"], "order": "sequential",
        });
        let webhook =
            stage.made(&format!("{PRODUCTION}/accounts/{}/webhooks", stage.account), &wish);
        Self { stage, hook, webhook }
    }

    fn rotate(&self) {
        let path = format!("{PRODUCTION}/webhooks/{}/rotate_secret", self.webhook);
        let wish = json!({ "secret": told(NEW), "overlap_seconds": OVERLAP_SECONDS });
        assert_eq!(self.stage.manage("POST", &path, &wish)["secret"], told(NEW));
    }

    /// Has something to tell, and says who signed it.
    fn next(&self) -> Vec<&'static str> {
        let path = format!("{PRODUCTION}/accounts/{}/keys", self.stage.account);
        self.stage.made(&path, &json!({ "name": "one" }));
        let taken = self.hook.next();
        let who = signed_by(&taken);
        taken.answer(200);
        who
    }
}

#[test]
fn a_receiver_may_know_the_old_secret_or_the_new_one_during_an_overlap_also_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, base) = (folder.path().join("data"), ports::free_base());
    let mut signing = Signing::set(&data, base);
    assert_eq!(signing.next(), ["old"]);
    signing.rotate();
    assert_eq!(signing.next(), ["new", "old"]);
    signing.stage.server.kill();
    signing.stage.server = Quickstart::start(&data, base);
    assert_eq!(signing.next(), ["new", "old"]);
}
