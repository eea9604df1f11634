//! A plant made ready for the solver: everything that all envs share.

use rapier3d::dynamics::IntegrationParameters;
use rapier3d::math::Vector;

use crate::facts::{BodyFacts, ColliderFacts, Counts, JointFacts, Servo, Template};
use crate::hooks::Hooks;
use crate::options::WideOptions;

/// A plant made ready for the solver. Immutable and shared by all envs.
pub struct WideModel {
    pub(crate) template: Template,
    /// Pairs that overlap at the start, where they are too many.
    pub(crate) crowd: Option<usize>,
    /// Speed at which a body has exploded \[m/s\].
    pub(crate) fastest: f64,
    pub(crate) parameters: IntegrationParameters,
    pub(crate) gravity: Vector,
    pub(crate) hooks: Hooks,
    pub(crate) servos: Vec<Servo>,
    pub(crate) bounds: [[f64; 3]; 2],
    /// Collider by the number of its place in the solver's set.
    pub(crate) collider_at: Vec<usize>,
    pub(crate) bodies: Vec<BodyFacts>,
    pub(crate) colliders: Vec<ColliderFacts>,
    pub(crate) joints: Vec<JointFacts>,
    pub(crate) counts: Counts,
    pub(crate) options: WideOptions,
    pub(crate) time_step: f64,
    pub(crate) authored_gravity: [f64; 3],
}

impl std::fmt::Debug for WideModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WideModel")
            .field("counts", &self.counts)
            .field("time_step", &self.time_step)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl WideModel {
    /// Bodies, in the order of the stage.
    #[must_use]
    pub fn bodies(&self) -> &[BodyFacts] {
        &self.bodies
    }

    /// Colliders, in the order of the stage.
    #[must_use]
    pub fn colliders(&self) -> &[ColliderFacts] {
        &self.colliders
    }

    /// Joints, in the order of the stage.
    #[must_use]
    pub fn joints(&self) -> &[JointFacts] {
        &self.joints
    }

    /// Sizes.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What the caller chose.
    #[must_use]
    pub fn options(&self) -> &WideOptions {
        &self.options
    }

    /// Length of one substep \[s\].
    #[must_use]
    pub fn time_step(&self) -> f64 {
        self.time_step
    }

    /// Gravity in world axes \[m/s^2\].
    #[must_use]
    pub fn gravity(&self) -> [f64; 3] {
        self.authored_gravity
    }

    /// Pairs of colliders that overlap at the start, where there are so many that the first substep
    /// takes very long; `None` where there are not.
    #[must_use]
    pub fn crowd(&self) -> Option<usize> {
        self.crowd
    }

    /// Box outside of which a body is lost: lower and upper corner \[m\].
    #[must_use]
    pub fn bounds(&self) -> [[f64; 3]; 2] {
        self.bounds
    }
}
