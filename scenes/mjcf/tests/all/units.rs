//! What becomes of single elements.

use halle_mjcf::Origin;
use halle_world::components::{
    Actuator, ActuatorLaw, Camera, Collider, ContactMaterial, FilteredPairs, Geometry, InBody,
    Joint, Keyframes, Look, Mimic, Motion, RigidBody, Sensor, SourcePath, Spot, WorldPose,
};
use halle_world::{Diagnostics, Entity, Plant, Shape, World};
use nalgebra::{Isometry3, Vector3};

use crate::{Scratch, local};

fn load(text: &str) -> (World, Diagnostics) {
    let scratch = Scratch::new(&format!("unit-{}", text.len()));
    halle_mjcf::load(scratch.file("model.xml", text)).unwrap()
}

/// The prim at a path.
fn at(world: &World, path: &str) -> Entity {
    let plant = world.resource::<Plant>();
    let here = |e: &&Entity| world.get::<SourcePath>(**e).is_some_and(|s| s.prim == path);
    *plant
        .entities
        .iter()
        .find(here)
        .unwrap_or_else(|| panic!("no {path}"))
}

fn paths(world: &World) -> Vec<String> {
    let plant = world.resource::<Plant>();
    let path = |e: &Entity| world.get::<SourcePath>(*e).map(|s| s.prim.clone());
    plant.entities.iter().filter_map(path).collect()
}

/// Prims nest as bodies do; a joint stands on the body that it moves; what belongs to no body stands
/// below the model.
#[test]
fn prims_nest_as_in_the_file() {
    let (world, _) = load(
        r#"<mujoco model="my model"><worldbody><geom name="floor" size="1"/>
        <body name="a"><joint name="j"/><geom size=".1"/><geom size=".1"/>
          <body name="b c"><site name="s"/></body><body name="b_c"/></body></worldbody>
        <actuator><motor joint="j"/></actuator><sensor><gyro name="g" site="s"/></sensor></mujoco>"#,
    );
    let expected = [
        "/my_model",
        "/my_model/floor",
        "/my_model/a",
        "/my_model/a/j",
        "/my_model/a/geom",
        "/my_model/a/geom_1",
        "/my_model/a/b_c",
        "/my_model/a/b_c/fixed_joint",
        "/my_model/a/b_c/s",
        "/my_model/a/b_c_1",
        "/my_model/a/b_c_1/fixed_joint",
        "/my_model/motor",
        "/my_model/g",
    ];
    assert_eq!(paths(&world), expected);
    let b = at(&world, "/my_model/a/b_c");
    assert_eq!(world.get::<Origin>(b).unwrap().name, "b c");
    let site = at(&world, "/my_model/a/b_c/s");
    assert_eq!(world.get::<InBody>(site).unwrap().0, b);
    assert!(world.get::<Spot>(site).is_some());
    let sensor = world.get::<Sensor>(at(&world, "/my_model/g")).unwrap();
    assert_eq!((sensor.kind.as_str(), sensor.target), ("gyro", site));
}

/// Three joints on one body: two massless bodies between them, each joint with its own bodies.
#[test]
fn several_joints_make_a_chain() {
    let (world, _) = load(
        r#"<mujoco><worldbody><body name="a" pos="0 0 1"><joint name="x" type="slide" axis="1 0 0"/>
        <joint name="y" type="slide" axis="0 1 0"/><joint name="t"/><geom size=".1"/></body>
        </worldbody></mujoco>"#,
    );
    let [body, first, second] =
        ["/model/a", "/model/a/x_link", "/model/a/y_link"].map(|p| at(&world, p));
    let sides = ["x", "y", "t"].map(|j| {
        let joint = world
            .get::<Joint>(at(&world, &format!("/model/a/{j}")))
            .unwrap();
        (joint.body0, joint.body1.unwrap())
    });
    assert_eq!(
        sides,
        [(None, first), (Some(first), second), (Some(second), body)]
    );
    assert!(world.get::<RigidBody>(first).is_some());
    assert_eq!(world.get::<WorldPose>(first), world.get::<WorldPose>(body));
}

