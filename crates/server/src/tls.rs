//! Certificates from files: read at the start, and again when the files change.
//!
//! A certificate that cannot be read takes nothing away: the one before stays in use. Must not
//! print a private key or anything of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::listen::StopSignal;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file cannot be read.
    #[error("The file {path} cannot be read ({error}). Check its name and who may read it.")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file that should hold certificates holds none.
    #[error("The file {0} holds no certificate in PEM. Name the file with the whole chain.")]
    NoCertificate(PathBuf),
    /// A file that should hold a private key holds none.
    #[error(
        "The file {0} holds no private key in PEM. Name the file that was made with the certificate."
    )]
    NoKey(PathBuf),
    /// The two do not belong together, or are of a kind that is not known.
    #[error(
        "The certificate in {certificate} and the key in {key} cannot be used together: {error}"
    )]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong.
        error: rustls::Error,
    },
}

/// Certificates from a file, for trusting them.
///
/// # Errors
/// A file that cannot be read or holds none.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(path)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) | Err(_) => Err(TlsError::NoCertificate(path.to_owned())),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::Unreadable { path: path.to_owned(), error })
}

/// What tells one state of the files from another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look(Vec<Option<(SystemTime, u64)>>);

/// A certificate that follows its files.
pub(crate) struct LiveCertificate {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
}

impl std::fmt::Debug for LiveCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveCertificate")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl LiveCertificate {
    /// Reads the files.
    ///
    /// # Errors
    /// Files that cannot be read or used.
    pub(crate) fn load(certificate: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let current = ArcSwap::from_pointee(read_pair(certificate, key, &provider)?);
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Arc::new(Self { certificate, key, provider, current }))
    }

    /// How a listener with this certificate speaks: TLS 1.2 and 1.3, HTTP/1.1.
    ///
    /// # Panics
    /// Never: the provider knows both versions.
    pub(crate) fn server_config(self: &Arc<Self>) -> Arc<ServerConfig> {
        self.offering(&[b"http/1.1"])
    }

    /// The same with HTTP/2, which is preferred.
    ///
    /// # Panics
    /// Never: the provider knows both versions.
    pub(crate) fn http2_server_config(self: &Arc<Self>) -> Arc<ServerConfig> {
        self.offering(&[b"h2", b"http/1.1"])
    }

    fn offering(self: &Arc<Self>, protocols: &[&[u8]]) -> Arc<ServerConfig> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    }

    /// Looks at the files until the signal to stop, and reads them again when they change.
    pub(crate) async fn follow(self: Arc<Self>, stop: StopSignal) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut seen = self.look();
        loop {
            tokio::select! {
                () = stop.given() => return,
                _ = tick.tick() => {}
            }
            let look = self.look();
            if look != seen {
                // What cannot be read now is tried again only when it changes again.
                seen = look;
                match self.reload() {
                    Ok(()) => {
                        tracing::info!(certificate = %self.certificate.display(), "a new certificate is in use")
                    }
                    Err(error) => tracing::error!(%error, "the certificate before stays in use"),
                }
            }
        }
    }

    /// Reads the files again.
    ///
    /// # Errors
    /// Files that cannot be read or used; the certificate before stays in use.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let pair = read_pair(&self.certificate, &self.key, &self.provider)?;
        self.current.store(Arc::new(pair));
        Ok(())
    }

    /// Two quick questions to the file system, which need no thread of their own.
    fn look(&self) -> Look {
        let look = |path: &PathBuf| {
            let about = fs::metadata(path).ok()?;
            Some((about.modified().ok()?, about.len()))
        };
        Look(vec![look(&self.certificate), look(&self.key)])
    }
}

impl ResolvesServerCert for LiveCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn read_pair(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let chain = read_certificates(certificate)?;
    let pem = zeroize::Zeroizing::new(read(key)?);
    let private =
        PrivateKeyDer::from_pem_slice(&pem).map_err(|_| TlsError::NoKey(key.to_owned()))?;
    // Checks also that the two belong together.
    CertifiedKey::from_der(chain, private, provider).map_err(|error| TlsError::Unusable {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Files {
        _folder: tempfile::TempDir,
        certificate: PathBuf,
        key: PathBuf,
    }

    fn pair() -> rcgen::CertifiedKey<rcgen::KeyPair> {
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate")
    }

    fn files() -> Files {
        let folder = tempfile::tempdir().expect("a folder");
        let pair = pair();
        let certificate = folder.path().join("chain.pem");
        let key = folder.path().join("key.pem");
        fs::write(&certificate, pair.cert.pem()).expect("written");
        fs::write(&key, pair.signing_key.serialize_pem()).expect("written");
        Files { _folder: folder, certificate, key }
    }

    #[test]
    fn a_certificate_that_cannot_be_read_takes_nothing_away() {
        let files = files();
        let live = LiveCertificate::load(&files.certificate, &files.key).expect("loaded");
        let before = live.current.load_full();
        fs::write(&files.certificate, "not PEM").expect("written");
        let error = live.reload().expect_err("no certificate");
        assert!(matches!(error, TlsError::NoCertificate(_)), "{error}");
        assert!(Arc::ptr_eq(&before, &live.current.load_full()));

        let next = pair();
        fs::write(&files.certificate, next.cert.pem()).expect("written");
        let error = live.reload().expect_err("the key is still the old one");
        assert!(matches!(error, TlsError::Unusable { .. }), "{error}");
        fs::write(&files.key, next.signing_key.serialize_pem()).expect("written");
        live.reload().expect("both are new");
        assert_eq!(live.current.load().cert[0], *next.cert.der());
    }

    #[test]
    fn each_fault_of_the_files_has_its_sentence() {
        let files = files();
        let check = |certificate: &Path, key: &Path, part: &str| {
            let error = LiveCertificate::load(certificate, key).expect_err("a fault").to_string();
            assert!(error.contains(part), "{error}");
            assert!(!error.contains('\n'), "{error}");
        };
        check(Path::new("missing.pem"), &files.key, "cannot be read");
        check(&files.key, &files.key, "holds no certificate");
        check(&files.certificate, &files.certificate, "holds no private key");
    }
}
