//! A client that makes, switches and deletes keys until nobody answers any more.
//!
//! It notes what it asks for before it asks, and what it was told once it has read it whole.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use testkit::chance::Seeded;

use crate::history::{AccountPast, Change, History, KeyPast, Use};
use crate::line::Line;
use crate::world::World;

/// Most accounts of one worker.
const ACCOUNTS_MAX: usize = 3;
/// Most keys that a worker holds in an account of its own; the smallest limit is ten.
const OWN_MAX: usize = 8;
/// Most keys that a worker holds in an account that all share.
const SHARED_MAX: usize = 1;

/// One client.
pub(crate) struct Worker<'w> {
    pub(crate) number: usize,
    pub(crate) world: &'w World,
    history: &'w Mutex<History>,
    pub(crate) api: Line,
    verifier: Line,
    pub(crate) chance: Seeded,
    answered: Sender<()>,
}

impl<'w> Worker<'w> {
    /// A client with this number and chance, that tells of each change that was acknowledged.
    pub(crate) fn new(
        number: usize,
        world: &'w World,
        history: &'w Mutex<History>,
        chance: Seeded,
        answered: Sender<()>,
    ) -> Self {
        let (api, verifier) = (world.api(), world.verifier());
        Self { number, world, history, api, verifier, chance, answered }
    }

    /// Works until an answer stays away.
    pub(crate) fn run(mut self) {
        while self.step().is_some() {}
    }

    fn step(&mut self) -> Option<()> {
        let mine = |key: &&KeyPast| key.worker == self.number;
        let known: Vec<(String, &'static str)> = {
            let history = self.history();
            let keys = history.keys.iter().filter(|(_, key)| mine(key) && !key.gone);
            keys.map(|(id, key)| (id.clone(), key.state())).collect()
        };
        let dice = self.chance.below(100);
        let wanted = match dice {
            0..40 => return self.create(),
            40..52 => Change::Disabled,
            52..62 => Change::Enabled,
            62..74 => Change::Deleted,
            74..88 => Change::Rotated,
            _ => {
                let Some(id) = self.any(&known, |_| true) else { return self.create() };
                return self.verify(&id);
            }
        };
        let fits = |state: &str| match wanted {
            Change::Created => false,
            Change::Disabled => state == "enabled",
            Change::Enabled => state == "disabled",
            Change::Deleted | Change::Rotated => state != "deleted",
        };
        if wanted != Change::Rotated && self.chance.below(3) == 0 {
            let fitting = known.iter().filter(|(_, state)| fits(state));
            let fitting: Vec<String> = fitting.map(|(id, _)| id.clone()).collect();
            return self.change_many(wanted, &fitting);
        }
        let Some(id) = self.any(&known, fits) else { return self.create() };
        if wanted == Change::Rotated {
            self.rotate(&id)?;
        } else {
            self.change(&id, wanted)?;
        }
        // What was narrowed is narrow at once.
        if self.chance.below(2) == 0 { self.verify(&id) } else { Some(()) }
    }

