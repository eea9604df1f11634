//! What can be read from an env between substeps.

use nalgebra::{Isometry3, Vector3};
use rapier3d::geometry::ContactPair;

use crate::env::{Env, Fault, JointState};
use crate::facts::BodyKind;
use crate::maths::{wide_pose, wide_vector};
use crate::model::WideModel;

/// A body at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodyState {
    /// World frame from body frame.
    pub world_from_body: Isometry3<f64>,
    /// Angular velocity, world axes \[rad/s\].
    pub angular_velocity: Vector3<f64>,
    /// Linear velocity of the body's origin, world axes \[m/s\].
    pub linear_velocity: Vector3<f64>,
    /// Whether it sleeps until touched.
    pub asleep: bool,
}

/// A point at which two colliders touch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact {
    /// Both colliders, by index.
    pub colliders: [usize; 2],
    /// The point, world axes \[m\].
    pub point: Vector3<f64>,
    /// Unit normal from the first collider to the second, world axes.
    pub normal: Vector3<f64>,
    /// Normal force, mean over the last substep \[N\].
    pub force: f64,
    /// Friction force on the second collider at the end of the last substep, world axes \[N\].
    pub friction: Vector3<f64>,
    /// Depth by which the surfaces overlap \[m\]; negative while they are apart.
    pub penetration: f64,
}

/// Energy of an env.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Energy {
    /// Of motion \[J\].
    pub kinetic: f64,
    /// Of height, counted from the origin of the world \[J\].
    pub potential: f64,
    /// Work of all drives since the start \[J\].
    pub drive_work: f64,
}

/// An env in a few numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Simulated time \[s\].
    pub time: f64,
    /// Energy.
    pub energy: Energy,
    /// Contact points that bear a force.
    pub contacts: usize,
    /// Deepest penetration of any contact \[m\]; zero without contacts.
    pub penetration: f64,
    /// Speed of the fastest body \[m/s\].
    pub speed: f64,
    /// Bodies that move by forces and are awake.
    pub awake: usize,
    /// Faults.
    pub fault: Fault,
}

/// A look at one env.
#[derive(Clone, Copy)]
pub struct EnvView<'a> {
    pub(crate) model: &'a WideModel,
    pub(crate) env: &'a Env,
}

impl std::fmt::Debug for EnvView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvView")
            .field("time", &self.time())
            .field("fault", &self.env.fault)
            .finish_non_exhaustive()
    }
}

impl EnvView<'_> {
    /// Simulated time \[s\]; stands still once the env is frozen.
    #[must_use]
    pub fn time(&self) -> f64 {
        self.env.steps as f64 * self.model.time_step()
    }

    /// Faults, and the body that was first at fault.
    #[must_use]
    pub fn fault(&self) -> (Fault, Option<usize>) {
        (self.env.fault, self.env.culprit)
    }

    /// State of a body, by its index in the model.
    ///
    /// # Panics
    ///
    /// If there is no such body.
    #[must_use]
    pub fn body(&self, index: usize) -> BodyState {
        let facts = &self.model.bodies()[index];
        let body = &self.env.bodies[facts.handle];
        let origin = body.translation();
        let moves = facts.kind == BodyKind::Dynamic;
        BodyState {
            world_from_body: wide_pose(body.position()),
            angular_velocity: wide_vector(body.angvel()),
            linear_velocity: if moves {
                wide_vector(body.velocity_at_point(origin))
            } else {
                Vector3::zeros()
            },
            asleep: body.is_sleeping(),
        }
    }

    /// States of all joints, in the order of the model.
    #[must_use]
    pub fn joints(&self) -> &[JointState] {
        &self.env.joints
    }

    /// All contacts that bear a force or overlap, in an order that depends on nothing but the env.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        let mut all = Vec::new();
        for pair in self.env.narrow.contact_pairs() {
            self.pair(pair, &mut |contact| all.push(contact));
        }
        all.sort_by_key(|c| c.colliders);
        all
    }

    fn pair(&self, pair: &ContactPair, add: &mut dyn FnMut(Contact)) {
        let index = |handle: rapier3d::geometry::ColliderHandle| {
            let place = handle.into_raw_parts().0 as usize;
            self.model.collider_at.get(place).copied()
        };
        let (Some(a), Some(b)) = (index(pair.collider1), index(pair.collider2)) else {
            return;
        };
        let per_step = 1.0 / self.model.time_step();
        let small_steps = self.model.parameters.num_solver_iterations as f64;
        for manifold in pair.solver_manifolds() {
            let data = &manifold.data;
            let normal = wide_vector(data.normal);
            // Friction is kept for the last small step only, and where it acts once per plane
            // every point of the plane holds all of it.
            let link = [data.rigid_body1, data.rigid_body2]
                .into_iter()
                .flatten()
                .any(|b| self.env.reduced.rigid_body_link(b).is_some());
            let sharing = if link || self.model.options().point_friction {
                1
            } else {
                data.solver_contacts.len()
            };
            let rub = per_step * small_steps / sharing as f64;
            for contact in &data.solver_contacts {
                let place = contact.contact_indices()[0] as usize;
                let Some(found) = manifold.points.get(place) else {
                    continue;
                };
                let (p1, p2) = data.solver_contact_world_points(contact, &self.env.bodies);
                let (p1, p2) = (wide_vector(p1), wide_vector(p2));
                let penetration = -(p2 - p1).dot(&normal);
                let force = f64::from(found.data.impulse) * per_step;
                if force <= 0.0 && penetration <= 0.0 {
                    continue;
                }
                let flipped = a > b;
                let sign = if flipped { -1.0 } else { 1.0 };
                add(Contact {
                    colliders: if flipped { [b, a] } else { [a, b] },
                    point: (p1 + p2) * 0.5,
                    normal: normal * sign,
                    force,
                    friction: wide_vector(found.data.warmstart_tangent_world) * (rub * sign),
                    penetration,
                });
            }
        }
    }

    /// Energy of all bodies that move by forces.
    #[must_use]
    pub fn energy(&self) -> Energy {
        let mut energy = Energy {
            drive_work: self.env.drive_work,
            ..Energy::default()
        };
        let gravity = Vector3::from(self.model.gravity());
        for facts in self.model.bodies() {
            if facts.kind != BodyKind::Dynamic {
                continue;
            }
            let body = &self.env.bodies[facts.handle];
            let pose = wide_pose(body.position());
            let (spin, speed) = (wide_vector(body.angvel()), wide_vector(body.linvel()));
            let mass = &facts.mass;
            let own = pose.rotation.inverse() * spin;
            energy.kinetic +=
                0.5 * (mass.mass * speed.norm_squared() + own.dot(&(mass.inertia * own)));
            let center = pose.transform_point(&mass.center.into()).coords;
            energy.potential -= mass.mass * facts.gravity_scale * gravity.dot(&center);
        }
        energy
    }

    /// The env in a few numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            time: self.time(),
            energy: self.energy(),
            fault: self.env.fault,
            ..Summary::default()
        };
        for pair in self.env.narrow.contact_pairs() {
            self.pair(pair, &mut |contact| {
                summary.contacts += usize::from(contact.force > 0.0);
                summary.penetration = summary.penetration.max(contact.penetration);
            });
        }
        for facts in self.model.bodies() {
            if facts.kind == BodyKind::Dynamic {
                let body = &self.env.bodies[facts.handle];
                summary.awake += usize::from(!body.is_sleeping());
                summary.speed = summary.speed.max(f64::from(body.linvel().length()));
            }
        }
        summary
    }
}
