//! Which credential a dialect finds in the head of a request, as tables.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dialects::dialect::{Extraction, RequestHead};
use engine::verify::{Credential, ProjectName};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::golden::fill;
use crate::refusals::dialect_with;
use crate::world::World;

/// A realm and how it is set up.
#[derive(Clone, Copy)]
struct Setup(&'static str, Option<&'static str>, bool);

const ASAAS: Setup = Setup("asaas", None, false);
const ASAAS_ALIAS: Setup = Setup("asaas", None, true);
const AUTOSEND: Setup = Setup("autosend", None, false);
const AUTOSEND_ALIAS: Setup = Setup("autosend", None, true);
const NATIVE: Setup = Setup("native", None, false);
const NATIVE_HEADER: Setup = Setup("native", Some("X-Acme-Key"), false);

fn world(setup: Setup) -> World {
    let Setup(name, header, alias) = setup;
    World::with(name, dialect_with(name, header, alias))
}

fn headers_of(world: &World, headers: &[&str]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for line in headers {
        let line = fill(line, &|name| world.value_of(name));
        let (name, value) = line.split_once(':').expect("a header line");
        let name: HeaderName = name.parse().expect("the name of a header");
        map.append(name, HeaderValue::from_str(value).expect("a value"));
    }
    map
}

/// What was found: the name of the case, and whose key or which diagnosis.
fn found(world: &World, target: &str, headers: &[&str]) -> String {
    let map = headers_of(world, headers);
    let uri: Uri = fill(target, &|name| world.value_of(name)).parse().expect("a target");
    let head = RequestHead { method: &Method::GET, uri: &uri, headers: &map };
    let Extraction { credential, project } = world.dialect.extract(&head, &world.prefixes);
    let mut text = match credential {
        Credential::Absent(diagnosis) => format!("absent {}", diagnosis.code()),
        Credential::Ambiguous => "ambiguous".to_owned(),
        Credential::Malformed(diagnosis) => format!("malformed {}", diagnosis.code()),
        Credential::Presented(key) => {
            let sent = std::str::from_utf8(key.expose()).expect("a key is ASCII");
            assert!(world.texts().any(|text| text == sent), "another key than was sent");
            "presented".to_owned()
        }
    };
    match project {
        ProjectName::Absent => {}
        ProjectName::Named(name) => write!(text, ", project {name}").expect("a string"),
        ProjectName::Ambiguous => text.push_str(", several projects"),
    }
    text
}

#[track_caller]
fn check(setup: Setup, headers: &[&str], expected: &str) {
    check_at(setup, "/v3/customers", headers, expected);
}

#[track_caller]
fn check_at(setup: Setup, target: &str, headers: &[&str], expected: &str) {
    assert_eq!(found(&world(setup), target, headers), expected, "{target} {headers:?}");
}

/// A request that `curl -u` made of this pair, beside these headers.
#[track_caller]
fn check_basic(setup: Setup, pair: &str, headers: &[&str], expected: &str) {
    let world = world(setup);
    let pair = fill(pair, &|name| world.value_of(name));
    let line = format!("Authorization:Basic {}", STANDARD.encode(&pair));
    let headers = [headers, &[line.as_str()]].concat();
    assert_eq!(found(&world, "/v3/customers", &headers), expected, "{pair}");
    let mut map = headers_of(&world, &[&line]);
    world.dialect.strip_credential(&mut map, &world.prefixes);
    assert_eq!(map.is_empty(), expected != "absent left_out", "what is left of {pair}");
}

/// The names of the headers that are left for the upstream.
#[track_caller]
fn check_stripped(setup: Setup, headers: &[&str], left: &[&str]) {
    let world = world(setup);
    let mut map = headers_of(&world, headers);
    world.dialect.strip_credential(&mut map, &world.prefixes);
    let mut names: Vec<_> = map.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, left);
}

#[test]
fn another_spelling_of_a_header_of_keys_is_one_too_and_goes_no_further() {
    for (own, other) in [("x-acme-key", "x_acme_key"), ("x-acme-key", "x_api_key")] {
        let (own, other) = (format!("{own}:{{{{enabled}}}}"), format!("{other}:{{{{disabled}}}}"));
        check(NATIVE_HEADER, &[&own, &other], "ambiguous");
        check(NATIVE_HEADER, &[&other], "absent wrong_header");
        check_stripped(NATIVE_HEADER, &[&own, &other, "x_acme_id:7"], &["x_acme_id"]);
    }
}

