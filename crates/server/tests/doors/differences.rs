//! What a proxy changes and cannot help, with the reason.
//!
//! Must not hold an entry that is not needed: such an entry fails the test.

use crate::Door;
use crate::came::Came;
use crate::case::Case;

/// Where a door differs from the gateway.
struct Difference {
    doors: &'static [Door],
    dialect: &'static str,
    case: &'static str,
    came: Changed,
    #[allow(dead_code, reason = "it is for people")]
    reason: &'static str,
}

/// What is different.
#[derive(Clone, Copy)]
enum Changed {
    /// The hint, which nobody's program reads; this is its beginning.
    Hint(&'static str),
    /// The verdict of a call that is not told everything.
    Status(u16),
    /// The proxy answers by itself.
    Failed(u16),
    /// Another refusal, of which this is the status.
    Refused(u16),
    /// No refusal.
    Granted,
    /// The upstream is told what the gateway tells it, and other lines of the caller besides.
    AlsoTold,
}

const TABLE: [Difference; 20] = [
    Difference {
        doors: &ON_THE_WAY,
        dialect: "asaas",
        case: "no key",
        came: Changed::Hint("No key arrived, and the request came through a proxy."),
        reason: "the request did come through a proxy, and proxies are known to drop this header",
    },
    Difference {
        doors: &ON_THE_WAY,
        dialect: "asaas",
        case: "names of ours with no key",
        came: Changed::Hint("No key arrived, and the request came through a proxy."),
        reason: "the same",
    },
    Difference {
        doors: &[Door::Verify],
        dialect: "asaas",
        case: "a key in another header besides",
        came: Changed::Status(200),
        reason: "a verifier is asked with one key and is not told the header",
    },
    Difference {
        doors: &[Door::Verify],
        dialect: "asaas",
        case: "a key as bearer besides",
        came: Changed::Status(200),
        reason: "the same",
    },
    Difference {
        doors: &[Door::Verify],
        dialect: "asaas",
        case: "a verifier's key besides",
        came: Changed::Status(200),
        reason: "the same",
    },
    Difference {
        doors: &[Door::Verify],
        dialect: "asaas",
        case: "a method that is never forwarded",
        came: Changed::Status(200),
        reason: "which methods are forwarded is for whoever forwards",
    },
    Difference {
        doors: &[Door::Nginx],
        dialect: "asaas",
        case: "a method that is never forwarded",
        came: Changed::Failed(405),
        reason: "nginx knows no TRACE and does not ask",
    },
    Difference {
        doors: &[Door::Nginx],
        dialect: "autosend",
        case: "two keys",
        came: Changed::Failed(400),
        reason: "nginx refuses a second Authorization and does not ask",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "autosend",
        case: "two keys",
        came: Changed::Refused(401),
        reason: "Envoy puts two Authorization lines together, and what comes of it is no key",
    },
    Difference {
        doors: &[Door::Verify],
        dialect: "asaas",
        case: "a second credential declared to end at the next program",
        came: Changed::Status(200),
        reason: "a verifier is asked with one key and is not told the header",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "asaas",
        case: "what is asked with declared to end at the next program",
        came: Changed::Failed(400),
        reason: "Envoy refuses a Connection that lists a line of its own and does not ask",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "asaas",
        case: "an address declared to end at the next program",
        came: Changed::Failed(400),
        reason: "the same",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "asaas",
        case: "a key declared to end at the next program",
        came: Changed::Refused(401),
        reason: "Envoy takes away what Connection lists before it asks, so the API is not told it either",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "asaas",
        case: "a second credential declared to end at the next program",
        came: Changed::Granted,
        reason: "the same",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "asaas",
        case: "a key as bearer declared to end at the next program",
        came: Changed::Hint("No key arrived, and the request came through a proxy."),
        reason: "the same",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "asaas",
        case: "a program declared to end at the next program",
        came: Changed::Refused(400),
        reason: "the same",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "autosend",
        case: "a key declared to end at the next program",
        came: Changed::Refused(401),
        reason: "the same",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "autosend",
        case: "a project declared to end at the next program",
        came: Changed::Refused(403),
        reason: "the same",
    },
    Difference {
        doors: &[Door::Envoy],
        dialect: "autosend",
        case: "a project of somebody else declared to end at the next program",
        came: Changed::Granted,
        reason: "the same",
    },
    Difference {
        doors: &[Door::Nginx],
        dialect: "asaas",
        case: "names of ours that tell the API nothing",
        came: Changed::AlsoTold,
        reason: "nginx removes lines by their whole names, and the page names those that an API reads",
    },
];

/// The doors behind which the header says that a proxy was on the way.
const ON_THE_WAY: [Door; 5] =
    [Door::ForwardAuth, Door::Traefik, Door::Nginx, Door::Caddy, Door::Envoy];

/// All of them, and at how many doors each was met.
pub(crate) struct Differences([usize; TABLE.len()]);

impl Differences {
    pub(crate) const fn new() -> Self {
        Self([0; TABLE.len()])
    }

