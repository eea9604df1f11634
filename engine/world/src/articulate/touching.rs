//! Shapes that are touched, and pairs of them that may touch.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::articulated::{ContactForm, ContactPair, ContactShape};
use nalgebra::{Isometry3, Translation3, Vector3};

use super::links::exact;
use super::says::{SHAPE_LEFT_OUT, Says, TWO_FRICTIONS};
use super::skeleton::{Placed, Skeleton};
use crate::components::{
    Approximation, ArticulationRoot, Collider, Geometry, InBody, Joint, Parent, Plant, RigidBody,
};
use crate::filter::{ContactFilter, ContactMarks};
use crate::kinematics::world_pose;
use crate::place::path;
use crate::shape::{Shape, TriangleMesh};
use crate::touch::Touch;

/// A collider with what decides about its contacts.
struct Part {
    shape: ContactShape,
    body: Option<Entity>,
    touch: Touch,
    rest_offset: f64,
    /// Class of colliders that are filtered alike.
    class: usize,
}

/// What stands for a shape in contacts, and the shape frame from the form's; else why nothing does.
fn contact_form(
    shape: &Shape,
    approximation: Approximation,
) -> Result<(ContactForm, Isometry3<f64>), &'static str> {
    let identity = Isometry3::identity();
    let sized = |form, sizes: &[f64]| {
        if sizes.iter().all(|s| *s > 0.0 && s.is_finite()) {
            Ok((form, identity))
        } else {
            Err("its size is not positive")
        }
    };
    match *shape {
        Shape::Box { half_extent } => sized(ContactForm::Box { half_extent }, &half_extent),
        Shape::Sphere { radius }
        | Shape::Capsule {
            radius,
            half_height: 0.0,
        } => sized(ContactForm::Sphere { radius }, &[radius]),
        Shape::Capsule {
            radius,
            half_height: half_length,
        } => sized(
            ContactForm::Capsule {
                radius,
                half_length,
            },
            &[radius, half_length],
        ),
        Shape::Cylinder {
            radius,
            half_height,
        } => sized(
            ContactForm::Cylinder {
                radius,
                half_height,
            },
            &[radius, half_height],
        ),
        Shape::Plane { .. } => Ok((ContactForm::Plane, identity)),
        Shape::Cone { .. } => Err("a cone"),
        Shape::Mesh(ref mesh) => mesh_form(mesh, approximation),
    }
}

/// The ball or the box that a mesh asks to be replaced with.
fn mesh_form(
    mesh: &TriangleMesh,
    approximation: Approximation,
) -> Result<(ContactForm, Isometry3<f64>), &'static str> {
    let corners = || {
        let used = mesh.triangles.iter().flatten();
        used.filter_map(|i| mesh.points.get(*i as usize).map(|p| Vector3::from(*p)))
    };
    let Some(first) = corners().next() else {
        return Err("a mesh without triangles");
    };
    let ends = corners().fold((first, first), |(low, high), p| (low.inf(&p), high.sup(&p)));
    let (middle, half) = ((ends.0 + ends.1) * 0.5, (ends.1 - ends.0) * 0.5);
    let form = match approximation {
        Approximation::BoundingSphere => ContactForm::Sphere {
            radius: corners().fold(0.0, |r: f64, p| r.max((p - middle).norm())),
        },
        Approximation::BoundingBox => ContactForm::Box {
            half_extent: half.into(),
        },
        Approximation::Exact => return Err("an exact mesh"),
        Approximation::ConvexHull => return Err("a convex hull"),
        Approximation::ConvexDecomposition => return Err("a convex decomposition"),
        Approximation::Simplified => return Err("a simplified mesh"),
        Approximation::SignedDistance => return Err("a grid of signed distances"),
    };
    if half.max() <= 0.0 || approximation == Approximation::BoundingBox && half.min() <= 0.0 {
        return Err("a mesh that is flat");
    }
    Ok((form, Translation3::from(middle).into()))
}

/// All shapes and the pairs that may touch.
pub(crate) fn touching(
    world: &World,
    plant: &Plant,
    skeleton: &Skeleton,
    prototypes: &BTreeMap<Entity, Entity>,
    says: &mut Says<'_>,
) -> (Vec<ContactShape>, Vec<ContactPair>) {
    let filter = ContactFilter::read(world);
    let mut classes: BTreeMap<ContactMarks, usize> = BTreeMap::new();
    let mut parts = Vec::new();
    for &entity in &plant.entities {
        if prototypes.contains_key(&entity) {
            continue;
        }
        if let Some(mut part) = part(world, skeleton, entity, says) {
            let next = classes.len();
            let marks = filter.marks(world, entity, None);
            part.class = *classes.entry(marks).or_insert(next);
            parts.push(part);
        }
    }
    let apart = Apart::read(world, plant, skeleton, prototypes);
    let mut by_class: Vec<(usize, ContactMarks)> =
        classes.into_iter().map(|(m, k)| (k, m)).collect();
    by_class.sort_by_key(|(k, _)| *k);
    let mut known: BTreeMap<(usize, usize), bool> = BTreeMap::new();
    let mut allowed = |a: usize, b: usize| {
        let test = || filter.allows(&by_class[a].1, &by_class[b].1);
        *known.entry((a.min(b), a.max(b))).or_insert_with(test)
    };
    let mut pairs = Vec::new();
    for (i, a) in parts.iter().enumerate() {
        for (j, b) in parts.iter().enumerate().skip(i + 1) {
            if a.shape.link != b.shape.link
                && may_meet(&a.shape.form, &b.shape.form)
                && allowed(a.class, b.class)
                && !apart.parts(a.body, b.body)
            {
                pairs.push(pair([i, j], [a, b]));
            }
        }
    }
    (parts.into_iter().map(|p| p.shape).collect(), pairs)
}

