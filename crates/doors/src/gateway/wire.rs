//! One connection to an upstream, driven by whoever uses it.
//!
//! The connection is no task of its own: the request that uses it polls it, inside the task of
//! the client's connection. A request therefore wakes one task and not two, a slow client holds
//! back its upstream by itself, and a client that goes away takes the connection along. Must not
//! carry more than one request at a time.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::task::coop::unconstrained;

use super::upstream_io::{Pulse, UpstreamIo, UpstreamStream};
use super::vigil::Vigil;
use crate::inbound::RequestBody;

type Driver = Connection<TokioIo<UpstreamIo>, RequestBody>;

/// One connection to an upstream.
pub(super) struct Wire {
    sender: SendRequest<RequestBody>,
    driver: Option<Driver>,
    pulse: Rc<Pulse>,
    vigil: Vigil,
}

/// Why there was no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// Nothing of the request was sent; here it is again.
    Unsent(Box<Request<RequestBody>>),
    /// The connection broke, and the upstream had not said anything.
    BrokenUnheard,
    /// The connection broke inside the answer.
    Broken,
    /// The upstream was silent for too long.
    Silent,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("pulse", &self.pulse).finish_non_exhaustive()
    }
}

impl Wire {
    /// A wire over this stream.
    pub(super) async fn over(stream: UpstreamStream) -> Result<Self, hyper::Error> {
        let pulse = Rc::new(Pulse::default());
        let io = UpstreamIo { stream, pulse: Rc::clone(&pulse) };
        let (sender, driver) = handshake(TokioIo::new(io)).await?;
        Ok(Self { sender, driver: Some(driver), pulse, vigil: Vigil::default() })
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn exchange(
        &mut self,
        request: Request<RequestBody>,
        patience: Duration,
    ) -> Result<Response<Incoming>, NoAnswer> {
        let Self { sender, driver, pulse, vigil } = self;
        pulse.heard.set(false);
        // What completes it is the driver, which is polled just before; so it needs no waker. For
        // the same reason it must not be held back by a task's budget: nobody would wake it.
        let mut answer = pin!(unconstrained(sender.try_send_request(request)));
        let outcome = poll_fn(|cx| {
            drive(driver, cx);
            if let Poll::Ready(outcome) = answer.as_mut().poll(&mut unwoken()) {
                return Poll::Ready(outcome.map_err(|error| no_answer(error, pulse)));
            }
            if driver.is_none() {
                return Poll::Ready(Err(broken(pulse)));
            }
            vigil.poll(cx, pulse.beats.get(), patience).map(|()| Err(NoAnswer::Silent))
        });
        let outcome = outcome.await;
        vigil.rest();
        outcome
    }

    /// Moves bytes, and watches for silence: ready when nothing moved for too long.
    pub(super) fn poll_silence(&mut self, cx: &mut Context<'_>, patience: Duration) -> Poll<()> {
        self.vigil.poll(cx, self.pulse.beats.get(), patience)
    }

    /// Moves bytes.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, cx);
    }

    /// Whether it is open, and through with its last request.
    pub(super) fn is_free(&self) -> bool {
        self.driver.is_some() && self.sender.is_ready()
    }

    /// Looks whether the upstream has closed it meanwhile, then whether it is free.
    pub(super) fn look(&mut self) -> bool {
        self.vigil.rest();
        self.drive(&mut unwoken());
        self.is_free()
    }
}

/// Whoever polls with this does not want to be woken.
pub(super) const fn unwoken() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn drive(driver: &mut Option<Driver>, cx: &mut Context<'_>) {
    if driver.as_mut().is_some_and(|driver| Pin::new(driver).poll(cx).is_ready()) {
        // How it ended is told to whoever waits for an answer or a body.
        *driver = None;
    }
}

fn no_answer(mut error: TrySendError<Request<RequestBody>>, pulse: &Pulse) -> NoAnswer {
    match error.take_message() {
        Some(request) => NoAnswer::Unsent(Box::new(request)),
        None => broken(pulse),
    }
}

fn broken(pulse: &Pulse) -> NoAnswer {
    if pulse.heard.get() { NoAnswer::Broken } else { NoAnswer::BrokenUnheard }
}
