//! The composed stage into the ECS: reading, placing, and what holds for the plant as a whole.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use halle_stage::open::Scene;
use halle_world::{Diagnostics, Finding, Plant, Severity, Site, World};
use nalgebra::{Matrix4, Vector3};
use openusd::pcp::CompositionDiagnostic;
use openusd::sdf::{self, Value};
use openusd::usd::Stage;

use crate::error::SceneError;
use crate::expand::Expander;
use crate::options::LoadOptions;
use crate::raw::{RawScene, Units};
use crate::reader::Reading;
use crate::recipe::Recipe;
use crate::{halle, links, open, read, value};

/// Copies a stage into a new world.
pub(crate) fn convert(
    path: &Path,
    scene: &Rc<Scene>,
    options: &LoadOptions,
) -> Result<(World, Diagnostics), SceneError> {
    let stage = scene.stage();
    let root = stage.root_layer().identifier().to_owned();
    let reading = Reading {
        scene: Rc::clone(scene),
        diagnostics: RefCell::new(Diagnostics::default()),
        layers: RefCell::new(BTreeMap::new()),
    };
    let root_site = Site {
        layer: reading.layer_name(&root),
        ..Site::default()
    };
    let (units, world_from_stage) = stage_units(stage, &reading, &root_site);
    let recipe = read::read(path, stage, &reading, units, options)?;
    let mut expander = Expander::new(&recipe, stage, &reading, units, world_from_stage);
    expander.expand();
    links::finish(&mut expander);
    let (mut world, entities) = (expander.world, expander.entities);
    report_untouchable(&recipe, stage, &reading, units.kilograms);
    report_composition(stage, &reading);
    let (gravity, time_step) =
        physics_scene(&recipe, &world_from_stage, units, &reading, &root_site);
    world.insert_resource(Plant {
        entities,
        source: path.display().to_string(),
        inputs: open::inputs(scene),
        gravity,
        time_step,
    });
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
    let unit = |name: &str, fallback: f64| {
        let found = authored(name).as_ref().and_then(value::number)?;
        if value::is_unit(found) {
            return Some(found);
        }
        let message = format!("`{name}` of {found} is no unit: {fallback} is used");
        let site = root.with_property(name);
        let finding = Finding::new(Severity::Warning, "SC0116", site, message);
        reading.push(finding.help("author the size of the unit in SI"));
        Some(fallback)
    };
    let meters = unit("metersPerUnit", 0.01).unwrap_or_else(|| {
        assumed("metersPerUnit", "0.01");
        0.01
    });
    // The mass unit's fallback is one kilogram, which is what nearly every file means.
    let kilograms = unit("kilogramsPerUnit", 1.0).unwrap_or(1.0);
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

/// Bodies with a mass but without a collider, once for all instances: links between other links are
/// often meant so, what hangs on nothing falls for ever.
fn report_untouchable(recipe: &Recipe, stage: &Stage, reading: &Reading, kilograms: f64) {
    let joints = recipe.nodes.iter();
    let joints = joints.filter_map(|n| n.content.parts.as_deref()?.joint.as_deref());
    let sides = joints.flat_map(|j| &j.sides);
    let held: BTreeSet<&str> = sides.filter_map(|s| s.body.as_deref()).collect();
    for (index, node) in (0..).zip(&recipe.nodes) {
        let Some(parts) = node.content.parts.as_deref() else {
            continue;
        };
        let (Some(mass), Some(body)) = (parts.mass.and_then(|m| m.mass), parts.body) else {
            continue;
        };
        if body.kinematic || recipe.has_collider(index) {
            continue;
        }
        let site = reading.site_at(stage, &node.path, "physics:mass");
        let kilograms = mass * node.content.units.map_or(kilograms, |u| u.kilograms);
        let finding = if held.contains(&*node.path) {
            let message = "link has mass but no collision shape".to_owned();
            Finding::new(Severity::Note, "SC0107", site, message)
                .note(format!("{kilograms} kg on a joint that touch nothing"))
                .help("add `PhysicsCollisionAPI` to a child shape, if the link can be touched")
        } else {
            let message = "body has mass but no collision shape".to_owned();
            Finding::new(Severity::Warning, "SC0107", site, message)
                .note(format!("{kilograms} kg will move but touch nothing"))
                .help("add `PhysicsCollisionAPI` to a child shape, or mark the body kinematic")
        };
        reading.push(finding);
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
        let folder = format!("{}/", reading.scene.folder().display());
        let text = open::one_line(&diagnostic.to_string()).replace(&folder, "");
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
fn physics_scene(
    recipe: &Recipe,
    world_from_stage: &Matrix4<f64>,
    units: Units,
    reading: &Reading,
    root: &Site,
) -> ([f64; 3], f64) {
    let mut scenes = recipe.nodes.iter().filter_map(|node| {
        let scene = node.content.parts.as_ref()?.scene?;
        Some((node, scene))
    });
    let Some((_, first)) = scenes.next() else {
        let message = "stage has no `PhysicsScene`: gravity of 9.81 m/s^2 is assumed".to_owned();
        let finding = Finding::new(Severity::Warning, "SC0112", root.clone(), message);
        reading.push(finding.help("add a `PhysicsScene` prim"));
        return ([0.0, 0.0, -9.81], halle::DEFAULT_TIME_STEP);
    };
    for (node, _) in scenes {
        let site = Site {
            layer: node.content.layer.to_string(),
            prim: node.path.to_string(),
            property: String::new(),
        };
        let message = "more than one `PhysicsScene`: this one is not used".to_owned();
        let finding = Finding::new(Severity::Warning, "SC0112", site, message);
        reading.push(finding.help("keep one of them"));
    }
    let RawScene {
        direction,
        magnitude,
        time_step,
    } = first;
    let direction = direction.and_then(|v| Vector3::from(v).try_normalize(1e-12));
    let down = direction.map_or(-Vector3::z(), |v| world_from_stage.transform_vector(&v));
    let gravity = down * magnitude.map_or(9.81, |g| g * units.meters);
    (
        gravity.into(),
        time_step.unwrap_or(halle::DEFAULT_TIME_STEP),
    )
}
