//! Every law of a store, by topic.
//!
//! Must not hold a law itself: each topic has its file.

mod account_changes;
mod accounts;
mod aging;
mod audit;
mod browsing;
mod changes;
mod clocks;
mod deliveries;
mod delivery_ends;
mod events;
mod exposures;
mod finality;
mod finding;
mod guards;
mod identity;
mod keeping;
mod keys;
mod labels;
mod letters;
mod limit;
mod loading;
mod many_keys;
mod once;
mod once_changed;
mod opening;
mod operators;
mod own_limits;
mod paging;
mod peppers;
mod places;
mod project_end;
mod project_limit;
mod projects;
mod rotation;
mod secret_ends;
mod suspension;
mod telling;
mod trail;
mod uses;
mod webhook_limit;
mod webhook_rotation;
mod webhooks;

use crate::Law;

/// Names the function that tries a law.
macro_rules! law {
    ($name:literal, $trial:path) => {
        crate::Law { name: $name, run: |bench| Box::pin($trial(bench)) }
    };
}
use law;

/// Every law, in the order in which they are best read.
#[must_use]
pub fn laws() -> Vec<Law> {
    let topics: [&[Law]; 42] = [
        &accounts::LAWS,
        &account_changes::LAWS,
        &suspension::LAWS,
        &labels::LAWS,
        &opening::LAWS,
        &browsing::LAWS,
        &projects::LAWS,
        &project_end::LAWS,
        &keys::LAWS,
        &operators::LAWS,
        &peppers::LAWS,
        &limit::LAWS,
        &project_limit::LAWS,
        &own_limits::LAWS,
        &once::LAWS,
        &once_changed::LAWS,
        &webhooks::LAWS,
        &webhook_limit::LAWS,
        &webhook_rotation::LAWS,
        &changes::LAWS,
        &many_keys::LAWS,
        &finality::LAWS,
        &places::LAWS,
        &identity::LAWS,
        &trail::LAWS,
        &audit::LAWS,
        &events::LAWS,
        &exposures::LAWS,
        &deliveries::LAWS,
        &delivery_ends::LAWS,
        &letters::LAWS,
        &telling::LAWS,
        &uses::LAWS,
        &aging::LAWS,
        &guards::LAWS,
        &rotation::LAWS,
        &secret_ends::LAWS,
        &clocks::LAWS,
        &paging::LAWS,
        &finding::LAWS,
        &loading::LAWS,
        &keeping::LAWS,
    ];
    topics.into_iter().flatten().map(|law| Law { name: law.name, run: law.run }).collect()
}
