//! Spatial algebra against dense matrices of nalgebra, in `f64`.

mod algebra;
mod dense;
mod inertia;
