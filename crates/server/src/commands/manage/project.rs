//! `chaveiro project`: the projects of an account, where the realm has projects.

use super::account::{self, Delete, New, One};
use super::answer::Call;
use super::failure::Failure;
use super::place::{Part, Place};

pub(super) const EXAMPLE: &str = "Example:\n  chaveiro project list --realm mail --environment production \\\n    --account b6bff0c5-38c6-496a-a3a8-105b31d5bcfe";

/// What can be done with projects.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Project {
    /// List the projects of an account, in the order of their making
    #[command(after_help = EXAMPLE)]
    List {
        #[command(flatten)]
        place: Place,
        /// The account above them
        #[arg(long, value_name = "ID")]
        account: String,
        #[command(flatten)]
        part: Part,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Make a project
    #[command(
        after_help = "Example:\n  chaveiro project create --realm mail --environment production \\\n    --account b6bff0c5-38c6-496a-a3a8-105b31d5bcfe --name Newsletter"
    )]
    Create {
        #[command(flatten)]
        place: Place,
        /// The account above it
        #[arg(long, value_name = "ID")]
        account: String,
        #[command(flatten)]
        new: New,
        /// Print the answer of the API
        #[arg(long)]
        json: bool,
    },
    /// Show a project
    #[command(
        after_help = "Example:\n  chaveiro project show --realm mail --environment production \\\n    60d5ec49f1b2c72d9c8b1234"
    )]
    Show(One),
    /// Delete a project for good, with all its keys
    #[command(
        after_help = "Example:\n  chaveiro project delete --realm mail --environment production \\\n    60d5ec49f1b2c72d9c8b1234 --yes"
    )]
    Delete(Delete),
}

impl Project {
    /// The call that does it.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        match self {
            Self::List { place, account, part, json } => {
                account::list_call(place, Some((account, "--account")), part, *json)
            }
            Self::Create { place, account, new, json } => {
                let body = new.body("project", Some(account));
                Ok(Call::post(place.path("/accounts")?, Some(body), *json, account::show).once())
            }
            Self::Show(one) => one.call(),
            Self::Delete(delete) => delete.call(),
        }
    }
}
