//! A plant made ready for the solver: everything that all envs share.

use std::collections::BTreeSet;
use std::sync::Arc;

use halle_world::components::Plant;
use halle_world::{Diagnostics, Entity, MassProperties, World};
use rapier3d::dynamics::FrictionModel;
use rapier3d::dynamics::{
    ImpulseJointHandle, ImpulseJointSet, IntegrationParameters, MultibodyJointHandle,
    MultibodyJointSet, RigidBodyHandle, RigidBodySet, SpringCoefficients,
};
use rapier3d::geometry::{ColliderHandle, ColliderSet};
use rapier3d::math::Vector;
use rapier3d::pipeline::ActiveHooks;

use crate::build;
use crate::error::WideError;
use crate::filter::Filter;
use crate::hooks::Hooks;
use crate::joints::{Coordinate, ReadyJoint};
use crate::maths::real;
use crate::options::WideOptions;
use crate::overlaps;
use crate::says;
use crate::tell::Tell;

/// How a body moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// By forces.
    Dynamic,
    /// By a script; nothing pushes it.
    Kinematic,
    /// Not at all: a fixed joint holds it to the world.
    Fixed,
}

/// What all envs know about a body.
#[derive(Clone, Debug)]
pub struct BodyFacts {
    /// Path of its prim; copies of a point instancer carry their number.
    pub path: String,
    /// How it moves.
    pub kind: BodyKind,
    /// Mass properties in its own frame.
    pub mass: MassProperties,
    /// Part of gravity that acts on it.
    pub gravity_scale: f64,
    /// Whether it is a link of an articulation.
    pub link: bool,
    pub(crate) handle: RigidBodyHandle,
    /// Largest speed and angular speed that the author allows.
    pub(crate) speed_limits: [Option<f64>; 2],
    /// Whether nothing but contacts holds it.
    pub(crate) free: bool,
}

/// What all envs know about a collider.
#[derive(Clone, Debug)]
pub struct ColliderFacts {
    /// Path of its prim.
    pub path: String,
    /// Index of its body; none if it stands still.
    pub body: Option<usize>,
    pub(crate) entity: Entity,
    pub(crate) handle: ColliderHandle,
}

/// How a joint is held.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held {
    /// By impulses; the handles of its twins follow.
    Impulse(ImpulseJointHandle, Vec<ImpulseJointHandle>),
    /// As a link of an articulation; whether the solver counts its coordinate the other way.
    Reduced(MultibodyJointHandle, bool, Vec<ImpulseJointHandle>),
}

/// What all envs know about a joint.
#[derive(Clone, Debug)]
pub struct JointFacts {
    /// Path of its prim.
    pub path: String,
    /// Unit of its coordinate, `rad` or `m`; none if it has not exactly one.
    pub unit: Option<&'static str>,
    /// Whether it is part of an articulation.
    pub reduced: bool,
    pub(crate) held: Held,
    /// Body on each side as the solver knows it; the ground for the world.
    pub(crate) sides: [RigidBodyHandle; 2],
    pub(crate) ready: ReadyJoint,
}

/// A joint that follows another by a drive of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Servo {
    pub(crate) follower: usize,
    pub(crate) leader: usize,
    pub(crate) coefficients: [f64; 5],
    pub(crate) twin: ImpulseJointHandle,
}

/// The solver's sets at the start, copied for each env. Shapes are shared between the copies.
#[derive(Clone)]
pub(crate) struct Template {
    pub(crate) bodies: RigidBodySet,
    pub(crate) colliders: ColliderSet,
    pub(crate) impulse: ImpulseJointSet,
    pub(crate) reduced: MultibodyJointSet,
}

/// Sizes of a model, for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bodies that move by forces.
    pub dynamic_bodies: usize,
    /// Bodies that a script moves.
    pub kinematic_bodies: usize,
    /// Bodies that a fixed joint holds to the world.
    pub fixed_bodies: usize,
    /// Colliders, still ones included.
    pub colliders: usize,
    /// Different shapes.
    pub shapes: usize,
    /// Joints held by impulses.
    pub impulse_joints: usize,
    /// Articulations.
    pub articulations: usize,
    /// Joints that are part of an articulation.
    pub reduced_joints: usize,
    /// Classes of colliders that are filtered alike.
    pub filter_classes: usize,
    /// Belts: colliders with a surface velocity.
    pub belts: usize,
}

