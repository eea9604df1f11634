//! Forward kinematics from the world's joints alone.

use std::collections::BTreeMap;

use halle_mjcf::Origin;
use halle_world::components::{Axis, Joint, Motion, RigidBody, WorldPose};
use halle_world::{Entity, Plant, World};
use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion, Vector3};

/// Bodies of the file in its order, without those that only stand between joints.
pub(crate) fn file_bodies(world: &World) -> Vec<Entity> {
    let plant = world.resource::<Plant>();
    let of_file = |e: &Entity| {
        let origin = world.get::<Origin>(*e);
        world.get::<RigidBody>(*e).is_some() && origin.is_some_and(|o| &*o.element == "body")
    };
    plant.entities.iter().copied().filter(of_file).collect()
}

/// Joint prims of the file in its order; free ones have no `Joint`.
pub(crate) fn file_joints(world: &World) -> Vec<Entity> {
    let plant = world.resource::<Plant>();
    let of_file = |e: &Entity| {
        let origin = world.get::<Origin>(*e);
        let named = origin.is_some_and(|o| matches!(&*o.element, "joint" | "freejoint"));
        // An equality between joints has the same element name and is no joint.
        named && world.get::<halle_world::components::InBody>(*e).is_some()
    };
    plant.entities.iter().copied().filter(of_file).collect()
}

fn pose(numbers: &[f64]) -> Isometry3<f64> {
    Isometry3::from_parts(
        Translation3::new(numbers[0], numbers[1], numbers[2]),
        quaternion(&numbers[3..7]),
    )
}

/// A quaternion as MuJoCo writes it, w first.
pub(crate) fn quaternion(numbers: &[f64]) -> UnitQuaternion<f64> {
    let [w, x, y, z] = [0, 1, 2, 3].map(|k| numbers[k]);
    UnitQuaternion::from_quaternion(Quaternion::new(w, x, y, z))
}

/// How far a joint has moved: the frame of its second side seen from that of its first.
fn moved(joint: &Joint, q: &[f64]) -> Isometry3<f64> {
    let axis = match joint.axis {
        Axis::X => Vector3::x_axis(),
        Axis::Y => Vector3::y_axis(),
        Axis::Z => Vector3::z_axis(),
    };
    match joint.motion {
        Motion::Fixed => Isometry3::identity(),
        Motion::Revolute => Isometry3::from_parts(
            Translation3::identity(),
            UnitQuaternion::from_axis_angle(&axis, q[0]),
        ),
        Motion::Prismatic => Isometry3::from_parts(
            Translation3::from(axis.into_inner() * q[0]),
            UnitQuaternion::identity(),
        ),
        Motion::Spherical { .. } => Isometry3::from_parts(Translation3::identity(), quaternion(q)),
        _ => panic!("no such joint comes from MJCF"),
    }
}

/// World poses of the file's bodies at a configuration in MuJoCo's layout.
pub(crate) fn poses(world: &World, qpos: &[f64]) -> Vec<Isometry3<f64>> {
    let mut taken = 0;
    let mut values: BTreeMap<Entity, Vec<f64>> = BTreeMap::new();
    let mut done: BTreeMap<Entity, Isometry3<f64>> = BTreeMap::new();
    for prim in file_joints(world) {
        let count = match world.get::<Joint>(prim).map(|j| &j.motion) {
            None => 7,
            Some(Motion::Spherical { .. }) => 4,
            Some(_) => 1,
        };
        let own = qpos[taken..taken + count].to_vec();
        taken += count;
        if count == 7 {
            let body = world
                .get::<halle_world::components::InBody>(prim)
                .unwrap()
                .0;
            done.insert(body, pose(&own));
        }
        values.insert(prim, own);
    }
    assert_eq!(taken, qpos.len());
    let plant = world.resource::<Plant>();
    let mut carriers: BTreeMap<Entity, Entity> = BTreeMap::new();
    for &prim in &plant.entities {
        if let Some(joint) = world.get::<Joint>(prim).filter(|j| !j.excluded) {
            carriers.insert(joint.body1.unwrap(), prim);
        }
    }
    let bodies = file_bodies(world);
    bodies
        .iter()
        .map(|b| place(world, *b, &carriers, &values, &mut done))
        .collect()
}

fn place(
    world: &World,
    body: Entity,
    carriers: &BTreeMap<Entity, Entity>,
    values: &BTreeMap<Entity, Vec<f64>>,
    done: &mut BTreeMap<Entity, Isometry3<f64>>,
) -> Isometry3<f64> {
    if let Some(pose) = done.get(&body) {
        return *pose;
    }
    let Some(prim) = carriers.get(&body) else {
        // Kinematic bodies stand where they are.
        return world.get::<WorldPose>(body).unwrap().0;
    };
    let joint = world.get::<Joint>(*prim).unwrap();
    let below = match joint.body0 {
        Some(parent) => place(world, parent, carriers, values, done),
        None => Isometry3::identity(),
    };
    let q = values.get(prim).map_or(&[][..], Vec::as_slice);
    let made = below * joint.body0_from_joint * moved(joint, q) * joint.body1_from_joint.inverse();
    done.insert(body, made);
    made
}
