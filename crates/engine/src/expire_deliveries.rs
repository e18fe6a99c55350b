//! Deletes deliveries that are too old, and what was for webhooks that are gone.
//!
//! Must not delete anything on the day after a leap of the clock, nor without a word to the trail.

use domain::audit::{Action, Actor};
use domain::delivery::KEPT_MS;
use domain::entropy::Entropy;
use domain::ids::RequestId;
use domain::time::Reading;
use store::command::ExpireDeliveries;
use store::fault::Fault;

use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// Most deliveries that are deleted by one command: the store's writer is held meanwhile.
const DELETED_AT_ONCE: u32 = 256;
/// Most webhooks that are looked at in one step of deleting.
const WEBHOOKS_AT_ONCE: u32 = 16;

impl Engine {
    /// Notes what the clock of a place shows, if that is due, and deletes some deliveries that are 14 days
    /// old, and what was for webhooks that are gone; says how many. With none there is nothing left that
    /// may be deleted: for a day after a leap of the clock nothing may. To be called in the turn of whoever
    /// moves the clock.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn expire_deliveries(
        &self,
        place: &PlaceRef,
        reading: Reading,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<u32, Fault> {
        let at = place.time(reading);
        if !self.watched_clock(place, reading).await?.may_delete(at) {
            return Ok(0);
        }
        let made_until = at.plus_millis(-KEPT_MS);
        let place_name = place.place().clone();
        let expiring = self.store.list_expiring(place_name, made_until, WEBHOOKS_AT_ONCE).await?;
        let mut deleted = 0;
        for webhook in expiring {
            let request_id = RequestId::random(entropy);
            let (now, actor) = (at, Actor::System);
            let mut context =
                Context { now, actor, request_id, once: None, entropy: &mut *entropy };
            let target = webhook.to_string();
            let trail = context.trail(Action::ExpireDeliveries, Some(place.place()), target);
            let limit = DELETED_AT_ONCE;
            let command = ExpireDeliveries { webhook, made_until, at, limit, trail };
            let expired = self.store.expire_deliveries(command).await?;
            self.count(place, |done| done.deleted_undelivered += u64::from(expired.undelivered));
            deleted += expired.deleted;
        }
        Ok(deleted)
    }
}
