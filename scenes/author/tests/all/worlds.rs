//! Worlds made in code.

use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;

use bevy_ecs::bundle::Bundle;
use halle_world::components::*;
use halle_world::{Entity, Shape, TriangleMesh, World};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

/// A world under construction: prims by path.
pub(crate) struct Made {
    pub(crate) world: World,
    pub(crate) plant: Plant,
}

impl Made {
    pub(crate) fn new() -> Self {
        let plant = Plant {
            source: "made in code".to_owned(),
            inputs: vec![("plant.usda".to_owned(), "ab".repeat(32))],
            gravity: [0.0, 0.0, -9.81],
            time_step: 0.002,
            ..Plant::default()
        };
        Self {
            world: World::new(),
            plant,
        }
    }

    /// A prim at a path and a place in the world.
    pub(crate) fn prim(&mut self, path: &str, at: Isometry3<f64>, what: impl Bundle) -> Entity {
        let source = SourcePath {
            layer: "plant.usda".into(),
            prim: path.to_owned(),
        };
        let entity = self.world.spawn((source, WorldPose(at))).insert(what).id();
        self.plant.entities.push(entity);
        entity
    }

    /// A shape at a path, on its prim's frame.
    pub(crate) fn shape(&mut self, path: &str, at: Isometry3<f64>, shape: Shape) -> Entity {
        let geometry = Geometry {
            shape,
            world_from_shape: at,
            visible: true,
        };
        self.prim(path, at, geometry)
    }

    pub(crate) fn done(mut self) -> World {
        self.world.insert_resource(self.plant);
        self.world
    }
}

pub(crate) fn at(x: f64, y: f64, z: f64) -> Isometry3<f64> {
    Isometry3::translation(x, y, z)
}

pub(crate) fn turned(x: f64, y: f64, z: f64, axis_angle: [f64; 3]) -> Isometry3<f64> {
    Isometry3::from_parts(
        Translation3::new(x, y, z),
        UnitQuaternion::from_scaled_axis(Vector3::from(axis_angle)),
    )
}

/// A tetrahedron with corners at the origin and at `size` along each axis.
pub(crate) fn tetrahedron(size: f64) -> TriangleMesh {
    TriangleMesh {
        points: vec![
            [0.0; 3],
            [size, 0.0, 0.0],
            [0.0, size, 0.0],
            [0.0, 0.0, size],
        ],
        triangles: vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]],
        normals: Vec::new(),
    }
}

/// An arm of `count` links on a floor, turned joints between them at `home`, placed as they stand
/// at that position; fixed to the world if `fixed`. Returns the joints.
pub(crate) fn arm(made: &mut Made, root: &str, base: Isometry3<f64>, fixed: bool) -> Vec<Entity> {
    made.prim(
        root,
        base,
        ArticulationRoot {
            self_collision: false,
        },
    );
    let homes = [0.3, -0.7, 0.11];
    let bar = |made: &mut Made, path: &str, pose: Isometry3<f64>, mass: f64| {
        let weight = AuthoredMass {
            mass: Some(mass),
            center_of_mass: Some(Vector3::new(0.01, 0.02, 0.2)),
            diagonal_inertia: Some(Vector3::new(0.03, 0.04, 0.005)),
            principal_axes: UnitQuaternion::from_scaled_axis(Vector3::new(0.1, 0.2, -0.3)),
            density: None,
        };
        let body = made.prim(path, pose, (RigidBody::default(), weight));
        let skin = pose * turned(0.0, 0.0, 0.2, [0.0, FRAC_PI_2 * 0.0, 0.0]);
        let shape = Shape::Capsule {
            radius: 0.03,
            half_height: 0.2,
        };
        let tube = made.shape(&format!("{path}/tube"), skin, shape);
        made.world
            .entity_mut(tube)
            .insert((Collider::default(), InBody(body)));
        body
    };
    let mut pose = base;
    let mut last = bar(made, &format!("{root}/base"), pose, 4.0);
    let mut joints = Vec::new();
    if fixed {
        let mut joint = Joint::between(Motion::Fixed, None, Some(last));
        joint.body0_from_joint = base;
        joints.push(made.prim(&format!("{root}/foot"), base, joint));
    }
    for (k, home) in homes.into_iter().enumerate() {
        let (axis, turn) = match k {
            0 => (Axis::Z, Vector3::z()),
            1 => (Axis::Y, Vector3::y()),
            _ => (Axis::X, Vector3::x()),
        };
        let before = at(0.0, 0.0, 0.4);
        let moved = Isometry3::from_parts(
            Translation3::identity(),
            UnitQuaternion::from_scaled_axis(turn * home),
        );
        pose = pose * before * moved;
        let next = bar(
            made,
            &format!("{root}/link_{k}"),
            pose,
            2.0 - 0.5 * k as f64,
        );
        let mut joint = Joint::between(Motion::Revolute, Some(last), Some(next));
        joint.body0_from_joint = before;
        joint.axis = axis;
        joint.lower = Some(-2.0);
        joint.upper = Some(2.5);
        joint.home = Some(home);
        joint.armature = 0.12;
        joint.damping = 0.7;
        joint.friction = 0.05;
        joint.velocity_limit = Some(3.0);
        joint.drive = Some(Drive {
            kind: DriveKind::Force,
            stiffness: 400.0,
            damping: 40.0,
            effort_limit: 150.0,
            target_position: home,
            target_velocity: 0.0,
        });
        joints.push(made.prim(&format!("{root}/joint_{k}"), pose, joint));
        last = next;
    }
    joints
}

