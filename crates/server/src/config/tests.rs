//! Tests of the reader that need its types: overriding, defaults, the quickstart's file, and that
//! nothing whatever makes it panic.
//!
//! Must not repeat the table of broken files, which runs against the binary.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use domain::ids::EnvironmentName;
use domain::prefix::Reach;
use domain::realm::AbsentPermissions;
use proptest::prelude::*;

use super::*;

const PLAIN: &str = r#"
data = "sqlite://./x.db"
control = { listen = "127.0.0.1:8800", require_tls = false }
verifiers = { listen = "127.0.0.1:8804", require_tls = false }

[[realm]]
name = "payments"
dialect = "asaas"

[[realm.environment]]
name = "sandbox"
listen = "127.0.0.1:8801"
require_tls = false
upstream = "http://127.0.0.1:9000"

[[realm]]
name = "own-api"
dialect = "native"
permissions = ["ORDERS"]

[[realm.route]]
method = "GET"
path = "/v1/orders"
permission = "ORDERS:READ"

[[realm.environment]]
name = "production"
key_prefix = "acme_live_"
listen = "127.0.0.1:8802"
require_tls = false
upstream = "http://127.0.0.1:9001"
"#;

fn read(text: &str, env: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let path = Path::new("f");
    read::config(text, Path::new("/base"), &env)
        .map_err(|faults| faults.into_faults(path).lines().collect())
}

#[track_caller]
fn fine(text: &str, env: &[(&str, &str)]) -> Config {
    read(text, env).unwrap_or_else(|faults| panic!("{}", faults.join("\n")))
}

#[test]
fn a_plain_file_has_the_defaults() {
    let config = fine(PLAIN, &[]);
    assert_eq!(config.data, DataUrl::Sqlite("/base/x.db".into()));
    assert_eq!(config.limits.header_bytes_max, 16_384);
    assert_eq!(config.limits.gateway_body_bytes_max, 10 * 1024 * 1024);
    assert_eq!(config.limits.connections_per_address_max, None);
    assert_eq!(config.limits.header_deadline, Duration::from_secs(10));
    assert_eq!(config.data_threads, DataThreads::OnePerCore);
    assert_eq!(config.log, LogConfig { level: LogLevel::Info, format: LogFormat::Json });
    assert!(config.secrets.pepper.is_none());
    assert_eq!(config.verifiers.askers, doors::asker::Askers::WithKey);
    let payments = &config.realms[0];
    assert_eq!(payments.time_zone.iana_name(), Some("America/Sao_Paulo"));
    assert!(payments.hints);
    assert_eq!(payments.realm.user_agent, domain::account::UserAgentRule::Optional);
    assert_eq!(payments.realm.keys_per_account, 10);
    assert_eq!(payments.realm.webhooks_per_account, 10);
    assert!(!payments.realm.routes.is_empty());
    assert_eq!(payments.environments[0].rules.connect, Duration::from_secs(2));
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn a_realm_in_single_brackets_is_told_how_it_is_written() {
    let text = "data = 'sqlite:///x'\n[realm]\nname = 'payments'";
    let faults = read(text, &[]).expect_err("a section that is no list");
    assert!(faults.contains(
        &"f:2: [realm] can be there several times. Write it with double brackets, as [[realm]]."
            .to_owned()
    ));
}

#[test]
fn a_mark_at_the_beginning_and_line_breaks_of_other_systems_are_no_fault() {
    let text = format!("\u{feff}{}", PLAIN.replace('\n', "\r\n"));
    assert_eq!(fine(&text, &[]).realms.len(), 2);
}

#[test]
fn a_letter_that_is_not_utf_8_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.toml");
    std::fs::write(&path, b"a = 1\nb = '\xff'\n").expect("written");
    let faults = load(&path, &BTreeMap::new()).expect_err("not UTF-8");
    assert_eq!(faults.list()[0].place, Place::Line(2));
}

#[test]
fn a_list_that_names_what_the_routes_of_the_dialect_do_not_is_warned_about() {
    let text =
        PLAIN.replace("dialect = \"asaas\"", "dialect = \"asaas\"\npermissions = [\"PAYMENT\"]");
    let config = fine(&text, &[]);
    assert!(config.realms[0].routes_without_permission > 0);
    assert!(config.warnings[0].contains("routes of the dialect asaas need permissions"));
}

