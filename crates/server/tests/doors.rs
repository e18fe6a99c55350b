//! One set of requests through every door: whoever forwards, the verdict is the gateway's, and so are
//! the status, the body and what the upstream is told.
//!
//! The requests are in `doors/corpus.txt`. nginx, Caddy and Envoy are the real ones, with the
//! configurations of `docs/operating`; Traefik's header lines are sent as it sends them; a service of
//! axum stands behind the layer of `chaveiro-client`. What a proxy cannot help is in
//! `doors/differences.rs`, with the reason.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "doors/came.rs"]
mod came;
#[path = "doors/case.rs"]
mod case;
#[path = "golden_walk/desk.rs"]
mod desk;
#[path = "doors/differences.rs"]
mod differences;
#[path = "golden_walk/echo.rs"]
mod echo;
#[path = "../../dialects/tests/wire/golden.rs"]
#[allow(dead_code, reason = "the corpus uses its placeholders alone")]
mod golden;
#[path = "golden_walk/places.rs"]
mod places;
#[path = "doors/programs.rs"]
mod programs;
#[path = "doors/protobuf.rs"]
mod protobuf;
#[path = "doors/relay.rs"]
mod relay;
#[path = "golden_walk/secrets.rs"]
#[allow(dead_code, reason = "the golden walk needs more of it")]
mod secrets;
#[path = "golden_walk/server.rs"]
#[allow(dead_code, reason = "the golden walk needs more of it")]
mod server;
#[path = "doors/stage.rs"]
mod stage;
#[path = "doors/ways.rs"]
mod ways;
#[path = "golden_walk/world.rs"]
#[allow(dead_code, reason = "the golden walk needs more of it")]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use came::Came;
use case::Case;
use differences::Differences;
use places::{Environment, PLACES};
use programs::{Program, Proxy};
use relay::{Careless, Relay};
use stage::{Asked, Stage};

/// A way to the verdict, besides the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Verify,
    ForwardAuth,
    Traefik,
    Nginx,
    Caddy,
    ExtAuthz,
    Envoy,
    Tower,
}

impl Door {
    const ALL: [Self; 8] = [
        Self::Verify,
        Self::ForwardAuth,
        Self::Traefik,
        Self::Nginx,
        Self::Caddy,
        Self::ExtAuthz,
        Self::Envoy,
        Self::Tower,
    ];
}

/// The proxies of one environment, and the service that needs none.
struct Proxies {
    programs: [(Program, Proxy); 3],
    relay: Relay,
}

impl Proxies {
    fn start(stage: &Stage, at: Environment) -> Self {
        let programs = [Program::Nginx, Program::Caddy, Program::Envoy];
        let programs = programs.map(|program| (program, program.start(stage, at)));
        Self { programs, relay: Relay::start(stage, at, None) }
    }

    fn address(&self, wanted: Program) -> &str {
        let found = self.programs.iter().find(|(program, _)| *program == wanted);
        &found.expect("all are started").1.address
    }
}

fn pass(
    stage: &Stage,
    at: Environment,
    proxies: &Proxies,
    door: Door,
    asked: &Asked,
    mark: &str,
) -> Option<Came> {
    let through = |program| Some(ways::through(stage, proxies.address(program), asked, mark));
    match door {
        Door::Verify => ways::verify(stage, at, asked),
        Door::ForwardAuth => Some(ways::forward_auth(stage, at, asked)),
        Door::Traefik => Some(ways::traefik(stage, at, asked, "")),
        Door::ExtAuthz => Some(ways::ext_authz(stage, at, asked)),
        Door::Nginx => through(Program::Nginx),
        Door::Caddy => through(Program::Caddy),
        Door::Envoy => through(Program::Envoy),
        Door::Tower => Some(ways::through(stage, &proxies.relay.address, asked, mark)),
    }
}

