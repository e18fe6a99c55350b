//! Mutants of manifests and sources that the arrows must reject, beside clean ones they accept.
//!
//! Must not read the real tree: another test does.

use super::super::probe::{accepts, places, rejects};
use super::*;

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\n\n{rest}\n")
}

#[test]
fn an_arrow_that_points_back_or_sideways_is_rejected_at_its_line() {
    for (from, to) in [
        ("domain", "store"),
        ("store", "engine"),
        ("store_sqlite", "engine"),
        ("store_conformance", "store_sqlite"),
        ("engine", "store_sqlite"),
        ("engine", "dialects"),
        ("dialects", "doors"),
        ("dialects", "store"),
        ("doors", "server"),
        ("server", "testkit"),
        ("server", "store_conformance"),
        ("server", "xtask"),
        ("testkit", "server"),
    ] {
        let path = format!("crates/{from}/Cargo.toml");
        let text = manifest(from, &format!("[dependencies]\nbytes = \"1\"\n{to}.workspace = true"));
        rejects(check, &path, &text, &[6]);
    }
    let text = manifest("xtask", "[dependencies]\ndomain.workspace = true");
    rejects(check, "xtask/Cargo.toml", &text, &[5]);
    let text = manifest("xtask", "[dev-dependencies]\ntestkit.workspace = true");
    rejects(check, "xtask/Cargo.toml", &text, &[5]);
}

#[test]
fn an_arrow_is_seen_in_every_way_to_write_it() {
    for rest in [
        "[dependencies]\nengine.workspace = true",
        "[dependencies]\nengine = { path = \"../engine\" }",
        "[dependencies]\nmotor = { path = \"../engine\", package = \"engine\" }",
        "[dependencies.engine]\npath = \"../engine\"",
        "[build-dependencies]\nengine.workspace = true",
        "[dev-dependencies]\nengine.workspace = true",
        "[target.'cfg(unix)'.dependencies]\nengine.workspace = true",
        "[target.'cfg(unix)'.dependencies.engine]\nworkspace = true",
    ] {
        let found = places(check, &[("crates/store/Cargo.toml", &manifest("store", rest))]);
        assert_eq!(found.len(), 1, "{rest}");
    }
}

#[test]
fn a_rename_in_the_workspace_hides_nothing() {
    let root =
        "[workspace.dependencies]\nmotor = { path = \"crates/engine\", package = \"engine\" }\n";
    let text = manifest("store", "[dependencies]\nmotor.workspace = true");
    let found = places(check, &[("Cargo.toml", root), ("crates/store/Cargo.toml", &text)]);
    assert_eq!(found, ["crates/store/Cargo.toml:5"]);
}

#[test]
fn the_arrows_of_the_house_are_accepted() {
    for row in &ARROWS {
        let mut rest = String::from("[dependencies]\nanyhow = \"1\"\n");
        for to in row.to {
            rest.push_str(&format!("{to}.workspace = true\n"));
        }
        if row.from != "xtask" {
            rest.push_str("[dev-dependencies]\ntestkit.workspace = true\nstore_conformance.workspace = true\n");
        }
        let path = if row.from == "xtask" {
            "xtask/Cargo.toml".to_owned()
        } else {
            format!("crates/{}/Cargo.toml", row.from)
        };
        accepts(check, &path, &manifest(row.from, &rest));
    }
}

#[test]
fn a_crate_without_a_row_or_under_another_name_is_rejected() {
    rejects(check, "crates/helpers/Cargo.toml", &manifest("helpers", ""), &[1]);
    rejects(check, "crates/store/Cargo.toml", &manifest("chaveiro-store", ""), &[1]);
    rejects(check, "crates/store/Cargo.toml", "[package\n", &[1]);
}

#[test]
fn a_new_crate_is_ours_before_it_has_a_row() {
    let helpers = manifest("helpers", "");
    let engine = manifest("engine", "[dependencies]\nhelpers.workspace = true");
    let found = places(
        check,
        &[("crates/helpers/Cargo.toml", &helpers), ("crates/engine/Cargo.toml", &engine)],
    );
    assert_eq!(found, ["crates/engine/Cargo.toml:5", "crates/helpers/Cargo.toml:1"]);
}

#[test]
fn crates_of_others_stay_out_of_the_rooms_they_do_not_belong_in() {
    for name in ["tokio", "serde", "rusqlite", "http", "hyper", "axum", "getrandom", "rand"] {
        let text = manifest("domain", &format!("[dependencies]\n{name}.workspace = true"));
        rejects(check, "crates/domain/Cargo.toml", &text, &[5]);
    }
    let text = manifest("engine", "[dependencies]\nrand = \"1\"");
    rejects(check, "crates/engine/Cargo.toml", &text, &[5]);
    let text =
        manifest("domain", "[dependencies]\njiff = \"1\"\n[dev-dependencies]\nserde_json = \"1\"");
    accepts(check, "crates/domain/Cargo.toml", &text);
}

#[test]
fn a_concrete_part_is_named_only_in_the_wiring() {
    let offending = "fn f() {\n    store_sqlite::open();\n}\n";
    rejects(check, "crates/server/src/main.rs", offending, &[2]);
    rejects(check, "crates/engine/src/sweep.rs", "use store_sqlite;", &[1]);
    let in_test = "#[cfg(test)]\nmod tests { use store_sqlite::open; }";
    for (path, text) in [
        ("crates/server/src/wiring.rs", offending),
        ("crates/testkit/src/world.rs", offending),
        ("crates/server/tests/quickstart.rs", offending),
        ("crates/store_sqlite/src/lib.rs", "use store_sqlite::open;"),
        ("crates/engine/src/sweep.rs", in_test),
        (
            "crates/server/src/config.rs",
            "//! Not `store_sqlite::open`.\nstruct C { store_sqlite: u8 }",
        ),
    ] {
        accepts(check, path, text);
    }
}
