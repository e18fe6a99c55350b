//! Published clients, unmodified, are let in or turned away as their vendors' documents say.
//!
//! The clients are installed by `cargo xtask test`, which says where in `CHAVEIRO_TEST_CLIENTS`.
//! Without them these tests fail: a client that was not run proves nothing.

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use support::Quickstart;

fn clients() -> PathBuf {
    let folder = std::env::var_os("CHAVEIRO_TEST_CLIENTS");
    PathBuf::from(folder.expect("CHAVEIRO_TEST_CLIENTS: run the tests with `cargo xtask test`"))
}

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// The lines that a script prints, by the names of its calls.
fn run(name: &str, variables: &[(&str, &str)]) -> BTreeMap<String, Value> {
    let mut node = Command::new("node");
    node.arg(script(name)).env("NODE_PATH", clients().join("node_modules"));
    node.env("CHAVEIRO_TEST_CLIENTS", clients()).envs(variables.iter().copied());
    let output = node.output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("a line of JSON");
        (value["name"].as_str().expect("a name").to_owned(), value)
    };
    lines.lines().map(read).collect()
}

fn asaas(server: &Quickstart, environment: &str, key: &str) -> BTreeMap<String, Value> {
    let url = format!("{}/v3", server.text(&format!("/realms/payments/{environment}/url")));
    run("asaas.cjs", &[("ASAAS_URL", &url), ("ASAAS_KEY", key)])
}

#[test]
fn the_asaas_client_is_let_in_and_the_upstream_is_told_who_it_is() {
    let server = Quickstart::fresh();
    for environment in ["sandbox", "production"] {
        let key = server.text(&format!("/realms/payments/{environment}/key"));
        let account = server.text(&format!("/realms/payments/{environment}/account_id"));
        let lines = asaas(&server, environment, &key);
        assert_eq!(lines.len(), 8);
        for (name, line) in lines {
            let told = &line["answer"]["told"];
            assert_eq!(told["chaveiro-account"], account, "{name}: {line}");
            assert_eq!(told["chaveiro-environment"], environment, "{name}: {line}");
            assert!(!line.to_string().contains(&key), "{name} tells the upstream the key");
        }
    }
}

#[test]
fn the_asaas_client_sees_the_published_errors() {
    let server = Quickstart::fresh();
    let sandbox = server.text("/realms/payments/sandbox/key");
    let production = server.text("/realms/payments/production/key");
    let mut wrong = sandbox.clone();
    wrong.pop();
    let cases = [
        (production.as_str(), "invalid_environment"),
        (wrong.as_str(), "invalid_access_token_format"),
        ("", "access_token_not_found"),
    ];
    for (key, code) in cases {
        for (name, line) in asaas(&server, "sandbox", key) {
            assert_eq!(line["status"], 401, "{name}: {line}");
            assert_eq!(line["body"]["errors"][0]["code"], code, "{name}: {line}");
        }
    }
}

fn autosend(server: &Quickstart, key: &str) -> BTreeMap<String, Value> {
    let url = format!("{}/v1", server.text("/realms/mail/production/url"));
    run("autosend.mjs", &[("AUTOSEND_URL", &url), ("AUTOSEND_KEY", key)])
}

#[test]
fn the_autosend_client_is_let_in_with_a_project_key() {
    let server = Quickstart::fresh();
    let lines = autosend(&server, &server.text("/realms/mail/production/project_key"));
    for name in ["emails.send", "contacts.get", "contacts.delete"] {
        let told = &lines[name]["result"]["data"]["told"];
        assert_eq!(
            told["chaveiro-project"],
            server.line["realms"]["mail"]["production"]["project_id"]
        );
    }
    let result = &lines["projects.list"]["result"];
    assert_eq!(result["statusCode"], 403, "{result}");
    let message = "This endpoint requires an organization admin API key (ASA_ prefix)";
    assert_eq!(result["error"], message, "{result}");
}

#[test]
fn the_autosend_client_reaches_account_routes_with_an_account_key() {
    let server = Quickstart::fresh();
    let lines = autosend(&server, &server.text("/realms/mail/production/account_key"));
    let result = &lines["projects.list"]["result"];
    assert_eq!(result["success"], true, "{result}");
    // The client cannot name a project, so everything else is forbidden with such a key.
    let result = &lines["emails.send"]["result"];
    assert_eq!((&result["statusCode"], &result["error"]), (&403.into(), &"Forbidden".into()));
}

#[test]
fn the_autosend_client_reads_a_clean_message_from_a_401() {
    let server = Quickstart::fresh();
    for key in ["AS_wrong", "as_demo_your_api_key_here"] {
        let lines = autosend(&server, key);
        let result = &lines["emails.send"]["result"];
        assert_eq!(result["statusCode"], 401, "{result}");
        assert_eq!(result["error"], "Unauthorized", "{result}");
        let resend = &lines["resend.emails.send"]["result"];
        assert_eq!(resend["error"]["name"], "missing_api_key", "{resend}");
    }
}

/// Runs the published PHP sample with the key in these quotes.
fn php(server: &Quickstart, quote: char) -> String {
    let key = server.text("/realms/payments/sandbox/key");
    let url = server.text("/realms/payments/sandbox/url");
    let sample = std::fs::read_to_string(script("sample.php")).expect("the sample");
    let sample =
        sample.replace("__KEY__", &format!("{quote}{key}{quote}")).replace("__URL__", &url);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sample.php");
    std::fs::write(&file, sample).expect("written");
    let Output { status, stdout, stderr } =
        Command::new("php").arg(&file).output().expect("php runs");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("text")
}

#[test]
fn php_with_single_quotes_is_let_in() {
    let answer = php(&Quickstart::fresh(), '\'');
    assert!(answer.contains("\n200\n") || answer.starts_with("200\n"), "{answer}");
}

#[test]
fn php_with_double_quotes_is_told_that_the_dollar_was_expanded() {
    let answer = php(&Quickstart::fresh(), '"');
    assert!(answer.contains("401\n"), "{answer}");
    assert!(answer.contains("access_token_not_found"), "{answer}");
    let hint = answer.lines().find(|line| line.to_lowercase().starts_with("chaveiro-hint:"));
    assert!(hint.is_some_and(|hint| hint.contains("single quotes")), "{answer}");
}
