//! The laws against closed forms, independent references and themselves.
//!
//! Each test names the law or number it checks and why its tolerance is what it is. Measured errors are
//! printed: run with `--nocapture` to see them.

mod arms;
mod articulated;
mod cells;
mod contact;
mod dense;
mod drive;
mod gravity;
mod laws;
mod map;
mod pad;
mod pendulum;
mod plan;
mod precision;
mod pressure;
mod reach;
mod removal;
mod simd;
mod stream;
mod surface;
