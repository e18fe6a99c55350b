//! Reload and restart while requests come: none is lost, and none is decided wrongly.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::SockRef;
use support::{Quickstart, follow, http, ports, wait};

const SOON: Duration = Duration::from_secs(60);
/// Hands the socket at standard input over as systemd does.
const HAND_OVER: &str =
    "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS; exec \"$@\"";

/// A server that answers everything with its name.
fn upstream(name: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer_all(stream, name));
        }
    });
    address.to_string()
}

fn answer_all(mut stream: TcpStream, name: &str) {
    let (mut read, mut chunk) = (Vec::new(), [0_u8; 4_096]);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{name}", name.len());
    while let Ok(count) = stream.read(&mut chunk) {
        if count == 0 {
            return;
        }
        read.extend_from_slice(&chunk[..count]);
        if read.ends_with(b"\r\n\r\n") {
            read.clear();
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

/// A place with data, a configuration, and the socket of its gateway, which outlives servers.
struct Place {
    config: PathBuf,
    text: String,
    key: String,
    address: String,
    /// The upstream that the configuration names at first.
    behind: String,
    socket: Option<TcpListener>,
    _dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let data = dir.path().join("data");
        let mut quickstart = Quickstart::start(&data, ports::free_base());
        let (key, address) =
            (quickstart.text("/realms/payments/sandbox/key"), quickstart.address(1));
        assert_eq!(quickstart.stop(), Some(0));
        let config = data.join("chaveiro.toml");
        let text = std::fs::read_to_string(&config).expect("a configuration");
        let line = text.lines().find(|line| line.starts_with("upstream = ")).expect("an upstream");
        let behind =
            line.trim_start_matches("upstream = \"http://").trim_end_matches('"').to_owned();
        Self { config, text, key, address, behind, socket: None, _dir: dir }
    }

    /// Writes the configuration with this upstream.
    fn name(&self, upstream: &str) {
        std::fs::write(&self.config, self.text.replace(&self.behind, upstream)).expect("written");
    }

    /// Starts a server that is given the socket.
    fn serve(&mut self) -> Running {
        let address = &self.address;
        let socket = self
            .socket
            .get_or_insert_with(|| TcpListener::bind(address).expect("the port of the gateway"));
        let handed: OwnedFd = socket.try_clone().expect("a socket").into();
        Running::start(&self.config, handed)
    }

    fn get(&self, key: &str) -> http::Answer {
        http::get(&self.address, "/v3/customers", &[("access_token", key)])
    }
}

/// A server, killed when it is dropped.
struct Running {
    child: Child,
    log: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    fn start(config: &Path, socket: OwnedFd) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", HAND_OVER, "sh", env!("CARGO_BIN_EXE_chaveiro"), "serve", "--config"]);
        command.arg(config).stdin(Stdio::from(socket)).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a shell");
        let log = Arc::new(Mutex::new(Vec::new()));
        let reader = Some(follow(child.stderr.take().expect("piped"), Arc::clone(&log)));
        let running = Self { child, log, reader };
        running.logs("serving", 1);
        running
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().expect("the log")).into_owned()
    }

    /// Waits until it has logged this so many times.
    fn logs(&self, text: &str, times: usize) {
        wait::within(SOON, text, || (self.log().matches(text).count() >= times).then_some(()));
    }

    fn signal(&self, signal: &str) {
        let told = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(told.expect("it runs").success());
    }

    /// Stops it; its exit code.
    fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Clients that ask without pause, each request on a connection of its own, and what went wrong.
struct Load {
    is_over: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Vec<String>>>,
}

impl Load {
    fn on(place: &Place) -> Self {
        let (is_over, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut wrong = place.key.clone();
        wrong.truncate(wrong.len() - 1);
        let clients = [(place.key.clone(), 200), (wrong, 401)].map(|(key, expected)| {
            let (is_over, asked) = (Arc::clone(&is_over), Arc::clone(&asked));
            let address = place.address.clone();
            std::thread::spawn(move || {
                let mut faults = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let answer = http::get(&address, "/v3/customers", &[("access_token", &key)]);
                    asked.fetch_add(1, Ordering::Relaxed);
                    if answer.status != expected || !answer.is_whole() {
                        faults.push(format!("{} instead of {expected}", answer.status));
                    }
                }
                faults
            })
        });
        Self { is_over, asked, clients: clients.into() }
    }

    /// Waits until so many more requests were answered.
    fn goes_on(&self) {
        let before = self.asked.load(Ordering::Relaxed);
        wait::within(SOON, "answers", || {
            (self.asked.load(Ordering::Relaxed) >= before + 20).then_some(())
        });
    }

    fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for client in self.clients {
            let faults = client.join().expect("it ends");
            assert!(faults.is_empty(), "{faults:?}");
        }
    }
}

#[test]
fn a_restart_on_a_socket_that_was_handed_over_loses_no_request() {
    let mut place = Place::new();
    place.name(&upstream("one"));
    let mut server = place.serve();
    let load = Load::on(&place);
    for _ in 0..3 {
        load.goes_on();
        assert_eq!(server.stop(), Some(0));
        server = place.serve();
    }
    load.goes_on();
    load.end();
}

#[test]
fn a_configuration_that_is_read_again_under_load_holds_from_then_on() {
    let mut place = Place::new();
    let (one, other) = (upstream("one"), upstream("other"));
    place.name(&one);
    let server = place.serve();
    let load = Load::on(&place);
    assert_eq!(place.get(&place.key).text(), "one");
    for (times, (address, name)) in [(&other, "other"), (&one, "one")].into_iter().enumerate() {
        load.goes_on();
        place.name(address);
        server.signal("-HUP");
        server.logs("the configuration was read again", times + 1);
        wait::within(SOON, "the other upstream", || {
            (place.get(&place.key).text() == name).then_some(())
        });
    }
    load.end();
}

#[test]
fn a_configuration_with_faults_changes_nothing_and_what_needs_a_restart_is_named() {
    let mut place = Place::new();
    place.name(&upstream("one"));
    let server = place.serve();
    std::fs::write(&place.config, "data = 7").expect("written");
    server.signal("-HUP");
    server.logs("the one before stays in force", 1);
    assert_eq!(place.get(&place.key).text(), "one");

    let text = place.text.replace(&place.behind, &upstream("other"));
    let text = format!("{text}\n").replace("[limits]", "[limits]\nheader_lines_max = 50");
    std::fs::write(&place.config, text).expect("written");
    server.signal("-HUP");
    server.logs("some changes need a restart", 1);
    assert!(server.log().contains("[limits]"), "{}", server.log());
    wait::within(SOON, "the other upstream", || {
        (place.get(&place.key).text() == "other").then_some(())
    });
}

#[test]
fn a_server_whose_socket_was_ended_ends_and_says_so() {
    let mut place = Place::new();
    place.name(&upstream("one"));
    let mut server = place.serve();
    assert_eq!(place.get(&place.key).text(), "one");
    let socket = place.socket.as_ref().expect("it was handed over");
    SockRef::from(socket).shutdown(Shutdown::Both).expect("a socket");
    let ended = wait::within(SOON, "the end", || server.child.try_wait().expect("a process"));
    assert_eq!(ended.code(), Some(1));
    server.logs("A part of the server has ended by itself: a thread that serves requests", 1);
}
