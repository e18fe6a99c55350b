//! A key through the command line: diagnosed, in variables, in arguments, in configurations.

use std::path::Path;

use serde_json::Value;

use super::stage::Stage;
use super::texts::forms;
use crate::support::binary;
use crate::support::finished::{run, run_with};

/// Where the commands below look.
const PLACE: [&str; 4] = ["--realm", "payments", "--environment", "sandbox"];

/// Makes a key from the shell and gives one a new secret; what each prints is the one place that
/// shows it.
pub(crate) fn make(stage: &mut Stage) {
    let account = stage.key("/realms/payments/sandbox/account_id");
    let keys = "/api/v1/realms/payments/environments/sandbox/keys";
    let page = stage.manage("GET", keys, &Value::Null).json();
    let id = page["items"][1]["id"].as_str().expect("a key").to_owned();
    let create = ["key", "create", "--account", &account, "--name", "from the shell"];
    let rotate = ["key", "rotate", &id, "--overlap", "1h"];
    for (words, json) in [
        (&create[..], &["--json"][..]),
        (&create[..], &[]),
        (&rotate[..], &["--json"]),
        (&rotate[..], &[]),
    ] {
        let mut command = managing(stage);
        let mut finished = run(command.args(words).args(PLACE).args(json));
        assert_eq!(finished.code, Some(0), "{}", finished.err);
        // The hint begins alike and is shorter.
        let keys = finished.out.match_indices("$aact_hmlg_").map(|(from, prefix)| {
            let rest = &finished.out[from + prefix.len()..];
            let len = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
            finished.out[from..from + prefix.len() + len].to_owned()
        });
        let key = keys.max_by_key(String::len).expect("a key").to_owned();
        assert_eq!(key.len(), "$aact_hmlg_".len() + 55, "it is shown whole");
        finished.out = finished.out.replace(&key, "");
        stage.said("the command that makes a key", &finished);
        stage.keys.push(key);
    }
    let mut list = managing(stage);
    let listed = run(list.args(["key", "list"]).args(PLACE));
    assert_eq!(listed.code, Some(0), "{}", listed.err);
    stage.said("the list of keys", &listed);
}

/// Every form of this key, everywhere.
pub(crate) fn walk(stage: &mut Stage, key: &str) {
    for (form, text) in forms(key) {
        for options in [&["explain", "-"][..], &["explain", "--json"]] {
            let said = run_with(binary().args(options), text.as_bytes());
            stage.said(&format!("explain, {form} on standard input"), &said);
        }
        for options in [&["key", "owner", "-"][..], &["key", "owner", "--json"]] {
            let said = run_with(managing(stage).args(options), text.as_bytes());
            stage.said(&format!("key owner, {form} on standard input"), &said);
        }
        let arguments = [
            &["explain", &text][..],
            &["key", "owner", &text],
            &["operator-key", "delete", &text, "--yes"],
            &["explain", &text, &text],
            &[&text],
            &["key", &text],
            &["key", "show", &text],
            &["key", "create", &text, "--name", &text],
            &["key", "list", "--limit", &text],
            &["key", "list", "--after", &text],
            &["key", "list", "--name", &text, "--prefix", &text, "--all"],
            &["key", "list", "--state", &text],
            &["key", "list", "--permission", &text],
            &["key", "list", "--expires-before", &text],
            &["key", "bulk", "delete", &text, "--dry-run"],
            &["key", "bulk", "delete", "--name", &text],
            &["account", "list", "--parent", &text, "--json"],
            &["quickstart", "--port-base", &text],
            &["quickstart", &text],
            &["serve", &text],
            &["key", "list", "--realm", &text],
        ];
        for arguments in arguments {
            let mut command = managing(stage);
            let said = run(command.args(arguments).args(&PLACE[..]));
            stage.said(&format!("{} with {form}", arguments[0].len()), &said);
        }
        variables(stage, form, &text);
    }
}

