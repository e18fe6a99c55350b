//! All pages of a list as one.
//!
//! Must not end before the list does, nor fall silent for long.

use std::io::Write;

use serde_json::{Value, json};

use super::answer::{Answer, Call};
use super::client::Client;
use super::failure::Failure;

/// After so many pages, and each time as many more, somebody who watches is told.
const TOLD_EVERY: usize = 10;

/// Asks for page after page, from the one that the call names.
pub(super) fn all(client: &Client, call: &Call, err: &mut dyn Write) -> Result<Answer, Failure> {
    let joint = if call.path.contains('?') { '&' } else { '?' };
    let mut items: Vec<Value> = Vec::new();
    let mut page = call.clone();
    let mut value = json!({});
    for count in 1.. {
        let mut answer = client.send(&page)?;
        if let Some(more) = answer.value["items"].as_array_mut() {
            items.append(more);
        }
        let next = answer.value["next"].as_str().map(str::to_owned);
        // What stands beside the items is that of the last page.
        value = answer.value;
        let Some(next) = next else { break };
        page.path = format!("{}{joint}after={next}", call.path);
        if count % TOLD_EVERY == 0 {
            let _ = writeln!(err, "{} so far, and there are more", items.len());
        }
    }
    value["items"] = items.into();
    Ok(Answer { text: value.to_string(), value })
}
