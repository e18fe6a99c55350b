//! A folder for one test, with a quickstart that has run in it or has not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::finished::{Finished, run};
use crate::support::http::{self, Answer};
use crate::support::{Quickstart, binary, files, ports};

/// A data folder and the ports that belong to it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) base: u16,
}

impl Place {
    /// One in which nothing has run yet.
    pub(crate) fn fresh() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), base: ports::free_base() }
    }

    /// One in which a quickstart has run with these variables, and ended well; with what it showed.
    pub(crate) fn used(variables: &[(&str, &str)]) -> (Self, serde_json::Value) {
        let place = Self::fresh();
        let mut server = Quickstart::start_with(&place.data(), place.base, variables);
        assert_eq!(server.stop(), Some(0), "{}", server.log());
        let line = server.line.clone();
        (place, line)
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file of the data folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// A place outside the data folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Everything in the data folder.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files::snapshot(&self.data())
    }

    /// A quickstart on these ports that is expected to fail.
    pub(crate) fn fails(&self, base: u16) -> Finished {
        run(&mut self.again(base))
    }

    /// A quickstart on these ports.
    pub(crate) fn again(&self, base: u16) -> Command {
        quickstart(&self.data(), &["--port-base", &base.to_string()])
    }

    /// Checks that a start on the same ports ends with 1, one sentence with these parts, and the
    /// folder as it was.
    #[track_caller]
    pub(crate) fn assert_unchanged_by_failure(&self, parts: &[&str]) {
        let before = self.snapshot();
        self.fails(self.base).assert_one_sentence(1, parts);
        files::assert_same(&before, &self.snapshot(), "a start that failed");
    }
}

/// The quickstart's command. It logs errors alone, so that what it says is no line of a log.
pub(crate) fn quickstart(data: &Path, options: &[&str]) -> Command {
    let mut command = binary();
    command.args(["quickstart", "--json", "--data"]).arg(data).args(options);
    command.env("CHAVEIRO__LOG__LEVEL", "error");
    command
}

/// Asks a gateway of the realm `payments` with a key.
pub(crate) fn ask(address: &str, key: &str) -> Answer {
    http::get(address, "/v3/customers", &[("access_token", key)])
}