/// The frames of loop closing joints meet where the model shows them; a written relative pose is
/// kept. Joints that follow count from their references: q1 - r1 = p(q2 - r2).
#[test]
fn equalities_close_loops() {
    let (world, diagnostics) = load(include_str!("../models/equalities.xml"));
    let plant = world.resource::<Plant>();
    let pose = |e: Option<Entity>| {
        e.map_or_else(Isometry3::identity, |e| {
            world.get::<WorldPose>(e).unwrap().0
        })
    };
    let mut closing = Vec::new();
    for joint in plant.entities.iter().filter_map(|e| world.get::<Joint>(*e)) {
        if joint.excluded {
            let ends = [
                pose(joint.body0) * joint.body0_from_joint,
                pose(joint.body1) * joint.body1_from_joint,
            ];
            closing.push((joint.motion.clone(), ends[0].inverse() * ends[1]));
        }
    }
    assert_eq!(closing.len(), 5, "{diagnostics}");
    // In the file's order: two connects and the welds to what is shown meet, sites and the written
    // pose need not.
    for (k, meets) in [(0, true), (1, true), (2, false), (3, false), (4, true)] {
        let gap = &closing[k].1;
        assert_eq!(gap.translation.vector.norm() < 1e-12, meets, "{k}: {gap}");
    }
    assert!(matches!(closing[0].0, Motion::Spherical { .. }));
    assert!(matches!(closing[3].0, Motion::Fixed));
    let mimic = world.get::<Mimic>(at(&world, "/equalities/a/ja")).unwrap();
    assert_eq!(mimic.leader, at(&world, "/equalities/b/jb"));
    let expected = [0.1 + 20_f64.to_radians(), 2.0, 0.3, 0.0, 0.0];
    for (ours, expected) in mimic.coefficients.iter().zip(expected) {
        assert!((ours - expected).abs() < 1e-12);
    }
}

/// Whether two geoms may touch as far as joints and filters say.
fn filtered(world: &World, a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|name| at(world, name));
    let lists = |x: Entity, y: Entity| {
        world
            .get::<FilteredPairs>(x)
            .is_some_and(|f| f.0.contains(&y))
    };
    let bodies = [a, b].map(|g| world.get::<InBody>(g).map(|b| b.0));
    let plant = world.resource::<Plant>();
    let mut joints = plant.entities.iter().filter_map(|e| world.get::<Joint>(*e));
    let by_joint = joints.any(|j| {
        let sides = [j.body0, j.body1];
        !j.bodies_touch && (sides == bodies || sides == [bodies[1], bodies[0]])
    });
    lists(a, b) || lists(b, a) || by_joint
}

/// MuJoCo's filters: parent and child do not touch unless the parent stands still; welded bodies
/// count as one; excluded pairs do not touch.
#[test]
fn contacts_are_filtered_as_by_mujoco() {
    let (world, _) = load(
        r#"<mujoco model="m"><worldbody><geom name="floor" size="1"/>
        <body name="post"><geom name="g" size=".1"/>
          <body name="a"><joint/><geom name="g" size=".1"/>
            <body name="a2"><geom name="g" size=".1"/>
              <body name="a3"><geom name="g" size=".1"/></body></body>
            <body name="b"><joint/><joint axis="1 0 0"/><geom name="g" size=".1"/>
              <body name="c"><joint/><geom name="g" size=".1"/></body></body></body></body>
        <body name="d"><freejoint/><geom name="g" size=".1"/></body></worldbody>
        <contact><exclude body1="c" body2="d"/><exclude body1="world" body2="d"/></contact></mujoco>"#
            .replace("name=\"g\" ", "")
            .as_str(),
    );
    let path = |body: &str| match body {
        "floor" => "/m/floor".to_owned(),
        "post" | "d" => format!("/m/{body}/geom"),
        "a" => "/m/post/a/geom".to_owned(),
        "a2" => "/m/post/a/a2/geom".to_owned(),
        "a3" => "/m/post/a/a2/a3/geom".to_owned(),
        "b" => "/m/post/a/b/geom".to_owned(),
        _ => "/m/post/a/b/c/geom".to_owned(),
    };
    let silent = [
        ["a", "a2"],
        ["a", "a3"],
        ["a2", "a3"],
        ["a", "b"],
        ["a2", "b"],
        ["a3", "b"],
        ["b", "c"],
        ["c", "d"],
        ["floor", "d"],
    ];
    let all = ["floor", "post", "a", "a2", "a3", "b", "c", "d"];
    for (k, first) in all.iter().enumerate() {
        for second in &all[k + 1..] {
            let expected = silent.contains(&[*first, *second]);
            let ours = filtered(&world, &path(first), &path(second));
            assert_eq!(ours, expected, "{first} and {second}");
        }
    }
}

