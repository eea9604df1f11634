//! The motions that a joint is made of, one after the other.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::{Isometry3, Quaternion, Translation3, Unit, UnitQuaternion, Vector3};

use super::says::{JOINT_SETTING, Says};
use crate::components::{Axis, DofRange, Drive, Joint, Motion};
use crate::error::CompileError;
use crate::place::site;
use crate::standing::{between, check_meeting, start_position};

/// Names of the degrees of freedom of a generic joint, in their order.
pub(crate) const FREEDOMS: [&str; 6] = ["rotX", "rotY", "rotZ", "transX", "transY", "transZ"];
/// Distance and angle below which a place counts as the same \[m, rad\].
const SAME: f64 = 1e-12;

/// Turning about an axis of the joint frame, or sliding along it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Way {
    pub(crate) turns: bool,
    /// Unit vector in the joint frame.
    pub(crate) axis: Vector3<f64>,
}

/// One motion, or one that does not move.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// Stays at a place \[rad or m\].
    Still(Way, f64),
    /// One degree of freedom.
    Moves {
        way: Way,
        /// Number of the degree of freedom of a generic joint.
        freedom: Option<usize>,
        /// \[rad or m\]
        limit: [f64; 2],
        /// \[rad or m\]
        start: f64,
    },
    /// Turning in all ways, with the rotation at the start.
    Ball(UnitQuaternion<f64>),
}

/// What a joint lets its second side do against its first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Course {
    /// Everything: the joint is no bond at all.
    Free,
    /// Motions from the first side's joint frame to the second's.
    Pieces(Vec<Piece>),
}

impl Way {
    fn about(axis: Vector3<f64>) -> Self {
        Self { turns: true, axis }
    }

    fn along(axis: Vector3<f64>) -> Self {
        Self { turns: false, axis }
    }

    /// The motion by a distance or an angle \[m or rad\].
    pub(crate) fn by(&self, amount: f64) -> Isometry3<f64> {
        if self.turns {
            let axis = Unit::new_unchecked(self.axis);
            let turn = UnitQuaternion::from_axis_angle(&axis, amount);
            Isometry3::from_parts(Translation3::identity(), turn)
        } else {
            Translation3::from(self.axis * amount).into()
        }
    }

    /// Rotates z onto the axis, which is x, y or z or points against one of them. The numbers are
    /// exact, so that zeros of a frame stay zeros.
    pub(crate) fn joint_from_z(&self) -> UnitQuaternion<f64> {
        let exact = |w, i, j, k| UnitQuaternion::new_unchecked(Quaternion::new(w, i, j, k));
        let onto = match self.axis.iamax() {
            0 => exact(0.5, 0.5, 0.5, 0.5),
            1 => exact(0.5, -0.5, -0.5, -0.5),
            _ => UnitQuaternion::identity(),
        };
        if self.axis.sum() < 0.0 {
            onto * exact(0.0, 1.0, 0.0, 0.0)
        } else {
            onto
        }
    }
}

impl Piece {
    /// The same motion seen from its other end: positions keep their sign, axes point back.
    fn backwards(self) -> Self {
        let back = |way: Way| Way {
            axis: -way.axis,
            ..way
        };
        match self {
            Self::Still(way, at) => Self::Still(back(way), at),
            Self::Moves {
                way,
                freedom,
                limit,
                start,
            } => Self::Moves {
                way: back(way),
                freedom,
                limit,
                start,
            },
            Self::Ball(turn) => Self::Ball(turn.inverse()),
        }
    }
}

/// Axis of the joint frame.
fn unit(axis: usize) -> Vector3<f64> {
    let mut made = Vector3::zeros();
    made[axis] = 1.0;
    made
}

fn number(axis: Axis) -> usize {
    match axis {
        Axis::X => 0,
        Axis::Y => 1,
        Axis::Z => 2,
    }
}

/// Whether a drive does anything.
pub(crate) fn works(drive: &Drive) -> bool {
    drive.effort_limit > 0.0 && (drive.stiffness > 0.0 || drive.damping > 0.0)
}

/// Reads what a joint lets its bodies do; from its second side to its first if `backwards`.
pub(crate) fn course(
    world: &World,
    entity: Entity,
    joint: &Joint,
    backwards: bool,
    says: &mut Says<'_>,
) -> Result<Course, CompileError> {
    let mut pieces = match &joint.motion {
        Motion::Fixed => {
            let off = between(world, joint);
            let off = [off.rotation.angle(), off.translation.vector.norm()];
            check_meeting(world, entity, off, &mut says.diagnostics);
            Vec::new()
        }
        Motion::Revolute => vec![scalar(world, entity, joint, true, says)?],
        Motion::Prismatic => vec![scalar(world, entity, joint, false, says)?],
        Motion::Spherical { cone } => {
            if cone.iter().flatten().any(|a| a.is_finite()) || joint.upper.is_some() {
                let detail = "the cone of a ball joint is not obeyed";
                says.tell(&JOINT_SETTING, entity, "physics:coneAngle0Limit", detail);
            }
            let off = between(world, joint);
            let far = [0.0, off.translation.vector.norm()];
            check_meeting(world, entity, far, &mut says.diagnostics);
            vec![ball_piece(&off)]
        }
        Motion::Generic { ranges, drives } => {
            let plain = |k: usize| ranges[k] == DofRange::Free && drives[k].is_none();
            if (0..6).all(plain) {
                return Ok(Course::Free);
            }
            generic(world, entity, joint, (ranges, drives), says)?
        }
        Motion::Distance { .. } | Motion::Unsupported(_) => return Ok(Course::Free),
    };
    if backwards {
        pieces = pieces.into_iter().rev().map(Piece::backwards).collect();
    }
    Ok(Course::Pieces(pieces))
}

