//! Gathers a whole body, within the limits that it watches itself.
//!
//! Must not be used for what is passed on to an upstream: that streams.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http_body::Body;

use crate::inbound::{BodyFault, RequestBody};

/// Reads all of it. Most bodies come in one piece, which is then not copied.
pub(crate) async fn gather(mut body: RequestBody) -> Result<Bytes, BodyFault> {
    let Some(first) = piece(&mut body).await? else { return Ok(Bytes::new()) };
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut all = BytesMut::from(first);
    while let Some(next) = piece(&mut body).await? {
        all.extend_from_slice(&next);
    }
    Ok(all.freeze())
}

async fn piece(body: &mut RequestBody) -> Result<Option<Bytes>, BodyFault> {
    loop {
        match poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
            None => return Ok(None),
            Some(Err(fault)) => return Err(fault),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}
