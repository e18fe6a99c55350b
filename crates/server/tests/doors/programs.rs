//! The real proxies, each with the configuration that its page gives.
//!
//! Must not add to a page's configuration anything that the proxy's behaviour depends on.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::places::Environment;
use crate::stage::Stage;
use crate::support::{ports, wait};

/// Far more than a proxy needs to start, even on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);

/// The proxies that are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Nginx,
    Caddy,
    Envoy,
}

/// A running proxy, killed when it is dropped.
pub(crate) struct Proxy {
    child: Child,
    pub(crate) address: String,
    _folder: TempDir,
}

impl Program {
    /// The configuration of its page, for this environment and on this port.
    pub(crate) fn configuration(self, stage: &Stage, at: Environment, port: u16) -> String {
        let (page, fence) = match self {
            Self::Nginx => ("nginx.md", "nginx"),
            Self::Caddy => ("caddy.md", "caddy"),
            Self::Envoy => ("envoy.md", "yaml"),
        };
        let server = &stage.server;
        let upstream = stage.echo.port();
        let place = (
            format!("{}/{}", at.realm, at.name),
            format!("realm: {}, environment: {}", at.realm, at.name),
        );
        let envoys = server.ext_authz().rsplit_once(':').expect("a port").1.to_owned();
        let mut text = fenced(page, fence);
        let mut put = |old: &str, new: String| {
            assert!(text.contains(old), "{page} has no {old}");
            text = text.replace(old, &new);
        };
        put("VERIFIER_KEY", server.verifier_key.clone());
        match self {
            Self::Nginx | Self::Caddy => {
                put("127.0.0.1:8804", server.verifiers());
                put("127.0.0.1:9000", format!("127.0.0.1:{upstream}"));
                put("payments/sandbox", place.0);
            }
            Self::Envoy => {
                put("port_value: 8805", format!("port_value: {envoys}"));
                put("port_value: 9000", format!("port_value: {upstream}"));
                put("realm: payments, environment: sandbox", place.1);
            }
        }
        match self {
            Self::Nginx => put("127.0.0.1:8080", format!("127.0.0.1:{port}")),
            Self::Caddy => put("127.0.0.1:8081", format!("127.0.0.1:{port}")),
            Self::Envoy => put("port_value: 8082", format!("port_value: {port}")),
        }
        text
    }

    /// Starts it with the configuration of its page.
    pub(crate) fn start(self, stage: &Stage, at: Environment) -> Proxy {
        self.start_with(stage, at, |text| text)
    }

    /// Starts it with that configuration, altered.
    pub(crate) fn start_with(
        self,
        stage: &Stage,
        at: Environment,
        alter: impl FnOnce(String) -> String,
    ) -> Proxy {
        let folder = tempfile::tempdir().expect("a folder");
        let port = ports::free_port();
        let text = alter(self.configuration(stage, at, port));
        let mut command = self.command(folder.path(), &text);
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("{self:?} does not start ({error}); `cargo xtask test` installs it")
        });
        let address = format!("127.0.0.1:{port}");
        let mut proxy = Proxy { child, address, _folder: folder };
        wait::within(START_MAX, "the proxy accepts", || {
            let ended = proxy.child.try_wait().expect("a process").is_some();
            let log = || std::fs::read_to_string(proxy._folder.path().join("log"));
            assert!(!ended, "{self:?} ended: {:?}", log());
            TcpStream::connect(&proxy.address).ok().map(drop)
        });
        proxy
    }

    fn command(self, folder: &Path, text: &str) -> Command {
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        match self {
            Self::Nginx => {
                let mut command = Command::new(sbin("nginx"));
                let config = write("nginx.conf", &around_nginx(folder, text));
                command.arg("-c").arg(config).arg("-e").arg(folder.join("error"));
                command
            }
            Self::Caddy => {
                let mut command = Command::new("caddy");
                let config = write("Caddyfile", &format!("{{\n\tadmin off\n}}\n{text}"));
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(config);
                // Whatever it keeps, it keeps here.
                for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
                    command.env(name, folder);
                }
                command
            }
            Self::Envoy => {
                let mut command = Command::new(envoy());
                let config = write("envoy.yaml", text);
                command.arg("-c").arg(config).args(["--concurrency", "1", "-l", "warning"]);
                command.args(["--disable-hot-restart", "--use-dynamic-base-id"]);
                command
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text between the fences of a page.
pub(crate) fn fenced(page: &str, fence: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating").join(page);
    let text = std::fs::read_to_string(path).expect("a page");
    let (_, rest) = text.split_once(&format!("```{fence}\n")).expect("a configuration");
    rest.split_once("```").expect("its end").0.to_owned()
}

/// What a distribution's own file has around the `http` block, with every path in the folder.
fn around_nginx(folder: &Path, text: &str) -> String {
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {};\n", folder.join(name).display()));
    let (pid, paths) = (folder.join("pid"), paths.concat());
    format!(
        "daemon off;\nmaster_process off;\npid {};\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{text}}}\n",
        pid.display()
    )
}

/// How to call a program that Debian may keep where only root's path leads.
fn sbin(name: &str) -> PathBuf {
    let beside = Path::new("/usr/sbin").join(name);
    if beside.is_file() { beside } else { PathBuf::from(name) }
}

fn envoy() -> PathBuf {
    let folder = std::env::var_os("CHAVEIRO_TEST_CLIENTS");
    let folder = folder.expect("CHAVEIRO_TEST_CLIENTS: run the tests with `cargo xtask test`");
    let versions = PathBuf::from(folder).join("python/lib");
    let mut versions = std::fs::read_dir(versions).expect("what `cargo xtask test` installs");
    let version = versions.next().expect("a version of Python").expect("a folder").path();
    version.join("site-packages/envoy/_bin/envoy")
}
