//! Opens the sockets on which the server listens, all of them before it says that it is ready.
//!
//! Must not accept anything.

use std::io;
use std::net::{SocketAddr, TcpListener};

use super::inherited::Inherited;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4_096;

/// A socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindError {
    /// Somebody else has the port.
    #[error(
        "Another program listens on {0} already. Stop it, or choose another port in the configuration."
    )]
    Taken(SocketAddr),
    /// The system keeps the port for itself.
    #[error(
        "The system does not allow this program to listen on {0}. Choose a port from 1024 on, or grant it the right to lower ones."
    )]
    NotAllowed(SocketAddr),
    /// The machine has no such address.
    #[error(
        "This machine has no address {0}. Choose one of its own in the configuration, or 0.0.0.0 for all of them."
    )]
    NoSuchAddress(SocketAddr),
    /// Anything else.
    #[error("Cannot listen on {address}: {error}. Check the address in the configuration.")]
    Other {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
}

impl BindError {
    fn new(address: SocketAddr, error: io::Error) -> Self {
        #[allow(clippy::wildcard_enum_match_arm, reason = "an open list of the standard library")]
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::Taken(address),
            io::ErrorKind::PermissionDenied => Self::NotAllowed(address),
            io::ErrorKind::AddrNotAvailable => Self::NoSuchAddress(address),
            _ => Self::Other { address, error },
        }
    }
}

/// One socket that nobody shares.
pub(super) fn one(
    address: SocketAddr,
    inherited: &mut Inherited,
) -> Result<TcpListener, BindError> {
    if let Some(socket) = inherited.at(address) {
        return Ok(socket);
    }
    open(address, Sharing::Alone).map_err(|error| BindError::new(address, error))
}

/// Several sockets on one address, among which the system spreads new connections.
pub(super) fn several(
    address: SocketAddr,
    count: usize,
    inherited: &mut Inherited,
) -> Result<Vec<TcpListener>, BindError> {
    let failed = |error| BindError::new(address, error);
    if let Some(socket) = inherited.at(address) {
        // All take from the one queue, which is there before and after us.
        return (0..count).map(|_| socket.try_clone()).collect::<Result<_, _>>().map_err(failed);
    }
    // Sockets that share a port share it with any program of the same user that asks for it, so
    // a second server would start without a word and take half of the connections. A socket that
    // does not share finds out whether somebody is there; it is closed again at once.
    if address.port() != 0 {
        drop(open(address, Sharing::Alone).map_err(failed)?);
    }
    let first = open(address, Sharing::WithSiblings).map_err(failed)?;
    // Port 0 asks for any; the others have to follow the first.
    let address = first.local_addr().map_err(failed)?;
    let mut sockets = vec![first];
    while sockets.len() < count {
        sockets.push(open(address, Sharing::WithSiblings).map_err(failed)?);
    }
    Ok(sockets)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone,
    WithSiblings,
}

fn open(address: SocketAddr, sharing: Sharing) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of an earlier run that are still being closed do not keep us from listening.
    socket.set_reuse_address(true)?;
    if sharing == Sharing::WithSiblings {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
