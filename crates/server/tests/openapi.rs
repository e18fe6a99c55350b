//! The served description of the native API is true: schemathesis, unmodified, asks everything that
//! the description allows, and much that it doesn't, and compares every answer with it.
//!
//! Schemathesis is installed by `cargo xtask test`, which says where in `CHAVEIRO_TEST_CLIENTS`.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use support::Quickstart;
use support::http::get;

/// What is compared. Left out is the rule that a deleted object must be absent (ours stay visible
/// to operators, as deleted) and the one that whatever fits the description is accepted (which
/// permissions and parents there are, no schema can say).
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,negative_data_rejection,ignored_auth,unsupported_method,missing_required_header";

/// The verify call and forward-auth, which have a listener of their own.
const VERIFY: &str = "^/api/v1/verify";
const FORWARD_AUTH: &str = "^/auth/";

/// The operation that deletes operators' keys, and where the admin key stands in the quickstart's
/// line.
const ENDS_KEYS: &str = "delete_operator_key";
const ADMIN: &str = "/control/admin_key";

fn schemathesis() -> PathBuf {
    let folder = std::env::var_os("CHAVEIRO_TEST_CLIENTS");
    let folder = folder.expect("CHAVEIRO_TEST_CLIENTS: run the tests with `cargo xtask test`");
    PathBuf::from(folder).join("python/bin/schemathesis")
}

fn document(server: &Quickstart) -> Value {
    let answer = get(&server.address(0), "/openapi.json", &[]);
    serde_json::from_slice(&answer.body).expect("a description is JSON")
}

/// How many operations there are on the control plane.
fn operations(document: &Value) -> usize {
    let paths = document["paths"].as_object().expect("paths");
    let elsewhere = |path: &str| [VERIFY, FORWARD_AUTH].iter().any(|p| path.starts_with(&p[1..]));
    let ours = paths.iter().filter(|(path, _)| !elsewhere(path));
    ours.map(|(_, item)| item).map(|item| item.as_object().expect("operations").len()).sum()
}

/// A webhook of this account, made.
fn webhook(server: &Quickstart, realm: &str, environment: &str, account: &str) -> String {
    let (control, admin) = (server.address(0), server.text(ADMIN));
    let authorization = format!("Bearer {admin}");
    let shown = get(&control, realm, &[("authorization", &authorization)]).json();
    let body = json!({"name": "described", "url": "https://hooks.example.com/a",
        "email": "ops@example.com", "events": [shown["webhook_events"][0]]});
    let path = format!("{realm}/environments/{environment}/accounts/{account}/webhooks");
    let made = support::http::json(&control, "POST", &path, &admin, &body).json();
    made["id"].as_str().expect("a webhook").to_owned()
}