#[test]
fn each_realm_knows_the_prefixes_of_the_others_and_of_operators() {
    let config = fine(PLAIN, &[]);
    let (payments, own_api) = (&config.realms[0].realm, &config.realms[1].realm);
    for text in ["acme_live_", "$aact_prod_", "$aact_hmlg_", "chv_admin_", "chv_verify_"] {
        assert!(payments.prefixes.is_issued_here(text.as_bytes()), "{text}");
        assert!(own_api.prefixes.is_issued_here(text.as_bytes()), "{text}");
    }
    let sandbox = EnvironmentName::parse("sandbox").expect("a name");
    let prefix = payments.prefixes.for_new_key(&sandbox, Reach::Own).expect("a prefix");
    assert_eq!(prefix.as_str(), "$aact_hmlg_");
}

#[test]
fn any_value_can_be_overridden() {
    let config = fine(
        PLAIN,
        &[
            ("CHAVEIRO__DATA", "sqlite:///elsewhere.db"),
            ("CHAVEIRO__CONTROL__LISTEN", "[::1]:9900"),
            ("CHAVEIRO__CONTROL__PUBLIC_URL", "https://keys.example.com/"),
            ("CHAVEIRO__SECRETS__PEPPER", "0123456789abcdef0123456789abcdef"),
            ("CHAVEIRO__LIMITS__BODY_BYTES_MAX", "2048"),
            ("CHAVEIRO__LOG__LEVEL", "debug"),
            ("CHAVEIRO__RUNTIME__DATA_THREADS", "3"),
            ("CHAVEIRO__REALM__PAYMENTS__TIME_ZONE", "UTC"),
            ("CHAVEIRO__REALM__PAYMENTS__HINTS", "false"),
            ("CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM", "https://up.example.com"),
            ("CHAVEIRO__REALM__OWN_API__PERMISSIONS", "ORDERS, REPORTS"),
            ("CHAVEIRO__REALM__OWN_API__ROUTE__0__PERMISSION", "REPORTS:WRITE"),
            ("CHAVEIRO__REALM__OWN_API__ABSENT_PERMISSIONS", "unrestricted"),
            ("CHAVEIRO_URL", "http://not.ours"),
            ("PATH", "/bin"),
        ],
    );
    assert_eq!(config.data, DataUrl::Sqlite("/elsewhere.db".into()));
    assert_eq!(config.control.listener.listen.to_string(), "[::1]:9900");
    assert_eq!(config.control.public_url.as_deref(), Some("https://keys.example.com"));
    assert!(config.secrets.pepper.is_some());
    assert_eq!(config.limits.body_bytes_max, 2048);
    assert_eq!(config.log.level, LogLevel::Debug);
    assert!(matches!(config.data_threads, DataThreads::Exactly(n) if n.get() == 3));
    let [payments, own_api] = &config.realms[..] else { panic!("two realms") };
    assert_eq!(payments.time_zone.iana_name(), Some("UTC"));
    assert!(!payments.hints);
    assert_eq!(payments.environments[0].upstreams[0].to_string(), "https://up.example.com:443");
    assert_eq!(own_api.realm.catalogue.resources().len(), 2);
    assert_eq!(own_api.realm.absent_permissions, AbsentPermissions::MeanUnrestricted);
    let need = own_api.realm.routes.need(domain::method::Method::Get, "/v1/orders").to_need();
    assert_eq!(need.expect("a permission").to_string(), "REPORTS:WRITE");
}

#[test]
fn proxies_are_trusted_by_address_only_where_some_are_listed() {
    let listed = |list: &str| {
        let config = fine(PLAIN, &[("CHAVEIRO__VERIFIERS__TRUSTED_PROXIES", list)]);
        match config.verifiers.askers {
            doors::asker::Askers::WithKey => Vec::new(),
            doors::asker::Askers::WithKeyOrFrom(addresses) => addresses.to_texts(),
        }
    };
    assert_eq!(listed(""), Vec::<String>::new());
    assert_eq!(listed("127.0.0.1, 10.0.0.0/8"), ["10.0.0.0/8", "127.0.0.1"]);
}

#[test]
fn a_variable_for_the_pepper_takes_the_place_of_both_spellings() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pepper");
    std::fs::write(&path, "from-the-file-from-the-file-from-the-file\n").expect("written");
    let path = path.to_str().expect("a path in UTF-8");
    let pepper = |text: &str, env: &[(&str, &str)]| {
        fine(text, env).secrets.pepper.expect("a pepper").expose().to_owned()
    };
    let in_variable = "from-the-variable-from-the-variable";
    let plain = format!("secrets.pepper = '{}'\n{PLAIN}", "plain".repeat(9));
    let filed = format!("secrets.pepper_file = '{path}'\n{PLAIN}");
    assert!(pepper(&plain, &[]).starts_with("plain"));
    assert_eq!(pepper(&filed, &[]), "from-the-file-from-the-file-from-the-file");
    assert_eq!(pepper(&filed, &[("CHAVEIRO__SECRETS__PEPPER", in_variable)]), in_variable);
    assert!(pepper(&plain, &[("CHAVEIRO__SECRETS__PEPPER_FILE", path)]).starts_with("from-the-f"));
}

