//! A subtree that stands in many places is read once: the world must be the one that reading every
//! place by itself gives.

use std::fs;
use std::path::{Path, PathBuf};

use halle_scenes::{LoadOptions, World, load, load_with};
use halle_world::Plant;
use halle_world::components::{
    Actuator, ArticulationRoot, AuthoredMass, Camera, Collider, CollisionGroup, ContactMaterial,
    FaceLooks, FilteredPairs, Geometry, InBody, Joint, Light, Look, Mimic, Parent, RigidBody,
    Scatter, Skin, SourcePath, Subdivision, SurfaceVelocity, WorldPose,
};

use crate::local;

/// Every component of every prim, in words; entities count up in the order of the stage.
fn described(world: &World) -> Vec<String> {
    let plant = world.get_resource::<Plant>().unwrap();
    let mut lines = vec![format!("{:?} {:?}", plant.gravity, plant.time_step)];
    for &e in &plant.entities {
        let w = world;
        lines.push(format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            w.get::<SourcePath>(e).map(|s| &s.prim),
            w.get::<WorldPose>(e),
            w.get::<Parent>(e),
            w.get::<InBody>(e),
            w.get::<RigidBody>(e),
            w.get::<AuthoredMass>(e),
            w.get::<Joint>(e),
            w.get::<Geometry>(e),
        ));
        lines.push(format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            w.get::<Collider>(e),
            w.get::<ContactMaterial>(e),
            w.get::<Look>(e),
            w.get::<FaceLooks>(e),
            w.get::<Skin>(e),
            w.get::<Subdivision>(e),
            w.get::<ArticulationRoot>(e),
            w.get::<CollisionGroup>(e),
            w.get::<FilteredPairs>(e),
            w.get::<SurfaceVelocity>(e),
            w.get::<Mimic>(e),
            w.get::<Actuator>(e),
            w.get::<Camera>(e),
            w.get::<Light>(e),
            w.get::<Scatter>(e),
        ));
    }
    lines
}

/// Loads a scene both ways; refusals must agree as well. Gives the number of prims.
fn agree(path: &Path) -> usize {
    let apart = LoadOptions {
        share_subtrees: false,
        ..LoadOptions::default()
    };
    match (load(path), load_with(path, &apart)) {
        (Ok((shared, _)), Ok((apart, _))) => {
            let (shared, apart) = (described(&shared), described(&apart));
            assert_eq!(shared.len(), apart.len(), "{}", path.display());
            for (a, b) in shared.iter().zip(&apart) {
                assert_eq!(a, b, "{}", path.display());
            }
            shared.len() / 2
        }
        (Err(shared), Err(apart)) => {
            assert_eq!(shared.code(), apart.code(), "{}", path.display());
            0
        }
        (shared, apart) => panic!(
            "{}: shared {:?}, apart {:?}",
            path.display(),
            shared.err(),
            apart.err()
        ),
    }
}

/// A cell with a body that inherits a class, a hinge between two of its prims and a variant.
const CELL: &str = r#"#usda 1.0
(
    defaultPrim = "Cell"
    metersPerUnit = 1
    upAxis = "Z"
)
class "_class_Post"
{
}
def Xform "Cell" (
    variants = {
        string guard = "closed"
    }
    prepend variantSets = "guard"
)
{
    def Material "Wood" (
        prepend apiSchemas = ["PhysicsMaterialAPI"]
    )
    {
        float physics:dynamicFriction = 0.4
    }
    def Xform "A" (
        prepend apiSchemas = ["PhysicsRigidBodyAPI", "MaterialBindingAPI"]
    )
    {
        double3 xformOp:translate = (0, 0, 1)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        rel material:binding = </Cell/Wood>
        def Cube "Shape" (
            prepend apiSchemas = ["PhysicsCollisionAPI"]
        )
        {
            double size = 0.5
        }
    }
    def Xform "B" (
        prepend apiSchemas = ["PhysicsRigidBodyAPI"]
        inherits = </_class_Post>
    )
    {
        def Sphere "Shape" (
            prepend apiSchemas = ["PhysicsCollisionAPI"]
        )
        {
        }
    }
    def PhysicsRevoluteJoint "Hinge"
    {
        rel physics:body0 = </Cell/A>
        rel physics:body1 = </Cell/B>
    }
    variantSet "guard" = {
        "closed" {
            def Cube "Fence"
            {
            }
        }
        "open" {
        }
    }
}
"#;

