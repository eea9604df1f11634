//! Joints of a robot as components.

use halle_world::Entity;
use halle_world::components::{Axis, DofRange, Joint, Motion};
use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion, Vector3};

use crate::robot::{JointDef, Kind};

/// The joint between two prims.
pub(crate) fn joint(def: &JointDef<'_>, parent: Entity, child: Entity) -> Joint {
    let (axis, turn) = match def.kind {
        Kind::Fixed | Kind::Floating | Kind::Ball => (Axis::X, UnitQuaternion::identity()),
        // The plane of a planar joint is x and y of the joint frame.
        Kind::Planar => (Axis::Z, towards(Axis::Z, &def.axis)),
        Kind::Revolute | Kind::Continuous | Kind::Prismatic => frame(&def.axis),
    };
    let motion = match def.kind {
        Kind::Fixed => Motion::Fixed,
        Kind::Revolute | Kind::Continuous => Motion::Revolute,
        Kind::Prismatic => Motion::Prismatic,
        Kind::Ball => Motion::Spherical { cone: [None; 2] },
        Kind::Floating => generic([DofRange::Free; 6]),
        Kind::Planar => {
            use DofRange::{Free, Locked};
            generic([Locked, Locked, Free, Free, Free, Locked])
        }
    };
    let child_from_joint = Isometry3::from_parts(Translation3::identity(), turn);
    Joint {
        axis,
        body0_from_joint: def.origin * child_from_joint,
        body1_from_joint: child_from_joint,
        lower: def.range.map(|[lower, _]| lower),
        upper: def.range.map(|[_, upper]| upper),
        damping: def.dynamics[0],
        friction: def.dynamics[1],
        velocity_limit: def.velocity,
        home: def.held,
        ..Joint::between(motion, Some(parent), Some(child))
    }
}

fn generic(ranges: [DofRange; 6]) -> Motion {
    Motion::Generic {
        ranges,
        drives: Box::default(),
    }
}

/// The axis of a joint frame that lies nearest to a unit vector, and the turn that brings it there:
/// none where the vector is that axis.
fn frame(vector: &Vector3<f64>) -> (Axis, UnitQuaternion<f64>) {
    let axis = match vector.iamax() {
        0 => Axis::X,
        1 => Axis::Y,
        _ => Axis::Z,
    };
    (axis, towards(axis, vector))
}

/// The link frame from a joint frame whose axis lies along a unit vector.
fn towards(axis: Axis, vector: &Vector3<f64>) -> UnitQuaternion<f64> {
    let (from, beside) = match axis {
        Axis::X => (Vector3::x(), Vector3::z_axis()),
        Axis::Y => (Vector3::y(), Vector3::x_axis()),
        Axis::Z => (Vector3::z(), Vector3::y_axis()),
    };
    // Nearly against the axis the shortest turn is ill-defined: a half turn across it comes first.
    let half = if vector.dot(&from) < 0.0 {
        UnitQuaternion::from_axis_angle(&beside, std::f64::consts::PI)
    } else {
        UnitQuaternion::identity()
    };
    let near = half * from;
    // The half-angle form keeps small turns, which a cosine would lose.
    let rest = Quaternion::from_parts(1.0 + near.dot(vector), near.cross(vector));
    UnitQuaternion::new_normalize(rest) * half
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chosen axis, turned, is the axis of the file, whatever its direction; single precision
    /// of the file would be 1e-7, the turn itself rounds at 1e-15.
    #[test]
    fn axes() {
        let third = (1.0_f64 / 3.0).sqrt();
        for v in [
            [1.0, 0.0, 0.0],
            [0.0, -1.0, 0.0],
            [0.0, 0.0, -1.0],
            [-1.0, 0.0, 0.0],
            [third, -third, third],
            [0.6, 0.0, -0.8],
            [-1e-9, 0.0, -1.0],
        ] {
            let vector = Vector3::from(v).normalize();
            let (axis, turn) = frame(&vector);
            let unit = match axis {
                Axis::X => Vector3::x(),
                Axis::Y => Vector3::y(),
                Axis::Z => Vector3::z(),
            };
            assert!((turn * unit - vector).norm() < 1e-15, "{v:?}");
        }
        assert_eq!(frame(&Vector3::y()), (Axis::Y, UnitQuaternion::identity()));
    }
}
