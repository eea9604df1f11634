//! What a world holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use halle_world::components::{
    Actuator, Camera, Collider, CollisionGroup, ContactMaterial, FilteredPairs, Geometry, Joint,
    Keyframes, Light, Mimic, Motion, Plant, RigidBody, Scatter, Sensor, Skin, SourcePath, Spot,
    SurfaceVelocity,
};
use halle_world::{Entity, Shape, World};
use serde_json::{Value, json};

use crate::bounds::{Bounds, Boxes};
use crate::plant::Facts;
use crate::survey::looks;

/// Numbers of things by kind.
type Counts = BTreeMap<String, usize>;

/// Bodies that joints connect, below one articulation root.
#[derive(Clone, Debug, PartialEq)]
pub struct Articulation {
    /// Path of the root.
    pub root: String,
    /// Its bodies.
    pub bodies: usize,
    /// Degrees of freedom of its joints.
    pub freedoms: usize,
    /// Mass of all its bodies \[kg\].
    pub mass: f64,
    /// Whether a fixed joint holds it to the world.
    pub anchored: bool,
}

/// What a world holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Prims, copies of point instancers not counted.
    pub prims: usize,
    /// Corners of the box around everything \[m\]; `None` without shapes.
    pub bounds: Option<[[f64; 3]; 2]>,
    /// Gravity \[m/s^2\].
    pub gravity: [f64; 3],
    /// Length of a substep \[s\].
    pub time_step: f64,
    /// Bodies: dynamic, kinematic, fixed to the world.
    pub bodies: Counts,
    /// Joints by kind.
    pub joints: Counts,
    /// Colliders by shape, meshes by what stands for them.
    pub colliders: Counts,
    /// Everything else by what it is.
    pub others: Counts,
    /// Different physics materials: friction, restitution, number of colliders.
    pub materials: Vec<([f64; 3], usize)>,
    /// Different meshes and their triangles.
    pub meshes: [usize; 2],
    /// Mass of all bodies that move by forces \[kg\].
    pub mass: f64,
    /// Articulations, heaviest first.
    pub articulations: Vec<Articulation>,
}

/// Bytes that a world takes, by the sizes of what is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Components.
    pub components: usize,
    /// Paths of prims.
    pub paths: usize,
    /// Points, triangles and primvars of meshes, each once.
    pub meshes: usize,
}

impl Memory {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> usize {
        self.components + self.paths + self.meshes
    }
}

/// Counts and weighs a world.
#[must_use]
pub fn survey(world: &World) -> Survey {
    let Some(facts) = Facts::of(world) else {
        return Survey::default();
    };
    let mut survey = Survey {
        prims: facts.plant.entities.len(),
        gravity: facts.plant.gravity,
        time_step: facts.plant.time_step,
        ..Survey::default()
    };
    let add = |to: &mut Counts, what: &str| *to.entry(what.to_owned()).or_default() += 1;
    for &body in &facts.bodies {
        let kind = if !facts.moves(body) {
            "kinematic"
        } else if facts.anchored.contains(&body) {
            "fixed to the world"
        } else {
            "dynamic"
        };
        add(&mut survey.bodies, kind);
        if facts.moves(body) && !facts.prototypes.contains(&body) {
            survey.mass += facts.masses.get(&body).map_or(0.0, |m| m.mass);
        }
    }
    for &joint in &facts.joints {
        if let Some(joint) = world.get::<Joint>(joint) {
            add(&mut survey.joints, joint_kind(&joint.motion));
        }
    }
    for &collider in &facts.colliders {
        add(&mut survey.colliders, &collider_kind(world, collider));
    }
    survey.others = others(world, facts.plant);
    survey.materials = materials(&facts);
    survey.meshes = meshes(world, facts.plant);
    survey.bounds = bounds(&facts);
    survey.articulations = articulations(&facts);
    survey
}

