//! Who may ask on behalf of others: a proxy that shows a verifier's key, or one whose address the
//! operator trusts.
//!
//! What such a proxy says of a request is believed, its client's address above all. Must not trust
//! anybody whom the configuration does not name.

use std::net::IpAddr;

use domain::ip_list::IpList;
use domain::policy::{OperatorAct, operator_may};
use engine::engine::Engine;
use engine::operator_access::NotAnOperator;

/// Which proxies may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Askers {
    /// Those that show a verifier's key.
    WithKey,
    /// Those too, and any from these addresses.
    WithKeyOrFrom(IpList),
}

/// Why somebody may not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskerFault {
    /// No key, and no address that is trusted.
    NoKey,
    /// More than one key.
    Ambiguous,
    /// Something that is no key; what is wrong with its shape.
    Malformed(&'static str),
    /// A key that is not known.
    Unknown,
    /// A key for something else.
    RoleNotEnough,
}

impl AskerFault {
    /// What happened and what to do, for whoever runs the proxy.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::NoKey => {
                "The proxy showed no verifier's key. Have it set one in Chaveiro-Verifier, or list its address in trusted_proxies."
            }
            Self::Ambiguous => {
                "Chaveiro-Verifier came more than once. Have the proxy replace what its client sends."
            }
            Self::Malformed(advice) => advice,
            Self::Unknown => "The key in Chaveiro-Verifier is not known here.",
            Self::RoleNotEnough => {
                "The key in Chaveiro-Verifier is not for verifying. Use a verifier's key."
            }
        }
    }
}

/// Whether whoever shows these keys from this address may ask. A key that is shown has to be
/// good, wherever it comes from.
pub(crate) fn check<'k>(
    engine: &Engine,
    askers: &Askers,
    mut keys: impl Iterator<Item = &'k [u8]>,
    peer: IpAddr,
) -> Result<(), AskerFault> {
    match (keys.next(), keys.next()) {
        (Some(_), Some(_)) => Err(AskerFault::Ambiguous),
        (Some(key), None) => match engine.operator(key) {
            Ok(operator) if operator_may(operator.role, OperatorAct::Verify) => Ok(()),
            Ok(_) => Err(AskerFault::RoleNotEnough),
            Err(NotAnOperator::Malformed(diagnosis)) => {
                Err(AskerFault::Malformed(diagnosis.advice()))
            }
            Err(NotAnOperator::Unknown) => Err(AskerFault::Unknown),
        },
        (None, _) => match askers {
            Askers::WithKeyOrFrom(addresses) if addresses.allows(Some(peer)) => Ok(()),
            Askers::WithKeyOrFrom(_) | Askers::WithKey => Err(AskerFault::NoKey),
        },
    }
}
