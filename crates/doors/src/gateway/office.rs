//! Requests that the dialect answers itself: they are gathered and handed to the control plane.
//!
//! What was begun there is finished, also when the caller hangs up. Must not take a request that
//! has no permit, and must not work on the data plane: the store is waited for elsewhere.

use std::fmt;
use std::sync::Arc;

use dialects::dialect::{Answer, Trouble};
use dialects::native::api::EntropySource;
use dialects::office::{GrantedRequest, Office};
use domain::audit::Actor;
use engine::context::Context;
use engine::verify::Permit;
use http::request::Parts;
use http::{Response, StatusCode};
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
}

impl fmt::Debug for BackOffice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackOffice")
    }
}

/// Answers the request, whatever comes of it.
pub(super) async fn serve(
    settings: &GatewaySettings,
    permit: Permit<'_>,
    mut parts: Parts,
    body: RequestBody,
    arrival: &Arrival,
) -> Response<DoorBody> {
    let body = match gather(body).await {
        Ok(body) => body,
        Err(BodyFault::TooLarge) => {
            return answer::trouble(settings, Trouble::BodyTooLarge, arrival);
        }
        Err(BodyFault::TooSlow) => {
            return answer::incomplete(StatusCode::REQUEST_TIMEOUT, arrival);
        }
        Err(BodyFault::Broken(_)) => return answer::incomplete(StatusCode::BAD_REQUEST, arrival),
    };
    settings.dialect.strip_credential(&mut parts.headers, &settings.place.realm().prefixes);
    let request = GrantedRequest {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
        key: permit.key(),
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
    let (now, request_id) = (arrival.now, arrival.request_id);
    let task = settings.back_office.runtime.spawn(async move {
        let actor = Actor::Key(request.key);
        let context = Context { now, actor, request_id, entropy: &mut *entropy };
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
