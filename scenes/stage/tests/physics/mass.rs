//! Masses, centres and inertias of bodies; numbers follow from formulas or data sheets.

use std::path::Path;

use halle_stage::open::{OpenOptions, Scene};
use halle_stage::physics::{BodyMass, MassRules, mass_properties};

use crate::near;
use crate::scenes::Stage;

fn masses(stage: &Stage) -> Vec<BodyMass> {
    mass_properties(&stage.scene, MassRules::Physical)
}

/// Pixar's `BoxOnBox`: a cube of 25 cm at a tonne per cubic metre weighs 15.625 kg.
#[test]
fn box_on_box() {
    let stage = Stage::of(
        "box",
        "(\n    metersPerUnit = 0.01\n)\ndef Cube \"b\" (prepend apiSchemas = [\"PhysicsRigidBodyAPI\", \
         \"PhysicsCollisionAPI\"])\n{\n    double size = 25\n}\n",
    );
    let masses = masses(&stage);
    assert!(near(&[masses[0].mass], &[15.625]));
    // m a² / 6.
    assert!(
        near(&masses[0].inertia, &[1627.604; 3]),
        "{:?}",
        masses[0].inertia
    );
}

/// The mass of a unit cube below a body, with what the body, the collider and its material say.
fn weigh(who: &str, body: &str, collider: &str, material: &str) -> BodyMass {
    let api = "PhysicsMassAPI";
    let text = format!(
        "(\n    metersPerUnit = 1\n)\ndef Material \"M\" (prepend apiSchemas = [\"PhysicsMaterialAPI\"])\n\
         {{\n    {material}\n}}\ndef Xform \"b\" (prepend apiSchemas = [\"PhysicsRigidBodyAPI\", \"{api}\"])\n\
         {{\n    {body}\n    def Cube \"c\" (prepend apiSchemas = [\"PhysicsCollisionAPI\", \"{api}\", \
         \"MaterialBindingAPI\"])\n    {{\n        double size = 1\n        rel material:binding:physics = \
         </M>\n        {collider}\n    }}\n}}\n"
    );
    masses(&Stage::of(who, &text)).remove(0)
}

/// Who says the mass, after usd-core's `testUsdPhysicsRigidBodyAPI.py`.
#[test]
fn masses_have_precedence() {
    let density = |x: u32| format!("float physics:density = {x}");
    let mass = |x: u32| format!("float physics:mass = {x}");
    let cases = [
        (String::new(), String::new(), String::new(), 1000.0),
        (density(500), String::new(), density(2000), 500.0),
        (density(5000), density(500), density(2000), 500.0),
        (String::new(), String::new(), density(500), 500.0),
        (mass(2000), mass(500), density(5), 2000.0),
        (density(3), mass(500), density(5), 500.0),
        (mass(0), mass(0), density(0), 1000.0),
    ];
    for (k, (body, collider, material, expected)) in cases.iter().enumerate() {
        let got = weigh(&format!("mass{k}"), body, collider, material);
        assert!(near(&[got.mass], &[*expected]), "case {k}: {}", got.mass);
        // A unit cube: m / 6.
        assert!(
            near(&got.inertia, &[expected / 6.0; 3]),
            "case {k}: {:?}",
            got.inertia
        );
    }
}

/// An authored centre moves the inertia by the parallel axes; authored moments stay.
#[test]
fn centers_and_moments_are_obeyed() {
    let got = weigh("center", "point3f physics:centerOfMass = (0, 0, 2)", "", "");
    assert_eq!(got.center, [0.0, 0.0, 2.0]);
    let expected = [1000.0 / 6.0 + 4000.0, 1000.0 / 6.0 + 4000.0, 1000.0 / 6.0];
    assert!(near(&got.inertia, &expected), "{:?}", got.inertia);
    let got = weigh(
        "moments",
        "float3 physics:diagonalInertia = (1, 2, 3)",
        "",
        "",
    );
    assert_eq!((got.inertia, got.mass), ([1.0, 2.0, 3.0], 1000.0));
}

/// Colliders of nested bodies belong to those, disabled colliders to nobody; a body without any
/// counts as a ball of ten centimetres.
#[test]
fn only_own_colliders_weigh() {
    let body = "prepend apiSchemas = [\"PhysicsRigidBodyAPI\", \"PhysicsMassAPI\"]";
    let cube = "prepend apiSchemas = [\"PhysicsCollisionAPI\"]";
    let text = format!(
        "(\n    metersPerUnit = 1\n)\ndef Xform \"a\" ({body})\n{{\n    def Cube \"c\" ({cube}) {{ }}\n    \
         def Xform \"b\" ({body})\n    {{\n        def Cube \"c\" ({cube}) {{ }}\n        def Cube \"d\" \
         ({cube})\n        {{\n            bool physics:collisionEnabled = 0\n        }}\n    }}\n}}\n\
         def Xform \"point\" ({body})\n{{\n    float physics:mass = 5\n}}\n"
    );
    let masses = masses(&Stage::of("nested", &text));
    let found: Vec<f32> = masses.iter().map(|body| body.mass).collect();
    assert!(near(&found, &[8000.0, 8000.0, 5.0]), "{found:?}");
    assert!(near(&masses[2].inertia, &[0.4 * 5.0 * 0.01; 3]));
}

