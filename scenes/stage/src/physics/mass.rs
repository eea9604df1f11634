//! Mass, centre and inertia of rigid bodies by USD's rules of precedence.
//!
//! A body's own mass, centre and inertia come first. What it does not say comes from the colliders
//! below it: a collider's mass, or its volume times its own density, the body's, its material's, or
//! a tonne per cubic metre. The rules are those of `UsdPhysicsRigidBodyAPI::ComputeMassProperties`.

use std::collections::{BTreeSet, HashMap};

use nalgebra::Matrix4;
use openusd::sdf::Path;
use openusd::tf::Token;
use serde_json::{Value, json};

use super::assemble::physics_material;
use super::blueprint::{RawMass, RawShape, Record, What};
use super::desc::Geometry;
use super::gf;
use super::place::{Place, Placed, Placer};
use super::solid::Solid;
use super::tensor::{self, IDENTITY, Properties, Stand, Tensor};
use super::walk::Walker;
use super::{json, mesh, units};
use crate::material::MaterialCache;
use crate::open::Scene;
use crate::xform;

/// Whose shapes' masses are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MassRules {
    /// Solids as they are: what a simulation needs.
    #[default]
    Physical,
    /// What usd-core returns for the volumes of its own tests: the inertia handed to it is that of
    /// unit mass instead of unit density, and a collider of unknown volume (anything but mesh, cube,
    /// sphere, capsule, cylinder and cone of the first versions) weighs one mass unit.
    Reference,
}

/// Mass properties of a body, in the mass and distance units of the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct BodyMass {
    /// The body's prim.
    pub path: Path,
    /// Mass; negative if nothing says it.
    pub mass: f32,
    /// Principal moments of inertia about the centre.
    pub inertia: [f32; 3],
    /// Centre of mass in the body's frame, the body's scale applied.
    pub center: [f32; 3],
    /// Body from principal axes, `[w, x, y, z]`; `None` if authored moments come without axes: the
    /// body's own axes are meant.
    pub axes: Option<[f32; 4]>,
    /// Approximations of the meshes that were measured.
    pub approximations: BTreeSet<Token>,
}

/// The mass properties of all rigid bodies of a stage, in traversal order.
///
/// Bodies below point instancers count too, unlike in [`super::parse`]. Disabled colliders weigh
/// nothing; what is below a nested body counts for that one, unless it is disabled.
#[must_use]
pub fn mass_properties(scene: &Scene, rules: MassRules) -> Vec<BodyMass> {
    let mut walker = Walker::new(scene, true);
    let blueprint = walker.stage_blueprint();
    let stage = scene.stage();
    let meters = units::meters_per_unit(stage) as f32;
    let kilograms = units::kilograms_per_unit(stage) as f32;
    let mut scale = Scales {
        scene,
        rules,
        meters,
        density: 1000.0 * meters * meters * meters / kilograms,
        above: Vec::new(),
        bodies: Vec::new(),
        solids: HashMap::new(),
        densities: HashMap::new(),
        materials: None,
    };
    Placer::new(&mut |place, placed| scale.take(place, placed)).stage(&blueprint);
    while scale.above.pop().is_some_and(|body| scale.finish(body)) {}
    let mut bodies = scale.bodies;
    bodies.sort_by_key(|(serial, _)| *serial);
    bodies.into_iter().map(|(_, body)| body).collect()
}

/// The same as JSON by path: `mass`, `inertia`, `com`, `axes`, and `mesh` with the approximations.
#[must_use]
pub fn mass_json(bodies: &[BodyMass]) -> Value {
    let entry = |it: &BodyMass| {
        let axes = it.axes.map(|axes| json::floats(&axes));
        let mut fields = json!({
            "mass": json::float(it.mass),
            "inertia": json::floats(&it.inertia),
            "com": json::floats(&it.center),
            "axes": axes,
        });
        if !it.approximations.is_empty() {
            let names = it
                .approximations
                .iter()
                .map(|name| Value::from(name.as_str()));
            fields["mesh"] = names.collect();
        }
        (it.path.as_str().to_owned(), fields)
    };
    Value::Object(bodies.iter().map(entry).collect())
}

/// A body whose colliders are being gathered.
struct Open {
    serial: usize,
    path: Path,
    world: Matrix4<f64>,
    scale: [f64; 3],
    own: Own,
    enabled: bool,
    parts: Vec<(Properties, Stand)>,
    approximations: BTreeSet<Token>,
}

/// What a prim says of its mass, sentinels removed.
struct Own {
    mass: Option<f32>,
    density: f32,
    inertia: Option<[f32; 3]>,
    axes: Option<[f32; 4]>,
    center: Option<[f32; 3]>,
}

/// Differences below this are none, in inertias and axes.
const TOLERANCE: f32 = 1e-5;

