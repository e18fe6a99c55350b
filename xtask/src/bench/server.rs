//! One server that we started: how long it may take to come up, and how it ends with all it started.
//!
//! Must not outlive the run, also when the run fails; and must not touch a process of anybody else.
#![expect(
    clippy::disallowed_methods,
    reason = "waits for processes and measures how long they take"
)]

use super::usage;
use anyhow::{Context, Result, anyhow, bail};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A running server; it ends when this is dropped.
pub(super) struct Server {
    name: String,
    child: Child,
    log: PathBuf,
    started: Instant,
    /// How long it may take to end.
    grace: Duration,
}

impl Server {
    /// Starts it. What it says on standard error goes to a file in the folder.
    pub(super) fn start(mut command: Command, name: &str, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let to =
            File::create(&log).with_context(|| format!("{} can't be written", log.display()))?;
        let started = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(to)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        Ok(Self { name: name.to_owned(), child, log, started, grace: GRACE })
    }

    /// The process that we started; others may be below it.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it writes what it has to say.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The first line of its standard output.
    pub(super) fn first_line(&mut self) -> Result<String> {
        let output = self.child.stdout.take();
        let output = output.ok_or_else(|| anyhow!("{} was read already.", self.name))?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || pass_lines(output, &sender));
        let line = receiver.recv_timeout(PATIENCE).unwrap_or_default();
        if line.is_empty() { Err(self.failure("said nothing")) } else { Ok(line) }
    }

    /// Waits until `is_up` says so, and tells how long that took from the start.
    pub(super) fn wait_until(&mut self, mut is_up: impl FnMut() -> bool) -> Result<Duration> {
        loop {
            if is_up() {
                return Ok(self.started.elapsed());
            }
            if let Some(status) = self.child.try_wait().context("A child can't be awaited")? {
                return Err(self.failure(&format!("ended with {status}")));
            }
            if self.started.elapsed() > PATIENCE {
                return Err(self.failure("did not come up"));
            }
            thread::sleep(GLANCE);
        }
    }

    /// Waits until it accepts connections.
    pub(super) fn wait_for(&mut self, address: SocketAddr) -> Result<Duration> {
        self.wait_until(|| TcpStream::connect(address).is_ok())
    }

    /// Ends it in good order, or fails when it does not go.
    pub(super) fn stop(mut self) -> Result<()> {
        if !self.end() {
            bail!("{} did not end when it was asked to, and was killed.", self.name);
        }
        Ok(())
    }

    fn failure(&self, what: &str) -> anyhow::Error {
        let log = self.log();
        let last: Vec<&str> = log.lines().rev().take(8).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        anyhow!("{} {what}. Its last words:\n{}", self.name, last.join("\n"))
    }

    /// Asks it to end, and kills what is left of its tree after a while. Says whether it went.
    fn end(&mut self) -> bool {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return true;
        }
        let tree = usage::processes(self.pid()).unwrap_or_else(|_| vec![self.pid()]);
        signal("TERM", &tree[..1]);
        let asked = Instant::now();
        while asked.elapsed() < self.grace {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return true;
            }
            thread::sleep(GLANCE);
        }
        signal("KILL", &tree);
        // It cannot refuse that; waiting takes its place in the table of processes away.
        let _ = self.child.wait();
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sends the first line, and swallows the others so that the server never waits for us.
fn pass_lines(output: ChildStdout, to: &mpsc::Sender<String>) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { return };
        // Nobody waits after the first.
        let _ = to.send(line);
    }
}

fn signal(name: &str, pids: &[u32]) {
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    let line = format!("kill -{name} {}", pids.join(" "));
    // Those that have ended meanwhile are what we want.
    let _ = Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status();
}

/// A million keys have to be read within this, many times over.
const PATIENCE: Duration = Duration::from_secs(120);
/// A server that is asked to end first answers the requests that are under way.
const GRACE: Duration = Duration::from_secs(10);
/// Between two looks; what is measured by looking is no finer.
const GLANCE: Duration = Duration::from_millis(2);

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell as the server, in a folder of its own.
    fn with_shell(script: &str, name: &str, act: impl FnOnce(Server)) {
        let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        act(Server::start(command, name, &folder).unwrap());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_first_line_is_read_and_the_process_ends_when_asked() {
        with_shell("echo ready; exec sleep 60", "bench-ready", |mut server| {
            assert_eq!(server.first_line().unwrap(), "ready");
            server.stop().unwrap();
        });
    }

    #[test]
    fn a_server_that_ends_early_is_reported_with_its_last_words() {
        with_shell("echo 'no such file' >&2; exit 3", "bench-early", |mut server| {
            let failure = server.wait_until(|| false).unwrap_err().to_string();
            assert!(
                failure.contains("no such file") && failure.contains("bench-early"),
                "{failure}"
            );
        });
    }

    #[test]
    fn a_server_that_will_not_go_is_killed_with_all_below_it() {
        let script = "trap '' TERM; sleep 61 & echo ready; wait; wait; sleep 61";
        with_shell(script, "bench-stubborn", |mut server| {
            assert_eq!(server.first_line().unwrap(), "ready");
            let tree = usage::processes(server.pid()).unwrap();
            assert!(tree.len() > 1, "{tree:?}");
            server.grace = Duration::from_millis(50);
            assert!(server.stop().is_err());
            assert!(usage::processes(tree[0]).unwrap().is_empty());
        });
    }
}