/// Volumes in closed form: capsule, cone and its centre, the frustum, a hull with points inside it,
/// a mesh turned inside out, and the bounding cube.
#[test]
fn solids_are_exact() {
    let api = "prepend apiSchemas = [\"PhysicsRigidBodyAPI\", \"PhysicsCollisionAPI\", \"PhysicsMeshCollisionAPI\"]";
    let points = "point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 3), (0.1, 0.1, 0.1), (0.2, 0.2, 0.2)]";
    let faces = "int[] faceVertexCounts = [3, 3, 3, 3]\n    int[] faceVertexIndices = [0, 1, 2, 0, 3, 1, 0, 2, 3, 1, 3, 2]";
    let mesh = |name: &str, approximation: &str| {
        format!(
            "def Mesh \"{name}\" ({api})\n{{\n    {points}\n    {faces}\n    uniform token \
             physics:approximation = \"{approximation}\"\n}}\n"
        )
    };
    let round =
        |kind: &str, fields: &str| format!("def {kind} \"{kind}\" ({api})\n{{\n    {fields}\n}}\n");
    let text = [
        "(\n    metersPerUnit = 1\n)\n".to_owned(),
        round("Capsule", "double radius = 1\n    double height = 3"),
        round("Cone", "double radius = 1\n    double height = 4"),
        round(
            "Cylinder_1",
            "double radiusTop = 1\n    double radiusBottom = 2\n    double height = 3",
        ),
        mesh("hull", "convexHull"),
        mesh("plain", "none"),
        mesh("box", "boundingCube"),
    ];
    let masses = masses(&Stage::of("solids", &text.concat()));
    let pi = std::f32::consts::PI;
    let expected = [
        pi * (3.0 + 4.0 / 3.0),
        pi * 4.0 / 3.0,
        pi * 7.0,
        1.0,
        1.0,
        6.0,
    ];
    let volumes: Vec<f32> = masses.iter().map(|body| body.mass / 1000.0).collect();
    assert!(near(&volumes, &expected), "{volumes:?}");
    // A quarter of the height above the base.
    assert!(near(&masses[1].center, &[0.0, 0.0, -1.0]));
    // The centroid of a tetrahedron.
    assert!(near(&masses[3].center, &[0.25, 0.5, 0.75]));
    assert!(near(&masses[4].inertia, &masses[3].inertia));
}

/// The principal axes of a turned box are the box's: rotating the moments back gives the tensor.
#[test]
fn axes_are_principal() {
    let stage = Stage::of(
        "axes",
        "(\n    metersPerUnit = 1\n)\ndef Xform \"b\" (prepend apiSchemas = [\"PhysicsRigidBodyAPI\"])\n{\n    \
         def Cube \"c\" (prepend apiSchemas = [\"PhysicsCollisionAPI\"])\n    {\n        double size = 1\n        \
         float xformOp:rotateZ = 30\n        float3 xformOp:scale = (1, 2, 3)\n        uniform token[] \
         xformOpOrder = [\"xformOp:rotateZ\", \"xformOp:scale\"]\n    }\n}\n",
    );
    let mass = masses(&stage).remove(0);
    assert!(near(&[mass.mass], &[6000.0]));
    // m (b² + c²) / 12 in the order of the turned axes.
    let mut moments = mass.inertia;
    moments.sort_by(f32::total_cmp);
    assert!(near(&moments, &[2500.0, 5000.0, 6500.0]), "{moments:?}");
    let [w, x, y, z] = mass.axes.unwrap();
    let degrees = 2.0 * (x * x + y * y + z * z).sqrt().atan2(w.abs()).to_degrees();
    assert!(
        (degrees % 30.0).min(30.0 - degrees % 30.0) < 1e-3,
        "{degrees}"
    );
}

fn corpus(file: &str) -> Option<Scene> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let file = shared.join(file);
    if !file.exists() {
        println!("skipped: no corpus beside the checkout");
        return None;
    }
    Some(Scene::open(&file, &OpenOptions::default()).unwrap())
}

/// Known masses: the robots' data sheets in their models, and one factory in two units.
#[test]
fn known_machines_weigh_what_they_weigh() {
    let cases = [
        ("robots-usdphysics/converted/ur10e/ur10e.usda", 33.104),
        ("robots-usdphysics/converted/fr3/fr3.usda", 18.604),
        ("factory-synthetic/c10_m/root.usda", 2340.0),
        ("factory-synthetic/c10_mm/root.usda", 2340.0),
    ];
    for (file, expected) in cases {
        let Some(scene) = corpus(file) else { return };
        let masses = mass_properties(&scene, MassRules::Physical);
        let total: f64 = masses.iter().map(|body| f64::from(body.mass)).sum();
        // Floats: seven digits.
        assert!(
            (total - expected).abs() < 1e-6 * expected,
            "{file}: {total}"
        );
    }
}