/// The client with a wrong environment.
fn variables(stage: &mut Stage, form: &str, text: &str) {
    let url = format!("http://{}", stage.server.address(0));
    let file = stage.folder().join("key");
    std::fs::write(&file, text).expect("written");
    let file = file.to_str().expect("a text").to_owned();
    let admin = stage.key("/control/admin_key");
    let cases = [
        vec![("CHAVEIRO_URL", url.clone()), ("CHAVEIRO_ADMIN_KEY", text.to_owned())],
        vec![("CHAVEIRO_URL", url.clone()), ("CHAVEIRO_ADMIN_KEY_FILE", file)],
        vec![("CHAVEIRO_URL", url.clone()), ("CHAVEIRO_ADMIN_KEY_FILE", text.to_owned())],
        vec![("CHAVEIRO_URL", url.clone()), ("CHAVEIRO__SECRETS__PEPPER", text.to_owned())],
        vec![("CHAVEIRO_URL", text.to_owned()), ("CHAVEIRO_ADMIN_KEY", admin.clone())],
        vec![("CHAVEIRO_URL", format!("{url}/?{text}")), ("CHAVEIRO_ADMIN_KEY", admin.clone())],
        vec![("CHAVEIRO_URL", format!("http://{text}@a")), ("CHAVEIRO_ADMIN_KEY", admin)],
        vec![("CHAVEIRO_URL", url), ("CHAVEIRO_ADMIN_KEY", format!("{text}\n{text}"))],
    ];
    for case in cases {
        let mut command = binary();
        command.envs(case).args(["key", "list"]).args(PLACE);
        stage.said(&format!("key list with {form} in a variable"), &run(&mut command));
    }
}

/// A secret of the configuration that was put where it does not belong, or is too short.
pub(crate) fn configuration(stage: &mut Stage, secret: &str) {
    let written = std::fs::read_to_string(stage.server.data().join("chaveiro.toml"));
    let written = written.expect("the file that the quickstart wrote");
    let path = stage.folder().join("other.toml");
    let half = &secret[..24];
    let lines = [
        format!("[secrets]\npepper = \"{half}\"\n"),
        format!("[secrets]\npepper = {secret}\n"),
        format!("[secrets]\npepper = \"{secret}\n"),
        format!("[secrets]\npepper = [\"{secret}\"]\n"),
        format!("[secrets]\npepper = {{ file = \"{secret}\" }}\n"),
        format!("[secrets]\npeper = \"{secret}\"\n"),
        format!("[secrets]\npepper_file = \"{secret}\"\npepper = \"{secret}\"\n"),
        format!("[secret]\npepper = \"{secret}\"\n"),
        format!("[control]\npepper = \"{secret}\"\n"),
        format!("[secrets]\npepper = \"{secret}\" \"{secret}\"\n"),
    ];
    for lines in lines {
        std::fs::write(&path, format!("{written}\n{lines}")).expect("written");
        let said = run(binary().args(["check", "--config"]).arg(&path));
        assert_eq!(said.code, Some(2), "{lines}: {}", said.out);
        stage.said("check of a broken configuration", &said);
    }
    for variable in [
        "CHAVEIRO__SECRETS__PEPER",
        "CHAVEIRO__SECRETS",
        "CHAVEIRO__PEPPER",
        "CHAVEIRO__SECRETS__PEPPER__FILE",
        "chaveiro__secrets__pepper",
        "CHAVEIRO__Secrets__Pepper",
    ] {
        said(stage, &written, &path, variable, secret);
    }
    said(stage, &written, &path, "CHAVEIRO__SECRETS__PEPPER", half);
    said(stage, &written, &path, "CHAVEIRO__SECRETS__PEPPER", secret);
}

fn said(stage: &mut Stage, written: &str, path: &Path, variable: &str, secret: &str) {
    std::fs::write(path, written).expect("written");
    for options in [&["check"][..], &["check", "--json"]] {
        let mut command = binary();
        command.args(options).arg("--config").arg(path).env(variable, secret);
        stage.said(&format!("check with {variable}"), &run(&mut command));
    }
}

fn managing(stage: &Stage) -> std::process::Command {
    let mut command = binary();
    command.env("CHAVEIRO_URL", format!("http://{}", stage.server.address(0)));
    command.env("CHAVEIRO_ADMIN_KEY", stage.key("/control/admin_key"));
    command
}
