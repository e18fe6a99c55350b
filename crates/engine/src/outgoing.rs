//! What goes out to receivers: who words events, and who brings them.
//!
//! Must not know a dialect or a library of HTTP by name.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use domain::delivery::SuccessRule;
use domain::ids::Place;

use crate::place::PlaceRef;
use crate::ports::courier::Courier;
use crate::ports::herald::Herald;

/// Who words the events of a place, and which answers count there.
#[derive(Clone, Debug)]
pub struct Wording {
    /// Who words them.
    pub herald: Arc<dyn Herald>,
    /// Which answers count as delivered.
    pub rule: SuccessRule,
}

/// All that sending needs.
pub struct Outgoing {
    courier: Arc<dyn Courier>,
    places: HashMap<Place, Wording>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("places", &self.places.len()).finish_non_exhaustive()
    }
}

impl Outgoing {
    /// Sends by this courier, worded by these.
    #[must_use]
    pub const fn new(courier: Arc<dyn Courier>, places: HashMap<Place, Wording>) -> Self {
        Self { courier, places }
    }

    pub(crate) fn courier(&self) -> &dyn Courier {
        &*self.courier
    }

    pub(crate) fn herald(&self, place: &PlaceRef) -> Option<&dyn Herald> {
        self.places.get(place.place()).map(|wording| &*wording.herald)
    }

    pub(crate) fn rule(&self, place: &PlaceRef) -> SuccessRule {
        self.places.get(place.place()).map(|wording| wording.rule).unwrap_or_default()
    }
}
