//! What each dialect brings to a realm, and which settings of an operator it refuses.

use dialects::dialect::{DialectSettings, EnvironmentSettings};
use domain::ids::{EnvironmentName, RealmName};
use domain::prefix::{KeyPrefix, Reach};
use domain::realm::{AbsentPermissions, ProjectScheme};

use crate::refusals::dialect;

fn settings(environment: &str, key_prefix: Option<&str>, header: Option<&str>) -> DialectSettings {
    DialectSettings {
        realm: RealmName::parse("realm").expect("a slug"),
        environments: vec![EnvironmentSettings {
            name: EnvironmentName::parse(environment).expect("a slug"),
            key_prefix: key_prefix.map(str::to_owned),
        }],
        header: header.map(str::to_owned),
        alias_header: false,
    }
}

#[track_caller]
fn check(name: &str, settings: &DialectSettings, refusal: Option<&str>) {
    let built = dialects::registry::build(name, settings);
    assert_eq!(built.err().map(|error| error.to_string()).as_deref(), refusal);
}

/// The prefixes of a preset: text, environment and reach.
fn prefixes(name: &str) -> Vec<(String, Option<String>, Reach)> {
    let environment = |prefix: &KeyPrefix| prefix.environment().map(ToString::to_string);
    let one = |p: &KeyPrefix| (p.as_str().to_owned(), environment(p), p.reach());
    dialect(name).preset().prefixes.iter().map(one).collect()
}

#[test]
fn the_asaas_environments_are_two_and_their_prefixes_are_fixed() {
    check("asaas", &settings("sandbox", None, None), None);
    check("asaas", &settings("production", None, None), None);
    check(
        "asaas",
        &settings("staging", None, None),
        Some(
            "the dialect asaas has no environment named staging: expected one of production, sandbox",
        ),
    );
    check(
        "asaas",
        &settings("sandbox", Some("mine_"), None),
        Some("the dialect asaas has its own key prefixes: remove key_prefix"),
    );
}

#[test]
fn a_contract_that_fixes_its_header_takes_no_other() {
    check(
        "asaas",
        &settings("sandbox", None, Some("x-key")),
        Some("header `x-key`: the dialect asaas reads access_token and no other: remove header"),
    );
    check(
        "autosend",
        &settings("production", None, Some("x-key")),
        Some(
            "header `x-key`: the dialect autosend reads Authorization and no other: remove header",
        ),
    );
}

#[test]
fn the_autosend_environments_are_free_and_share_their_prefixes() {
    check("autosend", &settings("anything", None, None), None);
    check(
        "autosend",
        &settings("anything", Some("AS_"), None),
        Some("the dialect autosend has its own key prefixes: remove key_prefix"),
    );
    assert_eq!(
        prefixes("autosend"),
        [("AS_".into(), None, Reach::Own), ("ASA_".into(), None, Reach::Descendants)]
    );
}

#[test]
fn an_asaas_realm_with_one_environment_still_knows_keys_of_the_other() {
    let settings = settings("sandbox", None, None);
    let built = dialects::registry::build("asaas", &settings).expect("settings that fit");
    let texts: Vec<_> = built.preset().prefixes.iter().map(KeyPrefix::as_str).collect();
    assert_eq!(texts, ["$aact_prod_", "$aact_hmlg_"]);
    assert_eq!(
        prefixes("asaas"),
        [
            ("$aact_prod_".into(), Some("production".into()), Reach::Own),
            ("$aact_hmlg_".into(), Some("sandbox".into()), Reach::Own)
        ]
    );
}

#[test]
fn presets_bring_what_the_contracts_say() {
    let asaas = dialect("asaas").preset().clone();
    assert_eq!((asaas.keys_per_account, asaas.time_zone), (10, "America/Sao_Paulo"));
    assert_eq!(asaas.absent_permissions, AbsentPermissions::MeanUnrestricted);
    assert_eq!((asaas.projects, asaas.routes.len()), (ProjectScheme::None, 2 * 211));
    let autosend = dialect("autosend").preset().clone();
    let account_paths = vec!["/v1/account".to_owned()];
    assert_eq!(autosend.projects, ProjectScheme::Projects { account_paths, per_account: 1_000 });
    assert!(autosend.routes.is_empty() && autosend.catalogue.resources().is_empty());
    let native = dialect("native").preset().clone();
    assert_eq!(native.absent_permissions, AbsentPermissions::AreRejected);
    assert!(native.routes.iter().all(|rule| rule.need.permission().is_none()));
    assert!(native.catalogue.resources().is_empty());
}
