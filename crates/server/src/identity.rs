//! The key with which upstreams are told who asks: made on the first start, kept in a file.
//!
//! The public half is published as a JSON Web Key Set. Other secrets of the server that have to be
//! the same after a restart are derived from it, each for one purpose. Must not give the private half to anybody,
//! nor replace a file that is there: upstreams would refuse every request until they learn the
//! new key.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsBigEndian as _, AsDer as _, Curve25519SeedBin, Pkcs8V1Der};
use aws_lc_rs::hkdf;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::cursor::CursorSecret;
use doors::identity::IdentitySigner;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

/// The key cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    /// The file cannot be read.
    #[error("The signing key {path} cannot be read ({error}). Check who may read it.")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file cannot be written.
    #[error("The signing key {path} cannot be written ({error}). Check who may write there.")]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file holds something else.
    #[error(
        "The file {0} holds no Ed25519 key in PKCS#8 PEM. Restore it from a backup, or move it away to have a new key made."
    )]
    NotAKey(PathBuf),
    /// The key gives no secret.
    #[error(
        "The file {0} holds a key that no other can be derived from. Restore it from a backup."
    )]
    NothingDerived(PathBuf),
    /// No key could be made.
    #[error("A signing key could not be made. Start the server again.")]
    NotMade,
}

/// Stands first in every derivation, so that nobody else's can give the same secret.
const SALT: &[u8] = b"chaveiro secrets derived from the signing key";
/// What the secret of cursors is for; a new form of cursors takes a new one.
const CURSORS: &[u8] = b"cursors 1";

/// Signs what upstreams are told.
pub(crate) struct Identity {
    pair: Ed25519KeyPair,
    public: String,
    key_id: String,
    cursors: CursorSecret,
    origin: Origin,
}

/// Where a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The file that was there.
    File,
    /// It was made just now.
    Made,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Identity {
    /// The key in this file; a new one, if there is no such file.
    ///
    /// # Errors
    /// A file that cannot be read, written or used.
    pub(crate) fn open(path: &Path) -> Result<Self, IdentityError> {
        match fs::read(path) {
            Ok(pem) => Self::from_pem(&Zeroizing::new(pem))
                .ok_or_else(|| IdentityError::NotAKey(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(IdentityError::Unreadable { path: path.to_owned(), error }),
        }
    }

    fn create(path: &Path) -> Result<Self, IdentityError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| IdentityError::NotMade)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| IdentityError::NotMade)?;
        let pem = to_pem(der.as_ref());
        write_new(path, pem.as_bytes())
            .map_err(|error| IdentityError::Unwritable { path: path.to_owned(), error })?;
        let made = Self::of(pair).ok_or_else(|| IdentityError::NothingDerived(path.to_owned()))?;
        Ok(Self { origin: Origin::Made, ..made })
    }

    /// Says what follows where a key was made beside data that had another one before.
    pub(crate) fn warn_if_replaced(&self, path: &Path, has_data: bool) {
        if self.origin == Origin::Made && has_data {
            tracing::warn!(
                path = %path.display(),
                "the file of the signing key was missing beside a database in use, so another signing key was made: upstreams refuse what is signed with it until they fetch /.well-known/jwks.json again, and every cursor of a list is void; if that was not meant, stop the server and restore the old file from the backup"
            );
        }
    }

    /// Says what may have happened where a key was there and the database beside it is empty.
    pub(crate) fn warn_if_left_alone(&self, path: &Path, has_data: bool) {
        if self.origin == Origin::File && !has_data {
            tracing::warn!(
                path = %path.display(),
                "the signing key is there, and the database beside it is empty: every key is unknown; if that was not meant, stop the server and put the copy of the database in place"
            );
        }
    }

    fn from_pem(pem: &[u8]) -> Option<Self> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).ok()?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).ok()?;
        Self::of(pair)
    }

    fn of(pair: Ed25519KeyPair) -> Option<Self> {
        let cursors = CursorSecret::new(derived(&pair, CURSORS)?);
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // The thumbprint of RFC 7638: the required members in this order, without spaces.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        let key_id = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        Some(Self { pair, public, key_id, cursors, origin: Origin::File })
    }

    /// The secret with which cursors are made: the same as long as the file is.
    pub(crate) fn cursors(&self) -> CursorSecret {
        self.cursors.clone()
    }

    /// The public half, as upstreams fetch it.
    pub(crate) fn jwks(&self) -> String {
        let Self { public, key_id, .. } = self;
        format!(
            r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{public}","kid":"{key_id}","use":"sig","alg":"EdDSA"}}]}}"#
        )
    }
}

impl IdentitySigner for Identity {
    fn key_id(&self) -> &str {
        &self.key_id
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(message).as_ref());
        signature
    }
}

/// A secret for one purpose, by HKDF (RFC 5869). It tells nothing of the key, nor of another one.
fn derived(pair: &Ed25519KeyPair, purpose: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let seed = pair.seed().ok()?;
    let seed: Curve25519SeedBin<'_> = seed.as_be_bytes().ok()?;
    let mut secret = Zeroizing::new([0; 32]);
    let stirred = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(seed.as_ref());
    stirred.expand(&[purpose], hkdf::HKDF_SHA256).ok()?.fill(&mut *secret).ok()?;
    Some(secret)
}

fn to_pem(der: &[u8]) -> Zeroizing<String> {
    let text = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(text.len() + 80));
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, later) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = later;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

/// Writes a file that nobody else may read, whole or not at all.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // A link fails where the name is taken, so a key that another process made meanwhile stays.
    match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // Not every file system has links.
            fs::rename(&draft, path)?;
        }
        linked => {
            fs::remove_file(&draft)?;
            linked?;
        }
    }
    // The name is kept with the folder; some file systems cannot be asked to, and need not.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _ = fs::File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("identity.pem");
        let made = Identity::open(&path).expect("made");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = Identity::open(&path).expect("read");
        assert_eq!(again.key_id(), made.key_id());
        assert_eq!(again.sign(b"m"), made.sign(b"m"));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn cursors_hold_as_long_as_the_key_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |name: &str| Identity::open(&folder.path().join(name)).expect("a key");
        let cursor = open("identity.pem").cursors().seal(&["keys"], 41);
        assert_eq!(open("identity.pem").cursors().open(&["keys"], &cursor), Ok(41));
        assert!(open("another.pem").cursors().open(&["keys"], &cursor).is_err());
        // Nor does the key itself stand for what is derived from it.
        let seed = open("identity.pem").pair.seed().expect("a seed");
        let seed: Curve25519SeedBin<'_> = seed.as_be_bytes().expect("bytes");
        let seed = CursorSecret::new(Zeroizing::new(seed.as_ref().try_into().expect("32 bytes")));
        let forged = seed.seal(&["keys"], 41);
        assert!(open("identity.pem").cursors().open(&["keys"], &forged).is_err());
    }

    #[test]
    fn a_file_with_something_else_is_neither_used_nor_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("identity.pem");
        fs::write(&path, "something else").expect("written");
        let error = Identity::open(&path).expect_err("no key");
        assert!(matches!(error, IdentityError::NotAKey(_)), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("a file"), "something else");
    }

    #[test]
    fn the_key_id_is_the_thumbprint() {
        // RFC 8037, appendix A.3.
        let seed = URL_SAFE_NO_PAD
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .expect("base64url");
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key");
        let identity = Identity::of(pair).expect("an identity");
        assert_eq!(identity.key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert!(identity.jwks().contains("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
    }
}
