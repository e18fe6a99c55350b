//! Why there is no verdict.
//!
//! Must not be taken for a refusal, and least of all for a grant: nothing is known of the key.

/// Why there is no verdict. None of these repeats a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no connection, or it broke before the whole answer was there.
    #[error(
        "the Chaveiro server cannot be reached ({why}): check that it runs and that the URL is that of its verifiers' listener"
    )]
    Unreachable {
        /// What the connection came to.
        why: String,
    },
    /// There was no connection, or no whole answer, in its time.
    #[error("the Chaveiro server took too long: check its load and the times in the settings")]
    TimedOut,
    /// As many questions are under way as there may be; this one was not sent.
    #[error("too many questions are under way: try again, or raise `at_once_max`")]
    TooManyAtOnce,
    /// The head of the request is larger than may be sent, or than the server reads.
    #[error(
        "the head of the request is too large to ask about: expected less than `head_bytes_max` and `head_lines_max`"
    )]
    HeadTooLarge,
    /// The server does not let this verifier ask.
    #[error("the Chaveiro server does not let this service ask: {detail}")]
    NotAllowed {
        /// The server's words.
        detail: String,
    },
    /// The question itself is a mistake, such as a realm that the server does not have.
    #[error("the Chaveiro server answered {status}: {detail}")]
    Mistaken {
        /// The status.
        status: u16,
        /// The server's words.
        detail: String,
    },
    /// The server has trouble of its own.
    #[error("the Chaveiro server answered {status}: try again, and look at its log")]
    Unavailable {
        /// The status, 500 or above.
        status: u16,
    },
    /// What came is too large, or is not what this version of the client understands.
    #[error(
        "the answer of the Chaveiro server cannot be read ({what}): check that the URL is that of its verifiers' listener and that server and client fit"
    )]
    Unreadable {
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Fault {
    pub(crate) const fn unreadable(what: &'static str) -> Self {
        Self::Unreadable { what }
    }
}
