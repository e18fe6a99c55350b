//! The peer that checks keys itself: HAProxy with a map file of keys and a stick table that counts,
//! which is as much of our work as it can do without another server.
//!
//! Must not be handicapped: as many threads as we have, no log, connections kept for ever.

use super::beside::{self, Beside, LooksUp};
use crate::programs;
use anyhow::Result;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;

/// Starts it with this many threads.
pub(super) fn start(
    duty: &LooksUp<'_>,
    threads: usize,
    folder: &Path,
    prefix: &[String],
) -> Result<Beside> {
    let address = beside::free_address()?;
    let map = beside::write(folder, "haproxy.map", &format!("{} known\n", duty.key))?;
    let text = configuration(duty, &map, address, threads);
    let file = beside::write(folder, "haproxy.cfg", &text)?;
    let words = [OsStr::new("-db"), OsStr::new("-f"), file.as_os_str()];
    let called = (programs::path_of("haproxy"), words);
    Beside::start("haproxy", called, address, folder, prefix)
}

/// A limit that is counted and never reached, as in our own configuration.
const NEVER_REACHED: u32 = 1_000_000_000;

fn configuration(duty: &LooksUp<'_>, map: &Path, address: SocketAddr, threads: usize) -> String {
    let LooksUp { header, key: _, upstream } = duty;
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
        let duty = LooksUp { header: "access_token", key: "k", upstream };
        let text = configuration(&duty, Path::new("/m"), upstream, 2);
        for part in ["nbthread 2", "map_str(/m)", "track-sc0 req.hdr(access_token)", "del-header"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
