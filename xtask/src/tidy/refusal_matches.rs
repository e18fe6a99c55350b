//! Rule: who maps refusals to the wire maps every one of them, so no match on them has a catch-all arm.
//!
//! Must not be fooled by renamed imports: they are rejected, for they would hide the matches.

use super::{Findings, Tree, Violation};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

pub(super) fn check(tree: &Tree) -> Findings {
    let mut violations = Vec::new();
    for (file, rust) in tree.sources() {
        if !file.crate_of_source().is_some_and(|name| MAP_REFUSALS.contains(&name)) {
            continue;
        }
        let mut search = Search::default();
        search.visit_file(&rust.syntax);
        for (line, what, fix) in search.found {
            violations.push(Violation::new(&file.path, line, what.into(), WHY, fix.into()));
        }
    }
    violations.into()
}

#[derive(Default)]
struct Search {
    found: Vec<(usize, &'static str, &'static str)>,
}

impl<'ast> Visit<'ast> for Search {
    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        if node.arms.iter().any(|arm| names_a_refusal(&arm.pat)) {
            for arm in node.arms.iter().filter(|arm| catches_all(&arm.pat)) {
                self.found.push((
                    arm.pat.span().start().line,
                    "catches every other refusal in one arm",
                    "give each refusal its own arm",
                ));
            }
        }
        visit::visit_expr_match(self, node);
    }

    fn visit_use_path(&mut self, node: &'ast syn::UsePath) {
        if node.ident == REFUSAL {
            self.found.push((node.ident.span().start().line, HIDDEN, NAME_IT));
        }
        visit::visit_use_path(self, node);
    }

    fn visit_use_rename(&mut self, node: &'ast syn::UseRename) {
        if node.ident == REFUSAL {
            self.found.push((node.ident.span().start().line, HIDDEN, NAME_IT));
        }
    }
}

fn names_a_refusal(pattern: &syn::Pat) -> bool {
    struct Names(bool);
    impl<'ast> Visit<'ast> for Names {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            let owners = path.segments.len().saturating_sub(1);
            self.0 |= path.segments.iter().take(owners).any(|segment| segment.ident == REFUSAL);
            visit::visit_path(self, path);
        }
    }
    let mut names = Names(false);
    names.visit_pat(pattern);
    names.0
}

/// Whether a pattern without a guard takes any refusal: `_`, `other`, `Refused(_)`, `(_, _)`.
fn catches_all(pattern: &syn::Pat) -> bool {
    if let syn::Pat::Ident(name) = pattern {
        return match &name.subpat {
            Some((_, inner)) => catches_all(inner),
            // A capital is the name of a constant or variant, not of a binding.
            None => name.ident.to_string().starts_with(|first: char| !first.is_uppercase()),
        };
    }
    if let syn::Pat::TupleStruct(tuple) = pattern {
        let wraps = tuple.path.segments.last().is_some_and(|last| last.ident == REFUSED);
        return wraps && tuple.elems.iter().all(catches_all);
    }
    if let syn::Pat::Or(or) = pattern {
        return or.cases.iter().any(catches_all);
    }
    if let syn::Pat::Tuple(tuple) = pattern {
        return tuple.elems.iter().all(catches_all);
    }
    if let syn::Pat::Paren(paren) = pattern {
        return catches_all(&paren.pat);
    }
    if let syn::Pat::Reference(reference) = pattern {
        return catches_all(&reference.pat);
    }
    matches!(pattern, syn::Pat::Wild(_) | syn::Pat::Rest(_))
}

const MAP_REFUSALS: [&str; 2] = ["dialects", "doors"];
const REFUSAL: &str = "Refusal";
const REFUSED: &str = "Refused";
const WHY: &str = "a refusal that is added next must be mapped on purpose, not by accident";
const HIDDEN: &str = "imports refusals under other names";
const NAME_IT: &str = "import the enum and write `Refusal::` in patterns";

#[cfg(test)]
mod tests {
    use super::super::probe::{accepts, rejects};
    use super::*;

    const PATH: &str = "crates/dialects/src/native/render.rs";

    fn in_match(arms: &str) -> String {
        format!("fn f(x: Verdict) -> u16 {{\nmatch x {{\n{arms}\n}}\n}}\n")
    }

    #[test]
    fn every_form_of_a_catch_all_is_rejected() {
        for arm in [
            "_ => 403,",
            "other => 403,",
            "rest @ _ => 403,",
            "Refusal::Deleted | _ => 403,",
            "Verdict::Refused(_) => 403,",
            "Verdict::Refused(..) => 403,",
            "(_, _) => 403,",
            "&_ => 403,",
        ] {
            rejects(check, PATH, &in_match(&format!("Refusal::Unknown => 401,\n{arm}")), &[4]);
            rejects(
                check,
                PATH,
                &in_match(&format!("domain::Refusal::Unknown => 401,\n{arm}")),
                &[4],
            );
            rejects(
                check,
                "crates/doors/src/rest.rs",
                &in_match(&format!("Some(Refusal::Unknown) => 401,\n{arm}")),
                &[4],
            );
        }
    }

    #[test]
    fn a_match_inside_another_is_seen() {
        let inner = "A => match y { Refusal::Unknown => 1,\n_ => 2 },\nB => 3,";
        rejects(check, PATH, &in_match(inner), &[4]);
    }

    #[test]
    fn imports_that_hide_refusals_are_rejected() {
        rejects(check, PATH, "use domain::Refusal::*;", &[1]);
        rejects(check, PATH, "use domain::{Key, Refusal as No};", &[1]);
        rejects(check, PATH, "use domain::verdict::Refusal::{Deleted, Unknown};", &[1]);
    }

    #[test]
    fn complete_matches_and_matches_on_other_things_are_accepted() {
        for arms in [
            "Refusal::Unknown => 401,\nRefusal::Disabled(_) => 401,\nVerdict::Granted(_) => 200,",
            "Refusal::Unknown => 401,\nRefusal::Limited { .. } => 429,",
            "Refusal::Unknown => 401,\n_ if late => 500,\nRefusal::Deleted => 401,",
            "Some(1) => 1,\n_ => 2,",
            "Verdict::Refused(refusal) => status(refusal),\nVerdict::Granted(_) => 200,",
        ] {
            accepts(check, PATH, &in_match(arms));
        }
        accepts(check, PATH, "use domain::{Refusal, Key};");
        accepts(
            check,
            "crates/engine/src/verify.rs",
            &in_match("Refusal::Unknown => 401,\n_ => 403,"),
        );
    }
}
