//! Reads `[mail]`: through which server people are written to, and in whose name.
//!
//! Must not speak to the server, and must not repeat the password.

use std::path::{Path, PathBuf};
use std::time::Duration;

use delivery::{Login, MailRoute, MailSecurity, PostmanSettings, PostmanSetupError, SmtpPostman};
use domain::mail::MailAddress;
use domain::name::DisplayName;
use zeroize::Zeroizing;

use super::fault::{FaultList, Place, quoted};
use super::model::MailConfig;
use super::secret;
use super::section::{Section, Spotted};
use super::values;
use crate::tls;

const SECURITY: [(&str, MailSecurity); 3] = [
    ("implicit", MailSecurity::Tls),
    ("starttls", MailSecurity::StartTls),
    ("none", MailSecurity::Clear),
];
/// How long one letter may take when nobody says, and at most.
const DEADLINE_MS: (u64, u64) = (30_000, 60_000);
/// Longest user that is taken.
const USER_MAX: usize = 256;
/// What a link may name.
const PARTS: [&str; 3] = ["realm", "environment", "account"];
/// Longest link, before its parts are filled in.
const LINK_MAX: usize = 1_024;

/// Reads the section.
pub(super) fn read(
    mut section: Section,
    base: &Path,
    faults: &mut FaultList,
) -> Option<MailConfig> {
    section.require("host", "host = \"smtp.example.com\"", faults);
    section.require("from", "from = \"keys@example.com\"", faults);
    section.require("keys_page", "keys_page = \"https://example.com/{environment}/keys\"", faults);
    let host = section.text("host", faults);
    let port = section.number("port", 1..=65_535, faults);
    let tls_place = section.table.get("tls").map(|entry| entry.node.place.clone());
    let security = section.choice("tls", &SECURITY, faults);
    let login = login(&mut section, base, faults);
    let from = section.parsed("from", |text| address("from", text), faults);
    let from_name = section.parsed("from_name", display_name, faults);
    let reply_to = section.parsed("reply_to", |text| address("reply_to", text), faults);
    let ca_file = section.parsed("ca_file", |text| values::file(text, base), faults);
    let deadline = section.number("deadline_ms", 1_000..=DEADLINE_MS.1, faults);
    let keys_page = section.parsed("keys_page", link, faults);
    let place = section.place.clone();
    section.finish(faults);

    let security = security.unwrap_or(MailSecurity::Tls);
    let host = host?;
    let roots = roots(ca_file.as_ref(), faults)?;
    let settings = PostmanSettings {
        route: MailRoute {
            host: host.as_str().to_owned(),
            port: port
                .and_then(|port| u16::try_from(port.value).ok())
                .unwrap_or(usual_port(security)),
            security,
        },
        login,
        from_name: from_name.map_or_else(|| "Chaveiro".to_owned(), |name| name.to_string()),
        from: from?.value,
        reply_to: reply_to.map(|address| address.value),
        further_roots: roots,
        deadline: Duration::from_millis(deadline.map_or(DEADLINE_MS.0, |ms| ms.value)),
    };
    // A postman says what is wrong with how the parts fit.
    let about = Places { host: host.place, tls: tls_place, ca_file: ca_file.as_ref(), place };
    if let Err(error) = SmtpPostman::new(settings.clone()) {
        about.note(&error, faults);
        return None;
    }
    Some(MailConfig {
        postman: settings,
        ca_file: ca_file.map(|file| file.value),
        keys_page: keys_page?.value,
    })
}

/// Where what a postman complains of is written.
struct Places<'a> {
    host: Place,
    tls: Option<Place>,
    ca_file: Option<&'a Spotted<PathBuf>>,
    place: Place,
}

