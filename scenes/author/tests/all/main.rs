//! Tests over whole files, in one program because linking the USD library takes long.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod facts;
mod files;
mod findings;
mod formats;
mod judges;
mod layout;
mod looks;
mod said;
mod trips;
mod worlds;

#[path = "../../../tests/looks/mod.rs"]
mod looked;
