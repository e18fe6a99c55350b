//! Sends letters that are due for as long as the server runs.
//!
//! Takes no input but the time: what there is to do, the store knows. What it did not finish is sent
//! after the next start. Must not keep trying a mail server that cannot be used, nor log an address.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::ids::Place;
use engine::correspondence::Correspondence;
use engine::engine::Engine;
use engine::outcome::Fault;
use engine::place::PlaceRef;
use engine::ports::postman::{MailFault, MailTrouble};
use engine::send_letters::Posted;
use tokio::time::Instant;

use crate::bells::Bells;
use crate::clock;
use crate::entropy::SystemEntropy;
use crate::listen::StopSignal;

/// How long what is due may wait to be found.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long to wait after the mail server could not be used, at first and at most; each time twice as
/// long.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Most letters of one place that are sent before the next place has its turn.
const SENT_AT_ONCE: u32 = 16;

/// Runs until the signal to stop, and lets the letter under way end within the grace.
pub(crate) async fn run(
    engine: Arc<Engine>,
    mail: Option<Correspondence>,
    bells: Arc<Bells>,
    stop: StopSignal,
    grace: Duration,
) {
    let Some(mail) = mail else { return stop.given().await };
    let working = work(&engine, &mail, &bells, &stop);
    let over = async {
        stop.given().await;
        tokio::time::sleep(grace).await;
    };
    // What does not end in time is sent again after the next start.
    tokio::select! {
        () = working => {}
        () = over => {}
    }
}

async fn work(engine: &Engine, mail: &Correspondence, bells: &Bells, stop: &StopSignal) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut pause = PAUSES.0;
    let mut rests_until = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = stop.given() => return,
            () = bells.letters.notified() => {}
            _ = look.tick() => {}
        }
        if Instant::now() < rests_until {
            continue;
        }
        match send(engine, mail, stop).await {
            Ok(Tried::Nothing) => forget_waiting(engine, bells).await,
            Ok(Tried::Some) => {
                pause = PAUSES.0;
                bells.letters_wait.store(false, Ordering::Relaxed);
            }
            Err(Trouble::Store(fault)) => {
                tracing::error!(%fault, "letters could not be sent; they are kept, and it is tried again");
            }
            Err(Trouble::Mail(fault)) => {
                bells.letters_wait.store(true, Ordering::Relaxed);
                rests_until = Instant::now() + pause;
                pause = (pause * 2).min(PAUSES.1);
                tracing::error!(%fault, "letters wait, because the mail server cannot be used");
            }
        }
    }
}

/// Where no letter waits for the mail server any more, nobody is to be told that some do. With nothing
/// to send nobody knows whether it can be used again.
async fn forget_waiting(engine: &Engine, bells: &Bells) {
    if !bells.letters_wait.load(Ordering::Relaxed) {
        return;
    }
    for place in engine.places() {
        match engine.letters_standing(place).await {
            Ok(standing) if standing.failing == 0 => {}
            Ok(_) => return,
            Err(fault) => {
                tracing::error!(%fault, "it could not be asked whether letters wait; it is asked again");
                return;
            }
        }
    }
    bells.letters_wait.store(false, Ordering::Relaxed);
}

/// What ends a turn.
enum Trouble {
    Store(Fault),
    Mail(MailFault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Store(fault)
    }
}

/// Whether anything was brought to the mail server, and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    Nothing,
    Some,
}

/// Sends what is due, some letters of each place in turn.
async fn send(engine: &Engine, mail: &Correspondence, stop: &StopSignal) -> Result<Tried, Trouble> {
    let (mut tried, mut more) = (Tried::Nothing, true);
    while more {
        more = false;
        for place in engine.places() {
            let letters = send_some(engine, place, mail, stop).await?;
            if letters > 0 {
                tried = Tried::Some;
            }
            more |= letters == SENT_AT_ONCE;
        }
    }
    Ok(tried)
}

/// Sends some letters of a place; says how many. With [`SENT_AT_ONCE`] there may be more.
async fn send_some(
    engine: &Engine,
    place: &PlaceRef,
    mail: &Correspondence,
    stop: &StopSignal,
) -> Result<u32, Trouble> {
    let Place { realm, environment } = place.place();
    for sent in 0..SENT_AT_ONCE {
        if stop.is_given() {
            return Ok(sent);
        }
        let mut entropy = SystemEntropy::for_one_command();
        let posted = engine.send_next_letter(place, mail, clock::now(), &mut entropy).await?;
        match posted {
            None => return Ok(sent),
            Some(Posted::Sent) => tracing::debug!(%realm, %environment, "a letter was sent"),
            Some(Posted::PutOff(said)) => {
                tracing::info!(%realm, %environment, code = said.code, "the mail server put a letter off; it is tried again");
            }
            Some(Posted::GivenUp(trouble)) => {
                tracing::warn!(%realm, %environment, code = code_of(&trouble), "a letter was given up; the audit trail names it");
            }
            Some(Posted::TooLate) => {
                tracing::warn!(%realm, %environment, "a letter took so long that it may be sent twice");
            }
            Some(Posted::Fault { fault, is_given_up }) => {
                if is_given_up {
                    tracing::warn!(%realm, %environment, "a letter was given up after five days; the audit trail names it");
                }
                give_up_old(engine, stop).await?;
                return Err(Trouble::Mail(fault));
            }
        }
    }
    Ok(SENT_AT_ONCE)
}

/// What the mail server answered; 0 where it did not. Its words may name whoever was written to.
const fn code_of(trouble: &MailTrouble) -> u16 {
    match trouble {
        MailTrouble::Deferred(said) | MailTrouble::Refused(said) => said.code,
        MailTrouble::Fault(_) => 0,
    }
}

/// Gives up what has waited for days for a mail server that cannot be used.
async fn give_up_old(engine: &Engine, stop: &StopSignal) -> Result<(), Fault> {
    for place in engine.places() {
        let Place { realm, environment } = place.place();
        loop {
            let mut entropy = SystemEntropy::for_one_command();
            let letters = engine.give_up_letters(place, clock::now(), &mut entropy).await?;
            if letters == 0 || stop.is_given() {
                break;
            }
            tracing::warn!(%realm, %environment, letters, "letters were given up after five days; the audit trail names them");
        }
    }
    Ok(())
}
