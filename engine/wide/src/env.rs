//! One env: a copy of the plant that moves by itself.

use std::ops::BitOr;

use halle_lanes::pcg4d_words;
use nalgebra::Isometry3;
use rapier3d::dynamics::{
    CCDSolver, ImpulseJointSet, IntegrationParameters, IslandManager, JointAxesMask, MotorModel,
    MultibodyJointSet, RigidBodySet, SoftBodySet,
};
use rapier3d::geometry::{BroadPhaseBvh, ColliderSet, NarrowPhase};
use rapier3d::math::Vector;
use rapier3d::pipeline::PhysicsPipeline;

use crate::facts::{BodyKind, Held, JointFacts};
use crate::maths::{real, wide_pose, wide_vector};
use crate::mimics::follow;
use crate::model::WideModel;
use crate::options::Jitter;
use crate::ready::{Coordinate, coordinate_of, wrap};

/// Why an env's numbers are not to be trusted, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fault(pub u32);

impl Fault {
    /// Nothing is wrong.
    pub const NONE: Self = Self(0);
    /// A number is not finite.
    pub const NON_FINITE: Self = Self(1);
    /// A body left the box around the plant.
    pub const LOST: Self = Self(2);
    /// A body moves faster than anything in a plant does.
    pub const EXPLODED: Self = Self(4);

    /// Whether there is one.
    #[must_use]
    pub fn any(self) -> bool {
        self.0 != 0
    }

    /// Whether all bits of the other are set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Names of the bits that are set.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        [
            (Self::NON_FINITE, "not finite"),
            (Self::LOST, "body lost"),
            (Self::EXPLODED, "exploded"),
        ]
        .into_iter()
        .filter(|(bit, _)| self.has(*bit))
        .map(|(_, name)| name)
        .collect()
    }
}

impl BitOr for Fault {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A joint at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JointState {
    /// Coordinate \[rad or m\]; not a number where the joint has not exactly one.
    pub position: f64,
    /// Its rate \[rad/s or m/s\].
    pub velocity: f64,
    /// Force or torque of the drive along the coordinate \[N or N m\].
    pub effort: f64,
    /// Force that the locks of the joint bear \[N\]; not a number in an articulation.
    pub force: f64,
    /// Torque that the locks of the joint bear \[N m\]; not a number in an articulation.
    pub torque: f64,
    /// Whether it is broken.
    pub broken: bool,
}

/// The solver's state of one env.
pub(crate) struct Env {
    pub(crate) bodies: RigidBodySet,
    pub(crate) colliders: ColliderSet,
    pub(crate) impulse: ImpulseJointSet,
    pub(crate) reduced: MultibodyJointSet,
    pub(crate) narrow: NarrowPhase,
    pub(crate) steps: u64,
    pub(crate) fault: Fault,
    /// First body at fault.
    pub(crate) culprit: Option<usize>,
    /// Work of all drives since the start [J].
    pub(crate) drive_work: f64,
    pub(crate) joints: Vec<JointState>,
    islands: IslandManager,
    broad: BroadPhaseBvh,
    soft: SoftBodySet,
    ccd: CCDSolver,
    pipeline: PhysicsPipeline,
}

impl Env {
    /// A copy of the plant as it starts; `number` decides how it differs from the others.
    pub(crate) fn new(model: &WideModel, seed: u64, number: u32, jitter: Jitter) -> Self {
        let template = model.template.clone();
        let mut env = Self {
            bodies: template.bodies,
            colliders: template.colliders,
            impulse: template.impulse,
            reduced: template.reduced,
            narrow: NarrowPhase::new(),
            steps: 0,
            fault: Fault::NONE,
            culprit: None,
            drive_work: 0.0,
            joints: vec![JointState::default(); model.joints().len()],
            islands: IslandManager::new(),
            broad: BroadPhaseBvh::new(),
            soft: SoftBodySet::new(),
            ccd: CCDSolver::new(),
            pipeline: PhysicsPipeline::new(),
        };
        env.pipeline.counters.disable();
        if number > 0 {
            env.shake(model, seed, number, jitter);
        }
        for (state, facts) in env.joints.iter_mut().zip(model.joints()) {
            state.position = facts.ready.start[0];
            if facts.ready.coordinate.is_none() {
                state.position = f64::NAN;
            }
        }
        env.read_joints(model);
        env
    }

