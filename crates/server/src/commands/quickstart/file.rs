//! The quickstart's folder: made if it is not there, with the configuration in it.
//!
//! Must not overwrite a configuration that a person has changed.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::config::{QuickstartParams, quickstart_file};

/// The first port where nobody says.
const PORT_BASE: u16 = 8_800;
/// Where the example upstreams listen, counted from the first port.
const UPSTREAM_OFFSETS: [u16; 3] = [7, 8, 9];

/// A configuration that is ready to be read, and the example upstreams that it names.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) upstreams: Vec<SocketAddr>,
}

/// Makes the folder and the file, or finds them.
pub(super) fn prepare(data: &Path, port_base: Option<u16>) -> Result<Written> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data).with_context(|| {
        format!("the folder {} cannot be made: name another with --data", data.display())
    })?;
    let path = data.join("chaveiro.toml");
    let base = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let base = port_base.unwrap_or(PORT_BASE);
            write(&path, base)?;
            base
        }
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
        Ok(text) => settled(&path, &text, port_base)?,
    };
    Ok(Written { path, upstreams: upstreams(base).to_vec() })
}

/// The base of a file that is there: kept, moved to other ports if nobody changed it, or refused.
fn settled(path: &Path, text: &str, wanted: Option<u16>) -> Result<u16> {
    let named = text
        .split_once("\n[control]\nlisten = \"127.0.0.1:")
        .and_then(|(_, rest)| rest.split_once('"'))
        .and_then(|(port, _)| port.parse::<u16>().ok());
    let untouched = named.is_some_and(|base| text == contents(base));
    match (named, wanted) {
        (Some(base), None) => Ok(base),
        (Some(base), Some(wanted)) if base == wanted => Ok(base),
        (Some(_), Some(wanted)) if untouched => {
            write(path, wanted)?;
            Ok(wanted)
        }
        _ => bail!(
            "{} was changed by hand and names other ports: leave --port-base out, or run it with `chaveiro serve --config {}`",
            path.display(),
            path.display()
        ),
    }
}

fn write(path: &Path, base: u16) -> Result<()> {
    let failed =
        || format!("{} cannot be written: name another folder with --data", path.display());
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(failed)?;
    file.write_all(contents(base).as_bytes()).with_context(failed)?;
    file.sync_all().with_context(failed)
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
