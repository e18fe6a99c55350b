//! Published clients of Asaas manage sub-accounts, their keys, and webhooks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::run;
use crate::support::{Quickstart, http};

const TOKEN: &str = "whsec_0123456789abcdefghijklmnopqrstuv";

/// The lines of a script that is given this key and a base address that ends so.
fn lines(server: &Quickstart, script: &str, key: &str, base: &str) -> BTreeMap<String, Value> {
    let url = format!("{}{base}", server.text("/realms/payments/sandbox/url"));
    let lines = run(script, &[("ASAAS_URL", &url), ("ASAAS_KEY", key), ("ASAAS_TOKEN", TOKEN)]);
    assert!(!format!("{lines:?}").contains(TOKEN), "the token comes back");
    lines
}

#[test]
fn the_npm_client_opens_sub_accounts_and_configures_their_webhooks() {
    let server = Quickstart::fresh();
    let key = server.text("/realms/payments/sandbox/key");
    let lines = lines(&server, "asaas_owners.cjs", &key, "/v3");
    let answer = |name: &str| {
        let line = lines.get(name).unwrap_or_else(|| panic!("no {name}"));
        assert!(!line["answer"].is_null(), "{line}");
        line["answer"].clone()
    };
    let made = answer("accounts.create");
    assert_eq!((&made["name"], &made["personType"]), (&json!("Loja do João"), &json!("JURIDICA")));
    assert!(made["apiKey"].as_str().is_some_and(|key| key.starts_with("$aact_hmlg_")), "{made}");
    let again = &lines["accounts.create again"];
    assert_eq!(
        (&again["status"], &again["body"]["errors"][0]["code"]),
        (&json!(400), &json!("invalid_action"))
    );
    let list = answer("accounts.list");
    assert_eq!((&list["totalCount"], &list["data"][0]["id"]), (&json!(1), &made["id"]));
    let shown = answer("accounts.getById");
    assert_eq!((&shown["id"], &shown["walletId"]), (&made["id"], &made["walletId"]));
    assert_eq!(answer("customers.list")["told"]["chaveiro-account"], made["id"]);

    let webhook = answer("webhooks.create");
    assert_eq!((&webhook["hasAuthToken"], &webhook["enabled"]), (&json!(true), &json!(true)));
    let wrong = &lines["webhooks.create wrong"];
    let told = wrong["body"]["errors"][0]["description"].as_str().unwrap_or_default();
    assert!(wrong["status"] == 400 && told.contains("quis dizer PAYMENT_RECEIVED?"), "{wrong}");
    assert_eq!(answer("webhooks.list")["data"], json!([webhook]));
    assert_eq!(answer("webhooks.getById"), webhook);
    let mut changed = webhook.clone();
    changed["enabled"] = json!(false);
    assert_eq!(answer("webhooks.updateById"), changed);
    assert_eq!(answer("webhooks.delete"), json!({"deleted": true, "id": webhook["id"]}));
    assert_eq!(lines["webhooks.getById gone"]["status"], 404);
    assert_eq!(lines.len(), 12);
}

/// A root account with all that managing keys below it takes: the id is not needed, the key is.
fn released_root(server: &Quickstart) -> String {
    let office = "/api/v1/realms/payments/environments/sandbox/accounts";
    let admin = server.text("/control/admin_key");
    let send = |path: &str, body: &Value| {
        let answer =
            http::json(&server.address(0), "POST", &format!("{office}{path}"), &admin, body);
        assert!([200, 201].contains(&answer.status), "{path}: {}", answer.text());
        answer.json()
    };
    let root = send("", &json!({"name": "root", "ip_list": ["127.0.0.1"]}));
    let root = root["id"].as_str().expect("an id");
    send(&format!("/{root}/release"), &json!({}));
    let wish = json!({"name": "all", "permissions": "unrestricted"});
    send(&format!("/{root}/keys"), &wish)["key"].as_str().expect("a key").to_owned()
}

#[test]
fn the_python_client_manages_sub_accounts_their_keys_and_webhooks() {
    let server = Quickstart::fresh();
    let lines = lines(&server, "asaas_owners.py", &released_root(&server), "");
    let answer = |name: &str| {
        let line = lines.get(name).unwrap_or_else(|| panic!("no {name}"));
        assert!(line["error"].is_null(), "{line}");
        line["answer"].clone()
    };
    let [one, two] = [answer("accounts.create"), answer("accounts.create with webhooks")];
    assert_eq!((&one["personType"], &one["cpfCnpj"]), (&json!("FISICA"), &json!("24971563792")));
    assert_eq!(two["accessToken"]["apiKey"], two["apiKey"]);
    let wrong = &lines["accounts.create wrong"];
    assert_eq!(wrong["error"], "AsaasValidationError");
    assert_eq!(wrong["errors"].as_array().map(Vec::len), Some(8), "{wrong}");
    let list = answer("accounts.list");
    assert_eq!((&list["total"], &list["more"]), (&json!(2), &json!(true)));
    let all = answer("accounts.list_all");
    let ids: Vec<_> =
        all.as_array().expect("a list").iter().map(|account| &account["id"]).collect();
    assert_eq!(ids, [&one["id"], &two["id"]]);
    assert_eq!(answer("accounts.get")["id"], one["id"]);
    assert_eq!(lines["accounts.get absent"]["error"], "AsaasNotFoundError");

    let token = answer("accounts.create_access_token");
    let listed = answer("accounts.list_access_tokens");
    assert_eq!(listed["accessTokens"].as_array().map(Vec::len), Some(2), "{listed}");
    assert_eq!(answer("accounts.update_access_token")["id"], token["id"]);
    assert_eq!(answer("accounts.delete_access_token"), json!({}));

    let webhook = answer("webhooks.create");
    assert_eq!(
        (&webhook["name"], &webhook["sendType"]),
        (&json!("Webhook"), &json!("SEQUENTIALLY"))
    );
    assert_eq!(answer("webhooks.list")["data"], json!([webhook]));
    assert_eq!(answer("webhooks.get"), webhook);
    assert_eq!(answer("webhooks.update")["interrupted"], true);
    assert_eq!(answer("webhooks.remove_backoff"), json!({}));
    assert_eq!(answer("webhooks.delete"), json!({"deleted": true, "id": webhook["id"]}));
    assert_eq!(lines["webhooks.get gone"]["error"], "AsaasNotFoundError");
    assert_eq!(lines.len(), 18);
}
