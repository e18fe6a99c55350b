//! What each role of an operator may do: one table, asked by every door that knows operators.
//!
//! Must not know routes: each route says which act it is.

use crate::operator::OperatorRole;

/// What somebody wants of the control plane or of the verify call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperatorAct {
    /// To see what there is, without changing anything.
    Read,
    /// To change something.
    Manage,
    /// To ask whether a request may pass.
    Verify,
}

impl OperatorAct {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Manage, Self::Verify];
}

/// Whether the role covers the act. What is not named here is not allowed.
#[must_use]
pub const fn operator_may(role: OperatorRole, act: OperatorAct) -> bool {
    match (role, act) {
        (OperatorRole::Admin, OperatorAct::Read | OperatorAct::Manage | OperatorAct::Verify)
        | (OperatorRole::Support, OperatorAct::Read)
        | (OperatorRole::Verifier, OperatorAct::Verify) => true,
        (OperatorRole::Support, OperatorAct::Manage | OperatorAct::Verify)
        | (OperatorRole::Verifier, OperatorAct::Read | OperatorAct::Manage) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_may_everything_support_reads_and_a_verifier_verifies() {
        let may = |role| OperatorAct::ALL.map(|act| operator_may(role, act));
        assert_eq!(may(OperatorRole::Admin), [true, true, true]);
        assert_eq!(may(OperatorRole::Support), [true, false, false]);
        assert_eq!(may(OperatorRole::Verifier), [false, false, true]);
    }
}
