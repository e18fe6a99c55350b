//! The service that the layer makes: asks, and calls the one behind it or answers itself.
//!
//! Must not call a service that was not ready: it is the one that was polled which is called, and
//! its clone that is left behind.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::Asking;
use super::answer;
use super::body::VerifyBody;
use crate::judge::Head;
use crate::verdict::{Admission, Verdict};

/// A service behind the verdict of a Chaveiro server.
#[derive(Clone)]
pub struct VerifyService<S> {
    inner: S,
    asking: Arc<Asking>,
}

/// The answer to come.
pub type VerifyFuture<B, E> =
    Pin<Box<dyn Future<Output = Result<Response<VerifyBody<B>>, E>> + Send>>;

impl<S> VerifyService<S> {
    pub(super) const fn new(inner: S, asking: Arc<Asking>) -> Self {
        Self { inner, asking }
    }
}

impl<S: fmt::Debug> fmt::Debug for VerifyService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService")
            .field("inner", &self.inner)
            .field("place", &self.asking.place)
            .finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for VerifyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<VerifyBody<R>>;
    type Error = S::Error;
    type Future = VerifyFuture<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let asking = Arc::clone(&self.asking);
        let fresh = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, fresh);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let caller = (asking.caller)(&parts);
            let head =
                Head { method: &parts.method, uri: &parts.uri, headers: &parts.headers, caller };
            let admission = match asking.client.judge(&asking.place, &head).await {
                Ok(Verdict::Granted(admission)) => admission,
                Ok(Verdict::Refused(refusal)) => return Ok(refusal.into_response()),
                Err(fault) => return Ok(answer::fault(fault)),
            };
            admission.strip(&mut parts.headers);
            let Admission { identity, limit_lines, .. } = admission;
            parts.extensions.insert(identity);
            let response = ready.call(Request::from_parts(parts, body)).await?;
            Ok(answer::with_limits(response.map(VerifyBody::inner), limit_lines))
        })
    }
}
