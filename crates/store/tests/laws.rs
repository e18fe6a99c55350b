//! The model keeps every law of a store.
//!
//! Must not excuse it from any: what the model may not do, no store may.

use std::sync::Arc;

use async_trait::async_trait;
use store::model::ModelStore;
use store::port::Store;
use store_conformance::{Bench, laws};

struct ModelBench;

#[async_trait]
impl Bench for ModelBench {
    async fn fresh(&self) -> Arc<dyn Store> {
        Arc::new(ModelStore::new())
    }

    async fn reopen(&self, _store: Arc<dyn Store>) -> Option<Arc<dyn Store>> {
        None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_model_keeps_every_law() {
    let mut broken = 0;
    for law in laws() {
        match (law.run)(&ModelBench).await {
            Ok(()) => println!("ok      {}", law.name),
            Err(seen) => {
                broken += 1;
                println!("failed  {}: {seen}", law.name);
            }
        }
    }
    assert_eq!(broken, 0, "the model breaks laws");
}
