//! From the name of a receiver to its addresses.
//!
//! A name is asked for as it stands: the system adds none of its own domains to it. Must not vet
//! anything; the guard does. A look-up cannot be called off once the system has it,
//! so only so many are under way at once.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Most look-ups at once. Each holds a thread of the system's kind until the system gives up,
/// also when nobody waits for it any more.
const LOOKUPS_MAX: usize = 64;

/// The machine's own list of hosts.
const HOSTS: &str = "/etc/hosts";

/// So many bytes of it are read at most: it is read for each look-up, and what follows is not known.
const HOSTS_MAX: u64 = 4 * 1_024 * 1_024;

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
        // It keeps its place until the system is done, whoever stops waiting.
        let lookup = tokio::task::spawn_blocking(move || {
            let _place = place;
            let hosts = listed(Path::new(HOSTS));
            let found = (whole(&host, &hosts).as_str(), 0).to_socket_addrs();
            found.map(|found| found.map(|socket| socket.ip()).collect())
        });
        // Why there is none makes no difference to anybody.
        lookup.await.ok().and_then(Result::ok).ok_or(LookupFault::Failed)
    }
}

/// The machine's own list of hosts, as far as it is read; nothing where there is none. A byte that is no
/// text spoils the name that it stands in and no other.
fn listed(file: &Path) -> String {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(HOSTS_MAX).read_to_end(&mut bytes));
    if read.is_err() {
        return String::new();
    }
    if bytes.len() as u64 == HOSTS_MAX {
        // What the bound cut in two is no name.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
        bytes.truncate(whole);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The name as the system is asked for it. One with a domain ends at the root: else the system may look
/// below its own search domains first, and what is for `hooks.example.com` would go to whoever has
/// that name there. What the machine's own list of hosts knows is found there alone, and only as it
/// stands; a name without a domain has no other meaning than the system's.
fn whole(host: &str, hosts: &str) -> String {
    let is_listed = hosts.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_ascii_whitespace().skip(1).any(|name| name.eq_ignore_ascii_case(host))
    });
    let ends = host.ends_with('.') || !host.contains('.') || is_listed;
    if ends { host.to_owned() } else { format!("{host}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_domain_is_looked_for_below_the_root_alone() {
        let hosts = "127.0.0.1 localhost\n10.0.0.9\treceiver.example Other.example # not.example\n";
        for (host, asked) in [
            ("hooks.example.com", "hooks.example.com."),
            ("hooks.example.com.", "hooks.example.com."),
            ("not.example", "not.example."),
            ("10.0.0.9.example", "10.0.0.9.example."),
            ("receiver.example", "receiver.example"),
            ("other.example", "other.example"),
            ("receiver", "receiver"),
        ] {
            assert_eq!(whole(host, hosts), asked);
        }
    }

    #[test]
    fn a_list_with_bytes_that_are_no_text_is_read_all_the_same() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let lines = b"10.0.0.8 caf\xe9.example # caf\xe9\n10.0.0.9 receiver.example\n";
        std::fs::write(file.path(), lines).expect("written");
        let hosts = listed(file.path());
        assert_eq!(whole("receiver.example", &hosts), "receiver.example");
        assert_eq!(whole("hooks.example", &hosts), "hooks.example.");
    }

    #[test]
    fn no_more_of_a_list_is_read_than_its_bound_and_no_half_of_a_name() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut lines = b"10.0.0.9 receiver.example\n".to_vec();
        lines.resize(HOSTS_MAX as usize - 12, b'\n');
        lines.extend(b"10.0.0.8 a.b.example\n");
        std::fs::write(file.path(), lines).expect("written");
        let hosts = listed(file.path());
        assert_eq!(whole("receiver.example", &hosts), "receiver.example");
        assert_eq!(whole("a.b", &hosts), "a.b.");
    }
}
