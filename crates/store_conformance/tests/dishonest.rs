//! The laws notice every lie, and every law is needed to notice them.
//!
//! Must not count a law that fails without a lie.

use store_conformance::dishonest::{DishonestBench, Lie};
use store_conformance::{breaches, laws};

#[tokio::test]
async fn a_store_without_a_lie_keeps_every_law() {
    let breaches = breaches(&DishonestBench { lie: None }).await;
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[tokio::test]
async fn every_lie_breaks_a_law_and_every_law_is_broken_by_a_lie() {
    let mut broken = Vec::new();
    for lie in Lie::ALL {
        let breaches = breaches(&DishonestBench { lie: Some(lie) }).await;
        println!("{lie:?}");
        breaches.iter().for_each(|breach| println!("    {}: {}", breach.law, breach.seen));
        assert!(!breaches.is_empty(), "no law noticed the lie {lie:?}");
        broken.extend(breaches.into_iter().map(|breach| breach.law));
    }
    for law in laws() {
        assert!(broken.contains(&law.name), "no lie breaks the law: {}", law.name);
    }
}
