//! `chaveiro webhook`: where accounts are told of events, what was sent there, and what came of it.
//!
//! Must not take a token from the command line, where every user of the machine can read it.

use std::path::PathBuf;

use clap::ArgGroup;
use http::Method;
use serde_json::{Value, json};

use super::answer::Call;
use super::failure::Failure;
use super::overlap;
use super::place::{Part, Place, segment};

mod token;
mod view;

use token::Token;

pub(super) const EXAMPLE: &str = "Example:\n  chaveiro webhook list --realm payments --environment sandbox \\\n    --account b6bff0c5-38c6-496a-a3a8-105b31d5bcfe";

/// What can be done with webhooks.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Webhook {
    /// List the webhooks of an account
    #[command(after_help = EXAMPLE)]
    List {
        #[command(flatten)]
        place: Place,
        /// The account or project
        #[arg(long, value_name = "ID")]
        account: String,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Show a webhook
    #[command(
        after_help = "Example:\n  chaveiro webhook show --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88"
    )]
    Show(One),
    /// Make a webhook
    #[command(
        after_help = "Example:\n  chaveiro webhook create --realm mail --environment production \\\n    --account b6bff0c5-38c6-496a-a3a8-105b31d5bcfe --name Shop \\\n    --url https://shop.example.com/events --email ops@shop.example.com \\\n    --event key.expiring_soon --event key.expired"
    )]
    Create(Create),
    /// Change a webhook; what is not named stays as it is
    #[command(
        after_help = "Example:\n  chaveiro webhook update --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 --enabled=false"
    )]
    Update(Update),
    /// Go on sending to a webhook that was interrupted, in order
    #[command(
        after_help = "Example:\n  chaveiro webhook resume --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88"
    )]
    Resume(One),
    /// Lift the waits of what failed, so that it is sent at once
    #[command(
        after_help = "Example:\n  chaveiro webhook remove-backoff --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88"
    )]
    RemoveBackoff(One),
    /// Give a webhook a new signing secret; for a while the old one signs as well
    #[command(
        after_help = "Example:\n  chaveiro webhook rotate-secret --realm mail --environment production \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 --overlap 2h"
    )]
    RotateSecret(RotateSecret),
    /// List what is sent to a webhook, in the order of the events
    ///
    /// KIND is what happened, by our own name in every realm, such as key.expired; what the receiver
    /// reads is in the words of the dialect. PUT UP is when it was given to the webhook, and it is
    /// kept for 14 days from then on.
    #[command(
        after_help = "Example:\n  chaveiro webhook deliveries --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 --state waiting"
    )]
    Deliveries {
        #[command(flatten)]
        one: One,
        /// Only those in this state; can be repeated, or joined by commas
        #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = ["pending", "waiting", "delivered"])]
        state: Vec<String>,
        #[command(flatten)]
        part: Part,
        /// Show all pages, one after the other
        #[arg(long)]
        all: bool,
    },
    /// Show the attempts to send an event to a webhook, and what was answered
    #[command(
        after_help = "Example:\n  chaveiro webhook attempts --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 \\\n    9c1d7c0a-2d7e-4a58-8a55-0c6f0e1b2a3d"
    )]
    Attempts(Sent),
    /// Send an event to a webhook again, whatever came of it before
    #[command(
        after_help = "Example:\n  chaveiro webhook resend --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 \\\n    9c1d7c0a-2d7e-4a58-8a55-0c6f0e1b2a3d"
    )]
    Resend(Sent),
    /// List what the people of a webhook are told of it
    #[command(
        after_help = "Example:\n  chaveiro webhook alerts --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88"
    )]
    Alerts {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        part: Part,
    },
    /// Delete a webhook for good
    #[command(
        after_help = "Example:\n  chaveiro webhook delete --realm payments --environment sandbox \\\n    3f0c2a6e-5d0b-4c5e-9f0e-6a4f1d2b7c88 --yes"
    )]
    Delete {
        #[command(flatten)]
        one: One,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// One webhook.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    #[command(flatten)]
    place: Place,
    /// Its id
    #[arg(value_name = "ID")]
    id: String,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

/// An event on its way to a webhook.
#[derive(Debug, clap::Args)]
pub(crate) struct Sent {
    #[command(flatten)]
    one: One,
    /// The event's id
    #[arg(value_name = "EVENT")]
    event: String,
}

/// A webhook to be made.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    #[command(flatten)]
    place: Place,
    /// The account or project that is told
    #[arg(long, value_name = "ID")]
    account: String,
    /// What people call it
    #[arg(long)]
    name: String,
    /// Where events are sent
    #[arg(long)]
    url: String,
    /// Who is written to when sending fails
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// An event that it is told of, by a name of the realm, which chaveiro realm show lists; can be repeated
    #[arg(long = "event", value_name = "NAME", required = true)]
    events: Vec<String>,
    /// Send events side by side, so that none waits for the one before it
    #[arg(long)]
    free: bool,
    #[command(flatten)]
    token: Token,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

/// A webhook to be given a new signing secret.
#[derive(Debug, clap::Args)]
pub(crate) struct RotateSecret {
    #[command(flatten)]
    one: One,
    /// How long the old secret signs as well, from now on: 0 to 7d [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = overlap::parse)]
    overlap: Option<u64>,
    /// A file with a signing secret of your own (whsec_ and base64); otherwise one is made
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

/// What can be changed; at least one has to be named.
const CHANGES: [&str; 8] =
    ["name", "url", "email", "events", "order", "enabled", "token_file", "no_token"];

/// A webhook to be changed.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("change").args(CHANGES).required(true).multiple(true))]
pub(crate) struct Update {
    #[command(flatten)]
    one: One,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    /// Where events are sent from now on
    #[arg(long)]
    url: Option<String>,
    /// Who is written to when sending fails
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// An event that it is told of, instead of those before; can be repeated
    #[arg(long = "event", value_name = "NAME")]
    events: Vec<String>,
    /// Whether events wait for the one before them
    #[arg(long, value_parser = ["sequential", "free"])]
    order: Option<String>,
    /// Whether it is told of new events
    #[arg(long, value_name = "BOOL")]
    enabled: Option<bool>,
    #[command(flatten)]
    token: Token,
    /// Send no token any more
    #[arg(long, conflicts_with = "token_file")]
    no_token: bool,
}

impl One {
    fn path(&self, tail: &str) -> Result<String, Failure> {
        let id = segment(&self.id, "ID")?;
        self.place.path(&format!("/webhooks/{id}{tail}"))
    }

    fn patch(&self, body: Value) -> Result<Call, Failure> {
        let call = Call::post(self.path("")?, Some(body), self.json, view::show);
        Ok(Call { method: Method::PATCH, ..call })
    }
}

impl Sent {
    fn path(&self, tail: &str) -> Result<String, Failure> {
        let event = segment(&self.event, "EVENT")?;
        self.one.path(&format!("/deliveries/{event}{tail}"))
    }
}

impl Create {
    fn call(&self) -> Result<Call, Failure> {
        let account = segment(&self.account, "--account")?;
        let mut body = json!({
            "name": self.name, "url": self.url, "email": self.email, "events": self.events,
            "order": if self.free { "free" } else { "sequential" },
        });
        if let Some(token) = self.token.read()? {
            body["token"] = token.into();
        }
        let path = self.place.path(&format!("/accounts/{account}/webhooks"))?;
        Ok(Call::post(path, Some(body), self.json, view::show).once())
    }
}

impl Update {
    fn call(&self) -> Result<Call, Failure> {
        let mut body = json!({});
        let texts = [("name", &self.name), ("url", &self.url), ("email", &self.email)];
        for (name, text) in texts.into_iter().chain([("order", &self.order)]) {
            if let Some(text) = text {
                body[name] = text.as_str().into();
            }
        }
        if !self.events.is_empty() {
            body["events"] = self.events.clone().into();
        }
        if let Some(enabled) = self.enabled {
            body["enabled"] = enabled.into();
        }
        if let Some(token) = self.token.read()? {
            body["token"] = token.into();
        }
        if self.no_token {
            body["token"] = Value::Null;
        }
        self.one.patch(body)
    }
}

impl RotateSecret {
    fn call(&self) -> Result<Call, Failure> {
        let mut body = json!({});
        if let Some(seconds) = self.overlap {
            body["overlap_seconds"] = seconds.into();
        }
        if let Some(path) = &self.secret_file {
            body["secret"] = token::read(path, "--secret-file", "signing secret")?.into();
        }
        let path = self.one.path("/rotate_secret")?;
        Ok(Call::post(path, Some(body), self.one.json, view::rotated).once())
    }
}

impl Webhook {
    /// The call that does it.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        match self {
            Self::List { place, account, json } => {
                let account = segment(account, "--account")?;
                let path = place.path(&format!("/accounts/{account}/webhooks"))?;
                Ok(Call::get(path, *json, view::list))
            }
            Self::Show(one) => Ok(Call::get(one.path("")?, one.json, view::show)),
            Self::Create(create) => create.call(),
            Self::Update(update) => update.call(),
            Self::Resume(one) => one.patch(json!({"interrupted": false})),
            Self::RemoveBackoff(one) => {
                Ok(Call::post(one.path("/remove_backoff")?, None, one.json, view::lifted))
            }
            Self::RotateSecret(rotate) => rotate.call(),
            Self::Deliveries { one, state, part, all } => {
                let states = (!state.is_empty()).then(|| format!("state={}", state.join(",")));
                let (pages, query) = part.pages(*all, states)?;
                let path = one.path(&format!("/deliveries{query}"))?;
                let call = Call::get(path, one.json, view::deliveries).about(one.path("")?);
                Ok(Call { pages, ..call })
            }
            Self::Attempts(sent) => {
                let call = Call::get(sent.path("")?, sent.one.json, view::attempts);
                Ok(call.about(sent.one.path("")?))
            }
            Self::Resend(sent) => {
                let call = Call::post(sent.path("/resend")?, None, sent.one.json, view::delivery);
                Ok(call.about(sent.one.path("")?))
            }
            Self::Alerts { one, part } => {
                let path = one.path(&format!("/alerts{}", part.query(None)?))?;
                Ok(Call::get(path, one.json, view::alerts))
            }
            Self::Delete { one, yes } => {
                let question = (!yes).then(|| {
                    format!("Delete the webhook {} for good, with all that waits for it?", one.id)
                });
                let call = Call::get(one.path("")?, one.json, view::show);
                Ok(Call { method: Method::DELETE, question, ..call })
            }
        }
    }
}
