//! The postman: hands one letter to the operator's mail server, on a connection of its own.
//!
//! The steps are taken one by one, because what a refusal means depends on the step: until the
//! server has heard for whom the letter is, it turns us away and not the letter. Must not speak in
//! the clear beyond this machine, and must not let the password be printed.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use domain::mail::MailAddress;
use engine::ports::postman::{Letter, MailFault, MailTrouble, Postman, ServerSaid};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::mail_link::MailLink;
use crate::tls;

/// How long is waited for a goodbye, once the letter has been taken.
const GOODBYE: Duration = Duration::from_secs(1);

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte on.
    Tls,
    /// In the clear, then TLS before anything else; without it nothing is said.
    StartTls,
    /// In the clear: to this machine alone.
    Clear,
}

/// Where the mail server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRoute {
    /// Its name or address; an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: MailSecurity,
}

/// Who we are to the mail server.
#[derive(Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password; wiped when dropped.
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// How a postman works.
#[derive(Clone, Debug)]
pub struct PostmanSettings {
    /// Where the mail server is.
    pub route: MailRoute,
    /// Who we are to it; `None` to one that asks nobody.
    pub login: Option<Login>,
    /// The name from which letters come, as readers see it.
    pub from_name: String,
    /// The address from which letters come.
    pub from: MailAddress,
    /// Where answers go, where that is not the address from which letters come.
    pub reply_to: Option<MailAddress>,
    /// Who vouches for the server besides the public roots.
    pub further_roots: Vec<CertificateDer<'static>>,
    /// How long one letter may take.
    pub deadline: Duration,
}

/// A postman cannot work so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostmanSetupError {
    /// The clear would leave the machine.
    #[error(
        "mail to {0} would go in the clear; use smtps:// or STARTTLS, or a mail server on this machine"
    )]
    ClearBeyondThisMachine(String),
    /// Not the name or address of a host.
    #[error("`{0}` is not the name or address of a mail server")]
    BadHost(String),
    /// A certificate that is to be trusted cannot be.
    #[error("a certificate that is to be trusted for the mail server cannot be used: {0}")]
    BadCertificate(String),
}

/// Hands letters over by SMTP.
pub struct SmtpPostman {
    settings: PostmanSettings,
    tls: Arc<ClientConfig>,
    name: ServerName<'static>,
    hello: ClientId,
}

impl fmt::Debug for SmtpPostman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpPostman").field("route", &self.settings.route).finish_non_exhaustive()
    }
}

impl SmtpPostman {
    /// A postman with these settings. Nothing is sent yet.
    ///
    /// # Errors
    /// Mail in the clear beyond this machine, or a certificate that cannot be trusted.
    pub fn new(settings: PostmanSettings) -> Result<Self, PostmanSetupError> {
        let route = &settings.route;
        if route.security == MailSecurity::Clear && !is_this_machine(&route.host) {
            return Err(PostmanSetupError::ClearBeyondThisMachine(route.host.clone()));
        }
        let bad = |error: rustls::Error| PostmanSetupError::BadCertificate(error.to_string());
        let tls = tls::client(settings.further_roots.clone(), &[]).map_err(bad)?;
        let name = ServerName::try_from(route.host.clone())
            .map_err(|_| PostmanSetupError::BadHost(route.host.clone()))?;
        // The name of a domain that is ours; a machine's own name says too much, or nothing.
        let hello = ClientId::Domain(domain_of(&settings.from).to_owned());
        Ok(Self { settings, tls, name, hello })
    }

    /// A connection that is ready for a letter.
    async fn connect(&self) -> Result<AsyncSmtpConnection, MailTrouble> {
        let about_us = |error: SmtpError| about_us(&error);
        let hello = self.hello.to_string();
        let link = MailLink::open(&self.settings.route, self.name.clone(), &self.tls, &hello);
        let mut connection =
            AsyncSmtpConnection::connect_with_transport(Box::new(link.await?), &self.hello)
                .await
                .map_err(about_us)?;
        if let Some(Login { user, password }) = &self.settings.login {
            let login = Credentials::new(user.clone(), password.to_string());
            connection.auth(DEFAULT_MECHANISMS, &login).await.map_err(about_us)?;
        }
        Ok(connection)
    }

