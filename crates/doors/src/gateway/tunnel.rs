//! A tunnel between a client and an upstream that have agreed on another protocol.
//!
//! It carries bytes both ways through two buffers of fixed size, until both ends are done or
//! nothing moves for too long. Must not be made without a request that was let through, and must
//! not look at what it carries.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use engine::verify::UnderWay;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::lane::Seat;
use super::upstream_io::UpstreamStream;
use super::vigil::Vigil;
use crate::arrival::Presence;

/// Most bytes that are held for each direction.
const HELD_MAX: usize = 16 * 1_024;

/// The protocols for which tunnels are made. Not those that carry requests: whoever may send
/// requests through a tunnel is asked for no key any more.
const PROTOCOLS: [&str; 1] = ["websocket"];

/// The protocol that an `Upgrade` line names first, if a tunnel is made for it.
pub(super) fn protocol(value: &[u8]) -> Option<&'static str> {
    let first = value.split(|byte| *byte == b',').next()?.trim_ascii();
    PROTOCOLS.into_iter().find(|known| known.as_bytes().eq_ignore_ascii_case(first))
}

/// What holds places for as long as the tunnel lasts.
pub(super) struct Held {
    pub(super) _seat: Seat,
    pub(super) _under_way: Option<UnderWay>,
    pub(super) _presence: Option<Presence>,
}

/// Carries bytes between the two, in a task of its own.
pub(super) fn start(
    client: OnUpgrade,
    upstream: UpstreamStream,
    early: Bytes,
    patience: Duration,
    held: Held,
) {
    tokio::task::spawn_local(async move {
        match tokio::time::timeout(patience, client).await {
            Ok(Ok(client)) => carry(TokioIo::new(client), upstream, early, patience).await,
            Ok(Err(error)) => tracing::debug!(%error, "a client went away before its tunnel"),
            Err(_) => tracing::debug!("a tunnel was never begun"),
        }
        drop(held);
    });
}

async fn carry(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut upstream: UpstreamStream,
    early: Bytes,
    patience: Duration,
) {
    let mut up = Way::default();
    let mut down = Way { held: BytesMut::from(early), ..Way::default() };
    let (mut vigil, mut beats) = (Vigil::default(), 0_u32);
    poll_fn(|cx| {
        let sent_up = up.poll(&mut client, &mut upstream, cx, &mut beats);
        let sent_down = down.poll(&mut upstream, &mut client, cx, &mut beats);
        match (sent_up, sent_down) {
            (Poll::Ready(Err(Broken)), _) | (_, Poll::Ready(Err(Broken))) => Poll::Ready(()),
            (Poll::Ready(Ok(())), Poll::Ready(Ok(()))) => Poll::Ready(()),
            (Poll::Pending, _) | (_, Poll::Pending) => vigil.poll(cx, beats, patience),
        }
    })
    .await;
}

/// One end is gone.
struct Broken;

/// One direction.
#[derive(Default)]
struct Way {
    held: BytesMut,
    has_ended: bool,
    is_done: bool,
    needs_flush: bool,
}

impl Way {
    /// Moves what can be moved; ready at the end.
    fn poll(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
        beats: &mut u32,
    ) -> Poll<Result<(), Broken>> {
        while !self.is_done {
            // First away with what there is, so that never more than one buffer is held.
            while !self.held.is_empty() {
                let written = ready!(Pin::new(&mut *to).poll_write(cx, &self.held));
                let count = written.ok().filter(|count| *count > 0).ok_or(Broken)?;
                self.held.advance(count);
                self.needs_flush = true;
                *beats = beats.wrapping_add(1);
            }
            if self.has_ended {
                ready!(Pin::new(&mut *to).poll_shutdown(cx)).map_err(|_| Broken)?;
                self.is_done = true;
                break;
            }
            if self.poll_read(from, cx)?.is_pending() {
                if self.needs_flush {
                    ready!(Pin::new(&mut *to).poll_flush(cx)).map_err(|_| Broken)?;
                    self.needs_flush = false;
                }
                return Poll::Pending;
            }
            *beats = beats.wrapping_add(1);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_read(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Result<Poll<()>, Broken> {
        let mut room = [std::mem::MaybeUninit::uninit(); HELD_MAX];
        let mut buf = ReadBuf::uninit(&mut room);
        match Pin::new(from).poll_read(cx, &mut buf) {
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(Err(_)) => return Err(Broken),
            Poll::Ready(Ok(())) => {}
        }
        self.has_ended = buf.filled().is_empty();
        self.held.extend_from_slice(buf.filled());
        Ok(Poll::Ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_is_made_only_for_what_carries_no_requests() {
        for (value, expected) in [
            ("websocket", Some("websocket")),
            ("WebSocket", Some("websocket")),
            ("websocket, h2c", Some("websocket")),
            ("h2c", None),
            ("HTTP/2.0", None),
            ("TLS/1.0", None),
            ("h2c, websocket", None),
            ("", None),
        ] {
            assert_eq!(protocol(value.as_bytes()), expected, "{value}");
        }
    }
}
