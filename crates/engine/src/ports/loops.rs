//! The loops that send, as somebody waits for them who moves a clock.
//!
//! Must not send anything: whoever waits only gives the loops time.

use async_trait::async_trait;

/// Those who take events, bring them to webhooks and write letters beside whoever waits for them.
#[async_trait]
pub trait Loops: Send + Sync {
    /// Has them look at what is due, and returns after a moment.
    async fn work(&self);

    /// Whether whoever waits has waited for as long as one answer may take.
    fn time_is_up(&self) -> bool;

    /// Whether letters go out: only then does anybody wait for them.
    fn letters(&self) -> Letters;
}

/// Whether letters go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// They do, as far as anybody knows.
    GoOut,
    /// They wait, because the mail server cannot be used.
    Wait,
    /// No mail server is known: what was written when there was one stays.
    Stay,
}
