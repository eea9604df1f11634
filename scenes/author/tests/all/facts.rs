//! Worlds as lists of facts by path, to compare what was written with what is read back.

use std::collections::BTreeMap;
use std::fmt::Debug;

use halle_world::components::*;
use halle_world::{Entity, Shape, World};
use nalgebra::{Isometry3, Vector3};

/// A fact: words that must agree, numbers that must agree but for rounding.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fact {
    pub(crate) words: Vec<String>,
    pub(crate) numbers: Vec<f64>,
}

impl Fact {
    fn word(mut self, word: impl Debug) -> Self {
        self.words.push(format!("{word:?}"));
        self
    }

    fn number(mut self, number: f64) -> Self {
        self.numbers.push(number);
        self
    }

    fn maybe(self, number: Option<f64>) -> Self {
        match number.filter(|v| v.is_finite()) {
            Some(v) => self.word("said").number(v),
            None => self.word("open"),
        }
    }

    fn vector(mut self, v: &Vector3<f64>) -> Self {
        self.numbers.extend(v.iter());
        self
    }

    /// A frame by its matrix, which has no two signs.
    fn frame(mut self, frame: &Isometry3<f64>) -> Self {
        self.numbers.extend(frame.to_homogeneous().iter());
        self
    }

    /// Largest difference, relative to one or to the number if that is larger; `None` if words or
    /// counts differ.
    pub(crate) fn off(&self, other: &Self) -> Option<f64> {
        if self.words != other.words || self.numbers.len() != other.numbers.len() {
            return None;
        }
        let pairs = self.numbers.iter().zip(&other.numbers);
        let each = pairs.map(|(a, b)| {
            if a == b || (a.is_nan() && b.is_nan()) {
                0.0
            } else {
                (a - b).abs() / a.abs().max(1.0)
            }
        });
        Some(each.fold(0.0, f64::max))
    }
}

