//! Closed forms, filters, joints and determinism of wide worlds.

mod batches;
mod drives;
mod filters;
mod fixture;
mod friction;
mod joints;
mod motion;
mod plants;
mod shapes;