/// Keyframes hold hinges and slides by prim; controls go by actuator.
#[test]
fn keyframes_by_joint() {
    let (world, _) = load(
        r#"<mujoco><worldbody><body><freejoint/><geom size=".1"/><body name="a"><joint name="j"/>
        <geom size=".1"/></body></body></worldbody><actuator><motor joint="j"/></actuator>
        <keyframe><key name="k" qpos="1 2 3 1 0 0 0 .5" qvel="1 2 3 4 5 6 7" ctrl="9"/><key/>
        </keyframe></mujoco>"#,
    );
    let keyframes = &world.resource::<Keyframes>().0;
    let joint = at(&world, "/model/body/a/j");
    assert_eq!(keyframes[0].positions, [(joint, 0.5)]);
    assert_eq!(keyframes[0].velocities, [(joint, 7.0)]);
    assert_eq!(keyframes[0].controls, [9.0]);
    assert!(keyframes[1].positions.is_empty());
}

/// Friction counts from its contact dimension on; a mesh touches as its hull; group three and
/// higher are not shown.
#[test]
fn geoms_touch_and_look() {
    let (world, _) = load(
        r#"<mujoco model="m"><asset><material name="red" rgba="1 0 0 .5" shininess=".2"/>
        <mesh name="t" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/></asset><worldbody>
        <geom name="a" size="1" friction=".7 .1 .2" condim="4" material="red" margin=".02" gap=".01"/>
        <geom name="b" size="1" contype="0" conaffinity="0" group="3"/>
        <geom name="c" size="1" condim="1"/><geom name="d" type="mesh" mesh="t"/></worldbody></mujoco>"#,
    );
    let a = at(&world, "/m/a");
    let contact = world.get::<ContactMaterial>(a).unwrap();
    let friction = [
        contact.dynamic_friction,
        contact.torsional_friction,
        contact.rolling_friction,
    ];
    assert_eq!(friction, [0.7, 0.1, 0.0]);
    let collider = world.get::<Collider>(a).unwrap();
    assert_eq!(collider.contact_offset, Some(0.02));
    assert!((collider.rest_offset - 0.01).abs() < 1e-15);
    let look = world.get::<Look>(a).unwrap().0.flat();
    assert_eq!((look.base_color, look.opacity), ([1.0, 0.0, 0.0], 0.5));
    assert!((look.roughness - 0.8).abs() < 1e-15);
    let b = at(&world, "/m/b");
    assert!(world.get::<Collider>(b).is_none());
    assert!(!world.get::<Geometry>(b).unwrap().visible);
    let contact = world.get::<ContactMaterial>(at(&world, "/m/c")).unwrap();
    assert_eq!(contact.dynamic_friction, 0.0);
    let d = at(&world, "/m/d");
    let Shape::Mesh(mesh) = &world.get::<Geometry>(d).unwrap().shape else {
        panic!("not a mesh");
    };
    assert_eq!(mesh.triangles.len(), 4);
    let approximation = world.get::<Collider>(d).unwrap().approximation;
    assert_eq!(
        approximation,
        halle_world::components::Approximation::ConvexHull
    );
}

