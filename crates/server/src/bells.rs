//! Bells by which the loops that send are called before their time, and how somebody waits for them who
//! moves a clock.
//!
//! Must not be needed for anything to be sent: whoever is not called comes by himself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use dialects::native::api::LoopsSource;
use domain::time::Tick;
use engine::dispatch_letters::Writing;
use engine::ports::loops::{Letters, Loops};
use tokio::sync::Notify;

use crate::clock;
use crate::listen::StopSignal;

/// How long the loops are left to work before somebody looks again.
const MOMENT: Duration = Duration::from_millis(20);
/// How long one answer waits for them: a receiver may take 10 seconds, and whoever asks has limits.
const PATIENCE: Duration = Duration::from_secs(20);

/// A bell for each loop that sends.
#[derive(Debug)]
pub(crate) struct Bells {
    /// Calls the loop that brings events to webhooks.
    pub(crate) deliveries: Arc<Notify>,
    /// Calls the loop that makes letters of what happened.
    pub(crate) causes: Notify,
    /// Calls the loop that sends letters.
    pub(crate) letters: Notify,
    /// Whether the mail server could not be used when it was last tried.
    pub(crate) letters_wait: AtomicBool,
    /// Whether anybody is written to.
    writing: Writing,
}

/// Somebody who waits for the loops.
struct Waiting {
    bells: Arc<Bells>,
    began: Tick,
    stop: StopSignal,
}

impl Bells {
    pub(crate) fn of(writing: Writing) -> Self {
        let (deliveries, causes, letters) = (Arc::default(), Notify::new(), Notify::new());
        Self { deliveries, causes, letters, letters_wait: AtomicBool::new(false), writing }
    }

    /// Makes somebody who begins to wait, for each request. Once the server stops nobody waits.
    pub(crate) fn awaited(self: Arc<Self>, stop: &StopSignal) -> LoopsSource {
        let stop = stop.clone();
        Arc::new(move || {
            let bells = Arc::clone(&self);
            Box::new(Waiting { bells, began: clock::tick(), stop: stop.clone() })
        })
    }
}

#[async_trait]
impl Loops for Waiting {
    async fn work(&self) {
        self.bells.deliveries.notify_one();
        // Whoever makes letters calls whoever sends them.
        self.bells.causes.notify_one();
        tokio::time::sleep(MOMENT).await;
    }

    fn time_is_up(&self) -> bool {
        let waited = clock::tick().as_micros().saturating_sub(self.began.as_micros());
        self.stop.is_given() || u128::from(waited) >= PATIENCE.as_micros()
    }

    fn letters(&self) -> Letters {
        match self.bells.writing {
            Writing::Off => Letters::Stay,
            Writing::On if self.bells.letters_wait.load(Ordering::Relaxed) => Letters::Wait,
            Writing::On => Letters::GoOut,
        }
    }
}
