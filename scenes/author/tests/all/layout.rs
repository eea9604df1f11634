//! Paths, frames and types of the prims.

use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;

use halle_author::{AuthorOptions, text};
use halle_world::components::*;
use halle_world::{Shape, World};

use crate::worlds::{Made, at, tetrahedron, turned};

fn said(world: &World) -> String {
    text(world, &AuthorOptions::default()).unwrap().0
}

/// The text of the prim that a header opens.
fn prim<'t>(text: &'t str, header: &str) -> &'t str {
    let start = text
        .find(header)
        .unwrap_or_else(|| panic!("no {header} in {text}"));
    let indent = text[..start].rfind('\n').map_or(0, |line| start - line - 1);
    let close = format!("\n{}}}", " ".repeat(indent));
    let end = text[start..]
        .find(&close)
        .map_or(text.len(), |e| start + e + close.len());
    &text[start..end]
}

/// An empty world is a file with a default prim all the same.
#[test]
fn empty_world_opens() {
    let text = said(&World::new());
    assert!(text.contains("defaultPrim = \"World\""));
    assert!(text.contains("def Xform \"World\""));
    assert!(openusd::usda::parse(&text).is_ok());
}

/// Prims between an entity and the root are filled in, and the frames of entities below them hold.
#[test]
fn gaps_are_filled() {
    let mut made = Made::new();
    made.shape(
        "/Plant/Group/Ball",
        at(1.0, 2.0, 3.0),
        Shape::Sphere { radius: 0.5 },
    );
    made.prim("/Plant", at(1.0, 0.0, 0.0), ());
    let text = said(&made.done());
    assert!(prim(&text, "def Xform \"Plant\"").contains("def Xform \"Group\""));
    // The entity of the outer prim comes later, and its place still counts.
    assert!(
        prim(&text, "def Sphere \"Ball\"").contains("translate = (0.0, 2.0, 3.0)"),
        "{text}"
    );
}

/// A prim that belongs to a body elsewhere is written below it, with all that is below it: in USD
/// the body above a prim is the one that carries it. Joints find it there.
#[test]
fn prims_stand_below_their_bodies() {
    let mut made = Made::new();
    made.prim("/Robot", at(0.0, 0.0, 0.0), ());
    let flange = made.prim("/Robot/flange", at(0.0, 0.0, 2.0), ());
    let ball = made.shape(
        "/Robot/flange/ball",
        at(0.0, 0.0, 2.5),
        Shape::Sphere { radius: 0.1 },
    );
    let link = made.prim("/Robot/link", at(0.0, 0.0, 1.0), RigidBody::default());
    for entity in [flange, ball] {
        made.world.entity_mut(entity).insert(InBody(link));
    }
    let joint = Joint::between(Motion::Fixed, Some(flange), None);
    made.prim("/Robot/joint", at(0.0, 0.0, 0.0), joint);
    let (text, findings) = text(&made.done(), &AuthorOptions::default()).unwrap();
    let moved = prim(prim(&text, "def Xform \"link\""), "def Xform \"flange\"");
    assert!(moved.contains("translate = (0.0, 0.0, 1.0)"), "{moved}");
    assert!(prim(moved, "def Sphere \"ball\"").contains("translate = (0.0, 0.0, 0.5)"));
    assert!(text.contains("rel physics:body0 = </Robot/link/flange>"));
    let codes: Vec<_> = findings.findings().iter().map(|f| f.code).collect();
    assert_eq!(codes, ["AU0301", "AU0301"]);
}

/// Two entities with one path become two prims.
#[test]
fn same_path_twice() {
    let mut made = Made::new();
    for x in [1.0, 2.0] {
        made.shape(
            "/Plant/Ball",
            at(x, 0.0, 0.0),
            Shape::Sphere { radius: 0.5 },
        );
    }
    let text = said(&made.done());
    assert!(prim(&text, "def Sphere \"Ball\"").contains("translate = (1.0"));
    assert!(prim(&text, "def Sphere \"Ball_2\"").contains("translate = (2.0"));
}

/// A cylinder along an axis of its prim is said with that axis; one that lies askew gets a prim of
/// its own below.
#[test]
fn round_shapes_stand_along_axes() {
    let shape = Shape::Cone {
        radius: 0.1,
        half_height: 0.2,
    };
    let upright = [
        ("X", [0.0, FRAC_PI_2, 0.0]),
        ("Y", [-FRAC_PI_2, 0.0, 0.0]),
        ("Z", [0.0, 0.0, 1.0]),
    ];
    for (axis, turn) in upright {
        let mut made = Made::new();
        made.prim(
            "/Cone",
            at(0.0, 0.0, 0.0),
            Geometry {
                shape: shape.clone(),
                world_from_shape: turned(0.0, 0.0, 0.0, turn),
                visible: true,
            },
        );
        let text = said(&made.done());
        assert!(
            prim(&text, "def Cone \"Cone\"").contains(&format!("axis = \"{axis}\"")),
            "{text}"
        );
    }
    // Its tip would point the other way.
    let mut made = Made::new();
    let down = turned(0.0, 0.0, 0.0, [0.0, -FRAC_PI_2, 0.0]);
    made.prim(
        "/Cone",
        at(0.0, 0.0, 0.0),
        Geometry {
            shape,
            world_from_shape: down,
            visible: true,
        },
    );
    let text = said(&made.done());
    assert!(
        prim(&text, "def Cone \"shape\"").contains("xformOp:orient"),
        "{text}"
    );
}

