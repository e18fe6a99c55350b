//! The connection to a mail server: in the clear, over TLS, or over TLS after STARTTLS.
//!
//! What is said before STARTTLS is said here and not by the library, which keeps what a server sent
//! too much of and takes it for answers given under TLS: whoever sits on the line could answer in
//! the server's place, and a letter would pass for delivered. Here nothing is read ahead, so that
//! such bytes spoil the handshake. Must not go on in the clear where TLS was asked for.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use engine::ports::postman::{MailFault, MailTrouble, ServerSaid};
use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::postman::{MailRoute, MailSecurity};

/// Most bytes of one line of a server (RFC 5321 has 512).
const LINE_MAX: usize = 2_048;
/// Most lines of one reply.
const LINES_MAX: usize = 100;
/// What is shown to the library after STARTTLS, because it waits for a greeting.
const GREETING: &[u8] = b"220 ready\r\n";

/// A connection on which the dialogue can begin.
#[derive(Debug)]
pub(crate) struct MailLink {
    greeting: &'static [u8],
    stream: Box<dyn Stream>,
    peer: SocketAddr,
}

/// Bytes both ways.
trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug> Stream for T {}

impl MailLink {
    /// Connects to a server under this name, and says that we are `hello`.
    pub(crate) async fn open(
        route: &MailRoute,
        name: ServerName<'static>,
        tls: &Arc<ClientConfig>,
        hello: &str,
    ) -> Result<Self, MailTrouble> {
        let server = (route.host.as_str(), route.port);
        let mut tcp = TcpStream::connect(server).await.map_err(unreachable)?;
        let peer = tcp.peer_addr().map_err(unreachable)?;
        let greeting = match route.security {
            MailSecurity::Clear => {
                return Ok(Self { greeting: b"", stream: Box::new(tcp), peer });
            }
            MailSecurity::Tls => &b""[..],
            MailSecurity::StartTls => {
                start_tls(&mut tcp, hello).await?;
                GREETING
            }
        };
        let connected = TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await;
        let stream = connected.map_err(|_| MailTrouble::Fault(MailFault::Tls))?;
        Ok(Self { greeting, stream: Box::new(stream), peer })
    }
}

/// The dialogue up to where TLS begins.
async fn start_tls(tcp: &mut TcpStream, hello: &str) -> Result<(), MailTrouble> {
    reply(tcp).await?;
    say(tcp, &format!("EHLO {hello}\r\n")).await?;
    let offers = reply(tcp).await?;
    if !offers.iter().any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(MailTrouble::Fault(MailFault::Tls));
    }
    say(tcp, "STARTTLS\r\n").await?;
    reply(tcp).await.map(|_| ())
}

async fn say(tcp: &mut TcpStream, line: &str) -> Result<(), MailTrouble> {
    tcp.write_all(line.as_bytes()).await.map_err(unreachable)
}

/// The lines of one reply, without their codes.
async fn reply(tcp: &mut TcpStream) -> Result<Vec<String>, MailTrouble> {
    let mut lines = Vec::new();
    while lines.len() < LINES_MAX {
        let line = line(tcp).await.map_err(unreachable)?;
        let (code, rest) = line.split_at_checked(3).unwrap_or(("", &line));
        let code: u16 = code.parse().map_err(|_| MailTrouble::Fault(MailFault::Unreachable))?;
        let words = rest.get(1..).unwrap_or("").to_owned();
        if !(200..300).contains(&code) {
            let said = ServerSaid::new(code, &words);
            return Err(MailTrouble::Fault(MailFault::TurnedAway(said)));
        }
        lines.push(words);
        if !rest.starts_with('-') {
            return Ok(lines);
        }
    }
    Err(MailTrouble::Fault(MailFault::Unreachable))
}

/// One line and not a byte more: what comes after it belongs to TLS.
async fn line(tcp: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    while line.len() < LINE_MAX {
        match tcp.read_u8().await? {
            b'\n' => return Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
            byte => line.push(byte),
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn unreachable(_: io::Error) -> MailTrouble {
    MailTrouble::Fault(MailFault::Unreachable)
}

impl AsyncTokioStream for MailLink {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for MailLink {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(buf.remaining()));
        buf.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for MailLink {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
