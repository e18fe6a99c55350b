//! One call of the API as a command makes it, and its answer.

use std::io::{self, Write};

use domain::key_text::KeyText;
use http::Method;
use serde_json::Value;

/// How an answer is shown to people. Notes go to the second writer.
pub(super) type Show = fn(&Value, &mut dyn Write, &mut dyn Write) -> io::Result<()>;

/// Which pages of a list are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pages {
    /// The one that the path names.
    One,
    /// That and all after it.
    All,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Its method.
    pub(super) method: Method,
    /// Its path below the API, with the query.
    pub(super) path: String,
    /// Its body.
    pub(super) body: Option<Value>,
    /// A key that stands in its body, as the member `key`.
    pub(super) key: Option<KeyText>,
    /// Whether it carries a name of its own, so that it is done once however often it is sent.
    pub(super) once: bool,
    /// Which pages, where it asks for a list.
    pub(super) pages: Pages,
    /// What a person is asked before it is made.
    pub(super) question: Option<String>,
    /// The same as a dry run, which is shown first; then it is made only by who agrees.
    pub(super) rehearsal: Option<Box<Call>>,
    /// The path of what the answer belongs to, where people are shown a part of that too: it is asked
    /// for as well, and stands in the answer as the member `about`.
    pub(super) about: Option<String>,
    /// Whether the answer is printed as it came.
    pub(super) json: bool,
    /// How it is shown otherwise.
    pub(super) show: Show,
}

impl Call {
    /// A call that reads.
    pub(super) fn get(path: String, json: bool, show: Show) -> Self {
        Self {
            method: Method::GET,
            path,
            body: None,
            key: None,
            once: false,
            pages: Pages::One,
            question: None,
            rehearsal: None,
            about: None,
            json,
            show,
        }
    }

    /// A call that writes.
    pub(super) fn post(path: String, body: Option<Value>, json: bool, show: Show) -> Self {
        Self { method: Method::POST, body, ..Self::get(path, json, show) }
    }

    /// The same, with what the answer belongs to.
    pub(super) fn about(self, path: String) -> Self {
        Self { about: Some(path), ..self }
    }

    /// The same, done once: a lost answer is asked for again.
    pub(super) fn once(self) -> Self {
        Self { once: true, ..self }
    }
}

/// What the server answered to a call that it did.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// As it came.
    pub(super) text: String,
    /// As it is meant.
    pub(super) value: Value,
}
