//! What signs while one secret of a webhook replaces another, by the clock of its place.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::secret::Overlap;
use domain::webhook::AuthToken;
use engine::deliver::Sent;
use engine::dispatch::More;
use engine::outcome::ReplacedToken;
use engine::outgoing::Outgoing;
use engine::rotate_webhook::WebhookRotation;
use store::command::Claimed;
use store::model::ModelStore;
use testkit::senders::KeepingCourier;
use testkit::world::World;

use super::{Stage, Wording, dialect_named};
use domain::delivery::SuccessRule;

const MINUTE_MS: i64 = 60_000;

fn token(byte: u8) -> AuthToken {
    let text = format!("whsec_{}", STANDARD.encode([byte; 32]));
    AuthToken::new(text).expect("a token")
}

/// A stage whose webhook has the secret of ones, and all that was sent.
struct Signing {
    stage: Stage,
    courier: Arc<KeepingCourier>,
    outgoing: Outgoing,
}

impl Signing {
    async fn stage() -> Self {
        let world = World::simulated(Arc::new(ModelStore::default())).await;
        let dialect = dialect_named("autosend");
        let (courier, place) = (Arc::new(KeepingCourier::answering(200)), world.sandbox().clone());
        let wording = Wording {
            herald: Arc::<dyn dialects::dialect::Dialect>::clone(&dialect) as _,
            rule: SuccessRule::Any2xx,
        };
        let places = HashMap::from([(place.place().clone(), wording)]);
        let outgoing = Outgoing::new(Arc::<KeepingCourier>::clone(&courier) as _, places);
        let stage = Stage::of(world, dialect, &["key.created"], token(1).expose()).await;
        Self { stage, courier, outgoing }
    }

    async fn rotate(&self, byte: u8, overlap_ms: i64) {
        let (world, place) = (&self.stage.world, self.stage.world.sandbox());
        let seconds = u64::try_from(overlap_ms / 1_000).expect("no less than none");
        let overlap = Overlap::from_seconds(seconds).expect("a lawful overlap");
        let webhook = &self.stage.webhook;
        let found = world.engine.get_webhook(place, None, webhook.id).await.expect("a store");
        let seen = found.and_then(|webhook| webhook.token).expect("a token");
        let replaces = ReplacedToken::Seen(seen);
        let rotation = WebhookRotation { replaces, token: token(byte), overlap };
        let mut chance = world.chance();
        let context = world.context_in(place, &mut chance);
        let (account, id) = (self.stage.account.id, self.stage.webhook.id);
        let rotated = world.engine.rotate_webhook(place, account, id, rotation, context).await;
        rotated.expect("a webhook");
    }

    /// Makes a key, and takes in hand what is told of it.
    async fn claimed(&self) -> Claimed {
        let (world, place) = (&self.stage.world, self.stage.world.sandbox());
        world.key(place, World::wish(self.stage.account.id)).await;
        while world.engine.dispatch_events(&self.outgoing, world.reading()).await.expect("a store")
            == More::Perhaps
        {}
        self.taken_again().await
    }

    async fn taken_again(&self) -> Claimed {
        let (world, place) = (&self.stage.world, self.stage.world.sandbox());
        let claimed = world.engine.claim_deliveries(place, world.reading(), 1).await;
        claimed.expect("a store").pop().expect("one is due")
    }

    /// Sends it, and says by the bytes of which secrets it was signed, in their order.
    async fn signed_by(&self, claimed: &Claimed) -> Vec<u8> {
        assert_eq!(self.sent(claimed).await, Sent::Tried);
        let parcel = self.courier.parcels().pop().expect("something was sent");
        assert!(parcel.lines.is_empty(), "{:?}", parcel.lines);
        let seal = parcel.seal.expect("it is signed");
        seal.secrets.iter().map(|secret| secret.expose()[0]).collect()
    }

    async fn sent(&self, claimed: &Claimed) -> Sent {
        let (world, place) = (&self.stage.world, self.stage.world.sandbox());
        let mut chance = world.chance();
        let sent =
            world.engine.send_claimed(place, &self.outgoing, claimed, world.reading(), &mut chance);
        sent.await.expect("a store")
    }

    /// Who signs the next delivery.
    async fn next(&self) -> Vec<u8> {
        self.signed_by(&self.claimed().await).await
    }
}

#[tokio::test]
async fn during_an_overlap_both_secrets_sign_the_newer_first_and_the_newer_alone_from_its_end_on() {
    let signing = Signing::stage().await;
    assert_eq!(signing.next().await, [1]);
    signing.rotate(2, MINUTE_MS).await;
    assert_eq!(signing.next().await, [2, 1]);
    signing.stage.world.clock.advance_ms(MINUTE_MS - 1);
    assert_eq!(signing.next().await, [2, 1]);
    // Nobody has erased it by then.
    signing.stage.world.clock.advance_ms(1);
    assert_eq!(signing.next().await, [2]);
}

#[tokio::test]
async fn an_overlap_ends_by_the_clock_of_the_place() {
    let signing = Signing::stage().await;
    signing.stage.world.move_sandbox(40 * MINUTE_MS).await;
    signing.rotate(2, MINUTE_MS).await;
    assert_eq!(signing.next().await, [2, 1]);
    signing.stage.world.move_sandbox(MINUTE_MS - 1).await;
    assert_eq!(signing.next().await, [2, 1]);
    signing.stage.world.move_sandbox(1).await;
    assert_eq!(signing.next().await, [2]);
}

#[tokio::test]
async fn no_more_than_two_secrets_sign_and_none_beyond_an_overlap_of_nothing() {
    let signing = Signing::stage().await;
    signing.rotate(2, MINUTE_MS).await;
    signing.rotate(3, MINUTE_MS).await;
    assert_eq!(signing.next().await, [3, 2]);
    signing.rotate(4, 0).await;
    assert_eq!(signing.next().await, [4]);
}

#[tokio::test]
async fn what_was_in_hand_is_signed_as_of_when_it_is_sent() {
    let signing = Signing::stage().await;
    signing.rotate(2, MINUTE_MS).await;
    let early = signing.claimed().await;
    signing.stage.world.move_sandbox(MINUTE_MS).await;
    assert_eq!(signing.signed_by(&early).await, [2], "an end that came on the way");
    let before = signing.claimed().await;
    signing.rotate(3, MINUTE_MS).await;
    assert_eq!(signing.sent(&before).await, Sent::Withdrawn, "a rotation on the way");
    assert_eq!(signing.signed_by(&signing.taken_again().await).await, [3, 2]);
    let erased = signing.claimed().await;
    signing.stage.world.move_sandbox(MINUTE_MS).await;
    let reading = signing.stage.world.reading();
    assert_eq!(signing.stage.world.engine.erase_ended_secrets(reading).await.expect("a store"), 1);
    assert_eq!(signing.signed_by(&erased).await, [3], "erased on the way");
}
