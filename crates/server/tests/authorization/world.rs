//! The server of the matrix, and scenes on it: fresh accounts and keys for each row.
//!
//! Must not reach around the API: all of it is made over the wire.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::desk::{Desk, Made};
use crate::echo::Echo;
use crate::places::{Environment, PLACES, Place};
use crate::server::Server;
use crate::support::{http, wait};

/// A running server with an upstream.
pub(crate) struct World {
    pub(crate) server: Server,
    /// Made at each place when it is first needed, because a key does not expire at once.
    over: RefCell<BTreeMap<&'static str, Over>>,
    _echo: Echo,
}

/// Keys that are over, each in its way, and stay so.
#[derive(Clone)]
pub(crate) struct Over {
    pub(crate) expired: String,
    /// Of an account that is suspended.
    pub(crate) suspended: String,
    /// With a secret in whose place there is another.
    pub(crate) replaced: String,
    /// Of an operator, and deleted.
    pub(crate) operator: String,
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
    /// Keys that nobody has to make anew.
    pub(crate) over: Over,
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
    /// An event that is sent to our webhook, made when it is first needed.
    pub(crate) event: OnceCell<String>,
}

/// An id of each kind that names nothing.
pub(crate) const ABSENT_UUID: &str = "00000000-0000-4000-8000-000000000000";
pub(crate) const ABSENT_OBJECT: &str = "000000000000000000000000";

impl World {
    pub(crate) fn new() -> Self {
        let echo = Echo::start();
        let (server, over) = (Server::start(echo.port()), RefCell::default());
        Self { server, over, _echo: echo }
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
            over: self.over(place),
            deleted,
            disabled,
            unscoped,
            reader,
            other_environment: (foreign, foreign_key),
            operator_key: self.operator_key("verifier").id,
            webhooks,
            event: OnceCell::new(),
        }
    }

    /// Keys of this place that are over.
    fn over(&self, place: &'static Place) -> Over {
        if let Some(made) = self.over.borrow().get(place.dialect) {
            return made.clone();
        }
        let (desk, here) = (self.desk(), place.environment());
        let (owner, made_at) = desk.account(here, json!({"kind": "root"}));
        let made_at: Timestamp = made_at.parse().expect("an instant");
        let soon = made_at + SignedDuration::from_secs(1);
        let expiring = desk.key(here, &owner, json!({"expires_at": soon.to_string()}));
        let replaced = desk.key(here, &owner, json!({}));
        self.replace(here, &replaced.id);
        let (owner, _) = desk.account(here, json!({"kind": "root"}));
        let suspended = desk.key(here, &owner, json!({}));
        desk.suspend(here, &owner);
        let operator = self.operator_key("admin");
        let path = format!("/api/v1/operator-keys/{}", operator.id);
        let (control, admin) = (self.server.control(), &self.server.admin_key);
        http::json(&control, "DELETE", &path, admin, &Value::Null);
        desk.wait_until_expired(here, &expiring.text);
        let (expired, suspended, replaced) = (expiring.text, suspended.text, replaced.text);
        let over = Over { expired, suspended, replaced, operator: operator.text };
        self.over.borrow_mut().insert(place.dialect, over.clone());
        over
    }

    /// An instant that the clock there will show in five seconds.
    pub(crate) fn a_little_ahead(&self, at: Environment) -> String {
        let Environment { realm, name, .. } = at;
        let path = format!("/api/v1/realms/{realm}/environments/{name}/clock");
        let (control, admin) = (self.server.control(), &self.server.admin_key);
        let shown = http::json(&control, "GET", &path, admin, &Value::Null).json();
        let now: Timestamp = shown["now"].as_str().expect("a text").parse().expect("an instant");
        (now + SignedDuration::from_secs(5)).to_string()
    }

    /// Gives a key a new secret; the old one is refused from the answer on.
    fn replace(&self, at: Environment, key: &str) {
        let Environment { realm, name, .. } = at;
        let path = format!("/api/v1/realms/{realm}/environments/{name}/keys/{key}/rotate");
        let at_once = json!({"overlap_seconds": 0, "overlap_starts": "at_once"});
        let (control, admin) = (self.server.control(), &self.server.admin_key);
        assert_eq!(http::json(&control, "POST", &path, admin, &at_once).status, 200);
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
        let known = realm["webhook_events"].as_array().expect("events");
        let made = known.iter().find(|event| **event == "ACCESS_TOKEN_CREATED");
        let event = made.unwrap_or(&known[0]);
        let body = json!({"name": "matrix", "url": "https://hooks.example.com/a",
            "email": "ops@example.com", "events": [event]});
        let answer = http::json(&control, "POST", &path, admin, &body);
        let id = answer.json()["id"].as_str().map(str::to_owned);
        id.unwrap_or_else(|| panic!("{}", answer.text()))
    }
}

impl Scene<'_> {
    /// The id of an event that is sent to our webhook, or would be if its receiver were there.
    pub(crate) fn delivered(&self) -> &str {
        self.event.get_or_init(|| {
            self.world.desk().key(self.here, &self.ours.id, json!({}));
            let Environment { realm, name, .. } = self.here;
            let webhook = &self.webhooks[0];
            let path =
                format!("/api/v1/realms/{realm}/environments/{name}/webhooks/{webhook}/deliveries");
            let server = &self.world.server;
            let bearer = format!("Bearer {}", server.admin_key);
            wait::within(Duration::from_secs(120), "the event is put up", || {
                let list = http::get(&server.control(), &path, &[("authorization", &bearer)]);
                list.json()["items"][0]["event_id"].as_str().map(str::to_owned)
            })
        })
    }

    /// The text of an answer without what differs from request to request.
    pub(crate) fn without_ids(&self, text: &str) -> String {
        let Ok(mut json) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
        if let Some(object) = json.as_object_mut() {
            object.remove("request_id");
        }
        json.to_string()
    }
}
