//! The world that is loaded, held against the composed stage prim by prim.
//!
//! The judge is `halle-stage`, which is itself held against usd-core; it answers in the stage's
//! units and axes, and here its answers become SI. What differs on purpose is counted by its cause.

mod contact;
mod copies;
mod joints;
mod mass;
mod materials;
mod place;
mod shapes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use halle_scenes::{Diagnostics, World};
use halle_stage::open::{OpenOptions, Scene, for_each_prim, on_own_thread};
use halle_stage::physics::{self, Physics};
use halle_stage::xform::XformCache;
use halle_world::components::{Plant, SourcePath};
use halle_world::{Entity, Site};
use nalgebra::{Isometry3, Matrix4, Vector3};
use openusd::sdf::{self, Value};
use openusd::usd;

/// What was compared, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Comparisons by kind.
    pub(crate) counts: BTreeMap<&'static str, usize>,
    /// Differences on purpose, by cause.
    pub(crate) causes: BTreeMap<&'static str, usize>,
    /// Differences by mistake.
    pub(crate) wrong: Vec<String>,
}

impl Held {
    /// Adds the comparisons of another scene.
    pub(crate) fn add(&mut self, other: Self, file: &str) {
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
        for (cause, count) in other.causes {
            *self.causes.entry(cause).or_default() += count;
        }
        let named = other.wrong.into_iter().map(|w| format!("{file}: {w}"));
        self.wrong.extend(named);
    }
}

/// Loads a scene both ways and compares; `None` if both refuse it.
pub(crate) fn hold(path: &Path) -> Option<Held> {
    let loaded = halle_scenes::load(path);
    let held = on_own_thread(|| {
        let opened = Scene::open(path, &OpenOptions::default());
        Ok(match (&loaded, opened) {
            (Ok((world, findings)), Ok(scene)) => {
                let mut truth = Truth::new(&scene, world, findings);
                truth.all();
                Some(truth.held)
            }
            (Err(_), Err(_)) => None,
            (Err(error), Ok(_)) => Some(Held {
                wrong: vec![format!("only the loader refuses: {error}")],
                ..Held::default()
            }),
            (Ok(_), Err(error)) => Some(Held {
                wrong: vec![format!("only the stage refuses: {error}")],
                ..Held::default()
            }),
        })
    });
    held.unwrap_or_else(|error| {
        let wrong = vec![format!("the judge failed: {error}")];
        Some(Held {
            wrong,
            ..Held::default()
        })
    })
}

/// Both sides of a comparison.
struct Truth<'a> {
    scene: &'a Scene,
    world: &'a World,
    findings: &'a Diagnostics,
    entities: &'a [Entity],
    by_path: HashMap<&'a str, Entity>,
    xforms: XformCache,
    physics: Physics,
    meters: f64,
    kilograms: f64,
    /// World (z up) from stage axes, without units.
    turn: Matrix4<f64>,
    /// Prims below point instancers: usd-core's physics does not know them.
    copied: BTreeSet<String>,
    held: Held,
}

/// Types that describe other prims; they and what is below them are not prims of the world.
const NOWHERE: [&str; 7] = [
    "Material",
    "Shader",
    "NodeGraph",
    "GeomSubset",
    "RenderSettings",
    "RenderProduct",
    "RenderVar",
];

impl<'a> Truth<'a> {
    fn new(scene: &'a Scene, world: &'a World, findings: &'a Diagnostics) -> Self {
        let entities = &world.get_resource::<Plant>().unwrap().entities[..];
        let path = |e: &Entity| (&*world.get::<SourcePath>(*e).unwrap().prim, *e);
        let field = |name: &str| {
            let field = scene.stage().field::<Value>(sdf::Path::abs_root(), name);
            field.ok().flatten()
        };
        let number = |name: &str, fallback| match field(name) {
            Some(Value::Double(x)) if x > 0.0 => x,
            _ => fallback,
        };
        let is_z = matches!(field("upAxis"), Some(Value::Token(axis)) if axis.as_str() == "Z");
        let mut turn = Matrix4::identity();
        if !is_z {
            turn.fixed_view_mut::<3, 3>(0, 0)
                .copy_from(&nalgebra::Matrix3::new(
                    1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0,
                ));
        }
        Self {
            scene,
            world,
            findings,
            entities,
            by_path: entities.iter().map(path).collect(),
            xforms: XformCache::new(scene, None),
            physics: physics::parse(scene),
            meters: number("metersPerUnit", 0.01),
            kilograms: number("kilogramsPerUnit", 1.0),
            turn,
            copied: BTreeSet::new(),
            held: Held::default(),
        }
    }

    fn all(&mut self) {
        self.same_prims();
        self.transforms();
        self.visibility();
        self.shapes();
        self.copies();
        self.bodies();
        self.colliders();
        self.joints();
        self.articulations();
        self.groups();
        self.filtered();
        self.gravity();
        self.materials();
        self.masses();
    }

