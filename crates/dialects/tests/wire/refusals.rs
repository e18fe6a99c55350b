//! Every refusal and every trouble, rendered by every dialect.

use std::sync::Arc;

use dialects::dialect::{Answer, Dialect, DialectSettings, EnvironmentSettings, Trouble};
use domain::diagnosis::Diagnosis;
use domain::ids::{EnvironmentName, RealmName};
use domain::key::DisabledCause;
use domain::limit::{LimitKind, LimitName, LimitPer, LimitRule, SpentLimit};
use domain::permission::{RequiredAccess, Requirement, Resource};
use domain::refusal::{Ending, Need, ProjectFault, Refusal, SwitchedOff};
use domain::time::Timestamp;
use http::{HeaderName, Method, StatusCode};

/// A realm of each dialect, as the goldens expect it.
pub(crate) fn dialect(name: &str) -> Arc<dyn Dialect> {
    dialect_with(name, None, false)
}

/// The same with a header of the operator's, or the alias.
pub(crate) fn dialect_with(name: &str, header: Option<&str>, alias: bool) -> Arc<dyn Dialect> {
    let (realm, environments) = match name {
        "asaas" => ("payments", [("sandbox", None), ("production", None)]),
        "autosend" => ("mail", [("production", None), ("staging", None)]),
        _ => ("tools", [("live", Some("tool_live_")), ("test", Some("tool_test_"))]),
    };
    let environment = |(name, prefix): (&str, Option<&str>)| EnvironmentSettings {
        name: EnvironmentName::parse(name).expect("a slug"),
        key_prefix: prefix.map(str::to_owned),
    };
    let settings = DialectSettings {
        realm: RealmName::parse(realm).expect("a slug"),
        environments: environments.map(environment).into(),
        header: header.map(str::to_owned),
        alias_header: alias,
    };
    dialects::registry::build(name, &settings).expect("settings that fit")
}

/// What is needed on a resource, for a refusal.
pub(crate) fn need(resource: &str, access: RequiredAccess) -> Need {
    Need::Permission(Requirement { resource: Resource::parse(resource).expect("a name"), access })
}

/// When every request of these tests came: 2026-01-14T12:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_768_392_000_000);

/// Refused by this limit, for so many milliseconds where that is known.
pub(crate) fn rate_limited(wait_ms: Option<u64>, rule: LimitRule) -> Refusal {
    let rule = Arc::new(rule);
    let spent = SpentLimit { rule, remaining: 0, resets_in_ms: wait_ms, at: NOW };
    Refusal::RateLimited { retry_after_ms: wait_ms.unwrap_or(1_000), spent }
}

/// Two in any second, for each key.
pub(crate) fn per_second() -> LimitRule {
    LimitRule::of(
        LimitName::parse("second").expect("a name"),
        LimitPer::Key,
        2,
        LimitKind::AnyInterval { length_s: 1 },
    )
}

/// Every refusal, with every datum that may come with it.
pub(crate) fn all() -> Vec<Refusal> {
    let mut all = vec![
        Refusal::InsecureTransport,
        Refusal::Ambiguous,
        Refusal::WrongEnvironment,
        Refusal::Unknown,
        Refusal::Disabled(SwitchedOff::Account),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::Manual)),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::LackOfUse)),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::OwnerArrangementChanged)),
        Refusal::Expired(Ending::Date),
        Refusal::Expired(Ending::LackOfUse),
        Refusal::Expired(Ending::Replaced),
        Refusal::Deleted,
        Refusal::IpNotAllowed,
        Refusal::UserAgentMissing,
        Refusal::ProjectMissing,
        Refusal::ProjectMismatch(ProjectFault::Malformed),
        Refusal::ProjectMismatch(ProjectFault::NotOwned),
        Refusal::ProjectMismatch(ProjectFault::Absent),
        Refusal::ProjectMismatch(ProjectFault::AccountKeyNeeded),
        Refusal::PermissionMissing(need("PAYMENT", RequiredAccess::Write)),
        Refusal::PermissionMissing(Need::FullAccess(RequiredAccess::Read)),
        rate_limited(Some(740), per_second()),
        rate_limited(Some(u64::MAX), per_second()),
        rate_limited(None, LimitRule { kind: LimitKind::AtOnce, ..per_second() }),
        Refusal::Undecidable,
    ];
    all.extend(Diagnosis::ALL.iter().copied().map(Refusal::NoCredential));
    all.extend(Diagnosis::ALL.iter().copied().map(Refusal::Malformed));
    all
}