/// A plant made ready for the solver. Immutable and shared by all envs.
pub struct WideModel {
    pub(crate) template: Template,
    pub(crate) parameters: IntegrationParameters,
    pub(crate) gravity: Vector,
    pub(crate) hooks: Hooks,
    pub(crate) servos: Vec<Servo>,
    pub(crate) bounds: [[f64; 3]; 2],
    /// Collider by the number of its place in the solver's set.
    pub(crate) collider_at: Vec<usize>,
    bodies: Vec<BodyFacts>,
    colliders: Vec<ColliderFacts>,
    joints: Vec<JointFacts>,
    counts: Counts,
    options: WideOptions,
    time_step: f64,
    authored_gravity: [f64; 3],
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
    /// Makes a plant ready, and says what of it cannot be simulated as authored.
    ///
    /// # Errors
    ///
    /// [`WideError`] if there is nothing to simulate, or gravity or the time step make no sense.
    /// Everything else that does not fit is a finding, and the rest is simulated.
    pub fn compile(
        world: &World,
        options: &WideOptions,
    ) -> Result<(Arc<Self>, Diagnostics), WideError> {
        let plant = world.get_resource::<Plant>().ok_or(WideError::NoPlant)?;
        let time_step = checked_step(plant, options)?;
        check_gravity(plant)?;
        let mut tell = Tell::default();
        let made = build::build(world, plant, options, &mut tell);
        if made.bodies.is_empty() && made.colliders.is_empty() {
            return Err(WideError::Empty { site: scene(plant) });
        }
        let [x, y, z] = plant.gravity.map(real);
        let filter: Filter = made.filter;
        let mut collider_at = vec![usize::MAX; made.collider_handles.len()];
        for (index, handle) in made.collider_handles.iter().enumerate() {
            let place = handle.into_raw_parts().0 as usize;
            if place >= collider_at.len() {
                collider_at.resize(place + 1, usize::MAX);
            }
            collider_at[place] = index;
        }
        let counts = counts(&made.bodies, &made.joints, &made.sizes, &filter);
        let mut model = Self {
            template: made.template,
            parameters: parameters(time_step, options),
            gravity: Vector::new(x, y, z),
            hooks: Hooks::new(filter, made.belts, made.mobility, made.body_of),
            servos: made.servos,
            bounds: grown(made.bounds, options.bounds_margin),
            collider_at,
            bodies: made.bodies,
            colliders: made.colliders,
            joints: made.joints,
            counts,
            options: *options,
            time_step,
            authored_gravity: plant.gravity,
        };
        model.part_stuck(&mut tell);
        Ok((Arc::new(model), tell.into_diagnostics(world)))
    }

    /// Leaves out pairs of which neither side could give way.
    fn part_stuck(&mut self, tell: &mut Tell) {
        for overlap in overlaps::find(self) {
            let (entity, detail) = overlaps::detail(self, &overlap);
            tell.add(says::STUCK_LINK, entity, detail);
            let numbers = overlap.colliders.map(|c| {
                let handle = self.colliders[c].handle;
                let collider = self.template.colliders.get_mut(handle)?;
                let hooks = collider.active_hooks() | ActiveHooks::FILTER_CONTACT_PAIRS;
                collider.set_active_hooks(hooks);
                usize::try_from(collider.user_data).ok()
            });
            if let [Some(a), Some(b)] = numbers {
                self.hooks.part(a, b);
            }
        }
    }

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

    /// Box outside of which a body is lost: lower and upper corner \[m\].
    #[must_use]
    pub fn bounds(&self) -> [[f64; 3]; 2] {
        self.bounds
    }
}

fn scene(plant: &Plant) -> halle_world::Site {
    halle_world::Site {
        layer: plant.source.clone(),
        ..Default::default()
    }
}

fn checked_step(plant: &Plant, options: &WideOptions) -> Result<f64, WideError> {
    let value = options.time_step.unwrap_or(plant.time_step);
    if (1.0e-5..=0.1).contains(&value) {
        return Ok(value);
    }
    Err(WideError::OutOfRange {
        site: scene(plant).with_property("halle:scene:timeStep"),
        expected: "a time step of 0.00001 to 0.1 s",
        value,
    })
}

fn check_gravity(plant: &Plant) -> Result<(), WideError> {
    let value: f64 = plant.gravity.iter().map(|g| g.abs()).sum();
    if value <= 1.0e3 {
        return Ok(());
    }
    Err(WideError::OutOfRange {
        site: scene(plant).with_property("physics:gravityMagnitude"),
        expected: "a gravity of at most 1000 m/s^2",
        value,
    })
}

fn parameters(time_step: f64, options: &WideOptions) -> IntegrationParameters {
    let iterations = options.iterations.max(1);
    let rate = iterations as f64 / time_step;
    let softness = SpringCoefficients::new(
        real(options.contact_stiffness * rate),
        real(options.contact_damping),
    );
    IntegrationParameters {
        dt: real(time_step),
        num_solver_iterations: iterations,
        contact_softness: softness,
        static_contact_softness: softness,
        normalized_max_corrective_velocity: real(options.push_speed),
        normalized_prediction_distance: real(options.prediction),
        // A tenth of the default: parts of a plant rest where their shapes end.
        normalized_allowed_linear_error: 5.0e-4,
        contact_recycling: options.recycling,
        normalized_contact_recycle_distance: real(options.prediction.min(0.005)),
        friction_model: if options.point_friction {
            FrictionModel::Coulomb
        } else {
            FrictionModel::Simplified
        },
        warmstart_joints: true,
        ..IntegrationParameters::default()
    }
}

fn grown([low, high]: [[f64; 3]; 2], margin: f64) -> [[f64; 3]; 2] {
    [low.map(|v| v - margin), high.map(|v| v + margin)]
}

fn counts(
    bodies: &[BodyFacts],
    joints: &[JointFacts],
    [shapes, colliders, belts, articulations]: &[usize; 4],
    filter: &Filter,
) -> Counts {
    let kind = |k: BodyKind| bodies.iter().filter(|b| b.kind == k).count();
    let reduced = joints.iter().filter(|j| j.reduced).count();
    let classes: BTreeSet<usize> = filter.class_of.iter().copied().collect();
    Counts {
        dynamic_bodies: kind(BodyKind::Dynamic),
        kinematic_bodies: kind(BodyKind::Kinematic),
        fixed_bodies: kind(BodyKind::Fixed),
        colliders: *colliders,
        shapes: *shapes,
        impulse_joints: joints.len() - reduced,
        articulations: *articulations,
        reduced_joints: reduced,
        filter_classes: classes.len(),
        belts: *belts,
    }
}

/// The unit of a coordinate.
pub(crate) fn unit(coordinate: Option<Coordinate>) -> Option<&'static str> {
    coordinate.map(|c| match c {
        Coordinate::Angle => "rad",
        Coordinate::Distance => "m",
    })
}
