//! A server with keys of every state, an upstream that keeps what it is told, and addresses of this
//! machine to send from.
//!
//! Must not judge anything.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::json;
use socket2::{Domain, Socket, Type};

use crate::case::Case;
use crate::desk::Desk;
use crate::echo::{self, Echo};
use crate::golden::{fill, unescaped};
use crate::places::{Environment, PLACES, Place};
use crate::secrets::Secrets;
use crate::server::Server;
use crate::support::http::{self, Answer, read_answer};
use crate::world::World;

/// Far more than an answer takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything on stage.
pub(crate) struct Stage {
    pub(crate) echo: Echo,
    pub(crate) server: Server,
    worlds: Vec<World>,
    more: Vec<BTreeMap<&'static str, String>>,
    pub(crate) secrets: Secrets,
}

/// A case with its placeholders filled.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) from: String,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) lines: Vec<(String, Vec<u8>)>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let echo = Echo::start();
        let server = Server::start(echo.port());
        let desk = Desk::new(&server);
        let worlds = World::seeded(&desk);
        let more = PLACES.iter().map(|place| more(&desk, &server, place)).collect();
        let secrets = Secrets::of(&worlds, &server);
        Self { echo, server, worlds, more, secrets }
    }

    /// The case as it is sent to this place.
    pub(crate) fn asked(&self, place: usize, case: &Case) -> Asked {
        let (world, more) = (&self.worlds[place], &self.more[place]);
        let value_of = |name: &str| world.value_of(name).or_else(|| more.get(name).cloned());
        let line =
            |(name, value): &(String, String)| (name.clone(), unescaped(&fill(value, &value_of)));
        Asked {
            from: case.from.clone(),
            method: case.method.clone(),
            target: fill(&case.target, &value_of),
            lines: case.lines.iter().map(line).collect(),
        }
    }

    /// What the upstream was told of the request with this mark: its header lines.
    pub(crate) fn told(&self, mark: &str) -> Option<Vec<(String, String)>> {
        let line = format!("x-case: {mark}\r\n");
        let told = self.echo.told();
        let mut found = told.iter().filter(|text| text.to_lowercase().contains(&line));
        let text = found.next()?;
        assert!(found.next().is_none(), "{mark} reached the upstream twice");
        assert_eq!(self.secrets.found_in(text), None, "the upstream is told a key: {text}");
        let pair = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        };
        let head = text.split("\r\n\r\n").next().expect("a head");
        Some(head.split("\r\n").skip(1).filter_map(pair).collect())
    }
}

fn more(desk: &Desk<'_>, server: &Server, place: &Place) -> BTreeMap<&'static str, String> {
    let here: Environment = place.environment();
    let (root, _) = desk.account(here, json!({}));
    let listed = desk.key(here, &root, json!({"ip_list": ["127.0.0.2"]})).text;
    let owner = match place.dialect {
        "autosend" => desk.account(here, json!({"kind": "project", "parent": root})).0,
        _ => root,
    };
    let limited = desk.key(here, &owner, json!({})).text;
    use_up(&server.gateway(here), place.dialect, &limited);
    BTreeMap::from([
        ("listed_here", listed),
        ("limited_here", limited),
        ("verifier", server.verifier_key.clone()),
    ])
}

/// Takes all that the key may have of the path that is limited.
fn use_up(gateway: &str, dialect: &str, key: &str) {
    let (path, line) = match dialect {
        "asaas" => ("/v3/limited", ("access_token", key.to_owned())),
        _ => ("/v1/limited", ("authorization", format!("Bearer {key}"))),
    };
    let ask = || http::get(gateway, path, &[(line.0, &line.1)]).status;
    assert_eq!((ask(), ask()), (200, 429), "{dialect}");
}

/// Whether the upstream gave this answer.
pub(crate) fn is_from_upstream(answer: &Answer) -> bool {
    echo::is_from_upstream(&answer.headers)
}

/// Sends a request from its address, with these lines besides.
pub(crate) fn send(address: &str, asked: &Asked, more: &[(&str, &str)]) -> Answer {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", asked.method, asked.target).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    };
    line("host", address.as_bytes());
    line("connection", b"close");
    more.iter().for_each(|(name, value)| line(name, value.as_bytes()));
    asked.lines.iter().for_each(|(name, value)| line(name, value));
    if asked.method == "POST" {
        line("content-length", b"0");
    }
    bytes.extend_from_slice(b"\r\n");
    let mut stream = connected(address, &asked.from);
    // A proxy may answer and close before it has read everything.
    let _ = stream.write_all(&bytes);
    read_answer(&mut stream)
}

/// A connection from this address of the machine.
fn connected(address: &str, from: &str) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let from: SocketAddr = format!("{from}:0").parse().expect("an address");
    let to: SocketAddr = address.parse().expect("an address");
    socket.bind(&from.into()).expect("an address of this machine");
    socket.connect(&to.into()).unwrap_or_else(|error| panic!("{address}: {error}"));
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    stream
}
