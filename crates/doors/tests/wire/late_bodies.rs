//! A request that the dialect answers itself is judged when it is whole: a key that ended while the
//! body was on its way gets nothing.

use domain::ids::KeyId;

use crate::dialect::OWN;
use crate::scene::Scene;

async fn delete(scene: &Scene, key: KeyId) {
    let mut chance = scene.world.chance();
    let context = scene.world.context(&mut chance);
    let deleted = scene.world.engine.delete_key(scene.world.sandbox(), key, context);
    deleted.await.expect("deleted");
}

#[tokio::test(flavor = "local")]
async fn a_key_that_was_deleted_while_its_body_came_gets_nothing() {
    let scene = Scene::new().await;
    let mut client = scene.client().await;
    let head =
        scene.request(&format!("POST {OWN}a"), "content-length: 4\r\nexpect: 100-continue\r\n");
    client.send(&head).await;
    // The word to go on says that the head was read and granted.
    assert_eq!(client.head().await.status(), 100);
    delete(&scene, scene.key.key.id).await;
    client.send("body").await;
    let (head, body) = client.message().await;
    assert_eq!((head.status(), &*body), (401, "deleted"));
}
