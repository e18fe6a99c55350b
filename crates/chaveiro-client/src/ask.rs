//! Asks about keys: `POST /api/v1/verify` and its batch.
//!
//! Must not look at the key, nor word a refusal: the call tells its status and its name alone.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Request, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::client::Client;
use crate::decision::{Decision, Mistake};
use crate::fault::Fault;
use crate::judge::problem;
use crate::question::Question;

/// Most bytes of one decision: names and numbers, and a hint.
const ANSWER_MAX: usize = 16 * 1_024;

/// Most bytes of the decisions of a batch, which has 1,000 at most.
const ANSWERS_MAX: usize = 8 * 1_024 * 1_024;

impl Client {
    /// Asks whether a key may do something.
    ///
    /// # Errors
    /// There is no decision; the request must not pass.
    pub async fn verify(&self, question: &Question) -> Result<Decision, Fault> {
        self.post("/api/v1/verify", question, question.room(), ANSWER_MAX).await
    }

    /// Asks many questions in one call, 1,000 at most; they are answered in their order, each for
    /// itself.
    ///
    /// # Errors
    /// There are no decisions; none of the requests must pass.
    pub async fn verify_batch(
        &self,
        questions: &[Question],
    ) -> Result<Vec<Result<Decision, Mistake>>, Fault> {
        let room = questions.iter().map(Question::room).sum();
        let items: Vec<Item> =
            self.post("/api/v1/verify/batch", questions, room, ANSWERS_MAX).await?;
        if items.len() != questions.len() {
            return Err(Fault::unreadable("as many decisions as questions were expected"));
        }
        Ok(items.into_iter().map(Item::into_result).collect())
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &(impl Serialize + ?Sized),
        room: usize,
        answer_max: usize,
    ) -> Result<T, Fault> {
        // All in one piece of memory, so that nothing is left behind where it grew.
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        // Text and numbers alone always serialize, and memory takes all that is written.
        let _ = serde_json::to_writer(&mut *body, question);
        let request = Request::post(self.url(path))
            .header(AUTHORIZATION, self.bearer())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Bytes::from_owner(body));
        let request = request.map_err(|_| Fault::unreadable("the URL of the call"))?;
        let (parts, body) = self.send(request, answer_max).await?;
        if parts.status != StatusCode::OK {
            return Err(problem(&parts, &body));
        }
        serde_json::from_slice(&body).map_err(|_| Fault::unreadable("it is no decision"))
    }
}

/// What stands in the place of one question of a batch.
#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Decided(Decision),
    Mistaken { error: Mistake },
}

impl Item {
    fn into_result(self) -> Result<Decision, Mistake> {
        match self {
            Self::Decided(decision) => Ok(decision),
            Self::Mistaken { error } => Err(error),
        }
    }
}