fn joint_kind(motion: &Motion) -> &str {
    match motion {
        Motion::Fixed => "fixed",
        Motion::Revolute => "revolute",
        Motion::Prismatic => "prismatic",
        Motion::Spherical { .. } => "spherical",
        Motion::Distance { .. } => "distance",
        Motion::Generic { .. } => "generic",
        Motion::Unsupported(name) => name,
    }
}

/// The shape of a geometry in a word.
pub(crate) fn shape_kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Box { .. } => "box",
        Shape::Sphere { .. } => "sphere",
        Shape::Capsule { .. } => "capsule",
        Shape::Cylinder { .. } => "cylinder",
        Shape::Cone { .. } => "cone",
        Shape::Plane { .. } => "plane",
        Shape::Mesh(_) => "mesh",
    }
}

fn collider_kind(world: &World, entity: Entity) -> String {
    use halle_world::components::Approximation;
    let shape = world.get::<Geometry>(entity).map(|g| &g.shape);
    let kind = shape.map_or("", shape_kind);
    let stands = world.get::<Collider>(entity).map(|c| c.approximation);
    match (kind, stands) {
        ("mesh", Some(approximation)) => {
            let how = match approximation {
                Approximation::Exact => "faces",
                Approximation::ConvexHull => "convex hull",
                Approximation::ConvexDecomposition => "convex parts",
                Approximation::BoundingSphere => "bounding sphere",
                Approximation::BoundingBox => "bounding box",
                Approximation::Simplified => "fewer faces",
                Approximation::SignedDistance => "signed distance",
            };
            format!("mesh as {how}")
        }
        (kind, _) => kind.to_owned(),
    }
}

fn others(world: &World, plant: &Plant) -> Counts {
    let mut counts = Counts::new();
    let mut add = |what: &str, number: usize| {
        if number > 0 {
            *counts.entry(what.to_owned()).or_default() += number;
        }
    };
    for &e in &plant.entities {
        let collides = world.get::<Collider>(e);
        let seen = world.get::<Geometry>(e).is_some_and(|g| g.visible);
        add("shape that is drawn", usize::from(seen));
        add(
            "collider switched off",
            usize::from(collides.is_some_and(|c| !c.enabled)),
        );
        add("camera", usize::from(world.get::<Camera>(e).is_some()));
        add("light", usize::from(world.get::<Light>(e).is_some()));
        add("actuator", usize::from(world.get::<Actuator>(e).is_some()));
        add("mimic", usize::from(world.get::<Mimic>(e).is_some()));
        add("sensor", usize::from(world.get::<Sensor>(e).is_some()));
        add("site", usize::from(world.get::<Spot>(e).is_some()));
        add(
            "moving surface",
            usize::from(world.get::<SurfaceVelocity>(e).is_some()),
        );
        add(
            "collision group",
            usize::from(world.get::<CollisionGroup>(e).is_some()),
        );
        add(
            "filtered pair",
            world.get::<FilteredPairs>(e).map_or(0, |p| p.0.len()),
        );
        add(
            "copy of a point instancer",
            world.get::<Scatter>(e).map_or(0, |s| s.copies.len()),
        );
        let drive = |j: &Joint| usize::from(j.drive.is_some());
        add("drive", world.get::<Joint>(e).map_or(0, drive));
    }
    looks::count(world, plant, &mut add);
    let frames = world.get_resource::<Keyframes>().map_or(0, |k| k.0.len());
    add("keyframe", frames);
    counts
}

fn materials(facts: &Facts<'_>) -> Vec<([f64; 3], usize)> {
    let mut known: BTreeMap<[u64; 3], ([f64; 3], usize)> = BTreeMap::new();
    for &collider in &facts.colliders {
        let Some(m) = facts.world.get::<ContactMaterial>(collider) else {
            continue;
        };
        let values = [m.static_friction, m.dynamic_friction, m.restitution];
        let entry = known.entry(values.map(f64::to_bits)).or_insert((values, 0));
        entry.1 += 1;
    }
    let mut list: Vec<([f64; 3], usize)> = known.into_values().collect();
    list.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    list
}

