//! Envoy's external authorization, `envoy.service.auth.v3`, by gRPC.
//!
//! Envoy describes each request and is told what to set and to remove before it forwards it, or
//! what to answer. Realm and environment come from the configuration of the route, in
//! `context_extensions`. Mistakes of whoever asks are statuses of gRPC, which Envoy takes for a
//! failure and does not forward. Must not decide anything.

mod proto;
mod question;

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use dialects::dialect::Answer;
use engine::verify::{Permit, Transport};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use hyper::body::Incoming;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::server::{Grpc, UnaryService};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

use crate::arrival::Arrival;
use crate::asker::{self, AskerFault};
use crate::described::{self, Described, Outcome};
use crate::gateway::{Stamps, claims_our_name, lines};
use crate::limit_lines::LimitLines;
use crate::rest::{VerifyPlace, VerifySettings, find};
use crate::{names, text};
use proto::{
    CheckRequest, CheckResponse, DeniedHttpResponse, HeaderValueOption, HttpResponse, HttpStatus,
    OkHttpResponse,
};
use question::Question;

/// The one method that is served.
const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// The door for Envoy.
#[derive(Clone, Debug)]
pub struct ExtAuthzDoor(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Arc<VerifySettings>,
    stamps: Stamps,
}

impl ExtAuthzDoor {
    /// A door with these settings.
    #[must_use]
    pub fn new(settings: Arc<VerifySettings>) -> Self {
        Self(Rc::new(Inner { settings, stamps: Stamps::default() }))
    }

    /// Serves one request.
    pub async fn serve(&self, request: Request<Incoming>, arrival: Arrival) -> Response<Body> {
        if let Err(status) = self.0.admit(&request, &arrival) {
            return status.into_http();
        }
        let settings = &self.0.settings;
        let bytes_max = usize::try_from(settings.body_bytes_max).unwrap_or(usize::MAX);
        let mut grpc = Grpc::new(ProstCodec::<CheckResponse, CheckRequest>::default())
            .max_decoding_message_size(bytes_max);
        let check = Check { door: Rc::clone(&self.0), arrival };
        // A decision waits for the store at most; it is the message that may be slow to come.
        match timeout(settings.body_deadline, grpc.unary(check, request)).await {
            Ok(response) => response,
            Err(_) => Status::deadline_exceeded("The check did not arrive in time.").into_http(),
        }
    }
}

/// One check.
struct Check {
    door: Rc<Inner>,
    arrival: Arrival,
}

impl UnaryService<CheckRequest> for Check {
    type Response = CheckResponse;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<CheckResponse>, Status>>>>;

    fn call(&mut self, request: tonic::Request<CheckRequest>) -> Self::Future {
        let (door, arrival) = (Rc::clone(&self.door), self.arrival);
        Box::pin(async move {
            let question = Question::read(request.into_inner())?;
            Ok(tonic::Response::new(door.judge(question, &arrival).await?))
        })
    }
}

impl Inner {
    /// Everything that costs something comes after this.
    fn admit(&self, request: &Request<Incoming>, arrival: &Arrival) -> Result<(), Status> {
        match arrival.transport {
            Transport::Allowed => {}
            Transport::Insecure => {
                return Err(Status::permission_denied("This listener is spoken to over TLS."));
            }
        }
        if request.uri().path() != CHECK {
            return Err(Status::unimplemented(
                "Only Check of the external authorization is served.",
            ));
        }
        let keys = request.headers().get_all(&names::VERIFIER).iter().map(HeaderValue::as_bytes);
        let Self { settings, .. } = self;
        asker::check(&settings.engine, &settings.askers, keys, arrival.client).map_err(|fault| {
            let code = match fault {
                AskerFault::NoKey | AskerFault::Malformed(_) | AskerFault::Unknown => {
                    Code::Unauthenticated
                }
                AskerFault::Ambiguous => Code::InvalidArgument,
                AskerFault::RoleNotEnough => Code::PermissionDenied,
            };
            Status::new(code, fault.advice())
        })
    }

