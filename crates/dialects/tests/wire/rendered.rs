//! Refusals and trouble that no request can provoke at will, held against `rendered/` goldens.

use dialects::dialect::{Dialect, Trouble};
use domain::permission::RequiredAccess;
use domain::refusal::{Ending, Need, ProjectFault, Refusal};

use crate::golden::{self, Came, Question};
use crate::index::folder;
use crate::refusals::{TROUBLES, dialect, need, per_second, rate_limited};

fn refusal(dialect: &dyn Dialect, words: &[&str]) -> Refusal {
    match words {
        ["expired", "replaced"] => Refusal::Expired(Ending::Replaced),
        ["insecure_transport"] => Refusal::InsecureTransport,
        ["ip_not_allowed"] => Refusal::IpNotAllowed,
        ["permission_missing", "*"] => {
            Refusal::PermissionMissing(Need::FullAccess(RequiredAccess::Write))
        }
        ["permission_missing", name] => {
            Refusal::PermissionMissing(need(name, RequiredAccess::Write))
        }
        ["project_mismatch", "account_key_needed"] => {
            Refusal::ProjectMismatch(ProjectFault::AccountKeyNeeded)
        }
        ["project_mismatch", "absent"] => Refusal::ProjectMismatch(ProjectFault::Absent),
        ["project_mismatch", "malformed"] => Refusal::ProjectMismatch(ProjectFault::Malformed),
        ["project_mismatch", "not_owned"] => Refusal::ProjectMismatch(ProjectFault::NotOwned),
        ["project_missing"] => Refusal::ProjectMissing,
        ["rate_limited", wait, limit] => {
            // What is under way at once is no matter of time.
            let wait_ms = wait.parse().ok();
            let rules = dialect.preset().limits.all().iter();
            let named = { rules }.find(|rule| rule.name.as_str() == *limit);
            rate_limited(wait_ms, named.map_or_else(per_second, |rule| (**rule).clone()))
        }
        ["undecidable"] => Refusal::Undecidable,
        ["wrong_environment"] => Refusal::WrongEnvironment,
        other => panic!("there is no refusal {other:?}"),
    }
}

fn name_of(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::AmbiguousPath => "ambiguous_path",
        Trouble::Internal => "internal",
        Trouble::UpstreamUnreachable => "upstream_unreachable",
        Trouble::UpstreamTimeout => "upstream_timeout",
        Trouble::Overloaded => "overloaded",
        Trouble::BodyTooLarge => "body_too_large",
        Trouble::MethodNotAllowed => "method_not_allowed",
        Trouble::UnexpectedBody => "unexpected_body",
        Trouble::NotServedHere => "not_served_here",
    }
}

fn trouble(name: &str) -> Trouble {
    TROUBLES.into_iter().find(|known| name_of(*known) == name).expect("a trouble of that name")
}

/// The words of every rendering of a dialect that a golden file shows.
fn check(name: &str) -> Vec<String> {
    let mut shown = Vec::new();
    for golden in golden::read_all(&folder().join(name).join("rendered")) {
        let Question::Rendering(words) = &golden.question else { panic!("a rendering") };
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let answer = match words.as_slice() {
            ["refusal", rest @ ..] => dialect(name).refuse(&refusal(&*dialect(name), rest)),
            ["trouble", trouble_name] => dialect(name).trouble(trouble(trouble_name)),
            other => panic!("there is no rendering {other:?}"),
        };
        let text = |value: &http::HeaderValue| value.to_str().expect("ASCII").to_owned();
        golden.check(&Came {
            status: answer.status.as_u16(),
            headers: answer.headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect(),
            body: answer.body.to_vec(),
        });
        shown.push(words.join(" "));
    }
    shown
}

#[test]
fn what_no_request_provokes_is_rendered_as_in_the_goldens() {
    for name in dialects::registry::names() {
        let shown = check(name);
        for trouble in TROUBLES {
            let words = format!("trouble {}", name_of(trouble));
            assert!(shown.contains(&words), "{name}: {words} is not shown");
        }
        for words in ["refusal insecure_transport", "refusal undecidable"] {
            assert!(shown.iter().any(|known| known == words), "{name}: {words} is not shown");
        }
    }
}
