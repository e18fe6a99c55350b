//! Measures the initial load: `load_time <database> <keys>` makes the database where it is absent.
//!
//! Must not be part of any check: it takes minutes and measures the machine it runs on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use store::port::Loaded;
use store_conformance::scene::{Scene, addresses, here, permissions};
use store_sqlite::SqliteStore;
use tokio::task::JoinSet;

const KEYS_PER_ACCOUNT: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, keys] = arguments.as_slice() else {
        return Err("usage: load_time <database> <keys>".to_owned());
    };
    let keys: usize = keys.parse().map_err(|_| "the number of keys is not a number".to_owned())?;
    let path = Path::new(path);
    let is_new = !path.exists();
    let store = Arc::new(SqliteStore::open(path).map_err(|error| error.to_string())?);
    let mut scene = Scene::on(store);
    if is_new {
        let took = timed(fill(&mut scene, keys)).await?;
        say("making", keys, took);
    }
    for _ in 0..3 {
        let mut seen = 0_usize;
        let mut letters = 0_usize;
        let mut visit = |row: Loaded<'_>| {
            if let Loaded::Key(row) = row {
                seen += 1;
                letters += row.permissions.len() + row.ip_list.len() + row.realm.len();
            }
        };
        let load = async { scene.store.load(&mut visit).await.map_err(|fault| fault.to_string()) };
        let took = timed(load).await?;
        say("loading", seen, took);
    }
    Ok(())
}

async fn fill(scene: &mut Scene, keys: usize) -> Result<(), String> {
    for _ in 0..keys.div_ceil(KEYS_PER_ACCOUNT) {
        let owner = scene.made_root(&here()).await?;
        let mut callers = JoinSet::new();
        for number in 0..KEYS_PER_ACCOUNT {
            let mut command = scene.key(&owner);
            if number % 2 == 0 {
                command.key.permissions = permissions("PAYMENT:RW,TRANSFER:R,WEBHOOK:R");
            }
            if number % 4 == 0 {
                command.key.ip_list = addresses(&["203.0.113.7", "2001:db8::/32"]);
            }
            let store = Arc::clone(&scene.store);
            callers.spawn(async move { store.create_key(command).await });
        }
        for outcome in callers.join_all().await {
            outcome.map_err(|failure| format!("{failure:?}"))?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads a clock")]
async fn timed<T>(work: impl Future<Output = Result<T, String>>) -> Result<Duration, String> {
    let begun = std::time::Instant::now();
    work.await?;
    Ok(begun.elapsed())
}

#[expect(clippy::print_stdout, reason = "a measurement is printed")]
fn say(what: &str, keys: usize, took: Duration) {
    let each = took.as_nanos() / keys.max(1) as u128;
    println!("{what} {keys} keys took {took:.2?}, {each} ns each");
}
