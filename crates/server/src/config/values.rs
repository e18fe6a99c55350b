//! Reads the values that are more than text: addresses, places of data, upstreams, zones.
//!
//! Each function answers with the value or with the sentence that says what is wrong. None may
//! repeat what could be a password: addresses with a user in them are not quoted.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use http::Uri;
use jiff::tz::TimeZone;

use domain::nearest::nearest;

use super::fault::quoted;
use super::model::{DataUrl, Scheme, Upstream};

/// Where a listener listens.
pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| {
        format!(
            "`listen` cannot be {}. It has to be an address and a port, such as 127.0.0.1:8800 or [::1]:8800; for every address of the machine write 0.0.0.0.",
            quoted(text)
        )
    })?;
    if address.port() == 0 {
        return Err(
            "`listen` has port 0, which nobody could find again. Choose a port from 1 to 65535."
                .to_owned(),
        );
    }
    Ok(address)
}

/// Where the data is kept; a relative path is taken from `base`.
pub(super) fn data(text: &str, base: &Path) -> Result<DataUrl, String> {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    if matches!(scheme, Some("postgres" | "postgresql")) {
        return Err("This build keeps its data in SQLite only. Name a file, as in data = \"sqlite:///var/lib/chaveiro/chaveiro.db\".".to_owned());
    }
    let Some(path) = text.strip_prefix("sqlite://") else {
        return Err(not_data(text));
    };
    if path.contains(['?', '#']) || path.contains(char::is_control) {
        return Err("`data` is a plain path behind sqlite://, without ?, # and control characters. Leave options out; the server chooses them.".to_owned());
    }
    let relative = path.starts_with("./") || path.starts_with("../");
    if !relative && !path.starts_with('/') {
        return Err(format!(
            "`data` cannot be {}: the path has to be absolute, as in sqlite:///var/lib/chaveiro/chaveiro.db, or begin with ./ to be taken from the folder of the configuration file.",
            quoted(text)
        ));
    }
    if path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..") {
        return Err(format!(
            "`data` cannot be {}: it names a folder. Name the file in it, such as chaveiro.db.",
            quoted(text)
        ));
    }
    let path =
        if relative { base.join(path.strip_prefix("./").unwrap_or(path)) } else { path.into() };
    Ok(DataUrl::Sqlite(path))
}

fn not_data(text: &str) -> String {
    // An unknown scheme may come with a password, so only a path is repeated.
    if text.starts_with('/') && !text.contains(['@', ':']) {
        let meant = quoted(&format!("sqlite://{text}"));
        return format!("`data` has to begin with sqlite://. Did you mean {meant}?");
    }
    "`data` has to begin with sqlite:// and go on with the path of a file, as in sqlite:///var/lib/chaveiro/chaveiro.db.".to_owned()
}

/// The server behind a gateway.
pub(super) fn upstream(text: &str) -> Result<Upstream, String> {
    origin("upstream", text).map(|(scheme, host, port)| Upstream {
        scheme,
        host,
        port: port.unwrap_or(scheme.default_port()),
    })
}

/// Where people reach the control plane.
pub(super) fn public_url(text: &str) -> Result<String, String> {
    origin("public_url", text).map(|(scheme, host, port)| {
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{host}{port}", scheme.as_str())
    })
}

/// A scheme, a host and perhaps a port, and nothing else.
fn origin(name: &str, text: &str) -> Result<(Scheme, String, Option<u16>), String> {
    const FORM: &str =
        "It has to be http:// or https://, a host and a port, such as http://127.0.0.1:9000.";
    if text.contains('@') {
        return Err(format!("`{name}` names a user or password, which is never sent. {FORM}"));
    }
    let cannot = || format!("`{name}` cannot be {}. {FORM}", quoted(text));
    let uri: Uri = text.parse().map_err(|_| cannot())?;
    let scheme = match uri.scheme_str() {
        Some("http") => Scheme::Http,
        Some("https") => Scheme::Https,
        Some(_) | None => return Err(cannot()),
    };
    let authority = uri.authority().ok_or_else(cannot)?;
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains('#') {
        return Err(format!(
            "`{name}` cannot be {}: paths are passed on as they come, so it ends with the port. Remove what follows it.",
            quoted(text)
        ));
    }
    let host = authority.host();
    let port = match &authority.as_str()[host.len()..] {
        "" => None,
        port => Some(port.strip_prefix(':').and_then(port_number).ok_or_else(cannot)?),
    };
    let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_name = |host: &str| {
        let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        !host.is_empty() && host.bytes().all(letter)
    };
    let fits = in_brackets.map_or_else(|| is_name(host), |v6| v6.parse::<Ipv6Addr>().is_ok());
    if !fits {
        return Err(cannot());
    }
    let bare = in_brackets.unwrap_or(host);
    Ok((scheme, bare.to_ascii_lowercase(), port))
}