/// Writes the cells and a root layer that references them in every way; gives the root layer.
fn write_cells(folder: &Path) -> PathBuf {
    // The same without a class, so that its subtree may be shared.
    let plain = CELL
        .replace("        inherits = </_class_Post>\n", "")
        .replace("class \"_class_Post\"\n{\n}\n", "");
    fs::write(folder.join("cell.usda"), CELL).unwrap();
    fs::write(folder.join("plain.usda"), plain).unwrap();
    let mut root = "#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = \"Z\"\n)\n".to_owned();
    root += "class \"_class_Post\"\n{\n    bool physics:kinematicEnabled = 1\n}\n";
    root += "def Xform \"Plant\"\n{\n";
    for (k, (file, metadata, body)) in [
        ("plain.usda", "", ""),
        ("plain.usda", "", "double3 xformOp:translate = (3, 0, 0)\n uniform token[] xformOpOrder = [\"xformOp:translate\"]\n"),
        ("plain.usda", "variants = { string guard = \"open\" }", ""),
        ("plain.usda", "", "over \"A\"\n{\n over \"Shape\"\n{\n double size = 2\n}\n}\n"),
        ("plain.usda", "instanceable = true", ""),
        ("plain.usda", "instanceable = true", "double3 xformOp:scale = (2, 2, 2)\n uniform token[] xformOpOrder = [\"xformOp:scale\"]\n"),
        ("plain.usda", "instanceable = true", "over \"A\"\n{\n over \"Shape\"\n{\n double size = 9\n}\n}\n"),
        ("cell.usda", "", ""),
        ("cell.usda", "instanceable = true", ""),
        ("cell.usda", "instanceable = true", ""),
        ("plain.usda", "", "def Xform \"Inner\" (\n references = @plain.usda@\n)\n{\n}\n"),
        ("plain.usda", "inherits = </_class_Post>", ""),
    ]
    .into_iter()
    .enumerate()
    {
        root += &format!(
            "def Xform \"Cell_{k}\" (\n references = @{file}@\n {metadata}\n)\n{{\n{body}}}\n"
        );
    }
    root += "}\n";
    let scene = folder.join("root.usda");
    fs::write(&scene, root).unwrap();
    scene
}

/// Cells that reference one file: with an override of the root, of something below, with another
/// variant, as an instance, nested, through a class, with a joint between two prims of the cell.
#[test]
fn cells_with_and_without_opinions() {
    let folder = std::env::temp_dir().join(format!("halle-sharing-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let scene = write_cells(&folder);
    let prims = agree(&scene);
    let (world, findings) = load(&scene).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(prims > 80, "{prims} prims");
    assert!(
        findings.findings().iter().all(|f| f.code != "SC0106"),
        "{findings}"
    );
    // Joints of every copy hold the copy's own bodies.
    let plant = world.get_resource::<Plant>().unwrap();
    let path = |e| world.get::<SourcePath>(e).unwrap().prim.clone();
    let mut joints = 0;
    for &e in &plant.entities {
        if let Some(joint) = world.get::<Joint>(e) {
            let own = path(e);
            let cell = own.strip_suffix("/Hinge").unwrap();
            assert_eq!(path(joint.body0.unwrap()), format!("{cell}/A"));
            assert_eq!(path(joint.body1.unwrap()), format!("{cell}/B"));
            joints += 1;
        }
    }
    assert_eq!(joints, 13);
}

/// The scenes that ship.
#[test]
fn library_scenes() {
    for file in fs::read_dir(local("library")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e == "usda") {
            assert!(agree(&path) > 0, "{}", path.display());
        }
    }
}

/// Plants and robots of others, where the corpus stands beside the checkout.
#[test]
fn corpus() {
    let corpus = local("../../shared/corpus");
    if !corpus.is_dir() {
        println!("corpus is not there: sharing is checked on our own scenes only");
        return;
    }
    let folders = ["factory-synthetic", "robots-usdphysics", "usd-wg-assets"];
    let files = crate::usd_files::usd_files(&folders.map(|f| corpus.join(f)));
    let prims: usize = files.iter().map(|f| agree(f)).sum();
    println!("{} files, {prims} prims", files.len());
    assert!(prims > 10_000, "{prims} prims");
}
