//! What readers promise of every result.

use halle_world::components::{Geometry, Joint, SourcePath, WorldPose};
use halle_world::{Shape, TriangleMesh, World};
use nalgebra::Isometry3;

/// Points are finite, triangles name points that are there, and there is a normal at each point or
/// at none. The first fault, if there is one.
pub(crate) fn of_mesh(mesh: &TriangleMesh) -> Option<String> {
    let count = mesh.points.len();
    if !mesh.points.iter().flatten().all(|v| v.is_finite()) {
        return Some("a point of a mesh is not finite".to_owned());
    }
    if mesh
        .triangles
        .iter()
        .flatten()
        .any(|corner| *corner as usize >= count)
    {
        return Some("a triangle names a point that is not there".to_owned());
    }
    if !mesh.normals.is_empty() && mesh.normals.len() != count {
        return Some("a mesh has normals at some of its points".to_owned());
    }
    None
}

/// Poses are finite with rotations of unit length, sizes are finite and not negative.
pub(crate) fn of_world(world: &mut World) -> Option<String> {
    let mut poses = world.query::<(&SourcePath, &WorldPose)>();
    for (source, pose) in poses.iter(world) {
        if let Some(fault) = of_pose(&pose.0) {
            return Some(format!("pose of `{}` {fault}", source.prim));
        }
    }
    let mut shapes = world.query::<(&SourcePath, &Geometry)>();
    for (source, geometry) in shapes.iter(world) {
        let fault = of_pose(&geometry.world_from_shape).map(|fault| format!("pose {fault}"));
        if let Some(fault) = fault.or_else(|| of_shape(&geometry.shape)) {
            return Some(format!("shape of `{}`: {fault}", source.prim));
        }
    }
    let mut joints = world.query::<(&SourcePath, &Joint)>();
    for (source, joint) in joints.iter(world) {
        let poses = [joint.body0_from_joint, joint.body1_from_joint];
        if let Some(fault) = poses.iter().find_map(of_pose) {
            return Some(format!("frame of joint `{}` {fault}", source.prim));
        }
        if joint.lower.or(joint.upper).is_some_and(f64::is_nan) {
            return Some(format!("limit of joint `{}` is no number", source.prim));
        }
    }
    None
}

fn of_pose(pose: &Isometry3<f64>) -> Option<&'static str> {
    // Rotations pass through single precision in USD.
    const UNIT: f64 = 1e-5;
    let length = pose.rotation.norm();
    if !pose.translation.vector.iter().all(|v| v.is_finite()) || !length.is_finite() {
        return Some("is not finite");
    }
    ((length - 1.0).abs() > UNIT).then_some("has a rotation that is not of unit length")
}

fn of_shape(shape: &Shape) -> Option<String> {
    if let Shape::Mesh(mesh) = shape {
        return of_mesh(mesh);
    }
    if shape.lengths().any(|(_, v)| !v.is_finite()) {
        return Some("a size is not finite".to_owned());
    }
    (shape.lengths().any(|(_, v)| v < 0.0)).then(|| "a size is negative".to_owned())
}
