//! Requests that the dialect answers itself: they are gathered and handed to the control plane.
//!
//! What was begun there is finished, also when the caller hangs up. Must not take a request that
//! has no permit, and must not work on the data plane: the store is waited for elsewhere.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dialects::dialect::{Answer, Trouble};
use dialects::native::api::EntropySource;
use dialects::office::{GrantedRequest, Office};
use domain::audit::Actor;
use engine::context::Context;
use engine::verify::Permit;
use http::request::Parts;
use http::{Response, StatusCode, header};
use tokio::runtime::Handle;

use super::answer;
use super::settings::GatewaySettings;
use crate::arrival::Arrival;
use crate::body::DoorBody;
use crate::gather::gather;
use crate::inbound::{BodyFault, RequestBody};

/// Where requests are answered that go to no upstream.
#[derive(Clone)]
pub struct BackOffice {
    /// The runtime of the control plane.
    pub runtime: Handle,
    /// Where identifiers and secrets come from.
    pub entropy: EntropySource,
    /// Most bytes of a request's body.
    pub body_bytes_max: u64,
}

impl fmt::Debug for BackOffice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackOffice")
    }
}

/// Gathers the body; the request counts as having come when it is whole.
pub(super) async fn gathered(
    body: RequestBody,
    arrival: Arrival,
) -> Result<(Bytes, Arrival), BodyFault> {
    // Timers know the time, so that nothing here has to ask a clock.
    let instant = || tokio::time::sleep(Duration::ZERO).deadline();
    let began = instant();
    let body = gather(body).await?;
    let took = instant().duration_since(began);
    let now = arrival.now.plus_millis(i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
    let tick = arrival.tick.plus_micros(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    Ok((body, Arrival { now, tick, ..arrival }))
}

/// The answer to a body that did not come whole.
pub(super) fn ungathered(
    settings: &GatewaySettings,
    fault: &BodyFault,
    arrival: &Arrival,
) -> Response<DoorBody> {
    match fault {
        BodyFault::TooLarge => answer::trouble(settings, Trouble::BodyTooLarge, arrival),
        BodyFault::TooSlow => answer::incomplete(StatusCode::REQUEST_TIMEOUT, arrival),
        BodyFault::Broken(_) => answer::incomplete(StatusCode::BAD_REQUEST, arrival),
    }
}

/// Answers the request, whatever comes of it.
pub(super) async fn serve(
    settings: &GatewaySettings,
    permit: &Permit<'_>,
    parts: Parts,
    body: Bytes,
    arrival: &Arrival,
) -> Response<DoorBody> {
    // What a dialect does not list, it is not asked.
    if let Err(allowed) = settings.dialect.admits(&parts.method, parts.uri.path()) {
        let mut response = answer::trouble(settings, Trouble::MethodNotAllowed, arrival);
        response.headers_mut().insert(header::ALLOW, allowed);
        return response;
    }
    let request = GrantedRequest {
        method: parts.method,
        uri: parts.uri,
        body,
        key: permit.key(),
        kid: permit.kid(),
        account: permit.account(),
    };
    match hand_over(settings, request, arrival).await {
        Some(answer) => answer::rendered(answer, arrival),
        None => answer::trouble(settings, Trouble::Internal, arrival),
    }
}

/// Runs the dialect's answer on the control plane; `None` if it broke off.
async fn hand_over(
    settings: &GatewaySettings,
    request: GrantedRequest,
    arrival: &Arrival,
) -> Option<Answer> {
    let (engine, dialect) = (Arc::clone(&settings.engine), Arc::clone(&settings.dialect));
    let (place, mut entropy) = (settings.place.clone(), (settings.back_office.entropy)());
    let (now, request_id) = (place.time(arrival.now), arrival.request_id);
    let task = settings.back_office.runtime.spawn(async move {
        let actor = Actor::Key(request.key);
        let context = Context { now, actor, request_id, once: None, entropy: &mut *entropy };
        dialect.answer(Office { engine: &engine, place: &place, context }, request).await
    });
    match task.await {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::error!(%request_id, %error, "an answer of the dialect broke off");
            None
        }
    }
}