/// Every trouble.
pub(crate) const TROUBLES: [Trouble; 9] = [
    Trouble::AmbiguousPath,
    Trouble::Internal,
    Trouble::UpstreamUnreachable,
    Trouble::UpstreamTimeout,
    Trouble::Overloaded,
    Trouble::BodyTooLarge,
    Trouble::MethodNotAllowed,
    Trouble::UnexpectedBody,
    Trouble::NotServedHere,
];

/// The value of a header that may come once at most.
pub(crate) fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let mut values = answer.headers.iter().filter(|(known, _)| known.as_str() == name);
    let first = values.next().map(|(_, value)| value.to_str().expect("visible ASCII"));
    assert!(values.next().is_none(), "{name} comes twice");
    first
}

#[track_caller]
fn check(answer: &Answer) {
    let status = answer.status;
    assert!(status.is_client_error() || status.is_server_error(), "{status}");
    assert_eq!(header(answer, "cache-control"), Some("no-store"));
    assert_eq!(header(answer, "www-authenticate").is_some(), status == 401);
    assert_eq!(header(answer, "allow").is_some(), status == 405);
    for (name, value) in &answer.headers {
        assert!(value.to_str().is_ok(), "{name} is not plain ASCII");
    }
    if answer.body.is_empty() {
        assert_eq!(header(answer, "content-type"), None);
    } else {
        let content_type = header(answer, "content-type").expect("a body has a type");
        assert!(content_type.starts_with("application/"), "{content_type}");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert!(body.is_object());
    }
}

fn every_answer(mut see: impl FnMut(&dyn Dialect, &Refusal, Answer)) {
    for name in dialects::registry::names() {
        let dialect = dialect(name);
        for refusal in all() {
            see(&*dialect, &refusal, dialect.refuse(&refusal));
        }
    }
}

#[test]
fn every_refusal_is_whole_in_every_dialect() {
    every_answer(|dialect, refusal, answer| {
        check(&answer);
        assert!(!answer.body.is_empty());
        assert_eq!(answer.status, dialect.refusal_status(refusal), "{refusal:?}");
    });
}

#[test]
fn every_trouble_is_whole_in_every_dialect() {
    for name in dialects::registry::names() {
        for trouble in TROUBLES {
            check(&dialect(name).trouble(trouble));
        }
    }
}

#[test]
fn only_a_wait_that_is_known_is_told() {
    every_answer(|_, refusal, answer| {
        let wait = match refusal {
            Refusal::RateLimited { retry_after_ms, .. } => Some(retry_after_ms.div_ceil(1_000)),
            Refusal::Undecidable => Some(1),
            Refusal::InsecureTransport
            | Refusal::NoCredential(_)
            | Refusal::Ambiguous
            | Refusal::Malformed(_)
            | Refusal::WrongEnvironment
            | Refusal::Unknown
            | Refusal::Disabled(_)
            | Refusal::Expired(_)
            | Refusal::Deleted
            | Refusal::IpNotAllowed
            | Refusal::UserAgentMissing
            | Refusal::ProjectMissing
            | Refusal::ProjectMismatch(_)
            | Refusal::PermissionMissing(_) => None,
        };
        let told = header(&answer, "retry-after").map(str::to_owned);
        assert_eq!(told, wait.map(|seconds| seconds.to_string()), "{refusal:?}");
    });
}

#[test]
fn the_state_of_a_key_is_not_told_where_the_contract_hides_it() {
    let hidden =
        |refusal: &Refusal| ["unknown", "disabled", "expired", "deleted"].contains(&refusal.name());
    for name in ["asaas", "autosend"] {
        let dialect = dialect(name);
        let unknown = dialect.refuse(&Refusal::Unknown);
        for refusal in all().iter().filter(|refusal| hidden(refusal)) {
            let answer = dialect.refuse(refusal);
            assert_eq!(answer.status, unknown.status);
            assert_eq!(answer.headers, unknown.headers);
            // One and the same bytes: nothing is formatted that could take its time.
            assert_eq!(answer.body.as_ptr(), unknown.body.as_ptr(), "{refusal:?}");
        }
    }
}

