//! Rule: the pages of `docs/wire` say what the goldens say, to the letter.
//!
//! Must not make a page by itself: it holds the tree against what `crate::wire` makes.

use super::{Findings, Tree, Violation};
use crate::wire::{self, Fault, HEADS, PAGES, Page};
use std::collections::BTreeSet;

pub(super) fn check(tree: &Tree) -> Findings {
    let texts = tree.texts();
    let pages = match wire::pages(&texts) {
        Ok(pages) => pages,
        Err(Fault { path, line, what }) => {
            let fix = "mend it, then run `cargo xtask wire`".into();
            return vec![Violation::new(&path, line, what, WHY, fix)].into();
        }
    };
    let mut violations = Vec::new();
    for Page { path, text } in &pages {
        let (line, what) = match texts.get(path.as_str()) {
            Some(found) if found == text => continue,
            Some(found) => (first_difference(found, text), "differs from the goldens".to_owned()),
            None => (1, "is missing".to_owned()),
        };
        violations.push(Violation::new(path, line, what, WHY, "run `cargo xtask wire`".into()));
    }
    let known: BTreeSet<String> = pages.iter().flat_map(files_of).chain([INDEX.into()]).collect();
    for path in texts.keys().filter(|path| path.starts_with(PAGES) && !known.contains(**path)) {
        let what = "belongs to no dialect that has goldens".to_owned();
        violations.push(Violation::new(path, 1, what, WHY, "delete it".into()));
    }
    violations.into()
}

/// A page, and the beginning of it that is written by hand.
fn files_of(page: &Page) -> [String; 2] {
    [page.path.clone(), page.path.replace(PAGES, HEADS)]
}

/// The line of the page where it leaves what it should be.
fn first_difference(found: &str, made: &str) -> usize {
    found.lines().zip(made.lines()).take_while(|(found, made)| found == made).count() + 1
}

const INDEX: &str = "docs/wire/README.md";
const WHY: &str = "who reads the page must learn what is served today";

#[cfg(test)]
mod tests {
    use super::super::probe::places;
    use super::*;

    const PAGE: &str = "docs/wire/one.md";
    const HEAD: (&str, &str) = ("docs/wire/heads/one.md", "# One\n\nA dialect.\n");
    const INDEX_FILE: (&str, &str) = (INDEX, "# The wire\n");
    const GOLDEN_PATH: &str = "crates/dialects/goldens/one/01-first.golden";
    const GOLDEN: (&str, &str) = (GOLDEN_PATH, "# Nothing is sent.\n> GET /\n< 401\n");

    fn page() -> String {
        let texts = [HEAD, GOLDEN].into_iter().collect();
        wire::pages(&texts).expect("a page").remove(0).text
    }

    #[test]
    fn a_page_that_is_made_from_its_goldens_is_accepted() {
        assert!(places(check, &[INDEX_FILE, HEAD, GOLDEN, (PAGE, &page())]).is_empty());
        assert!(places(check, &[]).is_empty());
    }

    #[test]
    fn a_page_that_was_changed_by_hand_is_rejected_at_the_line() {
        let text = page();
        let at = text.lines().position(|line| line == "401").expect("the status") + 1;
        let mutant = text.replace("\n401\n", "\n403\n");
        assert_eq!(places(check, &[HEAD, GOLDEN, (PAGE, &mutant)]), [format!("{PAGE}:{at}")]);
        let cut = &text[..text.len() - 1];
        assert_eq!(places(check, &[HEAD, GOLDEN, (PAGE, cut)]).len(), 1);
    }

    #[test]
    fn a_golden_or_a_head_that_moved_on_is_rejected_until_its_page_follows() {
        let old = page();
        let golden = (GOLDEN_PATH, "# Nothing is sent.\n> GET /\n< 403\n");
        assert_eq!(places(check, &[HEAD, golden, (PAGE, &old)]).len(), 1);
        let head = (HEAD.0, "# One\n\nAnother dialect.\n");
        assert_eq!(places(check, &[head, GOLDEN, (PAGE, &old)]).len(), 1);
        let added = ("crates/dialects/goldens/one/02-second.golden", GOLDEN.1);
        assert_eq!(places(check, &[HEAD, GOLDEN, added, (PAGE, &old)]).len(), 1);
    }

    #[test]
    fn a_page_that_is_missing_is_rejected() {
        assert_eq!(places(check, &[HEAD, GOLDEN]), [format!("{PAGE}:1")]);
    }

    #[test]
    fn a_page_or_a_head_without_goldens_is_rejected() {
        let files = [HEAD, GOLDEN, (PAGE, &page()), ("docs/wire/two.md", "# Two\n")];
        assert_eq!(places(check, &files), ["docs/wire/two.md:1"]);
        assert_eq!(places(check, &[HEAD]), [format!("{}:1", HEAD.0)]);
    }

    #[test]
    fn a_golden_that_cannot_be_read_is_rejected_at_its_line() {
        let odd = (GOLDEN_PATH, "# Odd.\n> GET /\n? 401\n");
        assert_eq!(places(check, &[HEAD, odd]), [format!("{GOLDEN_PATH}:3")]);
    }
}
