//! The rules of UsdPhysics, one by one; numbers are those of usd-core 26.11 or of a formula.

use halle_stage::physics::{Geometry, Joint, JointKind, Physics, Shape, parse};

use crate::near;
use crate::scenes::Stage;

fn shape<'a>(physics: &'a Physics, path: &str) -> &'a Shape {
    let found = physics
        .shapes
        .iter()
        .find(|shape| shape.path.as_str() == path);
    found.unwrap_or_else(|| panic!("no shape {path}"))
}

fn joint<'a>(physics: &'a Physics, path: &str) -> &'a Joint {
    let found = physics
        .joints
        .iter()
        .find(|joint| joint.path.as_str() == path);
    found.unwrap_or_else(|| panic!("no joint {path}"))
}

fn body_of<'a>(physics: &'a Physics, shape: &Shape) -> Option<&'a str> {
    shape
        .body
        .map(|body| physics.bodies[body as usize].path.as_str())
}

fn texts(paths: &[openusd::sdf::Path]) -> Vec<&str> {
    paths.iter().map(|path| path.as_str()).collect()
}

/// Sizes carry the world's scale: the largest factor for balls, the axis' own for heights
/// (`_GetAxisRadiusHalfHeight`), a mirrored transform makes all factors negative (`GfMatrix4d::Factor`).
#[test]
fn sizes_carry_the_scale() {
    let stage = Stage::named("shapes", "sizes");
    let physics = parse(&stage.scene);
    let ball = &shape(&physics, "/World").geometry;
    assert_eq!(*ball, Geometry::Sphere { radius: 6.0 });
    // The body scales by (2, 3, 4), its mirrored child by (-1, 1, 2); each half edge is 1.
    let Geometry::Cube { half_extents } = shape(&physics, "/Body/mirrored").geometry else {
        panic!("a cube is a cube");
    };
    assert!(near(&half_extents, &[-2.0, -3.0, -8.0]), "{half_extents:?}");
    // A reset transform stack leaves the body's scale out of the size, not out of the position.
    let free = shape(&physics, "/Body/free");
    let Geometry::Capsule(size) = &free.geometry else {
        panic!("a capsule is a capsule");
    };
    assert!(near(&[size.radius, size.half_height], &[0.5, 0.5]));
    assert_eq!(body_of(&physics, free), Some("/Body"));
}

/// A disabled body carries no colliders, and what is below it goes to the next body above.
#[test]
fn disabled_bodies_carry_nothing() {
    let stage = Stage::named("shapes", "disabled");
    let physics = parse(&stage.scene);
    assert_eq!(shape(&physics, "/World").body, None);
    drop(stage);
    let stage = Stage::named("roles", "roles");
    let physics = parse(&stage.scene);
    let deep = shape(&physics, "/outer/middle/scope/deep");
    assert_eq!(body_of(&physics, deep), Some("/outer"));
    assert_eq!(body_of(&physics, shape(&physics, "/outerer")), None);
}

/// A prim is one thing: a material before a collider if its interface comes first; nothing abstract,
/// undefined, inactive or below a point instancer counts.
#[test]
fn prims_have_one_role() {
    let stage = Stage::named("roles", "one-role");
    let physics = parse(&stage.scene);
    let shapes: Vec<&str> = physics
        .shapes
        .iter()
        .map(|shape| shape.path.as_str())
        .collect();
    let expected = [
        "/first",
        "/outer/middle/scope/deep",
        "/outer/after",
        "/outerer",
    ];
    assert_eq!(shapes, expected);
    assert_eq!(texts(&physics.unknown_shapes), ["/unknown"]);
    assert_eq!(physics.materials.len(), 1);
    assert_eq!(physics.bodies.len(), 3);
    assert!(physics.unread.is_empty() && !physics.truncated);
}

