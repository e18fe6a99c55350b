//! The accounts, projects and keys that the goldens' placeholders stand for.
//!
//! Must agree with the table of placeholders in `crates/dialects/goldens/README.md`.

use std::collections::BTreeMap;

use domain::entropy::Entropy;
use domain::key_text::mint;
use domain::prefix::{KeyPrefix, Reach};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::desk::Desk;
use crate::places::{Environment, PLACES, Place};

/// From the making of an account to the end of its key that is to expire.
const SHORT: SignedDuration = SignedDuration::from_secs(2);

/// The values of the placeholders of one dialect.
#[derive(Debug)]
pub(crate) struct World {
    dialect: &'static str,
    ids: BTreeMap<&'static str, String>,
    keys: BTreeMap<&'static str, String>,
}

impl World {
    /// The worlds of all places, in their order, with the expired keys expired.
    pub(crate) fn seeded(desk: &Desk<'_>) -> Vec<Self> {
        let worlds: Vec<Self> = PLACES.iter().map(|place| Self::of(desk, place)).collect();
        for (place, world) in PLACES.iter().zip(&worlds) {
            desk.wait_until_expired(place.environment(), &world.keys["expired"]);
        }
        worlds
    }

    /// The value of a placeholder.
    pub(crate) fn value_of(&self, placeholder: &str) -> Option<String> {
        self.keys.get(placeholder).or_else(|| self.ids.get(placeholder)).cloned()
    }

