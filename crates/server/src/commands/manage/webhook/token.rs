//! The token or secret of a webhook, read from a file.
//!
//! Must not print it, nor read more than a token can have.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::super::failure::Failure;

/// More than any token has; what is longer is another file.
const READ_MAX: u64 = 4_096;

/// Where the token is.
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// A file with the token by which the receiver knows us; a signing secret of Standard Webhooks
    /// (whsec_ and base64) signs what is sent
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Token {
    /// The token; `None` where no file is named.
    ///
    /// # Errors
    /// The file cannot be read, or is empty.
    pub(super) fn read(&self) -> Result<Option<String>, Failure> {
        self.token_file.as_deref().map(|path| read(path, "--token-file", "token")).transpose()
    }
}

/// The text of a file that this option names, and which holds what is called this.
///
/// # Errors
/// The file cannot be read, is no text, or is empty.
pub(super) fn read(path: &Path, option: &str, what: &str) -> Result<String, Failure> {
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(READ_MAX).read_to_string(&mut text)).map_err(
        |error| {
            Failure::usage(format!(
                "The file of {option} cannot be read ({error}): put the {what} alone into it."
            ))
        },
    )?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(Failure::usage(format!(
            "The file of {option} is empty: put the {what} alone into it."
        )));
    }
    Ok(line.to_owned())
}
