//! Two worlds, prim by prim, in SI units.

use std::collections::{BTreeMap, BTreeSet};

use halle_world::components::{
    Actuator, ArticulationRoot, AuthoredMass, Camera, Collider, CollisionGroup, ContactMaterial,
    DofRange, Drive, FilteredPairs, Geometry, Joint, Light, Mimic, Motion, Plant, RigidBody,
    Scatter, SourcePath, SurfaceVelocity, WorldPose,
};
use halle_world::{Entity, Shape, World};
use nalgebra::{Isometry3, Vector3};
use serde_json::{Value, json};

use super::{Differences, Tolerance};

/// Values of a prim by name; text is compared exactly, numbers with tolerance.
type Values = BTreeMap<String, Known>;

#[derive(Clone, Debug, PartialEq)]
enum Known {
    Numbers(Vec<f64>),
    Text(String),
}

impl Known {
    fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Numbers(list) if list.len() == 1 => number(list[0]),
            Self::Numbers(list) if list.len() > 16 => json!(format!("{} numbers", list.len())),
            Self::Numbers(list) => list.iter().copied().map(number).collect(),
        }
    }
}

/// A number that JSON can hold.
fn number(value: f64) -> Value {
    if value.is_finite() {
        json!(value)
    } else {
        json!(value.to_string())
    }
}

/// Compares what two worlds hold: poses, bodies, masses, shapes, materials, joints, drives and what
/// goes with them. Prims without any of these are compared by name alone.
///
/// Prims are matched by path. Bodies and joints that are at no path of the other world are matched
/// by name where that is unique in both, as converters move them.
#[must_use]
pub fn worlds(reference: &World, found: &World, tolerance: Tolerance) -> Differences {
    let mut out = Differences::default();
    let [a, b] = [Index::of(reference), Index::of(found)];
    let pairs = matched(&a, &b, &mut out);
    let renamed: BTreeMap<&str, &str> = pairs.iter().map(|(p, q)| (*p, *q)).collect();
    plant(&a, &b, tolerance, &mut out);
    let paths: BTreeSet<&str> = a.prims.keys().map(String::as_str).collect();
    let taken: BTreeSet<&str> = pairs.iter().map(|(_, q)| *q).collect();
    for path in paths {
        out.prims += 1;
        let own = a.values(path, &renamed);
        let Some(other) = renamed.get(path) else {
            if !own.is_empty() {
                let what = json!(kind(&own));
                out.add("prim missing", path.to_owned(), what, Value::Null);
            }
            continue;
        };
        let theirs = b.values(other, &BTreeMap::new());
        compare(path, &own, &theirs, tolerance, &mut out);
    }
    for path in b.prims.keys().filter(|p| !taken.contains(p.as_str())) {
        out.prims += 1;
        let values = b.values(path, &BTreeMap::new());
        if !values.is_empty() {
            let what = json!(kind(&values));
            out.add("prim extra", path.clone(), Value::Null, what);
        }
    }
    out
}

/// What a prim is, in a word.
fn kind(values: &Values) -> &'static str {
    let has = |name: &str| values.contains_key(name);
    if has("joint.kind") {
        "joint"
    } else if has("body.kinematic") {
        "body"
    } else if has("shape.kind") {
        "shape"
    } else {
        "prim"
    }
}

/// A world by paths.
struct Index<'w> {
    world: &'w World,
    prims: BTreeMap<String, Entity>,
}

impl<'w> Index<'w> {
    fn of(world: &'w World) -> Self {
        let plant = world.get_resource::<Plant>();
        let entities = plant.map_or(&[][..], |p| &p.entities);
        let named = entities.iter().filter_map(|e| {
            let source = world.get::<SourcePath>(*e)?;
            Some((source.prim.clone(), *e))
        });
        Self {
            world,
            prims: named.collect(),
        }
    }

    /// Bodies and joints with names that no other body or joint has.
    fn named(&self) -> BTreeMap<(&str, bool), Option<&str>> {
        let mut names: BTreeMap<(&str, bool), Option<&str>> = BTreeMap::new();
        for (path, entity) in &self.prims {
            let joint = self.world.get::<Joint>(*entity).is_some();
            if !joint && self.world.get::<RigidBody>(*entity).is_none() {
                continue;
            }
            let name = path.rsplit('/').next().unwrap_or_default();
            let known = names.entry((name, joint));
            known
                .and_modify(|path| *path = None)
                .or_insert(Some(path.as_str()));
        }
        names
    }

