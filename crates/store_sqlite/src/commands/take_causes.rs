//! Moves the cursor of letters, and writes the news that follow from the causes before it.
//!
//! Must not write anything where the cursor stands elsewhere, nor join what was handed out.

use rusqlite::Transaction;
use store::command::{Consumer, CursorMoved, TakeCauses};
use store::fault::{Failure, Outcome};

use super::Written;
use super::take_events::move_cursor;
use crate::records::letter;

pub(crate) fn run(tx: &Transaction<'_>, command: &TakeCauses) -> Outcome<Written<()>, CursorMoved> {
    let TakeCauses { from, to, news } = command;
    if !move_cursor(tx, Consumer::Mail, *from, *to)? {
        return Err(Failure::Rejected(CursorMoved));
    }
    for new in news {
        if letter::is_told(tx, new.position)? {
            continue;
        }
        let id = match letter::open_for(tx, new)? {
            Some(open) => open,
            None => {
                let before = letter::begun(tx, new)?;
                letter::begin(tx, new, new.window.closes_at(before))?;
                new.letter
            }
        };
        letter::add_news(tx, id, new)?;
    }
    Ok(Written::silent(()))
}
