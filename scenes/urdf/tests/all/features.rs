//! One feature of the format at a time, against what it means.

use std::fs;

use halle_urdf::{UrdfOptions, load};
use halle_world::components::{
    Actuator, ActuatorLaw, AuthoredMass, Axis, Collider, ContactMaterial, DofRange, EffortLimit,
    Geometry, InBody, Joint, Look, Mimic, Motion, Parent, RigidBody, WorldPose,
};
use halle_world::{Plant, Severity, Shape};
use nalgebra::{Matrix3, Vector3};

use crate::{Scratch, load_text, local, prim};

const MASS: &str = r#"<inertial><mass value="2"/><inertia ixx="1" iyy="1" izz="1"/></inertial>"#;

/// A robot of links `a`, `b`, … with a mass, and more.
fn robot(links: &str, more: &str) -> String {
    let links: String = links
        .chars()
        .map(|name| format!(r#"<link name="{name}">{MASS}</link>"#))
        .collect();
    format!(r#"<robot name="r">{links}{more}</robot>"#)
}

fn joint(kind: &str, [parent, child]: [&str; 2], inner: &str) -> String {
    format!(
        r#"<joint name="{parent}{child}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>{inner}</joint>"#
    )
}

/// Limits, dynamics and effort arrive in SI, without a drive; an axis against x turns the frame.
#[test]
fn revolute() {
    let inner = r#"<axis xyz="-1 0 0"/><limit lower="-1" upper="2" effort="30" velocity="3"/><dynamics damping="0.5" friction="0.25"/>"#;
    let text = robot("ab", &joint("revolute", ["a", "b"], inner));
    let (world, findings) = load_text("revolute", &text).unwrap();
    assert!(findings.is_empty(), "{findings}");
    let id = prim(&world, "/r/joints/ab");
    let made = world.get::<Joint>(id).unwrap();
    assert_eq!((&made.motion, made.axis), (&Motion::Revolute, Axis::X));
    let axis = made.body1_from_joint.rotation * Vector3::x();
    assert!((axis + Vector3::x()).norm() < 1e-15);
    assert_eq!((made.lower, made.upper), (Some(-1.0), Some(2.0)));
    assert_eq!((made.damping, made.friction), (0.5, 0.25));
    assert_eq!(made.velocity_limit, Some(3.0));
    assert_eq!(made.drive, None);
    assert_eq!(world.get::<EffortLimit>(id), Some(&EffortLimit(30.0)));
}

/// Every type of joint has its motion.
#[test]
fn kinds() {
    let kinds = [
        "continuous",
        "prismatic",
        "floating",
        "planar",
        "ball",
        "fixed",
    ];
    let limit = r#"<axis xyz="0 1 0"/><limit lower="0" upper="1" effort="0" velocity="0"/>"#;
    let names = ["b", "c", "d", "e", "f", "g"];
    let joints: String = kinds
        .iter()
        .zip(names)
        .map(|(k, n)| joint(k, ["a", n], limit))
        .collect();
    let (world, _) = load_text("kinds", &robot("abcdefg", &joints)).unwrap();
    let motion = |n: &str| {
        let id = prim(&world, &format!("/r/joints/a{n}"));
        world.get::<Joint>(id).unwrap().clone()
    };
    assert_eq!(motion("b").motion, Motion::Revolute);
    assert_eq!(motion("b").lower, None);
    assert_eq!(motion("c").motion, Motion::Prismatic);
    assert_eq!(motion("c").upper, Some(1.0));
    let ranges = |n: &str| match motion(n).motion {
        Motion::Generic { ranges, .. } => ranges,
        other => panic!("{other:?}"),
    };
    use DofRange::{Free, Locked};
    assert_eq!(ranges("d"), [Free; 6]);
    assert_eq!(ranges("e"), [Locked, Locked, Free, Free, Free, Locked]);
    // The normal of the plane is the axis.
    let normal = motion("e").body1_from_joint.rotation * Vector3::z();
    assert!((normal - Vector3::y()).norm() < 1e-15);
    assert!(matches!(motion("f").motion, Motion::Spherical { .. }));
    assert_eq!(motion("g").motion, Motion::Fixed);
}

/// The tensor comes back from moments and axes, seen from the link: R diag(m) R^T.
#[test]
fn inertia() {
    let text = r#"<robot name="r"><link name="a"><inertial>
        <origin xyz="0.1 0.2 0.3" rpy="0 0 1.5707963267948966"/><mass value="3"/>
        <inertia ixx="2" ixy="0.5" ixz="0.1" iyy="3" iyz="-0.2" izz="4"/></inertial></link></robot>"#;
    let (world, findings) = load_text("inertia", text).unwrap();
    assert!(findings.is_empty(), "{findings}");
    let mass = world.get::<AuthoredMass>(prim(&world, "/r/a")).unwrap();
    assert_eq!(mass.mass, Some(3.0));
    assert_eq!(mass.center_of_mass, Some(Vector3::new(0.1, 0.2, 0.3)));
    let axes = mass.principal_axes.to_rotation_matrix();
    let made = axes * Matrix3::from_diagonal(&mass.diagonal_inertia.unwrap()) * axes.inverse();
    // A quarter turn about z: xx and yy change places, and the products follow.
    let turned = Matrix3::new(3.0, -0.5, 0.2, -0.5, 2.0, 0.1, 0.2, 0.1, 4.0);
    assert!((made - turned).norm() < 1e-14, "{made}");
}

/// Frames on fixed joints are prims inside the body that they are fixed to, up or down the tree.
#[test]
fn massless_frames() {
    let text = |root: &str| {
        let frames = format!(r#"<link name="{root}"/><link name="tool"/><link name="flange"/>"#);
        let at = r#"<origin xyz="0 0 1"/>"#;
        let joints = joint("fixed", [root, "a"], at)
            + &joint("continuous", ["a", "flange"], at)
            + &joint("fixed", ["flange", "b"], at)
            + &joint("fixed", ["b", "tool"], at);
        robot("ab", &(frames + &joints))
    };
    let body = |fixed_base: bool, root: &str, link: &str| {
        let scratch = Scratch::new("frames");
        let file = scratch.0.join("robot.urdf");
        fs::write(&file, text(root)).unwrap();
        let options = UrdfOptions {
            fixed_base,
            ..UrdfOptions::default()
        };
        let (world, findings) = load(&file, &options).unwrap();
        assert!(findings.is_empty(), "{findings}");
        let of = world.get::<InBody>(prim(&world, &format!("/r/{link}")))?.0;
        Some(
            ["/r/a", "/r/b"]
                .iter()
                .position(|p| prim(&world, p) == of)
                .unwrap(),
        )
    };
    for (link, expected) in [("flange", Some(1)), ("tool", Some(1)), ("foot", None)] {
        assert_eq!(body(true, "foot", link), expected, "{link}");
    }
    // A free robot carries its root frame along; a root named `world` never moves.
    assert_eq!(body(false, "foot", "foot"), Some(0));
    assert_eq!(body(false, "world", "world"), None);
}

/// A fixed base is a joint to the world at the root; a free one has none.
#[test]
fn base() {
    let scratch = Scratch::new("base");
    let file = scratch.0.join("robot.urdf");
    fs::write(&file, robot("a", "")).unwrap();
    for fixed_base in [true, false] {
        let options = UrdfOptions {
            fixed_base,
            ..UrdfOptions::default()
        };
        let (world, _) = load(&file, &options).unwrap();
        let plant = world.resource::<Plant>();
        let joints: Vec<&Joint> = plant
            .entities
            .iter()
            .filter_map(|e| world.get(*e))
            .collect();
        assert_eq!(joints.len(), usize::from(fixed_base));
        if let Some(joint) = joints.first() {
            assert_eq!(joint.body0, None);
            assert_eq!(joint.body1, Some(prim(&world, "/r/a")));
        }
        assert_eq!((plant.gravity, plant.time_step), ([0.0, 0.0, -9.81], 0.002));
    }
}

/// Shapes stand below their links, in the body's frame, with their kind's sizes halved; what is
/// drawn is not touched and what is touched is not drawn.
#[test]
fn shapes() {
    let text = r#"<robot name="r"><material name="red"><color rgba="1 0 0 0.5"/></material>
        <link name="a">
        <visual><origin xyz="1 0 0"/><geometry><box size="2 4 6"/></geometry><material name="red"/></visual>
        <visual name="dome"><geometry><sphere radius="3"/></geometry></visual>
        <collision><geometry><cylinder radius="1" length="4"/></geometry></collision>
        <collision><geometry><capsule radius="1" length="4"/></geometry></collision>
        </link><gazebo reference="a"><mu1>0.7</mu1></gazebo></robot>"#;
    let (world, findings) = load_text("shapes", text).unwrap();
    assert!(findings.is_empty(), "{findings}");
    let shape = |name: &str| {
        let id = prim(&world, &format!("/r/a/{name}"));
        assert_eq!(world.get::<Parent>(id).unwrap().0, prim(&world, "/r/a"));
        (id, world.get::<Geometry>(id).unwrap())
    };
    let (visual, geometry) = shape("visual_0");
    assert_eq!(
        geometry.shape,
        Shape::Box {
            half_extent: [1.0, 2.0, 3.0]
        }
    );
    assert_eq!(geometry.world_from_shape.translation.x, 1.0);
    assert!(geometry.visible && world.get::<Collider>(visual).is_none());
    let look = world.get::<Look>(visual).unwrap().0.flat();
    assert_eq!((look.base_color, look.opacity), ([1.0, 0.0, 0.0], 0.5));
    assert_eq!(shape("dome").1.shape, Shape::Sphere { radius: 3.0 });
    let (collision, geometry) = shape("collision_0");
    let (radius, half_height) = (1.0, 2.0);
    assert_eq!(
        geometry.shape,
        Shape::Cylinder {
            radius,
            half_height
        }
    );
    assert!(!geometry.visible && world.get::<Collider>(collision).is_some());
    assert_eq!(
        world
            .get::<ContactMaterial>(collision)
            .unwrap()
            .static_friction,
        0.7
    );
    assert_eq!(
        shape("collision_1").1.shape,
        Shape::Capsule {
            radius,
            half_height
        }
    );
}

/// Meshes are found in packages and beside the file; a negative scale leaves the outside outside,
/// and two users of one copy share it.
#[test]
fn meshes() {
    let scratch = Scratch::new("meshes");
    let package = scratch.0.join("elsewhere");
    fs::create_dir_all(&package).unwrap();
    let tetrahedron = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n";
    fs::write(package.join("t.obj"), tetrahedron).unwrap();
    let mesh = |uri: &str, scale: &str| {
        format!(
            r#"<collision><geometry><mesh filename="{uri}" scale="{scale}"/></geometry></collision>"#
        )
    };
    let file_uri = format!("file://{}", package.join("t.obj").display());
    let text = format!(
        r#"<robot name="r"><link name="a">{}{}{}{}</link></robot>"#,
        mesh("package://parts/t.obj", "-1 2 3"),
        mesh("package://parts/t.obj", "-1 2 3"),
        mesh("elsewhere/t.obj", "2 2 2"),
        mesh(&file_uri, "1 1 1"),
    );
    let file = scratch.0.join("robot.urdf");
    fs::write(&file, text).unwrap();
    let options = UrdfOptions {
        packages: vec![("parts".to_owned(), package)],
        ..UrdfOptions::default()
    };
    let (world, findings) = load(&file, &options).unwrap();
    assert!(findings.is_empty(), "{findings}");
    let shape = |k: usize| {
        let id = prim(&world, &format!("/r/a/collision_{k}"));
        world.get::<Geometry>(id).unwrap().shape.clone()
    };
    // A sixth of the parallelepiped; the sign says that the faces look outwards.
    for (k, volume) in [(0, 1.0), (1, 1.0), (2, 8.0 / 6.0), (3, 1.0 / 6.0)] {
        let found = shape(k).unit_mass().unwrap().volume;
        assert!((found - volume).abs() < 1e-15, "{k}: {found}");
    }
    let (Shape::Mesh(first), Shape::Mesh(second)) = (shape(0), shape(1)) else {
        panic!("no meshes")
    };
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    // Unlisted, the package of a file above is found by its folder's name; another is a finding.
    let unlisted = load(&file, &UrdfOptions::default()).unwrap().1;
    assert_eq!(unlisted.count(Severity::Warning), 1, "{unlisted}");
}

/// A follower's polynomial is offset + multiplier q; a simple transmission is a motor with a gear.
#[test]
fn mimic_and_transmission() {
    let more = joint("continuous", ["a", "b"], "")
        + &joint(
            "continuous",
            ["a", "c"],
            r#"<mimic joint="ab" multiplier="-2" offset="0.5"/>"#,
        )
        + r#"<transmission name="t"><type>transmission_interface/SimpleTransmission</type>
        <joint name="ab"/><actuator name="m"><mechanicalReduction>50</mechanicalReduction></actuator></transmission>"#;
    let (world, findings) = load_text("mimic", &robot("abc", &more)).unwrap();
    assert!(findings.is_empty(), "{findings}");
    let mimic = world.get::<Mimic>(prim(&world, "/r/joints/ac")).unwrap();
    assert_eq!(mimic.leader, prim(&world, "/r/joints/ab"));
    assert_eq!(mimic.coefficients, [0.5, -2.0, 0.0, 0.0, 0.0]);
    let motor = world
        .get::<Actuator>(prim(&world, "/r/actuators/m"))
        .unwrap();
    assert_eq!((motor.joint, motor.gear), (mimic.leader, 50.0));
    assert_eq!(motor.law, ActuatorLaw::Motor);
}

/// Prefixes that a file does not declare are read all the same, and said once.
#[test]
fn undeclared_prefix() {
    let more = "<drake:joint name='x'/><drake:joint name='y'/>";
    let (_, findings) = load_text("prefix", &robot("a", more)).unwrap();
    assert_eq!(findings.findings().len(), 1, "{findings}");
    assert_eq!(findings.findings()[0].code, "UR0102");
}

/// Links and joints may have each other's names; names that USD cannot hold are changed.
#[test]
fn names() {
    let links = format!(r#"<link name="joints">{MASS}</link><link name="2nd-link">{MASS}</link>"#);
    let more = links + &joint("fixed", ["joints", "2nd-link"], "");
    let (world, findings) = load_text("names", &robot("", &more)).unwrap();
    assert!(
        world
            .get::<RigidBody>(prim(&world, "/r/joints_1"))
            .is_some()
    );
    assert!(
        world
            .get::<RigidBody>(prim(&world, "/r/_2nd_link"))
            .is_some()
    );
    prim(&world, "/r/joints/joints2nd_link");
    assert!(findings.findings().iter().all(|f| f.code == "UR0112"));
    let root = world.get::<WorldPose>(prim(&world, "/r")).unwrap().0;
    assert_eq!(root, nalgebra::Isometry3::identity());
    drop(local(""));
}