/// Two half spaces have no points of contact.
fn may_meet(a: &ContactForm, b: &ContactForm) -> bool {
    !(*a == ContactForm::Plane && *b == ContactForm::Plane)
}

fn part(world: &World, skeleton: &Skeleton, entity: Entity, says: &mut Says<'_>) -> Option<Part> {
    let geometry = world.get::<Geometry>(entity)?;
    let collider = world.get::<Collider>(entity).filter(|c| c.enabled)?;
    let body = world.get::<InBody>(entity).map(|b| b.0);
    let world_from_shape = geometry.world_from_shape;
    let (link, link_from_shape): Placed =
        match body.and_then(|b| Some((b, skeleton.places.get(&b)?))) {
            Some((body, (link, link_from_body))) => {
                let body_from_shape = world_pose(world, body).inv_mul(&world_from_shape);
                (*link, link_from_body * body_from_shape)
            }
            None => (None, world_from_shape),
        };
    let (form, shape_from_form) = match contact_form(&geometry.shape, collider.approximation) {
        Ok(made) => made,
        Err(why) => {
            says.tell(&SHAPE_LEFT_OUT, entity, "physics:approximation", why);
            return None;
        }
    };
    let touch = Touch::of(world, entity);
    if let Some([rest, motion]) = touch.two_frictions {
        let detail = format!("{rest} and {motion}");
        says.tell(&TWO_FRICTIONS, entity, "physics:staticFriction", &detail);
    }
    let offset = collider.rest_offset;
    Some(Part {
        shape: ContactShape {
            name: path(world, entity),
            link,
            link_from_shape: exact(&(link_from_shape * shape_from_form)),
            form,
        },
        body,
        touch,
        rest_offset: if offset.is_finite() { offset } else { 0.0 },
        class: 0,
    })
}

/// Values of both surfaces as one.
fn pair(shapes: [usize; 2], [a, b]: [&Part; 2]) -> ContactPair {
    let (a, b, offset) = (&a.touch, &b.touch, a.rest_offset + b.rest_offset);
    let friction = |x, y| a.friction_combine.combined(b.friction_combine, x, y);
    let bounce = a.restitution_combine;
    ContactPair {
        shapes,
        friction: friction(a.friction, b.friction),
        torsional_friction: friction(a.torsional_friction, b.torsional_friction),
        rolling_friction: friction(a.rolling_friction, b.rolling_friction),
        restitution: bounce.combined(b.restitution_combine, a.restitution, b.restitution),
        compliance: a.compliance_with(b),
        rest_offset: offset,
    }
}

/// Bodies that do not touch because of the joints between them.
struct Apart {
    /// Both bodies of a joint, the smaller entity first.
    joined: BTreeSet<[Entity; 2]>,
    /// Number of the group of bodies that are connected, and whether its members may touch.
    groups: BTreeMap<Entity, usize>,
    silent: BTreeSet<usize>,
}

impl Apart {
    fn read(
        world: &World,
        plant: &Plant,
        skeleton: &Skeleton,
        prototypes: &BTreeMap<Entity, Entity>,
    ) -> Self {
        let owner = |prim: Option<Entity>| {
            let body = world.get::<InBody>(prim?)?.0;
            world.get::<RigidBody>(body).map(|_| body)
        };
        let mut joined = BTreeSet::new();
        let groups = skeleton.groups(world);
        let mut roots: BTreeMap<usize, (u8, bool)> = BTreeMap::new();
        let mut note = |group: Option<&usize>, rank: u8, root: Option<ArticulationRoot>| {
            if let (Some(group), Some(root)) = (group, root) {
                let known = roots.entry(*group).or_insert((rank, root.self_collision));
                if rank < known.0 {
                    *known = (rank, root.self_collision);
                }
            }
        };
        for &entity in plant
            .entities
            .iter()
            .filter(|e| !prototypes.contains_key(e))
        {
            if world.get::<RigidBody>(entity).is_some() {
                let own = world.get::<ArticulationRoot>(entity).copied();
                note(groups.get(&entity), 0, own);
                note(groups.get(&entity), 1, root_above(world, entity));
            }
            let Some(joint) = world.get::<Joint>(entity) else {
                continue;
            };
            let sides = [owner(joint.body0), owner(joint.body1)];
            if let ([Some(a), Some(b)], false) = (sides, joint.bodies_touch) {
                joined.insert([a.min(b), a.max(b)]);
            }
            for body in sides.into_iter().flatten().filter(|_| !joint.excluded) {
                note(groups.get(&body), 2, root_above(world, entity));
            }
        }
        let silent = roots.iter().filter(|(_, (_, touch))| !touch);
        Self {
            silent: silent.map(|(group, _)| *group).collect(),
            joined,
            groups,
        }
    }

    fn parts(&self, a: Option<Entity>, b: Option<Entity>) -> bool {
        let (Some(a), Some(b)) = (a, b) else {
            return false;
        };
        let group = self.groups.get(&a);
        let together = group.is_some() && group == self.groups.get(&b);
        self.joined.contains(&[a.min(b), a.max(b)])
            || together && group.is_some_and(|g| self.silent.contains(g))
    }
}

/// The articulation root that a prim is, or stands below.
fn root_above(world: &World, entity: Entity) -> Option<ArticulationRoot> {
    let mut prim = Some(entity);
    while let Some(at) = prim {
        if let Some(root) = world.get::<ArticulationRoot>(at) {
            return Some(*root);
        }
        prim = world.get::<Parent>(at).map(|p| p.0);
    }
    None
}
