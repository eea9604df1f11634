//! The making of a plan: the tree of prims first, then type and frame of each.

use std::collections::BTreeSet;

use bevy_ecs::entity::Entity;
use halle_world::components::{
    Actuator, ArticulationRoot, AuthoredMass, Camera, CollisionGroup, FilteredPairs, Geometry,
    Joint, Light, Plant, RigidBody, Scatter, Sensor, Spot, SurfaceVelocity, Tool, WorldPose,
};
use halle_world::{Shape, World};
use nalgebra::{Isometry3, Vector3};

use crate::error::AuthorError;
use crate::plan::{Node, Plan, Role, Standing};
use crate::tree::lay_out;

impl Plan {
    /// Plans a prim for every entity of the plant.
    pub(crate) fn new(world: &World) -> Result<Self, AuthorError> {
        let mut plan = Self::default();
        let none = Vec::new();
        let entities = world.get_resource::<Plant>().map_or(&none, |p| &p.entities);
        lay_out(&mut plan, world, entities);
        if plan.nodes.is_empty() {
            plan.push(None, "World".to_owned(), "", None);
        }
        let sides = joint_sides(world, entities);
        plan.mark_prototypes(world);
        let framed_children = plan.framed_children(world);
        plan.root = plan.choose_root(world);
        for index in 0..plan.nodes.len() {
            plan.place(world, index, &sides, &framed_children)?;
        }
        Ok(plan)
    }

    /// The first root prim that holds something, else the first.
    fn choose_root(&self, world: &World) -> usize {
        let parents: BTreeSet<usize> = self.nodes.iter().filter_map(|n| n.parent).collect();
        let holds = |(index, node): (usize, &Node)| {
            node.parent.is_none()
                && (parents.contains(&index) || node.entity.is_some_and(|e| !is_plain(world, e)))
        };
        self.nodes.iter().enumerate().position(holds).unwrap_or(0)
    }

    fn mark_prototypes(&mut self, world: &World) {
        let scatters = self
            .nodes
            .iter()
            .filter_map(|n| world.get::<Scatter>(n.entity?));
        let roots: BTreeSet<Entity> = scatters
            .flat_map(|s| s.prototypes.iter().copied())
            .collect();
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let inside = node.parent.is_some_and(|p| self.nodes[p].prototype);
            let root = node.entity.is_some_and(|e| roots.contains(&e));
            self.nodes[index].prototype = inside || root;
        }
    }

    /// Prims that have a child with a frame of its own.
    fn framed_children(&self, world: &World) -> BTreeSet<usize> {
        let framed = |node: &&Node| {
            node.entity.is_none_or(|e| {
                let roles = roles(world, e);
                roles.is_empty() || roles.iter().any(|r| r.has_frame()) || needs_frame(world, e)
            })
        };
        self.nodes
            .iter()
            .filter(framed)
            .filter_map(|n| n.parent)
            .collect()
    }

    /// Decides type, frame and child prims of a node whose parents are decided.
    fn place(
        &mut self,
        world: &World,
        index: usize,
        sides: &BTreeSet<Entity>,
        framed_children: &BTreeSet<usize>,
    ) -> Result<(), AuthorError> {
        let parent = self.nodes[index].parent;
        let above = parent.map_or_else(Isometry3::identity, |p| self.nodes[p].world);
        let Some(entity) = self.nodes[index].entity else {
            self.nodes[index].world = above;
            return Ok(());
        };
        let roles = roles(world, entity);
        let framed = needs_frame(world, entity);
        let single = match roles.as_slice() {
            [Role::Shape] => self.shape_fits(world, entity, index, sides, framed_children),
            [role] => role.has_frame() || !framed,
            _ => false,
        };
        let own = roles.first().copied().filter(|_| single);
        let standing_alone = own.map_or(
            roles.is_empty() || framed || roles.iter().any(|r| r.has_frame()),
            Role::has_frame,
        );
        let pose = world.get::<WorldPose>(entity).map(|p| p.0);
        let frame = pose.filter(|_| standing_alone).unwrap_or(above);
        finite(&self.nodes[index].path, "world pose", &frame)?;
        if !single {
            for role in roles {
                let base = self.nodes[index].path.clone();
                let path = self.reserve(&base, role.child_name());
                self.nodes[index].apart.push((role, path));
            }
        }
        let nested = world.get::<RigidBody>(entity).is_some() && self.body_above(world, parent);
        let node = &mut self.nodes[index];
        (node.own, node.framed, node.world) = (own, standing_alone, frame);
        node.nested_body = nested;
        Ok(())
    }

    fn body_above(&self, world: &World, mut at: Option<usize>) -> bool {
        while let Some(index) = at {
            let node = &self.nodes[index];
            if node
                .entity
                .is_some_and(|e| world.get::<RigidBody>(e).is_some())
            {
                return true;
            }
            at = node.parent;
        }
        false
    }

    /// Whether a shape can be its entity's prim; notes axis and scale if so.
    fn shape_fits(
        &mut self,
        world: &World,
        entity: Entity,
        index: usize,
        sides: &BTreeSet<Entity>,
        framed_children: &BTreeSet<usize>,
    ) -> bool {
        let (Some(geometry), Some(pose)) = (
            world.get::<Geometry>(entity),
            world.get::<WorldPose>(entity),
        ) else {
            return false;
        };
        // Shapes inside shapes are no good USD.
        if framed_children.contains(&index) {
            return false;
        }
        let Some(standing) = standing(&geometry.shape, &pose.0.inv_mul(&geometry.world_from_shape))
        else {
            return false;
        };
        if let Shape::Box {
            half_extent: [a, b, c],
        } = geometry.shape
            && (a != b || b != c)
        {
            // A scaled prim would scale every length that is measured in its frame.
            let measured = world.get::<RigidBody>(entity).is_some()
                || world
                    .get::<AuthoredMass>(entity)
                    .is_some_and(|m| m.center_of_mass.is_some())
                || needs_frame(world, entity)
                || sides.contains(&entity);
            if measured {
                return false;
            }
            self.nodes[index].scale = Some([2.0 * a, 2.0 * b, 2.0 * c]);
        }
        self.nodes[index].standing = standing;
        true
    }
}

