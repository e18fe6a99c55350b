//! The three realms of the goldens, and the configuration that makes a server of them.
//!
//! Must agree with the tables in `crates/dialects/goldens/README.md`.

/// A realm of the walk.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) dialect: &'static str,
    pub(crate) realm: &'static str,
    /// The environment of the walk, and the other one, each with its settings.
    environments: [(&'static str, &'static str); 2],
    /// Settings of the realm, behind those that all have. They end with the paths of its limit.
    settings: &'static str,
    /// Which of the server's gateways is the first of this realm.
    first: u16,
}

/// An environment and the number of its gateway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment {
    pub(crate) realm: &'static str,
    pub(crate) name: &'static str,
    pub(crate) gateway: u16,
}

impl Place {
    /// Where requests are sent to.
    pub(crate) const fn environment(&self) -> Environment {
        self.numbered(0)
    }

    /// The other one of the same realm.
    pub(crate) const fn other(&self) -> Environment {
        self.numbered(1)
    }

    const fn numbered(&self, number: u16) -> Environment {
        let (name, _) = self.environments[number as usize];
        Environment { realm: self.realm, name, gateway: self.first + number }
    }
}

/// All realms of the walk.
pub(crate) const PLACES: [Place; 3] = [
    Place {
        dialect: "asaas",
        realm: "payments",
        environments: [("sandbox", "clock = \"simulated\"\n"), ("production", "")],
        settings: "\n[[realm.limit]]\npaths = [\"/v3/limited\"]\n",
        first: 0,
    },
    Place {
        dialect: "autosend",
        realm: "mail",
        environments: [("production", ""), ("staging", "")],
        settings: "projects_per_account = 4\n\n[[realm.limit]]\npaths = [\"/v1/limited\"]\n",
        first: 2,
    },
    Place {
        dialect: "native",
        realm: "tools",
        environments: [
            ("live", "key_prefix = \"tool_live_\"\n"),
            ("test", "key_prefix = \"tool_test_\"\n"),
        ],
        settings: TOOLS,
        first: 4,
    },
];

const TOOLS: &str = "\
permissions = [\"REPORT\"]

[[realm.route]]
method = \"GET\"
path = \"/v1/reports\"
permission = \"REPORT:READ\"

[[realm.route]]
method = \"POST\"
path = \"/v1/reports\"
permission = \"REPORT:WRITE\"

[[realm.limit]]
paths = [\"/v1/limited\"]
";

/// Behind the settings of each realm, which end with the paths of this limit.
const LIMIT: &str = "\
name = \"once\"
per = \"key\"
at_most = 1
from_first = \"12h\"
";

/// Where everything listens, all on loopback.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    base: u16,
    upstream: u16,
}

impl Ports {
    /// Ports from `base` on, with the upstream on a port of its own.
    pub(crate) const fn new(base: u16, upstream: u16) -> Self {
        Self { base, upstream }
    }

    pub(crate) fn control(self) -> String {
        format!("127.0.0.1:{}", self.base)
    }

    pub(crate) fn verifiers(self) -> String {
        format!("127.0.0.1:{}", self.base + 1)
    }

    /// Behind the gateways, of which there are two for each place.
    pub(crate) fn ext_authz(self) -> String {
        format!("127.0.0.1:{}", self.base + 8)
    }

    pub(crate) fn gateway(self, environment: Environment) -> String {
        format!("127.0.0.1:{}", self.base + 2 + environment.gateway)
    }

    /// Every address of the server.
    pub(crate) fn all(self) -> Vec<String> {
        let gateways = PLACES.iter().flat_map(|place| [place.environment(), place.other()]);
        let gateways = gateways.map(|environment| self.gateway(environment));
        [self.control(), self.verifiers(), self.ext_authz()].into_iter().chain(gateways).collect()
    }
}

/// The text of the configuration.
pub(crate) fn configuration(ports: Ports) -> String {
    let listen = |address: &str| format!("listen = \"{address}\"\nrequire_tls = false\n");
    let mut text = format!(
        "data = \"sqlite://./walk.db\"\n[control]\n{}[verifiers]\n{}[ext_authz]\n{}",
        listen(&ports.control()),
        listen(&ports.verifiers()),
        listen(&ports.ext_authz())
    );
    for place in &PLACES {
        let Place { dialect, realm, settings, .. } = place;
        text.push_str(&format!(
            "\n[[realm]]\nname = \"{realm}\"\ndialect = \"{dialect}\"\nlimits = \"off\"\n{settings}{LIMIT}"
        ));
        let environments = [place.environment(), place.other()];
        for (environment, (name, settings)) in environments.into_iter().zip(place.environments) {
            let (listen, upstream) = (listen(&ports.gateway(environment)), ports.upstream);
            text.push_str(&format!(
                "\n[[realm.environment]]\nname = \"{name}\"\n{settings}{listen}upstream = \"http://127.0.0.1:{upstream}\"\n"
            ));
        }
    }
    text
}
