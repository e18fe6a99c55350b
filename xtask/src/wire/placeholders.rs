//! What the placeholders of requests stand for, from the tables of the goldens' README.
//!
//! Must not know a placeholder by itself: the README is where they are explained.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The rows of the tables.
pub(super) struct Placeholders<'a> {
    /// The placeholder, the dialects that use it so, and what it is.
    keys: Vec<[&'a str; 3]>,
    /// The change, and what it makes of a key.
    changes: Vec<[&'a str; 2]>,
}

impl<'a> Placeholders<'a> {
    pub(super) fn read(readme: &'a str) -> Self {
        let rows = || readme.lines().filter_map(cells);
        let changes = rows().skip_while(|cells| cells.first() != Some(&CHANGES)).skip(2);
        Self {
            keys: rows().filter_map(|cells| cells.try_into().ok()).collect(),
            changes: changes.map_while(|cells| cells.try_into().ok()).collect(),
        }
    }

    /// The tables of what these lines use, or what the README does not explain.
    pub(super) fn tables<'l>(
        &self,
        dialect: &str,
        lines: impl Iterator<Item = &'l &'l str>,
    ) -> Result<String, String> {
        let used: BTreeSet<&str> = lines.flat_map(|line| inside(line)).collect();
        let (mut names, mut changed) = (BTreeSet::new(), BTreeSet::new());
        for inner in used {
            let (name, change) = inner.split_once('|').unwrap_or((inner, ""));
            names.insert(format!("`{{{{{name}}}}}`"));
            if !change.is_empty() {
                changed.insert(format!("`{change}`"));
            }
        }
        let keys: Vec<_> =
            self.keys.iter().filter(|[_, dialects, _]| concerns(dialects, dialect)).collect();
        let unexplained = |word: &String| format!("does not explain {word}, as {dialect} uses it");
        let mut text = String::new();
        let rows = keys.iter().map(|[name, _, words]| (*name, *words));
        push_table(&mut text, KEYS_HEAD, &names, rows).map_err(|name| unexplained(&name))?;
        let rows = self.changes.iter().map(|[name, words]| (*name, *words));
        push_table(&mut text, CHANGES_HEAD, &changed, rows).map_err(|name| unexplained(&name))?;
        Ok(text)
    }
}

/// Adds the rows that are wanted, or returns the first that is not there.
fn push_table<'a>(
    text: &mut String,
    head: &str,
    wanted: &BTreeSet<String>,
    rows: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> Result<(), String> {
    let known = |name: &String| rows.clone().any(|(known, _)| known == name);
    if let Some(missing) = wanted.iter().find(|name| !known(name)) {
        return Err(missing.clone());
    }
    if wanted.is_empty() {
        return Ok(());
    }
    text.push_str(head);
    for (name, words) in rows.filter(|(name, _)| wanted.contains(*name)) {
        // Writing to a String can't fail.
        let _ = writeln!(text, "| {name} | {words} |");
    }
    Ok(())
}

/// The cells of a table's row.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(row.split(" | ").collect())
}

fn concerns(dialects: &str, dialect: &str) -> bool {
    dialects.split(", ").any(|one| one == "all" || one == dialect)
}

/// What stands between double braces.
fn inside(line: &str) -> impl Iterator<Item = &str> {
    line.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0))
}

const CHANGES: &str = "change";
const KEYS_HEAD: &str = "
A placeholder stands for a key or an id:

| placeholder | stands for |
| --- | --- |
";
const CHANGES_HEAD: &str = "
A word behind a bar says what was done to the key, as in `{{enabled|cut}}`:

| change | makes of the key |
| --- | --- |
";

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "\
| placeholder | dialects | key |
| --- | --- | --- |
| `{{a}}` | all | first |
| `{{b}}` | one | of one |
| `{{b}}` | two, three | of two |

| change | makes of the key |
| --- | --- |
| `cut` | shorter |

| other | table |
| --- | --- |
";

    fn tables(dialect: &str, line: &str) -> Result<String, String> {
        Placeholders::read(README).tables(dialect, [line].iter())
    }

    #[test]
    fn a_page_explains_what_it_uses_and_nothing_else() {
        let text = tables("two", "k: {{b}} {{b|cut}}").expect("explained");
        assert!(text.contains("| `{{b}}` | of two |") && text.contains("| `cut` | shorter |"));
        assert!(!text.contains("first") && !text.contains("of one"), "{text}");
        assert_eq!(tables("two", "no placeholder"), Ok(String::new()));
    }

    #[test]
    fn a_placeholder_or_change_without_a_row_is_named() {
        for (line, word) in [("{{c}}", "`{{c}}`"), ("{{b}}", "`{{b}}`"), ("{{a|bent}}", "`bent`")] {
            let said = tables("four", line).expect_err(line);
            assert!(said.contains(word), "{said}");
        }
    }
}
