//! The least that a server or a sender on hyper can do, as a peer of the benchmark: whatever a door of ours costs
//! beyond it is ours, and whatever it costs itself no door on this library can save.
//!
//! Must not verify, log, limit or time anything: no server for users is as careless.

mod answer;
mod pass_on;
mod post;
mod write;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;
use tokio::task::{LocalSet, spawn_local};

const USAGE: &str = "floor answer ADDRESS THREADS BYTES | floor pass-on ADDRESS THREADS UPSTREAM | \
                     floor write ADDRESS FILE | floor post RECEIVERS BODY COUNT";

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["answer", address, threads, bytes] => {
            let body = Bytes::from(vec![b'x'; bytes.parse().context(USAGE)?]);
            on_threads(threads.parse().context(USAGE)?, address.parse()?, || {
                answer::Answer::new(body.clone())
            })
        }
        ["pass-on", address, threads, upstream] => {
            let upstream: SocketAddr = upstream.parse()?;
            on_threads(threads.parse().context(USAGE)?, address.parse()?, || {
                pass_on::PassOn::new(upstream)
            })
        }
        ["write", address, file] => {
            let writer = write::Writer::start(file.as_ref())?;
            on_threads(1, address.parse()?, || write::Write::new(writer.clone()))
        }
        ["post", receivers, body, count] => {
            post::run(receivers.as_ref(), body.as_ref(), count.parse().context(USAGE)?)
        }
        _ => bail!("{USAGE}"),
    }
}

/// What answers requests, on one thread.
trait Duty: 'static {
    /// Answers one.
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Response<Full<Bytes>>>;
}

/// One single-threaded runtime for each thread, each with a listener of its own, as our data plane.
fn on_threads<D: Duty>(
    threads: usize,
    address: SocketAddr,
    duty: impl Fn() -> D + Sync,
) -> Result<()> {
    std::thread::scope(|scope| {
        let serve = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
            LocalSet::new().block_on(&runtime, accept(address, Rc::new(duty())))
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(serve)).collect();
        running.into_iter().try_for_each(|thread| match thread.join() {
            Ok(ended) => ended,
            Err(_) => bail!("a thread broke down"),
        })
    })
}

async fn accept<D: Duty>(address: SocketAddr, duty: Rc<D>) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    let listener = socket.listen(1_024)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let duty = Rc::clone(&duty);
        spawn_local(async move {
            let service =
                service_fn(|request| async { Ok::<_, Infallible>(duty.answer(request).await) });
            // A caller that went away is no trouble of a benchmark.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
