//! Why a plant cannot be simulated as a wide world.

use halle_world::Site;
use thiserror::Error;

/// Why a plant cannot be simulated as a wide world.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum WideError {
    /// The world holds no plant.
    #[error("world holds no plant")]
    NoPlant,
    /// Nothing to simulate: neither a body nor a collider.
    #[error("{site}: plant has neither a rigid body nor a collider")]
    Empty {
        /// The scene.
        site: Site,
    },
    /// A number outside its range.
    #[error("{site}: expected {expected}, found {value}")]
    OutOfRange {
        /// Where the number is.
        site: Site,
        /// The range, with unit.
        expected: &'static str,
        /// The number in SI units.
        value: f64,
    },
    /// A batch without envs.
    #[error("batch has no envs")]
    NoEnvs,
    /// The threads of a batch could not be started.
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// Threads asked for; zero is one per core.
        threads: usize,
        /// What the system said.
        reason: String,
    },
}
