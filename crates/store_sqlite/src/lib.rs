//! The embedded store of the house, with one writer that groups commits.
