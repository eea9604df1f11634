//! Motion of an articulated system by brute force: poses, Jacobians, the mass matrix.

use halle_model::Pose;
use halle_model::articulated::{System, SystemJoint, SystemLink};
use nalgebra::{
    DMatrix, Isometry3, Matrix3, Quaternion, Rotation3, Translation3, UnitQuaternion, Vector3,
};

pub(crate) fn frame(pose: &Pose) -> Isometry3<f64> {
    let r = pose.rotation;
    let rows = Matrix3::from_fn(|i, j| r[i][j]);
    let turn = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(rows));
    Isometry3::from_parts(Translation3::from(pose.translation), turn)
}

pub(crate) fn turn(q: &[f64]) -> UnitQuaternion<f64> {
    UnitQuaternion::from_quaternion(Quaternion::new(q[0], q[1], q[2], q[3]))
}

/// Where the links stand in the world at a position.
pub(crate) fn stand(system: &System, position: &[f64]) -> Vec<Isometry3<f64>> {
    let mut poses: Vec<Isometry3<f64>> = Vec::new();
    for (link, place) in system.links.iter().zip(system.places()) {
        let q = &position[place.position..];
        let moved = match link.joint {
            SystemJoint::Revolute => {
                let turn = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), q[0]);
                Isometry3::from_parts(Translation3::identity(), turn)
            }
            SystemJoint::Prismatic => Isometry3::translation(0.0, 0.0, q[0]),
            SystemJoint::Spherical => Isometry3::from_parts(Translation3::identity(), turn(q)),
            SystemJoint::Free => {
                Isometry3::from_parts(Translation3::new(q[0], q[1], q[2]), turn(&q[3..]))
            }
        };
        let above = link.parent.map_or_else(Isometry3::identity, |p| poses[p]);
        poses.push(above * frame(&link.parent_from_link) * moved);
    }
    poses
}

/// Moments about the centre of mass, world axes.
fn inertia(link: &SystemLink, pose: &Isometry3<f64>) -> Matrix3<f64> {
    let [a, b, c, d, e, f] = link.inertia;
    let own = Matrix3::new(a, d, e, d, b, f, e, f, c);
    let r = pose.rotation.to_rotation_matrix().into_inner();
    r * own * r.transpose()
}

/// Sum over the links of J^T diag(inertia, mass) J, and the armature; J maps velocities of the system
/// to the angular velocity and that of the centre of mass.
pub(crate) fn mass_matrix(system: &System, poses: &[Isometry3<f64>]) -> DMatrix<f64> {
    let (count, places) = (system.dof_count(), system.places());
    let mut matrix = DMatrix::zeros(count, count);
    for (index, link) in system.links.iter().enumerate() {
        let center = poses[index] * nalgebra::Point3::from(link.center_of_mass);
        let (mut angular, mut linear) = (DMatrix::zeros(3, count), DMatrix::zeros(3, count));
        let mut above = Some(index);
        while let Some(at) = above {
            let (origin, dof) = (poses[at].translation.vector, places[at].dof);
            let arm = center.coords - origin;
            let mut column = |k: usize, w: Vector3<f64>, v: Vector3<f64>| {
                angular.set_column(dof + k, &w);
                linear.set_column(dof + k, &(v + w.cross(&arm)));
            };
            let axis = poses[at].rotation * Vector3::z();
            let unit = |k: usize| Vector3::ith(k, 1.0);
            match system.links[at].joint {
                SystemJoint::Revolute => column(0, axis, Vector3::zeros()),
                SystemJoint::Prismatic => column(0, Vector3::zeros(), axis),
                SystemJoint::Spherical => (0..3).for_each(|k| column(k, unit(k), Vector3::zeros())),
                SystemJoint::Free => {
                    (0..3).for_each(|k| column(k, unit(k), Vector3::zeros()));
                    (0..3).for_each(|k| column(3 + k, Vector3::zeros(), unit(k)));
                }
            }
            above = system.links[at].parent;
        }
        matrix += angular.transpose() * inertia(link, &poses[index]) * &angular;
        matrix += linear.transpose() * &linear * link.mass;
        for k in 0..link.joint.dof_count() {
            matrix[(places[index].dof + k, places[index].dof + k)] += link.armature;
        }
    }
    matrix
}
