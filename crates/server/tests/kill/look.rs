//! Looks at everything that a restarted server shows of the past.

use serde_json::Value;

use crate::history::History;
use crate::judge::{Listed, Seen};
use crate::ledger::Ledger;
use crate::line::Line;
use crate::worker::{question, text, verdict};
use crate::world::World;

/// Questions of one call.
const BATCH: usize = 500;

/// How much is asked for by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// All but keys whose end was seen before.
    Usual,
    /// Everything.
    Whole,
}

/// What is there.
pub(crate) fn look(world: &World, history: &History, ledger: &Ledger, care: Care) -> Seen {
    let mut api = world.api();
    let mut seen = Seen { trail: ledger.trail.clone(), ..Seen::default() };
    // What the first start made is touched by nobody and known to nobody.
    for (at, place) in world.places.iter().enumerate() {
        list(&mut api, &place.base(), at, &mut seen);
    }
    for (id, (realm, environment)) in &ledger.accounts {
        let found = world.places.iter().position(|place| {
            place.realm == realm.as_str() && place.environment == environment.as_str()
        });
        let at = found.expect("a place of the configuration");
        let path = format!("{}/accounts/{id}", world.places[at].base());
        let shown = api.expect(200, "GET", &path, None);
        assert_eq!(shown["id"], id.as_str());
        seen.accounts.insert(id.clone(), at);
    }
    for (id, key) in &history.keys {
        if seen.listed.contains_key(id) || (key.gone && care == Care::Usual) {
            continue;
        }
        let path = format!("{}/keys/{id}", world.places[key.place].base());
        if let Some(answer) = api.ask("GET", &path, None).filter(|answer| answer.status == 200) {
            seen.shown.insert(id.clone(), text(&answer.json()["state"]));
        }
    }
    verify(world, history, &mut seen);
    seen
}

fn list(api: &mut Line, base: &str, place: usize, seen: &mut Seen) {
    let mut path = format!("{base}/keys?limit=100");
    loop {
        let page = api.expect(200, "GET", &path, None);
        for key in page["items"].as_array().expect("items") {
            let listed = Listed {
                place,
                account: text(&key["account_id"]),
                state: text(&key["state"]),
                used: key["last_used_at"].is_string(),
            };
            seen.listed.insert(text(&key["id"]), listed);
        }
        match page["next"].as_str() {
            Some(next) => path = format!("{base}/keys?limit=100&after={next}"),
            None => return,
        }
    }
}

/// Asks for the verdicts on all texts that are known, whatever became of them.
fn verify(world: &World, history: &History, seen: &mut Seen) {
    let mut verifier = world.verifier();
    let mut ask = |texts: Vec<(&String, usize, &String)>| {
        let mut verdicts = Vec::new();
        for part in texts.chunks(BATCH) {
            let questions: Value =
                part.iter().map(|(_, place, text)| question(world, *place, text)).collect();
            let answers = verifier.expect(200, "POST", "/api/v1/verify/batch", Some(&questions));
            let answers = answers.as_array().expect("a list of answers");
            assert_eq!(answers.len(), part.len());
            let told = part.iter().zip(answers);
            verdicts.extend(told.map(|((id, ..), answer)| ((*id).clone(), verdict(answer))));
        }
        verdicts
    };
    let keys = &history.keys;
    let dead = keys.iter().flat_map(|(id, key)| key.dead.iter().map(move |t| (id, key.place, t)));
    seen.dead_verdicts = ask(dead.collect());
    let old = keys.iter().filter_map(|(id, key)| Some((id, key.place, key.old.as_ref()?)));
    seen.old_verdicts = ask(old.collect()).into_iter().collect();
    let texts = keys.iter().filter_map(|(id, key)| Some((id, key.place, key.text.as_ref()?)));
    seen.verdicts = ask(texts.collect()).into_iter().collect();
}