/// A camera looks along -z with the opening of its sensor: 2 atan(h / 2 f).
#[test]
fn cameras_by_lens() {
    let (world, _) = load(
        r#"<mujoco><worldbody><camera name="c" resolution="640 480" sensorsize=".004 .003"
        focal=".005 .005"/></worldbody></mujoco>"#,
    );
    let camera = world.get::<Camera>(at(&world, "/model/c")).unwrap();
    assert!((camera.vertical_fov() - 2.0 * 0.3_f64.atan()).abs() < 1e-12);
    assert!((camera.aspect() - 4.0 / 3.0).abs() < 1e-12);
}

/// A servo is a position law; with a gear its length is not the joint's, so it is affine.
#[test]
fn servos_keep_their_words() {
    let (world, _) = load(
        r#"<mujoco><worldbody><body><joint name="j"/><geom size=".1"/></body></worldbody><actuator>
        <position name="p" joint="j" kp="30" kv="2"/><position name="g" joint="j" gear="2"/>
        <motor name="m" joint="j" gear="5"/></actuator></mujoco>"#,
    );
    let actuator = |path: &str| world.get::<Actuator>(at(&world, path)).unwrap();
    let law = ActuatorLaw::Position {
        stiffness: 30.0,
        damping: 2.0,
    };
    assert_eq!(actuator("/model/p").law, law);
    assert!(matches!(
        actuator("/model/g").law,
        ActuatorLaw::Affine { .. }
    ));
    assert_eq!(
        (actuator("/model/m").law, actuator("/model/m").gear),
        (ActuatorLaw::Motor, 5.0)
    );
}

/// How often a picture is repeated is not kept, and said for each material that has one.
#[test]
fn repeated_pictures_are_told() {
    let scratch = Scratch::new("repeats");
    scratch.file("a.png", "not looked into");
    let main = scratch.file(
        "main.xml",
        r#"<mujoco><asset><texture name="t" type="2d" file="a.png"/>
        <material name="once" texture="t"/><material name="same" texture="t" texrepeat="1 1"/>
        <material name="often" texture="t" texrepeat="5 2" texuniform="true"/>
        <material name="bare" texrepeat="5 2"/></asset></mujoco>"#,
    );
    let (_, diagnostics) = halle_mjcf::load(main).unwrap();
    let text = diagnostics.to_string();
    for attribute in ["material.texrepeat", "material.texuniform"] {
        assert_eq!(text.matches(attribute).count(), 1, "{text}");
    }
}

/// Files that are included, attached and named are on record, with paths from the main folder; the
/// attached part has its prefix, its own units and its own defaults.
#[test]
fn parts_from_other_files() {
    let scratch = Scratch::new("parts");
    scratch.file(
        "parts/arm.xml",
        r#"<mujoco model="arm"><compiler angle="radian" meshdir="m"/>
        <default><geom size=".2"/><default class="x"><joint axis="1 0 0"/></default></default>
        <asset><mesh name="t" file="t.obj"/></asset>
        <worldbody><body name="base" childclass="x"><joint name="j" range="-1 1"/><geom/>
          <geom type="mesh" mesh="t"/><site name="s"/></body><body name="not me"/></worldbody>
        <actuator><motor name="m" joint="j"/></actuator></mujoco>"#,
    );
    scratch.file(
        "parts/m/t.obj",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n",
    );
    scratch.file(
        "floor.xml",
        r#"<mujoco><worldbody><geom name="f" size="9"/></worldbody></mujoco>"#,
    );
    let main = scratch.file(
        "main.xml",
        r#"<mujoco model="cell"><include file="floor.xml"/>
        <asset><model name="arm" file="parts/arm.xml"/></asset>
        <worldbody><body name="left" pos="1 0 0"><attach model="arm" body="base" prefix="l_"/></body>
        <body name="right"><attach model="arm" body="base" prefix="r_"/></body></worldbody>
        <sensor><jointpos joint="l_j"/></sensor></mujoco>"#,
    );
    let (world, diagnostics) = halle_mjcf::load(main).unwrap();
    let joint = world
        .get::<Joint>(at(&world, "/cell/right/r_base/r_j"))
        .unwrap();
    assert_eq!(joint.upper, Some(1.0), "{diagnostics}");
    let actuators = ["/cell/l_m", "/cell/r_m"].map(|p| world.get::<Actuator>(at(&world, p)));
    assert!(actuators.iter().all(Option::is_some));
    let geom = world
        .get::<Geometry>(at(&world, "/cell/left/l_base/geom"))
        .unwrap();
    assert_eq!(geom.shape, Shape::Sphere { radius: 0.2 });
    assert_eq!(geom.world_from_shape.translation.vector, Vector3::x());
    assert!(!paths(&world).iter().any(|p| p.contains("not_me")));
    let mut inputs: Vec<String> = world
        .resource::<Plant>()
        .inputs
        .iter()
        .map(|(path, _)| path.clone())
        .collect();
    inputs.sort();
    assert_eq!(
        inputs,
        ["floor.xml", "main.xml", "parts/arm.xml", "parts/m/t.obj"]
    );
    let layer = world
        .get::<SourcePath>(at(&world, "/cell/left/l_base"))
        .unwrap();
    assert_eq!(&*layer.layer, "parts/arm.xml");
}