fn meshes(world: &World, plant: &Plant) -> [usize; 2] {
    let mut seen = BTreeSet::new();
    let mut triangles = 0;
    for &entity in &plant.entities {
        if let Some(Shape::Mesh(mesh)) = world.get::<Geometry>(entity).map(|g| &g.shape)
            && seen.insert(Arc::as_ptr(mesh) as usize)
        {
            triangles += mesh.triangles.len();
        }
    }
    [seen.len(), triangles]
}

fn bounds(facts: &Facts<'_>) -> Option<[[f64; 3]; 2]> {
    let mut boxes = Boxes::default();
    let mut all = Bounds::empty();
    for &entity in &facts.plant.entities {
        let geometry = facts.world.get::<Geometry>(entity);
        let Some(geometry) = geometry.filter(|_| !facts.prototypes.contains(&entity)) else {
            continue;
        };
        if let Some(bounds) = boxes.of(&geometry.shape) {
            all.join(&bounds.seen_from(&geometry.world_from_shape));
        }
    }
    (!all.is_empty()).then(|| [all.low.into(), all.high.into()])
}

fn freedoms(motion: &Motion) -> usize {
    use halle_world::components::DofRange;
    match motion {
        Motion::Fixed | Motion::Unsupported(_) => 0,
        Motion::Revolute | Motion::Prismatic => 1,
        Motion::Spherical { .. } => 3,
        Motion::Distance { .. } => 6,
        Motion::Generic { ranges, .. } => {
            let open = |r: &&DofRange| !matches!(r, DofRange::Locked);
            ranges.iter().filter(open).count()
        }
    }
}

fn articulations(facts: &Facts<'_>) -> Vec<Articulation> {
    let mut of_group: BTreeMap<usize, Articulation> = BTreeMap::new();
    for &body in &facts.bodies {
        let (Some(group), Some(root)) = (facts.groups.get(&body), facts.root_above(body)) else {
            continue;
        };
        of_group.entry(*group).or_insert_with(|| Articulation {
            root: facts.path(root).to_owned(),
            bodies: 0,
            freedoms: 0,
            mass: 0.0,
            anchored: false,
        });
    }
    for &root in &facts.roots {
        // A root on a joint stands for the bodies of the joint.
        let joint = facts.world.get::<Joint>(root);
        let side = joint.and_then(|j| facts.side(j.body1).or_else(|| facts.side(j.body0)));
        if let Some(group) = side.and_then(|b| facts.groups.get(&b)) {
            of_group.entry(*group).or_insert_with(|| Articulation {
                root: facts.path(root).to_owned(),
                bodies: 0,
                freedoms: 0,
                mass: 0.0,
                anchored: false,
            });
        }
    }
    for &body in &facts.bodies {
        let group = facts.groups.get(&body);
        let Some(articulation) = group.and_then(|g| of_group.get_mut(g)) else {
            continue;
        };
        articulation.bodies += 1;
        articulation.mass += facts.masses.get(&body).map_or(0.0, |m| m.mass);
        articulation.anchored |= facts.anchored.contains(&body);
    }
    for &entity in &facts.joints {
        let Some(joint) = facts.world.get::<Joint>(entity) else {
            continue;
        };
        let body = facts.side(joint.body1).or_else(|| facts.side(joint.body0));
        let group = body.and_then(|b| facts.groups.get(&b));
        if let Some(articulation) = group.and_then(|g| of_group.get_mut(g))
            && !joint.excluded
        {
            articulation.freedoms += freedoms(&joint.motion);
        }
    }
    let mut list: Vec<Articulation> = of_group.into_values().collect();
    list.sort_by(|a, b| b.mass.total_cmp(&a.mass).then_with(|| a.root.cmp(&b.root)));
    list
}

