//! The senders: they bring events to receivers over HTTP and letters to mail servers over SMTP,
//! and implement the ports of the engine.
//!
//! Must not decide what is sent, when, or again; the engine does. Must not send to an address that
//! the guard did not vet.

mod complaints;
mod connect;
mod courier;
mod guard;
pub mod letters;
mod mail_link;
mod postman;
mod resolve;
mod signing;
mod tls;

pub use courier::{CourierSettings, CourierSetupError, Deadlines, HttpCourier};
pub use guard::{AllowedReceiver, Guard, NotAReceiver};
pub use postman::{
    Login, MailRoute, MailSecurity, PostmanSettings, PostmanSetupError, SmtpPostman,
};
pub use resolve::{LookupFault, Resolver, SystemResolver};