/// Gravity's sentinels: down the up axis, and 9.81 m/s² in distance units.
#[test]
fn gravity_has_defaults() {
    let stage = Stage::of(
        "gravity",
        "(\n    metersPerUnit = 0.001\n    upAxis = \"Z\"\n)\ndef PhysicsScene \"a\" { }\n",
    );
    let scene = &parse(&stage.scene).scenes[0];
    assert_eq!(scene.gravity_direction, [0.0, 0.0, -1.0]);
    assert!(near(&[scene.gravity_magnitude], &[9810.0]));
}

/// Physics bindings before those for all purposes, the nearest before its ancestors', a stronger
/// ancestor before all; a collider without the binding interface has no material.
#[test]
fn materials_follow_bindings() {
    let stage = Stage::named("materials", "materials");
    let physics = parse(&stage.scene);
    let of = |path: &str| texts(&shape(&physics, path).links.materials).join(" ");
    assert_eq!(of("/Set/silent"), "");
    assert_eq!(of("/Set/inherits"), "/A");
    assert_eq!(of("/Set/own"), "/B");
    assert_eq!(of("/Set/visual"), "");
    assert_eq!(of("/Set/broken"), "");
    assert_eq!(of("/Set/two"), "/A");
    // The face subset's, then the mesh's own: both overruled from above.
    assert_eq!(of("/Strong/Weak/mesh"), "/A /A");
    assert_eq!(of("/Collected/in"), "/B");
    assert_eq!(of("/Collected/out"), "/A");
}

/// Groups of one name merge into the first; a group that nobody inverts says nothing.
#[test]
fn groups_merge_by_name() {
    let stage = Stage::named("groups", "groups");
    let physics = parse(&stage.scene);
    let group = |name: &str| {
        physics
            .groups
            .iter()
            .find(|group| group.path.as_str() == name)
    };
    // The merged G3 gives its place to the last, G6, which is next then.
    let merged = group("/G2").unwrap();
    assert_eq!(texts(&merged.merged), ["/G2", "/G3", "/G6"]);
    assert_eq!(merged.inverted, Some(false));
    assert!(group("/G3").is_none());
    let of = |path: &str| texts(&shape(&physics, path).links.groups).join(" ");
    assert_eq!(of("/W/a"), "/G1 /G2");
    assert_eq!(of("/W/b"), "/G1 /G2");
    assert_eq!(of("/W/c"), "/G2");
}

/// A hinge is limited at both ends or not at all, a slider at either; a cone needs both angles.
#[test]
fn limits_have_sentinels() {
    let stage = Stage::named("joints", "limits");
    let physics = parse(&stage.scene);
    let enabled = |name: &str| match &joint(&physics, &format!("/Joints/{name}")).kind {
        JointKind::Revolute(it) | JointKind::Prismatic(it) => it.limit.enabled,
        JointKind::Spherical { limit, .. } => limit.enabled,
        _ => panic!("{name} has one limit"),
    };
    assert!(!enabled("half") && enabled("whole") && enabled("slide"));
    assert!(enabled("ball") && !enabled("loose"));
    let JointKind::D6 { limits, drives } = &joint(&physics, "/Joints/six").kind else {
        panic!("a joint of no other kind has six freedoms");
    };
    // Beyond half of 1e38 a limit is none.
    let on: Vec<bool> = limits.iter().map(|(_, limit)| limit.enabled).collect();
    assert_eq!(on, [false, false, true]);
    assert_eq!(drives.len(), 2);
}

/// A joint's frames move from the target to the body above it, or to a static collider, or to the
/// world; the body's scale is applied.
#[test]
fn joints_find_their_bodies() {
    let stage = Stage::named("joints", "bodies");
    let physics = parse(&stage.scene);
    let fixed = joint(&physics, "/Joints/fixed");
    assert_eq!(texts(&fixed.bodies), ["/A", "/B"]);
    // The frame turns (1, 2, 3) to (-2, 1, 3), moves it by (0, 1, 0); A scales by (2, 2, 3).
    assert!(
        near(&fixed.positions[0], &[-4.0, 4.0, 9.0]),
        "{:?}",
        fixed.positions[0]
    );
    let half = joint(&physics, "/Joints/half");
    assert_eq!(texts(&half.bodies), ["/A", "/Wall"]);
    assert_eq!(half.body_indices[1], None);
    assert!(near(&half.positions[1], &[4.0, 2.0, 3.0]));
    let whole = joint(&physics, "/Joints/whole");
    assert_eq!(texts(&whole.bodies), ["", ""]);
    assert_eq!(whole.positions[1], [0.0, 0.0, 9.0]);
}