/// A plant with some of everything.
pub(crate) fn plant() -> World {
    let mut made = Made::new();
    made.prim("/Plant", at(0.0, 0.0, 0.0), ());
    let floor = made.shape(
        "/Plant/Floor",
        at(0.0, 0.0, 0.0),
        Shape::Plane {
            half_extent: [5.0, 4.0],
        },
    );
    let concrete = ContactMaterial {
        static_friction: 0.9,
        dynamic_friction: 0.8,
        restitution: 0.1,
        density: 2400.0,
        torsional_friction: 0.002,
        friction_combine: Combine::Max,
        compliance: Some([1e5, 50.0]),
        ..ContactMaterial::default()
    };
    let grey = Look::from(DisplayMaterial {
        base_color: [0.3, 0.3, 0.35],
        roughness: 0.8,
        ..DisplayMaterial::default()
    });
    made.world
        .entity_mut(floor)
        .insert((Collider::default(), concrete, grey.clone()));
    let joints = arm(
        &mut made,
        "/Plant/Robot",
        turned(1.0, 0.5, 0.0, [0.0, 0.0, 0.6]),
        true,
    );
    arm(&mut made, "/Plant/Loose", at(-2.0, 0.0, 1.0), false);
    parts(&mut made, &grey);
    joints_of_all_kinds(&mut made);
    belt(&mut made);
    seen(&mut made);
    control(&mut made, &joints);
    let pads = Tool {
        kind: "disc".to_owned(),
        radius: 0.03,
        stiffness: 1.5e4,
        damping: 90.0,
        preston: 2e-10,
        spindle_speed: 300.0,
        force_set_point: 25.0,
    };
    made.prim("/Plant/Robot/link_2/pad", at(0.2, 0.3, 1.7), pads);
    made.done()
}

