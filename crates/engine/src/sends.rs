//! What is being sent at this moment, so that a changed webhook stops what goes to its old address
//! before anybody is told that it was changed.
//!
//! Must not outlive the process: what is on its way is in the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::WebhookId;
use tokio::sync::watch;

/// Each holds one end of every send to its webhook.
type All = Arc<Mutex<HashMap<WebhookId, Vec<Arc<watch::Sender<bool>>>>>>;

/// All sends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sends(All);

/// Stands for one send, until it is dropped.
#[derive(Debug)]
pub(crate) struct Send {
    all: All,
    webhook: WebhookId,
    end: Arc<watch::Sender<bool>>,
    /// Dropped after this send was struck off the list: whoever waits for that goes on then.
    told: watch::Receiver<bool>,
}

impl Sends {
    /// Enters a send. What is known of the webhook has to be looked up after this.
    pub(crate) fn enter(&self, webhook: WebhookId) -> Send {
        let (end, told) = watch::channel(false);
        let end = Arc::new(end);
        lock(&self.0).entry(webhook).or_default().push(Arc::clone(&end));
        Send { all: Arc::clone(&self.0), webhook, end, told }
    }

    /// Takes back what is being sent to a webhook; returns once nothing is.
    pub(crate) async fn withdraw(&self, webhook: WebhookId) {
        let ends = lock(&self.0).get(&webhook).cloned().unwrap_or_default();
        for end in ends {
            end.send_replace(true);
            end.closed().await;
        }
    }
}

impl Send {
    /// Returns when this send is taken back.
    pub(crate) async fn withdrawn(&self) {
        let mut told = self.told.clone();
        if told.wait_for(|withdrawn| *withdrawn).await.is_err() {
            // The other end is ours, so it is still there.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Send {
    fn drop(&mut self) {
        let mut all = lock(&self.all);
        if let Some(ends) = all.get_mut(&self.webhook) {
            ends.retain(|end| !Arc::ptr_eq(end, &self.end));
            if ends.is_empty() {
                all.remove(&self.webhook);
            }
        }
    }
}

fn lock<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_withdraws_goes_on_when_nothing_is_sent_any_more() {
        let sends = Sends::default();
        let webhook = WebhookId::from_u128(1);
        let (first, other) = (sends.enter(webhook), sends.enter(WebhookId::from_u128(2)));
        let ended = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&ended);
        let task = tokio::spawn(async move {
            first.withdrawn().await;
            tokio::task::yield_now().await;
            lock(&noted).push("the send");
            drop(first);
        });
        sends.withdraw(webhook).await;
        lock(&ended).push("who withdrew");
        task.await.expect("the send");
        assert_eq!(*lock(&ended), ["the send", "who withdrew"]);
        assert!(!*other.told.borrow());
        // With nothing under way it is done at once.
        sends.withdraw(webhook).await;
    }
}