/// Refuses a frame with a coordinate that is not a finite number.
pub(crate) fn finite(
    prim: &str,
    property: &'static str,
    frame: &Isometry3<f64>,
) -> Result<(), AuthorError> {
    let numbers = frame
        .translation
        .vector
        .iter()
        .chain(frame.rotation.coords.iter());
    if numbers.into_iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    Err(AuthorError::NotFinite {
        prim: prim.to_owned(),
        property,
    })
}

fn joint_sides(world: &World, entities: &[Entity]) -> BTreeSet<Entity> {
    let joints = entities.iter().filter_map(|e| world.get::<Joint>(*e));
    joints.flat_map(|j| [j.body0, j.body1]).flatten().collect()
}

/// Things of an entity that need a prim type.
fn roles(world: &World, entity: Entity) -> Vec<Role> {
    let found = [
        (Role::Joint, world.get::<Joint>(entity).is_some()),
        (Role::Group, world.get::<CollisionGroup>(entity).is_some()),
        (Role::Scatter, world.get::<Scatter>(entity).is_some()),
        (Role::Camera, world.get::<Camera>(entity).is_some()),
        (Role::Light, world.get::<Light>(entity).is_some()),
        (Role::Actuator, world.get::<Actuator>(entity).is_some()),
        (Role::Shape, world.get::<Geometry>(entity).is_some()),
    ];
    found.into_iter().filter(|f| f.1).map(|f| f.0).collect()
}

/// Whether an entity is something beside its roles that stands somewhere.
fn needs_frame(world: &World, entity: Entity) -> bool {
    world.get::<RigidBody>(entity).is_some()
        || world.get::<Tool>(entity).is_some()
        || world.get::<Spot>(entity).is_some()
        || world.get::<SurfaceVelocity>(entity).is_some()
}

/// Whether an entity is nothing at all but a place.
pub(crate) fn is_plain(world: &World, entity: Entity) -> bool {
    roles(world, entity).is_empty()
        && !needs_frame(world, entity)
        && world.get::<ArticulationRoot>(entity).is_none()
        && world.get::<AuthoredMass>(entity).is_none()
        && world.get::<FilteredPairs>(entity).is_none()
        && world.get::<Sensor>(entity).is_none()
}

/// The axis of the prim along which a shape stands; `None` if it does not stand along one, or not
/// on the prim's origin.
fn standing(shape: &Shape, prim_from_shape: &Isometry3<f64>) -> Option<Standing> {
    const NEAR: f64 = 1e-12;
    if prim_from_shape.translation.vector.amax() > NEAR {
        return None;
    }
    if matches!(shape, Shape::Sphere { .. }) {
        return Some(Standing::Z);
    }
    let turn = prim_from_shape.rotation;
    if turn.angle() < NEAR {
        return Some(Standing::Z);
    }
    let up = turn * Vector3::z();
    let along = |axis: Vector3<f64>| {
        let lean = (up - axis).amax();
        let against = (up + axis).amax();
        match shape {
            Shape::Capsule { .. } | Shape::Cylinder { .. } => lean.min(against) < NEAR,
            Shape::Cone { .. } => lean < NEAR,
            _ => false,
        }
    };
    // A plane's sides lie along fixed axes of the prim: x and y, or z in place of the normal's.
    let flat = |normal: Vector3<f64>, width: Vector3<f64>| {
        matches!(shape, Shape::Plane { .. })
            && (up - normal).amax() < NEAR
            && (turn * Vector3::x()).dot(&width).abs() > 1.0 - NEAR
    };
    let (x, y, z) = (Vector3::x(), Vector3::y(), Vector3::z());
    if along(z) || flat(z, x) {
        Some(Standing::Z)
    } else if along(x) || flat(x, z) {
        Some(Standing::X)
    } else if along(y) || flat(y, x) {
        Some(Standing::Y)
    } else {
        None
    }
}
