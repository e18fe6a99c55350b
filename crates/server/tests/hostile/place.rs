//! The real binary before an upstream that does as it is told.
//!
//! Must not be gentler to it than a configuration that an operator could write.

use crate::support::{Quickstart, ports};
use crate::target::Target;
use crate::upstream::Upstream;

const SANDBOX: u16 = 1;
const UPSTREAM: &str = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM";
const HTTP2: &str = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__HTTP2";

/// A server and its upstream.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) server: Quickstart,
    pub(crate) upstream: Upstream,
    pub(crate) target: Target,
    _dir: tempfile::TempDir,
}

impl Place {
    /// One with these variables in its environment. It speaks HTTP/2 in the clear as well.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let upstream = Upstream::start();
        let usual = [(UPSTREAM, upstream.url()), (HTTP2, "prior_knowledge".to_owned())];
        let usual = usual.iter().map(|(name, value)| (*name, value.as_str()));
        let variables: Vec<_> = usual.chain(variables.iter().copied()).collect();
        let data = dir.path().join("data");
        let server = Quickstart::start_with(&data, ports::free_base(), &variables);
        let target = Target {
            address: server.address(SANDBOX),
            pid: server.pid(),
            key: server.text("/realms/payments/sandbox/key"),
        };
        // What everybody's first request costs is not to be counted.
        assert_eq!(target.serves(), Ok(()));
        Self { server, upstream, target, _dir: dir }
    }
}
