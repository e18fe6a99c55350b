//! A server with accounts, keys and receivers, whose clock is moved and whose process is killed.
//!
//! Must not know what ought to happen but for what it has to wait for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use domain::time::Timestamp;
use serde_json::{Value, json};
use testkit::chance::Seeded;

use crate::judge;
use crate::lived::{self, Letter, Lived};
use crate::mail::{Mail, MailServer};
use crate::receiver::Receiver;
use crate::support::http::{self, Answer};
use crate::support::{Quickstart, ports, wait};
use crate::year::{
    BACK, BUSY, DATED, DAY_MS, ENDS_BY_DATE, OFF, ROOT_KEYS, START, SUB_KEYS, SWITCHED_OFF,
    SWITCHED_ON, USED_IN_WARNING, WARNED, WHITE_KEYS,
};

const SANDBOX: &str = "/api/v1/realms/payments/environments/sandbox";
const TOKEN: &str = "a-token-of-more-than-thirty-two-characters";
/// The address that webhooks name.
const HOOKS_OWN: &str = "hooks@example.com";
/// Callers who move the clock at once, each of whom sweeps on the way.
const MOVERS: usize = 2;
/// How long after both have begun the server may be killed: as long as a move takes, or as it takes
/// until receivers were told, or so.
const KILLED_WITHIN: [Duration; 2] = [Duration::from_millis(30), Duration::from_millis(300)];
/// Far longer than anything here takes, even on a busy machine.
const COMES_WITHIN: Duration = Duration::from_secs(120);

/// Whether the server is killed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kills {
    None,
    AtAnyMoment,
}

/// Everything on stage.
pub(crate) struct Stage {
    server: Quickstart,
    data: PathBuf,
    base: u16,
    admin: String,
    receivers: Vec<(&'static str, Receiver)>,
    inbox: MailServer,
    inbox_port: u16,
    /// The id and the text of each key, by its name.
    keys: BTreeMap<&'static str, (String, String)>,
    chance: Seeded,
    /// How often the server was killed.
    pub(crate) killed: u32,
    start: Timestamp,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Three accounts with their keys, at the beginning of the year.
    pub(crate) fn set(chance: Seeded) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, base) = (folder.path().join("data"), ports::free_base());
        let inbox_port = ports::free_base();
        let inbox = MailServer::start(inbox_port);
        let server = Quickstart::writing(&data, base, inbox_port);
        let admin = server.text("/control/admin_key");
        let start = Timestamp::parse_rfc3339(START).expect("an instant");
        let (receivers, keys) = (Vec::new(), BTreeMap::new());
        let (killed, _folder) = (0, folder);
        let mut stage = Self {
            server,
            data,
            base,
            admin,
            receivers,
            inbox,
            inbox_port,
            keys,
            chance,
            killed,
            start,
            _folder,
        };
        stage.reach(0, Kills::None);
        let root = stage.account("root", &json!({ "name": "root", "kind": "root" }));
        let wish = json!({ "name": "sub", "kind": "subaccount", "parent": root });
        let sub = stage.account("sub", &wish);
        let wish = json!({
            "name": "white label", "kind": "subaccount", "parent": root, "white_label": true,
        });
        let white = stage.account("white label", &wish);
        for (account, names) in
            [(root, &ROOT_KEYS[..]), (sub, &SUB_KEYS[..]), (white, &WHITE_KEYS[..])]
        {
            names.iter().for_each(|name| stage.key(&account, name));
        }
        stage
    }

    /// Makes an account with a receiver.
    fn account(&mut self, to: &'static str, wish: &Value) -> String {
        let mut wish = wish.clone();
        let name = to.split(' ').next().unwrap_or(to);
        wish["contacts"] = json!([format!("{name}@example.com")]);
        let id = text(&self.manage("POST", "/accounts", &wish), "id");
        let receiver = Receiver::open(to);
        let wish = json!({
            "name": "hook", "url": receiver.url, "email": HOOKS_OWN, "token": TOKEN,
            "events": [
                "ACCESS_TOKEN_CREATED", "ACCESS_TOKEN_DELETED", "ACCESS_TOKEN_DISABLED",
                "ACCESS_TOKEN_ENABLED", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_EXPIRING_SOON",
            ],
        });
        self.manage("POST", &format!("/accounts/{id}/webhooks"), &wish);
        self.receivers.push((to, receiver));
        id
    }

    fn key(&mut self, account: &str, name: &'static str) {
        let mut wish = json!({ "name": name });
        if name == DATED {
            wish["expires_at"] = json!(self.at(ENDS_BY_DATE).to_rfc3339());
        }
        let made = self.manage("POST", &format!("/accounts/{account}/keys"), &wish);
        self.keys.insert(name, (text(&made, "id"), text(&made, "key")));
    }

    /// The instant of a day.
    fn at(&self, day: i64) -> Timestamp {
        self.start.plus_millis(day * DAY_MS)
    }

    fn manage(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("{SANDBOX}{path}");
        let answer = http::json(&self.server.address(0), method, &path, &self.admin, body);
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        answer.json()
    }

    /// Moves the clock to this day, whatever ends on the way.
    pub(crate) fn reach(&mut self, day: i64, kills: Kills) {
        let mut is_killed = kills == Kills::AtAnyMoment && day > 0 && self.chance.below(3) > 0;
        wait::within(COMES_WITHIN, "the day", || {
            let ends = std::mem::take(&mut is_killed);
            self.move_on(day, ends).then_some(())
        });
    }

    /// Moves it some way; whether all that was due by then is done.
    fn move_on(&mut self, day: i64, ends: bool) -> bool {
        let shown = Timestamp::parse_rfc3339(&text(&self.clock(), "now")).expect("an instant");
        // It runs on by itself, so it may have passed the instant since a move that broke off.
        let to = self.at(day).max(shown.plus_millis(1_000));
        let (address, admin) = (self.server.address(0), self.admin.clone());
        let body = json!({ "to": to.to_rfc3339() }).to_string();
        let arrivals: Vec<String> = std::thread::scope(|scope| {
            let movers: Vec<_> =
                (0..MOVERS).map(|_| scope.spawn(|| arrival(&address, &admin, &body))).collect();
            if ends {
                let within = KILLED_WITHIN[usize::from(self.chance.below(2) == 0)];
                wait::any_moment(&mut self.chance, within);
                self.server.kill();
            }
            movers.into_iter().filter_map(|mover| mover.join().expect("a mover")).collect()
        });
        if ends {
            self.killed += 1;
            self.server = Quickstart::writing(&self.data, self.base, self.inbox_port);
        }
        !ends && arrivals.iter().any(|arrival| arrival == "there")
    }

    fn clock(&self) -> Value {
        let bearer = format!("Bearer {}", self.admin);
        let lines = [("authorization", bearer.as_str())];
        http::get(&self.server.address(0), &format!("{SANDBOX}/clock"), &lines).json()
    }

    /// Waits until each receiver was told of as much as is due by this day.
    ///
    /// Moves of weeks in an instant would pass over the 14 days for which an event is kept.
    pub(crate) fn is_told(&self, day: i64) {
        let today = self.at(day).to_rfc3339()[..10].to_owned();
        for (to, receiver) in &self.receivers {
            let due = judge::due_by(&today, to);
            // What is done by hand today is done after this.
            let due = due - by_hand(day, to);
            wait::within(COMES_WITHIN, "what is due to be told", || {
                let mut ids: Vec<_> = receiver.calls().into_iter().map(|call| call.id).collect();
                ids.sort_unstable();
                ids.dedup();
                (ids.len() >= due).then_some(())
            });
        }
    }

    /// Does what somebody does on this day.
    pub(crate) fn act(&mut self, day: i64) {
        self.uses(BUSY);
        match day {
            SWITCHED_OFF => self.switch(OFF, "disable"),
            SWITCHED_ON => self.switch(BACK, "enable"),
            USED_IN_WARNING => self.uses(WARNED),
            _ => {}
        }
    }

    fn switch(&self, name: &str, how: &str) {
        let (id, _) = &self.keys[name];
        self.manage("POST", &format!("/keys/{id}/{how}"), &json!({}));
    }

    fn uses(&self, name: &str) {
        let (_, key) = &self.keys[name];
        let lines = [("access_token", key.as_str()), ("user-agent", "a test")];
        let answer = http::get(&self.server.address(1), "/v3/customers", &lines);
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }

    /// What the year has left behind.
    pub(crate) fn end(mut self) -> Lived {
        let names: BTreeMap<String, &'static str> =
            self.keys.iter().map(|(name, (id, _))| (id.replace('-', ""), *name)).collect();
        let mut mails: Vec<Mail> = Vec::new();
        let many = judge::letters_due().len();
        while mails.iter().map(|mail| &mail.id).collect::<BTreeSet<_>>().len() < many {
            mails.extend(Some(self.inbox.next()).filter(is_of_keys));
        }
        assert_eq!(self.server.stop(), Some(0));
        mails.extend(self.inbox.rest().into_iter().filter(is_of_keys));
        let letters = mails.iter().map(|mail| letter(mail, &names)).collect();
        let secrets = self.keys.values().map(|(_, text)| text.clone()).collect();
        let events = lived::events(&self.data, &names);
        let calls = self.receivers.iter().flat_map(|(_, receiver)| receiver.calls()).collect();
        Lived { events, calls, letters, secrets, names }
    }
}

