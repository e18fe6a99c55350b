//! The server of the matrix, and scenes on it: fresh accounts and keys for each row.
//!
//! Must not reach around the API: all of it is made over the wire.

use serde_json::{Value, json};

use crate::desk::{Desk, Made};
use crate::echo::Echo;
use crate::places::{Environment, PLACES, Place};
use crate::server::Server;
use crate::support::http;

/// A running server with an upstream.
pub(crate) struct World {
    pub(crate) server: Server,
    _echo: Echo,
}

/// One account and what belongs to it.
pub(crate) struct Party {
    pub(crate) id: String,
    /// A key that may do everything.
    pub(crate) full: Made,
    /// A sub-account or project below it, and a key of that.
    pub(crate) below: String,
    pub(crate) below_key: Made,
}

/// Accounts and keys that nobody has touched yet, at one place.
pub(crate) struct Scene<'w> {
    pub(crate) world: &'w World,
    pub(crate) here: Environment,
    pub(crate) ours: Party,
    /// Another root account at the same place.
    pub(crate) theirs: Party,
    /// A key of a second account below ours.
    pub(crate) sibling_key: Made,
    pub(crate) deleted: Made,
    pub(crate) disabled: Made,
    /// A key that lacks what these routes need, and one that may only read.
    pub(crate) unscoped: Made,
    pub(crate) reader: Made,
    /// A key of the same realm's other environment, with its account.
    pub(crate) other_environment: (String, Made),
    /// An operator's key that may be deleted.
    pub(crate) operator_key: String,
    /// Webhooks of ours, of theirs, and of the account in the other environment.
    pub(crate) webhooks: [String; 3],
}

/// An id of each kind that names nothing.
pub(crate) const ABSENT_UUID: &str = "00000000-0000-4000-8000-000000000000";
pub(crate) const ABSENT_OBJECT: &str = "000000000000000000000000";

impl World {
    pub(crate) fn new() -> Self {
        let echo = Echo::start();
        Self { server: Server::start(echo.port()), _echo: echo }
    }

    /// The place of a section.
    fn place(section: &str) -> &'static Place {
        let dialect = match section {
            "autosend" | "native" => section,
            _ => "asaas",
        };
        PLACES.iter().find(|place| place.dialect == dialect).expect("each dialect has a place")
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk::new(&self.server)
    }

    /// Makes everything that a row of this section may need.
    pub(crate) fn scene(&self, section: &str) -> Scene<'_> {
        let place = Self::place(section);
        let (here, desk) = (place.environment(), self.desk());
        let kind = if place.dialect == "autosend" { "project" } else { "subaccount" };
        let ours = self.party(here, kind);
        let theirs = self.party(here, kind);
        let below = json!({"kind": kind, "parent": ours.id});
        let (sibling, _) = desk.account(here, below);
        let sibling_key = desk.key(here, &sibling, json!({}));
        let key = |members: Value| desk.key(here, &ours.id, members);
        let (deleted, disabled) = (key(json!({})), key(json!({})));
        desk.delete(here, &deleted.id);
        desk.disable(here, &disabled.id);
        let granted = |names: &[&str], scope: &str| {
            let one = |name: &&str| json!({"name": name, "scope": scope});
            json!({"permissions": names.iter().map(one).collect::<Vec<_>>()})
        };
        let (unscoped, reader) = match place.dialect {
            "asaas" => (
                key(granted(&["CUSTOMER"], "READ_WRITE")),
                key(granted(&["SUB_ACCOUNT", "WEBHOOK", "PAYMENT"], "READ")),
            ),
            "native" => {
                (key(granted(&["REPORT"], "READ_WRITE")), key(granted(&["REPORT"], "READ")))
            }
            _ => (key(json!({})), key(json!({}))),
        };
        let there = place.other();
        let (foreign, _) = desk.account(there, json!({"kind": "root"}));
        let foreign_key = desk.key(there, &foreign, json!({}));
        let webhooks = [(here, &ours.id), (here, &theirs.id), (there, &foreign)];
        let webhooks = webhooks.map(|(at, account)| self.webhook(at, account));
        Scene {
            world: self,
            here,
            ours,
            theirs,
            sibling_key,
            deleted,
            disabled,
            unscoped,
            reader,
            other_environment: (foreign, foreign_key),
            operator_key: self.operator_key("verifier").id,
            webhooks,
        }
    }

    /// A root account that may manage what is below it, with one account there.
    fn party(&self, here: Environment, kind: &str) -> Party {
        let desk = self.desk();
        let (id, _) = desk.account(here, json!({"kind": "root", "ip_list": ["127.0.0.1"]}));
        desk.open_release(here, &id);
        let full = desk.key(here, &id, json!({}));
        let (below, _) = desk.account(here, json!({"kind": kind, "parent": id}));
        let below_key = desk.key(here, &below, json!({}));
        Party { id, full, below, below_key }
    }

    /// A key of an operator with this role.
    pub(crate) fn operator_key(&self, role: &str) -> Made {
        let path = "/api/v1/operator-keys";
        let body = json!({"name": "matrix", "role": role});
        let answer =
            http::json(&self.server.control(), "POST", path, &self.server.admin_key, &body);
        let text = |name: &str| answer.json()[name].as_str().expect("a text").to_owned();
        Made { id: text("id"), text: text("key") }
    }

    /// A webhook of this account.
    fn webhook(&self, at: Environment, account: &str) -> String {
        let Environment { realm, name, .. } = at;
        let realm_path = format!("/api/v1/realms/{realm}");
        let (control, admin) = (self.server.control(), self.server.admin_key.as_str());
        let bearer = format!("Bearer {admin}");
        let realm = http::get(&control, &realm_path, &[("authorization", &bearer)]).json();
        let path = format!("{realm_path}/environments/{name}/accounts/{account}/webhooks");
        let body = json!({"name": "matrix", "url": "https://hooks.example.com/a",
            "email": "ops@example.com", "events": [realm["webhook_events"][0]]});
        let answer = http::json(&control, "POST", &path, admin, &body);
        let id = answer.json()["id"].as_str().map(str::to_owned);
        id.unwrap_or_else(|| panic!("{}", answer.text()))
    }
}

impl Scene<'_> {
    /// The text of an answer without what differs from request to request.
    pub(crate) fn without_ids(&self, text: &str) -> String {
        let Ok(mut json) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
        if let Some(object) = json.as_object_mut() {
            object.remove("request_id");
        }
        json.to_string()
    }
}
