//! The accuracy battery: motions whose exact answer is known.

mod contacts;
mod smooth;
mod systems;