    fn values(&self, path: &str, renamed: &BTreeMap<&str, &str>) -> Values {
        let Some(&entity) = self.prims.get(path) else {
            return Values::new();
        };
        let mut reader = Reader {
            world: self.world,
            renamed,
            values: Values::new(),
        };
        reader.prim(entity);
        reader.values
    }
}

/// Pairs of paths, in the order of the first.
fn matched<'a>(
    a: &'a Index<'_>,
    b: &'a Index<'_>,
    out: &mut Differences,
) -> Vec<(&'a str, &'a str)> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    let (ours, theirs) = (a.named(), b.named());
    for (path, entity) in &a.prims {
        if let Some((other, _)) = b.prims.get_key_value(path.as_str()) {
            pairs.push((path, other));
            continue;
        }
        let joint = a.world.get::<Joint>(*entity).is_some();
        let name = path.rsplit('/').next().unwrap_or_default();
        let once = |of: &BTreeMap<(&'a str, bool), Option<&'a str>>| {
            of.get(&(name, joint)).copied().flatten()
        };
        let other = once(&ours).and(once(&theirs));
        if let Some(other) = other.filter(|o| !a.prims.contains_key(*o)) {
            out.moved.push([path.clone(), other.to_owned()]);
            pairs.push((path, other));
        }
    }
    pairs
}

fn plant(a: &Index<'_>, b: &Index<'_>, tolerance: Tolerance, out: &mut Differences) {
    let gravity = |index: &Index<'_>| {
        let plant = index.world.get_resource::<Plant>();
        let gravity = plant.map_or([0.0; 3], |p| p.gravity);
        Values::from([("gravity".to_owned(), Known::Numbers(gravity.to_vec()))])
    };
    compare("", &gravity(a), &gravity(b), tolerance, out);
}

fn compare(path: &str, a: &Values, b: &Values, tolerance: Tolerance, out: &mut Differences) {
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for name in names {
        let group = name.split('.').next().unwrap_or(name);
        let at = format!("{path}.{name}");
        match (a.get(name), b.get(name)) {
            (Some(x), Some(y)) => {
                out.values += 1;
                if !same(x, y, tolerance) {
                    out.add(group, at, x.json(), y.json());
                }
            }
            (Some(x), None) => out.add(&format!("{group} missing"), at, x.json(), Value::Null),
            (None, Some(y)) => out.add(&format!("{group} extra"), at, Value::Null, y.json()),
            (None, None) => {}
        }
    }
}

fn same(a: &Known, b: &Known, tolerance: Tolerance) -> bool {
    match (a, b) {
        (Known::Numbers(x), Known::Numbers(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(p, q)| tolerance.same(*p, *q))
        }
        (x, y) => x == y,
    }
}

/// Reads the components of an entity.
struct Reader<'a> {
    world: &'a World,
    /// Paths of the other world for paths of this one.
    renamed: &'a BTreeMap<&'a str, &'a str>,
    values: Values,
}