/// The root of an articulation: where its interface is, or the joint to the world, or the middle.
#[test]
fn articulations_find_their_roots() {
    let stage = Stage::named("articulations", "roots");
    let physics = parse(&stage.scene);
    let of = |path: &str| {
        let found = physics
            .articulations
            .iter()
            .find(|it| it.path.as_str() == path);
        found.unwrap_or_else(|| panic!("no articulation {path}"))
    };
    assert_eq!(texts(&of("/Grounded").roots), ["/Grounded/world2"]);
    assert_eq!(texts(&of("/Body").roots), ["/Body"]);
    assert_eq!(texts(&of("/Rooted").roots), ["/Rooted"]);
    assert_eq!(texts(&of("/Chain").roots)[0], "/Chain/a");
    assert!(!of("/Between").valid && !of("/Bare").valid);
    // A disabled body is the world.
    assert_eq!(texts(&of("/Held").roots)[0], "/Held/toOff");
    // In a ring, all links are alike: the first of the traversal. In a row, the middle one.
    assert_eq!(texts(&of("/Row").roots), ["/Row/b"]);
    let floating = of("/Floating");
    assert_eq!(
        texts(&floating.roots),
        ["/Floating/a", "/Floating/lone", "/Floating/off"]
    );
    assert_eq!(floating.joints.len(), 4);
}

/// Copies of a cell are read once: a hundred more cells compose a few prims each, not all of theirs.
#[test]
fn copies_are_read_once() {
    let cells = |count: usize| -> String {
        let cell = |k: usize| {
            format!(
                "def Xform \"C{k}\" (references = @cell.usda@)\n{{\n    double3 xformOp:translate = \
                 ({k}, 0, 0)\n    uniform token[] xformOpOrder = [\"xformOp:translate\"]\n}}\n"
            )
        };
        (0..count).map(cell).collect()
    };
    let composed = |count: usize| {
        let stage = Stage::of(&format!("copies{count}"), &cells(count));
        let physics = parse(&stage.scene);
        assert_eq!(physics.bodies.len(), 3 * count);
        assert_eq!(physics.shapes.len(), 4 * count);
        let last = shape(&physics, &format!("/C{}/Boxes/one", count - 1));
        assert!(near(&last.position, &[0.0; 3]));
        assert_eq!(
            texts(&last.links.materials),
            [format!("/C{}/Wood", count - 1)]
        );
        let tied = joint(&physics, &format!("/C{}/Boxes/tied", count - 1));
        assert_eq!(tied.bodies[1].as_str(), format!("/C{}/Arm/link", count - 1));
        let body = &physics.bodies[tied.body_indices[1].unwrap() as usize];
        assert!(near(&body.position, &[count as f32 + 2.0, 0.0, 0.0]));
        stage.scene.stage().indexed_count()
    };
    // Each further cell: itself and its three children.
    assert_eq!(composed(101) - composed(1), 400);
}

/// Nested instances multiply without copies of what they share.
#[test]
fn instances_multiply() {
    let mut text =
        String::from("def Cube \"L0\" (prepend apiSchemas = [\"PhysicsCollisionAPI\"]) { }\n");
    for level in 1..=12 {
        let below = level - 1;
        text += &format!("def Xform \"L{level}\"\n{{\n");
        for side in ["a", "b"] {
            text += &format!(
                "    def \"{side}\" (instanceable = true; references = </L{below}>) {{ }}\n"
            );
        }
        text += "}\n";
    }
    let stage = Stage::of("instances", &text);
    let physics = parse(&stage.scene);
    // 2 + 4 + ... + 4096 placed, and the one that stands by itself.
    assert_eq!(physics.shapes.len(), 8191);
}
