//! The laws that every store must keep, and a dishonest store that they must reject.
//!
//! A law speaks only to the port, through a [`Bench`] that opens stores. Must not know any
//! database, nor ask more of a store than the port promises.

mod before;
mod checks;
pub mod dishonest;
mod laws;
mod recorder;
pub mod scene;

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use store::port::Store;

pub use laws::laws;

/// Whether a law was kept; where it was not, a sentence that says what was seen.
pub type Verdict = Result<(), String>;

/// A law at work.
pub type Trial<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// Opens the stores that are put to the test.
#[async_trait]
pub trait Bench: Send + Sync {
    /// A store that holds nothing.
    async fn fresh(&self) -> Arc<dyn Store>;

    /// Closes a store and opens what it kept; `None` where nothing is meant to be kept. The caller
    /// hands over the last handle.
    async fn reopen(&self, store: Arc<dyn Store>) -> Option<Arc<dyn Store>>;
}

/// A guarantee, and the way to see whether it is kept.
pub struct Law {
    /// The guarantee, as a sentence.
    pub name: &'static str,
    /// Puts a fresh store to the test. Runs on a tokio runtime.
    pub run: for<'a> fn(&'a dyn Bench) -> Trial<'a>,
}

/// A law that was not kept.
#[derive(Debug)]
pub struct Breach {
    /// Which law.
    pub law: &'static str,
    /// What was seen.
    pub seen: String,
}

/// Puts every law to the bench and returns those that were broken.
pub async fn breaches(bench: &dyn Bench) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for law in laws() {
        if let Err(seen) = (law.run)(bench).await {
            breaches.push(Breach { law: law.name, seen });
        }
    }
    breaches
}