#[test]
fn no_debug_text_shows_the_pepper() {
    let config = fine(PLAIN, &[("CHAVEIRO__SECRETS__PEPPER", "0123456789abcdef0123456789abcdef")]);
    assert!(!format!("{config:?}").contains("0123456789abcdef"));
}

const fn upstream(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

const QUICKSTART: QuickstartParams = QuickstartParams {
    port_base: 8800,
    payments_sandbox: upstream(9001),
    payments_production: upstream(9002),
    mail_production: upstream(9003),
};

#[test]
fn the_quickstart_file_reads_back() {
    let config = fine(&quickstart_file(&QUICKSTART), &[]);
    assert_eq!(config.warnings, Vec::<String>::new());
    assert_eq!(config.control.listener.listen.to_string(), "127.0.0.1:8800");
    assert_eq!(config.verifiers.listener.listen.to_string(), "127.0.0.1:8804");
    assert!(!config.control.listener.require_tls);
    let environments: Vec<String> = config
        .realms
        .iter()
        .flat_map(|realm| realm.environments.iter().map(move |one| (realm, one)))
        .map(|(realm, one)| {
            let (name, dialect) = (&realm.realm.name, realm.dialect.name());
            format!("{name} {dialect} {} {} {}", one.name, one.listener.listen, one.upstreams[0])
        })
        .collect();
    assert_eq!(
        environments,
        [
            "payments asaas sandbox 127.0.0.1:8801 http://127.0.0.1:9001",
            "payments asaas production 127.0.0.1:8802 http://127.0.0.1:9002",
            "mail autosend production 127.0.0.1:8803 http://127.0.0.1:9003",
        ]
    );
}

#[test]
fn the_settings_that_the_quickstart_file_comments_out_are_the_defaults() {
    let text = quickstart_file(&QUICKSTART);
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase()) => {
            setting.to_owned()
        }
        Some(_) | None => line.to_owned(),
    };
    let all = text.lines().map(uncomment).collect::<Vec<_>>().join("\n");
    assert!(all.lines().count() == text.lines().count() && all != text);
    let (with, without) = (fine(&all, &[]), fine(&text, &[]));
    assert_eq!(with.limits.connections_per_address_max, Some(100));
    let with_default = Limits { connections_per_address_max: None, ..with.limits };
    assert_eq!(with_default, without.limits);
    assert_eq!(with.data_threads, without.data_threads);
    let of_realm = |config: &Config| {
        let realm = &config.realms[0];
        let zone = realm.time_zone.iana_name().map(str::to_owned);
        let (hints, realm) = (realm.hints, &realm.realm);
        let limits = (realm.keys_per_account, realm.webhooks_per_account);
        (zone, hints, limits, realm.absent_permissions)
    };
    assert_eq!(of_realm(&with), of_realm(&without));
    let projects = |config: &Config| {
        config.realms.iter().map(|realm| realm.realm.projects.clone()).collect::<Vec<_>>()
    };
    assert_eq!(projects(&with), projects(&without));
    let times = |config: &Config| {
        let one = &config.realms[0].environments[0];
        (one.rules.connect, one.rules.response)
    };
    assert_eq!(times(&with), times(&without));
}

#[test]
fn the_realm_that_the_quickstart_file_shows_in_a_comment_works() {
    let text = quickstart_file(&QUICKSTART);
    let (rest, example) = text.split_once("# A realm for an API of your own:\n").expect("there");
    let example: String = example
        .lines()
        .map(|line| format!("{}\n", line.trim_start_matches('#').trim_start_matches(' ')))
        .collect();
    let text = format!("{rest}{example}");
    let config = fine(&text, &[]);
    assert_eq!(config.realms.len(), 3);
    // The one of the example, and three of the dialect about the key itself.
    assert_eq!(config.realms[2].realm.routes.len(), 4);
    assert_eq!(config.warnings, Vec::<String>::new());
}

/// The first realm with these lines about ageing, or what is said about them.
fn lifecycle(lines: &str) -> Result<domain::lifecycle::Lifecycle, Vec<String>> {
    let text =
        PLAIN.replacen("dialect = \"asaas\"\n", &format!("dialect = \"asaas\"\n{lines}\n"), 1);
    read(&text, &[]).map(|config| config.realms[0].realm.lifecycle.clone())
}

