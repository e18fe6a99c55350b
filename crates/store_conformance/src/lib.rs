//! The laws that every store must keep, whatever engine is below it.