    async fn judge(&self, question: Question, arrival: &Arrival) -> Result<CheckResponse, Status> {
        let Question { realm, environment, method, target, headers, client, scheme } = question;
        let settings = &*self.settings;
        let place = find(settings, &realm, &environment)
            .map_err(|problem| Status::not_found(problem.detail()))?;
        let target = target.as_bytes();
        let described = Described { method: &method, target, headers: &headers, client, scheme };
        Ok(match described::judge(&settings.engine, place, &described, arrival).await {
            Outcome::Granted(permit) => {
                granted(HttpResponse::Ok(self.told(&permit, place, &headers, arrival)))
            }
            Outcome::Answered(answer) => denied(answer),
        })
    }

    /// What the upstream is told, and what is kept from it.
    fn told(
        &self,
        permit: &Permit<'_>,
        place: &VerifyPlace,
        headers: &HeaderMap,
        arrival: &Arrival,
    ) -> OkHttpResponse {
        let mut told: Vec<(HeaderName, HeaderValue)> = Vec::new();
        self.stamps.with(permit, &*self.settings.signer, arrival, |stamp| {
            told.extend(lines(stamp));
        });
        told.push((names::REQUEST_ID.clone(), text::request_id(arrival.request_id)));
        let mut removed = removed(place, headers);
        // Envoy removes after it has set; what is set takes the place of what was there.
        removed.retain(|name| told.iter().all(|(set, _)| set != name));
        // The caller is told what is left of its limits.
        let mut left = HeaderMap::new();
        LimitLines::of(&*place.dialect, permit.taken(), arrival.now.real()).put(&mut left);
        let left = left.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        OkHttpResponse {
            response_headers_to_add: options(left),
            headers: options(told),
            headers_to_remove: removed.iter().map(HeaderName::to_string).collect(),
        }
    }
}

/// The names under which the caller sent its credential, or something in our name.
fn removed(place: &VerifyPlace, headers: &HeaderMap) -> Vec<HeaderName> {
    let mut names = described::credential_lines(place, headers);
    let ours = headers.keys().filter(|name| must_go(name.as_str()));
    let more: Vec<_> = ours.filter(|name| !names.contains(name)).cloned().collect();
    names.extend(more);
    names
}

/// Whether the upstream could take the line for one of ours. Some of these Envoy writes itself; and
/// a body whose length it may not pass on would be sent in pieces.
fn must_go(name: &str) -> bool {
    let is_envoys =
        name.starts_with("x-forwarded-") || ["content-length", "transfer-encoding"].contains(&name);
    claims_our_name(name) && (!is_envoys || name.contains('_'))
}

fn granted(response: HttpResponse) -> CheckResponse {
    let status = proto::Status { code: Code::Ok as i32 };
    CheckResponse { status: Some(status), http_response: Some(response) }
}

fn denied(answer: Answer) -> CheckResponse {
    let Answer { status, headers, body } = answer;
    let response = DeniedHttpResponse {
        status: Some(HttpStatus { code: status.as_u16().into() }),
        headers: options(headers),
        // Every dialect answers with text.
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let status = proto::Status { code: Code::PermissionDenied as i32 };
    CheckResponse { status: Some(status), http_response: Some(HttpResponse::Denied(response)) }
}

/// Lines to set: the first of a name takes the place of what is there, the others are added.
fn options(lines: Vec<(HeaderName, HeaderValue)>) -> Vec<HeaderValueOption> {
    let mut seen = HashSet::new();
    let option = |(name, value): (HeaderName, HeaderValue)| {
        let header = proto::HeaderValue {
            key: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            raw_value: Vec::new(),
        };
        let append = Some(!seen.insert(name));
        HeaderValueOption { header: Some(header), append }
    };
    lines.into_iter().map(option).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envoy_keeps_its_own_lines_and_drops_those_that_claim_our_names() {
        for name in ["chaveiro-key", "chaveiro_key", "content_length", "x_forwarded-for"] {
            assert!(must_go(name), "{name}");
        }
        for name in ["content-length", "transfer-encoding", "x-forwarded-for", "accept"] {
            assert!(!must_go(name), "{name}");
        }
    }
}
