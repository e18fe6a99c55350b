//! Which server is managed, and with which key: from the environment alone.
//!
//! Must not print the key, and must not take it from the command line, where the list of
//! processes and the shell's history would show it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;

use http::uri::{Scheme, Uri};
use zeroize::Zeroizing;

use super::failure::Failure;

/// The variable that names the server.
pub(super) const URL: &str = "CHAVEIRO_URL";
/// The variable that holds the key.
pub(super) const KEY: &str = "CHAVEIRO_ADMIN_KEY";
/// The variable that names a file with the key.
pub(super) const KEY_FILE: &str = "CHAVEIRO_ADMIN_KEY_FILE";

/// Where the server is if nobody says.
const URL_USUAL: &str = "http://127.0.0.1:8800";

/// Longest file that is read as a key.
const KEY_FILE_MAX: u64 = 4_096;

/// The server and the key.
pub(super) struct Settings {
    /// Whether the connection is encrypted.
    pub(super) tls: bool,
    /// Its host, without the brackets of an IPv6 address.
    pub(super) host: String,
    /// Its port.
    pub(super) port: u16,
    /// Host and port as they were written.
    pub(super) authority: String,
    /// The path before that of the API, if it stands behind one.
    pub(super) path: String,
    /// The key.
    pub(super) key: Zeroizing<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("authority", &self.authority).finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// A variable that is missing or cannot be used.
    pub(super) fn read(env: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let set = |name: &str| env.get(name).map(String::as_str).filter(|text| !text.is_empty());
        let key = match (set(KEY), set(KEY_FILE)) {
            (Some(key), None) => Zeroizing::new(key.trim().to_owned()),
            (None, Some(path)) => key_in_file(Path::new(path))?,
            (Some(_), Some(_)) => {
                return Err(Failure::usage(format!(
                    "Both {KEY} and {KEY_FILE} are set: unset one of them."
                )));
            }
            (None, None) => {
                return Err(Failure::usage(format!(
                    "No admin key: set {KEY}, or {KEY_FILE} to a file that holds it."
                )));
            }
        };
        let bad_url = || {
            Failure::usage(format!(
                "{URL} is no address of a server: set it to one such as {URL_USUAL}."
            ))
        };
        let uri: Uri = set(URL).unwrap_or(URL_USUAL).parse().map_err(|_| bad_url())?;
        let authority = uri.authority().ok_or_else(bad_url)?;
        let tls = uri.scheme() == Some(&Scheme::HTTPS);
        let known = tls || uri.scheme() == Some(&Scheme::HTTP);
        if !known || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(bad_url());
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Self {
            tls,
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port,
            authority: authority.to_string(),
            path: uri.path().trim_end_matches('/').to_owned(),
            key,
        })
    }

    /// What a careful person would want to know about these settings.
    pub(super) fn note(&self) -> Option<String> {
        let here = self.host == "localhost"
            || self.host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        (!self.tls && !here).then(|| {
            format!(
                "Note: {URL} is plain http to another machine, so the admin key can be read on the way; use https."
            )
        })
    }
}

/// Reads the key; white space around it is not part of it.
fn key_in_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let unreadable = |why: &dyn fmt::Display| {
        Failure::usage(format!(
            "The file that {KEY_FILE} names cannot be used ({why}): put the admin key alone into it."
        ))
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    // The whole capacity at once: growing would leave copies behind that nobody wipes.
    let mut text = Zeroizing::new(String::with_capacity(4_097));
    let read = file.take(KEY_FILE_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| unreadable(&error))?;
    match text.trim() {
        "" => Err(unreadable(&"it is empty")),
        _ if text.len() as u64 > KEY_FILE_MAX => Err(unreadable(&"it is too long for a key")),
        key => Ok(Zeroizing::new(key.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Failure> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Settings::read(&variables.iter().map(owned).collect())
    }

    #[track_caller]
    fn check_url(url: &str, expected: Option<(bool, &str, u16, &str)>) {
        let settings = read(&[(KEY, "k"), (URL, url)]);
        let found = settings.as_ref().ok();
        let found = found.map(|s| (s.tls, s.host.as_str(), s.port, s.path.as_str()));
        assert_eq!(found, expected, "{url}");
    }

    #[test]
    fn the_server_is_found_by_its_address() {
        check_url("", Some((false, "127.0.0.1", 8800, "")));
        check_url("https://keys.example.com", Some((true, "keys.example.com", 443, "")));
        check_url("http://[::1]:8800/", Some((false, "::1", 8800, "")));
        check_url("https://example.com/keys/", Some((true, "example.com", 443, "/keys")));
        for url in [
            "127.0.0.1:8800",
            "localhost",
            "ftp://example.com",
            "/api",
            "http://me:secret@example.com",
            "http://example.com/?a=b",
            "http:// example.com",
        ] {
            check_url(url, None);
        }
    }

    #[test]
    fn the_key_comes_from_one_variable_or_one_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let file = path.to_str().expect("a text");
        std::fs::write(&path, "from file\n").expect("written");
        let key = |variables: &[(&str, &str)]| read(variables).ok().map(|s| s.key.to_string());
        assert_eq!(key(&[(KEY, "from variable\n")]).as_deref(), Some("from variable"));
        assert_eq!(key(&[(KEY_FILE, file)]).as_deref(), Some("from file"));
        assert_eq!(key(&[(KEY, ""), (KEY_FILE, file)]).as_deref(), Some("from file"));
        assert_eq!(key(&[]), None);
        assert_eq!(key(&[(KEY, "a"), (KEY_FILE, file)]), None);
        for content in [String::new(), "\n".to_owned(), "x".repeat(5_000)] {
            std::fs::write(&path, content).expect("written");
            assert_eq!(key(&[(KEY_FILE, file)]), None);
        }
        assert_eq!(key(&[(KEY_FILE, "no such file")]), None);
    }

    #[test]
    fn a_key_that_travels_in_the_clear_is_told() {
        let told = |url| read(&[(KEY, "k"), (URL, url)]).is_ok_and(|s| s.note().is_some());
        assert!(told("http://keys.example.com") && told("http://10.0.0.7:8800"));
        for url in ["", "http://localhost:8800", "http://[::1]:1", "https://keys.example.com"] {
            assert!(!told(url), "{url}");
        }
    }
}
