//! Which files are opened, which are refused, and that refused ones stay as they were.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::config::DbConfig;
use store_sqlite::{OpenError, SqliteStore};

use crate::{family, place, raw, scene};

fn refusal(path: &Path) -> OpenError {
    match SqliteStore::open(path) {
        Ok(_) => panic!("it opened"),
        Err(error) => {
            let sentence = error.to_string();
            assert!(sentence.contains(": ") && sentence.contains(' '), "{sentence}");
            error
        }
    }
}

/// Every file in the folder but the lock, with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "lock"))
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn the_database_and_all_its_files_belong_to_their_owner_alone() {
    let (folder, path) = place();
    let mut scene = scene(&path);
    family(&mut scene, 1).await;
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        seen += 1;
    }
    assert_eq!(seen, 4, "the database, its log, the index of the log, and the lock");
}

#[tokio::test]
async fn closing_leaves_no_log_behind() {
    let (folder, path) = place();
    let mut scene = scene(&path);
    family(&mut scene, 3).await;
    drop(scene);
    let names: Vec<_> = files(folder.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [path.display().to_string()]);
}

#[test]
fn a_database_in_use_is_refused_under_any_name_until_it_is_closed() {
    let (folder, path) = place();
    let holder = SqliteStore::open(&path).unwrap();
    let other_name = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &other_name).unwrap();
    for name in [&path, &other_name] {
        assert!(matches!(refusal(name), OpenError::InUse { .. }));
    }
    drop(holder);
    assert!(SqliteStore::open(&other_name).is_ok());
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_stays_as_it_was() {
    let (folder, path) = place();
    family(&mut scene(&path), 2).await;
    raw(&path).pragma_update(None, "user_version", 1_000).unwrap();
    let before = files(folder.path());
    let error = refusal(&path);
    assert!(matches!(error, OpenError::NewerVersion { found: 1_000, .. }), "{error}");
    assert_eq!(files(folder.path()), before);
}

#[tokio::test]
async fn a_newer_version_that_only_the_log_knows_of_is_refused_as_well() {
    let (folder, path) = place();
    family(&mut scene(&path), 2).await;
    let newer = raw(&path);
    newer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    newer.pragma_update(None, "user_version", 1_000).unwrap();
    newer.close().unwrap();
    let data = |folder| -> Vec<_> {
        // The index of the log is scratch memory and no data.
        files(folder).into_iter().filter(|(name, _)| !name.ends_with("-shm")).collect()
    };
    let before = data(folder.path());
    assert_eq!(before.len(), 2, "the version is still in the log");
    assert!(matches!(refusal(&path), OpenError::NewerVersion { found: 1_000, .. }));
    assert_eq!(data(folder.path()), before);
}

#[test]
fn a_file_that_is_something_else_is_refused_and_stays_as_it_was() {
    for content in [&b"name = \"value\"\n"[..], b"SQLite format 3\0", &[0; 4096]] {
        let (folder, path) = place();
        fs::write(&path, content).unwrap();
        let before = files(folder.path());
        assert!(matches!(refusal(&path), OpenError::NotOurs { .. }));
        assert_eq!(files(folder.path()), before);
    }
    let (folder, path) = place();
    raw(&path).execute_batch("CREATE TABLE somebody_elses (a)").unwrap();
    let before = files(folder.path());
    assert!(matches!(refusal(&path), OpenError::NotOurs { .. }));
    assert_eq!(files(folder.path()), before);
}

#[test]
fn a_place_that_cannot_be_is_refused() {
    let (folder, _) = place();
    let below_nothing = folder.path().join("no/such/folder/chaveiro.db");
    assert!(matches!(refusal(&below_nothing), OpenError::NoDirectory { .. }));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(refusal(&file.join("chaveiro.db")), OpenError::NoDirectory { .. }));
    assert!(matches!(refusal(folder.path()), OpenError::Unusable { .. }));
}

#[test]
fn an_empty_file_and_an_unfinished_draft_become_a_database() {
    let (folder, path) = place();
    fs::write(&path, "").unwrap();
    let draft = folder.path().join("chaveiro.db.new");
    fs::write(&draft, "half a draft").unwrap();
    drop(SqliteStore::open(&path).unwrap());
    assert!(!draft.exists());
    assert!(SqliteStore::open(&path).is_ok());
}

#[tokio::test]
async fn a_log_without_its_database_is_refused_and_stays_as_it_was() {
    let (folder, path) = place();
    let mut open = scene(&path);
    family(&mut open, 1).await;
    let log = folder.path().join("chaveiro.db-wal");
    let copy = fs::read(&log).unwrap();
    drop(open);
    fs::remove_file(&path).unwrap();
    fs::write(&log, &copy).unwrap();
    assert!(matches!(refusal(&path), OpenError::Damaged { .. }));
    assert!(fs::read(&log).unwrap() == copy && !path.exists());
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let (_folder, path) = place();
    family(&mut scene(&path), 1).await;
    // The header is whole; the page with the tables is not.
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..4096].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn a_count_of_changes_that_went_backwards_is_refused() {
    let (_folder, path) = place();
    family(&mut scene(&path), 2).await;
    raw(&path).execute("UPDATE epoch SET value = value - 1", []).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
}
