//! Rotations and changes of many keys, which carry a name of their own: asked for again, they are
//! the same, whether the answer was lost, or the server with it.
//!
//! Must not give a name twice.

use serde_json::{Value, json};

use crate::history::{Asked, Change, History, Use};
use crate::worker::{Worker, question, text, verdict};
use crate::world::World;

/// Most keys of one change.
const MANY: usize = 4;

impl Worker<'_> {
    /// Gives a key of one's own another secret, and asks again sometimes.
    pub(crate) fn rotate(&mut self, id: &str) -> Option<()> {
        let key = self.history().keys[id].clone();
        // What nobody knows of the text in use decides which text ends with the rotation.
        if key.text.is_none() || key.text_used == Use::Perhaps {
            return Some(());
        }
        let path = format!("{}/keys/{id}/rotate", self.world.places[key.place].base());
        let asked = self.asked(&[id.to_owned()], Change::Rotated, path, json!({}));
        let first = text(&self.ask_once(&asked)?["key"]);
        {
            let mut history = self.history();
            let key = history.keys.get_mut(id).expect("a known key");
            key.rotate(Some(first));
            key.note(Change::Rotated);
        }
        if self.chance.below(3) == 0 {
            // Until there is an answer, nobody knows whether the first text lives.
            let first = self.history().keys.get_mut(id).expect("a known key").text.take();
            let again = text(&self.ask_once(&asked)?["key"]);
            let mut history = self.history();
            let key = history.keys.get_mut(id).expect("a known key");
            key.text = first;
            key.reissue(again);
        }
        self.settle(&asked);
        self.acknowledged()
    }

    /// Changes some keys of one's own in one step, and asks again sometimes.
    pub(crate) fn change_many(&mut self, change: Change, fitting: &[String]) -> Option<()> {
        let Some(first) = fitting.first() else { return Some(()) };
        let place = self.history().keys[first].place;
        let keys: Vec<String> = {
            let history = self.history();
            let near = fitting.iter().filter(|id| history.keys[*id].place == place);
            near.take(MANY).cloned().collect()
        };
        let action = match change {
            Change::Disabled => "disable",
            Change::Enabled => "enable",
            Change::Deleted => "delete",
            Change::Created | Change::Rotated => unreachable!("one key at a time"),
        };
        let path = format!("{}/keys/bulk", self.world.places[place].base());
        let asked = self.asked(&keys, change, path, json!({"action": action, "keys": keys}));
        let first = self.ask_once(&asked)?;
        assert_eq!(first["changed"], keys.len(), "{first}");
        for id in &keys {
            self.history().keys.get_mut(id).expect("a known key").note(change);
        }
        self.settle(&asked);
        if self.chance.below(3) == 0 {
            assert_eq!(self.ask_once(&asked)?, first, "asked again");
        }
        self.acknowledged()
    }

    /// Notes what is about to be asked for.
    fn asked(&mut self, keys: &[String], change: Change, path: String, body: Value) -> Asked {
        let once = format!("{} {:x}", self.number, self.chance.next());
        let mut history = self.history();
        for id in keys {
            history.keys.get_mut(id).expect("a known key").open = Some(change);
        }
        let asked = Asked { keys: keys.to_vec(), change, path, body, once };
        history.asked.push(asked.clone());
        asked
    }

    /// Notes that there was an answer.
    fn settle(&self, asked: &Asked) {
        self.history().asked.retain(|other| other.once != asked.once);
    }

    fn ask_once(&mut self, asked: &Asked) -> Option<Value> {
        let answer = self.api.post_once(&asked.path, &asked.body, &asked.once)?;
        assert_eq!(answer.status, 200, "{}: {}", asked.path, answer.text());
        Some(answer.json())
    }
}

/// Asks again for what was not answered before the end: whether it was done then or not, it is
/// done now, and once.
pub(crate) fn finish(world: &World, history: &mut History) {
    for asked in std::mem::take(&mut history.asked) {
        match asked.change {
            Change::Rotated => finish_rotation(world, history, &asked),
            Change::Disabled | Change::Enabled | Change::Deleted => {
                finish_many(world, history, &asked);
            }
            Change::Created => unreachable!("made without a name"),
        }
    }
}

fn post(world: &World, asked: &Asked) -> Value {
    let answer = world.api().post_once(&asked.path, &asked.body, &asked.once);
    let answer = answer.expect("nobody ends this server");
    assert_eq!(answer.status, 200, "{}: {}", asked.path, answer.text());
    answer.json()
}

fn finish_rotation(world: &World, history: &mut History, asked: &Asked) {
    let [id] = &asked.keys[..] else { panic!("one key is rotated at a time: {asked:?}") };
    let key = history.keys.get_mut(id).expect("a known key");
    let first = text(&post(world, asked)["key"]);
    if key.text.is_some() {
        // It had not been done.
        key.rotate(Some(first));
        key.note(Change::Rotated);
    } else {
        key.text = Some(first);
    }
    let last = text(&post(world, asked)["key"]);
    key.reissue(last.clone());
    let answer = world.verifier().expect(
        200,
        "POST",
        "/api/v1/verify",
        Some(&question(world, key.place, &last)),
    );
    let verdict = verdict(&answer);
    assert_eq!(verdict, if key.state() == "enabled" { "granted" } else { key.state() });
    if verdict == "granted" {
        (key.text_used, key.used) = (Use::Certainly, true);
    }
}

fn finish_many(world: &World, history: &mut History, asked: &Asked) {
    let first = post(world, asked);
    assert_eq!(first["changed"], asked.keys.len(), "{first}");
    for id in &asked.keys {
        let key = history.keys.get_mut(id).expect("a known key");
        if Some(key.state()) != asked.change.state() {
            key.note(asked.change);
        }
    }
    let back = match asked.change {
        Change::Disabled => Change::Enabled,
        Change::Enabled => Change::Disabled,
        Change::Created | Change::Deleted | Change::Rotated => return,
    };
    // One of them is switched back: what is asked for a third time must not switch it again.
    let id = &asked.keys[0];
    let key = history.keys.get_mut(id).expect("a known key");
    let path = format!("{}/keys/{id}", world.places[key.place].base());
    let verb = if back == Change::Enabled { "enable" } else { "disable" };
    world.api().expect(200, "POST", &format!("{path}/{verb}"), None);
    key.note(back);
    assert_eq!(post(world, asked), first);
    let shown = world.api().expect(200, "GET", &path, None);
    assert_eq!(Some(text(&shown["state"]).as_str()), back.state());
}