#[test]
fn a_key_is_read_from_its_own_header() {
    check(ASAAS, &["access_token:{{enabled}}"], "presented");
    check(ASAAS, &["ACCESS_TOKEN:{{enabled}}"], "presented");
    check(ASAAS_ALIAS, &["access-token:{{enabled}}"], "presented");
    check(AUTOSEND, &["Authorization:Bearer {{project_key}}"], "presented");
    check(AUTOSEND, &["Authorization:Bearer {{account_key}}"], "presented");
    check(AUTOSEND_ALIAS, &["x-api-key:{{project_key}}"], "presented");
    check(NATIVE, &["Authorization:Bearer {{enabled}}"], "presented");
    check(NATIVE_HEADER, &["x-acme-key:{{enabled}}"], "presented");
}

#[test]
fn blanks_around_a_key_are_no_part_of_it() {
    check(ASAAS, &["access_token: \t{{enabled}} \t"], "presented");
    check(AUTOSEND, &["Authorization:\t Bearer   {{project_key}}\t "], "presented");
    check(NATIVE_HEADER, &["x-acme-key: {{enabled}} "], "presented");
    check(ASAAS, &["access_token:{{enabled|spaced}}"], "malformed whitespace_included");
}

#[test]
fn an_empty_header_is_no_credential() {
    for value in ["", " ", "\t \t"] {
        check(ASAAS, &[&format!("access_token:{value}")], "absent empty");
        check(AUTOSEND, &[&format!("Authorization:{value}")], "absent empty");
        check(NATIVE_HEADER, &[&format!("x-acme-key:{value}")], "absent empty");
    }
    check(AUTOSEND, &["Authorization:Bearer"], "absent empty");
    check(NATIVE, &["Authorization:bearer  "], "absent empty");
}

#[test]
fn a_bare_header_that_did_not_come_may_have_been_empty() {
    check(ASAAS, &[], "absent left_out");
    check(ASAAS_ALIAS, &[], "absent left_out");
    check(NATIVE_HEADER, &[], "absent left_out");
    check(NATIVE, &[], "absent missing");
    check(AUTOSEND, &[], "absent missing");
    check(AUTOSEND_ALIAS, &[], "absent missing");
}

#[test]
fn the_scheme_is_read_in_any_case_and_is_needed() {
    check(AUTOSEND, &["Authorization:bEaReR {{project_key}}"], "presented");
    check(AUTOSEND, &["Authorization:{{project_key}}"], "absent scheme_missing");
    check(AUTOSEND, &["Authorization:Token {{project_key}}"], "absent scheme_missing");
    check(AUTOSEND, &["Authorization:Basic dXNlcjpwYXNz"], "absent missing");
    check(AUTOSEND, &["Authorization:Bearer\t{{project_key}}"], "absent missing");
    check(
        AUTOSEND,
        &["Authorization:Bearer {{project_key}}, {{account_key}}"],
        "malformed whitespace_included",
    );
    check(NATIVE, &["Authorization:Bearer Bearer {{enabled}}"], "malformed bearer_included");
}

#[test]
fn a_header_that_comes_twice_is_ambiguous() {
    for (setup, name) in [
        (ASAAS, "access_token:"),
        (AUTOSEND, "Authorization:Bearer "),
        (NATIVE, "Authorization:Bearer "),
        (NATIVE_HEADER, "x-acme-key:"),
    ] {
        let line = |key: &str| format!("{name}{{{{{key}}}}}");
        let (good, gone) = (line("enabled"), line("deleted"));
        check(setup, &[&good, &good], "ambiguous");
        check(setup, &[&good, &gone], "ambiguous");
        check(setup, &[&gone, &good], "ambiguous");
        check(setup, &[name, &good], "ambiguous");
    }
    check(ASAAS_ALIAS, &["access_token:{{enabled}}", "access-token:{{enabled}}"], "ambiguous");
    check(
        AUTOSEND_ALIAS,
        &["Authorization:Bearer {{project_key}}", "x-api-key:{{project_key}}"],
        "ambiguous",
    );
}

