//! Servers that lack what this one has: each is what comes of writing one in the usual way.
//!
//! They are the proof that the judges can fail. Each runs in a process of its own, which is this test
//! again with a word in its environment, so that its memory is its own. Must not be careless in more
//! than one way without need: whoever does not ask for much is served.

pub(crate) mod buckets;
pub(crate) mod chains;
pub(crate) mod gateway;
pub(crate) mod gateway_http2;
pub(crate) mod naive_http2;
pub(crate) mod stock;
pub(crate) mod threads;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use naive_http2::Pieces;

use crate::target::Target;
use crate::upstream::Upstream;

/// The key that they all accept.
pub(crate) const KEY: &str = "the key of somebody";
const KIND: &str = "CARELESS_SERVER";
const MORE: &str = "CARELESS_SERVER_MORE";
const TOLD: &str = "listening on ";

/// In which way a server is careless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `axum::serve`: an accept loop without deadlines or counts.
    Stock,
    /// It keeps what it was asked, of everybody.
    Remembers,
    /// It knows which keys were deleted, as far as there is room.
    Forgets,
    /// hyper's HTTP/2 with its guards off.
    UnguardedHttp2,
    /// HTTP/2 by the letter: every frame gets what the protocol says, and nothing is counted.
    NaiveHttp2,
    /// The same, and it looks through all of a head again for each piece that comes.
    Rereads,
    /// It keeps every key that it was asked for, in a table whose places anybody can compute.
    Chains,
    /// It takes as many lines as come, and keeps them in a table whose places anybody can compute.
    Buckets,
    /// A gateway that speaks HTTP/2 to its upstream, waits for a head as long as it takes, and keeps
    /// as much of it as comes.
    WaitsForHeads,
    /// A gateway that takes an answer whole before it passes it on, and as many requests as come.
    GathersAnswers,
    /// It serves a connection to its end, and then the next.
    OneByOne,
    /// A thread and a large buffer for each connection.
    ThreadEach,
}

/// A careless server, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Careless {
    child: Child,
    /// It ends when nobody holds this any more, however the test ends.
    _leash: ChildStdin,
    /// It says now and then how long it has been running, and ends where nobody hears that.
    _said: BufReader<ChildStdout>,
    pub(crate) upstream: Upstream,
    pub(crate) target: Target,
}

impl Careless {
    pub(crate) fn new(kind: Kind) -> Self {
        let upstream = Upstream::start();
        let more = match kind {
            Kind::GathersAnswers | Kind::WaitsForHeads => {
                upstream.url().trim_start_matches("http://").to_owned()
            }
            Kind::Stock
            | Kind::Remembers
            | Kind::Forgets
            | Kind::UnguardedHttp2
            | Kind::NaiveHttp2
            | Kind::Rereads
            | Kind::Chains
            | Kind::Buckets
            | Kind::OneByOne
            | Kind::ThreadEach => String::new(),
        };
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "careless::whoever_is_not_hostile_is_served", "--nocapture"])
            .envs([(KIND, format!("{kind:?}")), (MORE, more)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let leash = child.stdin.take().expect("piped");
        let mut said = BufReader::new(child.stdout.take().expect("piped"));
        let address = said.by_ref().lines().find_map(|line| {
            let line = line.expect("a line");
            line.split_once(TOLD).map(|(_, address)| address.to_owned())
        });
        let address = address.expect("an address");
        let target = Target { address, pid: child.id(), key: KEY.to_owned() };
        assert_eq!(target.serves(), Ok(()), "{kind:?}");
        Self { child, _leash: leash, _said: said, upstream, target }
    }
}

impl Drop for Careless {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const KINDS: [Kind; 12] = [
    Kind::Stock,
    Kind::Remembers,
    Kind::Forgets,
    Kind::UnguardedHttp2,
    Kind::NaiveHttp2,
    Kind::Rereads,
    Kind::Chains,
    Kind::Buckets,
    Kind::WaitsForHeads,
    Kind::GathersAnswers,
    Kind::OneByOne,
    Kind::ThreadEach,
];

#[test]
fn whoever_is_not_hostile_is_served() {
    if let Ok(kind) = std::env::var(KIND) {
        let more = std::env::var(MORE).unwrap_or_default();
        let kind = KINDS.into_iter().find(|known| format!("{known:?}") == kind);
        run(kind.expect("a kind"), more);
    }
    for kind in KINDS {
        drop(Careless::new(kind));
    }
}

/// The life of a careless server, in its own process.
fn run(kind: Kind, more: String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    writeln!(std::io::stdout(), "{TOLD}{address}").expect("standard output");
    std::thread::spawn(move || match kind {
        Kind::Stock => stock::serve(listener),
        Kind::Remembers => stock::remember(listener),
        Kind::Forgets => stock::forget(listener),
        Kind::UnguardedHttp2 => stock::serve_http2(listener),
        Kind::NaiveHttp2 => naive_http2::serve(&listener, Pieces::Kept),
        Kind::Rereads => naive_http2::serve(&listener, Pieces::ReadAnew),
        Kind::Chains => chains::serve(&listener),
        Kind::Buckets => buckets::serve(&listener),
        Kind::WaitsForHeads => gateway_http2::serve(&listener, &more),
        Kind::GathersAnswers => gateway::serve(&listener, &more),
        Kind::OneByOne => threads::one_by_one(&listener),
        Kind::ThreadEach => threads::one_each(&listener),
    });
    // Nothing is said here; it ends with whoever started this.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(0);
}
