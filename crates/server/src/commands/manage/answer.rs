//! One call of the API as a command makes it, and its answer.

use std::io::{self, Write};

use http::Method;
use serde_json::Value;

/// How an answer is shown to people. Notes go to the second writer.
pub(super) type Show = fn(&Value, &mut dyn Write, &mut dyn Write) -> io::Result<()>;

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    /// Its method.
    pub(super) method: Method,
    /// Its path below the API, with the query.
    pub(super) path: String,
    /// Its body.
    pub(super) body: Option<Value>,
    /// What a person is asked before it is made.
    pub(super) question: Option<String>,
    /// Whether the answer is printed as it came.
    pub(super) json: bool,
    /// How it is shown otherwise.
    pub(super) show: Show,
}

impl Call {
    /// A call that reads.
    pub(super) fn get(path: String, json: bool, show: Show) -> Self {
        Self { method: Method::GET, path, body: None, question: None, json, show }
    }

    /// A call that writes.
    pub(super) fn post(path: String, body: Option<Value>, json: bool, show: Show) -> Self {
        Self { method: Method::POST, body, ..Self::get(path, json, show) }
    }
}

/// What the server answered to a call that it did.
#[derive(Debug)]
pub(super) struct Answer {
    /// As it came.
    pub(super) text: String,
    /// As it is meant.
    pub(super) value: Value,
}