#[test]
fn a_key_in_a_second_header_is_ambiguous() {
    let own = "access_token:{{enabled}}";
    check(ASAAS, &[own, "Authorization:Bearer {{enabled}}"], "ambiguous");
    check(ASAAS, &[own, "Authorization:Bearer {{disabled}}"], "ambiguous");
    check(ASAAS, &[own, "Authorization:{{enabled}}"], "ambiguous");
    check(ASAAS, &[own, "x-api-key:{{enabled}}"], "ambiguous");
    check(ASAAS, &[own, "access-token:{{enabled}}"], "ambiguous");
    check(ASAAS, &["access_token:", "Authorization:Bearer {{enabled}}"], "ambiguous");
    let own = "Authorization:Bearer {{project_key}}";
    check(AUTOSEND, &[own, "x-api-key:{{project_key}}"], "ambiguous");
    check(AUTOSEND, &[own, "access_token:{{project_key}}"], "ambiguous");
    check(
        NATIVE_HEADER,
        &["x-acme-key:{{enabled}}", "authorization:bearer {{enabled}}"],
        "ambiguous",
    );
}

#[test]
fn a_foreign_credential_is_none_of_ours() {
    let own = "access_token:{{enabled}}";
    check(ASAAS, &[own, "Authorization:Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"], "presented");
    check(ASAAS, &[own, "Authorization:Basic dXNlcjpwYXNz"], "presented");
    check(ASAAS, &[own, "Authorization:"], "presented");
    check(ASAAS, &["Authorization:Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"], "absent left_out");
    check(AUTOSEND, &["Authorization:Bearer {{project_key}}", "x-api-key:other"], "presented");
    check(NATIVE_HEADER, &["x-acme-key:{{enabled}}", "Authorization:Bearer eyJ.e.x"], "presented");
}

#[test]
fn a_key_in_the_wrong_header_is_recognized() {
    check(ASAAS, &["Authorization:Bearer {{enabled}}"], "absent wrong_header");
    check(ASAAS, &["Authorization:bearer {{enabled}}"], "absent wrong_header");
    check(ASAAS, &["Authorization:{{enabled}}"], "absent wrong_header");
    check(ASAAS, &["access-token:{{enabled}}"], "absent wrong_header");
    check(ASAAS, &["x-api-key:{{enabled}}"], "absent wrong_header");
    check(AUTOSEND, &["x-api-key:{{project_key}}"], "absent wrong_header");
    check(AUTOSEND, &["access_token:{{account_key}}"], "absent wrong_header");
    check(NATIVE_HEADER, &["Authorization:Bearer {{enabled}}"], "absent wrong_header");
    // The header in which webhooks of the contract bring their token.
    check(ASAAS, &["asaas-access-token:{{enabled}}"], "absent wrong_header");
    check(ASAAS, &["asaas-access-token:a-token-of-a-webhook"], "absent left_out");
    // Keys of other realms of this server are recognized too.
    check(ASAAS, &["Authorization:Bearer AS_0"], "absent wrong_header");
}

#[test]
fn a_key_as_user_or_password_is_recognized() {
    for pair in ["{{enabled}}:", "{{enabled}}", "{{enabled}}:x", ":{{enabled}}", "ana:{{enabled}}"]
    {
        check_basic(ASAAS, pair, &[], "absent wrong_header");
        check_basic(NATIVE_HEADER, pair, &[], "absent wrong_header");
        check_basic(ASAAS, pair, &["access_token:{{enabled}}"], "ambiguous");
        check_basic(NATIVE, pair, &[], "absent scheme_missing");
    }
    for pair in ["", ":", "ana:secret", "ana:x:{{enabled}}", "a{{enabled}}:"] {
        check_basic(ASAAS, pair, &[], "absent left_out");
    }
    for value in ["Basic", "Basic ", "Basic !!!", "Basic JA", "Basic J", "Basic ===="] {
        check(ASAAS, &[&format!("Authorization:{value}")], "absent left_out");
    }
}

#[test]
fn a_key_in_the_address_is_never_read() {
    for target in [
        "/v3/customers?access_token={{enabled}}",
        "/v3/customers?api_key={{enabled}}",
        "/v3/customers?limit=1&token={{enabled}}",
        "/v3/customers?token={{enabled|percent}}",
        "/v3/customers?{{enabled}}",
        "/v3/customers?access_token=anything",
        "/v3/{{enabled}}/customers",
        "/v3/{{enabled|percent}}",
    ] {
        check_at(ASAAS, target, &[], "absent in_url");
        check_at(ASAAS, target, &["access_token:"], "absent empty");
        check_at(ASAAS, target, &["access_token:{{enabled}}"], "presented");
        check_at(AUTOSEND, target, &[], "absent in_url");
        check_at(NATIVE, target, &["Cookie:a=b"], "absent in_url");
    }
    for target in ["/v3/customers?access_token=", "/v3/a?q=%", "/v3/a?q=%2", "/v3/%24aact"] {
        check_at(ASAAS, target, &[], "absent left_out");
    }
}