#[test]
fn the_scope_of_a_missing_permission_is_the_one_that_was_required() {
    every_answer(|_, _, answer| {
        let body = std::str::from_utf8(&answer.body).expect("UTF-8");
        assert!(!body.contains("READ_WRITE"), "{body}");
    });
}

#[test]
fn a_missing_key_gets_a_challenge_without_an_error_code() {
    for (name, header_name) in [("autosend", None), ("native", None), ("native", Some("x-acme"))] {
        let dialect = dialect_with(name, header_name, false);
        let nothing = dialect.refuse(&Refusal::NoCredential(Diagnosis::Missing));
        let challenge = header(&nothing, "www-authenticate").expect("a challenge");
        assert!(!challenge.contains("error"), "{challenge}");
    }
}

#[test]
fn a_realm_with_a_header_of_its_own_names_it_in_the_challenge() {
    let answer = dialect_with("native", Some("X-Acme-Key"), false).refuse(&Refusal::Unknown);
    let challenge = header(&answer, "www-authenticate");
    assert_eq!(challenge, Some(r#"ApiKey realm="tools", header="x-acme-key""#));
}

#[test]
fn bodies_come_only_with_methods_that_allow_them() {
    let refused: [(&str, &[Method]); 3] = [
        ("asaas", &[Method::GET, Method::HEAD]),
        ("autosend", &[Method::TRACE]),
        ("native", &[Method::TRACE]),
    ];
    for (name, methods) in refused {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::TRACE] {
            let allowed = dialect(name).allows_body(&method);
            assert_eq!(allowed, !methods.contains(&method), "{name} {method}");
        }
    }
}

#[test]
fn the_native_statuses_are_as_documented() {
    let native = dialect("native");
    for refusal in all() {
        let status = match &refusal {
            Refusal::NoCredential(_)
            | Refusal::Malformed(_)
            | Refusal::WrongEnvironment
            | Refusal::Unknown
            | Refusal::Disabled(_)
            | Refusal::Expired(_)
            | Refusal::Deleted => 401,
            Refusal::Ambiguous
            | Refusal::UserAgentMissing
            | Refusal::ProjectMismatch(ProjectFault::Malformed) => 400,
            Refusal::InsecureTransport
            | Refusal::IpNotAllowed
            | Refusal::ProjectMissing
            | Refusal::ProjectMismatch(ProjectFault::NotOwned | ProjectFault::AccountKeyNeeded)
            | Refusal::PermissionMissing(_) => 403,
            Refusal::ProjectMismatch(ProjectFault::Absent) => 404,
            Refusal::RateLimited { .. } => 429,
            Refusal::Undecidable => 503,
        };
        assert_eq!(native.refusal_status(&refusal).as_u16(), status, "{refusal:?}");
    }
}

#[test]
fn samples_hold_the_key_in_single_quotes() {
    for (name, key, expected) in [
        ("asaas", "$aact_hmlg_1", "curl 'http://a/v3/customers' -H 'access_token: $aact_hmlg_1'"),
        ("autosend", "AS_1", "curl 'http://a/v1/contacts' -H 'Authorization: Bearer AS_1'"),
        (
            "autosend",
            "ASA_1",
            "curl 'http://a/v1/account/projects' -H 'Authorization: Bearer ASA_1'",
        ),
        ("native", "tool_1", "curl 'http://a/' -H 'Authorization: Bearer tool_1'"),
    ] {
        assert_eq!(dialect(name).sample_request("http://a", key, None), expected);
    }
    let named = dialect("autosend").sample_request("http://a", "ASA_1", Some("60d5"));
    assert!(named.ends_with("-H 'Authorization: Bearer ASA_1' -H 'x-project-id: 60d5'"), "{named}");
}

#[test]
fn a_trouble_with_a_method_lists_those_that_are_served() {
    for name in dialects::registry::names() {
        let answer = dialect(name).trouble(Trouble::MethodNotAllowed);
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        let allow = HeaderName::from_static("allow");
        assert!(answer.headers.iter().any(|(name, _)| name == allow));
    }
}
