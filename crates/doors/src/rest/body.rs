//! Reads the body of a call: JSON by its type, within its limit, in its time.
//!
//! Must not read JSON; that is the next step's.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};

use super::problem::{Problem, ProblemCode};
use crate::gather::gather;
use crate::inbound::{BodyFault, RequestBody};

/// Checks that the body says it is JSON, in UTF-8, and nothing on top.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let named = values.next().and_then(|value| value.to_str().ok()).is_some_and(is_json);
    if named && values.next().is_none() && !headers.contains_key(header::CONTENT_ENCODING) {
        Ok(())
    } else {
        Err(Problem::of(ProblemCode::UnsupportedMediaType))
    }
}

fn is_json(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else { return parameter.is_empty() };
        name.eq_ignore_ascii_case("charset")
            && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

/// Reads all of it.
pub(super) async fn read(body: RequestBody, deadline: Duration) -> Result<Bytes, Problem> {
    if body.is_announced_too_large() {
        return Err(Problem::of(ProblemCode::BodyTooLarge));
    }
    let mut gathering = pin!(gather(body));
    let gathered = match came_with_its_head(&mut gathering).await {
        Some(gathered) => gathered,
        None => tokio::time::timeout(deadline, gathering)
            .await
            .map_err(|_| Problem::of(ProblemCode::BodyTooSlow))?,
    };
    gathered.map_err(|fault| {
        Problem::of(match fault {
            BodyFault::TooLarge => ProblemCode::BodyTooLarge,
            BodyFault::TooSlow => ProblemCode::BodyTooSlow,
            BodyFault::Broken(_) => ProblemCode::BodyIncomplete,
        })
    })
}

/// What comes of it without any wait but for hyper, which hands over what it has when it is asked;
/// most bodies need no clock.
async fn came_with_its_head<F: Future>(gathering: &mut Pin<&mut F>) -> Option<F::Output> {
    let mut is_asked_for = false;
    poll_fn(|cx| match gathering.as_mut().poll(cx) {
        Poll::Ready(gathered) => Poll::Ready(Some(gathered)),
        Poll::Pending if is_asked_for => Poll::Ready(None),
        Poll::Pending => {
            is_asked_for = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_utf_8_is_the_only_type() {
        for text in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json;",
        ] {
            assert!(is_json(text), "{text}");
        }
        for text in [
            "",
            "text/plain",
            "application/json; charset=utf-16",
            "application/jsonp",
            "application/problem+json",
            "application/json; profile=x",
            "application/json, text/plain",
        ] {
            assert!(!is_json(text), "{text}");
        }
    }
}
