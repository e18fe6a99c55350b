//! How the liar keeps the marks of peppers.
//!
//! Must not lie about anything else.

use domain::digest::PepperMark;
use store::fault::Fault;
use store::port::Store;

use super::{DishonestStore, Lie};

/// One way to be wrong about peppers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PepperLie {
    /// Any pepper is said to be the one that stands.
    AgreesWithAnyPepper,
    /// A mark stands although nothing was made under it.
    KeepsUnusedPeppers,
    /// A mark gives way although operators' keys were made under it.
    OverlooksOperators,
}

impl DishonestStore {
    pub(super) async fn lying_settle_pepper(&self, mark: PepperMark) -> Result<PepperMark, Fault> {
        let first = *self.notes().pepper.get_or_insert(mark);
        let stands = self.honest.settle_pepper(mark).await?;
        if self.tells(Lie::Peppers(PepperLie::AgreesWithAnyPepper)) {
            return Ok(mark);
        }
        if self.tells(Lie::Peppers(PepperLie::KeepsUnusedPeppers)) {
            return Ok(first);
        }
        let of_operators_alone = self.notes().keys_made.is_empty();
        if of_operators_alone && self.tells(Lie::Peppers(PepperLie::OverlooksOperators)) {
            return Ok(mark);
        }
        Ok(stands)
    }
}
