//! A question to the verify call: a key, and what is to be done with it.
//!
//! Must not be printed whole: it holds a key, which is wiped with it.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::place::Place;

/// Whether a key may do something, as a question to the server.
#[derive(Clone, Serialize)]
pub struct Question {
    realm: String,
    environment: String,
    #[serde(serialize_with = "in_the_open")]
    key: Option<Zeroizing<String>>,
    method: String,
    path: String,
    ip: Option<IpAddr>,
    user_agent: Option<String>,
    project: Option<String>,
    min_epoch: Option<u64>,
}

impl Question {
    /// Whether a request with this method and path may pass. It shows no key, and nothing else is
    /// known of it, unless it is said.
    #[must_use]
    pub fn new(place: &Place, method: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            realm: place.realm().to_owned(),
            environment: place.environment().to_owned(),
            key: None,
            method: method.into(),
            path: path.into(),
            ip: None,
            user_agent: None,
            project: None,
            min_epoch: None,
        }
    }

    /// It shows this key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Zeroizing::new(key.into()));
        self
    }

    /// It comes from this address.
    #[must_use]
    pub const fn ip(mut self, ip: IpAddr) -> Self {
        self.ip = Some(ip);
        self
    }

    /// It names this program.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// It names this project.
    #[must_use]
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.project = Some(id.into());
        self
    }

    /// It is to be answered by the state of this epoch or a later one.
    #[must_use]
    pub const fn min_epoch(mut self, epoch: u64) -> Self {
        self.min_epoch = Some(epoch);
        self
    }

    /// About how many bytes it takes, at most.
    pub(crate) fn room(&self) -> usize {
        let texts = [&self.realm, &self.environment, &self.method, &self.path];
        let more = [self.key.as_deref(), self.user_agent.as_ref(), self.project.as_ref()];
        let length = texts.into_iter().chain(more.into_iter().flatten()).map(String::len);
        // A letter that is escaped takes six bytes.
        length.sum::<usize>() * 6 + 256
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("realm", &self.realm)
            .field("environment", &self.environment)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

fn in_the_open<S: serde::Serializer>(
    key: &Option<Zeroizing<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    key.as_deref().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_shows_no_key_and_fits_into_its_room() {
        let place = Place::new("payments", "sandbox").expect("a place");
        let key = "\u{1}\"\\secret";
        let question = Question::new(&place, "GET", "/a?\u{1}\u{2}").key(key).user_agent("\u{3}");
        let question = question.project("p").min_epoch(u64::MAX).ip([255; 16].into());
        assert!(!format!("{question:?}").contains("secret"));
        let json = serde_json::to_vec(&question).expect("JSON");
        assert!(json.len() <= question.room(), "{}", json.len());
        let shown = String::from_utf8(json).expect("text");
        assert!(shown.contains("\"key\":\"\\u0001\\\"\\\\secret\""), "{shown}");
    }
}
