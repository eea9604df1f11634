//! The solver's sets at the start.

use std::collections::{BTreeMap, BTreeSet};

use halle_world::components::{Actuator, Plant};
use halle_world::{Entity, World};
use nalgebra::Vector3;
use rapier3d::dynamics::{
    GenericJoint, ImpulseJointSet, JointAxesMask, MassProperties, MultibodyJointSet,
    RigidBodyBuilder, RigidBodyHandle, RigidBodySet,
};
use rapier3d::geometry::{ColliderBuilder, ColliderHandle, ColliderSet};
use rapier3d::pipeline::ActiveHooks;

use crate::articulations::{Tree, trees};
use crate::drives::passive_twins;
use crate::facts::{BodyFacts, BodyKind, ColliderFacts, Held, JointFacts, Servo, Template, unit};
use crate::filter::Filter;
use crate::hooks::Belt;
use crate::joints::ready;
use crate::masses::masses;
use crate::maths::{matrix, pose, real, vector};
use crate::mimics;
use crate::mobility::Mobility;
use crate::options::WideOptions;
use crate::parts::Parts;
use crate::ready::ReadyJoint;
use crate::reduced;
use crate::says;
use crate::shapes::Shapes;
use crate::surfaces::{belt, idle_belts, material, rule};
use crate::tell::Tell;

/// Everything that the model is put together from.
pub(crate) struct Built {
    pub(crate) template: Template,
    pub(crate) bodies: Vec<BodyFacts>,
    pub(crate) colliders: Vec<ColliderFacts>,
    pub(crate) collider_handles: Vec<ColliderHandle>,
    pub(crate) joints: Vec<JointFacts>,
    pub(crate) servos: Vec<Servo>,
    pub(crate) belts: Vec<Option<Belt>>,
    pub(crate) filter: Filter,
    pub(crate) mobility: Mobility,
    /// Body of each collider, shapeless ones included.
    pub(crate) body_of: Vec<Option<usize>>,
    pub(crate) bounds: [[f64; 3]; 2],
    /// Shapes, colliders, belts, articulations.
    pub(crate) sizes: [usize; 4],
}

/// Body at rest sleeps below this speed [m/s]: slower than any belt or drive of a plant.
const SLEEP_SPEED: f64 = 0.005;

/// Builds the sets.
pub(crate) fn build(world: &World, plant: &Plant, options: &WideOptions, tell: &mut Tell) -> Built {
    let parts = Parts::read(world, plant, tell);
    let actuators = actuators(world, plant, &parts, tell);
    let joints: Vec<ReadyJoint> = (0..parts.joints.len())
        .filter_map(|j| {
            let actuator = actuators.get(&parts.joints[j].entity);
            ready(world, &parts, j, actuator, tell)
        })
        .collect();
    let anchored = anchored(&parts, &joints);
    let trees = trees(world, plant, &parts, &joints, &anchored);
    let mut maker = Maker {
        template: Template {
            bodies: RigidBodySet::new(),
            colliders: ColliderSet::new(),
            impulse: ImpulseJointSet::new(),
            reduced: MultibodyJointSet::new(),
        },
        ground: RigidBodyHandle::invalid(),
        bodies: Vec::new(),
        options: *options,
    };
    maker.bodies(world, &parts, &joints, &anchored, tell);
    let filter = Filter::read(world, &parts);
    let mut shapes = Shapes::default();
    let handles: Vec<_> = maker.bodies.iter().map(|b| b.handle).collect();
    let mobility = Mobility::new(&trees, &joints, &handles);
    let surfaces = maker.colliders(world, &parts, &filter, &mobility, &mut shapes, tell);
    let links = trees
        .iter()
        .flat_map(|t| &t.edges)
        .map(|(j, _)| *j)
        .collect();
    let held = maker.joints(&parts, joints, &trees, &links, &anchored, tell);
    let mut facts = held;
    let servos = mimics::add(world, &mut maker.template, &mut facts, tell);
    let bounds = bounds(&maker.template);
    for body in &mut maker.bodies {
        let handle = body.handle;
        body.link = maker.template.reduced.rigid_body_link(handle).is_some();
        body.free = body.kind == BodyKind::Dynamic
            && !body.link
            && maker
                .template
                .impulse
                .attached_joints(handle)
                .next()
                .is_none();
    }
    let belts = surfaces.belts.iter().filter(|b| b.is_some()).count();
    Built {
        template: maker.template,
        bodies: maker.bodies,
        sizes: [shapes.count(), surfaces.facts.len(), belts, trees.len()],
        colliders: surfaces.facts,
        collider_handles: surfaces.handles,
        belts: surfaces.belts,
        joints: facts,
        servos,
        mobility,
        body_of: parts.colliders.iter().map(|c| c.body).collect(),
        filter,
        bounds,
    }
}

