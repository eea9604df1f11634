//! Rigid bodies, what they weigh, articulations.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use halle_world::Severity;
use halle_world::components::{ArticulationRoot, AuthoredMass, Joint, RigidBody, SurfaceVelocity};
use nalgebra::Isometry3;

use crate::author::Author;
use crate::plan::{Node, Role};
use crate::value::{array, float, quatf, tidy, triple, truth};

/// What a body without mass weighs in the file \[kg\]: readers give a kilogram, or what its colliders
/// weigh, to one that says nothing.
const LEAST_MASS: f64 = 1e-6;
/// Radius of gyration of a body without mass \[m\]: that of a link, so that its turning is not
/// stiffer than its sliding.
const LINK_RADIUS: f64 = 0.03;
/// Radius of gyration of a body that has mass and no inertia \[m\].
const POINT_RADIUS: f64 = 1e-3;

/// Least moment of inertia of a body, relative to its largest.
const SLIM: f64 = 1e-9;

impl Author<'_> {
    /// What makes the prim a body and what it weighs.
    pub(crate) fn body(&mut self, node: &Node, entity: Entity) {
        let world = self.world;
        if let Some(body) = world.get::<RigidBody>(entity) {
            self.rigid_body(node, body);
        }
        if let Some(mass) = world.get::<AuthoredMass>(entity) {
            self.mass(node, entity, mass);
        }
        if let Some(belt) = world.get::<SurfaceVelocity>(entity) {
            let prim = self.layer.at(&node.path).api("PhysxSurfaceVelocityAPI");
            prim.set(
                "physxSurfaceVelocity:surfaceVelocity",
                triple("vector3f", array(&belt.linear)),
            );
            let turning = belt.angular.map(f64::to_degrees);
            prim.set(
                "physxSurfaceVelocity:surfaceAngularVelocity",
                triple("vector3f", array(&turning)),
            );
            prim.set("physxSurfaceVelocity:surfaceVelocityEnabled", truth(true));
            prim.set(
                "physxSurfaceVelocity:surfaceVelocityLocalSpace",
                truth(true),
            );
        }
    }

    fn rigid_body(&mut self, node: &Node, body: &RigidBody) {
        // UsdPhysics and its readers measure a body's velocity along its own axes.
        let own = node.world.rotation.inverse();
        let (linear, angular) = (own * body.linear_velocity, own * body.angular_velocity);
        let prim = self.layer.at(&node.path).api("PhysicsRigidBodyAPI");
        if body.kinematic {
            prim.set("physics:kinematicEnabled", truth(true));
        }
        if body.starts_asleep {
            prim.uniform("physics:startsAsleep", truth(true));
        }
        if linear.amax() != 0.0 {
            prim.set("physics:velocity", triple("vector3f", array(&linear)));
        }
        if angular.amax() != 0.0 {
            let turning = angular.map(f64::to_degrees);
            prim.set(
                "physics:angularVelocity",
                triple("vector3f", array(&turning)),
            );
        }
        let plain = RigidBody {
            kinematic: body.kinematic,
            starts_asleep: body.starts_asleep,
            linear_velocity: body.linear_velocity,
            angular_velocity: body.angular_velocity,
            ..RigidBody::default()
        };
        if *body == plain {
            return;
        }
        // The schema's own fallbacks are not zero: with the API applied, everything is said.
        prim.api("PhysxRigidBodyAPI");
        prim.set("physxRigidBody:linearDamping", float(body.linear_damping));
        prim.set("physxRigidBody:angularDamping", float(body.angular_damping));
        prim.set(
            "physxRigidBody:disableGravity",
            truth(body.gravity_scale == 0.0),
        );
        if let Some(speed) = body.max_linear_speed {
            prim.set("physxRigidBody:maxLinearVelocity", float(speed));
        }
        if let Some(speed) = body.max_angular_speed {
            prim.set(
                "physxRigidBody:maxAngularVelocity",
                float(speed.to_degrees()),
            );
        }
        if body.gravity_scale != 0.0 && body.gravity_scale != 1.0 {
            let message = format!(
                "{} of gravity acts on the body: all of it is written",
                body.gravity_scale
            );
            let help = "switch gravity off for the body, or leave it on";
            self.find(
                node,
                Severity::Warning,
                "AU0303",
                "physxRigidBody:disableGravity",
                message,
                help,
            );
        }
    }

    /// Writes mass on the prim that it belongs to: the body, else the collider.
    fn mass(&mut self, node: &Node, entity: Entity, mass: &AuthoredMass) {
        let on_shape = self.world.get::<RigidBody>(entity).is_none() && node.is_apart(Role::Shape);
        let prim_from_here = self.shape_frame(node, entity).filter(|_| on_shape);
        let here_from_prim = prim_from_here.map_or_else(Isometry3::identity, |f| f.inverse());
        let path = if on_shape {
            node.path_of(Role::Shape)
        } else {
            &node.path
        };
        let is_body = self.world.get::<RigidBody>(entity).is_some();
        let prim = self.layer.at(path).api("PhysicsMassAPI");
        let mut said = None;
        let mut least = |what: String| said = said.take().or(Some(what));
        match mass.mass {
            Some(v) if v > 0.0 => drop(prim.set("physics:mass", float(v))),
            Some(v) if is_body => {
                prim.set("physics:mass", float(LEAST_MASS));
                least(format!("a mass of {v} is written as {LEAST_MASS:e} kg"));
            }
            Some(v) => least(format!(
                "a mass of {v} is left out, and computed by readers"
            )),
            None => {}
        }
        match mass.density {
            Some(v) if v > 0.0 => drop(prim.set("physics:density", float(v))),
            Some(v) => least(format!("a density of {v} is left out")),
            None => {}
        }
        if let Some(center) = mass.center_of_mass {
            let here = here_from_prim
                .transform_point(&center.into())
                .coords
                .map(tidy);
            prim.set("physics:centerOfMass", triple("point3f", array(&here)));
        }
        if let Some(mut moments) = mass.diagonal_inertia {
            if moments == nalgebra::Vector3::zeros() {
                let radius = match mass.mass {
                    Some(m) if m > 0.0 => m * POINT_RADIUS * POINT_RADIUS,
                    _ => LEAST_MASS * LINK_RADIUS * LINK_RADIUS,
                };
                moments = nalgebra::Vector3::repeat(radius);
                least(format!(
                    "an inertia of zero is written as {radius:e} kg m^2"
                ));
            }
            let slim = moments.amax() * SLIM;
            if moments.min() < slim {
                // The validators of usd-core ask for three moments above zero.
                moments = moments.map(|m| m.max(slim));
                least(format!(
                    "moments of inertia below {slim:e} kg m^2 are written as that"
                ));
            }
            prim.set("physics:diagonalInertia", triple("float3", array(&moments)));
            let axes = here_from_prim.rotation * mass.principal_axes;
            prim.set("physics:principalAxes", quatf(&axes));
        }
        if let Some(what) = said {
            let message = format!("UsdPhysics means `compute it` by zero: {what}");
            let help = "author values above 0";
            let property = "physics:mass";
            self.find(node, Severity::Warning, "AU0313", property, message, help);
        }
    }

    /// Writes articulation roots where usd-core finds the right root: on the prim that the world
    /// names if the robot is fixed to the world or that prim is the first body; on the first body
    /// otherwise, for usd-core takes the middle of the chain there.
    pub(crate) fn articulations(&mut self) {
        let plan = self.plan;
        let free = self.free_bodies();
        let filled = self.filled();
        for (index, node) in plan.nodes.iter().enumerate() {
            let Some((entity, root)) = node
                .entity
                .and_then(|e| Some((e, *self.world.get::<ArticulationRoot>(e)?)))
            else {
                continue;
            };
            let itself = self.world.get::<RigidBody>(entity).is_some()
                || self.world.get::<Joint>(entity).is_some();
            if !itself && !filled.contains(&index) {
                let message = "articulation holds no body: its root is left out".to_owned();
                let help = "give a link mass, or remove the root";
                self.find(node, Severity::Note, "AU0307", "apiSchemas", message, help);
                continue;
            }
            let first = free.get(&index).filter(|_| !itself);
            let path = first.map_or(&node.path, |&body| &plan.nodes[body].path);
            if *path != node.path {
                let message =
                    format!("articulation has no fixed base: its root is written on `{path}`");
                let help = "apply `PhysicsArticulationRootAPI` to the first body";
                self.find(node, Severity::Note, "AU0307", "apiSchemas", message, help);
            }
            if self
                .world
                .get::<RigidBody>(entity)
                .is_some_and(|b| b.kinematic)
            {
                let message =
                    "articulation root is a kinematic body, which usd-core refuses".to_owned();
                let help = "put the root above the body, or on the joint that fixes it";
                let property = "physics:kinematicEnabled";
                self.find(node, Severity::Warning, "AU0312", property, message, help);
            }
            let path = match self.world.get::<Joint>(entity) {
                Some(_) => node.path_of(Role::Joint),
                None => path,
            };
            let prim = self.layer.at(path);
            prim.api("PhysicsArticulationRootAPI")
                .api("NewtonArticulationRootAPI");
            prim.set("newton:selfCollisionEnabled", truth(root.self_collision));
        }
    }

    /// Prims (by index) that hold a body somewhere below. usd-core calls an articulation without one
    /// invalid.
    fn filled(&self) -> BTreeSet<usize> {
        let nodes = &self.plan.nodes;
        let is_body = |e: Entity| self.world.get::<RigidBody>(e).is_some();
        let mut filled = BTreeSet::new();
        // Children come after their parents.
        for (index, node) in nodes.iter().enumerate().rev() {
            if (filled.contains(&index) || node.entity.is_some_and(is_body))
                && let Some(parent) = node.parent
            {
                filled.insert(parent);
            }
        }
        filled
    }

    /// By articulation (index of its prim): the one body that hangs on no other, if the
    /// articulation is not fixed to anything.
    fn free_bodies(&self) -> BTreeMap<usize, usize> {
        let (world, nodes) = (self.world, &self.plan.nodes);
        // Nearest articulation at or above each prim; parents come before their children.
        let mut above: Vec<Option<usize>> = Vec::with_capacity(nodes.len());
        let mut bodies: BTreeMap<Entity, (usize, usize)> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            let is_root = node
                .entity
                .is_some_and(|e| world.get::<ArticulationRoot>(e).is_some());
            let inherited = node.parent.and_then(|p| above[p]);
            let root = if is_root { Some(index) } else { inherited };
            above.push(root);
            let body = node.entity.filter(|e| world.get::<RigidBody>(*e).is_some());
            if let (Some(entity), Some(root)) = (body, root) {
                bodies.insert(entity, (index, root));
            }
        }
        let mut hanging = BTreeSet::new();
        let mut fixed = BTreeSet::new();
        let joints = nodes.iter().filter_map(|n| world.get::<Joint>(n.entity?));
        for joint in joints.filter(|j| !j.excluded) {
            let side = |entity: Option<Entity>| entity.and_then(|e| bodies.get(&e));
            match (side(joint.body0), side(joint.body1)) {
                (Some((_, a)), Some((child, b))) if a == b => drop(hanging.insert(*child)),
                // The other side is the world, or not of this articulation: that is its base.
                (a, b) => fixed.extend(a.into_iter().chain(b).map(|(_, root)| *root)),
            }
        }
        let mut free: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, root) in bodies.into_values() {
            if !hanging.contains(&index) && !fixed.contains(&root) {
                free.entry(root).or_default().push(index);
            }
        }
        let single = |(root, found): (usize, Vec<usize>)| match found.as_slice() {
            [body] => Some((root, *body)),
            _ => None,
        };
        free.into_iter().filter_map(single).collect()
    }
}