    /// Both have the same prims.
    fn same_prims(&mut self) {
        let mut expected = BTreeSet::new();
        let mut skipped: Vec<String> = Vec::new();
        let mut instancers: Vec<String> = Vec::new();
        for_each_prim(self.scene, |prim| {
            let path = prim.path().as_str();
            let on = prim.is_active()? && prim.is_defined()? && prim.is_loaded()?;
            let kind = prim
                .type_name()?
                .map_or_else(String::new, |t| t.as_str().to_owned());
            let out = !on || prim.is_abstract()? || NOWHERE.contains(&&*kind);
            if out || is_below(path, skipped.last()) {
                if !is_below(path, skipped.last()) {
                    skipped.push(path.to_owned());
                }
                return Ok(());
            }
            if is_below(path, instancers.last()) {
                self.copied.insert(path.to_owned());
            } else if kind == "PointInstancer" {
                instancers.push(path.to_owned());
            }
            expected.insert(path.to_owned());
            Ok(())
        })
        .unwrap();
        self.count("prims", expected.len());
        let found = self.by_path.keys().map(|p| (*p).to_owned()).collect();
        self.same_sets("prims", &found, &expected);
    }

    /// Gravity of the first scene.
    fn gravity(&mut self) {
        let expected = match self.physics.scenes.first() {
            Some(scene) => {
                let down = Vector3::from(scene.gravity_direction.map(f64::from));
                let magnitude = f64::from(scene.gravity_magnitude) * self.meters;
                self.turn.transform_vector(&down) * magnitude
            }
            None => Vector3::new(0.0, 0.0, -9.81),
        };
        let found = Vector3::from(self.world.get_resource::<Plant>().unwrap().gravity);
        self.count("gravity", 1);
        let off = (found - expected).norm();
        if off > 1e-5 * (1.0 + expected.norm()) {
            self.wrong(
                "gravity",
                "",
                format!("{found:?}, the stage has {expected:?}"),
            );
        }
    }

    fn count(&mut self, kind: &'static str, number: usize) {
        *self.held.counts.entry(kind).or_default() += number;
    }

    fn because(&mut self, cause: &'static str) {
        *self.held.causes.entry(cause).or_default() += 1;
    }

    fn wrong(&mut self, what: &str, path: &str, how: impl std::fmt::Display) {
        self.held.wrong.push(format!("{what} of {path}: {how}"));
    }

    /// Says what one set lacks and what it has too much.
    fn same_sets(&mut self, what: &str, found: &BTreeSet<String>, expected: &BTreeSet<String>) {
        for path in expected.difference(found) {
            self.wrong(what, path, "missing in the world");
        }
        for path in found.difference(expected) {
            self.wrong(what, path, "not on the stage");
        }
    }

    fn prim(&self, path: &str) -> usd::Prim {
        self.scene.stage().prim(path).unwrap()
    }

    /// World from prim in SI, scale in metres per unit.
    fn world_from(&self, path: &str) -> Matrix4<f64> {
        let mut matrix = self.turn * self.xforms.world(&self.prim(path));
        let scaled = matrix.fixed_view::<3, 4>(0, 0) * self.meters;
        matrix.fixed_view_mut::<3, 4>(0, 0).copy_from(&scaled);
        matrix
    }

    /// A pose of the parser in the world: stage axes and units.
    fn pose(&self, position: [f32; 3], rotation: [f32; 4]) -> Isometry3<f64> {
        let [w, x, y, z] = rotation.map(f64::from);
        let q = nalgebra::Quaternion::new(w, x, y, z);
        let turn = nalgebra::UnitQuaternion::from_quaternion(q);
        let shift = Vector3::from(position.map(f64::from)) * self.meters;
        Isometry3::from_parts(shift.into(), turn)
    }

    /// The same for a pose in the stage's own frame.
    fn world_pose(&self, position: [f32; 3], rotation: [f32; 4]) -> Isometry3<f64> {
        self.stage_frame() * self.pose(position, rotation)
    }

    /// World from the stage's frame.
    fn stage_frame(&self) -> Isometry3<f64> {
        let linear = self.turn.fixed_view::<3, 3>(0, 0).into_owned();
        let turn = nalgebra::Rotation3::from_matrix_unchecked(linear);
        Isometry3::from_parts(Vector3::zeros().into(), turn.into())
    }

    /// Whether a finding with this code names the prim, or one above it.
    fn is_told(&self, path: &str, code: &str) -> bool {
        let at = |site: &Site| !site.prim.is_empty() && is_below(path, Some(&site.prim));
        let mut findings = self.findings.findings().iter();
        findings.any(|f| f.code == code && (f.site.prim == path || at(&f.site)))
    }
}

/// Whether a path lies below another one.
fn is_below(path: &str, above: Option<&String>) -> bool {
    let rest = above.and_then(|above| path.strip_prefix(above.as_str()));
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// Whether numbers agree to a part of their size: single precision with some steps in between.
fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 4e-6 * a.abs().max(b.abs())
}
