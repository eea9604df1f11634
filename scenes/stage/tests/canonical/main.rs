//! Opening, values, transforms and the canonical dump: each rule on a scene of its own, then the
//! whole beside usd-core.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

mod circles;
mod edges;
mod formats;
mod hostile;
mod judge;
mod lists;
mod samples;
mod texts;
mod transforms;
mod why;

#[path = "../support/corpus.rs"]
mod corpus;
#[path = "../support/scene.rs"]
mod support;
