//! A receiver of webhooks that takes everything and notes it.
//!
//! Must not judge.

use std::sync::{Arc, Mutex};

use crate::lived::Call;
use crate::support::hook::{self, Taken};

/// A receiver on a port of its own, for as long as the process lives.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Receiver {
    /// That of the keys whose names begin like this.
    pub(crate) fn open(to: &'static str) -> Self {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let noted = Arc::clone(&calls);
        let url = hook::open(move |taken| {
            // Noted before it is answered: whoever is killed in between sends it again.
            if let Some(call) = call(to, &taken) {
                noted.lock().expect("the calls").push(call);
                taken.answer(200);
            }
        });
        Self { url, calls }
    }

    /// What has come so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("the calls").clone()
    }
}

fn call(to: &'static str, taken: &Taken) -> Option<Call> {
    let text = |pointer: &str| taken.text_at(pointer).map(str::to_owned);
    let event = text("/event")?;
    let what = match text("/accessToken/disableReason") {
        Some(reason) if event == "ACCESS_TOKEN_DISABLED" => format!("{event} {reason}"),
        _ => event,
    };
    let (id, key) = (text("/id")?, text("/accessToken/id")?.replace('-', ""));
    Some(Call { to, id, what, key, body: taken.text.clone() })
}