/// The gateway's own answer, which has the status that the corpus says.
fn at_the_gateway(stage: &Stage, at: Environment, case: &Case, asked: &Asked) -> Came {
    let mark = format!("gateway/{}/{}", case.dialect, case.name).replace(' ', "-").to_lowercase();
    let came = ways::through(stage, &stage.server.gateway(at), asked, &mark);
    assert_eq!(came.status(), case.status, "{}: {}: {came:?}", case.dialect, case.name);
    if let (429, Came::Refused { lines, .. }) = (case.status, &came) {
        // The next doors are told how long it is from then on.
        assert_eq!(lines.get("retry-after").map(String::as_str), Some("soon"), "{came:?}");
        assert!(lines.get("ratelimit").is_some_and(|line| line.contains("r=0")), "{came:?}");
    }
    came
}

#[test]
fn one_corpus_gets_the_same_through_every_door() {
    let stage = Stage::new();
    let mut differences = Differences::new();
    let mut wrong = Vec::new();
    let mut asked_in_all = 0;
    for (number, place) in PLACES.iter().enumerate() {
        let at = place.environment();
        let proxies = Proxies::start(&stage, at);
        for case in case::of(place.dialect) {
            let asked = stage.asked(number, &case);
            let gateway = at_the_gateway(&stage, at, &case, &asked);
            for door in Door::ALL {
                let mark = format!("{door:?}/{}/{}", case.dialect, case.name);
                let mark = mark.replace(' ', "-").to_lowercase();
                let Some(came) = pass(&stage, at, &proxies, door, &asked, &mark) else { continue };
                asked_in_all += 1;
                if !differences.explain(door, &case, &gateway, &came) {
                    wrong.push(format!(
                        "{mark}\n  the gateway: {gateway:?}\n  the door:    {came:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked_in_all} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked_in_all > 700, "only {asked_in_all} requests");
    differences.assert_all_met();
}

/// A door that is as it should be, but for one thing.
fn differs(stage: &Stage, door: Door, pass: impl Fn(&Asked, &str) -> Came) -> bool {
    let at = PLACES[0].environment();
    let mut differences = Differences::new();
    case::of(PLACES[0].dialect).iter().enumerate().any(|(number, case)| {
        let asked = stage.asked(0, case);
        let gateway = ways::through(stage, &stage.server.gateway(at), &asked, &new_mark(number));
        // Telling the upstream a key is a difference too, and is found by an assertion.
        let came = catch_unwind(AssertUnwindSafe(|| pass(&asked, &new_mark(number))));
        came.map_or(true, |came| !differences.explain(door, case, &gateway, &came))
    })
}

fn new_mark(number: usize) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("altered-{}-{number}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Every line of a page's configuration on which the verdict hangs, each by the words that are
/// taken out or replaced.
const NEEDED: [(Program, Door, &str, &str); 22] = [
    (Program::Nginx, Door::Nginx, "underscores_in_headers on;", ""),
    (Program::Nginx, Door::Nginx, "error_page 403 = @refused;", ""),
    (Program::Nginx, Door::Nginx, "proxy_set_header access_token          \"\";", ""),
    (Program::Nginx, Door::Nginx, "proxy_set_header Chaveiro_Account      \"\";", ""),
    (Program::Nginx, Door::Nginx, "proxy_set_header Chaveiro-Project      $chaveiro_project;", ""),
    (Program::Nginx, Door::Nginx, "proxy_set_header Chaveiro-Identity     $chaveiro_identity;", ""),
    (Program::Nginx, Door::Nginx, "proxy_set_header X-Original-Method     $request_method;", ""),
    (Program::Nginx, Door::Nginx, "X-Original-URI        $request_uri", "X-Original-URI $uri"),
    (Program::Nginx, Door::Nginx, "proxy_set_header X-Forwarded-Method    \"\";", ""),
    (Program::Nginx, Door::Nginx, "proxy_set_header Chaveiro-Asked-Method \"\";", ""),
    (Program::Nginx, Door::Nginx, "proxy_method GET;", ""),
    (Program::Nginx, Door::Nginx, "proxy_set_header Chaveiro-Refusal      $chaveiro_refusal;", ""),
    (Program::Nginx, Door::Nginx, "proxy_set_header Chaveiro_Request-Id   \"\";", ""),
    (Program::Caddy, Door::Caddy, "request_header -Connection", ""),
    (Program::Caddy, Door::Caddy, "request_header -Chaveiro_*", ""),
    (Program::Caddy, Door::Caddy, "header_up -X-Original-Method", ""),
    (Program::Caddy, Door::Caddy, "Chaveiro-Key ", ""),
    (Program::Caddy, Door::Caddy, "request_header @no_project -Chaveiro-Project", ""),
    (Program::Caddy, Door::Caddy, "request_header -access_token", ""),
    (Program::Envoy, Door::Envoy, "encode_raw_headers: true", "encode_raw_headers: false"),
    (Program::Envoy, Door::Envoy, "use_remote_address: true", "use_remote_address: false"),
    (Program::Envoy, Door::Envoy, "normalize_path: false", "normalize_path: true"),
];

#[test]
fn a_configuration_without_one_of_its_lines_is_told_from_the_pages() {
    let stage = Stage::new();
    let at = PLACES[0].environment();
    for (program, door) in [
        (Program::Nginx, Door::Nginx),
        (Program::Caddy, Door::Caddy),
        (Program::Envoy, Door::Envoy),
    ] {
        let proxy = program.start(&stage, at);
        let pass = |asked: &Asked, mark: &str| ways::through(&stage, &proxy.address, asked, mark);
        assert!(!differs(&stage, door, pass), "{program:?} differs as it is");
    }
    for (program, door, words, instead) in NEEDED {
        let proxy = program.start_with(&stage, at, |text| {
            assert!(text.contains(words), "{program:?} has no {words}");
            text.replace(words, instead)
        });
        let pass = |asked: &Asked, mark: &str| ways::through(&stage, &proxy.address, asked, mark);
        assert!(differs(&stage, door, pass), "{program:?}: nobody misses {words}");
    }
}

#[test]
fn a_door_that_forgets_one_header_is_told_from_the_others() {
    let stage = Stage::new();
    let at = PLACES[0].environment();
    let forgetting =
        |but| differs(&stage, Door::Traefik, |asked, _| ways::traefik(&stage, at, asked, but));
    assert!(!forgetting(""), "nothing is forgotten");
    for name in ["Chaveiro-Verifier", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-For"] {
        assert!(forgetting(name), "nobody misses {name}");
    }
}

#[test]
fn a_layer_that_leaves_out_one_duty_is_told_from_the_right_one() {
    let stage = Stage::new();
    let at = PLACES[0].environment();
    for careless in [None].into_iter().chain(Careless::ALL.map(Some)) {
        let relay = Relay::start(&stage, at, careless);
        let pass = |asked: &Asked, mark: &str| ways::through(&stage, &relay.address, asked, mark);
        let told = differs(&stage, Door::Tower, pass);
        assert_eq!(told, careless.is_some(), "{careless:?}");
    }
}

#[test]
fn only_those_who_may_ask_are_answered_by_grpc() {
    let stage = Stage::new();
    let address = stage.server.ext_authz();
    let verifier = &*stage.server.verifier_key;
    let path = "/envoy.service.auth.v3.Authorization/Check";
    let key = ("chaveiro-verifier", verifier);
    let large = vec![0; 70_000];
    // The numbers are gRPC's: 16 is unauthenticated, 7 denied, 3 a bad argument, 12 unimplemented.
    for (path, lines, message, status) in [
        (path, &[][..], &b""[..], "16"),
        (path, &[("chaveiro-verifier", "x")], b"", "16"),
        (path, &[("authorization", verifier)], b"", "16"),
        (path, &[key, key], b"", "3"),
        (path, &[("chaveiro-verifier", &stage.server.admin_key)], b"", "3"),
        (path, &[key], b"", "3"),
        (path, &[key], b"\x0a\x00", "3"),
        (path, &[key], b"no message", "13"),
        (path, &[key], &large, "11"),
        ("/envoy.service.auth.v3.Authorization/Other", &[key], b"", "12"),
    ] {
        let (came, answer) = ways::call_at(&address, path, lines, message);
        assert_eq!((&*came, answer.len()), (status, 0), "{path} {} lines", lines.len());
    }
}
