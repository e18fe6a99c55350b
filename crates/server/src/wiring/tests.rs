//! A server that has lost a part without which it is none says which.

use std::collections::BTreeMap;
use std::path::Path;

use domain::audit::Actor;
use domain::ids::RequestId;
use domain::name::DisplayName;
use domain::operator::OperatorRole;
use engine::context::Context;
use store::port::{Change, Observer};

use super::*;
use crate::config;

/// Cannot take a change in.
#[derive(Debug)]
struct Broken;

impl Observer for Broken {
    fn committed(&self, _: &Change) {
        panic!("an invariant is broken");
    }
}

fn config(data: &Path) -> Config {
    let text = format!(
        "data = \"sqlite://{}\"\n\
         control = {{ listen = \"127.0.0.1:1\", require_tls = false }}\n\
         verifiers = {{ listen = \"127.0.0.1:2\", require_tls = false }}\n\
         [[realm]]\nname = \"payments\"\ndialect = \"asaas\"\n\
         [[realm.environment]]\nname = \"sandbox\"\nlisten = \"127.0.0.1:3\"\n\
         require_tls = false\nupstream = \"http://127.0.0.1:9\"\n",
        data.display()
    );
    let parsed = config::parse(&text, Path::new("chaveiro.toml"), &BTreeMap::new());
    let mut config = parsed.expect("without faults");
    // A file must say where; here the system chooses.
    config.control.listener.listen.set_port(0);
    config.verifiers.listener.listen.set_port(0);
    config.realms[0].environments[0].listener.listen.set_port(0);
    config
}

/// What a server says that was asked to change something while its keyring cannot follow.
async fn lost(observer: Option<Arc<dyn Observer>>) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("chaveiro.db");
    let config = config(&path);
    let store = SqliteStore::open(&path).expect("a store");
    observer.into_iter().for_each(|observer| store.watch(observer));
    let core = load(store, &path.with_file_name("identity.pem"), &config).await.expect("a core");
    let engine = Arc::clone(&core.engine);
    let running = bind(core, &config).expect("sockets").start(&config).expect("a server");
    let mut entropy = SystemEntropy::for_one_command();
    let name = DisplayName::parse("somebody").expect("a name");
    let context = Context {
        now: clock::now().real(),
        actor: Actor::System,
        request_id: RequestId::random(&mut SystemEntropy::for_one_command()),
        once: None,
        entropy: &mut entropy,
    };
    let made = engine.create_operator_key(OperatorRole::Admin, name, context).await;
    if made.is_ok() {
        running.stop().await;
        return None;
    }
    let said = running.broken().await.to_string();
    running.stop().await;
    Some(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_store_takes_no_more_changes_says_so_and_ends() {
    assert_eq!(lost(None).await, None);
    let said = lost(Some(Arc::new(Broken))).await.expect("a change that is not answered");
    assert!(said.contains("the writer of the store"), "{said}");
}
