//! The peer that checks keys itself: HAProxy with a map file of keys and a stick table that counts,
//! which is as much of our work as it can do without another server.
//!
//! Must not be handicapped: as many threads as we have, no log, connections kept for ever.

use super::scratch;
use super::server::Server;
use crate::programs;
use anyhow::{Context, Result};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// A running HAProxy.
pub(super) struct Haproxy {
    pub(super) server: Server,
    pub(super) address: SocketAddr,
}

/// Whom it lets through, and where to.
pub(super) struct Duty<'a> {
    /// The header that carries the key.
    pub(super) header: &'a str,
    /// The one key of the map.
    pub(super) key: &'a str,
    pub(super) upstream: SocketAddr,
}

impl Haproxy {
    /// Starts it on a free port with this many threads.
    pub(super) fn start(
        duty: &Duty<'_>,
        threads: usize,
        folder: &Path,
        prefix: &[String],
    ) -> Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], scratch::free_ports(1)?));
        let write = |name: &str, text: String| {
            let file = folder.join(name);
            fs::write(&file, text)
                .with_context(|| format!("{} can't be written", file.display()))?;
            anyhow::Ok(file)
        };
        let map = write("haproxy.map", format!("{} known\n", duty.key))?;
        let file = write("haproxy.cfg", configuration(duty, &map, address, threads))?;
        let mut words = prefix.iter().cloned().chain([programs::path_of("haproxy")]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).args(["-db", "-f"]).arg(&file);
        let mut server = Server::start(command, "haproxy", folder)?;
        server.wait_for(address)?;
        Ok(Self { server, address })
    }
}

/// A limit that is counted and never reached, as in our own configuration.
const NEVER_REACHED: u32 = 1_000_000_000;

fn configuration(duty: &Duty<'_>, map: &Path, address: SocketAddr, threads: usize) -> String {
    let Duty { header, key: _, upstream } = duty;
    let map = map.display();
    format!(
        "global\n nbthread {threads}\n maxconn 4096\n\
         defaults\n mode http\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n \
         http-reuse always\n\
         frontend api\n bind {address}\n \
         stick-table type string len 128 size 100k expire 1m store http_req_rate(1s)\n \
         http-request deny deny_status 401 unless {{ req.hdr({header}),map_str({map}) -m found }}\n \
         http-request track-sc0 req.hdr({header})\n \
         http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt {NEVER_REACHED} }}\n \
         http-request del-header {header}\n default_backend behind\n\
         backend behind\n server only {upstream}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_looked_up_counted_and_taken_away() {
        let upstream = SocketAddr::from(([127, 0, 0, 1], 9000));
        let duty = Duty { header: "access_token", key: "k", upstream };
        let text = configuration(&duty, Path::new("/m"), upstream, 2);
        for part in ["nbthread 2", "map_str(/m)", "track-sc0 req.hdr(access_token)", "del-header"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
