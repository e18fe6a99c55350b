//! A running `chaveiro serve` on a configuration of the test's own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{binary, follow, wait};

/// Far more than a start takes, even on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);

/// A server, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Serve {
    child: Child,
    log: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Serve {
    /// Starts it and waits until it listens.
    pub(crate) fn start(config: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = binary();
        command.args(["serve", "--config"]).arg(config).envs(variables.iter().copied());
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let reader = follow(child.stderr.take().expect("piped"), Arc::clone(&log));
        let mut started = Self { child, log, reader: Some(reader) };
        wait::within(START_MAX, "the server serves", || {
            let ended = started.child.try_wait().expect("a process").is_some();
            assert!(!ended, "it ended: {}", started.log());
            started.log().contains("serving").then_some(())
        });
        started
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().expect("the log")).into_owned()
    }

    /// Asks it to stop and waits; returns its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        self.ended()
    }

    fn ended(&mut self) -> Option<i32> {
        let status = self.child.wait().expect("it ends");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the log is read to its end");
        }
        status.code()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        self.ended();
    }
}
