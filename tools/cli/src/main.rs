//! The `halle` command.
fn main() {}