/// Facts by what they are about: a path and a name.
pub(crate) type Facts = BTreeMap<(String, &'static str), Fact>;

fn path(world: &World, entity: Entity) -> String {
    world
        .get::<SourcePath>(entity)
        .map_or_else(String::new, |s| s.prim.clone())
}

fn paths(world: &World, entities: &[Entity]) -> Vec<String> {
    entities.iter().map(|e| path(world, *e)).collect()
}

/// Everything that a file must keep. Shapes are told by their body or prim rather than by their own
/// path, for a shape may get a prim of its own.
pub(crate) fn facts(world: &World) -> Facts {
    let mut made = Facts::new();
    for &entity in &world.resource::<Plant>().entities {
        let at = path(world, entity);
        if let Some(geometry) = world.get::<Geometry>(entity) {
            let name = at.strip_suffix("/shape").map(str::to_owned);
            // The suffix is the writer's only where the prim above has no shape.
            let at = name.unwrap_or_else(|| at.clone());
            made.insert((at.clone(), "geometry"), shape(world, entity, geometry));
            surface(world, entity, &at, &mut made);
        }
        if let Some(pose) = world.get::<WorldPose>(entity)
            && world.get::<Joint>(entity).is_none()
            && world.get::<CollisionGroup>(entity).is_none()
            && world.get::<Actuator>(entity).is_none()
        {
            made.insert((at.clone(), "pose"), Fact::default().frame(&pose.0));
        }
        body(world, entity, &at, &mut made);
        joint(world, entity, &at, &mut made);
        groups(world, entity, &at, &mut made);
        seen(world, entity, &at, &mut made);
    }
    made
}

fn shape(world: &World, entity: Entity, geometry: &Geometry) -> Fact {
    let fact = Fact::default()
        .frame(&geometry.world_from_shape)
        .word(geometry.visible);
    let fact = match world.get::<InBody>(entity) {
        Some(body) => fact.word(path(world, body.0)),
        None => fact,
    };
    match &geometry.shape {
        Shape::Box {
            half_extent: [a, b, c],
        } => fact.word("box").vector(&Vector3::new(*a, *b, *c)),
        Shape::Sphere { radius } => fact.word("sphere").number(*radius),
        Shape::Capsule {
            radius,
            half_height,
        } => fact.word("capsule").number(*radius).number(*half_height),
        Shape::Cylinder {
            radius,
            half_height,
        } => fact.word("cylinder").number(*radius).number(*half_height),
        Shape::Cone {
            radius,
            half_height,
        } => fact.word("cone").number(*radius).number(*half_height),
        Shape::Plane {
            half_extent: [a, b],
        } => fact.word("plane").number(*a).number(*b),
        Shape::Mesh(mesh) => {
            let fact = fact.word(&mesh.triangles).word(mesh.normals.len());
            let points = mesh.points.iter().map(|p| Vector3::from(*p));
            points.fold(fact, |fact, p| fact.vector(&p))
        }
    }
}

fn surface(world: &World, entity: Entity, at: &str, made: &mut Facts) {
    if let Some(collider) = world.get::<Collider>(entity) {
        let is_mesh = matches!(
            world.get::<Geometry>(entity),
            Some(Geometry {
                shape: Shape::Mesh(_),
                ..
            })
        );
        let approximation = if is_mesh {
            collider.approximation
        } else {
            Approximation::Exact
        };
        let fact = Fact::default()
            .word(collider.enabled)
            .word(approximation)
            .maybe(collider.contact_offset)
            .number(collider.rest_offset);
        made.insert((at.to_owned(), "collider"), fact);
    }
    if let Some(m) = world.get::<ContactMaterial>(entity) {
        let numbers = vec![
            m.static_friction,
            m.dynamic_friction,
            m.restitution,
            m.density,
            m.torsional_friction,
            m.rolling_friction,
        ];
        let mut fact = Fact {
            words: Vec::new(),
            numbers,
        };
        fact.numbers.extend(m.compliance.into_iter().flatten());
        let fact = fact.word(m.friction_combine).word(m.restitution_combine);
        made.insert((at.to_owned(), "contact material"), fact);
    }
    if let Some(Look(look)) = world.get::<Look>(entity) {
        made.insert((at.to_owned(), "look"), seen_surface(look));
    }
    if let Some(FaceLooks(sets)) = world.get::<FaceLooks>(entity) {
        for set in sets.iter() {
            if let Some(look) = &set.look {
                let at = format!("{at}:{}", set.name);
                made.insert((at, "look of faces"), seen_surface(look));
            }
        }
    }
}

/// A look: its constants as numbers, what feeds it as words but for where pictures lie.
fn seen_surface(look: &Surface) -> Fact {
    let mut fact = Fact::default()
        .word(look.specular_workflow)
        .word(look.opacity_mode);
    for (name, input) in look.inputs() {
        fact = match input {
            InputRef::Number(input) => fact.number(input.value),
            InputRef::Triple(input) => fact.vector(&Vector3::from(input.value)),
        };
        match input.source() {
            None => {}
            Some(Source::Primvar(reader)) => {
                fact = fact.word(format!("{name} {} {}", reader.name, reader.kind));
                fact.numbers.extend(&reader.fallback);
            }
            Some(Source::Texture(texture, channel)) => {
                let file = texture
                    .image
                    .authored
                    .rsplit('/')
                    .next()
                    .unwrap_or_default();
                let st = &texture.coordinates;
                fact = fact.word(format!(
                    "{name} {channel:?} {file} {:?} {:?} {:?}",
                    texture.wrap, texture.color_space, st.primvar
                ));
                let lists = [texture.fallback, texture.scale, texture.bias];
                fact.numbers.extend(lists.concat());
                for t in &st.transforms {
                    fact.numbers.extend([t.rotation]);
                    fact.numbers.extend([t.scale, t.translation].concat());
                }
            }
        }
    }
    fact
}

fn body(world: &World, entity: Entity, at: &str, made: &mut Facts) {
    if let Some(body) = world.get::<RigidBody>(entity) {
        let fact = Fact::default()
            .word(body.kinematic)
            .word(body.starts_asleep)
            .vector(&body.linear_velocity)
            .vector(&body.angular_velocity)
            .number(body.gravity_scale)
            .number(body.linear_damping)
            .number(body.angular_damping)
            .maybe(body.max_linear_speed)
            .maybe(body.max_angular_speed);
        made.insert((at.to_owned(), "body"), fact);
    }
    if let Some(mass) = world.get::<AuthoredMass>(entity) {
        let turn = mass.principal_axes.to_rotation_matrix();
        let inertia = mass.diagonal_inertia.map(|d| {
            turn.matrix() * nalgebra::Matrix3::from_diagonal(&d) * turn.matrix().transpose()
        });
        let mut fact = Fact::default()
            .maybe(mass.mass)
            .maybe(mass.density)
            .word(mass.center_of_mass.is_some());
        fact.numbers.extend(
            mass.center_of_mass
                .iter()
                .flat_map(|c| c.iter().copied().collect::<Vec<_>>()),
        );
        fact.numbers.extend(
            inertia
                .iter()
                .flat_map(|m| m.iter().copied().collect::<Vec<_>>()),
        );
        made.insert((at.to_owned(), "mass"), fact);
    }
    if let Some(root) = world.get::<ArticulationRoot>(entity) {
        // A root without a fixed base moves to its first body: it is told by the robot's top.
        made.insert(
            (
                at.split('/').take(3).collect::<Vec<_>>().join("/"),
                "articulation",
            ),
            Fact::default().word(root.self_collision),
        );
    }
    if let Some(belt) = world.get::<SurfaceVelocity>(entity) {
        made.insert(
            (at.to_owned(), "surface velocity"),
            Fact::default().vector(&belt.linear).vector(&belt.angular),
        );
    }
    if let Some(tool) = world.get::<Tool>(entity) {
        let numbers = vec![
            tool.radius,
            tool.stiffness,
            tool.damping,
            tool.preston * 1e10,
            tool.spindle_speed,
            tool.force_set_point,
        ];
        made.insert(
            (at.to_owned(), "tool"),
            Fact {
                words: vec![tool.kind.clone()],
                numbers,
            },
        );
    }
    if let Some(polish) = world.get::<Polishable>(entity) {
        let [a, b] = polish.half_extent;
        made.insert(
            (at.to_owned(), "polish"),
            Fact::default()
                .number(a)
                .number(b)
                .number(polish.target_removal),
        );
    }
    if world.get::<Spot>(entity).is_some() {
        made.insert((at.to_owned(), "spot"), Fact::default());
    }
}

fn drive(fact: Fact, drive: Option<&Drive>) -> Fact {
    let Some(d) = drive else {
        return fact.word("no drive");
    };
    fact.word(d.kind)
        .number(d.stiffness)
        .number(d.damping)
        .maybe(Some(d.effort_limit))
        .number(d.target_position)
        .number(d.target_velocity)
}

fn joint(world: &World, entity: Entity, at: &str, made: &mut Facts) {
    if let Some(j) = world.get::<Joint>(entity) {
        let side = |e: Option<Entity>| e.map(|e| path(world, e));
        let mut fact = Fact::default()
            .word(side(j.body0))
            .word(side(j.body1))
            .word(j.excluded)
            .word(j.bodies_touch)
            .frame(&j.body0_from_joint)
            .frame(&j.body1_from_joint);
        for limit in [
            j.lower,
            j.upper,
            j.velocity_limit,
            j.home,
            j.break_force,
            j.break_torque,
        ] {
            fact = fact.maybe(limit);
        }
        for v in [
            j.armature,
            j.damping,
            j.friction,
            j.spring.stiffness,
            j.spring.rest,
            j.home_velocity,
        ] {
            fact = fact.number(v);
        }
        if matches!(
            j.motion,
            Motion::Revolute | Motion::Prismatic | Motion::Spherical { .. }
        ) {
            fact = fact.word(j.axis);
        }
        fact = drive(fact, j.drive.as_ref());
        fact = match &j.motion {
            Motion::Spherical { cone: [a, b] } => fact.word("ball").maybe(*a).maybe(*b),
            Motion::Distance { least, greatest } => {
                fact.word("rope").maybe(*least).maybe(*greatest)
            }
            Motion::Generic { ranges, drives } => {
                ranges
                    .iter()
                    .zip(drives.iter())
                    .fold(fact, |fact, (range, d)| {
                        let fact = match range {
                            DofRange::Limited { lower, upper } => {
                                fact.word("limited").maybe(Some(*lower)).maybe(Some(*upper))
                            }
                            other => fact.word(other),
                        };
                        drive(fact, d.as_ref())
                    })
            }
            other => fact.word(other),
        };
        made.insert((at.to_owned(), "joint"), fact);
    }
    if let Some(mimic) = world.get::<Mimic>(entity) {
        let fact = Fact {
            words: vec![path(world, mimic.leader)],
            numbers: mimic.coefficients.to_vec(),
        };
        made.insert((at.to_owned(), "mimic"), fact);
    }
    if let Some(a) = world.get::<Actuator>(entity) {
        let ranges = [a.control_range, a.effort_range]
            .into_iter()
            .flatten()
            .flatten();
        let mut fact = Fact {
            words: vec![path(world, a.joint)],
            numbers: ranges.collect(),
        }
        .number(a.gear);
        let (gain, bias) = match a.law {
            ActuatorLaw::Motor => ([1.0, 0.0, 0.0], [0.0; 3]),
            ActuatorLaw::Position { stiffness, damping } => {
                ([stiffness, 0.0, 0.0], [0.0, -stiffness, -damping])
            }
            ActuatorLaw::Velocity { damping } => ([damping, 0.0, 0.0], [0.0, 0.0, -damping]),
            ActuatorLaw::Affine { gain, bias } => (gain, bias),
        };
        fact.numbers.extend(gain.into_iter().chain(bias));
        made.insert((at.to_owned(), "actuator"), fact);
    }
}

fn groups(world: &World, entity: Entity, at: &str, made: &mut Facts) {
    if let Some(group) = world.get::<CollisionGroup>(entity) {
        let fact = Fact::default()
            .word(paths(world, &group.members))
            .word(paths(world, &group.excluded))
            .word(paths(world, &group.filtered))
            .word(group.inverted)
            .word(&group.merge_group);
        made.insert((at.to_owned(), "group"), fact);
    }
    if let Some(pairs) = world.get::<FilteredPairs>(entity) {
        made.insert(
            (at.to_owned(), "filtered pairs"),
            Fact::default().word(paths(world, &pairs.0)),
        );
    }
    if let Some(scatter) = world.get::<Scatter>(entity) {
        let fact = Fact::default().word(paths(world, &scatter.prototypes));
        let fact = scatter.copies.iter().fold(fact, |fact, copy| {
            let fact = fact
                .word(copy.prototype)
                .frame(&copy.instancer_from_prototype);
            fact.vector(&Vector3::from(copy.scale))
        });
        made.insert((at.to_owned(), "scatter"), fact);
    }
}

fn seen(world: &World, entity: Entity, at: &str, made: &mut Facts) {
    if let Some(c) = world.get::<Camera>(entity) {
        let fact = Fact::default()
            .number(c.vertical_fov())
            .number(c.aspect())
            .number(c.f_stop)
            .number(c.focus_distance)
            .number(c.exposure.compensation)
            .word(c.projection)
            .number(c.clipping[0])
            .number(c.clipping[1]);
        made.insert((at.to_owned(), "camera"), fact);
    }
    if let Some(l) = world.get::<Light>(entity) {
        let sizes = match l.kind {
            LightKind::Dome => vec![],
            LightKind::Distant { angle } => vec![angle],
            LightKind::Rect { width, height } => vec![width, height],
            LightKind::Disk { radius } | LightKind::Sphere { radius } => vec![radius],
            LightKind::Cylinder { radius, length } => vec![radius, length],
        };
        let kind = format!("{:?}", std::mem::discriminant(&l.kind));
        let numbers = sizes.into_iter().chain(l.color).chain([l.intensity]);
        let fact = Fact {
            words: vec![kind],
            numbers: numbers.collect(),
        }
        .word(l.normalize)
        .word(&l.extra);
        made.insert((at.to_owned(), "light"), fact);
    }
}

/// Differences that are more than rounding: facts of `a` that `b` lacks, or has otherwise.
pub(crate) fn differences(a: &Facts, b: &Facts, tolerance: f64) -> Vec<String> {
    let mut found = Vec::new();
    for ((path, what), fact) in a {
        match b.get(&(path.clone(), what)) {
            None => found.push(format!("{path}: no {what}")),
            Some(other) => match fact.off(other) {
                None => found.push(format!(
                    "{path}: {what} differs: {:.300?} / {:.300?}",
                    fact.words, other.words
                )),
                Some(off) if off > tolerance => {
                    found.push(format!("{path}: {what} is off by {off:e}"));
                }
                Some(_) => {}
            },
        }
    }
    found
}

/// The facts under the paths of another world: a prim whose path is not there stands for the one of
/// the same name that is there, below the body that it belongs to.
pub(crate) fn moved(facts: Facts, there: &Facts) -> Facts {
    let paths: std::collections::BTreeSet<&String> = there.keys().map(|(path, _)| path).collect();
    let mut new = BTreeMap::new();
    for (path, _) in facts.keys().filter(|(path, _)| !paths.contains(path)) {
        let name = path.rsplit('/').next().unwrap();
        let end = format!("/{name}");
        if let Some(found) = paths.iter().find(|p| p.ends_with(&end)) {
            new.insert(path.clone(), (*found).clone());
        }
    }
    let at = |path: String| new.get(&path).cloned().unwrap_or(path);
    let word = |word: String| {
        new.iter().fold(word, |word, (a, b)| {
            word.replace(&format!("\"{a}\\\""), &format!("\"{b}\\\""))
                .replace(&format!("\"{a}\""), &format!("\"{b}\""))
        })
    };
    facts
        .into_iter()
        .map(|((path, what), fact)| {
            let words = fact.words.into_iter().map(word).collect();
            ((at(path), what), Fact { words, ..fact })
        })
        .collect()
}
