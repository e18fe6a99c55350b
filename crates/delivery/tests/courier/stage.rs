//! Couriers and parcels for the tests, and names that lead where a test says.
//!
//! Must not look a name up.

use std::cell::Cell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use delivery::{
    AllowedReceiver, CourierSettings, Deadlines, Guard, HttpCourier, LookupFault, Resolver,
    SystemResolver,
};
use domain::ids::{EnvironmentName, Place, RealmName, WebhookId};
use domain::time::Tick;
use domain::webhook::WebhookUrl;
use engine::ports::courier::{Attempt, AttemptOutcome, Courier as _, Parcel};
use rustls::pki_types::CertificateDer;

/// What a name leads to: first this, then that, and for ever the last.
#[derive(Debug, Default)]
pub(crate) struct Names {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    /// Names that lead to these, one answer after the other.
    pub(crate) fn leading(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = |text: &&str| text.parse().expect("an address");
        let answers = answers.iter().map(|one| one.iter().map(parsed).collect()).collect();
        Arc::new(Self { answers, asked: AtomicUsize::new(0) })
    }

    /// How often somebody asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, _host: &str) -> Result<Vec<IpAddr>, LookupFault> {
        let at = self.asked.fetch_add(1, Ordering::SeqCst);
        let last = self.answers.len().saturating_sub(1);
        Ok(self.answers.get(at.min(last)).cloned().unwrap_or_default())
    }
}

/// A courier whose list holds these.
pub(crate) fn courier(allowed: &[&str], names: &Arc<Names>) -> HttpCourier {
    trusting(allowed, names, Vec::new(), Deadlines::default())
}

/// The same that trusts these, and waits for so long.
pub(crate) fn trusting(
    allowed: &[&str],
    names: &Arc<Names>,
    further_roots: Vec<CertificateDer<'static>>,
    deadlines: Deadlines,
) -> HttpCourier {
    let names: Arc<dyn Resolver> = Arc::<Names>::clone(names);
    with(allowed, names, further_roots, deadlines)
}

/// A courier that asks the system where names lead.
pub(crate) fn asking_the_system(allowed: &[&str]) -> HttpCourier {
    let system: Arc<dyn Resolver> = Arc::new(SystemResolver::default());
    with(allowed, system, Vec::new(), Deadlines::default())
}

fn with(
    allowed: &[&str],
    names: Arc<dyn Resolver>,
    further_roots: Vec<CertificateDer<'static>>,
    deadlines: Deadlines,
) -> HttpCourier {
    let listed = |text: &&str| AllowedReceiver::parse(text).expect("a receiver");
    let guard = Guard::new(allowed.iter().map(listed).collect(), Vec::new());
    let settings = CourierSettings { guard, further_roots, deadlines };
    HttpCourier::new(settings, names, ticks).expect("a courier")
}

/// A clock that goes on by 7 ms whenever somebody looks at it.
fn ticks() -> Tick {
    thread_local!(static LOOKS: Cell<u64> = const { Cell::new(0) });
    LOOKS.with(|looks| Tick::from_micros(7_000 * looks.replace(looks.get() + 1)))
}

/// Deadlines that a test can wait for.
pub(crate) const SOON: Deadlines =
    Deadlines { connect: Duration::from_secs(1), whole: Duration::from_secs(2) };

/// A parcel with nothing special about it.
pub(crate) fn parcel(url: &str) -> Parcel {
    Parcel {
        place: Place {
            realm: RealmName::parse("payments").expect("a name"),
            environment: EnvironmentName::parse("sandbox").expect("a name"),
        },
        webhook: WebhookId::from_u128(7),
        url: WebhookUrl::parse(url).expect("an address"),
        lines: Vec::new(),
        body: Arc::from(&br#"{"event":"x"}"#[..]),
        seal: None,
    }
}

/// Posts a parcel to 127.0.0.1, which is on the list.
pub(crate) async fn post_to(port: u16) -> Attempt {
    let courier = trusting(&["127.0.0.0/8"], &Names::leading(&[]), Vec::new(), SOON);
    courier.post(&parcel(&format!("http://127.0.0.1:{port}/hook?a=b"))).await
}

/// Posts a parcel there and compares the outcome.
pub(crate) async fn check(port: u16, expected: AttemptOutcome) -> Attempt {
    let attempt = post_to(port).await;
    assert_eq!(attempt.outcome, expected, "{attempt:?}");
    attempt
}
