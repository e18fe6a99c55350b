//! SQLite keeps every law of a store, on files in a folder of their own.
//!
//! Must not excuse it from any.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use store::port::Store;
use store_conformance::{Bench, laws};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

struct SqliteBench {
    folder: TempDir,
    opened: AtomicU32,
    /// Where each open store has its file, by the store's address.
    paths: Mutex<HashMap<usize, PathBuf>>,
}

impl SqliteBench {
    fn open(&self, path: PathBuf) -> Arc<dyn Store> {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).expect("it opens"));
        self.paths().insert(address(&store), path);
        store
    }

    fn paths(&self) -> MutexGuard<'_, HashMap<usize, PathBuf>> {
        self.paths.lock().expect("nobody panics while holding it")
    }
}

fn address(store: &Arc<dyn Store>) -> usize {
    Arc::as_ptr(store).cast::<()>().addr()
}

#[async_trait]
impl Bench for SqliteBench {
    async fn fresh(&self) -> Arc<dyn Store> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        self.open(self.folder.path().join(format!("{number}.db")))
    }

    async fn reopen(&self, store: Arc<dyn Store>) -> Option<Arc<dyn Store>> {
        let path = self.paths().remove(&address(&store)).expect("a store of this bench");
        drop(store);
        Some(self.open(path))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_every_law() {
    let folder = TempDir::new().unwrap();
    let bench = SqliteBench { folder, opened: AtomicU32::new(0), paths: Mutex::default() };
    let mut broken = 0;
    for law in laws() {
        match (law.run)(&bench).await {
            Ok(()) => println!("ok      {}", law.name),
            Err(seen) => {
                broken += 1;
                println!("failed  {}: {seen}", law.name);
            }
        }
    }
    assert_eq!(broken, 0, "SQLite breaks laws");
}
