//! A command that ends by itself: run to its end, within a limit.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Far more than any such command takes, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// How a command ended, and what it said.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    /// Its exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// Runs the command to its end, with this as its standard input.
///
/// # Panics
/// One that does not end is killed.
pub(crate) fn run_with(command: &mut Command, input: &[u8]) -> Finished {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    // It may end without reading everything, which is no fault of the test.
    let _ = std::io::Write::write_all(&mut child.stdin.take().expect("piped"), input);
    let out = gather(child.stdout.take().expect("piped"));
    let err = gather(child.stderr.take().expect("piped"));
    let text = |from: &mpsc::Receiver<Vec<u8>>| from.recv_timeout(LIMIT);
    let (Ok(out), Ok(err)) = (text(&out), text(&err)) else {
        let _ = child.kill();
        let _ = child.wait();
        let said = err.recv().map(|said| String::from_utf8_lossy(&said).into_owned());
        panic!("it did not end: {command:?}, {}", said.unwrap_or_default());
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output in UTF-8");
    let code = child.wait().expect("it ends").code();
    Finished { code, out: text(out), err: text(err) }
}

/// Runs the command to its end.
pub(crate) fn run(command: &mut Command) -> Finished {
    run_with(command, b"")
}

impl Finished {
    /// Fails unless it ended with this code, said nothing on standard output and one sentence
    /// on standard error that holds these parts.
    #[track_caller]
    pub(crate) fn assert_one_sentence(&self, code: i32, parts: &[&str]) {
        let Self { code: found, out, err } = self;
        assert_eq!(*found, Some(code), "{out}{err}");
        assert_eq!(out, "", "{err}");
        assert_eq!(err.lines().count(), 1, "one line: {err}");
        for part in parts {
            assert!(err.contains(part), "no {part:?} in {err}");
        }
    }
}

fn gather(mut from: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (whole, gathered) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = whole.send(bytes);
    });
    gathered
}
