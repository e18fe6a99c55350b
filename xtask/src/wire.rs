//! The pages of `docs/wire`: what is served on the wire, made from the goldens of each dialect.
//!
//! Must not read or write the disk: the chore writes what is made here, and a rule of tidy holds
//! the tree against it. What a dialect is and what was chosen for it is written by hand, in
//! `docs/wire/heads/<dialect>.md`, and stands first on its page.

mod golden;
mod placeholders;

use golden::{Body, Golden, Question};
use placeholders::Placeholders;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The texts of the tree by their paths.
pub(crate) type Texts<'a> = BTreeMap<&'a str, &'a str>;

/// One page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Why a page cannot be made.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// Where the pages lie.
pub(crate) const PAGES: &str = "docs/wire/";
/// Where their hand-written beginnings lie.
pub(crate) const HEADS: &str = "docs/wire/heads/";
const GOLDENS: &str = "crates/dialects/goldens/";

/// The page of every dialect that has goldens.
pub(crate) fn pages(texts: &Texts<'_>) -> Result<Vec<Page>, Fault> {
    dialects(texts).into_iter().map(|dialect| page(texts, dialect)).collect()
}

fn dialects<'a>(texts: &Texts<'a>) -> BTreeSet<&'a str> {
    let goldens = texts.keys().filter(|path| path.ends_with(EXTENSION));
    goldens.filter_map(|path| Some(path.strip_prefix(GOLDENS)?.split_once('/')?.0)).collect()
}

fn page(texts: &Texts<'_>, dialect: &str) -> Result<Page, Fault> {
    let head_path = format!("{HEADS}{dialect}.md");
    let Some(head) = texts.get(head_path.as_str()) else {
        let what = format!("should say what the dialect {dialect} is, and is missing");
        return Err(Fault { path: head_path, line: 1, what });
    };
    let examples = examples(texts, dialect)?;
    let mut text = format!("{}\n{}\n", note(dialect), head.trim_end());
    text.push_str(SIGNS);
    let readme = format!("{GOLDENS}README.md");
    let explained = Placeholders::read(texts.get(readme.as_str()).unwrap_or(&""));
    let requests = examples.iter().flat_map(|example| example.golden.request());
    let tables = explained.tables(dialect, requests);
    text.push_str(&tables.map_err(|what| Fault { path: readme, line: 1, what })?);
    for group in &GROUPS {
        push_group(&mut text, group, &examples);
    }
    Ok(Page { path: format!("{PAGES}{dialect}.md"), text })
}

/// One golden, and its path below the dialect's folder without the ending.
struct Example<'a> {
    name: &'a str,
    golden: Golden<'a>,
}

fn examples<'a>(texts: &Texts<'a>, dialect: &str) -> Result<Vec<Example<'a>>, Fault> {
    let folder = format!("{GOLDENS}{dialect}/");
    let mut examples = Vec::new();
    for (path, text) in texts {
        let Some(name) = path.strip_prefix(&folder).and_then(|name| name.strip_suffix(EXTENSION))
        else {
            continue;
        };
        let at = |line, what| Fault { path: (*path).to_owned(), line, what };
        if !GROUPS.iter().any(|group| group.holds(name)) {
            return Err(at(1, "lies in a folder that no page shows".to_owned()));
        }
        let golden = golden::parse(text).map_err(|(line, what)| at(line, what))?;
        examples.push(Example { name, golden });
    }
    Ok(examples)
}

/// Examples of one folder, under one heading.
struct Group {
    folder: &'static str,
    title: &'static str,
    words: &'static str,
}

impl Group {
    fn holds(&self, name: &str) -> bool {
        name.strip_prefix(self.folder).is_some_and(|rest| !rest.contains('/'))
    }
}

fn push_group(text: &mut String, group: &Group, examples: &[Example<'_>]) {
    let held: Vec<_> = examples.iter().filter(|example| group.holds(example.name)).collect();
    if held.is_empty() {
        return;
    }
    // Writing to a String can't fail.
    let _ = write!(text, "\n## {}\n\n{}\n\n{TABLE_HEAD}", group.title, group.words);
    for Example { name, golden } in &held {
        // GitHub makes the name of a heading's anchor in this way.
        let anchor = name.replace('/', "");
        let sentence = golden.sentence.replace('|', "\\|");
        let _ = writeln!(text, "| [{name}](#{anchor}) | {} | {sentence} |", golden.status);
    }
    for example in held {
        push_example(text, example);
    }
}

fn push_example(text: &mut String, Example { name, golden }: &Example<'_>) {
    let _ = write!(text, "\n### {name}\n\n{}\n", golden.sentence);
    match &golden.question {
        Question::Request(lines) => push_block(text, &lines.join("\n")),
        Question::Rendering(words) => {
            let _ = write!(text, "\nRendered: `{words}`.\n");
        }
    }
    let mut answer = golden.status.to_owned();
    for header in &golden.headers {
        let _ = write!(answer, "\n{header}");
    }
    if let Some(body) = golden.body.shown() {
        let _ = write!(answer, "\n\n{body}");
    }
    push_block(text, &answer);
    let body = matches!(golden.body, Body::Absent).then(|| "a body".to_owned());
    let headers = golden.absent.iter().map(|name| format!("`{name}`"));
    let without: Vec<String> = body.into_iter().chain(headers).collect();
    if !without.is_empty() {
        let _ = write!(text, "\nWithout {}.\n", without.join(", "));
    }
}

/// Fences a text with more backticks than it holds in a row.
fn push_block(text: &mut String, block: &str) {
    let mut fence = "```".to_owned();
    while block.contains(&fence) {
        fence.push('`');
    }
    let _ = write!(text, "\n{fence}text\n{block}\n{fence}\n");
}

fn note(dialect: &str) -> String {
    format!(
        "<!-- Made by `cargo xtask wire` from heads/{dialect}.md and {GOLDENS}{dialect}. \
         Change those, never this page. -->\n"
    )
}

const EXTENSION: &str = ".golden";
const TABLE_HEAD: &str = "| example | status | shows |\n| --- | --- | --- |\n";

const GROUPS: [Group; 3] = [
    Group {
        folder: "",
        title: "Credentials",
        words: "What a request gets for the key that it brings, or fails to bring. Where it passes, \
                the answer is the upstream's own. The upstream of these examples answers 200; \
                `x-echo-status` makes it answer with another status and the body it was sent.",
    },
    Group {
        folder: "served/",
        title: "Answered by the dialect itself",
        words: "These paths do not reach the upstream. The requests are sent in this order, so a \
                later one meets what an earlier one did.",
    },
    Group {
        folder: "rendered/",
        title: "Refusals and trouble that no request provokes at will",
        words: "Instead of a request, each has the name of what went wrong; behind \
                `rate_limited` stand the wait in milliseconds and the limit.",
    },
];

const SIGNS: &str = "
## How to read the examples

Every example is a test, and the answer has to match. The files, and the world in which requests are
sent, are in [crates/dialects/goldens](../../crates/dialects/goldens/README.md). The header
`chaveiro-hint` says in English what seems to be wrong; a realm can switch it off.

| sign | means |
| --- | --- |
| `{{…}}` | a placeholder, explained below |
| `\\x20` in a request's header | the byte of that number |
| `…` as a header's value | any value; behind a text, any text that begins so |
| `…` as a body | any body |
| \"Without\" | what must not be there; a header that is not named may be there or not |
";

#[cfg(test)]
mod tests;
