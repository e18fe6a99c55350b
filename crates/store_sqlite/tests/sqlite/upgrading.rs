//! A database of an older format is brought up to date, and everything in it is kept.
//!
//! Must not make the old file with anything but the migrations that its version had.

use std::path::Path;

use domain::account::{Account, AccountKind, AccountState, Branding, LimitRule, UserAgentRule};
use domain::contacts::Contacts;
use domain::idempotence::Idempotence;
use domain::ids::AccountId;
use domain::key::{DisabledCause, KeyState};
use domain::language::LanguageRule;
use domain::operator::{OperatorKeyState, OperatorRole};
use domain::time::Timestamp;
use refinery::{Migration, Runner};
use rusqlite::{Connection, params};
use store::command::ListKeys;
use store::port::{Loaded, TrailCount};
use store_conformance::scene::webhooks::mail;
use store_conformance::scene::{Scene, addresses, here, instant, name};

use crate::{place, scene};

const FIRST: (&str, &str) = (
    "V1__accounts_keys_and_their_trail",
    include_str!("../../migrations/V1__accounts_keys_and_their_trail.sql"),
);

/// A root account, a project of it with a key, an operator's key, and the trail of these changes.
const ROWS: &str = "
    INSERT INTO account (made_epoch, id, realm, environment, kind, parent, name, ip_list,
        user_agent, created_at, epoch)
    VALUES (1, x'01010101010101010101010101010101', 'pay', 'live', 0, NULL, 'Ana', '10.0.0.0/8',
            1, 1790000000123, 1),
           (2, x'020202020202020202020202', 'pay', 'live', 2, x'01010101010101010101010101010101',
            'Site', '', 0, 1790000000124, 2);
    INSERT INTO key (made_epoch, id, realm, environment, owner, reach, kid, digest_version, digest,
        permissions, ip_list, state, epoch, created_at, enabled_at, hint, name)
    VALUES (3, x'00000000000000000000000000000007', 'pay', 'live', x'020202020202020202020202', 0,
            zeroblob(16), 1, zeroblob(32), '*', '', 10, 3, 0, 0, 'h', 'first');
    INSERT INTO operator_key (made_epoch, id, role, name, kid, digest_version, digest, hint,
        created_at)
    VALUES (4, x'00000000000000000000000000000009', 'admin', 'first', zeroblob(16), 1,
            zeroblob(32), 'h', 0);
    INSERT INTO audit (epoch, id, at, actor, action, target, request_id)
    VALUES (1, x'00000000000000000000000000000001', 0, 'a', 'b', 'c', zeroblob(16)),
           (2, x'00000000000000000000000000000002', 0, 'a', 'b', 'c', zeroblob(16)),
           (3, x'00000000000000000000000000000003', 0, 'a', 'b', 'c', zeroblob(16)),
           (4, x'00000000000000000000000000000004', 0, 'a', 'b', 'c', zeroblob(16));
    INSERT INTO event (epoch, ordinal, id, at, kind, realm, environment, account, key)
    VALUES (3, 0, zeroblob(16), 0, 'k', 'pay', 'live', x'020202020202020202020202', zeroblob(16));
    UPDATE epoch SET value = 4;";

fn make_format_1(path: &Path) {
    make_format(path, &[FIRST]).execute_batch(ROWS).expect("rows of the first format");
    assert_eq!(format_of(path), 1);
}

fn make_format(path: &Path, migrations: &[(&str, &str)]) -> Connection {
    let mut connection = Connection::open(path).expect("a new file");
    connection.pragma_update(None, "journal_mode", "WAL").expect("a log");
    let each = migrations.iter();
    let all = each.map(|(name, sql)| Migration::unapplied(name, sql).expect("a migration"));
    let all: Vec<Migration> = all.collect();
    Runner::new(&all).set_grouped(true).run(&mut connection).expect("the older format");
    connection
}

fn format_of(path: &Path) -> u32 {
    let connection = Connection::open(path).expect("a connection");
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a format")
}

/// The two accounts as this version means them: active, never released, not white-label, under the
/// limits of the realm, and without details or anybody to write to.
fn accounts() -> [Account; 2] {
    let root = Account {
        id: AccountId::Uuid([1; 16]),
        place: here(),
        kind: AccountKind::Root,
        name: name("Ana"),
        ip_list: addresses(&["10.0.0.0/8"]),
        user_agent: UserAgentRule::Required,
        release_until: None,
        keys_max: LimitRule::OfRealm,
        projects_max: LimitRule::OfRealm,
        contacts: Contacts::none(),
        mail: None,
        language: LanguageRule::OfRealm,
        details: None,
        branding: Branding::Ours,
        state: AccountState::Active,
        created_at: instant(0),
        epoch: 1,
    };
    let project = Account {
        id: AccountId::Object([2; 12]),
        kind: AccountKind::Project { parent: root.id },
        name: name("Site"),
        ip_list: addresses(&[]),
        user_agent: UserAgentRule::Optional,
        created_at: Timestamp::from_millis(1_790_000_000_124),
        epoch: 2,
        ..root.clone()
    };
    [root, project]
}

