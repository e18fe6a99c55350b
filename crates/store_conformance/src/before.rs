//! What a store had written before commands that must leave nothing.
//!
//! Must not look at rows: laws know which ones matter.

use store::port::TrailCount;

use crate::Verdict;
use crate::checks::same;
use crate::scene::Scene;

/// The trail and the epoch at one moment.
pub(crate) struct Before {
    trail: TrailCount,
    epoch: u64,
}

impl Before {
    /// As they are now.
    pub(crate) async fn of(scene: &Scene) -> Result<Self, String> {
        Ok(Self { trail: scene.trail_count().await?, epoch: scene.epoch().await? })
    }

    /// Says that they are as they were.
    pub(crate) async fn still(&self, scene: &Scene) -> Verdict {
        same("the trail", &scene.trail_count().await?, &self.trail)?;
        same("the epoch", &scene.epoch().await?, &self.epoch)
    }
}
