//! The accept loop: takes connections off one socket until the signal to stop.
//!
//! Must not serve a connection itself; it is handed to a task.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::gate::{Gate, Slot};
use super::stop::StopSignal;

/// How long to wait when the system has no more descriptors or memory. It does not tell when it
/// has some again, and asking at once would only burn the processor.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// A connection that found a place.
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) client: std::net::IpAddr,
    /// To be held as long as the connection is.
    pub(super) slot: Slot,
}

/// Accepts until the signal to stop, or until the socket listens no more: whoever handed it over may
/// have ended it, and a server on it would look alive and hear nobody.
pub(super) async fn accept(
    listener: TcpListener,
    gate: &Arc<Gate>,
    stop: &StopSignal,
    start: impl Fn(Accepted),
) {
    let mut stopped = std::pin::pin!(stop.given());
    loop {
        let accepted = tokio::select! {
            () = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let client = peer.ip();
                // Without a place the connection is closed unheard: an answer would cost what
                // the limit is there to save.
                if let Some(slot) = gate.enter(client) {
                    start(Accepted { stream, client, slot });
                } else {
                    tracing::debug!(%client, "a connection was closed: there are too many");
                }
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                tracing::error!(%error, "a socket does not listen any more");
                return;
            }
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted now");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

/// Whether only the connection that was to be accepted is lost.
fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