    /// Whether what came is what the gateway gave, or differs from it as the table says.
    pub(crate) fn explain(&mut self, door: Door, case: &Case, gateway: &Came, came: &Came) -> bool {
        let here = |difference: &Difference| {
            difference.doors.contains(&door)
                && (difference.dialect, difference.case) == (&*case.dialect, &*case.name)
        };
        match TABLE.iter().position(here) {
            None => is_same(gateway, came),
            Some(at) => {
                self.0[at] += 1;
                !is_same(gateway, came) && is_as_changed(TABLE[at].came, gateway, came)
            }
        }
    }

    pub(crate) fn assert_all_met(&self) {
        for (difference, met) in TABLE.iter().zip(self.0) {
            let Difference { doors, case, .. } = difference;
            assert_eq!(met, doors.len(), "{case} at {doors:?}");
        }
    }
}

/// Whether a door's answer is the gateway's, as far as the door can give one.
fn is_same(gateway: &Came, came: &Came) -> bool {
    match came {
        Came::Status(status) => *status == gateway.status(),
        Came::Granted(_) | Came::Refused { .. } | Came::Failed(_) => came == gateway,
    }
}

fn is_as_changed(changed: Changed, gateway: &Came, came: &Came) -> bool {
    match (changed, gateway, came) {
        (
            Changed::Hint(beginning),
            Came::Refused { status, lines, body },
            Came::Refused { status: came_status, lines: came_lines, body: came_body },
        ) => {
            let (mut lines, mut came_lines) = (lines.clone(), came_lines.clone());
            lines.remove("chaveiro-hint");
            let hint = came_lines.remove("chaveiro-hint");
            hint.is_some_and(|hint| hint.starts_with(beginning))
                && (status, &lines, body) == (came_status, &came_lines, came_body)
        }
        (Changed::Status(wanted), _, Came::Status(status))
        | (Changed::Failed(wanted), _, Came::Failed(status))
        | (Changed::Refused(wanted), _, Came::Refused { status, .. }) => wanted == *status,
        (Changed::Granted, Came::Refused { .. }, Came::Granted(_)) => true,
        (Changed::AlsoTold, Came::Granted(told), Came::Granted(came)) => {
            told.iter().all(|line| came.get_key_value(line.0) == Some(line))
                && came.keys().all(|name| told.contains_key(name) || !is_read(name))
        }
        (
            Changed::Hint(_)
            | Changed::Status(_)
            | Changed::Failed(_)
            | Changed::Refused(_)
            | Changed::Granted
            | Changed::AlsoTold,
            _,
            _,
        ) => false,
    }
}

/// Whether a line has a name under which an API is told who calls.
fn is_read(name: &str) -> bool {
    let told = ["realm", "environment", "account", "project", "key", "identity", "request-id"];
    let name = name.replace('_', "-");
    name.strip_prefix("chaveiro-").is_some_and(|rest| told.contains(&rest))
}
