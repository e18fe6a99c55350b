//! Who may do what: every route, every kind of actor, every cell asserted on the running server.
//!
//! `authorization/matrix.txt` holds the cells. Routes come from the server itself: from the
//! description of the native API and from the dialects' lists of what they answer. A route without
//! a row fails, and so does a row without a route. Must not repeat what goldens say of bodies.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "authorization/cast.rs"]
mod cast;
#[path = "golden_walk/desk.rs"]
#[allow(dead_code, reason = "the golden walk needs more of it")]
mod desk;
#[path = "golden_walk/echo.rs"]
#[allow(dead_code, reason = "the golden walk needs more of it")]
mod echo;
#[path = "authorization/judge.rs"]
mod judge;
#[path = "golden_walk/places.rs"]
mod places;
#[path = "authorization/routes.rs"]
mod routes;
#[path = "golden_walk/server.rs"]
#[allow(dead_code, reason = "the golden walk needs more of it")]
mod server;
#[path = "authorization/table.rs"]
mod table;
#[path = "authorization/world.rs"]
mod world;

use judge::Rule;

#[test]
fn every_route_has_a_row_and_every_row_has_a_route() {
    let world = world::World::new();
    let served = routes::all(&world);
    let written = table::read();
    for section in &written {
        let of = |route: &&routes::Route| route.section == section.name;
        let routes: Vec<String> = served.iter().filter(of).map(ToString::to_string).collect();
        let rows: Vec<&str> = section.rows.iter().map(|row| row.route.as_str()).collect();
        let missing: Vec<_> =
            routes.iter().filter(|route| !rows.contains(&route.as_str())).collect();
        let unknown: Vec<_> = rows.iter().filter(|row| !routes.iter().any(|r| r == *row)).collect();
        assert!(missing.is_empty(), "[{}] no row for {missing:#?}", section.name);
        assert!(unknown.is_empty(), "[{}] no route for {unknown:#?}", section.name);
    }
    for route in &served {
        assert!(written.iter().any(|known| known.name == route.section), "{}", route.section);
    }
}

#[test]
fn every_cell_is_as_written() {
    let wrong = judge::compare(None);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A server without a rule answers an actor whom the rule turns away like one whom it lets pass.
/// Each such server must differ from the matrix in every section that knows the rule.
#[test]
fn a_server_without_one_of_the_rules_is_told_from_ours() {
    for rule in Rule::ALL {
        for section in rule.sections() {
            let wrong = judge::compare(Some((rule, section)));
            assert!(!wrong.is_empty(), "[{section}] nobody misses the rule {rule:?}");
        }
    }
}

/// What belongs to somebody else is answered like what is not there, to the letter.
#[test]
fn a_foreign_id_is_answered_like_an_absent_one() {
    let wrong = judge::compare_foreign_with_absent();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