/// The actuator of each joint; the first one where there are several.
fn actuators(
    world: &World,
    plant: &Plant,
    parts: &Parts,
    tell: &mut Tell,
) -> BTreeMap<Entity, Actuator> {
    let known: BTreeSet<Entity> = parts.joints.iter().map(|j| j.entity).collect();
    let mut found = BTreeMap::new();
    for &entity in &plant.entities {
        let Some(actuator) = world.get::<Actuator>(entity) else {
            continue;
        };
        if known.contains(&actuator.joint) {
            found
                .entry(actuator.joint)
                .or_insert_with(|| actuator.clone());
        } else {
            tell.add(says::ACTUATOR_NOTHING, entity, "");
        }
    }
    found
}

/// Bodies that fixed joints hold to the world, directly or through each other.
fn anchored(parts: &Parts, joints: &[ReadyJoint]) -> Vec<bool> {
    let mut anchored = vec![false; parts.bodies.len()];
    loop {
        let mut changed = false;
        for joint in joints.iter().filter(|j| j.fixed && j.breaks.is_none()) {
            let still = joint.bodies.map(|b| b.is_none_or(|b| anchored[b]));
            for side in [0, 1] {
                if let (true, Some(body)) = (still[1 - side], joint.bodies[side])
                    && !anchored[body]
                    && !parts.bodies[body].authored.kinematic
                {
                    anchored[body] = true;
                    changed = true;
                }
            }
        }
        if !changed {
            return anchored;
        }
    }
}

struct Surfaces {
    facts: Vec<ColliderFacts>,
    handles: Vec<ColliderHandle>,
    belts: Vec<Option<Belt>>,
}

struct Maker {
    template: Template,
    /// A body that stands for the world where a joint needs one.
    ground: RigidBodyHandle,
    bodies: Vec<BodyFacts>,
    options: WideOptions,
}

impl Maker {
    fn bodies(
        &mut self,
        world: &World,
        parts: &Parts,
        joints: &[ReadyJoint],
        anchored: &[bool],
        tell: &mut Tell,
    ) {
        let masses = masses(world, parts, tell);
        let driven: BTreeSet<usize> = joints
            .iter()
            .filter(|j| j.driven)
            .flat_map(|j| j.bodies.into_iter().flatten())
            .collect();
        for (index, part) in parts.bodies.iter().enumerate() {
            let it = &part.authored;
            let kind = if it.kinematic {
                BodyKind::Kinematic
            } else if anchored[index] {
                BodyKind::Fixed
            } else {
                BodyKind::Dynamic
            };
            let finite = |v: &Vector3<f64>| v.map(|v| if v.is_finite() { v } else { 0.0 });
            let (linear, angular) = (finite(&it.linear_velocity), finite(&it.angular_velocity));
            if kind == BodyKind::Kinematic && (linear.norm() > 0.0 || angular.norm() > 0.0) {
                tell.add(says::KINEMATIC_VELOCITY, part.entity, "");
            }
            let mass = masses[index];
            let builder = match kind {
                BodyKind::Dynamic => RigidBodyBuilder::dynamic()
                    .linvel(vector(&linear))
                    .angvel(vector(&angular))
                    .sleeping(it.starts_asleep && self.options.sleeping),
                BodyKind::Kinematic => RigidBodyBuilder::kinematic_position_based(),
                BodyKind::Fixed => RigidBodyBuilder::fixed(),
            };
            let damping = |v: f64| if v.is_finite() { real(v.max(0.0)) } else { 0.0 };
            // Written for the origin of the prim, kept for the centre of mass.
            let arm = part.world_from_body.rotation * mass.center;
            let linear = linear + angular.cross(&arm);
            let builder = if kind == BodyKind::Dynamic {
                builder.linvel(vector(&linear))
            } else {
                builder
            };
            let mut body = builder
                .pose(pose(&part.world_from_body))
                .additional_mass_properties(MassProperties::with_inertia_matrix(
                    vector(&mass.center),
                    real(mass.mass),
                    matrix(&mass.inertia),
                ))
                .gravity_scale(real(it.gravity_scale))
                .linear_damping(damping(it.linear_damping))
                .angular_damping(damping(it.angular_damping))
                .can_sleep(self.options.sleeping && !driven.contains(&index))
                .user_data(index as u128)
                .build();
            if self.options.sleeping && !driven.contains(&index) {
                body.activation_mut().normalized_linear_threshold = real(SLEEP_SPEED);
            }
            self.bodies.push(BodyFacts {
                path: part.path.clone(),
                kind,
                mass,
                gravity_scale: it.gravity_scale,
                link: false,
                free: false,
                handle: self.template.bodies.insert(body),
                speed_limits: [it.max_linear_speed, it.max_angular_speed]
                    .map(|l| l.filter(|v| v.is_finite() && *v > 0.0)),
            });
        }
        self.ground = self.template.bodies.insert(RigidBodyBuilder::fixed());
    }