/// Turning in all ways, from where the bodies stand.
fn ball_piece(between: &Isometry3<f64>) -> Piece {
    Piece::Ball(UnitQuaternion::new_normalize(between.rotation.into_inner()))
}

fn check_limit(
    world: &World,
    entity: Entity,
    property: &str,
    limit: [f64; 2],
) -> Result<(), CompileError> {
    if limit[0] <= limit[1] {
        return Ok(());
    }
    Err(CompileError::OutOfRange {
        site: site(world, entity, property),
        expected: "an upper limit that is not below the lower one",
        value: limit[1],
    })
}

/// A revolute or prismatic joint; one whose limits leave no room stands still.
fn scalar(
    world: &World,
    entity: Entity,
    joint: &Joint,
    turns: bool,
    says: &mut Says<'_>,
) -> Result<Piece, CompileError> {
    let axis = unit(number(joint.axis));
    let way = Way { turns, axis };
    let limit = [
        joint.lower.unwrap_or(f64::NEG_INFINITY),
        joint.upper.unwrap_or(f64::INFINITY),
    ];
    check_limit(world, entity, "physics:upperLimit", limit)?;
    let start = start_position(world, entity, joint, &mut says.diagnostics);
    Ok(if limit[0] == limit[1] {
        Piece::Still(way, limit[0])
    } else {
        Piece::Moves {
            way,
            freedom: None,
            limit,
            start,
        }
    })
}

/// Six degrees of freedom: sliding along x, y and z of the first joint frame, then turning about z,
/// y and x, which are turns about x, y and z of that frame in this order.
fn generic(
    world: &World,
    entity: Entity,
    joint: &Joint,
    (ranges, drives): (&[DofRange; 6], &[Option<Drive>; 6]),
    says: &mut Says<'_>,
) -> Result<Vec<Piece>, CompileError> {
    let between = between(world, joint);
    let (x, y, z) = between.rotation.euler_angles();
    let shift = between.translation.vector;
    let standing = [x, y, z, shift.x, shift.y, shift.z];
    let mut off = [0.0_f64; 2];
    let mut pieces = Vec::new();
    let plain = |k: usize| ranges[k] == DofRange::Free && drives[k].is_none();
    let ball = (0..3).all(plain);
    let order: &[usize] = if ball {
        &[3, 4, 5]
    } else {
        &[3, 4, 5, 2, 1, 0]
    };
    for &k in order {
        let way = if k < 3 {
            Way::about(unit(k))
        } else {
            Way::along(unit(k - 3))
        };
        if let Some(lock) = ranges[k].lock() {
            let kind = usize::from(k >= 3);
            off[kind] = off[kind].max((standing[k] - lock).abs());
            if lock.abs() > SAME {
                pieces.push(Piece::Still(way, lock));
            }
            continue;
        }
        let limit = ranges[k].bounds();
        let property = format!("limit:{}:physics:high", FREEDOMS[k]);
        check_limit(world, entity, &property, limit)?;
        pieces.push(Piece::Moves {
            way,
            freedom: Some(k),
            limit,
            start: standing[k],
        });
    }
    if ball {
        pieces.push(ball_piece(&between));
    }
    check_meeting(world, entity, off, &mut says.diagnostics);
    Ok(pieces)
}

/// Which motions a joint takes away: turning about x, y, z, then sliding along x, y, z, and where
/// it holds the second joint frame seen from the first.
pub(crate) fn locks(joint: &Joint) -> Option<([bool; 6], Isometry3<f64>)> {
    let mut locked = [true; 6];
    let mut held = Isometry3::identity();
    match &joint.motion {
        Motion::Fixed => {}
        Motion::Revolute | Motion::Prismatic => {
            let turns = joint.motion == Motion::Revolute;
            let axis = number(joint.axis);
            if joint.lower.is_some() && joint.lower == joint.upper {
                let axis = unit(axis);
                held = Way { turns, axis }.by(joint.lower.unwrap_or_default());
            } else {
                locked[axis + if turns { 0 } else { 3 }] = false;
            }
        }
        Motion::Spherical { .. } => locked[..3].fill(false),
        Motion::Generic { ranges, .. } => {
            let lock = ranges.map(|r| r.lock());
            locked = lock.map(|l| l.is_some());
            let at = lock.map(Option::unwrap_or_default);
            let turn = UnitQuaternion::from_euler_angles(at[0], at[1], at[2]);
            held = Isometry3::from_parts(Translation3::new(at[3], at[4], at[5]), turn);
        }
        Motion::Distance { .. } | Motion::Unsupported(_) => return None,
    }
    Some((locked, held))
}
