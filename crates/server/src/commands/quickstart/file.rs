//! The quickstart's folder: made if it is not there, with the configuration in it.
//!
//! Must not overwrite a configuration that a person has changed.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use zeroize::Zeroizing;

use crate::config::{QuickstartParams, quickstart_file};

/// The first port where nobody says.
const PORT_BASE: u16 = 8_800;
/// Where the example upstreams listen, counted from the first port.
const UPSTREAM_OFFSETS: [u16; 3] = [7, 8, 9];

/// A configuration that is ready to be read, and the example upstreams that it names.
#[derive(Debug)]
pub(super) struct QuickstartFile {
    pub(super) path: PathBuf,
    /// What it holds or will hold; a person may have put a secret into it.
    pub(super) text: Zeroizing<String>,
    pub(super) upstreams: [SocketAddr; 3],
    /// Whether the file holds this text already.
    is_written: bool,
}

/// Makes the folder, and finds the file or says what it will hold.
pub(super) fn prepare(data: &Path, port_base: Option<u16>) -> Result<QuickstartFile> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data).with_context(|| {
        format!("the folder {} cannot be made: name another with --data", data.display())
    })?;
    let path = data.join("chaveiro.toml");
    let found = match fs::read_to_string(&path) {
        Ok(text) => Some(Zeroizing::new(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    let base = match &found {
        None => port_base.unwrap_or(PORT_BASE),
        Some(text) => settled(&path, text, port_base)?,
    };
    let upstreams = upstreams(base);
    // A file that a person changed names the ports it is asked for, so it is kept as it is.
    let (text, is_written) = match found {
        Some(text) if named(&text) == Some(base) => (text, true),
        Some(_) | None => (Zeroizing::new(contents(base)), false),
    };
    Ok(QuickstartFile { path, text, upstreams, is_written })
}

impl QuickstartFile {
    /// Writes the file, if it does not hold the text yet; gives its path.
    pub(super) fn settle(self) -> Result<PathBuf> {
        if !self.is_written {
            write(&self.path, &self.text)?;
        }
        Ok(self.path)
    }
}

/// The base of a file that is there: kept, moved to other ports if nobody changed it, or refused.
fn settled(path: &Path, text: &str, wanted: Option<u16>) -> Result<u16> {
    let named = named(text);
    let untouched = named.is_some_and(|base| text == contents(base));
    match (named, wanted) {
        (Some(base), None) => Ok(base),
        (Some(base), Some(wanted)) if base == wanted => Ok(base),
        (Some(_), Some(wanted)) if untouched => Ok(wanted),
        _ => bail!(
            "{} was changed by hand and names other ports: leave --port-base out, or run it with `chaveiro serve --config {}`",
            path.display(),
            path.display()
        ),
    }
}

/// The first port that a file names.
fn named(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("\n[control]\nlisten = \"127.0.0.1:")?;
    rest.split_once('"')?.0.parse().ok()
}

/// Writes the file, whole or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    let failed =
        || format!("{} cannot be written: name another folder with --data", path.display());
    let draft = path.with_extension("toml.new");
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&draft).with_context(failed)?;
    file.write_all(text.as_bytes()).with_context(failed)?;
    file.sync_all().with_context(failed)?;
    fs::rename(&draft, path).with_context(failed)
}

fn contents(base: u16) -> String {
    let [payments_sandbox, payments_production, mail_production] = upstreams(base);
    quickstart_file(&QuickstartParams {
        port_base: base,
        payments_sandbox,
        payments_production,
        mail_production,
    })
}

fn upstreams(base: u16) -> [SocketAddr; 3] {
    UPSTREAM_OFFSETS.map(|offset| SocketAddr::from((Ipv4Addr::LOCALHOST, base + offset)))
}
