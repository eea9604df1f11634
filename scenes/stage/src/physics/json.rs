//! Descriptors as JSON, under the names that usd-core's Python module gives them.

use std::collections::BTreeSet;

use openusd::sdf::Path;
use serde_json::{Map, Value, json};

use super::desc::{
    Articulation, Axis, Drive, Driven, Freedom, Geometry, Group, Joint, JointKind, Limit, Material,
    Physics, RigidBody, Round, SceneDesc, Shape, Tapered,
};

type Object = Map<String, Value>;

/// All descriptors by type and path.
pub(super) fn physics(physics: &Physics) -> Value {
    let mut all = Object::new();
    let mut put = |kind: &'static str, path: &Path, valid: bool, mut fields: Object| {
        fields.insert("type".into(), kind.into());
        fields.insert("primPath".into(), text(path));
        fields.insert("isValid".into(), valid.into());
        let group = all
            .entry(kind)
            .or_insert_with(|| Value::Object(Object::new()));
        if let Value::Object(group) = group {
            group.insert(path.as_str().to_owned(), Value::Object(fields));
        }
    };
    for it in &physics.scenes {
        put("Scene", &it.path, true, scene(it));
    }
    for it in &physics.groups {
        put("CollisionGroup", &it.path, true, group(it));
    }
    for it in &physics.materials {
        put("RigidBodyMaterial", &it.path, true, material(it));
    }
    for it in &physics.shapes {
        let (kind, fields) = shape(it, physics);
        put(kind, &it.path, it.valid, fields);
    }
    for it in &physics.bodies {
        put("RigidBody", &it.path, true, body(it, physics));
    }
    for it in &physics.joints {
        let (kind, fields) = joint(it);
        put(kind, &it.path, true, fields);
    }
    for it in &physics.articulations {
        put("Articulation", &it.path, it.valid, articulation(it));
    }
    Value::Object(all)
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Object {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A float as the double it widens to; no negative zero, and words where JSON has no number.
pub(super) fn float(x: f32) -> Value {
    if x.is_nan() {
        "nan".into()
    } else if x.is_infinite() {
        if x > 0.0 { "inf".into() } else { "-inf".into() }
    } else {
        // Adding zero turns -0 into 0.
        json!(f64::from(x) + 0.0)
    }
}

pub(super) fn floats(values: &[f32]) -> Value {
    values.iter().map(|x| float(*x)).collect()
}

fn text(path: &Path) -> Value {
    path.as_str().into()
}

fn texts(paths: &[Path]) -> Value {
    paths.iter().map(text).collect()
}

fn sorted(paths: &[Path]) -> Value {
    let mut all: Vec<&str> = paths.iter().map(Path::as_str).collect();
    all.sort_unstable();
    all.into()
}

fn axis(axis: Axis) -> Value {
    match axis {
        Axis::X => "X".into(),
        Axis::Y => "Y".into(),
        Axis::Z => "Z".into(),
    }
}

fn scene(it: &SceneDesc) -> Object {
    object([
        ("gravityDirection", floats(&it.gravity_direction)),
        ("gravityMagnitude", float(it.gravity_magnitude)),
    ])
}

fn group(it: &Group) -> Object {
    object([
        ("invertFilteredGroups", it.inverted.unwrap_or(false).into()),
        ("filteredGroups", sorted(&it.filtered)),
        ("mergeGroupName", it.merge_name.as_str().into()),
        ("mergedGroups", texts(&it.merged)),
    ])
}

fn material(it: &Material) -> Object {
    object([
        ("staticFriction", float(it.static_friction)),
        ("dynamicFriction", float(it.dynamic_friction)),
        ("restitution", float(it.restitution)),
        ("density", float(it.density)),
    ])
}

fn body(it: &RigidBody, physics: &Physics) -> Object {
    let shapes = it
        .shapes
        .iter()
        .map(|shape| physics.shapes[*shape as usize].path.as_str());
    let shapes: BTreeSet<&str> = shapes.collect();
    object([
        ("collisions", shapes.into_iter().collect()),
        ("filteredCollisions", sorted(&it.filtered)),
        ("simulationOwners", sorted(&it.owners)),
        ("position", floats(&it.position)),
        ("rotation", floats(&it.rotation)),
        ("scale", floats(&it.scale)),
        ("rigidBodyEnabled", it.enabled.into()),
        ("kinematicBody", it.kinematic.into()),
        ("startsAsleep", it.asleep.into()),
        ("linearVelocity", floats(&it.velocity)),
        ("angularVelocity", floats(&it.angular_velocity)),
    ])
}

fn shape(it: &Shape, physics: &Physics) -> (&'static str, Object) {
    let body = it
        .body
        .map(|body| physics.bodies[body as usize].path.as_str());
    let mut fields = object([
        ("rigidBody", body.unwrap_or_default().into()),
        ("localPos", floats(&it.position)),
        ("localRot", floats(&it.rotation)),
        ("localScale", floats(&it.scale)),
        ("materials", texts(&it.links.materials)),
        ("simulationOwners", sorted(&it.links.owners)),
        ("filteredCollisions", sorted(&it.links.filtered)),
        ("collisionGroups", sorted(&it.links.groups)),
        ("collisionEnabled", it.enabled.into()),
    ]);
    let kind = match &it.geometry {
        Geometry::Sphere { radius } => {
            fields.insert("radius".into(), float(*radius));
            "SphereShape"
        }
        Geometry::Cube { half_extents } => {
            fields.insert("halfExtents".into(), floats(half_extents));
            "CubeShape"
        }
        Geometry::Capsule(size) => round("CapsuleShape", size, &mut fields),
        Geometry::Cylinder(size) => round("CylinderShape", size, &mut fields),
        Geometry::Cone(size) => round("ConeShape", size, &mut fields),
        Geometry::Capsule1(size) => tapered("Capsule1Shape", size, &mut fields),
        Geometry::Cylinder1(size) => tapered("Cylinder1Shape", size, &mut fields),
        Geometry::Plane { axis: normal } => {
            fields.insert("axis".into(), axis(*normal));
            "PlaneShape"
        }
        Geometry::Mesh {
            approximation,
            scale,
            double_sided,
        } => {
            fields.insert("approximation".into(), approximation.as_str().into());
            fields.insert("meshScale".into(), floats(scale));
            fields.insert("doubleSided".into(), (*double_sided).into());
            "MeshShape"
        }
        Geometry::SpherePoints(points) => {
            let point = |p: &super::desc::SpherePoint| json!({"center": floats(&p.center), "radius": float(p.radius)});
            fields.insert("spherePoints".into(), points.iter().map(point).collect());
            "SpherePointsShape"
        }
    };
    (kind, fields)
}

fn round(kind: &'static str, size: &Round, fields: &mut Object) -> &'static str {
    fields.insert("axis".into(), axis(size.axis));
    fields.insert("radius".into(), float(size.radius));
    fields.insert("halfHeight".into(), float(size.half_height));
    kind
}

fn tapered(kind: &'static str, size: &Tapered, fields: &mut Object) -> &'static str {
    fields.insert("axis".into(), axis(size.axis));
    fields.insert("topRadius".into(), float(size.top));
    fields.insert("bottomRadius".into(), float(size.bottom));
    fields.insert("halfHeight".into(), float(size.half_height));
    kind
}

fn limit(limit: &Limit) -> Value {
    let Limit {
        enabled,
        lower,
        upper,
    } = *limit;
    json!({"enabled": enabled, "lower": float(lower), "upper": float(upper)})
}

fn drive(drive: &Drive) -> Value {
    json!({
        "enabled": drive.enabled,
        "targetPosition": float(drive.position),
        "targetVelocity": float(drive.velocity),
        "forceLimit": float(drive.max_force),
        "stiffness": float(drive.stiffness),
        "damping": float(drive.damping),
        "acceleration": drive.acceleration,
    })
}

fn freedom(freedom: Freedom) -> &'static str {
    match freedom {
        Freedom::Distance => "Distance",
        Freedom::TransX => "TransX",
        Freedom::TransY => "TransY",
        Freedom::TransZ => "TransZ",
        Freedom::RotX => "RotX",
        Freedom::RotY => "RotY",
        Freedom::RotZ => "RotZ",
    }
}

fn joint(it: &Joint) -> (&'static str, Object) {
    let mut fields = object([
        ("rel0", text(&it.targets[0])),
        ("rel1", text(&it.targets[1])),
        ("body0", text(&it.bodies[0])),
        ("body1", text(&it.bodies[1])),
        ("localPose0Position", floats(&it.positions[0])),
        ("localPose0Orientation", floats(&it.rotations[0])),
        ("localPose1Position", floats(&it.positions[1])),
        ("localPose1Orientation", floats(&it.rotations[1])),
        ("jointEnabled", it.enabled.into()),
        ("collisionEnabled", it.collision_enabled.into()),
        ("excludeFromArticulation", it.excluded.into()),
        ("breakForce", float(it.break_force)),
        ("breakTorque", float(it.break_torque)),
    ]);
    let mut driven = |it: &Driven| {
        fields.insert("axis".into(), axis(it.axis));
        fields.insert("limit".into(), limit(&it.limit));
        fields.insert("drive".into(), drive(&it.drive));
    };
    let kind = match &it.kind {
        JointKind::Fixed => "FixedJoint",
        JointKind::Revolute(it) => {
            driven(it);
            "RevoluteJoint"
        }
        JointKind::Prismatic(it) => {
            driven(it);
            "PrismaticJoint"
        }
        JointKind::Spherical {
            axis: cone,
            limit: ends,
        } => {
            fields.insert("axis".into(), axis(*cone));
            fields.insert("limit".into(), limit(ends));
            "SphericalJoint"
        }
        JointKind::Distance {
            min_enabled,
            max_enabled,
            limit: ends,
        } => {
            fields.insert("minEnabled".into(), (*min_enabled).into());
            fields.insert("maxEnabled".into(), (*max_enabled).into());
            fields.insert("limit".into(), limit(ends));
            "DistanceJoint"
        }
        JointKind::D6 { limits, drives } => {
            let pair = |of: Freedom, what: Value| json!({"first": freedom(of), "second": what});
            let limits = limits.iter().map(|(of, ends)| pair(*of, limit(ends)));
            fields.insert("jointLimits".into(), limits.collect());
            let drives = drives.iter().map(|(of, motor)| pair(*of, drive(motor)));
            fields.insert("jointDrives".into(), drives.collect());
            "D6Joint"
        }
    };
    (kind, fields)
}

fn articulation(it: &Articulation) -> Object {
    object([
        ("rootPrims", texts(&it.roots)),
        ("articulatedJoints", sorted(&it.joints)),
        ("articulatedBodies", sorted(&it.bodies)),
        ("filteredCollisions", sorted(&it.filtered)),
    ])
}
