//! Sockets that whoever started the server has opened for it (`LISTEN_FDS`, as systemd does).
//!
//! They stay open while one process ends and the next begins, so that connections wait instead of
//! being refused. Must not be asked after threads have begun: it reads the environment.

use std::io;
use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;

/// Sockets that nobody has asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Inherited(Vec<TcpListener>);

impl Inherited {
    /// None.
    #[allow(dead_code, reason = "asked where nobody hands sockets over, which is in tests")]
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Those that were handed over to this process.
    ///
    /// # Errors
    /// One that is no listening TCP socket.
    pub(crate) fn take() -> io::Result<Self> {
        let mut handed = ListenFd::from_env();
        let mut sockets = Vec::with_capacity(handed.len());
        for at in 0..handed.len() {
            sockets.extend(handed.take_tcp_listener(at)?);
        }
        Ok(Self(sockets))
    }

    /// The one for this address, if there is one.
    pub(super) fn at(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let is_it = |socket: &TcpListener| socket.local_addr().is_ok_and(|local| local == address);
        let at = self.0.iter().position(is_it)?;
        Some(self.0.swap_remove(at))
    }

    /// The addresses that nobody asked for.
    pub(crate) fn left(&self) -> Vec<SocketAddr> {
        self.0.iter().filter_map(|socket| socket.local_addr().ok()).collect()
    }
}