/// Loose bodies of every shape, one mesh three times.
fn parts(made: &mut Made, grey: &Look) {
    let solids = [
        (
            "box",
            Shape::Box {
                half_extent: [0.1, 0.2, 0.3],
            },
        ),
        (
            "cube",
            Shape::Box {
                half_extent: [0.15; 3],
            },
        ),
        ("ball", Shape::Sphere { radius: 0.1 }),
        (
            "tube",
            Shape::Cylinder {
                radius: 0.1,
                half_height: 0.2,
            },
        ),
        (
            "pill",
            Shape::Capsule {
                radius: 0.05,
                half_height: 0.2,
            },
        ),
        (
            "horn",
            Shape::Cone {
                radius: 0.1,
                half_height: 0.15,
            },
        ),
    ];
    made.prim("/Plant/Parts", at(0.0, 2.0, 0.0), ());
    for (k, (name, shape)) in solids.into_iter().enumerate() {
        let pose = turned(0.5 * k as f64, 2.0, 1.0, [0.1 * k as f64, 0.2, 0.0]);
        let body = RigidBody {
            linear_velocity: Vector3::new(0.1, 0.0, -0.2),
            angular_velocity: Vector3::new(0.0, 1.0, 0.5),
            starts_asleep: k == 1,
            gravity_scale: if k == 2 { 0.0 } else { 1.0 },
            ..RigidBody::default()
        };
        let part = made.shape(&format!("/Plant/Parts/{name}"), pose, shape);
        let weight = AuthoredMass {
            density: Some(500.0),
            ..AuthoredMass::default()
        };
        made.world.entity_mut(part).insert((
            body,
            Collider::default(),
            weight,
            grey.clone(),
            InBody(part),
        ));
    }
    let mesh = Arc::new(tetrahedron(0.3));
    let kinds = [
        Approximation::ConvexHull,
        Approximation::SignedDistance,
        Approximation::Exact,
    ];
    for (k, approximation) in kinds.into_iter().enumerate() {
        let pose = turned(k as f64, 3.0, 1.0, [0.0, 0.3 * k as f64, 0.0]);
        let shape = Shape::Mesh(Arc::clone(&mesh));
        let part = made.shape(&format!("/Plant/Parts/wedge_{k}"), pose, shape);
        let touch = Collider {
            approximation,
            contact_offset: Some(0.004),
            rest_offset: 0.001,
            ..Collider::default()
        };
        made.world
            .entity_mut(part)
            .insert((RigidBody::default(), touch, InBody(part)));
    }
    // A cylinder along x, and one that lies askew beside its prim's origin.
    let pose = at(4.0, 2.0, 1.0);
    for (name, offset) in [
        ("lying", turned(0.0, 0.0, 0.0, [0.0, FRAC_PI_2, 0.0])),
        ("askew", turned(0.1, 0.0, 0.0, [0.4, 0.0, 0.0])),
    ] {
        let roll = made.prim(&format!("/Plant/Parts/{name}"), pose, ());
        made.world.entity_mut(roll).insert((
            Geometry {
                shape: Shape::Cylinder {
                    radius: 0.02,
                    half_height: 0.3,
                },
                world_from_shape: pose * offset,
                visible: false,
            },
            Collider::default(),
        ));
    }
}

/// One joint of each kind beside those of the arms, between pairs of balls.
fn joints_of_all_kinds(made: &mut Made) {
    made.prim("/Plant/Joints", at(0.0, -3.0, 0.0), ());
    let generic = Motion::Generic {
        ranges: [
            DofRange::Limited {
                lower: -0.5,
                upper: 0.75,
            },
            DofRange::Free,
            DofRange::Locked,
            DofRange::Limited {
                lower: -0.1,
                upper: 0.2,
            },
            DofRange::Locked,
            DofRange::Locked,
        ],
        drives: Box::new([
            Some(Drive {
                kind: DriveKind::Acceleration,
                stiffness: 10.0,
                damping: 1.0,
                effort_limit: f64::INFINITY,
                target_position: 0.1,
                target_velocity: 0.2,
            }),
            None,
            None,
            None,
            None,
            None,
        ]),
    };
    let motions = [
        ("slide", Motion::Prismatic),
        (
            "ball",
            Motion::Spherical {
                cone: [Some(0.4), Some(0.5)],
            },
        ),
        (
            "rope",
            Motion::Distance {
                least: Some(0.1),
                greatest: Some(0.6),
            },
        ),
        ("any", generic),
    ];
    for (k, (name, motion)) in motions.into_iter().enumerate() {
        let mut bodies = Vec::new();
        for (side, x) in [("a", 0.0), ("b", 0.5)] {
            let pose = at(k as f64 + x, -3.0, 1.0);
            let ball = made.shape(
                &format!("/Plant/Joints/{name}_{side}"),
                pose,
                Shape::Sphere { radius: 0.1 },
            );
            made.world.entity_mut(ball).insert((
                RigidBody::default(),
                Collider::default(),
                InBody(ball),
            ));
            bodies.push(ball);
        }
        let slides = motion == Motion::Prismatic;
        let mut joint = Joint::between(motion, Some(bodies[0]), Some(bodies[1]));
        joint.body0_from_joint = turned(0.25, 0.0, 0.0, [0.0, 0.0, 0.3]);
        joint.body1_from_joint = turned(-0.25, 0.0, 0.0, [0.0, 0.0, 0.3]);
        joint.axis = Axis::Y;
        joint.excluded = name == "rope";
        joint.bodies_touch = name == "ball";
        joint.break_force = (name == "rope").then_some(800.0);
        joint.break_torque = (name == "ball").then_some(20.0);
        if slides {
            joint.lower = Some(-0.3);
            joint.upper = Some(0.4);
            joint.spring = Spring {
                stiffness: 120.0,
                rest: 0.05,
            };
            joint.home_velocity = 0.25;
        }
        made.prim(
            &format!("/Plant/Joints/{name}"),
            at(k as f64, -3.0, 1.0),
            joint,
        );
    }
}