async fn loaded_accounts(scene: &Scene) -> Vec<Account> {
    let mut accounts = Vec::new();
    let mut visit = |row: Loaded<'_>| match row {
        Loaded::Account(account) => accounts.push(account.clone()),
        Loaded::OperatorKey(key) => {
            let found = (key.id.as_u128(), key.role, key.state);
            assert_eq!(found, (9, OperatorRole::Admin, OperatorKeyState::Active));
        }
        Loaded::Key(_) => {}
        Loaded::Damaged { table, id, detail } => panic!("{table} {id} {detail}"),
    };
    assert_eq!(scene.store.load(&mut visit).await.unwrap(), 4);
    accounts
}

#[tokio::test]
async fn a_database_in_format_1_comes_to_the_latest_with_its_rows_kept() {
    let (_folder, path) = place();
    make_format_1(&path);
    // Twice: the second opening finds nothing left to do.
    for _ in 0..2 {
        let scene = scene(&path);
        assert_eq!(format_of(&path), 19);
        assert_eq!(loaded_accounts(&scene).await, accounts());
        let question = ListKeys::of(here());
        let keys = scene.store.list_keys(question).await.unwrap().items;
        let keys: Vec<_> =
            keys.iter().map(|key| (key.id.as_u128(), key.epoch, key.state)).collect();
        assert_eq!(keys, [(7, 3, KeyState::Disabled(DisabledCause::Manual))]);
        let trail = scene.store.count_trail().await.unwrap();
        assert_eq!(trail, TrailCount { audit: 4, events: 1 });
    }
}

#[tokio::test]
async fn a_project_from_format_1_can_be_deleted_with_its_keys() {
    let (_folder, path) = place();
    make_format_1(&path);
    let mut scene = scene(&path);
    let [_, project] = accounts();
    let question = ListKeys { owner: Some(project.id), ..ListKeys::of(here()) };
    let keys = scene.store.list_keys(question).await.unwrap().items;
    let deleted = scene.deleted_account(&project, &keys).await.unwrap();
    assert_eq!((deleted.state, deleted.epoch), (AccountState::Deleted, 5));
    let key = scene.found(&keys[0]).await.unwrap().expect("the key");
    assert_eq!((key.state, key.epoch), (KeyState::Deleted, 5));
}

/// The migrations up to format 5.
const TO_5: [(&str, &str); 5] = [
    FIRST,
    (
        "V2__accounts_change_and_end",
        include_str!("../../migrations/V2__accounts_change_and_end.sql"),
    ),
    ("V3__labels_and_webhooks", include_str!("../../migrations/V3__labels_and_webhooks.sql")),
    ("V4__keys_have_two_secrets", include_str!("../../migrations/V4__keys_have_two_secrets.sql")),
    ("V5__operators_in_control", include_str!("../../migrations/V5__operators_in_control.sql")),
];

#[tokio::test]
async fn an_account_that_was_opened_with_an_address_is_written_to_there() {
    let (_folder, path) = place();
    let connection = make_format(&path, &TO_5);
    connection.execute_batch(ROWS).expect("rows");
    let label =
        "INSERT INTO account_label (account, name, realm, environment, value, single, state)
        VALUES (?1, 'email', 'pay', 'live', 'ana@example.com', 1, 0),
               (?1, 'tax_id', 'pay', 'live', '24971563792', 1, 0)";
    connection.execute(label, params![[1u8; 16]]).expect("a row");
    drop(connection);
    let scene = scene(&path);
    let [root, project] = accounts();
    for (account, expected) in [(root, &[mail("ana@example.com")][..]), (project, &[])] {
        let found = scene.found_account(&account).await.unwrap().expect("the account");
        assert_eq!(found.written_to(), expected);
    }
}

#[tokio::test]
async fn what_was_done_once_in_format_5_is_not_done_again() {
    let (_folder, path) = place();
    let connection = make_format(&path, &TO_5);
    connection.execute_batch(ROWS).expect("rows");
    let done = "INSERT INTO idempotency (key, fingerprint, kind, made, at, epoch)
        VALUES (?1, ?2, 0, x'01010101010101010101010101010101', ?3, 1)";
    let at = instant(0);
    connection.execute(done, params![[1u8; 32], [2u8; 32], at.as_millis()]).expect("a row");
    drop(connection);
    let mut scene = scene(&path);
    let mut command = scene.account(&here(), AccountKind::Root);
    command.once = Some(Idempotence { key: [1; 32], fingerprint: [2; 32], at });
    let answer = scene.store.create_account(command).await.expect("an answer");
    assert_eq!((answer.id, answer.epoch), (accounts()[0].id, 1));
}
