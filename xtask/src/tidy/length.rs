//! Rule: at most 400 lines a file and 70 a function; the list of exceptions only shrinks.
//!
//! Must not count the inline tests at the end of a file: they grow with the care that is taken.

mod exceptions;

use super::tree::{Rust, TextFile, is_cfg_test};
use super::{Findings, Tree, Violation};
use exceptions::Exceptions;
use syn::visit::{self, Visit};

pub(super) fn check(tree: &Tree) -> Findings {
    let overlong: Vec<Overlong> = tree.files().flat_map(overlong).collect();
    let Exceptions { list, mut violations } = exceptions::read(tree);
    for found in &overlong {
        if !list.iter().any(|exception| exception.covers(found)) {
            violations.push(found.violation());
        }
    }
    violations.extend(list.iter().filter_map(|exception| exception.stale(&overlong)));
    violations.into()
}

/// A file or a function that is longer than the house allows.
struct Overlong {
    path: String,
    /// The function's name; absent for the file itself.
    function: Option<String>,
    line: usize,
    lines: usize,
}

impl Overlong {
    fn violation(&self) -> Violation {
        let (what, why, fix) = match &self.function {
            Some(name) => (
                format!("`{name}` has {} lines of {FUNCTION_LINES}", self.lines),
                "a function should fit on one screen",
                "give a part of it a name",
            ),
            None => (
                format!("has {} lines of {FILE_LINES}", self.lines),
                "a file should be read in one sitting",
                "split it by use case",
            ),
        };
        Violation::new(&self.path, self.line, what, why, fix.into())
    }
}

fn overlong(file: &TextFile) -> Vec<Overlong> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let at = |function, line, lines| Overlong { path: file.path.clone(), function, line, lines };
    let mut found = Vec::new();
    let parsed = file.rust.as_ref().and_then(|rust| rust.as_ref().ok());
    let lines =
        parsed.and_then(line_of_trailing_tests).map_or(file.text.lines().count(), |line| line - 1);
    if lines > FILE_LINES {
        found.push(at(None, 1, lines));
    }
    if let Some(rust) = parsed {
        let mut functions = Functions::default();
        functions.visit_file(&rust.syntax);
        let long = functions.found.into_iter().filter(|(_, _, lines)| *lines > FUNCTION_LINES);
        found.extend(long.map(|(name, line, lines)| at(Some(name), line, lines)));
    }
    found
}

/// The line on which the inline test module begins, when it is the last item of the file.
fn line_of_trailing_tests(rust: &Rust) -> Option<usize> {
    let syn::Item::Mod(module) = rust.syntax.items.last()? else { return None };
    let is_inline_test = module.content.is_some() && module.attrs.iter().any(is_cfg_test);
    let first = module.attrs.first()?.pound_token.span.start().line;
    is_inline_test.then_some(first)
}

/// Collects every function with its name, line and length from `fn` to the closing brace.
#[derive(Default)]
struct Functions {
    found: Vec<(String, usize, usize)>,
}

impl Functions {
    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let last = body.brace_token.span.close().end().line;
        self.found.push((signature.ident.to_string(), first, last + 1 - first));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.add(&node.sig, &node.block);
        visit::visit_item_fn(self, node);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.add(&node.sig, &node.block);
        visit::visit_impl_item_fn(self, node);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(body) = &node.default {
            self.add(&node.sig, body);
        }
        visit::visit_trait_item_fn(self, node);
    }
}

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

#[cfg(test)]
mod tests {
    use super::super::probe::{accepts, places, rejects};
    use super::*;

    const PATH: &str = "crates/engine/src/sweep.rs";
    const LIST: &str = exceptions::PATH;

    fn file_of(lines: usize) -> String {
        "const A: u8 = 1;\n".repeat(lines)
    }

    fn function_of(lines: usize) -> String {
        format!("/// Docs.\n#[inline]\nfn run() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    fn excepted(function: &str, lines: usize) -> String {
        format!(
            "[[exception]]\npath = \"{PATH}\"\n{function}lines = {lines}\nreason = \"It waits for the new scheduler.\"\n"
        )
    }

    #[test]
    fn a_long_file_is_rejected_and_inline_tests_at_its_end_do_not_count() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", file_of(300));
        accepts(check, PATH, &file_of(400));
        accepts(check, PATH, &(file_of(400) + &tests));
        rejects(check, PATH, &file_of(401), &[1]);
        rejects(check, PATH, &(file_of(401) + &tests), &[1]);
        rejects(check, PATH, &(tests + &file_of(200)), &[1]);
        rejects(check, "crates/engine/tests/sweep.rs", &file_of(401), &[1]);
    }

    #[test]
    fn a_long_function_is_rejected_wherever_it_stands() {
        accepts(check, PATH, &function_of(70));
        let long = function_of(71);
        rejects(check, PATH, &long, &[3]);
        rejects(check, PATH, &format!("impl A {{\n{long}}}"), &[4]);
        rejects(check, PATH, &format!("trait A {{\n{long}}}"), &[4]);
        rejects(check, PATH, &format!("#[cfg(test)]\nmod tests {{\n{long}}}"), &[5]);
    }

    #[test]
    fn an_exception_covers_exactly_the_length_it_states() {
        let check_both = |text: &str, list: &str, expected: &[&str]| {
            assert_eq!(places(check, &[(PATH, text), (LIST, list)]), expected, "{list}");
        };
        check_both(&file_of(450), &excepted("", 450), &[]);
        check_both(&function_of(80), &excepted("function = \"run\"\n", 80), &[]);
        // Grown: the file is named. Shrunk, or short enough: the entry is named.
        check_both(&file_of(451), &excepted("", 450), &["crates/engine/src/sweep.rs:1"]);
        check_both(&file_of(449), &excepted("", 450), &["xtask/tidy-exceptions.toml:1"]);
        check_both(&file_of(10), &excepted("", 450), &["xtask/tidy-exceptions.toml:1"]);
        check_both(
            &file_of(10),
            &excepted("function = \"run\"\n", 80),
            &["xtask/tidy-exceptions.toml:1"],
        );
    }

    #[test]
    fn an_exception_without_a_reason_is_rejected() {
        let list = format!("\n[[exception]]\npath = \"{PATH}\"\nlines = 450\nreason = \"later\"\n");
        assert_eq!(places(check, &[(PATH, &file_of(450)), (LIST, &list)]), [format!("{LIST}:2")]);
        assert_eq!(places(check, &[(LIST, "[[exception]]\npath = 1\n")]), [format!("{LIST}:2")]);
    }
}
