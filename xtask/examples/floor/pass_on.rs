//! Passes a request on over a connection that is kept, and its answer back.
//!
//! Must not do more: no header is removed or added, and nothing is streamed.

use std::cell::RefCell;
use std::net::SocketAddr;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::spawn_local;

use crate::Duty;

pub(crate) struct PassOn {
    upstream: SocketAddr,
    idle: RefCell<Vec<SendRequest<Incoming>>>,
}

impl PassOn {
    pub(crate) const fn new(upstream: SocketAddr) -> Self {
        Self { upstream, idle: RefCell::new(Vec::new()) }
    }

    async fn connect(&self) -> Result<SendRequest<Incoming>> {
        let stream = TcpStream::connect(self.upstream).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        spawn_local(connection);
        Ok(sender)
    }

    async fn pass(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
        let idle = self.idle.borrow_mut().pop();
        let mut sender = match idle {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        sender.ready().await?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.idle.borrow_mut().push(sender);
        Ok(Response::from_parts(head, Full::new(body)))
    }
}

impl Duty for PassOn {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.pass(request).await.unwrap_or_else(|fault| {
            // The load expects 200 and stops the benchmark at anything else.
            let mut answer = Response::new(Full::new(Bytes::from(fault.to_string())));
            *answer.status_mut() = StatusCode::BAD_GATEWAY;
            answer
        })
    }
}