/// A port from 1 to 65535; `parse` alone would take `+1` and 0 too.
fn port_number(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0)
}

/// A time zone by its IANA name.
pub(super) fn time_zone(text: &str) -> Result<TimeZone, String> {
    let database = jiff::tz::db();
    database.get(text).map_err(|_| {
        let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
        // Often the city alone is written, or its name has a slip.
        let city = |name: &&String| {
            name.rsplit_once('/').is_some_and(|(_, city)| city.eq_ignore_ascii_case(text))
        };
        let near = names.iter().find(city).map(String::as_str);
        let near = near.or_else(|| nearest(text, names.iter().map(String::as_str)));
        let meant = near.map_or_else(
            || "Use a name such as America/Sao_Paulo or UTC.".to_owned(),
            |near| format!("Did you mean {near}?"),
        );
        format!("There is no time zone named {}. {meant}", quoted(text))
    })
}

/// A file that has to be there; a relative path is taken from `base`.
pub(super) fn file(text: &str, base: &Path) -> Result<PathBuf, String> {
    let path = base.join(text);
    match std::fs::File::open(&path).and_then(|file| file.metadata()) {
        Ok(found) if found.is_file() => Ok(path),
        Ok(_) => Err(format!("{} is not a plain file. Name the file itself.", path.display())),
        Err(error) => Err(super::secret::cannot_read(&path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_an_origin() {
        let shown = |text: &str| upstream(text).map(|upstream| upstream.to_string());
        assert_eq!(shown("http://127.0.0.1:9000"), Ok("http://127.0.0.1:9000".into()));
        assert_eq!(shown("https://API.example.com/"), Ok("https://api.example.com:443".into()));
        assert_eq!(shown("http://[::1]:9000"), Ok("http://[::1]:9000".into()));
        assert_eq!(shown("http://backend"), Ok("http://backend:80".into()));
        for text in [
            "",
            "127.0.0.1:9000",
            "backend:9000",
            "ftp://a:1",
            "http://",
            "http:///a",
            "http://:80",
            "http://a:0",
            "http://a:65536",
            "http://a:",
            "http://a:+1",
            "http://a:1/v1",
            "http://a:1?b",
            "http://a:1#b",
            "http://u:p@a:1",
            "http://[::1",
            "http://a b",
            "/",
            "http://[127.0.0.1]:1",
            "http://a,b:1",
            "*",
        ] {
            assert!(upstream(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_repeated() {
        for sentence in [
            upstream("http://user:hunter2@a:1").expect_err("a user"),
            data("postgres://user:hunter2@db/x", Path::new("/")).expect_err("another store"),
            data("mysql://user:hunter2@db/x", Path::new("/")).expect_err("another store"),
            data("user:hunter2@db", Path::new("/")).expect_err("no scheme"),
        ] {
            assert!(!sentence.contains("hunter2"), "{sentence}");
        }
    }

    #[test]
    fn data_is_the_path_of_a_file() {
        let base = Path::new("/etc/chaveiro");
        let path = |text: &str| data(text, base).map(|DataUrl::Sqlite(path)| path);
        assert_eq!(path("sqlite:///var/lib/x.db"), Ok("/var/lib/x.db".into()));
        assert_eq!(path("sqlite://./x.db"), Ok("/etc/chaveiro/x.db".into()));
        assert_eq!(path("sqlite://../x.db"), Ok("/etc/chaveiro/../x.db".into()));
        for text in ["", "x.db", "sqlite://x.db", "sqlite://", "sqlite::memory:", "sqlite:///a/"] {
            assert!(path(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_zone_is_found_by_its_name() {
        assert!(time_zone("America/Sao_Paulo").is_ok());
        assert_eq!(
            time_zone("America/Sao_Paolo").expect_err("a slip"),
            "There is no time zone named `America/Sao_Paolo`. Did you mean America/Sao_Paulo?"
        );
    }
}
