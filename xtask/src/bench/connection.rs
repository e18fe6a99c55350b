//! One keep-alive connection: writes a whole request, reads a whole response.
//!
//! Must not do more for one peer than for another, and must not allocate while load is driven.

use super::response::{self, Progress, Response};
use anyhow::{Context, Result, bail};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection with the bytes of the response that is being read.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    /// Connects. A peer that is silent for long is taken to be dead.
    pub(super) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .with_context(|| format!("Nothing accepts connections on {address}"))?;
        stream.set_nodelay(true).context("The connection can't be set up")?;
        stream.set_read_timeout(Some(SILENCE)).context("The connection can't be set up")?;
        Ok(Self { stream, buffer: vec![0; BUFFER], filled: 0 })
    }

    /// Sends a request as it is.
    pub(super) fn send(&mut self, request: &[u8]) -> Result<()> {
        self.filled = 0;
        self.stream.write_all(request).context("The peer no longer takes requests")
    }

    /// Waits for the response to the request that was sent last.
    pub(super) fn receive(&mut self) -> Result<Response> {
        loop {
            let count = self.read().context("The peer does not answer")?;
            if let Some(response) = self.take_in(count)? {
                return Ok(response);
            }
        }
    }

    /// From here on nothing waits: [`Self::glance`] takes the place of [`Self::receive`]. Returns
    /// what a poll can watch.
    pub(super) fn stop_waiting(&mut self) -> Result<TcpStream> {
        self.stream.set_nonblocking(true).context("The connection can't be set up")?;
        self.stream.try_clone().context("The connection can't be watched")
    }

    /// The response to the request that was sent last, if all of it has come.
    pub(super) fn glance(&mut self) -> Result<Option<Response>> {
        loop {
            match self.read() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                count => {
                    let count = count.context("The peer does not answer")?;
                    if let Some(response) = self.take_in(count)? {
                        return Ok(Some(response));
                    }
                }
            }
        }
    }

    fn read(&mut self) -> std::io::Result<usize> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        self.stream.read(&mut self.buffer[self.filled..])
    }

    /// So many bytes have come; gives the response if they complete it.
    fn take_in(&mut self, count: usize) -> Result<Option<Response>> {
        if count == 0 {
            bail!("The peer closed the connection instead of answering.");
        }
        self.filled += count;
        let Progress::Complete(response) = response::read(&self.buffer[..self.filled])? else {
            return Ok(None);
        };
        if response.end != self.filled || response.closes {
            bail!("The peer broke the rhythm of requests: {}", self.shown());
        }
        Ok(Some(response))
    }

    /// Like [`Self::receive`], and the status has to be this one.
    pub(super) fn expect(&mut self, status: u16) -> Result<Response> {
        let response = self.receive()?;
        if response.status != status {
            bail!("The peer was to answer {status} and answered: {}", self.shown());
        }
        Ok(response)
    }

    /// The body of the response that was read last.
    pub(super) fn body(&self, response: Response) -> &[u8] {
        &self.buffer[response.body_at..response.end]
    }

    /// Its beginning, for a message.
    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.buffer[..self.filled.min(SHOWN)]).into_owned()
    }
}

const BUFFER: usize = 16 * 1024;
const SHOWN: usize = 600;
const SILENCE: Duration = Duration::from_secs(30);
