//! Keys that were good once: each was used, and then deleted.

use std::ops::Range;

use serde_json::json;

use crate::careless::{Careless, Kind};
use crate::forged::Forger;
use crate::place::Place;
use crate::support::http;
use crate::target::{Fault, Judgement, MIB, Target};

/// More of them than a list of deletions has room for that is kept beside the keys.
const DELETED: usize = 3_000;
/// The first of them fill what a store keeps in memory however many come.
const WARM: usize = 1_000;
/// Side by side, so that their changes meet in one commit.
const HANDS: usize = 16;

/// None of them is accepted again, however many were deleted after it, and they leave little behind.
fn stay_deleted(target: &Target, deleted: impl Fn(usize) -> String + Sync) -> Judgement {
    let all_of = |numbers: Range<usize>| {
        std::thread::scope(|scope| {
            let (deleted, numbers) = (&deleted, &numbers);
            let part =
                |hand| move || numbers.clone().skip(hand).step_by(HANDS).map(deleted).collect();
            let parts: Vec<_> = (0..HANDS).map(|hand| scope.spawn(part(hand))).collect();
            let made = parts.into_iter().map(|part| part.join().expect("a hand"));
            made.collect::<Vec<Vec<String>>>().concat()
        })
    };
    // What the first changes of a server cost is not to be counted: pages and statements of its store,
    // and connections.
    let mut keys = all_of(0..WARM);
    let memory = target.memory();
    keys.extend(all_of(WARM..DELETED));
    for round in 0..2 {
        for key in &keys {
            let status = ask(target, "GET", key);
            if status != 401 {
                return Err(Fault::Wrong(format!("{status} in round {round}")));
            }
        }
    }
    memory.grew_by_at_most(16 * MIB)?;
    target.serves()
}

fn ask(target: &Target, method: &str, key: &str) -> u16 {
    let path = "/v3/customers?act=ok";
    http::send(&target.address, method, path, &[("access_token", key)], b"").status
}

/// Lets the account have a key in each hand.
fn make_room(place: &Place) {
    let (office, admin) = (place.server.address(0), place.server.text("/control/admin_key"));
    let account = place.server.text("/realms/payments/sandbox/account_id");
    let path = format!("/api/v1/realms/payments/environments/sandbox/accounts/{account}");
    let changed = http::json(&office, "PATCH", &path, &admin, &json!({"keys_max": 2 * HANDS}));
    assert_eq!(changed.status, 200, "{}", changed.text());
}

/// Makes a key, uses it, deletes it, and sees that it is refused.
fn make_and_delete(place: &Place) -> String {
    let (office, admin) = (place.server.address(0), place.server.text("/control/admin_key"));
    let account = place.server.text("/realms/payments/sandbox/account_id");
    let base = "/api/v1/realms/payments/environments/sandbox";
    let keys = format!("{base}/accounts/{account}/keys");
    let made = http::json(&office, "POST", &keys, &admin, &json!({"name": "case"}));
    assert_eq!(made.status, 201, "{}", made.text());
    let text = |member: &str| made.json()[member].as_str().expect("a text").to_owned();
    let (id, key) = (text("id"), text("key"));
    assert_eq!(ask(&place.target, "GET", &key), 200);
    let bearer = format!("Bearer {admin}");
    let lines = [("authorization", bearer.as_str())];
    let ended = http::send(&office, "DELETE", &format!("{base}/keys/{id}"), &lines, b"");
    assert_eq!(ended.status, 200, "{}", ended.text());
    assert_eq!(ask(&place.target, "GET", &key), 401);
    key
}

#[test]
fn keys_that_were_good_once_stay_deleted_and_leave_nothing_behind() {
    let place = Place::with(&[]);
    make_room(&place);
    assert_eq!(stay_deleted(&place.target, |_| make_and_delete(&place)), Ok(()));

    let forgets = Careless::new(Kind::Forgets);
    let fault = stay_deleted(&forgets.target, |at| {
        let key = Forger::new(at as u64).key();
        assert_eq!(ask(&forgets.target, "GET", &key), 200);
        assert_eq!(ask(&forgets.target, "DELETE", &key), 200);
        assert_eq!(ask(&forgets.target, "GET", &key), 401);
        key
    });
    assert!(matches!(fault, Err(Fault::Wrong(_))), "{fault:?}");
}