impl Own {
    fn new(raw: Option<&RawMass>, scale: [f64; 3]) -> Self {
        let Some(raw) = raw else {
            return Self {
                mass: None,
                density: -1.0,
                inertia: None,
                axes: None,
                center: None,
            };
        };
        let near = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        let tolerance = f64::from(TOLERANCE);
        let turned = near(&raw.axes[1..]) > tolerance || raw.axes[0].abs() > TOLERANCE;
        let center = raw.center;
        let known = center.iter().all(|x| x.is_finite());
        Self {
            mass: (raw.mass > 0.0).then_some(raw.mass),
            density: raw.density,
            inertia: (near(&raw.inertia) > tolerance).then_some(raw.inertia),
            axes: turned.then_some(raw.axes),
            center: known.then(|| [0, 1, 2].map(|k| center[k] * scale[k] as f32)),
        }
    }
}

impl Own {
    /// Whether colliders have nothing to add.
    fn is_complete(&self) -> bool {
        self.mass.is_some() && self.center.is_some() && self.inertia.is_some()
    }
}

/// The weighing of a stage.
struct Scales<'a> {
    scene: &'a Scene,
    rules: MassRules,
    /// Metres per distance unit.
    meters: f32,
    /// The density of what has none, in stage units.
    density: f32,
    above: Vec<Open>,
    bodies: Vec<(usize, BodyMass)>,
    /// Solids by record and scale.
    solids: HashMap<(*const Record, [u64; 3]), Option<Solid>>,
    densities: HashMap<Path, f32>,
    materials: Option<MaterialCache>,
}

impl Scales<'_> {
    fn take(&mut self, place: &mut Place<'_>, placed: Placed<'_>) {
        let record = placed.record;
        match &record.what {
            What::Body(raw) => {
                self.leave(&placed.path);
                let world = record.frame.world(&place.world);
                let scale = gf::factor(&world).scale;
                self.above.push(Open {
                    serial: self.bodies.len() + self.above.len(),
                    path: placed.path,
                    world,
                    scale,
                    own: Own::new(raw.mass.as_deref(), scale),
                    enabled: raw.enabled,
                    parts: Vec::new(),
                    approximations: BTreeSet::new(),
                });
            }
            What::Shape(raw) if raw.enabled => {
                self.weigh(place, &placed, raw.mass.as_deref(), Some(raw));
            }
            What::Unknown(Some(mass)) => self.weigh(place, &placed, mass.as_deref(), None),
            _ => {}
        }
    }

    /// Finishes the bodies that a prim is not below.
    fn leave(&mut self, path: &Path) {
        while self
            .above
            .last()
            .is_some_and(|above| !path.has_prefix(&above.path))
        {
            if let Some(body) = self.above.pop() {
                self.finish(body);
            }
        }
    }

    /// Adds a collider to the bodies that it is below.
    fn weigh(
        &mut self,
        place: &Place<'_>,
        placed: &Placed<'_>,
        mass: Option<&RawMass>,
        raw: Option<&RawShape>,
    ) {
        self.leave(&placed.path);
        // The nearest body, and those above it up to the first that is enabled.
        let nearest = self
            .above
            .iter()
            .rposition(|body| body.enabled)
            .unwrap_or(0);
        let open = nearest..self.above.len();
        let wanted: Vec<usize> = open.filter(|&k| !self.above[k].own.is_complete()).collect();
        if wanted.is_empty() {
            return;
        }
        let world = placed.record.frame.world(&place.world);
        let factors = gf::factor(&world);
        let solid = raw.and_then(|raw| self.solid(placed.record, raw, factors.scale));
        let own = Own::new(mass, factors.scale);
        let material = if own.density > 0.0 {
            0.0
        } else {
            raw.map_or(0.0, |raw| self.material_density(place, &placed.path, raw))
        };
        for k in wanted {
            let body = &self.above[k];
            let density = [own.density, body.own.density, material]
                .into_iter()
                .find(|density| *density > 0.0)
                .unwrap_or(self.density);
            let stand = stand(&placed.path, &world, body);
            let part = part(solid, &own, density, self.rules);
            let approximation = raw.and_then(|raw| raw.geometry.approximation());
            let body = &mut self.above[k];
            body.approximations.extend(approximation.cloned());
            if let Some(part) = part {
                body.parts.push((part, stand));
            }
        }
    }

    fn material_density(&mut self, place: &Place<'_>, path: &Path, raw: &RawShape) -> f32 {
        let (scene, materials) = (self.scene, &mut self.materials);
        let found = place.material(&raw.bindings, path, &mut |prim| {
            let cache = materials.get_or_insert_with(|| MaterialCache::new(scene));
            physics_material(scene, cache, prim)
        });
        let Some(material) = found else { return 0.0 };
        let read = |path: &Path| {
            let prim = scene.stage().prim(path).ok()?;
            crate::read::get::<f32>(&prim.attribute("physics:density"))
                .ok()
                .flatten()
        };
        let fresh = || read(&material).unwrap_or(0.0);
        *self.densities.entry(material.clone()).or_insert_with(fresh)
    }

    /// The solid of a collider, in its own axes with the world's scale; `None` if unknown.
    fn solid(&mut self, record: &Record, raw: &RawShape, scale: [f64; 3]) -> Option<Solid> {
        // Places of one blueprint differ in their last bits.
        let key = (
            std::ptr::from_ref(record),
            scale.map(|x| (x as f32 as f64).to_bits()),
        );
        if let Some(known) = self.solids.get(&key) {
            return *known;
        }
        let (geometry, _) = raw.geometry.scaled(scale);
        let solid = match &geometry {
            Geometry::Mesh { approximation, .. } => {
                let prim = self.scene.stage().prim(&record.path).ok();
                prim.map(|prim| mesh::solid(&prim, approximation.as_str(), scale))
            }
            Geometry::Capsule1(_) | Geometry::Cylinder1(_) | Geometry::SpherePoints(_)
                if self.rules == MassRules::Reference =>
            {
                None
            }
            other => Solid::of(other),
        };
        self.solids.insert(key, solid);
        solid
    }

    /// Completes a body from its colliders. True, for the loop that empties the stack.
    fn finish(&mut self, body: Open) -> bool {
        let own = &body.own;
        let mut mass = own.mass.unwrap_or(-1.0);
        let mut inertia = own.inertia.unwrap_or([1.0; 3]);
        let mut axes = own.axes;
        let mut center = own.center.unwrap_or_default();
        let complete = own.is_complete();
        if !complete && !body.parts.is_empty() {
            let mut all = Properties::together(&body.parts);
            if own.mass.is_some() {
                let factor = mass / all.mass;
                all.mass = mass;
                all.inertia = tensor::scaled(&all.inertia, factor);
            } else {
                mass = all.mass;
            }
            match own.center {
                Some(center) => all.move_to(center),
                None => center = all.center,
            }
            let (moments, turn) = tensor::diagonalized(&all.inertia);
            if own.inertia.is_none() {
                inertia = moments;
            }
            axes = axes.or(Some(turn));
        } else if !complete && own.inertia.is_none() && mass > 0.0 {
            // A ball of ten centimetres stands for a point.
            let radius = 0.1 / self.meters;
            inertia = [0.4 * mass * radius * radius; 3];
        }
        let done = BodyMass {
            path: body.path,
            mass,
            inertia,
            center,
            axes,
            approximations: body.approximations,
        };
        self.bodies.push((body.serial, done));
        true
    }
}

