//! The senders of this server: who brings events to webhooks and letters to mailboxes, and who finds
//! the words.
//!
//! Must not send anything, nor decide what is sent.

use std::sync::Arc;

use anyhow::Result;
use delivery::letters::LetterScribe;
use delivery::{CourierSettings, Guard, HttpCourier, SmtpPostman, SystemResolver};
use dialects::dialect::Dialect;
use engine::correspondence::Correspondence;
use engine::dispatch_letters::Writing;
use engine::engine::Engine;
use engine::outgoing::{Outgoing, Wording};

use crate::clock;
use crate::config::Config;
use crate::own_addresses::own_addresses;

/// Who knows which receivers are sent to.
pub(crate) fn guard(config: &Config) -> Guard {
    Guard::new(config.receivers.clone(), own_addresses(config))
}

/// Who brings events to webhooks, and who words them in each place.
pub(crate) fn outgoing(engine: &Engine, config: &Config, guard: Guard) -> Result<Outgoing> {
    let settings = CourierSettings { guard, ..CourierSettings::default() };
    let courier = HttpCourier::new(settings, Arc::new(SystemResolver::default()), clock::tick)?;
    let named = config.realms.iter().flat_map(|realm| {
        let wording = Wording {
            herald: Arc::<dyn Dialect>::clone(&realm.dialect),
            rule: realm.webhook_success,
        };
        realm.environments.iter().filter_map(move |environment| {
            let place = engine.place(realm.realm.name.as_str(), environment.name.as_str())?;
            Some((place.place().clone(), wording.clone()))
        })
    });
    Ok(Outgoing::new(Arc::new(courier), named.collect()))
}

/// Whether people are written to.
pub(crate) const fn writing(config: &Config) -> Writing {
    if config.mail.is_some() { Writing::On } else { Writing::Off }
}

/// Who finds the words of letters, and who brings them; nobody without a mail server.
pub(crate) fn correspondence(config: &Config) -> Result<Option<Correspondence>> {
    let Some(mail) = &config.mail else { return Ok(None) };
    let postman = SmtpPostman::new(mail.postman.clone())?;
    let (scribe, postman) = (Arc::new(LetterScribe), Arc::new(postman));
    Ok(Some(Correspondence::new(scribe, postman, &mail.keys_page)))
}