    fn colliders(
        &mut self,
        world: &World,
        parts: &Parts,
        filter: &Filter,
        mobility: &Mobility,
        shapes: &mut Shapes,
        tell: &mut Tell,
    ) -> Surfaces {
        let mut made = Surfaces {
            facts: Vec::new(),
            handles: Vec::new(),
            belts: vec![None; parts.colliders.len()],
        };
        let mut carried = BTreeSet::new();
        for (index, part) in parts.colliders.iter().enumerate() {
            let moves = part
                .body
                .is_some_and(|b| self.bodies[b].kind == BodyKind::Dynamic);
            let approximation = part.collider.approximation;
            let Some(shape) = shapes.make(part.entity, &part.shape, approximation, moves, tell)
            else {
                continue;
            };
            let world_from_made = part.world_from_shape * shape.authored_from_made;
            let material = material(world, part.entity, tell);
            let mut hooks = ActiveHooks::empty();
            if filter.asks_about(index) {
                hooks |= ActiveHooks::FILTER_CONTACT_PAIRS;
            }
            if let Some((carrier, belt)) = belt(world, parts, index) {
                hooks |= ActiveHooks::MODIFY_SOLVER_CONTACTS;
                made.belts[index] = Some(belt);
                carried.insert(carrier);
            }
            if part.body.is_some_and(|b| mobility.is_link(b)) {
                hooks |= ActiveHooks::MODIFY_SOLVER_CONTACTS;
            }
            if part.collider.rest_offset < 0.0 {
                tell.add(says::REST_OFFSET, part.entity, "");
            }
            if part.collider.contact_offset.is_some() {
                tell.add(says::CONTACT_OFFSET, part.entity, "");
            }
            let skin = part.collider.rest_offset;
            let builder = ColliderBuilder::new(shape.shape)
                .density(0.0)
                .friction(real(material.0))
                .friction_combine_rule(rule(material.2))
                .restitution(real(material.1))
                .restitution_combine_rule(rule(material.3))
                .collision_groups(filter.groups(index))
                .active_hooks(hooks)
                .contact_skin(if skin.is_finite() {
                    real(skin.max(0.0))
                } else {
                    0.0
                })
                .user_data(index as u128);
            let handle = match part.body {
                Some(body) => {
                    let body_from = parts.bodies[body].world_from_body.inv_mul(&world_from_made);
                    let set = &mut self.template.bodies;
                    let handle = self.bodies[body].handle;
                    let collider = builder.position(pose(&body_from));
                    self.template
                        .colliders
                        .insert_with_parent(collider, handle, set)
                }
                None => {
                    let collider = builder.position(pose(&world_from_made));
                    self.template.colliders.insert(collider)
                }
            };
            made.handles.push(handle);
            made.facts.push(ColliderFacts {
                path: part.path.clone(),
                body: part.body,
                entity: part.entity,
                handle,
            });
        }
        idle_belts(world, &carried, tell);
        made
    }

