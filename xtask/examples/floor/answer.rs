//! Reads a request and answers 200 with the same bytes each time.
//!
//! Must not look at the request.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::{Request, Response};

use crate::Duty;

pub(crate) struct Answer(Bytes);

impl Answer {
    pub(crate) const fn new(body: Bytes) -> Self {
        Self(body)
    }
}

impl Duty for Answer {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let body = request.into_body();
        if !body.is_end_stream() {
            // A body that breaks off ends its connection, which tells the load.
            let _ = body.collect().await;
        }
        Response::new(Full::new(self.0.clone()))
    }
}
