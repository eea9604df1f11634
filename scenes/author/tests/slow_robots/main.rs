//! Robots of others, where the corpus stands beside the checkout: kinematics of what is loaded, and
//! what usd-core and Newton make of what is written.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]
#![expect(
    clippy::print_stdout,
    reason = "counts, worst errors and what was left out are what these tests are for"
)]

mod ask;
mod converted;
mod newton;
mod robot;
mod usd;