#[test]
fn cookies_are_not_read() {
    check(ASAAS, &["Cookie:access_token={{enabled}}"], "absent left_out");
    check(AUTOSEND, &["Cookie:{{project_key}}"], "absent missing");
}

#[test]
fn a_proxy_is_blamed_only_where_it_may_have_dropped_the_header() {
    for sign in ["Via:1.1 p", "X-Forwarded-For:203.0.113.9", "Forwarded:for=a", "X-Real-IP:a"] {
        check(ASAAS, &[sign], "absent dropped_by_proxy");
        check(AUTOSEND, &[sign], "absent missing");
        check(NATIVE, &[sign], "absent missing");
        check(NATIVE_HEADER, &[sign], "absent left_out");
        check(Setup("native", Some("acme_key"), false), &[sign], "absent dropped_by_proxy");
        check(ASAAS, &[sign, "access_token:{{enabled}}"], "presented");
    }
}

#[test]
fn a_project_is_named_once_or_not_at_all() {
    let key = "Authorization:Bearer {{account_key}}";
    let project = "x-project-id: {{project_id}}";
    let named = "presented, project 60d5ec49f1b2c72d9c8b1234";
    check(AUTOSEND, &[key, project], named);
    check(AUTOSEND, &[key, "X-Project-Id:proj_abc123 "], "presented, project proj_abc123");
    check(AUTOSEND, &[key, project, project], "presented, several projects");
    check(AUTOSEND, &[key, "x-project-id:caf\u{e9}"], "presented, several projects");
    check(AUTOSEND, &[key, "x-project-id: "], "presented");
    check(ASAAS, &["access_token:{{enabled}}", project], "presented");
}

#[test]
fn no_key_is_forwarded_and_a_foreign_credential_is() {
    let foreign = "Authorization:Bearer eyJ.e30.x";
    check_stripped(ASAAS, &["access_token:{{enabled}}", "accept:*/*"], &["accept"]);
    check_stripped(ASAAS, &["access_token:{{enabled}}", foreign], &["authorization"]);
    check_stripped(ASAAS, &["access_token:a", "authorization:bearer {{enabled}}"], &[]);
    check_stripped(ASAAS, &["access_token:a", "access-token:mine"], &["access-token"]);
    check_stripped(ASAAS_ALIAS, &["access-token:{{enabled}}"], &[]);
    check_stripped(
        AUTOSEND,
        &["Authorization:Bearer {{project_key}}", "x-api-key:a"],
        &["x-api-key"],
    );
    check_stripped(AUTOSEND, &["x-api-key:a", "x-api-key:{{project_key}}"], &[]);
    check_stripped(AUTOSEND_ALIAS, &["x-api-key:{{project_key}}"], &[]);
    check_stripped(NATIVE_HEADER, &["x-acme-key:{{enabled}}", foreign], &["authorization"]);
}

#[test]
fn the_upstream_sees_no_project_but_the_one_that_was_verified() {
    let verified = ["Authorization:Bearer {{account_key}}", "x-project-id:a", "x-project:c"];
    let others = ["x_project_id:b", "x-project_id:b", "X_Project-Id:b"];
    check_stripped(AUTOSEND, &[verified, others].concat(), &["x-project", "x-project-id"]);
}

/// Which of these headers the dialect reads, or finds keys in by mistake.
#[track_caller]
fn check_read(setup: Setup, names: &[&'static str], expected: &[&str]) {
    let world = world(setup);
    let is_read = |name: &&&'static str| world.dialect.reads(&HeaderName::from_static(name));
    let read: Vec<&str> = names.iter().filter(is_read).copied().collect();
    assert_eq!(read, expected, "{names:?}");
}

#[test]
fn a_dialect_knows_every_header_that_it_decides_by_in_any_spelling() {
    let names = ["access_token", "access-token", "x-acme-key", "x_acme_key", "authorization"];
    let projects = ["x-project-id", "x_project_id", "x-project", "x-sum"];
    let all = [&names[..], &projects[..]].concat();
    check_read(ASAAS, &all, &["access_token", "access-token", "authorization"]);
    let autosend =
        ["access_token", "access-token", "authorization", "x-project-id", "x_project_id"];
    check_read(AUTOSEND, &all, &autosend);
    check_read(NATIVE_HEADER, &all, &names);
}
