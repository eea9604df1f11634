//! The accuracy battery: motions whose exact answer is known.
#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

mod contacts;
mod smooth;
mod systems;