    /// All keys with their names.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (String, String)> {
        let named =
            |(name, key): (&&str, &String)| (format!("{} {name}", self.dialect), key.clone());
        self.keys.iter().map(named)
    }

    fn of(desk: &Desk<'_>, place: &Place) -> Self {
        let mut world =
            Self { dialect: place.dialect, ids: BTreeMap::new(), keys: BTreeMap::new() };
        let here = place.environment();
        let (root, made_at) = desk.account(here, json!({}));
        let (owner, made_at) = if place.dialect == "autosend" {
            desk.account(here, json!({"kind": "project", "parent": root}))
        } else {
            (root.clone(), made_at)
        };
        // First of all, so that its time passes while the rest is made.
        let made_at: Timestamp = made_at.parse().expect("an instant");
        let ends = json!({"expires_at": (made_at + SHORT).to_string()});
        world.add("expired", desk.key(here, &owner, ends).text);
        world.add_keys_for_all(desk, place, &owner);
        match place.dialect {
            "autosend" => world.add_projects(desk, here, &root, owner),
            "asaas" => {
                world.add_plain_and_narrow(desk, here, &owner, "CUSTOMER");
                world.add_subaccounts(desk, here, &owner);
            }
            _ => {
                world.add_plain_and_narrow(desk, here, &owner, "REPORT");
                world.add_keys_to_end(desk, here, &owner);
            }
        }
        world
    }

    fn add(&mut self, placeholder: &'static str, key: String) {
        self.keys.insert(placeholder, key);
    }

    fn add_keys_for_all(&mut self, desk: &Desk<'_>, place: &Place, owner: &str) {
        let (here, other) = (place.environment(), place.other());
        let disabled = desk.key(here, owner, json!({}));
        desk.disable(here, &disabled.id);
        self.add("unknown", never_issued(&disabled.text));
        self.add("disabled", disabled.text);

        let deleted = desk.key(here, owner, json!({}));
        desk.delete(here, &deleted.id);
        self.add("deleted", deleted.text);

        let listed = json!({"ip_list": ["203.0.113.9"]});
        self.add("ip_listed", desk.key(here, owner, listed).text);

        let demanding = standing(desk, place, here, true);
        self.add("ua_required", desk.key(here, &demanding, json!({})).text);

        let suspended = standing(desk, place, here, false);
        self.add("suspended", desk.key(here, &suspended, json!({})).text);
        desk.suspend(here, &suspended);

        let elsewhere = standing(desk, place, other, false);
        self.add("other_env", desk.key(other, &elsewhere, json!({})).text);
    }

    fn add_plain_and_narrow(
        &mut self,
        desk: &Desk<'_>,
        here: Environment,
        owner: &str,
        permission: &str,
    ) {
        self.add("enabled", desk.key(here, owner, json!({})).text);
        let narrow = json!({"permissions": [{"name": permission, "scope": "READ"}]});
        self.add("narrow", desk.key(here, owner, narrow).text);
    }

    /// Keys whose holders do with them what can be done once.
    fn add_keys_to_end(&mut self, desk: &Desk<'_>, here: Environment, owner: &str) {
        let replaced = desk.key(here, owner, json!({}));
        desk.rotate(here, &replaced.id);
        self.add("replaced", replaced.text);
        for placeholder in ["leaving", "ending"] {
            self.add(placeholder, desk.key(here, owner, json!({})).text);
        }
    }

    fn add_projects(&mut self, desk: &Desk<'_>, here: Environment, root: &str, project: String) {
        self.add("project_key", desk.key(here, &project, json!({})).text);
        self.add("account_key", desk.key(here, root, json!({})).text);
        let (another, _) = desk.account(here, json!({}));
        let (foreign, _) = desk.account(here, json!({"kind": "project", "parent": another}));
        let (spare, _) = desk.account(here, json!({"kind": "project", "parent": root}));
        let (full, _) = desk.account(here, json!({}));
        for _ in 0..4 {
            desk.account(here, json!({"kind": "project", "parent": full}));
        }
        self.add("full_account_key", desk.key(here, &full, json!({})).text);
        self.ids.extend([
            ("project_id", project),
            ("foreign_project_id", foreign),
            ("spare_project_id", spare),
        ]);
    }

    fn add_subaccounts(&mut self, desk: &Desk<'_>, here: Environment, root: &str) {
        let below =
            |parent: &str| desk.account(here, json!({"kind": "subaccount", "parent": parent})).0;
        let listed = || desk.account(here, json!({"ip_list": ["127.0.0.1"]})).0;
        let (closed, open) = (listed(), listed());
        desk.open_release(here, &open);
        self.add("listed_parent", desk.key(here, &closed, json!({})).text);
        self.add("released_parent", desk.key(here, &open, json!({})).text);
        let sub = below(root);
        self.add("subaccount_key", desk.key(here, &sub, json!({})).text);
        let full = desk.account(here, json!({})).0;
        let full = desk.key(here, &full, json!({})).text;
        for _ in 0..10 {
            desk.webhook(here, &full);
        }
        self.add("full_webhooks_key", full);
        let webhook = desk.webhook(here, &self.keys["enabled"]);
        self.ids.extend([
            ("subaccount_id", sub),
            ("released_subaccount_id", below(&open)),
            ("spare_subaccount_id", below(root)),
            ("webhook_id", webhook),
        ]);
    }
}

/// A new account that keys can act for: where there are projects, a project of a new account. It
/// is the account that demands a `User-Agent`, so that its projects have to obey.
fn standing(desk: &Desk<'_>, place: &Place, at: Environment, demanding: bool) -> String {
    let (root, _) = desk.account(at, json!({"require_user_agent": demanding}));
    if place.dialect == "autosend" {
        desk.account(at, json!({"kind": "project", "parent": root})).0
    } else {
        root
    }
}

/// A well-formed key with the prefix of this one, out of no chance at all.
fn never_issued(like: &str) -> String {
    struct Counting(u8);
    impl Entropy for Counting {
        fn fill(&mut self, buffer: &mut [u8]) {
            for slot in buffer {
                self.0 = self.0.wrapping_add(37);
                *slot = self.0;
            }
        }
    }
    let (prefix, _) = like.split_at(like.rfind('_').expect("a prefix") + 1);
    let prefix = KeyPrefix::new(prefix, None, Reach::Own).expect("a prefix");
    mint(&prefix, &mut Counting(7)).text.expose().to_owned()
}
