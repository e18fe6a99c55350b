//! The goldens of requests, walked through the dialects and the domain's verdict.

use crate::golden::{self, Golden, Question};
use crate::index::folder;
use crate::world::World;

/// The request goldens of a dialect, each with its answer from the world.
fn check(name: &str, least: usize) {
    let world = World::new(name);
    let goldens: Vec<Golden> = golden::read_all(&folder().join(name));
    let mut walked = 0;
    for golden in &goldens {
        let Question::Request(request) = &golden.question else { continue };
        // These need a store behind them; the walk over a real server sends them.
        if golden.path.parent().is_some_and(|parent| parent.ends_with("served")) {
            continue;
        }
        let came = world.serve(request);
        golden.check(&came);
        let shown = format!("{:?} {}", came.headers, String::from_utf8_lossy(&came.body));
        for text in world.texts() {
            let letters = text.rsplit('_').next().expect("letters behind the prefix");
            assert!(!shown.contains(&letters[..20]), "{} repeats a key", golden.path.display());
        }
        walked += 1;
    }
    assert!(walked >= least, "{name}: only {walked} goldens");
}

#[test]
fn the_asaas_goldens_hold() {
    check("asaas", 45);
}

#[test]
fn the_autosend_goldens_hold() {
    check("autosend", 45);
}

#[test]
fn the_native_goldens_hold() {
    check("native", 30);
}