/// Whether schemathesis found the server to be as described, and what it said: on this listener,
/// counted from the first, with the key at this place and the operations that these options leave.
fn compare(
    server: &Quickstart,
    document: &Value,
    folder: &Path,
    realm: &str,
    (listener, key_at, only): (u16, &str, &[&str]),
) -> (bool, String) {
    let environment = "production";
    let account = server.line["realms"][realm][environment]["account_id"].as_str().expect("an id");
    let key = server.text("/control/admin_key");
    let authorization = format!("Bearer {key}");
    let list = format!("/api/v1/realms/{realm}/environments/{environment}/keys");
    let listed = get(&server.address(0), &list, &[("authorization", &authorization)]);
    let listed: Value = serde_json::from_slice(&listed.body).expect("a list");
    let key = listed["items"][0]["id"].as_str().expect("a key");
    let webhook = webhook(server, &format!("/api/v1/realms/{realm}"), environment, account);
    let config = format!(
        "[parameters]\n\"path.realm\" = \"{realm}\"\n\"path.environment\" = \"{environment}\"\n\"path.account\" = \"{account}\"\n\"path.key\" = \"{key}\"\n\"path.webhook\" = \"{webhook}\"\n"
    );
    let (described, configured) = (folder.join("openapi.json"), folder.join("schemathesis.toml"));
    std::fs::write(&described, document.to_string()).expect("the description is written");
    std::fs::write(&configured, config).expect("the configuration is written");
    let authorization = format!("Bearer {}", server.text(key_at));
    let mut command = Command::new(schemathesis());
    command.current_dir(folder).arg("--config-file").arg(&configured).arg("run").arg(&described);
    command.args(["--url", &format!("http://{}", server.address(listener))]);
    command.args(only).args(["-H", &format!("Authorization: {authorization}")]);
    let verifier = server.text("/verifier/key");
    command.args(["-H", &format!("Chaveiro-Verifier: {verifier}")]);
    command.args(["--checks", CHECKS, "--max-examples", "20", "--seed", "1", "--no-color"]);
    let output = command.output().expect("schemathesis runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), format!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Compares these operations, of which there are so many.
#[track_caller]
fn check(realm: &str, at: (u16, &str, &[&str]), count: impl FnOnce(&Value) -> usize) {
    let server = Quickstart::fresh();
    let folder = tempfile::tempdir().expect("a folder");
    let document = document(&server);
    let (held, said) = compare(&server, &document, folder.path(), realm, at);
    assert!(held, "{said}");
    let all = count(&document);
    assert!(said.contains(&format!("Tested: {all}\n")), "not all of {all} operations: {said}");
    assert!(!said.contains("Authentication failed"), "nothing was asked: {said}");
}

/// All operations but the one that would take away the key with which they are asked.
#[track_caller]
fn check_all(realm: &str) {
    let elsewhere = format!("{VERIFY}|{FORWARD_AUTH}");
    let but = ["--exclude-path-regex", &elsewhere, "--exclude-operation-id", ENDS_KEYS];
    check(realm, (0, ADMIN, &but), |document| operations(document) - 1);
}

#[test]
fn what_is_described_is_what_is_served_where_there_are_projects() {
    check_all("mail");
}

#[test]
fn what_is_described_is_what_is_served_where_there_are_subaccounts() {
    check_all("payments");
}

#[test]
fn the_verify_call_is_what_is_described() {
    check("payments", (4, "/verifier/key", &["--include-path-regex", VERIFY]), |_| 2);
}

/// The key in `Authorization` is the one that is asked about; the proxy's own is in another line.
#[test]
fn forward_auth_is_what_is_described() {
    let asked = "/realms/mail/production/project_key";
    check("mail", (4, asked, &["--include-path-regex", FORWARD_AUTH]), |_| 2);
}

#[test]
fn ending_an_operators_key_is_what_is_described() {
    check("mail", (0, ADMIN, &["--include-operation-id", ENDS_KEYS]), |_| 1);
}

#[test]
fn an_answer_that_is_not_described_is_found() {
    let server = Quickstart::fresh();
    let folder = tempfile::tempdir().expect("a folder");
    let mut document = document(&server);
    let path = "/api/v1/realms/{realm}/environments/{environment}/keys/{key}";
    let answers = document["paths"][path]["get"]["responses"].as_object_mut().expect("answers");
    answers.remove("200").expect("it was described");
    let at = (0, ADMIN, &["--include-operation-id", "show_key"][..]);
    let (held, said) = compare(&server, &document, folder.path(), "mail", at);
    assert!(!held && said.contains("Undocumented"), "{said}");

    let path = "/auth/{realm}/{environment}";
    let mistakes = &mut document["paths"][path]["get"]["responses"]["400"]["content"];
    let mistakes = mistakes.as_object_mut().expect("a content");
    mistakes.remove("application/problem+json").expect("it was described");
    let at =
        (4, "/realms/mail/production/project_key", &["--include-operation-id", "forward_auth"][..]);
    let (held, said) = compare(&server, &document, folder.path(), "mail", at);
    assert!(!held && said.contains("Undocumented Content-Type"), "{said}");
}

#[test]
fn every_post_of_the_api_takes_an_idempotency_key() {
    let document = document(&Quickstart::fresh());
    let paths = document["paths"].as_object().expect("paths").iter();
    let posts = paths.filter_map(|(path, operations)| Some((path, operations.get("post")?)));
    let ours = posts.filter(|(path, _)| !path.contains("/verify") && !path.contains("/self"));
    let mut count = 0;
    for (path, post) in ours {
        let parameters = post["parameters"].as_array().expect("parameters").iter();
        let mut headers = parameters.filter(|one| one["in"] == "header");
        assert!(headers.any(|one| one["name"] == "Idempotency-Key"), "{path}");
        count += 1;
    }
    assert!(count > 10, "{count}");
}

#[test]
fn whoever_opens_the_control_plane_is_led_to_the_page_for_people() {
    let server = Quickstart::fresh();
    let answer = get(&server.address(0), "/", &[]);
    assert_eq!((answer.status, answer.header("location")), (307, Some("/docs")));
}

#[test]
fn whoever_asks_for_nothing_is_told_where_the_api_is() {
    let server = Quickstart::fresh();
    for path in ["/nowhere", "/api", "/api/v2/realms", "/docs/"] {
        let answer = get(&server.address(0), path, &[]);
        let told = (answer.status, answer.header("content-type"));
        assert_eq!(told, (404, Some("application/problem+json")), "{path}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains("/api/v1") && detail.contains("/docs"), "{detail}");
    }
}

#[test]
fn the_page_for_people_names_every_operation_and_fetches_nothing() {
    let server = Quickstart::fresh();
    let answer = get(&server.address(0), "/docs", &[]);
    let page = String::from_utf8(answer.body).expect("text");
    let document = document(&server);
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("operations").values() {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(page.contains(&format!("id=\"{id}\"")), "{id} is not on the page");
        }
    }
    for outside in ["http://", "https://", "<script", "src=", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

/// The page that the address and the browser ask for.
fn page(server: &Quickstart, path: &str, accepted: &str) -> (String, Option<String>) {
    let answer = get(&server.address(0), path, &[("accept-language", accepted)]);
    let language = answer.header("content-language").map(str::to_owned);
    (String::from_utf8(answer.body).expect("text"), language)
}

#[test]
fn the_page_speaks_portuguese_to_whoever_asks_for_it() {
    let server = Quickstart::fresh();
    for (path, accepted, code, word) in [
        ("/docs", "", "en", "<h4>Answers</h4>"),
        ("/docs", "pt-BR,en;q=0.5", "pt-BR", "<h4>Respostas</h4>"),
        ("/docs?lang=pt", "en", "pt-BR", "<h4>Respostas</h4>"),
        ("/docs?lang=en", "pt", "en", "<h4>Answers</h4>"),
    ] {
        let (page, language) = page(&server, path, accepted);
        assert_eq!(language.as_deref(), Some(code), "{path} {accepted}");
        assert!(page.contains(&format!("<html lang=\"{code}\">")), "{path} {accepted}");
        assert!(page.contains(word), "{path} {accepted}");
    }
}

#[test]
fn the_page_says_where_to_verify_and_names_nothing_of_our_own() {
    let server = Quickstart::fresh();
    let (page, _) = page(&server, "/docs", "en");
    let (_, verify) = page.split_once("<article id=\"verify\">").expect("the verify call");
    let listener = format!("Served by a listener of its own</b>, <code>{}", server.address(4));
    assert!(verify.split("</article>").next().is_some_and(|text| text.contains(&listener)));
    assert!(!page.contains("[<code>read"), "the name of a reader");
    for typed in page.split("class=\"type\">").skip(1) {
        let typed = typed.split("</span>").next().expect("a part");
        assert!(typed.is_empty() || !typed.starts_with("<code></code>"), "{typed}");
    }
    assert!(page.contains("(1 to 100; default <code>50</code>)"));
}
