//! What the solver asks about pairs: whether they may touch, whether they can give way, and how
//! fast a belt's surface moves.

use std::collections::BTreeSet;

use nalgebra::{Isometry3, Point3, Vector3};
use rapier3d::geometry::{ColliderHandle, SolverFlags};
use rapier3d::math::Vector;
use rapier3d::pipeline::{ContactModificationContext, PairFilterContext, PhysicsHooks};

use crate::filter::Filter;
use crate::maths::{vector, wide_pose, wide_vector};
use crate::mobility::Mobility;

/// The surface of a collider moves along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Belt {
    /// Velocity of the surface in the frame of the body (the world if there is none) [m/s].
    pub(crate) linear: Vector3<f64>,
    /// Angular velocity of the surface in the same frame [rad/s].
    pub(crate) angular: Vector3<f64>,
    /// Point about which it turns, in the same frame [m].
    pub(crate) origin: Vector3<f64>,
}

impl Belt {
    /// Velocity of the surface at a point, world axes.
    fn at(&self, world_from_body: &Isometry3<f64>, point: Vector) -> Vector3<f64> {
        let point = world_from_body.inverse_transform_point(&Point3::from(wide_vector(point)));
        let own = self.linear + self.angular.cross(&(point.coords - self.origin));
        world_from_body.rotation * own
    }
}

/// Answers to the solver's questions. The number of a collider is its user data.
pub(crate) struct Hooks {
    filter: Filter,
    belts: Vec<Option<Belt>>,
    mobility: Mobility,
    /// Body of each collider, by the collider's number.
    body_of: Vec<Option<usize>>,
    /// Pairs of colliders, by number, that never touch; smaller number first.
    parted: BTreeSet<(usize, usize)>,
}

impl Hooks {
    pub(crate) fn new(
        filter: Filter,
        belts: Vec<Option<Belt>>,
        mobility: Mobility,
        body_of: Vec<Option<usize>>,
    ) -> Self {
        Self {
            filter,
            belts,
            mobility,
            body_of,
            parted: BTreeSet::new(),
        }
    }

    /// Leaves a pair of colliders out of contacts.
    pub(crate) fn part(&mut self, a: usize, b: usize) {
        self.parted.insert((a.min(b), a.max(b)));
    }

    /// Leaves out contacts that the joints of both sides do not let move.
    fn drop_immobile(&self, context: &mut ContactModificationContext<'_>) {
        let bodies = context.bodies;
        let body = |collider| {
            let number = context.colliders.get(collider)?.user_data as usize;
            self.body_of.get(number).copied().flatten()
        };
        let sides = [body(context.collider1), body(context.collider2)];
        let link = |side: Option<usize>| side.is_some_and(|b| self.mobility.is_link(b));
        if !sides.iter().any(|s| link(*s)) {
            return;
        }
        let handles = [context.rigid_body1, context.rigid_body2];
        for (side, handle) in sides.into_iter().zip(handles) {
            let body = handle.and_then(|h| bodies.get(h));
            // A free body gives way in any direction.
            if !link(side) && body.is_some_and(rapier3d::dynamics::RigidBody::is_dynamic) {
                return;
            }
        }
        let Some(manifold) = context.rigid_mut() else {
            return;
        };
        let normal = wide_vector(*manifold.normal);
        manifold.solver_contacts.retain(|contact| {
            let point = wide_vector(contact.anchor1);
            self.mobility.moves(bodies, sides, &point, &normal)
        });
    }

    fn belt(&self, context: &ContactModificationContext<'_>, side: ColliderHandle) -> Option<Belt> {
        let number = context.colliders.get(side)?.user_data as usize;
        self.belts.get(number).copied().flatten()
    }
}

impl PhysicsHooks for Hooks {
    fn filter_contact_pair(&self, context: &PairFilterContext<'_>) -> Option<SolverFlags> {
        let number = |handle| Some(context.colliders.get(handle)?.user_data as usize);
        let class = |n: Option<usize>| self.filter.class_of.get(n?).copied();
        let dynamic = |handle: Option<_>| {
            handle
                .and_then(|h| context.bodies.get(h))
                .is_some_and(rapier3d::dynamics::RigidBody::is_dynamic)
        };
        if !(dynamic(context.rigid_body1) || dynamic(context.rigid_body2)) {
            return None;
        }
        let (a, b) = (number(context.collider1), number(context.collider2));
        if let (Some(a), Some(b)) = (a, b)
            && self.parted.contains(&(a.min(b), a.max(b)))
        {
            return None;
        }
        let touch = match (class(a), class(b)) {
            (Some(a), Some(b)) => self.filter.allowed(a, b),
            _ => true,
        };
        touch.then_some(SolverFlags::COMPUTE_RIGID_IMPULSES)
    }

    fn modify_solver_contacts(&self, context: &mut ContactModificationContext<'_>) {
        self.drop_immobile(context);
        let sides = [
            (context.collider1, context.rigid_body1),
            (context.collider2, context.rigid_body2),
        ];
        let belts = sides.map(|(collider, body)| {
            let belt = self.belt(context, collider)?;
            let pose = body
                .and_then(|b| context.bodies.get(b))
                .map_or_else(Isometry3::identity, |b| wide_pose(b.position()));
            Some((belt, pose))
        });
        let Some(manifold) = context.rigid_mut() else {
            return;
        };
        if belts.iter().all(Option::is_none) {
            return;
        }
        for contact in manifold.solver_contacts.iter_mut() {
            let mut wanted = Vector3::zeros();
            for (belt, sign) in belts.iter().zip([1.0, -1.0]) {
                if let Some((belt, pose)) = belt {
                    wanted += belt.at(pose, contact.anchor1) * sign;
                }
            }
            contact.tangent_velocity = vector(&wanted);
        }
    }
}