/// Equal files give equal findings and equal prims, in the same order.
#[test]
fn loading_is_deterministic() {
    let path = local("tests/models/replicas.xml");
    let [first, second] = [(); 2].map(|()| halle_mjcf::load(&path).unwrap());
    assert_eq!(first.1, second.1);
    assert_eq!(paths(&first.0), paths(&second.0));
}

/// What stands outside of `worldbody` is left out and said, as MuJoCo leaves it out; a mesh by a plugin
/// is not made, and its geoms are left out.
#[test]
fn what_is_left_out_is_said() {
    let (world, findings) = load(
        r#"<mujoco><body name="a"/><frame/><asset><mesh name="m"><plugin instance="p"/></mesh></asset>
        <worldbody><body name="b"><freejoint/><geom type="mesh" mesh="m"/><geom size="1"/></body></worldbody></mujoco>"#,
    );
    assert_eq!(
        paths(&world),
        [
            "/model",
            "/model/b",
            "/model/b/joint",
            "/model/b/geom",
            "/model/b/geom_1"
        ]
    );
    let said: Vec<String> = findings
        .findings()
        .iter()
        .map(ToString::to_string)
        .collect();
    for part in [
        "`body` stands outside of `worldbody`",
        "`frame` stands outside of `worldbody`",
        "meshes that a plugin makes are not supported",
    ] {
        assert!(said.iter().any(|s| s.contains(part)), "{said:#?}");
    }
}

/// A picture is a height field whose first row is the far one: of 2 x 3 pixels the brightest, near the
/// first corner of the file, stands at -x, +y, at the full height.
#[test]
fn pictures_are_height_fields() {
    let scratch = Scratch::new("picture");
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 3, 2);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[250, 50, 50, 50, 50, 50]).unwrap();
    writer.finish().unwrap();
    std::fs::write(scratch.0.join("hills.png"), bytes).unwrap();
    let text = r#"<mujoco><asset><hfield name="h" file="hills.png" size="2 1 0.5 0.1"/></asset>
        <worldbody><geom name="g" type="hfield" hfield="h"/></worldbody></mujoco>"#;
    let (world, findings) = halle_mjcf::load(scratch.file("model.xml", text)).unwrap();
    assert!(findings.findings().is_empty(), "{findings:?}");
    let geometry = world.get::<Geometry>(at(&world, "/model/g")).unwrap();
    let Shape::Mesh(mesh) = &geometry.shape else {
        panic!("{:?}", geometry.shape);
    };
    let top: Vec<[f64; 3]> = mesh.points[..6].to_vec();
    assert_eq!(top[3], [-2.0, 1.0, 0.5]);
    assert!(
        top.iter().enumerate().all(|(k, p)| k == 3 || p[2] == 0.0),
        "{top:?}"
    );
}
