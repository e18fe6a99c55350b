//! From the name of a receiver to its addresses.
//!
//! Must not vet anything; the guard does. A look-up cannot be called off once the system has it,
//! so only so many are under way at once.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::lookup_host;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Most look-ups at once. Each holds a thread of the system's kind until the system gives up,
/// also when nobody waits for it any more.
const LOOKUPS_MAX: usize = 64;

/// How long a look-up waits for room: less than any attempt may take, so that who has none is told
/// so instead of being taken for a receiver that does not answer.
const ROOM_WITHIN: Duration = Duration::from_secs(2);

/// Why a look-up found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupFault {
    /// The name has no address, or nobody could be asked for it.
    Failed,
    /// Too many look-ups were under way; nobody was asked.
    NoRoom,
}

/// Finds the addresses of names.
#[async_trait]
pub trait Resolver: Send + Sync + fmt::Debug {
    /// All addresses of a name, in the order in which they should be tried.
    ///
    /// # Errors
    /// There are none, nobody could be asked, or there was no room to ask.
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, LookupFault>;
}

/// Asks the system.
#[derive(Clone, Debug)]
pub struct SystemResolver(Arc<Semaphore>);

impl Default for SystemResolver {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOOKUPS_MAX)))
    }
}

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, LookupFault> {
        let place = timeout(ROOM_WITHIN, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(LookupFault::NoRoom) };
        let host = host.to_owned();
        // A task of its own keeps its place until the system is done, whoever stops waiting.
        let lookup = tokio::spawn(async move {
            let found = lookup_host((host.as_str(), 0)).await;
            drop(place);
            found.map(|found| found.map(|socket| socket.ip()).collect())
        });
        // Why there is none makes no difference to anybody.
        lookup.await.ok().and_then(Result::ok).ok_or(LookupFault::Failed)
    }
}
