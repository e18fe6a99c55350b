//! Reads `[webhooks]`: which receivers of the operator's own network events may be sent to.
//!
//! Must not open everything by a slip: a block that covers every address is refused.

use delivery::AllowedReceiver;

use super::fault::FaultList;
use super::section::Section;

/// Reads the section.
pub(super) fn read(mut section: Section, faults: &mut FaultList) -> Vec<AllowedReceiver> {
    let texts = section.texts("allow", faults);
    section.finish(faults);
    let mut allowed = Vec::new();
    for text in texts.map(|texts| texts.value).unwrap_or_default() {
        match AllowedReceiver::parse(&text.value) {
            Ok(receiver) => allowed.push(receiver),
            Err(wrong) => faults.add(&text.place, format!("In `allow`, {wrong}.")),
        }
    }
    allowed
}
