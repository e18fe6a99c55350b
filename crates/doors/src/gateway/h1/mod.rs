//! HTTP/1.1 as a client speaks it: how a forwarded request is written and its answer is read.
//!
//! Written here and not taken from hyper's client because it is on the path of every request:
//! one buffer is filled and one head is read, where a general client hands messages between
//! tasks. It shares hyper's parser. Requests are written from checked types, which hold no line
//! break, with one framing that is ours; answers are read strictly, and one that could be read in
//! two ways breaks the connection. Must not know sockets.

pub(super) mod answer;
pub(super) mod body;
pub(super) mod forwarded;
pub(super) mod request;
pub(super) mod trailers;
