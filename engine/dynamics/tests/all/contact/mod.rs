//! Laws that find contact points.

mod boxes;
mod exact;
mod lanes;
mod plane;
mod sampled;
mod shapes;
mod tables;
