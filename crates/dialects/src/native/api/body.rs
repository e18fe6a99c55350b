//! Takes in the body of a request: JSON by its type, bounded in size, UTF-8 throughout.
//!
//! Must not be called before the gate and the target of the path have been passed.

use axum::body::HttpBody;
use axum::extract::Request;
use domain::idempotence::IdempotencyKey;
use domain::time::Reading;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::problem::{Problem, ProblemCode};
use super::state::Caller;

/// Most bytes of a body.
const BODY_MAX: usize = 64 * 1024;

/// The text of the body.
pub(super) async fn text(request: Request) -> Result<String, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::new(
            ProblemCode::UnsupportedMediaType,
            "Send the body as application/json in UTF-8, uncompressed, and say so in Content-Type.",
        ));
    }
    let body = request.into_body();
    // A length that was announced is refused before anything is read.
    if body.size_hint().lower() > BODY_MAX as u64 {
        return Err(too_large());
    }
    let collected = Limited::new(body, BODY_MAX).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return too_large();
        }
        Problem::new(
            ProblemCode::BodyIncomplete,
            "The body did not arrive whole. Send the request again.",
        )
    })?;
    String::from_utf8(collected.to_bytes().into()).map_err(|_| {
        Problem::new(ProblemCode::InvalidJson, "The body is not UTF-8. Send the JSON in UTF-8.")
    })
}

/// The text of the body, and the caller as somebody who may ask the same again.
pub(super) async fn of_caller(
    request: Request,
    caller: Caller,
    now: Reading,
) -> Result<(String, Caller), Problem> {
    let (method, target) = (request.method().clone(), request.uri().clone());
    let text = text(request).await?;
    let asked = |key: IdempotencyKey| {
        key.for_request(method.as_str(), &target.to_string(), text.as_bytes(), now.real())
    };
    let once = caller.retry.map(asked);
    Ok((text, Caller { once, ..caller }))
}

fn too_large() -> Problem {
    Problem::new(ProblemCode::BodyTooLarge, "The body is larger than 64 KiB. Send a smaller one.")
}

/// `application/json`, with no parameter but the charset UTF-8, and no encoding on top.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or("");
    let is_utf8 = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
            name.eq_ignore_ascii_case("charset") && value.eq_ignore_ascii_case("utf-8")
        })
    };
    essence.eq_ignore_ascii_case("application/json")
        && parts.all(is_utf8)
        && !headers.contains_key(CONTENT_ENCODING)
}
