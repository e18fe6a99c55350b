//! Posts one body to many receivers, each time on a connection of its own: what a sender does that keeps
//! no record and no order.
//!
//! Must not vet, retry or remember anything.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What all have in common.
struct Work {
    receivers: Vec<SocketAddr>,
    body: Bytes,
    next: AtomicUsize,
    count: usize,
}

/// Posts so many, and prints how many seconds that took, and on another line what the kernel says of
/// this process.
pub(crate) fn run(receivers: &Path, body: &Path, count: usize) -> Result<()> {
    let lines = std::fs::read_to_string(receivers)?;
    let receivers = lines.lines().map(str::parse).collect::<Result<Vec<_>, _>>()?;
    let body = Bytes::from(std::fs::read(body)?);
    ensure!(!receivers.is_empty(), "there is nobody to post to");
    let work = Arc::new(Work { receivers, body, next: AtomicUsize::new(0), count });
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(THREADS).enable_all().build()?;
    #[expect(clippy::disallowed_methods, reason = "measures time")]
    let begun = Instant::now();
    runtime.block_on(async {
        let senders: Vec<_> =
            (0..AT_ONCE).map(|_| tokio::spawn(post_all(Arc::clone(&work)))).collect();
        for sender in senders {
            sender.await.context("a sender broke down")??;
        }
        anyhow::Ok(())
    })?;
    let took = begun.elapsed().as_secs_f64();
    let kernel = std::fs::read_to_string("/proc/self/stat")?;
    #[expect(clippy::print_stdout, reason = "the benchmark reads it")]
    {
        println!("{took}");
        print!("{kernel}");
    }
    Ok(())
}

async fn post_all(work: Arc<Work>) -> Result<()> {
    loop {
        let at = work.next.fetch_add(1, Ordering::Relaxed);
        if at >= work.count {
            return Ok(());
        }
        let receiver = work.receivers[at % work.receivers.len()];
        let status = tokio::time::timeout(DEADLINE, post(receiver, work.body.clone())).await??;
        ensure!(status == StatusCode::OK, "{receiver} answered {status}");
    }
}

async fn post(receiver: SocketAddr, body: Bytes) -> Result<StatusCode> {
    let stream = TcpStream::connect(receiver).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::post("/")
        .header(HOST, receiver.to_string())
        .header(CONTENT_TYPE, "application/json")
        .header(CONNECTION, "close")
        .body(Full::new(body))?;
    let talk = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        response.into_body().collect().await?;
        anyhow::Ok(status)
    };
    let (status, _) = tokio::join!(talk, connection);
    status
}

/// As the loop of the server has.
const THREADS: usize = 2;
/// As many as the server has under way.
const AT_ONCE: usize = 256;
const DEADLINE: Duration = Duration::from_secs(10);