impl Reader<'_> {
    fn put(&mut self, name: &str, numbers: impl IntoIterator<Item = f64>) {
        let list = numbers.into_iter().collect();
        self.values.insert(name.to_owned(), Known::Numbers(list));
    }

    fn maybe(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.put(name, [value]);
        }
    }

    fn say(&mut self, name: &str, text: impl Into<String>) {
        self.values
            .insert(name.to_owned(), Known::Text(text.into()));
    }

    fn path(&self, entity: Entity) -> String {
        let own = self.world.get::<SourcePath>(entity).map_or("", |s| &s.prim);
        (*self.renamed.get(own).unwrap_or(&own)).to_owned()
    }

    fn pose(&mut self, name: &str, pose: &Isometry3<f64>) {
        self.put(
            &format!("{name}.position"),
            pose.translation.vector.iter().copied(),
        );
        // A rotation and not a quaternion: both signs of that are the same turn.
        let turn = pose.rotation.to_rotation_matrix();
        self.put(
            &format!("{name}.rotation"),
            turn.matrix().transpose().iter().copied(),
        );
    }

    fn prim(&mut self, entity: Entity) {
        self.body(entity);
        self.contact(entity);
        if let Some(joint) = self.world.get::<Joint>(entity) {
            self.joint(joint);
        }
        self.control(entity);
        self.look(entity);
        if !self.values.is_empty()
            && let Some(pose) = self.world.get::<WorldPose>(entity)
            && self.world.get::<Joint>(entity).is_none()
        {
            self.pose("pose", &pose.0);
        }
    }

    fn body(&mut self, entity: Entity) {
        if let Some(body) = self.world.get::<RigidBody>(entity) {
            self.say("body.kinematic", body.kinematic.to_string());
            self.put("body.linearVelocity", body.linear_velocity.iter().copied());
            self.put(
                "body.angularVelocity",
                body.angular_velocity.iter().copied(),
            );
            self.put("body.gravityScale", [body.gravity_scale]);
            self.put("body.damping", [body.linear_damping, body.angular_damping]);
        }
        if let Some(mass) = self.world.get::<AuthoredMass>(entity) {
            self.maybe("mass.mass", mass.mass);
            self.maybe("mass.density", mass.density);
            if let Some(center) = mass.center_of_mass {
                self.put("mass.center", center.iter().copied());
            }
            if let Some(moments) = mass.diagonal_inertia {
                // The tensor and not its axes: these are free where moments are equal.
                let axes = mass.principal_axes.to_rotation_matrix().into_inner();
                let tensor = axes * nalgebra::Matrix3::from_diagonal(&moments) * axes.transpose();
                self.put("mass.inertia", tensor.iter().copied());
            }
        }
        if let Some(root) = self.world.get::<ArticulationRoot>(entity) {
            self.say(
                "articulation.selfCollision",
                root.self_collision.to_string(),
            );
        }
        if let Some(belt) = self.world.get::<SurfaceVelocity>(entity) {
            self.put("surface.linear", belt.linear.iter().copied());
            self.put("surface.angular", belt.angular.iter().copied());
        }
    }

    fn contact(&mut self, entity: Entity) {
        if let Some(geometry) = self.world.get::<Geometry>(entity) {
            self.shape(&geometry.shape);
            self.say("shape.visible", geometry.visible.to_string());
            self.pose("shape", &geometry.world_from_shape);
        }
        if let Some(collider) = self.world.get::<Collider>(entity) {
            self.say("collider.enabled", collider.enabled.to_string());
            self.say(
                "collider.approximation",
                format!("{:?}", collider.approximation),
            );
            self.put("collider.restOffset", [collider.rest_offset]);
            self.maybe("collider.contactOffset", collider.contact_offset);
        }
        if let Some(m) = self.world.get::<ContactMaterial>(entity) {
            self.put("material.friction", [m.static_friction, m.dynamic_friction]);
            self.put("material.restitution", [m.restitution]);
            self.put("material.density", [m.density]);
            self.put(
                "material.turning",
                [m.torsional_friction, m.rolling_friction],
            );
            let combine = format!("{:?} {:?}", m.friction_combine, m.restitution_combine);
            self.say("material.combine", combine);
        }
        if let Some(group) = self.world.get::<CollisionGroup>(entity) {
            let list = |of: &[Entity]| {
                let mut paths: Vec<String> = of.iter().map(|e| self.path(*e)).collect();
                paths.sort_unstable();
                paths.join(" ")
            };
            let said = [&group.members, &group.excluded, &group.filtered].map(|l| list(l));
            let [members, excluded, filtered] = said;
            self.say("group.members", members);
            self.say("group.excluded", excluded);
            self.say("group.filtered", filtered);
            self.say("group.inverted", group.inverted.to_string());
        }
        if let Some(pairs) = self.world.get::<FilteredPairs>(entity) {
            let mut paths: Vec<String> = pairs.0.iter().map(|e| self.path(*e)).collect();
            paths.sort_unstable();
            self.say("filtered.pairs", paths.join(" "));
        }
        if let Some(scatter) = self.world.get::<Scatter>(entity) {
            self.put("scatter.copies", [scatter.copies.len() as f64]);
        }
    }

    fn shape(&mut self, shape: &Shape) {
        let (kind, sizes) = match shape {
            Shape::Box { half_extent } => ("box", half_extent.to_vec()),
            Shape::Sphere { radius } => ("sphere", vec![*radius]),
            Shape::Capsule {
                radius,
                half_height,
            } => ("capsule", vec![*radius, *half_height]),
            Shape::Cylinder {
                radius,
                half_height,
            } => ("cylinder", vec![*radius, *half_height]),
            Shape::Cone {
                radius,
                half_height,
            } => ("cone", vec![*radius, *half_height]),
            Shape::Plane { half_extent } => ("plane", half_extent.to_vec()),
            Shape::Mesh(mesh) => {
                self.put("shape.triangles", [mesh.triangles.len() as f64]);
                self.put("shape.points", mesh.points.iter().flatten().copied());
                ("mesh", Vec::new())
            }
        };
        self.say("shape.kind", kind);
        if !sizes.is_empty() {
            self.put("shape.size", sizes);
        }
    }

    fn joint(&mut self, joint: &Joint) {
        let kind = match &joint.motion {
            Motion::Fixed => "fixed",
            Motion::Revolute => "revolute",
            Motion::Prismatic => "prismatic",
            Motion::Spherical { .. } => "spherical",
            Motion::Distance { .. } => "distance",
            Motion::Generic { .. } => "generic",
            Motion::Unsupported(name) => name,
        };
        self.say("joint.kind", kind);
        for (name, side) in [("joint.body0", joint.body0), ("joint.body1", joint.body1)] {
            let path = side.map_or_else(|| "world".to_owned(), |s| self.path(s));
            self.say(name, path);
        }
        let zero = self.frame(joint.body0, &joint.body0_from_joint);
        let one = self.frame(joint.body1, &joint.body1_from_joint);
        self.pose("joint.frame0", &zero);
        self.pose("joint.frame1", &one);
        if matches!(
            joint.motion,
            Motion::Revolute | Motion::Prismatic | Motion::Spherical { .. }
        ) {
            // In world axes: converters turn the frame instead of naming the axis.
            let axis = match joint.axis {
                halle_world::components::Axis::X => Vector3::x(),
                halle_world::components::Axis::Y => Vector3::y(),
                halle_world::components::Axis::Z => Vector3::z(),
            };
            self.put("joint.axis", (zero.rotation * axis).iter().copied());
        }
        self.maybe("joint.lower", joint.lower);
        self.maybe("joint.upper", joint.upper);
        self.maybe("joint.velocityLimit", joint.velocity_limit);
        self.maybe("joint.home", joint.home);
        let passive = [joint.armature, joint.damping, joint.friction];
        self.put("joint.passive", passive);
        self.put("joint.spring", [joint.spring.stiffness, joint.spring.rest]);
        self.say("joint.excluded", joint.excluded.to_string());
        self.say("joint.bodiesTouch", joint.bodies_touch.to_string());
        if let Some(drive) = &joint.drive {
            self.drive("drive", drive);
        }
        if let Motion::Generic { ranges, drives } = &joint.motion {
            for (k, range) in ranges.iter().enumerate() {
                match range {
                    DofRange::Locked => self.say(&format!("joint.range{k}"), "locked"),
                    DofRange::Free => self.say(&format!("joint.range{k}"), "free"),
                    DofRange::Limited { lower, upper } => {
                        self.put(&format!("joint.range{k}"), [*lower, *upper]);
                    }
                }
                if let Some(drive) = &drives[k] {
                    self.drive(&format!("drive.{k}"), drive);
                }
            }
        }
    }

    /// World frame from joint frame: what holds whatever prim of the body the joint names.
    fn frame(&self, side: Option<Entity>, side_from_joint: &Isometry3<f64>) -> Isometry3<f64> {
        let pose = side.and_then(|s| self.world.get::<WorldPose>(s));
        pose.map_or(*side_from_joint, |p| p.0 * side_from_joint)
    }

    fn drive(&mut self, name: &str, drive: &Drive) {
        self.say(&format!("{name}.kind"), format!("{:?}", drive.kind));
        self.put(&format!("{name}.gains"), [drive.stiffness, drive.damping]);
        self.put(&format!("{name}.effortLimit"), [drive.effort_limit]);
        let target = [drive.target_position, drive.target_velocity];
        self.put(&format!("{name}.target"), target);
    }

    fn control(&mut self, entity: Entity) {
        if let Some(mimic) = self.world.get::<Mimic>(entity) {
            let leader = self.path(mimic.leader);
            self.say("mimic.leader", leader);
            self.put("mimic.coefficients", mimic.coefficients);
        }
        if let Some(actuator) = self.world.get::<Actuator>(entity) {
            let joint = self.path(actuator.joint);
            self.say("actuator.joint", joint);
            self.say("actuator.law", format!("{:?}", actuator.law));
            self.put("actuator.gear", [actuator.gear]);
        }
    }

    fn look(&mut self, entity: Entity) {
        if let Some(camera) = self.world.get::<Camera>(entity) {
            self.put("camera.view", [camera.vertical_fov(), camera.aspect()]);
        }
        if let Some(light) = self.world.get::<Light>(entity) {
            self.say("light.kind", format!("{:?}", light.kind));
            self.put("light.color", light.color);
            self.put("light.intensity", [light.intensity]);
        }
    }
}