#[test]
fn keys_age_by_the_dialect_and_by_what_the_file_says_instead() {
    let said = |lines: &str| {
        let read = lifecycle(lines).unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
        let policy = read.policy.fingerprint(&jiff::tz::TimeZone::UTC);
        format!("{policy} {}", read.guard.percent())
    };
    let asaas = "warn:4m,warn:5m,warn:-7d";
    for (lines, expected) in [
        ("", format!("1 o:d3m,e6m,n7,{asaas} w:d-,e6m,n7,{asaas} UTC 20")),
        (
            "lifecycle = { disable_after = \"90 days\", change_at_most = 100 }",
            format!("1 o:d90d,e6m,n7,{asaas} w:d-,e6m,n7,{asaas} UTC 100"),
        ),
        (
            "lifecycle = { disable_after = \"never\", expire_after = \"never\" }",
            "1 o:d-,e-,n7 w:d-,e-,n7 UTC 20".to_owned(),
        ),
        (
            "lifecycle = { warn = [\"1 day before expiry\"], notice = \"1 day\", white_label = { disable_after = \"5 months\", warn = [\"4 months\"] } }",
            "1 o:d3m,e6m,n1,warn:-1d w:d5m,e6m,n1,warn:4m UTC 20".to_owned(),
        ),
    ] {
        assert_eq!(said(lines), expected, "{lines}");
    }
    let native = fine(PLAIN, &[]).realms[1].realm.lifecycle.clone();
    assert_eq!(native, domain::lifecycle::Lifecycle::default());
}

#[test]
fn ageing_that_cannot_be_meant_is_refused_with_its_line() {
    for (lines, said) in [
        ("lifecycle = { disable_after = \"3 moons\" }", "cannot be `3 moons`"),
        ("lifecycle = { expire_after = \"0 months\" }", "out of range"),
        ("lifecycle = { expire_after = \"99999 days\" }", "number of months or days"),
        ("lifecycle = { warn = [\"7 days after expiry\"] }", "`warn` cannot hold"),
        ("lifecycle = { warn = [] }", "without a warning"),
        ("lifecycle = { disable_after = \"7 months\" }", "contradict each other"),
        ("lifecycle = { notice = \"a week\" }", "`notice` cannot be"),
        ("lifecycle = { change_at_most = 0 }", "change_at_most"),
        ("lifecycle = { disable = \"3 months\" }", "disable_after"),
        ("lifecycle = { white_label = { expire_after = \"1 month\" } }", "does not lie between"),
        ("lifecicle = { disable_after = \"3 months\" }", "lifecycle"),
    ] {
        let faults = lifecycle(lines).expect_err(lines);
        let told = faults.iter().any(|fault| fault.starts_with("f:9: ") && fault.contains(said));
        assert!(told, "{lines}: {faults:?}");
    }
}

/// Lines that fit together often enough to get far into the reader.
fn any_line() -> impl Strategy<Value = String> {
    let names = "[a-z_]{1,12}|data|listen|realm|name|tls|permissions|route|pepper|data_threads";
    let values = "[0-9]{1,30}|\"[ -!#-\\[\\]-~]{0,20}\"|\\[\\]|\\{\\}|true|'asaas'|'native'|\\[\\[\\]\\]|1e400|nan";
    prop_oneof![
        (names, values).prop_map(|(name, value)| format!("{name} = {value}")),
        (names, names).prop_map(|(one, other)| format!("[{one}.{other}]")),
        names.prop_map(|name| format!("[[{name}]]")),
        names.prop_map(|name| format!("[[realm.{name}]]")),
        names.prop_map(|name| format!("[{name}]")),
        "\\PC{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_lines_make_it_panic(lines in prop::collection::vec(any_line(), 0..30)) {
        let _ = read(&lines.join("\n"), &[]);
        let _ = read(&format!("{PLAIN}\n{}", lines.join("\n")), &[]);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("f.toml");
        std::fs::write(&path, bytes).expect("written");
        // No file of chance is a configuration: one without a realm is not, and the rest is long.
        let faults = load(&path, &BTreeMap::new()).expect_err("chance");
        prop_assert!(faults.lines().all(|line| !line.contains('\n')));
    }

    #[test]
    fn no_variable_makes_it_panic(way in "[A-Z_0-9a-zé]{0,40}", value in "\\PC{0,20}") {
        let _ = read(PLAIN, &[(&format!("CHAVEIRO__{way}"), &value)]);
        let _ = read(PLAIN, &[(&format!("CHAVEIRO__REALM__{way}"), &value)]);
        let _ = read(PLAIN, &[(&format!("CHAVEIRO__REALM__PAYMENTS__{way}"), &value)]);
        let _ = read(PLAIN, &[(&format!("CHAVEIRO__REALM__OWN_API__ROUTE__{way}"), &value)]);
    }
}
