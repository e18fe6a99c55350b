//! The guard at work: nothing inside is reached, however the address is spelled and wherever the
//! name leads. Each refusal is shown beside a list with which the same parcel arrives.

use delivery::Guard;
use domain::webhook::WebhookUrl;
use engine::ports::courier::AddressRefusal::{self, NotPublic, Port, Scheme, TooMany};
use engine::ports::courier::AttemptOutcome::{AddressRefused, Answered, NotConnected};
use engine::ports::courier::Courier as _;
use engine::ports::receivers::Receivers as _;

use crate::receiver::{OK, Receiver};
use crate::stage::{Names, asking_the_system, courier, parcel};

/// Addresses inside, in every spelling that is known to us.
const INSIDE: [&str; 24] = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "[fc00::1]",
    "[fe80::1]",
];

/// Posts there without a list.
async fn check(url: &str, names: &[&str], why: AddressRefusal) {
    let attempt = courier(&[], &Names::leading(&[names])).post(&parcel(url)).await;
    assert_eq!(attempt.outcome, AddressRefused(why), "{url} {names:?}");
}

#[tokio::test]
async fn every_spelling_of_an_address_inside_is_refused() {
    for host in INSIDE {
        check(&format!("https://{host}/"), &[], NotPublic).await;
    }
    check("https://localhost./", &["127.0.0.1"], NotPublic).await;
}

#[test]
fn every_spelling_of_an_address_inside_is_refused_when_it_is_saved() {
    let guard = Guard::new(Vec::new(), Vec::new());
    for host in INSIDE {
        let url = WebhookUrl::parse(&format!("https://{host}/")).expect("a well-formed address");
        assert_eq!(guard.vet(&url), Err(NotPublic), "{host}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused() {
    let url = "https://receiver.example/";
    check(url, &["127.0.0.1"], NotPublic).await;
    check(url, &["8.8.8.8", "127.0.0.1"], NotPublic).await;
    check(url, &["8.8.8.8", "fd00::1"], NotPublic).await;
    check(url, &["8.8.8.8"; 300], TooMany).await;
}

#[tokio::test]
async fn what_is_no_receiver_by_its_port_or_scheme_is_refused() {
    for port in [22, 25, 6_379] {
        check(&format!("https://receiver.example:{port}/"), &["8.8.8.8"], Port).await;
    }
    check("http://receiver.example/", &["8.8.8.8"], Scheme).await;
}

#[tokio::test]
async fn a_receiver_inside_is_reached_once_it_is_listed_and_not_before() {
    let receiver = Receiver::answering(OK);
    let url = format!("http://127.0.0.1:{}/", receiver.port);
    for (list, expected, heard) in [
        (&[][..], AddressRefused(NotPublic), 0),
        (&["127.0.0.2", "10.0.0.0/8"], AddressRefused(NotPublic), 0),
        (&["127.0.0.1"], Answered(200), 1),
    ] {
        let attempt = courier(list, &Names::leading(&[])).post(&parcel(&url)).await;
        assert_eq!((attempt.outcome, receiver.heard().len()), (expected, heard), "{list:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_bent_inwards_between_two_answers_leads_nowhere() {
    let trap = Receiver::answering(OK);
    let url = format!("http://receiver.example:{}/", trap.port);
    // The first answer may be sent to, and nobody is there; the second leads to the trap.
    let bent: &[&[&str]] = &[&["127.0.0.2"], &["127.0.0.1"]];
    let names = Names::leading(bent);
    let attempt = courier(&["127.0.0.2"], &names).post(&parcel(&url)).await;
    assert_eq!((attempt.outcome, names.asked()), (NotConnected, 1));
    assert_eq!(trap.heard(), [""; 0]);
    // The trap would have heard of it: whoever is sent to the second answer arrives there.
    let attempt = courier(&["127.0.0.1"], &Names::leading(&bent[1..])).post(&parcel(&url)).await;
    assert_eq!((attempt.outcome, trap.heard().len()), (Answered(200), 1));
}

#[tokio::test]
async fn what_the_system_says_of_a_name_is_vetted_too() {
    let receiver = Receiver::answering(OK);
    let url = format!("http://localhost:{}/", receiver.port);
    let attempt = asking_the_system(&[]).post(&parcel(&url)).await;
    assert_eq!((attempt.outcome, receiver.heard().len()), (AddressRefused(NotPublic), 0));
    // By its name, and by its addresses.
    for list in [&["localhost"][..], &["127.0.0.0/8", "::1"]] {
        let attempt = asking_the_system(list).post(&parcel(&url)).await;
        assert_eq!(attempt.outcome, Answered(200), "{list:?}");
    }
}