/// Where a collider stands in a body.
fn stand(path: &Path, world: &Matrix4<f64>, body: &Open) -> Stand {
    if *path == body.path {
        return Stand {
            position: [0.0; 3],
            rotation: [1.0, 0.0, 0.0, 0.0],
        };
    }
    let factors = gf::factor(&(xform::inverse(&body.world) * world));
    let t = factors.translation;
    Stand {
        position: gf::narrow3([0, 1, 2].map(|k| t[k] * body.scale[k])),
        rotation: gf::narrow4(gf::rotation_quaternion(&factors.rotation)),
    }
}

/// Mass properties of one collider; `None` for one that weighs nothing since it has no volume.
fn part(solid: Option<Solid>, own: &Own, density: f32, rules: MassRules) -> Option<Properties> {
    let Some(solid) = solid else {
        let weighs = rules == MassRules::Reference;
        return weighs.then_some(Properties {
            mass: 1.0,
            inertia: IDENTITY,
            center: [0.0; 3],
        });
    };
    let volume = solid.volume as f32;
    let unit = match rules {
        MassRules::Physical => solid.inertia,
        MassRules::Reference if solid.volume > 0.0 => solid.inertia / solid.volume,
        MassRules::Reference => nalgebra::Matrix3::identity(),
    };
    let mut inertia: Tensor = [0, 1, 2].map(|i| [0, 1, 2].map(|j| unit[(i, j)] as f32));
    let mut center = gf::narrow3(solid.center.into());
    let mass = match own.mass {
        Some(mass) => {
            inertia = tensor::scaled(&inertia, mass / volume);
            mass
        }
        None => {
            inertia = tensor::scaled(&inertia, density);
            volume * density
        }
    };
    if let Some([x, y, z]) = own.inertia {
        inertia = [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]];
    }
    if let Some(axes) = own.axes {
        inertia = tensor::rotated(&inertia, axes);
    }
    if let Some(own_center) = own.center {
        if own.inertia.is_none() {
            let mut moved = Properties {
                mass,
                inertia,
                center,
            };
            moved.move_to(own_center);
            inertia = moved.inertia;
        }
        center = own_center;
    }
    Some(Properties {
        mass,
        inertia,
        center,
    })
}
