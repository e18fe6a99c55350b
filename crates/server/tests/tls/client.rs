//! A client over TLS that trusts what it is told to.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::support::http::{Answer, complete};

/// A connection whose handshake is done.
pub(crate) type Secured = StreamOwned<ClientConnection, TcpStream>;

const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Connects with this version of TLS.
pub(crate) fn connect(
    address: &str,
    trusted: &[CertificateDer<'static>],
    version: &'static SupportedProtocolVersion,
) -> io::Result<Secured> {
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate.clone()).expect("a root");
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A session from before would not show the certificate again.
    config.resumption = Resumption::disabled();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(SILENCE_MAX))?;
    let mut stream = StreamOwned::new(connection, tcp);
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(stream)
}

/// The certificate that the server showed.
pub(crate) fn certificate(stream: &Secured) -> CertificateDer<'static> {
    let chain = stream.conn.peer_certificates().expect("a handshake that is done");
    chain[0].clone().into_owned()
}

/// Sends one request with this line and reads its answer; the connection stays open.
pub(crate) fn ask(
    stream: &mut Secured,
    method: &str,
    path: &str,
    line: &str,
    body: &str,
) -> Answer {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{line}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut read = Vec::new();
    let mut chunk = [0_u8; 4_096];
    loop {
        if let Some(answer) = complete(&read) {
            return answer;
        }
        let count = stream.read(&mut chunk).expect("an answer");
        assert!(count > 0, "the connection ended within an answer");
        read.extend_from_slice(&chunk[..count]);
    }
}