    /// Moves free bodies a little, keyed by seed, env and body.
    fn shake(&mut self, model: &WideModel, seed: u64, number: u32, jitter: Jitter) {
        let key = pcg4d_words([seed as u32, (seed >> 32) as u32, number, 0x7769_6465]);
        let unit = |word: u32| f64::from(word >> 8) / f64::from(1_u32 << 23) - 1.0;
        for (index, facts) in model.bodies().iter().enumerate().filter(|(_, b)| b.free) {
            let Some(body) = self.bodies.get_mut(facts.handle) else {
                continue;
            };
            let draw = |usage: u32| pcg4d_words([key[0], key[1], index as u32, usage]).map(unit);
            let [x, y, ..] = draw(0).map(|v| real(v * jitter.position));
            let [u, v, w, _] = draw(1).map(|v| real(v * jitter.velocity));
            let moved = body.translation() + Vector::new(x, y, 0.0);
            // A body that starts asleep stays so.
            body.set_translation(moved, false);
            if !body.is_sleeping() {
                body.set_linvel(body.linvel() + Vector::new(u, v, w), false);
            }
        }
    }

    /// One substep. A frozen env stays as it is.
    pub(crate) fn substep(&mut self, model: &WideModel) {
        if self.fault.any() {
            return;
        }
        self.lead(model);
        self.solve(model, &model.parameters);
        self.steps += 1;
        self.hold_speeds(model);
        self.read_joints(model);
        self.break_joints(model);
        self.judge(model);
    }

    /// Finds contacts without advancing.
    pub(crate) fn detect(&mut self, model: &WideModel) {
        let still = IntegrationParameters {
            dt: 0.0,
            ..model.parameters
        };
        self.solve(model, &still);
    }

    fn solve(&mut self, model: &WideModel, parameters: &IntegrationParameters) {
        self.pipeline.step(
            model.gravity,
            parameters,
            &mut self.islands,
            &mut self.broad,
            &mut self.narrow,
            &mut self.bodies,
            &mut self.colliders,
            &mut self.impulse,
            &mut self.reduced,
            &mut self.soft,
            &mut self.ccd,
            &model.hooks,
            &(),
        );
    }

    /// Tells followers where their leaders are.
    fn lead(&mut self, model: &WideModel) {
        for servo in &model.servos {
            let leader = self.joints[servo.leader];
            let [target, slope] = follow(&servo.coefficients, leader.position);
            let kind = model.joints()[servo.follower].ready.coordinate;
            if let (Some(joint), Some(kind)) = (self.impulse.get_mut(servo.twin, false), kind) {
                let motor = &mut joint.data.motors[kind.axis() as usize];
                motor.target_pos = real(target);
                motor.target_vel = real(slope * leader.velocity);
            }
        }
    }

    /// Largest speeds that the author allows.
    fn hold_speeds(&mut self, model: &WideModel) {
        for facts in model.bodies() {
            let [linear, angular] = facts.speed_limits;
            if linear.is_none() && angular.is_none() || facts.kind != BodyKind::Dynamic {
                continue;
            }
            let Some(body) = self.bodies.get_mut(facts.handle) else {
                continue;
            };
            if let Some(limit) = linear.filter(|l| f64::from(body.linvel().length()) > *l) {
                let held = body.linvel().normalize() * real(limit);
                body.set_linvel(held, false);
            }
            if let Some(limit) = angular.filter(|l| f64::from(body.angvel().length()) > *l) {
                let held = body.angvel().normalize() * real(limit);
                body.set_angvel(held, false);
            }
        }
    }

    /// Coordinates, rates and drives of all joints, and what the drives have done.
    fn read_joints(&mut self, model: &WideModel) {
        let step = model.time_step();
        let per_small_step = model.parameters.num_solver_iterations as f64 / step;
        for (index, facts) in model.joints().iter().enumerate() {
            let mut state = self.joints[index];
            if let Some(kind) = facts.ready.coordinate {
                let (position, velocity) = self.coordinate(facts, kind, state.position);
                state.velocity = velocity;
                let before = state;
                state.position = position;
                state.effort = self.effort(facts, kind, &state, per_small_step);
                if self.steps > 0 && state.effort.is_finite() {
                    // Known at an instant in an articulation, and over the substep elsewhere.
                    let effort = if facts.reduced {
                        0.5 * (before.effort + state.effort)
                    } else {
                        state.effort
                    };
                    self.drive_work += effort * (position - before.position);
                }
            }
            match &facts.held {
                Held::Impulse(main, _) if !state.broken => {
                    if let Some(joint) = self.impulse.get(*main) {
                        let [a, b, c, d, e, f] =
                            joint.impulses.map(|i| f64::from(i) * per_small_step);
                        state.force = (a * a + b * b + c * c).sqrt();
                        state.torque = (d * d + e * e + f * f).sqrt();
                    }
                }
                Held::Impulse(..) => (state.force, state.torque, state.effort) = (0.0, 0.0, 0.0),
                Held::Reduced(..) => (state.force, state.torque) = (f64::NAN, f64::NAN),
            }
            self.joints[index] = state;
        }
    }

