//! The file that `chaveiro quickstart` writes and runs with: a small example to start from.
//!
//! Must not hold a setting that the reader does not know; a test reads it back, once as it is and
//! once with every setting that is commented out brought in.

use std::net::SocketAddr;

/// What differs from one quickstart to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuickstartParams {
    /// The first port; the others follow it.
    pub(crate) port_base: u16,
    /// Behind realm `payments`, environment `sandbox`.
    pub(crate) payments_sandbox: SocketAddr,
    /// Behind realm `payments`, environment `production`.
    pub(crate) payments_production: SocketAddr,
    /// Behind realm `mail`, environment `production`.
    pub(crate) mail_production: SocketAddr,
}

/// The text of the file, with its data beside it.
///
/// A line that begins with `#` and no space is a setting with its default; one with a space is a
/// comment.
pub(crate) fn quickstart_file(params: &QuickstartParams) -> String {
    let base = u32::from(params.port_base);
    [
        HEAD.to_owned(),
        listener("control", CONTROL, base),
        PUBLIC_URL.to_owned(),
        listener("verifiers", VERIFIERS, base + 4),
        PROXIES.to_owned(),
        listener("ext_authz", EXT_AUTHZ, base + 5),
        EXT_AUTHZ_PROXIES.to_owned(),
        GENERAL.to_owned(),
        PAYMENTS.to_owned(),
        environment("sandbox", base + 1, params.payments_sandbox, SIMULATED),
        environment("production", base + 2, params.payments_production, REAL),
        MAIL.to_owned(),
        environment("production", base + 3, params.mail_production, REAL),
        TAIL.to_owned(),
    ]
    .concat()
}

fn listener(section: &str, comment: &str, port: u32) -> String {
    format!("\n{comment}[{section}]\nlisten = \"127.0.0.1:{port}\"\nrequire_tls = false\n")
}

fn environment(name: &str, port: u32, upstream: SocketAddr, clock: &str) -> String {
    format!(
        "\n[[realm.environment]]\nname = \"{name}\"\nlisten = \"127.0.0.1:{port}\"\nrequire_tls = false\nupstream = \"http://{upstream}\"\n{clock}{ENVIRONMENT}"
    )
}

const HEAD: &str = "\
# The configuration of Chaveiro, as `chaveiro quickstart` wrote it.
#
# Check a change with `chaveiro check --config FILE`: it explains the file, or names each fault
# with its line. Run it with `chaveiro serve --config FILE`.
#
# Every value can be set by the environment too, such as CHAVEIRO__CONTROL__LISTEN or
# CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM. Relative paths are taken from the
# folder of this file. Settings behind a # are the defaults.

# Where accounts, keys and their history are kept.
data = \"sqlite://./chaveiro.db\"
";

const CONTROL: &str = "\
# The control plane: the native API, the checks of health and the metrics.
#
# require_tls = false allows plain HTTP. It is accepted on loopback addresses only, where nobody
# can listen in; keys must never cross a network in the clear. To be reached from elsewhere,
# remove it, listen on another address and add:
# tls = { certificate_file = \"tls/fullchain.pem\", key_file = \"tls/key.pem\" }
";

const PUBLIC_URL: &str = "\
# Where people reach it, if that is not the address above.
#public_url = \"https://keys.example.com\"
";

const VERIFIERS: &str = "\
# For gateways and services that ask whether a request may pass.
";

