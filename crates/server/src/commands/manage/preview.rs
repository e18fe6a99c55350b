//! `chaveiro lifecycle preview`: what will happen to keys that nobody uses any more.
//!
//! Must not say anything of a key but what the API said.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Call;
use super::client::Client;
use super::failure::Failure;
use super::local::{instant, local};
use super::place::{Part, Place, segment};
use super::show::{table, words};
use super::when::{self, When};
use super::{pages, print};

/// Which part of the future.
#[derive(Debug, clap::Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    place: Place,
    /// Up to the beginning of this day in the realm's zone, or to this instant; a year from now
    /// where it is left out
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    until: Option<When>,
    /// Only the keys of this account or project
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    #[command(flatten)]
    part: Part,
    /// Show all pages, one after the other
    #[arg(long)]
    all: bool,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

impl Preview {
    /// Makes the calls that it needs.
    pub(super) fn run(
        &self,
        client: &Client,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<(), Failure> {
        let mut first = Vec::new();
        if let Some(until) = &self.until {
            // Which instant a day begins at is a matter of the realm's zone.
            let clock = client.send(&Call::get(self.place.path("/clock")?, true, steps))?.value;
            first.push(format!("until={}", until.resolved(&clock)?));
        }
        if let Some(account) = &self.account {
            first.push(format!("account={}", segment(account, "--account")?));
        }
        let (_, query) = self.part.pages(self.all, first)?;
        let path = self.place.path(&format!("/lifecycle/preview{query}"))?;
        let call = Call::get(path, self.json, steps);
        let answer = if self.all { pages::all(client, &call, err)? } else { client.send(&call)? };
        print(&call, &answer, out, err)
    }
}

/// A line for every step, in the order of their instants.
fn steps(preview: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<(Option<Timestamp>, Value)> = Vec::new();
    for key in members(&preview["items"]) {
        for step in members(&key["steps"]) {
            let told = ["webhook_ids", "written_to"].map(|who| members(&step[who]).len());
            let row = json!({
                "at": local(&step["at"], &preview["time_zone"]), "step": step["step"], "key": key["key_id"], "hint": key["hint"],
                "account": key["account_id"], "webhooks": told[0], "people": told[1],
                "name": key["name"],
            });
            rows.push((instant(&step["at"]), row));
        }
    }
    // Stable, so that the steps of a key stay in their order.
    rows.sort_by_key(|(at, _)| *at);
    let rows: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
    let titles = ["AT", "STEP", "KEY", "HINT", "ACCOUNT", "WEBHOOKS", "PEOPLE", "NAME"];
    table(&json!({ "items": rows, "next": preview["next"] }), &titles, cells, out, notes)
}

fn cells(row: &Value) -> Vec<String> {
    let members = ["at", "step", "key", "hint", "account", "webhooks", "people", "name"];
    members.map(|member| words(&row[member])).into()
}

fn members(value: &Value) -> &[Value] {
    value.as_array().map_or(&[][..], Vec::as_slice)
}
