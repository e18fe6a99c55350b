//! Every row of the contracts' error tables, every refusal and every case of bad input that
//! applies is shown by a golden file, or listed with the reason why it is not.

use std::collections::BTreeSet;
use std::path::Path;

use crate::golden::{self, Golden, Question};
use crate::refusals;

/// The folder of all goldens.
pub(crate) fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens"))
}

fn goldens() -> Vec<Golden> {
    golden::read_all(folder())
}

fn text_of(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("the file can be read")
}

fn rows() -> BTreeSet<String> {
    let text = text_of("rows.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

fn shown() -> BTreeSet<String> {
    goldens().into_iter().flat_map(|golden| golden.rows).collect()
}

/// The rows of the list in the README, each of which gives its reason.
fn not_yet_served() -> BTreeSet<String> {
    let text = text_of("README.md");
    let (_, list) = text.split_once("## Not yet served").expect("the list has a heading");
    let entries = list.lines().filter_map(|line| line.strip_prefix("- row: `"));
    let row = |entry: &str| {
        let (row, reason) = entry.split_once("`: ").expect("a row and its reason");
        assert!(reason.len() > 20, "{row} gives no reason");
        row.to_owned()
    };
    entries.map(row).collect()
}

#[test]
fn every_row_is_shown_or_listed_as_not_yet_served() {
    let covered: BTreeSet<_> = shown().union(&not_yet_served()).cloned().collect();
    let missing: Vec<_> = rows().difference(&covered).cloned().collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn no_row_is_shown_and_listed_as_not_yet_served() {
    let both: Vec<_> = shown().intersection(&not_yet_served()).cloned().collect();
    assert_eq!(both, Vec::<String>::new());
}

#[test]
fn no_golden_names_a_row_that_is_not_there() {
    let covered: BTreeSet<_> = shown().union(&not_yet_served()).cloned().collect();
    let strange: Vec<_> = covered.difference(&rows()).cloned().collect();
    assert_eq!(strange, Vec::<String>::new());
}

#[test]
fn every_refusal_is_a_row_of_every_dialect() {
    let rows = rows();
    for dialect in dialects::registry::names() {
        for refusal in refusals::all() {
            let row = format!("{dialect} refusal {}", refusal.name());
            assert!(rows.contains(&row), "{row}");
        }
    }
}

#[test]
fn every_golden_stands_for_a_row_in_the_folder_of_its_dialect() {
    for golden in goldens() {
        let inside = golden.path.strip_prefix(folder()).expect("below the folder");
        let parts: Vec<_> = inside.iter().map(|part| part.to_str().expect("plain names")).collect();
        let at = inside.display();
        assert!(!golden.rows.is_empty(), "{at} stands for no row");
        assert!(golden.rows.iter().all(|row| row.starts_with(parts[0])), "{at}");
        let rendered = matches!(golden.question, Question::Rendering(_));
        assert_eq!(rendered, parts[1] == "rendered", "{at}");
        let name = parts.last().expect("a name");
        let numbered = name.len() > 3 && name[..2].bytes().all(|b| b.is_ascii_digit());
        assert!(numbered && name[2..].starts_with('-'), "{at} has no number");
    }
}

#[test]
fn a_damaged_golden_is_not_read() {
    for text in
        ["> GET /\n< two hundred", "> GET\n< 200", "< 200", "GET /\n< 200", "= a\n> b\n< 200"]
    {
        assert!(golden::parse(Path::new("x"), text).is_err(), "{text}");
    }
}
