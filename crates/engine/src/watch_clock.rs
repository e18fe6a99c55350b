//! Notes what the clock of a place shows, now and then, for whoever deletes what is old.
//!
//! Must not delete anything itself, nor say that a clock was moved: whoever moves it does.

use domain::time::Reading;
use domain::watch::{Passage, Watch};
use store::command::NoteClock;
use store::fault::Fault;

use crate::engine::Engine;
use crate::place::PlaceRef;

impl Engine {
    /// What is known of the clock of a place, with what it shows now.
    pub(crate) async fn watched_clock(
        &self,
        place: &PlaceRef,
        reading: Reading,
    ) -> Result<Watch, Fault> {
        let (now, clock) = (place.time(reading), reading.real());
        let watch = self.store.place_guard(place.place().clone()).await?.watch;
        if !watch.is_due(now) {
            return Ok(watch);
        }
        let (place, passage) = (place.place().clone(), Passage::ByItself);
        self.store.note_clock(NoteClock { place, now, clock, passage }).await
    }
}