    fn joints(
        &mut self,
        parts: &Parts,
        joints: Vec<ReadyJoint>,
        trees: &[Tree],
        links: &BTreeSet<usize>,
        anchored: &[bool],
        tell: &mut Tell,
    ) -> Vec<JointFacts> {
        let mut held: Vec<Option<Held>> = vec![None; joints.len()];
        for tree in trees {
            reduced::add(self, tree, &joints, &mut held);
        }
        let in_tree: BTreeSet<usize> = links
            .iter()
            .flat_map(|j| joints[*j].bodies.into_iter().flatten())
            .collect();
        let mut facts = Vec::new();
        for (index, joint) in joints.into_iter().enumerate() {
            let still = |b: Option<usize>| {
                b.is_none_or(|b| anchored[b] || parts.bodies[b].authored.kinematic)
            };
            let held = match held[index].take() {
                Some(held) => held,
                // Both of its sides stand for good.
                None if joint.bodies.iter().all(|b| still(*b)) => continue,
                None => {
                    let loops = joint.bodies.iter().flatten().any(|b| in_tree.contains(b));
                    tell_impulse(&joint, loops, tell);
                    self.impulse(&joint)
                }
            };
            facts.push(JointFacts {
                path: joint.path.clone(),
                unit: unit(joint.coordinate),
                reduced: matches!(held, Held::Reduced(..)),
                held,
                sides: joint.bodies.map(|b| self.side(b)),
                ready: joint,
            });
        }
        facts
    }

    /// A joint that holds by impulses, with its twins.
    fn impulse(&mut self, joint: &ReadyJoint) -> Held {
        let bodies = joint.bodies.map(|b| self.side(b));
        let mut set = |data: GenericJoint| {
            self.template
                .impulse
                .insert(bodies[0], bodies[1], data, true)
        };
        let main = set(joint.main);
        let mut twins: Vec<_> = joint.twins.iter().map(|t| set(*t)).collect();
        twins.extend(passive_twins(joint).into_iter().map(&mut set));
        Held::Impulse(main, twins)
    }

    /// The body on a side of a joint; the ground for the world.
    fn side(&self, body: Option<usize>) -> RigidBodyHandle {
        body.map_or(self.ground, |b| self.bodies[b].handle)
    }
}

impl reduced::Sets for Maker {
    fn template(&mut self) -> &mut Template {
        &mut self.template
    }

    fn handle(&self, body: Option<usize>) -> RigidBodyHandle {
        self.side(body)
    }

    fn kind(&self, body: usize) -> BodyKind {
        self.bodies[body].kind
    }
}

fn tell_impulse(joint: &ReadyJoint, loops: bool, tell: &mut Tell) {
    if joint.armature > 0.0 {
        tell.add(says::ARMATURE, joint.entity, "");
    }
    if joint.moved_home {
        tell.add(says::HOME_UNREACHED, joint.entity, "");
    }
    if loops && joint.breaks.is_some() {
        tell.add(says::BREAKABLE_LINK, joint.entity, "");
    } else if loops {
        tell.add(says::CLOSED_LOOP, joint.entity, "");
    }
    let limits = joint.main.limits[joint.coordinate.map_or(0, |c| c.axis() as usize)];
    let turns = joint.main.limit_axes.contains(JointAxesMask::ANG_X);
    if turns && limits.max - limits.min > std::f32::consts::TAU && limits.max < f32::MAX {
        tell.add(says::WIDE_LIMIT, joint.entity, "");
    }
}

/// The box around everything at the start; endless planes are left out.
fn bounds(template: &Template) -> [[f64; 3]; 2] {
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    let mut add = |point: [f32; 3]| {
        for k in 0..3 {
            let value = f64::from(point[k]);
            if value.abs() < 1.0e6 {
                low[k] = low[k].min(value);
                high[k] = high[k].max(value);
            }
        }
    };
    for (_, collider) in template.colliders.iter() {
        let aabb = collider.compute_aabb();
        add(aabb.mins.to_array());
        add(aabb.maxs.to_array());
    }
    for (_, body) in template.bodies.iter() {
        add(body.translation().to_array());
    }
    (0..3).for_each(|k| {
        if low[k] > high[k] {
            (low[k], high[k]) = (0.0, 0.0);
        }
    });
    [low, high]
}
