//! Many questions in one call, answered in their order.
//!
//! Each is decided for itself: a mistake in one takes its place among the answers and spoils no
//! other. Must not decide them one after the other, because one may have to wait for the store.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::VerifySettings;
use super::answer::Decision;
use super::ask::decide;
use super::problem::{Problem, ProblemCode};
use super::question::{Question, mistake};
use crate::arrival::Arrival;

/// Most questions of one call.
pub(super) const QUESTIONS_MAX: usize = 1_000;

/// A mistake in the place of an answer.
#[derive(Serialize)]
struct Mistaken<'a> {
    error: &'a Problem,
}

/// Answers all questions of a body.
pub(super) async fn many(
    settings: &VerifySettings,
    json: &[u8],
    arrival: &Arrival,
) -> Result<Vec<u8>, Problem> {
    let questions = match serde_json::from_slice(json) {
        Ok(Questions::All(questions)) => questions,
        Ok(Questions::TooMany) => return Err(Problem::of(ProblemCode::TooManyQuestions)),
        Err(error) if error.is_data() => {
            let detail = "A batch is an array of questions, each like the body of /api/v1/verify.";
            return Err(Problem::saying(ProblemCode::InvalidRequest, detail));
        }
        Err(error) => return Err(mistake(&error)),
    };
    let answers = all(questions.into_iter().map(|question| async move {
        decide(settings, &Question::read(question.get().as_bytes())?, arrival).await
    }));
    Ok(write(&answers.await))
}

fn write(answers: &[Result<Decision<'_>, Problem>]) -> Vec<u8> {
    let mut body = Vec::with_capacity(2 + answers.len() * 256);
    body.push(b'[');
    for (at, answer) in answers.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        // Text and numbers alone always serialize, and memory takes all that is written.
        let _ = match answer {
            Ok(decision) => serde_json::to_writer(&mut body, decision),
            Err(error) => serde_json::to_writer(&mut body, &Mistaken { error }),
        };
    }
    body.push(b']');
    body
}

/// The questions, unread.
enum Questions<'a> {
    All(Vec<&'a RawValue>),
    TooMany,
}

impl<'de> Deserialize<'de> for Questions<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting;
        impl<'de> Visitor<'de> for Counting {
            type Value = Questions<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of questions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut questions = Vec::new();
                let mut count = 0_usize;
                // The rest is read to its end, so that what is no JSON is called that.
                while let Some(question) = seq.next_element::<&RawValue>()? {
                    count += 1;
                    if count <= QUESTIONS_MAX {
                        questions.push(question);
                    }
                }
                let fits = count <= QUESTIONS_MAX;
                Ok(if fits { Questions::All(questions) } else { Questions::TooMany })
            }
        }
        deserializer.deserialize_seq(Counting)
    }
}

/// One of many that are waited for together.
enum Part<F: Future> {
    Waiting(Pin<Box<F>>),
    Done(F::Output),
}

/// Waits for all, side by side.
async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut parts: Vec<Part<F>> = futures.map(|future| Part::Waiting(Box::pin(future))).collect();
    poll_fn(|cx| {
        let mut waiting = 0_usize;
        for part in &mut parts {
            match part {
                Part::Done(_) => {}
                Part::Waiting(future) => match future.as_mut().poll(cx) {
                    Poll::Ready(output) => *part = Part::Done(output),
                    Poll::Pending => waiting += 1,
                },
            }
        }
        if waiting == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let done = |part| match part {
        Part::Done(output) => Some(output),
        Part::Waiting(_) => None,
    };
    parts.into_iter().filter_map(done).collect()
}
