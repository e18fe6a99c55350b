//! How SQLite means to answer a question, for tests that hold it to an index.
//!
//! Must not be asked of an older format: the file is made anew.

use rusqlite::types::Null;

/// The steps of the plan for this question, whatever its parameters.
#[track_caller]
pub(super) fn plan(sql: &str) -> Vec<String> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let opened = crate::open::open(&folder.path().join("a.db"), None).expect("it opens");
    let mut statement =
        opened.reading.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a question");
    let nothing = vec![Null; statement.parameter_count()];
    let steps = statement
        .query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"))
        .expect("a plan");
    steps.collect::<Result<_, _>>().expect("texts")
}
