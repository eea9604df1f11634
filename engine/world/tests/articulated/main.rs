//! Articulated systems out of worlds that are put together by hand.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod contacts;
mod motors;
mod plants;
mod poses;
mod systems;
