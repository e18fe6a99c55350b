//! A page says what its goldens say, in their order.
//!
//! Must not hold the pages of the tree: the rule `wire-pages` does.

use super::*;

const HEAD: (&str, &str) = ("docs/wire/heads/one.md", "# One\n\nA dialect.\n");
const README: (&str, &str) =
    ("crates/dialects/goldens/README.md", "| `{{good}}` | all | a good key |\n");
const FIRST: (&str, &str) = (
    "crates/dialects/goldens/one/01-first.golden",
    "# A good key\n# passes.\n# row: one\n> GET /a\n> key: {{good}}\n>\n> body\n\
     < 200\n< hint: *\n< !other\n<\n< *\n",
);
const RENDERED: (&str, &str) = (
    "crates/dialects/goldens/one/rendered/01-wait.golden",
    "# Too much.\n= refusal rate_limited 740\n< 429\n< !hint\n",
);
const SERVED: (&str, &str) = (
    "crates/dialects/goldens/one/served/01-list.golden",
    "# All of them.\n> GET /all\n< 200\n<\n< [\n< ]\n",
);

fn made(files: &[(&str, &str)]) -> Result<Vec<Page>, Fault> {
    pages(&files.iter().copied().collect())
}

fn fault(files: &[(&str, &str)]) -> String {
    let Fault { path, line, .. } = made(files).expect_err("a fault");
    format!("{path}:{line}")
}

#[test]
fn a_page_begins_with_its_head_and_shows_the_groups_in_their_order() {
    let pages = made(&[HEAD, README, FIRST, RENDERED, SERVED]).expect("pages");
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].path, "docs/wire/one.md");
    let mut rest = pages[0].text.as_str();
    for part in [
        "# One\n\nA dialect.\n",
        "| `{{good}}` | a good key |\n",
        "## Credentials\n",
        "| [01-first](#01-first) | 200 | A good key passes. |\n",
        "### 01-first\n\nA good key passes.\n\n```text\nGET /a\nkey: {{good}}\n\nbody\n```\n",
        "```text\n200\nhint: …\n\n…\n```\n\nWithout `other`.\n",
        "## Answered by the dialect itself\n",
        "| [served/01-list](#served01-list) | 200 | All of them. |\n",
        "```text\n200\n\n[\n]\n```\n",
        "## Refusals and trouble",
        "Rendered: `refusal rate_limited 740`.\n\n```text\n429\n```\n\nWithout a body, `hint`.\n",
    ] {
        let (_, behind) = rest.split_once(part).unwrap_or_else(|| panic!("no {part:?} in {rest}"));
        rest = behind;
    }
    assert_eq!(rest, "");
}

#[test]
fn what_keeps_a_page_from_being_made_is_named_with_its_place() {
    let odd = ("crates/dialects/goldens/one/02-odd.golden", "# Odd.\n> GET /\n? 200\n");
    let astray = ("crates/dialects/goldens/one/else/01-odd.golden", FIRST.1);
    assert_eq!(fault(&[README, FIRST]), format!("{}:1", HEAD.0));
    assert_eq!(fault(&[HEAD, FIRST]), format!("{}:1", README.0));
    assert_eq!(fault(&[HEAD, README, odd]), format!("{}:3", odd.0));
    assert_eq!(fault(&[HEAD, README, astray]), format!("{}:1", astray.0));
}

#[test]
fn a_fence_is_longer_than_any_within() {
    let mut text = String::new();
    push_block(&mut text, "a\n````\nb");
    assert_eq!(text, "\n`````text\na\n````\nb\n`````\n");
}