    /// Position and velocity along a coordinate; angles go on past a full turn.
    fn coordinate(&self, facts: &JointFacts, kind: Coordinate, before: f64) -> (f64, f64) {
        let sides = facts.sides.map(|h| self.bodies.get(h));
        let world_from = [0, 1].map(|k| {
            let body = sides[k].map_or_else(Isometry3::identity, |b| wide_pose(b.position()));
            body * facts.ready.frames[k]
        });
        let axis = world_from[0].rotation * nalgebra::Vector3::x();
        let point = world_from[1].translation.vector;
        let at = |k: usize| {
            let Some(body) = sides[k].filter(|b| b.is_dynamic()) else {
                return [nalgebra::Vector3::zeros(); 2];
            };
            let spin = wide_vector(body.angvel());
            let arm = point - wide_vector(body.center_of_mass());
            [spin, wide_vector(body.linvel()) + spin.cross(&arm)]
        };
        let ([spin0, speed0], [spin1, speed1]) = (at(0), at(1));
        let found = coordinate_of(kind, &world_from[0].inv_mul(&world_from[1]));
        // An articulation counts its own angles; its own rates hold what holds its joints in place.
        let counted = match &facts.held {
            Held::Reduced(handle, flipped, _) => {
                let sign = if *flipped { -1.0 } else { 1.0 };
                let held = self.reduced.get(*handle).and_then(|(b, l)| b.link(l));
                held.map(|l| f64::from(l.joint().coords()[kind.axis() as usize]) * sign)
            }
            Held::Impulse(..) => None,
        };
        match kind {
            Coordinate::Angle => {
                let position = counted.unwrap_or(before + wrap(found - before));
                (position, (spin1 - spin0).dot(&axis))
            }
            Coordinate::Distance => (counted.unwrap_or(found), (speed1 - speed0).dot(&axis)),
        }
    }

    /// What the drive of a joint gives.
    fn effort(
        &self,
        facts: &JointFacts,
        kind: Coordinate,
        state: &JointState,
        per_small_step: f64,
    ) -> f64 {
        let axis = kind.axis();
        match &facts.held {
            Held::Impulse(main, _) => {
                let joint = self.impulse.get(*main);
                joint.map_or(0.0, |j| {
                    -f64::from(j.data.motors[axis as usize].impulse) * per_small_step
                })
            }
            Held::Reduced(handle, ..) => {
                let Some(drive) = facts.ready.drive else {
                    return 0.0;
                };
                let held = self.reduced.get(*handle);
                let driven = held.and_then(|(b, l)| b.link(l)).is_some_and(|l| {
                    let motors = l.joint().data.motor_axes;
                    let model = l.joint().data.motors[axis as usize].model;
                    motors.contains(JointAxesMask::from(axis)) && model == MotorModel::ForceBased
                });
                if !driven {
                    // The inertia that an acceleration drive multiplies by is the solver's secret.
                    return f64::NAN;
                }
                let wanted = drive.stiffness * (drive.target_position - state.position)
                    + drive.damping * (drive.target_velocity - state.velocity);
                wanted.clamp(-drive.effort_limit, drive.effort_limit)
            }
        }
    }

    /// Breaks joints that bear more than they can.
    fn break_joints(&mut self, model: &WideModel) {
        for (index, facts) in model.joints().iter().enumerate() {
            let (Some([force, torque]), Held::Impulse(main, twins)) =
                (facts.ready.breaks, &facts.held)
            else {
                continue;
            };
            let state = &mut self.joints[index];
            if state.broken || !(state.force > force || state.torque > torque) {
                continue;
            }
            state.broken = true;
            self.impulse.remove(*main, true);
            for twin in twins {
                self.impulse.remove(*twin, true);
            }
        }
    }

    /// Looks for numbers that are not to be trusted, and freezes the env if there are any.
    fn judge(&mut self, model: &WideModel) {
        if !self.pipeline.quarantine().is_empty() {
            self.fault = self.fault | Fault::NON_FINITE;
            let bad = self.pipeline.quarantine().bodies().first().copied();
            self.culprit = model.bodies().iter().position(|b| Some(b.handle) == bad);
        }
        let [low, high] = model.bounds;
        let fastest = model.fastest;
        for (index, facts) in model.bodies().iter().enumerate() {
            if facts.kind != BodyKind::Dynamic {
                continue;
            }
            let Some(body) = self.bodies.get(facts.handle) else {
                continue;
            };
            if body.is_sleeping() {
                continue;
            }
            let at = wide_vector(body.translation());
            let speed = f64::from(body.linvel().length());
            let spin = f64::from(body.angvel().length());
            let mut fault = Fault::NONE;
            if !(at.iter().all(|v| v.is_finite()) && speed.is_finite() && spin.is_finite()) {
                fault = fault | Fault::NON_FINITE;
            } else if (0..3).any(|k| at[k] < low[k] || at[k] > high[k]) {
                fault = fault | Fault::LOST;
            } else if speed > fastest {
                fault = fault | Fault::EXPLODED;
            }
            if fault.any() {
                self.fault = self.fault | fault;
                self.culprit = self.culprit.or(Some(index));
            }
        }
    }
}