/// A flat box is scaled only where nothing is measured in its prim's frame.
#[test]
fn boxes_are_scaled_where_it_is_safe() {
    let shape = Shape::Box {
        half_extent: [0.1, 0.2, 0.3],
    };
    let mut made = Made::new();
    made.shape("/Alone", at(0.0, 0.0, 0.0), shape.clone());
    let body = made.shape("/Body", at(0.0, 0.0, 0.0), shape);
    made.world
        .entity_mut(body)
        .insert((RigidBody::default(), Collider::default()));
    let text = said(&made.done());
    assert!(prim(&text, "def Cube \"Alone\"").contains("xformOp:scale = (0.2, 0.4, 0.6)"));
    let body = prim(&text, "def Xform \"Body\"");
    assert!(
        body.contains("PhysicsRigidBodyAPI")
            && !body.split("def Cube").next().unwrap().contains("scale")
    );
    let cube = prim(body, "def Cube \"shape\"");
    assert!(
        cube.contains("PhysicsCollisionAPI") && cube.contains("xformOp:scale = (0.2, 0.4, 0.6)")
    );
}

/// A shape that has prims below it becomes one of them: USD has no shapes inside shapes.
#[test]
fn shapes_have_no_shapes_below() {
    let mut made = Made::new();
    made.shape("/Outer", at(0.0, 0.0, 0.0), Shape::Sphere { radius: 1.0 });
    made.shape(
        "/Outer/Inner",
        at(0.5, 0.0, 0.0),
        Shape::Sphere { radius: 0.1 },
    );
    let text = said(&made.done());
    let outer = prim(&text, "def Xform \"Outer\"");
    assert!(outer.contains("def Sphere \"shape\"") && outer.contains("def Sphere \"Inner\""));
}

/// A mesh of several prims is written once, whether they share it or only have equal ones; a mesh of
/// one prim stands where it is used.
#[test]
fn meshes_are_written_once() {
    let mut made = Made::new();
    made.prim("/Plant", at(0.0, 0.0, 0.0), ());
    let shared = Arc::new(tetrahedron(1.0));
    for (k, mesh) in [
        &shared,
        &shared,
        &Arc::new(tetrahedron(1.0)),
        &Arc::new(tetrahedron(2.0)),
    ]
    .into_iter()
    .enumerate()
    {
        made.shape(
            &format!("/Plant/part_{k}"),
            at(k as f64, 0.0, 0.0),
            Shape::Mesh(Arc::clone(mesh)),
        );
    }
    let text = said(&made.done());
    assert_eq!(text.matches("points = ").count(), 2);
    assert_eq!(
        text.matches("prepend references = </Plant/Meshes/part_0>")
            .count(),
        3
    );
    assert!(prim(&text, "def Mesh \"part_3\"").contains("points = "));
    assert!(text.contains("class Scope \"Meshes\""));
}

/// Empty prims of the usual names are taken over rather than doubled.
#[test]
fn usual_places_are_taken_over() {
    let mut made = Made::new();
    made.prim("/Plant", at(0.0, 0.0, 0.0), ());
    made.prim("/Plant/PhysicsScene", at(0.0, 0.0, 0.0), ());
    made.prim("/Plant/Looks", at(0.0, 0.0, 0.0), ());
    let ball = made.shape(
        "/Plant/Ball",
        at(0.0, 0.0, 0.0),
        Shape::Sphere { radius: 1.0 },
    );
    made.world
        .entity_mut(ball)
        .insert(Look::from(DisplayMaterial::default()));
    let text = said(&made.done());
    assert_eq!(text.matches("PhysicsScene\"").count(), 1);
    assert!(text.contains("rel material:binding = </Plant/Looks/Look_1>"));
    assert!(!text.contains("Materials"));
    assert!(text.contains("def Scope \"Looks\""));
}

/// A physics scene beside the plant is taken over too, and is not what the file opens with.
#[test]
fn scene_beside_the_plant_is_taken_over() {
    let mut made = Made::new();
    made.prim(
        "/physicsScene",
        turned(0.0, 0.0, 0.0, [FRAC_PI_2, 0.0, 0.0]),
        (),
    );
    made.shape(
        "/Plant/Ball",
        at(0.0, 0.0, 0.0),
        Shape::Sphere { radius: 1.0 },
    );
    let text = said(&made.done());
    assert!(text.contains("defaultPrim = \"Plant\""));
    let scene = prim(&text, "def PhysicsScene \"physicsScene\"");
    assert!(
        scene.contains("gravityMagnitude = 9.81") && !scene.contains("xformOp"),
        "{scene}"
    );
}