impl Places<'_> {
    fn note(self, error: &PostmanSetupError, faults: &mut FaultList) {
        match error {
            PostmanSetupError::ClearBeyondThisMachine(host) => faults.add(
                &self.tls.unwrap_or(self.place),
                format!("`tls = \"none\"` is for a mail server on this machine, and {} is not: letters and the password could be read on the way. Use \"implicit\" or \"starttls\", or name localhost.", quoted(host)),
            ),
            PostmanSetupError::BadHost(host) => faults.add(
                &self.host,
                format!("`host` cannot be {}. It has to be the name or address of a mail server, such as smtp.example.com, without a scheme or port.", quoted(host)),
            ),
            PostmanSetupError::BadCertificate(why) => faults.add(
                self.ca_file.map_or(&self.place, |file| &file.place),
                format!("A certificate of `ca_file` cannot be trusted: {why}. Name the file with the certificate that signed the server's."),
            ),
        }
    }
}

const fn usual_port(security: MailSecurity) -> u16 {
    match security {
        MailSecurity::Tls => 465,
        MailSecurity::StartTls => 587,
        MailSecurity::Clear => 25,
    }
}

/// The user and the password: both or neither.
fn login(section: &mut Section, base: &Path, faults: &mut FaultList) -> Option<Login> {
    // One that is there and wrong has its own fault; it is not missing besides.
    let user_there = section.has("user");
    let password_there = section.has("password") || section.has("password_file");
    let user = section.parsed("user", user, faults);
    let password = secret::of(section, ("password", "password_file"), base, faults);
    match (user, password) {
        (Some(user), Some(password)) => {
            Some(Login { user: user.value, password: Zeroizing::new(password.expose().to_owned()) })
        }
        (Some(user), None) => {
            if !password_there {
                faults.add(&user.place, "`user` is there without its password. Add password_file = \"smtp-password\", or remove `user` for a server that asks nobody.");
            }
            None
        }
        (None, Some(password)) => {
            if !user_there {
                faults.add(&password.place, "The password is there without its `user`. Add user = \"keys@example.com\", or remove the password.");
            }
            None
        }
        (None, None) => None,
    }
}

fn user(text: &str) -> Result<String, String> {
    if (1..=USER_MAX).contains(&text.len()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("`user` has to be a name of 1 to {USER_MAX} bytes without control characters."))
    }
}

fn address(name: &str, text: &str) -> Result<MailAddress, String> {
    let named = if name == "from" { "; its name stands in `from_name`" } else { "" };
    MailAddress::parse(text).map_err(|_| {
        format!(
            "`{name}` cannot be {}. It has to be a mail address such as keys@example.com{named}.",
            quoted(text)
        )
    })
}

fn display_name(text: &str) -> Result<DisplayName, String> {
    DisplayName::parse(text).map_err(|error| format!("`from_name`: {error}."))
}

fn roots(
    file: Option<&Spotted<PathBuf>>,
    faults: &mut FaultList,
) -> Option<Vec<rustls::pki_types::CertificateDer<'static>>> {
    let Some(file) = file else { return Some(Vec::new()) };
    match tls::read_certificates(file) {
        Ok(certificates) => Some(certificates),
        Err(error) => {
            faults.add(&file.place, error.to_string());
            None
        }
    }
}

/// The address of the page that letters lead to. Names in braces stand for those of the letter.
fn link(text: &str) -> Result<String, String> {
    let cannot = |why: &str| {
        Err(format!(
            "`keys_page` {why}. It has to be an address such as https://example.com/{{environment}}/accounts/{{account}}/keys."
        ))
    };
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`|".contains(&byte));
    if text.len() > LINK_MAX || !plain {
        return cannot("is too long or holds what no address may");
    }
    let mut filled = text.to_owned();
    for part in PARTS {
        filled = filled.replace(&format!("{{{part}}}"), "x");
    }
    if filled.contains(['{', '}']) {
        return cannot("can name {realm}, {environment} and {account}, and nothing else in braces");
    }
    let uri: Option<http::Uri> = filled.parse().ok();
    let scheme = uri.as_ref().and_then(http::Uri::scheme_str);
    let host = uri.as_ref().and_then(http::Uri::host).is_some_and(|host| !host.is_empty());
    if !matches!(scheme, Some("https" | "http")) || !host || filled.contains('@') {
        return cannot("is no address of a page");
    }
    Ok(text.to_owned())
}
