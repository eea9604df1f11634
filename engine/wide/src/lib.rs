//! Wide worlds: many free bodies with contacts found at run time, on rapier3d.
//!
//! Owns: making a plant of the ECS ready for the solver ([`WideModel`]), envs that advance
//! together ([`WideBatch`]), and what can be read from them ([`EnvView`]). What of a plant cannot
//! be simulated as authored is a finding with a code of `FINDINGS.md`.
//!
//! Must not know: file formats, clocks, tasks. Start reading at [`WideModel::compile`].

mod articulations;
mod batch;
mod build;
mod compile;
mod drives;
mod env;
mod error;
mod facts;
mod filter;
mod hooks;
mod joints;
mod masses;
mod maths;
mod mimics;
mod mobility;
mod model;
mod options;
mod overlaps;
mod parts;
mod read;
mod ready;
mod reduced;
mod says;
mod shapes;
mod surfaces;
mod tell;

pub use batch::{Capacity, WideBatch};
pub use env::{Fault, JointState};
pub use error::WideError;
pub use facts::{BodyFacts, BodyKind, ColliderFacts, Counts, JointFacts};
pub use model::WideModel;
pub use options::{Jitter, WideOptions};
pub use read::{BodyState, Contact, Energy, EnvView, Summary};
