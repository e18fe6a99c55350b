//! What a connection may take.
//!
//! Must not hold what depends on the request; doors have limits of their own.

use std::time::Duration;

/// Time for a TLS handshake.
pub(super) const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(10);
/// How long we go on reading after an answer that came before the whole request did. Closing at
/// once would make the system throw away the answer together with the unread bytes.
pub(super) const LINGER: Duration = Duration::from_secs(2);
/// How long a connection may hold up the stop with nothing under way: one that was let in and has
/// not said yet what it came for, or one of HTTP/2 whose peer does not say that it is done.
pub(super) const LATE: Duration = Duration::from_secs(1);
/// Header lines of a request that need no memory of their own.
pub(super) const USUAL_LINES_MAX: usize = 100;

/// What a connection may take, on every listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionLimits {
    /// Most bytes of a request's head; more are answered with 431.
    pub(crate) header_bytes_max: usize,
    /// Most header lines of a request; more are answered with 431.
    pub(crate) header_lines_max: usize,
    /// Most open connections of a listener.
    pub(crate) connections_max: usize,
    /// Most open connections from one address, or from one /64 of IPv6.
    pub(crate) connections_per_address_max: Option<usize>,
    /// Time until the first byte of a new connection.
    pub(crate) first_byte_deadline: Duration,
    /// Time for a head, from its first byte.
    pub(crate) header_deadline: Duration,
    /// Time between two requests.
    pub(crate) idle_deadline: Duration,
    /// How long a peer may leave our bytes unread: of HTTP/1.1 a connection, of HTTP/2 one answer.
    pub(crate) unread_deadline: Duration,
}
