//! Compares the running server with the matrix, as it is or as it would be without a rule.

use crate::cast;
use crate::routes::{self, Route};
use crate::table;
use crate::world::World;

/// A class of rules. Each names who is turned away by it, and who would pass in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A key has to be shown.
    Authentication,
    /// It has to be of this environment or realm.
    Environment,
    /// It has to be in force.
    State,
    /// It has to be granted what the route needs.
    Permission,
    /// Its role has to cover the act.
    Role,
    /// What is asked about has to be below it.
    Ownership,
}

impl Rule {
    pub(crate) const ALL: [Self; 6] = [
        Self::Authentication,
        Self::Environment,
        Self::State,
        Self::Permission,
        Self::Role,
        Self::Ownership,
    ];

    /// Where the rule holds.
    pub(crate) fn sections(self) -> &'static [&'static str] {
        match self {
            Self::Authentication => {
                &["control", "verify", "asaas", "autosend", "native", "upstream"]
            }
            Self::Environment => &["asaas", "native", "upstream"],
            Self::State => &["control", "verify", "asaas", "autosend", "native", "upstream"],
            Self::Permission => &["asaas", "upstream"],
            Self::Role => &["control", "verify"],
            Self::Ownership => &["control", "asaas", "autosend"],
        }
    }

    /// Who would be taken for whom.
    fn forgets(self, section: &str, actor: &str) -> Option<&'static str> {
        let passes = match section {
            "control" | "verify" => "admin",
            "asaas" => "parent",
            "autosend" => "account_key",
            _ => "own",
        };
        let turned_away: &[&str] = match self {
            Self::Authentication => &["anonymous", "misshapen", "customer"],
            Self::Environment => &["other_environment", "other_realm"],
            Self::State => &["deleted", "disabled", "expired", "suspended", "replaced"],
            Self::Permission => &["unscoped", "reader"],
            Self::Role => &["support", "verifier"],
            Self::Ownership => &["child", "sibling", "stranger", "foreign", "elsewhere"],
        };
        turned_away.contains(&actor).then_some(passes)
    }
}

/// Every cell that differs. Without a rule, only that section is looked at.
pub(crate) fn compare(without: Option<(Rule, &str)>) -> Vec<String> {
    let world = World::new();
    let served = routes::all(&world);
    let mut wrong = Vec::new();
    for section in table::read() {
        if without.is_some_and(|(_, only)| only != section.name) {
            continue;
        }
        for row in &section.rows {
            let is_it =
                |route: &&Route| route.section == section.name && route.to_string() == row.route;
            let Some(route) = served.iter().find(is_it) else { continue };
            let mut scene = world.scene(&section.name);
            for (actor, expected) in section.actors.iter().zip(&row.cells) {
                let Some(expected) = expected else { continue };
                let forgotten = without.and_then(|(rule, name)| rule.forgets(name, actor));
                // A rule that is kept is seen elsewhere; only those that it concerns are asked.
                if without.is_some() && forgotten.is_none() {
                    continue;
                }
                let answer = cast::ask(&scene, route, forgotten.unwrap_or(actor));
                // What was changed is not there any more for whoever comes next.
                if route.method != "GET" && answer.status < 300 {
                    scene = world.scene(&section.name);
                }
                if answer.status != *expected {
                    wrong.push(format!(
                        "[{}] {route}: {actor} got {} instead of {expected}: {}",
                        section.name,
                        answer.status,
                        answer.text()
                    ));
                }
            }
            if without.is_some() && !wrong.is_empty() {
                return wrong;
            }
        }
    }
    wrong
}

/// Every route that tells what is somebody else's from what is not there.
pub(crate) fn compare_foreign_with_absent() -> Vec<String> {
    let world = World::new();
    let served = routes::all(&world);
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for section in table::read() {
        let foreign = ["foreign", "elsewhere"].into_iter();
        let Some(foreign) = foreign.clone().find(|name| section.actors.iter().any(|a| a == name))
        else {
            continue;
        };
        let at = section.actors.iter().position(|actor| actor == foreign).expect("found above");
        for row in section.rows.iter().filter(|row| row.cells[at].is_some()) {
            let route = served
                .iter()
                .find(|route| route.section == section.name && route.to_string() == row.route)
                .expect("each row has a route");
            let scene = world.scene(&section.name);
            let [here, nowhere] = [foreign, "absent"].map(|actor| cast::ask(&scene, route, actor));
            looked_at += 1;
            let plain = |body: String| scene.without_ids(&body);
            if (here.status, plain(here.text())) != (nowhere.status, plain(nowhere.text())) {
                wrong.push(format!(
                    "[{}] {route}: {} {} but {} {}",
                    section.name,
                    here.status,
                    here.text(),
                    nowhere.status,
                    nowhere.text()
                ));
            }
        }
    }
    assert!(looked_at > 10, "only {looked_at} routes name something by its id");
    wrong
}
