//! Puts one question to the engine.
//!
//! Must not look at the key itself.

use domain::refusal::Refusal;
use engine::verify::{Counting, Transport, Verdict, VerifyRequest};

use super::answer::{Decision, Outcome};
use super::problem::{Problem, ProblemCode};
use super::question::Question;
use super::{VerifyPlace, VerifySettings};
use crate::arrival::Arrival;

/// Answers the one question of a body.
pub(super) async fn one(
    settings: &VerifySettings,
    json: &[u8],
    arrival: &Arrival,
) -> Result<Vec<u8>, Problem> {
    let question = Question::read(json)?;
    let decision = decide(settings, &question, arrival).await?;
    let mut body = Vec::with_capacity(320);
    // Text and numbers alone always serialize, and memory takes all that is written.
    let _ = serde_json::to_writer(&mut body, &decision);
    Ok(body)
}

/// Decides one question.
pub(super) async fn decide<'s>(
    settings: &'s VerifySettings,
    question: &Question<'_>,
    arrival: &Arrival,
) -> Result<Decision<'s>, Problem> {
    let engine = &*settings.engine;
    let place = find(settings, &question.realm.0, &question.environment.0)?;
    let request = VerifyRequest {
        now: arrival.now,
        tick: arrival.tick,
        // Whoever asks has the answer, and does not say when it ends.
        counting: Counting::WithoutEnd,
        // How the API's caller came is the verifier's to judge.
        transport: Transport::Allowed,
        credential: question.credential(&place.place.realm().prefixes),
        method: question.method()?,
        path: question.path()?,
        client: question.client()?,
        names_its_program: question.names_its_program(),
        project: question.project(),
    };
    // Read before the decision, so that what is told is never newer than what was used.
    let epoch = engine.epoch();
    if question.min_epoch.is_some_and(|wanted| wanted > epoch) {
        return Ok(Decision { place, outcome: Outcome::Refused(Refusal::Undecidable, epoch) });
    }
    let outcome = match engine.verify(&place.place, &request).await {
        Verdict::Granted(permit) => Outcome::Granted(permit),
        Verdict::Refused(refusal) => Outcome::Refused(refusal, epoch),
    };
    Ok(Decision { place, outcome })
}

/// The environment with these names.
pub(crate) fn find<'s>(
    settings: &'s VerifySettings,
    realm: &str,
    environment: &str,
) -> Result<&'s VerifyPlace, Problem> {
    let named = |place: &&VerifyPlace| place.place.realm().name.as_str() == realm;
    let of_realm = || settings.places.iter().filter(named);
    let wanted = |place: &&VerifyPlace| place.place.environment().as_str() == environment;
    if let Some(place) = of_realm().find(wanted) {
        return Ok(place);
    }
    let mut environments = of_realm().map(|place| place.place.environment().as_str()).peekable();
    if environments.peek().is_some() {
        let known = environments.collect::<Vec<_>>().join(", ");
        let detail = format!("The realm has no environment of this name; it has {known}.");
        return Err(Problem::saying(ProblemCode::NoSuchPlace, detail));
    }
    let mut known: Vec<&str> =
        settings.places.iter().map(|place| place.place.realm().name.as_str()).collect();
    known.dedup();
    let detail = format!("There is no realm of this name; there is {}.", known.join(", "));
    Err(Problem::saying(ProblemCode::NoSuchRealm, detail))
}