const PROXIES: &str = "\
# From where a proxy may ask at /auth/{realm}/{environment} without showing a verifier's key. What
# it says of a request is believed, so every program at these addresses is: leave it out where
# others can start programs, and have the proxy set Chaveiro-Verifier.
trusted_proxies = [\"127.0.0.1\"]
";

const EXT_AUTHZ: &str = "\
# For Envoy, which asks by gRPC.
";

const EXT_AUTHZ_PROXIES: &str = "trusted_proxies = [\"127.0.0.1\"]\n";

const GENERAL: &str = "
# A pepper makes a stolen database useless even for testing a key that was found elsewhere. Make
# one with `openssl rand -hex 32`, keep it outside the database's backup, and never lose it: keys
# that were made under it work with it alone.
# [secrets]
# pepper_file = \"pepper.txt\"

# What one caller may take, on every listener. gateway_body_bytes_max is for bodies on their way
# to an upstream, the other two are for those the server reads itself.
[limits]
#header_bytes_max = 16384
#header_lines_max = 100
#body_bytes_max = 65536
#batch_body_bytes_max = 1048576
#gateway_body_bytes_max = 10485760
#connections_max = 10000
# Room for counters of the realms' limits: one for each limit of each key or account in use.
#counters_max = 1000000
# Off unless it is set: behind a proxy all callers have one address.
#connections_per_address_max = 100
#first_byte_deadline_ms = 5000
#header_deadline_ms = 10000
#body_deadline_ms = 30000
#idle_deadline_ms = 60000
#unread_deadline_ms = 30000
#shutdown_grace_ms = 15000

# Webhooks are sent to public addresses alone. Receivers inside are listed here: addresses, blocks and
# names. The quickstart is for trying things out, so it sends to programs on this machine.
[webhooks]
allow = [\"127.0.0.1\"]

# People are written to about their keys through this mail server; without it nobody is. Try it with
# chaveiro mail test --to ana@example.com
# [mail]
# host = \"smtp.example.com\"
# user = \"keys@example.com\"
# password_file = \"smtp-password.txt\"
# from = \"keys@example.com\"
# keys_page = \"https://example.com/{environment}/keys\"

# level is one of error, warn, info and debug; format is json or text.
[log]
level = \"info\"
format = \"text\"

# Threads that verify and forward; 0 is one for each core.
[runtime]
#data_threads = 0
";

const PAYMENTS: &str = "
# A realm is one API whose keys are managed. Its dialect brings the permissions, the routes, the
# prefixes of keys and the answers; what is written here takes their place.
[[realm]]
name = \"payments\"
dialect = \"asaas\"
#time_zone = \"America/Sao_Paulo\"
# pt or en: in which language people are written to, unless their account has one of its own.
#language = \"pt\"
#keys_per_account = 10
#webhooks_per_account = 10
# preset or off: whether the limits of the dialect hold. Here an account has 25000 requests in twelve
# hours from the first on, and 50 reads at once.
#limits = \"preset\"
# Whether a refusal carries a header that says what is wrong with the key's shape.
#hints = true
# 2xx or 200: which answers of a webhook's receiver count as delivered.
#webhook_success = \"2xx\"
# A second header for clients behind proxies that drop names with underscores.
#alias_header = false
# unrestricted or rejected: what a key may do that is made without saying so.
#absent_permissions = \"unrestricted\"
# Whether accounts demand a User-Agent when nobody says at their creation.
#require_user_agent_default = false
";

const REAL: &str = "\
# real, or simulated: one that can be moved forward, to see how keys age.
#clock = \"real\"
";

const SIMULATED: &str = "\
# The time of this environment is that of the server until somebody moves it forward, to see how keys
# age: chaveiro lifecycle advance. It never goes back. Leave it out where keys are in use.
clock = \"simulated\"
";

const ENVIRONMENT: &str = "\
#upstream_connect_ms = 2000
#upstream_response_ms = 60000
#upstream_tunnel_idle_ms = 120000
# http1, http2, or auto: what TLS agrees on.
#upstream_protocol = \"http1\"
# Most requests under way to one server; more are told to come back.
#upstream_requests_max = 4096
# Off, over tls, or also in the clear by prior_knowledge.
#http2 = \"tls\"
";

const MAIL: &str = "
[[realm]]
name = \"mail\"
dialect = \"autosend\"
#projects_per_account = 1000
# The dialect gives each key 2 requests in any second and 50 in any minute. A limit of this file
# takes the place of the dialect's limit of its name; others come besides.
#
# [[realm.limit]]
# name = \"minute\"
# per = \"account\"
# at_most = 300
# every = \"1m\"
";

const TAIL: &str = "
# A realm for an API of your own:
#
# [[realm]]
# name = \"orders\"
# dialect = \"native\"
# permissions = [\"ORDERS\", \"REPORTS\"]
#
# [[realm.route]]
# method = \"GET\"
# path = \"/v1/orders/{id}\"
# permission = \"ORDERS:READ\"
#
# [[realm.environment]]
# name = \"production\"
# key_prefix = \"acme_live_\"
# listen = \"127.0.0.1:8810\"
# require_tls = false
# upstream = \"http://127.0.0.1:9010\"
";
