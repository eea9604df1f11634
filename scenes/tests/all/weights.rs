//! What plants and robots by others weigh, and the same plant in other units.

use std::fs;
use std::path::{Path, PathBuf};

use halle_scenes::{LoadOptions, World, load, load_with};
use halle_world::components::{Plant, RigidBody, SourcePath};
use halle_world::{Diagnostics, MassProperties, body_mass};

use crate::local;

/// Bodies by path with their mass properties.
fn weights(world: &World) -> Vec<(String, MassProperties)> {
    let entities = &world.get_resource::<Plant>().unwrap().entities;
    let bodies = entities
        .iter()
        .filter(|e| world.get::<RigidBody>(**e).is_some());
    let weighed = bodies.filter_map(|body| {
        let path = world.get::<SourcePath>(*body)?.prim.clone();
        Some((path, body_mass(world, *body, &mut Diagnostics::default())?))
    });
    weighed.collect()
}

fn kilograms(file: &Path) -> f64 {
    let (world, _) = load(file).unwrap();
    weights(&world).iter().map(|w| w.1.mass).sum()
}

/// The corpus, or nothing with a word about it.
fn corpus() -> Option<PathBuf> {
    let corpus = local("../../shared/corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("corpus is not there: weights of others' plants are not checked");
    None
}

/// Published sums, to the gram that they are given to.
#[test]
fn published_robots() {
    let Some(corpus) = corpus() else { return };
    for (file, expected) in [("ur10e", 33.104), ("fr3", 18.604)] {
        let file = corpus.join(format!("robots-usdphysics/converted/{file}/{file}.usda"));
        let found = kilograms(&file);
        assert!(
            (found - expected).abs() < 5e-4,
            "{}: {found} kg",
            file.display()
        );
    }
}

/// The same plant in metres and in millimetres weighs the same, body by body: mass, centre and
/// inertia to single precision.
#[test]
fn plants_in_metres_and_millimetres() {
    let Some(corpus) = corpus() else { return };
    let [a, b] = ["c10_m", "c10_mm"].map(|name| {
        let (world, _) = load(corpus.join(format!("factory-synthetic/{name}/root.usda"))).unwrap();
        weights(&world)
    });
    assert!(
        a.len() > 100 && a.len() == b.len(),
        "{} and {} bodies",
        a.len(),
        b.len()
    );
    for ((path, a), (other, b)) in a.iter().zip(&b) {
        assert_eq!(path, other);
        same(a, b, path);
    }
}

fn same(a: &MassProperties, b: &MassProperties, path: &str) {
    let size = (a.inertia.norm() / a.mass).sqrt();
    assert!(
        (a.mass / b.mass - 1.0).abs() < 1e-5,
        "{path}: {} kg, {} kg",
        a.mass,
        b.mass
    );
    assert!(
        (a.center - b.center).norm() < 1e-5 * (size + a.center.norm()),
        "{path}"
    );
    assert!(
        (a.inertia - b.inertia).norm() < 1e-4 * a.inertia.norm(),
        "{path}"
    );
}

/// A plant in millimetres that a stage in metres references weighs the same once its units are
/// followed; each of its bodies stands at the same place.
#[test]
fn millimetres_within_metres() {
    let Some(corpus) = corpus() else { return };
    let plant = corpus.join("factory-synthetic/c10_mm/root.usda");
    let text = format!(
        "#usda 1.0\n(\n metersPerUnit = 1\n kilogramsPerUnit = 1\n upAxis = \"Z\"\n)\n\
         def Xform \"Plant\" (\n prepend references = @{}@\n)\n{{\n}}\n",
        plant.display()
    );
    let file = std::env::temp_dir().join(format!("halle-weights-{}.usda", std::process::id()));
    fs::write(&file, text).unwrap();
    let options = LoadOptions {
        fix_units: true,
        ..LoadOptions::default()
    };
    let loaded = load_with(&file, &options);
    fs::remove_file(&file).unwrap();
    let (world, _) = loaded.unwrap();
    let (own, _) = load(&plant).unwrap();
    let (a, b) = (weights(&world), weights(&own));
    assert!(
        a.len() > 100 && a.len() == b.len(),
        "{} and {} bodies",
        a.len(),
        b.len()
    );
    for ((path, a), (other, b)) in a.iter().zip(&b) {
        assert_eq!(path, other);
        same(a, b, path);
    }
}

/// Two boxes of two metres on one body, one at a density, one without: closed forms.
#[test]
fn density_comes_from_the_nearest_word() {
    let text = r#"#usda 1.0
(
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "Body" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
{
    float physics:density = 500
    def Cube "own" (prepend apiSchemas = ["PhysicsCollisionAPI", "PhysicsMassAPI"])
    {
        float physics:density = 250
        double3 xformOp:translate = (-3, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Cube "body" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        double3 xformOp:translate = (3, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
}
"#;
    let file = std::env::temp_dir().join(format!("halle-density-{}.usda", std::process::id()));
    fs::write(&file, text).unwrap();
    let loaded = load(&file);
    fs::remove_file(&file).unwrap();
    let (world, _) = loaded.unwrap();
    let (_, made) = weights(&world).remove(0);
    assert_eq!(made.mass, 8.0 * 750.0);
    assert!((made.center.x - 1.0).abs() < 1e-15);
    // Own moments m s²/6, and the masses at their distances of 4 m and 2 m from the centre.
    let expected = 6000.0 * 4.0 / 6.0 + 2000.0 * 16.0 + 4000.0 * 4.0;
    assert!((made.inertia[(2, 2)] - expected).abs() < 1e-9 * expected);
}