/// Bytes that a world takes: components by their sizes, text of paths, points, triangles and
/// primvars of meshes. The tables of the ECS and what the system adds to each allocation are left out.
#[must_use]
pub fn memory(world: &World) -> Memory {
    let mut memory = Memory::default();
    for archetype in world.archetypes().iter() {
        let size = |id| {
            world
                .components()
                .get_info(id)
                .map_or(0, |c| c.layout().size())
        };
        let each: usize = archetype.components().iter().map(|id| size(*id)).sum();
        memory.components += each * archetype.len() as usize;
    }
    let entities = world
        .get_resource::<Plant>()
        .map_or(&[][..], |p| &p.entities);
    let mut seen = BTreeSet::new();
    for &entity in entities {
        memory.paths += world.get::<SourcePath>(entity).map_or(0, |s| s.prim.len());
        if let Some(Shape::Mesh(mesh)) = world.get::<Geometry>(entity).map(|g| &g.shape)
            && seen.insert(Arc::as_ptr(mesh) as usize)
        {
            memory.meshes += size_of_val(&*mesh.points)
                + size_of_val(&*mesh.triangles)
                + size_of_val(&*mesh.normals);
        }
        if let Some(Skin(skin)) = world.get::<Skin>(entity)
            && seen.insert(Arc::as_ptr(skin) as usize)
        {
            memory.meshes += skin.bytes();
        }
    }
    memory
}

impl Survey {
    /// Number of rigid bodies of all kinds.
    #[must_use]
    pub fn body_count(&self) -> usize {
        self.bodies.values().sum()
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let articulation = |a: &Articulation| {
            json!({
                "root": a.root,
                "bodies": a.bodies,
                "degrees_of_freedom": a.freedoms,
                "mass_kg": a.mass,
                "anchored": a.anchored,
            })
        };
        let material = |(values, number): &([f64; 3], usize)| {
            json!({
                "static_friction": values[0],
                "dynamic_friction": values[1],
                "restitution": values[2],
                "colliders": number,
            })
        };
        json!({
            "prims": self.prims,
            "bounds_m": self.bounds,
            "gravity_m_s2": self.gravity,
            "time_step_s": self.time_step,
            "bodies": self.bodies,
            "joints": self.joints,
            "colliders": self.colliders,
            "others": self.others,
            "physics_materials": self.materials.iter().map(material).collect::<Vec<_>>(),
            "meshes": self.meshes[0],
            "triangles": self.meshes[1],
            "mass_kg": self.mass,
            "articulations": self.articulations.iter().map(articulation).collect::<Vec<_>>(),
        })
    }
}

/// What a prim is, in a few words; empty for a mere frame.
pub(crate) fn role(world: &World, entity: Entity) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut say = |word: &str| words.push(word.to_owned());
    if world
        .get::<halle_world::components::ArticulationRoot>(entity)
        .is_some()
    {
        say("articulation");
    }
    match world.get::<RigidBody>(entity) {
        Some(body) if body.kinematic => say("kinematic body"),
        Some(_) => say("body"),
        None => {}
    }
    if let Some(joint) = world.get::<Joint>(entity) {
        say(&format!("{} joint", joint_kind(&joint.motion)));
    }
    if let Some(geometry) = world.get::<Geometry>(entity) {
        let kind = shape_kind(&geometry.shape);
        match world.get::<Collider>(entity) {
            Some(c) if c.enabled => say(&format!("{kind} collider")),
            _ => say(kind),
        }
    }
    if world.get::<Light>(entity).is_some() {
        say("light");
    }
    if world.get::<Camera>(entity).is_some() {
        say("camera");
    }
    if world.get::<Actuator>(entity).is_some() {
        say("actuator");
    }
    if let Some(scatter) = world.get::<Scatter>(entity) {
        say(&format!("{} copies", scatter.copies.len()));
    }
    words.join(", ")
}