/// A conveyor: a kinematic body whose surface moves, and what it does not touch.
fn belt(made: &mut Made) {
    let pose = turned(0.0, 5.0, 0.5, [0.0, 0.0, 0.25]);
    let belt = made.shape(
        "/Plant/Belt",
        pose,
        Shape::Box {
            half_extent: [2.0, 0.4, 0.05],
        },
    );
    let floor = made.plant.entities[1];
    let moving = RigidBody {
        kinematic: true,
        linear_damping: 0.1,
        angular_damping: 0.2,
        max_linear_speed: Some(5.0),
        max_angular_speed: Some(6.0),
        ..RigidBody::default()
    };
    let surface = SurfaceVelocity {
        linear: Vector3::new(0.5, 0.0, 0.0),
        angular: Vector3::new(0.0, 0.0, 0.1),
    };
    made.world.entity_mut(belt).insert((
        moving,
        surface,
        Collider::default(),
        InBody(belt),
        FilteredPairs(vec![floor]),
    ));
    let members = vec![belt];
    let fixed = made.prim(
        "/Plant/Fixed",
        at(0.0, 0.0, 0.0),
        CollisionGroup {
            members: vec![floor],
            ..CollisionGroup::default()
        },
    );
    let moved = CollisionGroup {
        members,
        filtered: vec![fixed],
        merge_group: "belts".to_owned(),
        ..CollisionGroup::default()
    };
    made.prim("/Plant/Moved", at(0.0, 0.0, 0.0), moved);
}

/// Cameras, lights, copies.
fn seen(made: &mut Made) {
    let camera = Camera {
        f_stop: 2.8,
        focus_distance: 3.0,
        ..Camera::by_angle(0.8, 1.5, [0.1, 50.0])
    };
    made.prim(
        "/Plant/Camera",
        turned(3.0, -4.0, 2.0, [1.2, 0.0, 0.4]),
        camera,
    );
    let kinds = [
        LightKind::Dome,
        LightKind::Distant { angle: 0.01 },
        LightKind::Rect {
            width: 1.0,
            height: 0.5,
        },
        LightKind::Disk { radius: 0.3 },
        LightKind::Sphere { radius: 0.2 },
    ];
    for (k, kind) in kinds.into_iter().enumerate() {
        let light = Light {
            kind,
            color: [1.0, 0.9, 0.8],
            intensity: 100.0 + k as f64,
            normalize: k == 4,
            extra: None,
        };
        made.prim(&format!("/Plant/Light_{k}"), at(0.0, k as f64, 4.0), light);
    }
    let instancer = made.prim("/Plant/Bolts", at(0.0, 6.0, 0.0), ());
    let bolt = made.shape(
        "/Plant/Bolts/bolt",
        at(0.0, 6.0, 0.0),
        Shape::Sphere { radius: 0.01 },
    );
    made.world.get_mut::<Geometry>(bolt).unwrap().visible = false;
    let copies = (0..4).map(|k| Scattered {
        prototype: 0,
        instancer_from_prototype: turned(
            0.1 * f64::from(k),
            0.0,
            0.0,
            [0.0, 0.0, 0.2 * f64::from(k)],
        ),
        scale: [1.0, 1.0, 1.0 + f64::from(k)],
    });
    made.world.entity_mut(instancer).insert(Scatter {
        prototypes: vec![bolt],
        copies: Arc::new(copies.collect()),
    });
}

/// Motors, couplings, sites, keyframes on the arm's joints (the first one is its foot).
fn control(made: &mut Made, joints: &[Entity]) {
    let motor = Actuator {
        joint: joints[1],
        law: ActuatorLaw::Position {
            stiffness: 300.0,
            damping: 20.0,
        },
        gear: 1.0,
        control_range: Some([-1.0, 1.0]),
        effort_range: Some([-87.0, 87.0]),
    };
    made.prim("/Plant/Robot/motor_0", at(0.0, 0.0, 0.0), motor);
    made.world.entity_mut(joints[2]).insert(Mimic {
        leader: joints[1],
        coefficients: [0.1, -0.5, 0.0, 0.0, 0.0],
    });
    made.world.entity_mut(joints[3]).insert(Mimic {
        leader: joints[1],
        coefficients: [0.3, 2.0, 0.0, 0.0, 0.0],
    });
    made.prim("/Plant/Robot/link_2/tip", at(0.2, 0.3, 1.8), Spot);
}
