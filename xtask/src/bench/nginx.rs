//! The peer: nginx with nothing to do but answer, or pass on, or ask somebody and pass on.
//!
//! Must not be handicapped: as many workers as we have threads, no log, connections kept for ever.

use super::beside::{self, Beside};
use crate::programs;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// What it does with a request.
pub(super) enum Duty {
    /// Answers 200 with this JSON.
    Answer(String),
    /// Passes it on to this server over connections that are kept.
    PassOn(SocketAddr),
    /// The same, after it asked another server about each request.
    AskAndPassOn {
        /// Who is asked; its answer has to be 2xx.
        asked: SocketAddr,
        /// Where the request goes then.
        upstream: SocketAddr,
    },
}

/// Starts it with this many workers.
pub(super) fn start(
    duty: &Duty,
    name: &str,
    workers: usize,
    folder: &Path,
    prefix: &[String],
) -> Result<Beside> {
    let address = beside::free_address()?;
    let home = folder.join(name);
    fs::create_dir_all(&home).with_context(|| format!("{} can't be made", home.display()))?;
    let file = beside::write(&home, "nginx.conf", &configuration(duty, address, workers))?;
    let words = ["-e", "stderr", "-p"].map(OsStr::new).into_iter();
    let words = words.chain([home.as_os_str(), OsStr::new("-c"), file.as_os_str()]);
    let called = (programs::path_of("nginx"), words);
    Beside::start(name, called, address, folder, prefix)
}

/// What its answer to [`Duty::Answer`] has before the body, within some bytes.
pub(super) const HEAD_BYTES: usize = 160;

/// JSON of exactly this many bytes that nginx takes as it stands, without `$` or quotes of its own.
pub(super) fn filler(bytes: usize) -> String {
    let frame = r#"{"pad":""}"#.len();
    format!(r#"{{"pad":"{}"}}"#, "x".repeat(bytes.saturating_sub(frame)))
}

fn configuration(duty: &Duty, address: SocketAddr, workers: usize) -> String {
    let (above, location) = match duty {
        Duty::Answer(body) => {
            (String::new(), format!("default_type application/json; return 200 '{body}'; }}"))
        }
        Duty::PassOn(upstream) => (servers("behind", *upstream), format!("{} }}", pass("behind"))),
        Duty::AskAndPassOn { asked, upstream } => (
            format!("{} {}", servers("asked", *asked), servers("behind", *upstream)),
            format!(
                "auth_request /asked; {} }} location = /asked {{ internal; {} \
                 proxy_pass_request_body off; proxy_set_header Content-Length \"\"; }}",
                pass("behind"),
                pass("asked"),
            ),
        ),
    };
    format!(
        "daemon off;\nworker_processes {workers};\npid nginx.pid;\nerror_log stderr crit;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n\
         access_log off;\nunderscores_in_headers on;\n\
         keepalive_requests 1000000000;\nkeepalive_timeout 1h;\n\
         client_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\n\
         uwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n\
         {above}\n\
         server {{ listen {address} reuseport; location / {{ {location} }}\n\
         }}\n"
    )
}

/// A group of one server whose connections are kept.
fn servers(name: &str, address: SocketAddr) -> String {
    format!(
        "upstream {name} {{ server {address}; keepalive 512; \
         keepalive_requests 1000000000; keepalive_timeout 1h; }}"
    )
}

fn pass(to: &str) -> String {
    format!("proxy_pass http://{to}; proxy_http_version 1.1; proxy_set_header Connection \"\";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filler_has_the_size_that_was_asked_for() {
        for bytes in [10, 11, 200, 431] {
            assert_eq!(filler(bytes).len(), bytes);
        }
    }

    #[test]
    fn each_duty_is_in_its_configuration() {
        let address = SocketAddr::from(([127, 0, 0, 1], 9000));
        let answer = configuration(&Duty::Answer("{}".into()), address, 3);
        assert!(answer.contains("worker_processes 3;") && answer.contains("return 200 '{}'"));
        let passes = configuration(&Duty::PassOn(address), address, 1);
        assert!(passes.contains("server 127.0.0.1:9000;") && passes.contains("proxy_pass"));
        let asks = Duty::AskAndPassOn { asked: address, upstream: address };
        let asks = configuration(&asks, address, 1);
        assert!(asks.contains("auth_request /asked;") && asks.contains("http://behind"), "{asks}");
        for text in [answer, passes, asks] {
            let count = |bracket| text.matches(bracket).count();
            assert_eq!(count('{'), count('}'), "{text}");
        }
    }
}
