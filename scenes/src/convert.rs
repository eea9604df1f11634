//! The composed stage into the ECS.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use bevy_ecs::entity::Entity;
use halle_world::components::{
    ArticulationRoot, AuthoredMass, Collider, InBody, LocalPose, Name, Parent, RigidBody,
    SourcePath, WorldPose,
};
use halle_world::{CompileError, Diagnostics, Finding, Plant, Severity, Site, World};
use nalgebra::{Isometry3, Matrix4, Vector3};
use openusd::pcp::CompositionDiagnostic;
use openusd::sdf::{self, Value};
use openusd::usd::{PrimPredicate, Stage};

use crate::bindings::{Bound, Materials};
use crate::error::SceneError;
use crate::physics::{Known, Units};
use crate::reader::{PrimReader, Reading};
use crate::transform::{Placement, local_matrix, place};
use crate::{geometry, halle, looks, open, physics, supported, value};

/// Types that describe other prims and stand nowhere.
const NOWHERE: [&str; 7] = [
    "Material",
    "Shader",
    "NodeGraph",
    "GeomSubset",
    "RenderSettings",
    "RenderProduct",
    "RenderVar",
];

/// A prim on the way from the stage to the world.
struct Entry<'r> {
    prim: PrimReader<'r>,
    placement: Placement,
    visible: bool,
    bound: Bound,
    body: Option<String>,
}

/// Copies a stage into a new world.
pub(crate) fn convert(path: &Path, stage: &Stage) -> Result<(World, Diagnostics), SceneError> {
    let root = stage.root_layer().identifier().to_owned();
    let cut = root.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let reading = Reading {
        folder: root[..cut].to_owned(),
        diagnostics: RefCell::new(Diagnostics::default()),
    };
    let root_site = Site {
        layer: reading.layer_name(&root),
        ..Site::default()
    };
    let (units, world_from_stage) = stage_units(stage, &reading, &root_site);
    let entries = collect(path, stage, &reading, units, &world_from_stage)?;
    let mut world = World::new();
    let known = spawn(
        &mut world,
        &entries,
        units,
        place(&world_from_stage, 1.0).pose,
    );
    let mut materials = Materials::new(stage, &reading, units);
    for entry in &entries {
        fill(&mut world, entry, &known, &mut materials);
    }
    report_untouchable(&world, &entries, &known, &reading);
    report_composition(stage, &reading);
    let (gravity, time_step) = scene(&entries, &world_from_stage, units, &reading, &root_site);
    let plant = Plant {
        entities: entries
            .iter()
            .map(|e| known.entities[&e.prim.path])
            .collect(),
        source: path.display().to_string(),
        inputs: open::inputs(stage, &reading.folder),
        gravity,
        time_step,
    };
    world.insert_resource(plant);
    require(&world, &root_site)?;
    drop(entries);
    Ok((world, reading.diagnostics.into_inner()))
}

/// Units of the stage and the turn that brings its up axis onto z.
fn stage_units(stage: &Stage, reading: &Reading, root: &Site) -> (Units, Matrix4<f64>) {
    let authored = |name: &str| {
        stage
            .field::<Value>(sdf::Path::abs_root(), name)
            .ok()
            .flatten()
    };
    let assumed = |name: &str, assumed: &str| {
        let message = format!("stage does not say `{name}`: {assumed} is assumed");
        let finding = Finding::new(
            Severity::Warning,
            "SC0108",
            root.with_property(name),
            message,
        );
        reading.push(finding.help(format!("author `{name}` in the root layer's metadata")));
    };
    let meters = authored("metersPerUnit").as_ref().and_then(value::number);
    let meters = meters
        .filter(|m| *m > 0.0 && m.is_finite())
        .unwrap_or_else(|| {
            assumed("metersPerUnit", "0.01");
            0.01
        });
    // The mass unit's fallback is one kilogram, which is what nearly every file means.
    let kilograms = authored("kilogramsPerUnit")
        .as_ref()
        .and_then(value::number);
    let kilograms = kilograms
        .filter(|k| *k > 0.0 && k.is_finite())
        .unwrap_or(1.0);
    let up = authored("upAxis")
        .as_ref()
        .and_then(value::text)
        .unwrap_or_else(|| {
            assumed("upAxis", "`Y`");
            "Y".to_owned()
        });
    let turn = if up == "Z" {
        Matrix4::identity()
    } else {
        // A quarter turn about x without the rounding of a cosine.
        Matrix4::new(
            1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0,
        )
    };
    (Units { meters, kilograms }, turn)
}