    fn any(
        &mut self,
        known: &[(String, &'static str)],
        fits: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let fitting: Vec<&String> =
            known.iter().filter(|(_, state)| fits(state)).map(|(id, _)| id).collect();
        let count = u64::try_from(fitting.len()).expect("a count");
        let at = if count == 0 { 0 } else { self.chance.below(count) };
        fitting.get(usize::try_from(at).expect("a position")).map(|id| (*id).clone())
    }

    /// Makes a key where there is room for one, or else an account, or else makes room.
    fn create(&mut self) -> Option<()> {
        let number = self.number;
        let (room, accounts) = {
            let history = self.history();
            let usable = history.accounts.iter().filter(|(id, account)| {
                let most = match account.worker {
                    None => SHARED_MAX,
                    Some(worker) if worker == number => OWN_MAX,
                    Some(_) => 0,
                };
                history.held(id, number) < most
            });
            let room: Vec<(String, &'static str)> =
                usable.map(|(id, _)| (id.clone(), "")).collect();
            let own = history.accounts.values().filter(|account| account.worker == Some(number));
            (room, own.count())
        };
        if accounts < ACCOUNTS_MAX && self.chance.below(10) == 0 {
            return self.create_account();
        }
        if let Some(account) = self.any(&room, |_| true) {
            return self.create_key(&account);
        }
        let held: Vec<(String, &'static str)> = {
            let history = self.history();
            let keys = history.keys.iter().filter(|(_, key)| key.worker == number);
            keys.map(|(id, key)| (id.clone(), key.state())).collect()
        };
        let id = self.any(&held, |state| state != "deleted").expect("no room, so there are keys");
        self.change(&id, Change::Deleted)
    }

    fn create_account(&mut self) -> Option<()> {
        let count = u64::try_from(self.world.places.len()).expect("a count");
        let at = usize::try_from(self.chance.below(count)).expect("a position");
        let place = &self.world.places[at];
        let mut body = json!({ "name": format!("Shop of client {}", self.number) });
        if let Some(parent) = &place.parent {
            body["kind"] = "project".into();
            body["parent"] = parent.as_str().into();
        }
        let path = format!("{}/accounts", place.base());
        self.history().open_accounts += 1;
        let made = self.ask(201, "POST", &path, Some(&body))?;
        let account = AccountPast { place: at, worker: Some(self.number), open_keys: 0 };
        let mut history = self.history();
        history.accounts.insert(text(&made["id"]), account);
        history.open_accounts -= 1;
        drop(history);
        self.acknowledged()
    }

    fn create_key(&mut self, account: &str) -> Option<()> {
        let at = self.history().accounts[account].place;
        let path = format!("{}/accounts/{account}/keys", self.world.places[at].base());
        let body = json!({ "name": format!("Till of client {}", self.number) });
        self.open_keys(account, 1);
        let made = self.ask(201, "POST", &path, Some(&body))?;
        self.open_keys(account, -1);
        let text_of_it = Some(text(&made["key"]));
        let key = KeyPast::made(at, account.to_owned(), self.number, text_of_it);
        self.history().keys.insert(text(&made["id"]), key);
        self.acknowledged()
    }

    fn open_keys(&self, account: &str, more: isize) {
        let mut history = self.history();
        let account = history.accounts.get_mut(account).expect("a known account");
        account.open_keys = account.open_keys.checked_add_signed(more).expect("a count");
    }

    fn change(&mut self, id: &str, change: Change) -> Option<()> {
        let at = {
            let mut history = self.history();
            let key = history.keys.get_mut(id).expect("a known key");
            key.open = Some(change);
            key.place
        };
        let path = format!("{}/keys/{id}", self.world.places[at].base());
        let (method, path) = match change {
            Change::Disabled => ("POST", path + "/disable"),
            Change::Enabled => ("POST", path + "/enable"),
            Change::Deleted => ("DELETE", path),
            Change::Created | Change::Rotated => unreachable!("these have ways of their own"),
        };
        let changed = self.ask(200, method, &path, None)?;
        assert_eq!(changed["state"].as_str(), change.state(), "{changed}");
        self.history().keys.get_mut(id).expect("a known key").note(change);
        self.acknowledged()
    }

    /// Verifies a key of one's own with each of its texts: nobody else changes it meanwhile.
    fn verify(&mut self, id: &str) -> Option<()> {
        let key = self.history().keys[id].clone();
        let due = if key.state() == "enabled" { "granted" } else { key.state() };
        for dead in &key.dead {
            self.verdict(key.place, dead, "unknown")?;
        }
        if let Some(old) = &key.old {
            self.verdict(key.place, old, due)?;
        }
        let Some(text) = &key.text else { return Some(()) };
        let asking = if key.text_used == Use::Never { Use::Perhaps } else { key.text_used };
        self.history().keys.get_mut(id).expect("a known key").text_used = asking;
        self.verdict(key.place, text, due)?;
        let granted = due == "granted";
        let mut history = self.history();
        let known = history.keys.get_mut(id).expect("a known key");
        known.text_used = if granted { Use::Certainly } else { key.text_used };
        known.used |= granted;
        Some(())
    }

    fn verdict(&mut self, place: usize, text: &str, due: &str) -> Option<()> {
        let question = question(self.world, place, text);
        let answer = self.verifier.ask("POST", "/api/v1/verify", Some(&question))?;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(verdict(&answer.json()), due);
        Some(())
    }

    fn ask(&mut self, due: u16, method: &str, path: &str, body: Option<&Value>) -> Option<Value> {
        let answer = self.api.ask(method, path, body)?;
        assert_eq!(answer.status, due, "{method} {path}: {}", answer.text());
        Some(answer.json())
    }

    pub(crate) fn acknowledged(&self) -> Option<()> {
        // Nobody counts any more once the end was decided.
        let _ = self.answered.send(());
        Some(())
    }

    pub(crate) fn history(&self) -> MutexGuard<'w, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The question whether a key may pass.
pub(crate) fn question(world: &World, place: usize, text: &str) -> Value {
    let place = &world.places[place];
    // Keys of a whole account have to name a project everywhere else.
    let path = if text.starts_with("ASA_") { "/v1/account/projects" } else { place.path };
    json!({
        "realm": place.realm,
        "environment": place.environment,
        "key": text,
        "method": "GET",
        "path": path,
    })
}

/// What a decision says: `granted`, or the reason of the refusal.
pub(crate) fn verdict(answer: &Value) -> String {
    let granted = answer["verdict"] == "granted";
    if granted { "granted".to_owned() } else { text(&answer["reason"]) }
}

/// A member that is a text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
