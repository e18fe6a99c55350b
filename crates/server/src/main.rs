//! The binary `chaveiro`: reads its command line and hands over to one file per command.
fn main() {}