/// Whether a letter is about keys. Who is killed between a receiver's answer and its record, and finds
/// the clock weeks ahead, rightly tells the webhook's own address that an event was deleted.
fn is_of_keys(mail: &Mail) -> bool {
    mail.to != HOOKS_OWN
}

fn letter(mail: &Mail, names: &BTreeMap<String, &'static str>) -> Letter {
    let day = jiff::fmt::rfc2822::parse(&mail.date).expect("a date").timestamp().to_string();
    let mut keys: Vec<_> =
        names.values().copied().filter(|name| mail.plain.contains(name)).collect();
    keys.sort_unstable();
    let (to, _) = mail.to.split_once('@').expect("an address");
    let text = format!("{}\n{}", mail.subject, mail.text);
    Letter { day: day[..10].to_owned(), to: to.to_owned(), id: mail.id.clone(), keys, text }
}

/// Events of the table on this day that [`Stage::act`] is still to bring about.
fn by_hand(day: i64, to: &str) -> usize {
    usize::from(matches!(day, SWITCHED_OFF | SWITCHED_ON) && to == "sub")
}

/// Asks for a move; how far the clock came, unless the server ended before it said so.
fn arrival(address: &str, admin: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(COMES_WITHIN)).ok()?;
    let length = body.len();
    let head = format!(
        "POST {SANDBOX}/clock HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {admin}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).ok()?;
    let answer: Answer = http::read_answer(&mut stream);
    // Whoever comes second may find that the clock has passed the instant: then it is said that it
    // never goes back.
    (answer.status == 200 && answer.is_whole()).then(|| text(&answer.json(), "arrival"))
}

fn text(value: &Value, member: &str) -> String {
    let found = value[member].as_str();
    found.unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}
