//! Secrets of the configuration: wiped when dropped, with no way to be printed.
//!
//! Must not show a secret in an error, not even in part.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::fault::FaultList;
use super::section::{Section, Spotted};

/// Longest secret that is read from a file.
const SECRET_FILE_MAX: usize = 4096;

/// A secret text. It is wiped when dropped and has no way to be printed.
#[derive(Clone)]
pub(crate) struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes over a text.
    const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The secret itself, for whoever needs to compute with it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Reads a secret that stands in the file or, under the second name, in a file of its own.
pub(super) fn of(
    section: &mut Section,
    (plain, file): (&'static str, &'static str),
    base: &Path,
    faults: &mut FaultList,
) -> Option<Spotted<SecretText>> {
    let in_place = section.text(plain, faults);
    let elsewhere = section.text(file, faults);
    match (in_place, elsewhere) {
        (Some(_), Some(elsewhere)) => {
            let both = format!("`{plain}` and `{file}` are both there. Remove one of them.");
            faults.add(&elsewhere.place, both);
            None
        }
        (Some(in_place), None) => Some(in_place.map(SecretText::new)),
        (None, Some(elsewhere)) => match read_file(&base.join(elsewhere.as_str())) {
            Ok(secret) => Some(elsewhere.map(|_| secret)),
            Err(sentence) => {
                faults.add(&elsewhere.place, sentence);
                None
            }
        },
        (None, None) => None,
    }
}

/// Reads a secret from a file; one line break at its end is not part of it.
///
/// # Errors
/// A sentence that says why the file cannot be used.
pub(super) fn read_file(path: &Path) -> Result<SecretText, String> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    // The whole capacity at once: growing would leave copies behind that nobody wipes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(SECRET_FILE_MAX + 1));
    file.take(SECRET_FILE_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| cannot_read(path, &error))?;
    if bytes.len() > SECRET_FILE_MAX {
        return Err(format!(
            "{shown} holds more than {SECRET_FILE_MAX} bytes. Put the secret alone into it."
        ));
    }
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(format!("{shown} is not text. Make one with `openssl rand -hex 32`."));
    };
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(SecretText::new(Zeroizing::new(text.to_owned())))
}

/// Says why a file cannot be read, and what to do about it.
pub(super) fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    let shown = path.display();
    let kind = error.kind();
    if kind == ErrorKind::NotFound {
        format!(
            "There is no file {shown}. Paths are taken from the folder of the configuration file; check the name."
        )
    } else if kind == ErrorKind::PermissionDenied {
        format!("{shown} may not be read. Let the user who runs chaveiro read it.")
    } else {
        format!("{shown} cannot be read ({error}). Name a plain file that holds it.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = SecretText::new(Zeroizing::new("open sesame".to_owned()));
        assert_eq!(format!("{secret:?}"), "SecretText(…)");
    }

    #[test]
    fn one_line_break_at_the_end_is_not_part_of_the_secret() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("secret");
        for (content, secret) in [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n")] {
            std::fs::write(&path, content).expect("written");
            assert_eq!(read_file(&path).expect("a secret").expose(), secret);
        }
    }

    #[test]
    fn a_file_that_is_not_a_secret_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("secret");
        assert!(read_file(&path).expect_err("absent").starts_with("There is no file"));
        std::fs::write(&path, [0xff; 40]).expect("written");
        assert!(read_file(&path).expect_err("bytes").contains("is not text"));
        std::fs::write(&path, "x".repeat(5000)).expect("written");
        assert!(read_file(&path).expect_err("long").contains("more than 4096 bytes"));
        assert!(read_file(folder.path()).expect_err("a folder").contains("cannot be read"));
    }
}
