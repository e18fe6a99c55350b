//! nginx as the upstream: what it says and refuses comes through as it meant it.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::{Quickstart, http, ports, wait};

/// nginx in front of nothing, killed when it is dropped.
struct Nginx {
    child: Child,
    address: String,
    _dir: tempfile::TempDir,
}

impl Nginx {
    fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let (port, root) = (ports::free_port(), dir.path().display().to_string());
        std::fs::write(dir.path().join("large"), vec![b'x'; 8 << 20]).expect("written");
        let config = format!(
            "daemon off; master_process off; pid {root}/pid; error_log {root}/log;\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path {root}/body; proxy_temp_path {root}/p;\n\
             fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n\
             client_max_body_size 1k;\n\
             server {{ listen 127.0.0.1:{port}; root {root};\n\
             location /v3/ {{ rewrite ^/v3/(.*)$ /$1 break; }}\n\
             location /v3/customers {{ add_header x-key $http_chaveiro_key;\n\
             add_header x-credential \"[$http_access_token]\"; return 200 \"nginx\"; }} }} }}\n"
        );
        let file = dir.path().join("nginx.conf");
        std::fs::write(&file, config).expect("written");
        let mut command = Command::new("nginx");
        command.arg("-p").arg(dir.path()).arg("-c").arg(&file).stderr(Stdio::null());
        let child = command.spawn().expect("nginx; `cargo xtask test` installs it");
        let address = format!("127.0.0.1:{port}");
        wait::within(Duration::from_secs(30), "nginx listens", || {
            TcpStream::connect(&address).ok()
        });
        Self { child, address, _dir: dir }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_gateway_before_nginx_passes_what_both_ends_mean() {
    let nginx = Nginx::start();
    let dir = tempfile::tempdir().expect("a folder");
    let url = format!("http://{}", nginx.address);
    let variable = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM";
    let data = dir.path().join("data");
    let server = Quickstart::start_with(&data, ports::free_base(), &[(variable, &url)]);
    let key = server.text("/realms/payments/sandbox/key");
    let credential = [("access_token", key.as_str())];

    let answer = http::get(&server.address(1), "/v3/customers", &credential);
    assert_eq!((answer.status, answer.text().as_str()), (200, "nginx"));
    assert_eq!(answer.header("x-credential"), Some("[]"), "the upstream sees no credential");
    assert!(answer.header("x-key").is_some(), "and is told the key's id");

    let answer = http::get(&server.address(1), "/v3/large", &credential);
    assert!(answer.is_whole() && answer.body.len() == 8 << 20, "{}", answer.status);

    // nginx refuses the body by its length, before anybody has sent it.
    let mut stream = TcpStream::connect(server.address(1)).expect("a connection");
    let head = format!(
        "POST /v3/large HTTP/1.1\r\nhost: a\r\naccess_token: {key}\r\nexpect: 100-continue\r\n\
         content-length: 4096\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut heard = [0; 12];
    stream.read_exact(&mut heard).expect("an answer");
    assert_eq!(heard, *b"HTTP/1.1 413");
}