/// Reads all prims that take part, parents before children.
fn collect<'r>(
    path: &Path,
    stage: &Stage,
    reading: &'r Reading,
    units: Units,
    world_from_stage: &Matrix4<f64>,
) -> Result<Vec<Entry<'r>>, SceneError> {
    let mut paths = Vec::new();
    let traversed = stage.traverse(PrimPredicate::DEFAULT_PROXIES, |p| paths.push(p.clone()));
    traversed.map_err(|error| open::broken(path, &error))?;
    let mut entries: Vec<Entry<'r>> = Vec::new();
    let mut above: BTreeMap<String, (Matrix4<f64>, usize)> = BTreeMap::new();
    for prim_path in paths.iter().filter(|p| !p.is_abs_root()) {
        let prim = PrimReader::new(stage, prim_path, reading)
            .map_err(|error| open::broken(path, &error))?;
        supported::report_unsupported(&prim);
        if NOWHERE.contains(&prim.kind.as_str()) {
            continue;
        }
        let parent = prim_path.parent().and_then(|p| above.get(p.as_str()));
        let (local, reset) = local_matrix(&prim);
        let world_from_parent = parent
            .filter(|_| !reset)
            .map_or(world_from_stage, |(m, _)| m);
        let world_from_prim = world_from_parent * local;
        let parent = parent.map(|(_, index)| &entries[*index]);
        let shown = prim.text_or("visibility", "inherited") != "invisible"
            && !matches!(
                prim.text_or("purpose", "default").as_str(),
                "proxy" | "guide"
            );
        let is_body = physics::rigid_body(&prim).is_some();
        let own = is_body.then(|| prim.path.clone());
        let entry = Entry {
            placement: place(&world_from_prim, units.meters),
            visible: shown && parent.is_none_or(|p| p.visible),
            bound: Bound::at(&prim, parent.map_or(&Bound::default(), |p| &p.bound)),
            body: own.or_else(|| parent.and_then(|p| p.body.clone())),
            prim,
        };
        above.insert(entry.prim.path.clone(), (world_from_prim, entries.len()));
        entries.push(entry);
    }
    Ok(entries)
}