    async fn hand_over(&self, letter: &Letter) -> Result<(), MailTrouble> {
        let (to, message) = self.written(letter).map_err(|()| unsendable())?;
        let from = address(&self.settings.from).map_err(|()| unsendable())?;
        let mut connection = self.connect().await?;
        let mail = Mail::new(Some(from), Vec::new());
        connection.command(mail).await.map_err(|error| about_us(&error))?;
        let recipient = Rcpt::new(to, Vec::new());
        connection.command(recipient).await.map_err(|error| about_it(&error))?;
        connection.command(Data).await.map_err(|error| about_it(&error))?;
        connection.message(&message).await.map_err(|error| about_it(&error))?;
        // The letter has been taken, whatever becomes of the goodbye.
        let _ = timeout(GOODBYE, connection.abort()).await;
        Ok(())
    }

    /// The letter as it goes over the wire.
    fn written(&self, letter: &Letter) -> Result<(Address, Vec<u8>), ()> {
        let to = address(&letter.to)?;
        let from = address(&self.settings.from)?;
        let seconds = u64::try_from(letter.at.as_millis() / 1_000).unwrap_or(0);
        let id = format!("<{}@{}>", letter.id, domain_of(&self.settings.from));
        let mut message = Message::builder();
        if let Some(reply_to) = &self.settings.reply_to {
            message = message.reply_to(Mailbox::new(None, address(reply_to)?));
        }
        let message = message
            .message_id(Some(id))
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .from(Mailbox::new(Some(self.settings.from_name.clone()), from))
            .to(Mailbox::new(None, to.clone()))
            .subject(letter.subject.replace(char::is_control, " "))
            .header(ContentLanguage(letter.language.tag().to_owned()))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|_| ())?;
        Ok((to, message.formatted()))
    }
}

#[async_trait]
impl Postman for SmtpPostman {
    async fn send(&self, letter: &Letter) -> Result<(), MailTrouble> {
        let sent = timeout(self.settings.deadline, self.hand_over(letter)).await;
        sent.unwrap_or(Err(MailTrouble::Fault(MailFault::TimedOut)))
    }
}

/// In which language a letter is (RFC 3282).
#[derive(Clone)]
struct ContentLanguage(String);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// Nobody wrote it by hand, so that no machine answers (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Trouble before the server heard for whom the letter is: all letters have it.
fn about_us(error: &SmtpError) -> MailTrouble {
    MailTrouble::Fault(match error.status() {
        Some(code) => MailFault::TurnedAway(said(code.into(), error)),
        // The server offers no way to log in that we know.
        None if error.is_client() => MailFault::TurnedAway(said(0, error)),
        None if error.is_timeout() => MailFault::TimedOut,
        None => MailFault::Unreachable,
    })
}

/// Trouble after that. A server that closes (421) says nothing about the letter.
fn about_it(error: &SmtpError) -> MailTrouble {
    match error.status().map(u16::from) {
        Some(421) | None => about_us(error),
        Some(code) if error.is_permanent() => MailTrouble::Refused(said(code, error)),
        Some(code) => MailTrouble::Deferred(said(code, error)),
    }
}

fn said(code: u16, error: &SmtpError) -> ServerSaid {
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    ServerSaid::new(code, &words)
}

/// A letter that cannot be written; the types of the port keep that out.
fn unsendable() -> MailTrouble {
    MailTrouble::Refused(ServerSaid::new(0, "the letter cannot be written as a mail"))
}

fn address(mail: &MailAddress) -> Result<Address, ()> {
    mail.as_str().parse().map_err(|_| ())
}

fn domain_of(mail: &MailAddress) -> &str {
    mail.as_str().rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
