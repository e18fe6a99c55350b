//! Published clients, unmodified, are let in or turned away as their vendors' documents say.
//!
//! The clients are installed by `cargo xtask test`, which says where in `CHAVEIRO_TEST_CLIENTS`.
//! Without them these tests fail: a client that was not run proves nothing.

mod support;

#[path = "clients/asaas_owners.rs"]
mod asaas_owners;

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
    let mut program = if name.ends_with(".py") {
        Command::new(clients().join("python/bin/python"))
    } else {
        Command::new("node")
    };
    program.arg(script(name)).env("NODE_PATH", clients().join("node_modules"));
    program.env("CHAVEIRO_TEST_CLIENTS", clients()).envs(variables.iter().copied());
    let output = program.output().expect("the program runs");
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
        assert_eq!(lines.len(), 6);
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
    let key = server.text("/realms/mail/production/project_key");
    let lines = autosend(&server, &key);
    assert_eq!(lines.len(), 9);
    assert!(!format!("{lines:?}").contains(&key), "the upstream is told the key");
    let project = server.text("/realms/mail/production/project_id");
    let account = server.text("/realms/mail/production/account_id");
    for name in ["contacts.create", "contacts.get"] {
        let told = &lines[name]["result"]["data"]["told"];
        assert_eq!(told["chaveiro-project"], project, "{name}: {told}");
        assert_eq!(told["chaveiro-account"], account, "{name}: {told}");
    }
    // Of other answers this client shows whether they were good, and fields that are not there.
    for name in ["emails.send", "contacts.delete"] {
        assert_eq!(lines[name]["result"]["success"], true, "{name}: {}", lines[name]);
    }
    let resend = &lines["resend.emails.send"]["result"];
    assert_eq!((&resend["error"], resend["data"].is_object()), (&Value::Null, true), "{resend}");
    for name in ["projects.create", "projects.list", "projects.get", "projects.delete"] {
        let result = &lines[name]["result"];
        assert_eq!(result["statusCode"], 403, "{name}: {result}");
        let message = "This endpoint requires an organization admin API key (ASA_ prefix)";
        assert_eq!(result["error"], message, "{name}: {result}");
    }
}

#[test]
fn the_autosend_client_manages_projects_with_an_account_key() {
    let server = Quickstart::fresh();
    let lines = autosend(&server, &server.text("/realms/mail/production/account_key"));
    let project = server.text("/realms/mail/production/project_id");
    for name in ["projects.create", "projects.list", "projects.get", "projects.delete"] {
        assert_eq!(lines[name]["result"]["success"], true, "{name}: {}", lines[name]);
    }
    let made = &lines["projects.create"]["result"]["data"];
    assert_eq!(made["name"], "From a client", "{made}");
    let listed = &lines["projects.list"]["result"]["data"]["projects"];
    assert_eq!((listed[0]["id"].as_str(), &listed[1]), (Some(&*project), made), "{listed}");
    assert_eq!(lines["projects.get"]["result"]["data"]["id"], made["id"]);
    // The client cannot name a project, so everything else is forbidden with such a key.
    let result = &lines["emails.send"]["result"];
    assert_eq!((&result["statusCode"], &result["error"]), (&403.into(), &"Forbidden".into()));
}

#[test]
fn the_autosend_client_reads_a_clean_message_from_a_401() {
    let server = Quickstart::fresh();
    for key in ["AS_wrong", "as_demo_your_api_key_here"] {
        let mut lines = autosend(&server, key);
        let resend = lines.remove("resend.emails.send").expect("the adapter's line");
        let error = &resend["result"]["error"];
        assert_eq!(error["statusCode"], 401, "{resend}");
        assert_eq!(error["name"], "missing_api_key", "{resend}");
        assert_eq!(error["message"], "Unauthorized", "{resend}");
        assert_eq!(lines["emails.send"]["result"]["statusCode"], 401, "{lines:?}");
        for (name, line) in lines {
            assert_eq!(line["result"]["error"], "Unauthorized", "{name}: {line}");
        }
    }
}

/// Runs the published PHP sample with the key in these quotes: the status, the head of the answer
/// and its body.
fn php(server: &Quickstart, quote: char) -> (String, String, Value) {
    let key = server.text("/realms/payments/sandbox/key");
    let url = server.text("/realms/payments/sandbox/url");
    let sample = std::fs::read_to_string(script("sample.php")).expect("the sample");
    let sample =
        sample.replace("__KEY__", &format!("{quote}{key}{quote}")).replace("__URL__", &url);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sample.php");
    std::fs::write(&file, sample).expect("written");
    let mut php = Command::new("php");
    // PHP warns of the variable that is not set, beside the answer.
    php.args(["-d", "display_errors=stderr"]).arg(&file);
    let Output { status, stdout, stderr } = php.output().expect("php runs");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    let text = String::from_utf8(stdout).expect("text");
    assert!(!text.contains(&key), "the key comes back");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let (status, head) = head.split_once('\n').expect("a status before the head");
    (status.to_owned(), head.to_owned(), serde_json::from_str(body).expect("JSON"))
}

#[test]
fn php_with_single_quotes_is_let_in() {
    let server = Quickstart::fresh();
    let (status, _, body) = php(&server, '\'');
    assert_eq!(status, "200", "{body}");
    let account = server.text("/realms/payments/sandbox/account_id");
    assert_eq!(body["told"]["chaveiro-account"], account, "{body}");
}

/// The whole key is the name of a variable that is not set, and curl sends no empty header: what
/// arrives is a request without any key.
#[test]
fn php_with_double_quotes_is_told_that_the_dollar_was_expanded() {
    let (status, head, body) = php(&Quickstart::fresh(), '"');
    assert_eq!(status, "401", "{body}");
    assert_eq!(body["errors"][0]["code"], "access_token_not_found", "{body}");
    let hint = head.lines().find(|line| line.to_lowercase().starts_with("chaveiro-hint:"));
    assert!(hint.is_some_and(|hint| hint.contains("single quotes")), "{head}");
}
