//! Receivers over TLS, whose certificates are right or wrong in one way.

use std::sync::Arc;

use engine::ports::courier::AttemptOutcome::{Answered, TlsRefused};
use engine::ports::courier::{AttemptOutcome, Courier as _, TlsRefusal};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::receiver::{OK, Receiver};
use crate::stage::{Names, SOON, parcel, trusting};

/// Who vouches for the receivers.
fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

fn server(
    params: &CertificateParams,
    issuer: Option<&CertifiedIssuer<'static, KeyPair>>,
) -> ServerConfig {
    let key = KeyPair::generate().expect("a key");
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    let chain = vec![CertificateDer::from(certificate.expect("a certificate"))];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.expect("known versions").with_no_client_auth();
    builder.with_single_cert(chain, key).expect("a pair")
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).expect("a name")
}

async fn check(config: ServerConfig, root: CertificateDer<'static>, expected: AttemptOutcome) {
    let receiver = Receiver::secured(config);
    let names = Names::leading(&[&["127.0.0.1"]]);
    let courier = trusting(&["127.0.0.1"], &names, vec![root], SOON);
    let url = format!("https://receiver.example:{}/", receiver.port);
    let attempt = courier.post(&parcel(&url)).await;
    assert_eq!(attempt.outcome, expected);
    let arrived = receiver.heard().iter().filter(|request| !request.is_empty()).count();
    assert_eq!(arrived, usize::from(expected == Answered(200)), "nothing is sent without TLS");
}

#[tokio::test]
async fn a_receiver_whose_certificate_is_right_is_sent_to() {
    let root = authority("ours");
    check(server(&named("receiver.example"), Some(&root)), root.der().clone(), Answered(200)).await;
}

#[tokio::test]
async fn a_certificate_that_is_over_or_not_yet_begun_is_refused() {
    let root = authority("ours");
    let mut over = named("receiver.example");
    over.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let expected = TlsRefused(TlsRefusal::Expired);
    check(server(&over, Some(&root)), root.der().clone(), expected).await;
    let mut early = named("receiver.example");
    early.not_before = rcgen::date_time_ymd(2500, 1, 1);
    let expected = TlsRefused(TlsRefusal::NotYetValid);
    check(server(&early, Some(&root)), root.der().clone(), expected).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let root = authority("ours");
    let expected = TlsRefused(TlsRefusal::WrongName);
    check(server(&named("other.example"), Some(&root)), root.der().clone(), expected).await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (root, other) = (authority("ours"), authority("another"));
    let expected = TlsRefused(TlsRefusal::UnknownIssuer);
    let config = || named("receiver.example");
    check(server(&config(), None), root.der().clone(), expected).await;
    check(server(&config(), Some(&other)), root.der().clone(), expected).await;
    // One that only says that it is trusted.
    let impostor = authority("ours");
    check(server(&config(), Some(&impostor)), root.der().clone(), expected).await;
}

#[tokio::test]
async fn a_receiver_without_tls_is_not_spoken_to_in_the_clear() {
    let receiver = Receiver::answering(OK);
    let names = Names::leading(&[&["127.0.0.1"]]);
    let courier = trusting(&["127.0.0.1"], &names, Vec::new(), SOON);
    let url = format!("https://receiver.example:{}/", receiver.port);
    let outcome = courier.post(&parcel(&url)).await.outcome;
    let kinds = [TlsRefused(TlsRefusal::Other), AttemptOutcome::TimedOut];
    assert!(kinds.contains(&outcome), "{outcome:?}");
}