/// Makes an entity for every prim, with what all of them have.
fn spawn(
    world: &mut World,
    entries: &[Entry<'_>],
    units: Units,
    world_from_stage: Isometry3<f64>,
) -> Known {
    let mut known = Known {
        entities: BTreeMap::new(),
        placements: BTreeMap::new(),
        units,
        world_from_stage,
    };
    for entry in entries {
        let path = &entry.prim.path;
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let source = SourcePath {
            layer: entry.prim.layer.clone(),
            prim: path.clone(),
        };
        let pose = entry.placement.pose;
        let parent_pose = known.placements.get(above).map(|p: &Placement| p.pose);
        let local = parent_pose.map_or(pose, |parent| parent.inv_mul(&pose));
        let mut entity = world.spawn((
            source,
            Name(name.to_owned()),
            LocalPose(local),
            WorldPose(pose),
        ));
        if let Some(parent) = known.entities.get(above) {
            entity.insert(Parent(*parent));
        }
        let id = entity.id();
        known.entities.insert(path.clone(), id);
        known.placements.insert(path.clone(), entry.placement);
        if let Some(body) = entry.body.as_ref().and_then(|b| known.entities.get(b)) {
            world.entity_mut(id).insert(InBody(*body));
        }
    }
    known
}

/// Adds what a prim is.
fn fill(world: &mut World, entry: &Entry<'_>, known: &Known, materials: &mut Materials<'_>) {
    let (prim, placement) = (&entry.prim, &entry.placement);
    let mut entity = world.entity_mut(known.entities[&prim.path]);
    if let Some(body) = physics::rigid_body(prim) {
        entity.insert(body);
    }
    if prim.has("PhysicsMassAPI") {
        entity.insert(physics::mass(prim, placement, known.units));
    }
    if prim.has("PhysicsArticulationRootAPI") {
        entity.insert(ArticulationRoot);
    }
    if let Some(joint) = physics::joint(prim, known) {
        entity.insert(joint);
    }
    if let Some(tool) = halle::tool(prim) {
        entity.insert(tool);
    }
    if let Some(polishable) = halle::polishable(prim) {
        entity.insert(polishable);
    }
    if let Some(camera) = looks::camera(prim, known.units.meters) {
        entity.insert(camera);
    }
    if let Some(light) = looks::light(prim, placement) {
        entity.insert(light);
    }
    if prim.kind == "PhysicsCollisionGroup" {
        entity.insert(physics::collision_group(prim, known));
    }
    let geometry = geometry::geometry(prim, placement, entry.visible);
    if geometry.is_some() || prim.value("halle:tool:kind").is_some() {
        if let Some(look) = materials.look(prim, &entry.bound) {
            entity.insert(look);
        }
        if let Some(contact) = materials.contact(prim, &entry.bound) {
            entity.insert(contact);
        }
    }
    if let Some(geometry) = geometry {
        entity.insert(geometry);
        if prim.has("PhysicsCollisionAPI") {
            entity.insert(Collider {
                enabled: prim.truth_or("physics:collisionEnabled", true),
            });
        }
    }
}

/// Bodies with a mass but without a collider.
fn report_untouchable(world: &World, entries: &[Entry<'_>], known: &Known, reading: &Reading) {
    let entity = |e: &Entry<'_>| known.entities[&e.prim.path];
    let owner = |e: &Entry<'_>| world.get::<InBody>(entity(e)).map(|b| b.0);
    let touchable: Vec<Entity> = entries
        .iter()
        .filter(|e| world.get::<Collider>(entity(e)).is_some_and(|c| c.enabled))
        .filter_map(owner)
        .collect();
    for entry in entries {
        let body = entity(entry);
        let mass = world.get::<AuthoredMass>(body).and_then(|m| m.mass);
        let (Some(mass), Some(_)) = (mass, world.get::<RigidBody>(body)) else {
            continue;
        };
        if !touchable.contains(&body) {
            let message = "body has mass but no collision shape".to_owned();
            let site = entry.prim.site("physics:mass");
            reading.push(
                Finding::new(Severity::Warning, "SC0107", site, message)
                    .note(format!("{mass} kg will move but touch nothing"))
                    .help("add `PhysicsCollisionAPI` to a child shape, or mark the body kinematic"),
            );
        }
    }
}

/// References, sublayers and other arcs that could not be followed.
fn report_composition(stage: &Stage, reading: &Reading) {
    for diagnostic in stage.composition_errors() {
        let (layer, prim) = match &diagnostic {
            CompositionDiagnostic::UnresolvedLayer {
                introduced_by,
                site_path,
                ..
            }
            | CompositionDiagnostic::MalformedLayer {
                introduced_by,
                site_path,
                ..
            } => (
                reading.layer_name(introduced_by),
                site_path.as_str().to_owned(),
            ),
            _ => (
                reading.layer_name(stage.root_layer().identifier()),
                String::new(),
            ),
        };
        let prim = if prim == "/" { String::new() } else { prim };
        let text = open::one_line(&diagnostic.to_string()).replace(&reading.folder, "");
        let site = Site {
            layer,
            prim,
            property: String::new(),
        };
        reading.push(
            Finding::new(
                Severity::Warning,
                "SC0101",
                site,
                format!("composition: {text}"),
            )
            .note("the rest of the scene is loaded")
            .help("correct the arc, or put the file where it is looked for"),
        );
    }
}

/// Gravity in world axes \[m/s^2\] and the length of a substep \[s\].
fn scene(
    entries: &[Entry<'_>],
    world_from_stage: &Matrix4<f64>,
    units: Units,
    reading: &Reading,
    root: &Site,
) -> ([f64; 3], f64) {
    let mut scenes = entries.iter().filter(|e| e.prim.kind == "PhysicsScene");
    let Some(first) = scenes.next() else {
        let message = "stage has no `PhysicsScene`: gravity of 9.81 m/s^2 is assumed".to_owned();
        let finding = Finding::new(Severity::Warning, "SC0112", root.clone(), message);
        reading.push(finding.help("add a `PhysicsScene` prim"));
        return ([0.0, 0.0, -9.81], halle::DEFAULT_TIME_STEP);
    };
    for other in scenes {
        let message = "more than one `PhysicsScene`: this one is not used";
        other
            .prim
            .find(Severity::Warning, "SC0112", "", message, "keep one of them");
    }
    let prim = &first.prim;
    let authored = prim
        .read("physics:gravityDirection", value::triple)
        .map(Vector3::from);
    let direction = authored.and_then(|v| v.try_normalize(1e-12));
    let down = direction.map_or(-Vector3::z(), |v| world_from_stage.transform_vector(&v));
    let magnitude = prim.read("physics:gravityMagnitude", value::number);
    let strength = magnitude.filter(|g| *g >= 0.0 && g.is_finite());
    let gravity = down * strength.map_or(9.81, |g| g * units.meters);
    let time_step = prim.number_or("halle:scene:timeStep", halle::DEFAULT_TIME_STEP);
    (gravity.into(), time_step)
}

/// A scene must hold what the simulation is about.
fn require(world: &World, root: &Site) -> Result<(), CompileError> {
    let plant = world.get_resource::<Plant>();
    let entities = plant.map_or(&[][..], |p| &p.entities);
    let some = |has: fn(&World, Entity) -> bool| entities.iter().any(|e| has(world, *e));
    let site = || root.clone();
    if !some(|w, e| w.get::<ArticulationRoot>(e).is_some()) {
        return Err(CompileError::NoRobot { site: site() });
    }
    if !some(|w, e| w.get::<halle_world::components::Tool>(e).is_some()) {
        return Err(CompileError::NoTool { site: site() });
    }
    if !some(|w, e| w.get::<halle_world::components::Polishable>(e).is_some()) {
        return Err(CompileError::NoSurface { site: site() });
    }
    Ok(())
}
