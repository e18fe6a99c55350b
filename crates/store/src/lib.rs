//! The storage port of Chaveiro: whole commands in, committed facts out.
//!
//! [`port::Store`] is what engines use and what the embedded and the shared store implement;
//! [`model::ModelStore`] is the smallest thing that keeps its laws, for tests and for comparison.
//! Must not know any database.

pub mod command;
pub mod fault;
pub mod model;
pub mod port;
