//! Joints: what they hold, where, and how far they let it move.

use halle_stage::physics::{Drive as TrueDrive, Freedom, Joint as TrueJoint, JointKind, Limit};
use halle_world::components::{
    Axis, DofRange, Drive, DriveKind, InBody, Joint, Motion, RigidBody, WorldPose,
};
use nalgebra::Isometry3;

use super::{Truth, near};

const LOST: &str =
    "joint to a prim that is not there: left out (SC0106), tied to the world by usd-core";
const OFF: &str = "joint that is switched off: not in the world";
const SHEARED: &str = "sheared or singular transform: the joint's frame is another one (SC0105)";
const COPIED: &str = "physics below a point instancer: usd-core skips it, halle-wide copies it";
const LOCKED: &str = "lower limit above upper limit: locked (SC0113)";
const HALF: &str = "hinge with one limit: kept, where usd-core drops it";
const CONE: &str = "cone with one angle: kept, where usd-core drops it";
const DISTANCE: &str = "limit on the distance of a generic joint: no effect (SC0102)";

/// A limit beyond this is none.
const SENTINEL: f32 = 0.5e38;

impl Truth<'_> {
    /// The joints that are switched on.
    pub(super) fn joints(&mut self) {
        let joints = std::mem::take(&mut self.physics.joints);
        let mut known = std::collections::BTreeSet::new();
        for joint in &joints {
            let path = joint.path.as_str();
            known.insert(path.to_owned());
            let Some(&entity) = self.by_path.get(path) else {
                continue;
            };
            match self.world.get::<Joint>(entity) {
                Some(own) if joint.enabled => self.joint(joint, &own.clone()),
                Some(_) => self.wrong("joint", path, "switched off on the stage"),
                None if !joint.enabled => self.because(OFF),
                None if self.is_lost(joint) => self.because(LOST),
                None => self.wrong("joint", path, "missing in the world"),
            }
        }
        for &entity in self.entities {
            let path = self.path(entity);
            if self.world.get::<Joint>(entity).is_some() && !known.contains(&path) {
                if self.copied.contains(&path) {
                    self.because(COPIED);
                } else {
                    self.wrong("joint", &path, "not on the stage");
                }
            }
        }
        self.physics.joints = joints;
    }

    fn is_lost(&self, joint: &TrueJoint) -> bool {
        let mut targets = joint.targets.iter().filter(|t| !t.is_empty());
        targets.any(|t| !self.by_path.contains_key(t.as_str()))
    }

    fn joint(&mut self, joint: &TrueJoint, own: &Joint) {
        let path = joint.path.as_str();
        self.count("joints", 1);
        let flags = (own.excluded, own.bodies_touch);
        if flags != (joint.excluded, joint.collision_enabled) {
            self.wrong("joint", path, format!("{flags:?} excluded, bodies touch"));
        }
        let newton = self.kilograms * self.meters;
        let breaks = [
            (joint.break_force, own.break_force, newton),
            (joint.break_torque, own.break_torque, newton * self.meters),
        ];
        for (a, b, unit) in breaks {
            let a = Some(f64::from(a) * unit).filter(|_| a < SENTINEL);
            if !same(a, b) {
                self.wrong("break force", path, format!("{b:?}, the stage has {a:?}"));
            }
        }
        for (k, entity) in [own.body0, own.body1].into_iter().enumerate() {
            let frame = [own.body0_from_joint, own.body1_from_joint][k];
            self.side(joint, k, entity, &frame);
        }
        self.motion(joint, own);
    }

    /// One end of a joint: the body, and the joint's frame in the world.
    fn side(
        &mut self,
        joint: &TrueJoint,
        k: usize,
        entity: Option<halle_world::Entity>,
        frame: &Isometry3<f64>,
    ) {
        let path = joint.path.as_str();
        let owner = entity
            .and_then(|e| self.world.get::<InBody>(e))
            .map(|b| b.0);
        let own = owner
            .filter(|e| self.world.get::<RigidBody>(*e).is_some())
            .map(|e| self.path(e));
        let index = joint.body_indices[k].map(|b| &self.physics.bodies[b as usize]);
        // A disabled body is listed, and is no body.
        let truly = index
            .filter(|b| b.enabled)
            .map(|b| b.path.as_str().to_owned());
        if own != truly {
            self.wrong(
                "joint's body",
                path,
                format!("{own:?}, the stage has {truly:?}"),
            );
            return;
        }
        let target = joint.targets[k].as_str().to_owned();
        let anchor = joint.bodies[k].as_str().to_owned();
        let bent = [&target, &anchor]
            .into_iter()
            .any(|p| !p.is_empty() && self.is_sheared(p));
        if bent {
            self.because(SHEARED);
            return;
        }
        let pose = |path: &str| {
            let entity = self.by_path.get(path).copied();
            entity.map_or_else(Isometry3::identity, |e| {
                self.world.get::<WorldPose>(e).unwrap().0
            })
        };
        let base = if anchor.is_empty() {
            self.stage_frame()
        } else {
            pose(&anchor)
        };
        let local = self.pose(joint.positions[k], joint.rotations[k]);
        let (expected, found) = (
            base * local,
            entity.map_or_else(Isometry3::identity, |e| {
                self.world.get::<WorldPose>(e).unwrap().0
            }) * frame,
        );
        let off = expected.inverse() * found;
        let reach = base.translation.vector.norm() + local.translation.vector.norm() + self.meters;
        if off.translation.vector.norm() > 3e-6 * reach || off.rotation.angle() > 4e-6 {
            self.wrong(
                "joint's frame",
                path,
                format!("side {k}: {found:?}, the stage has {expected:?}"),
            );
        }
    }

    fn motion(&mut self, joint: &TrueJoint, own: &Joint) {
        let path = joint.path.as_str();
        let degree = 1_f64.to_radians();
        let meters = self.meters;
        match (&joint.kind, &own.motion) {
            (JointKind::Fixed, Motion::Fixed) => {}
            (JointKind::Revolute(d), Motion::Revolute) => {
                self.driven(path, own, d.axis, d.limit, &d.drive, degree);
            }
            (JointKind::Prismatic(d), Motion::Prismatic) => {
                self.driven(path, own, d.axis, d.limit, &d.drive, meters);
            }
            (JointKind::Spherical { axis, limit }, Motion::Spherical { cone }) => {
                self.same_axis(path, own, *axis);
                let truly = [limit.lower, limit.upper].map(|a| Some(f64::from(a) * degree));
                if limit.enabled && !(0..2).all(|k| same(truly[k], cone[k])) {
                    self.wrong("cone", path, format!("{cone:?} {truly:?}"));
                } else if !limit.enabled && cone.iter().any(Option::is_some) {
                    self.because(CONE);
                }
            }
            (
                JointKind::Distance {
                    min_enabled,
                    max_enabled,
                    limit,
                },
                Motion::Distance { least, greatest },
            ) => {
                let low = Some(f64::from(limit.lower) * meters).filter(|_| *min_enabled);
                let high = Some(f64::from(limit.upper) * meters).filter(|_| *max_enabled);
                if !same(low, *least) || !same(high, *greatest) {
                    self.wrong(
                        "distance",
                        path,
                        format!("{least:?} {greatest:?} {limit:?}"),
                    );
                }
            }
            (
                JointKind::D6 { limits, drives },
                Motion::Generic {
                    ranges,
                    drives: motors,
                },
            ) => {
                for k in 0..6 {
                    let limit = limits.iter().find(|l| dof(l.0) == Some(k)).map(|l| l.1);
                    let unit = if k < 3 { degree } else { meters };
                    if !same_range(limit, ranges[k], unit) {
                        self.wrong("range", path, format!("{k}: {:?} {limit:?}", ranges[k]));
                    }
                    let drive = drives.iter().find(|d| dof(d.0) == Some(k)).map(|d| d.1);
                    let drive = drive.unwrap_or(TrueDrive::NONE);
                    self.drive(path, motors[k].as_ref(), &drive, unit, k < 3);
                }
                if limits.iter().any(|l| l.0 == Freedom::Distance) {
                    self.because(DISTANCE);
                }
            }
            (truly, own) => self.wrong("joint", path, format!("{own:?}, the stage has {truly:?}")),
        }
    }

    fn same_axis(&mut self, path: &str, own: &Joint, axis: halle_stage::physics::Axis) {
        let index = match own.axis {
            Axis::X => 0,
            Axis::Y => 1,
            Axis::Z => 2,
        };
        if index != axis.index() {
            self.wrong("joint's axis", path, format!("{:?} {axis:?}", own.axis));
        }
    }

    fn driven(
        &mut self,
        path: &str,
        own: &Joint,
        axis: halle_stage::physics::Axis,
        limit: Limit,
        truly: &TrueDrive,
        unit: f64,
    ) {
        self.same_axis(path, own, axis);
        let low = Some(f64::from(limit.lower) * unit).filter(|_| limit.lower > -SENTINEL);
        let high = Some(f64::from(limit.upper) * unit).filter(|_| limit.upper < SENTINEL);
        let turning = own.motion == Motion::Revolute;
        if limit.lower > limit.upper && (own.lower, own.upper) == (Some(0.0), Some(0.0)) {
            self.because(LOCKED);
        } else if !same(low, own.lower) || !same(high, own.upper) {
            self.wrong(
                "limit",
                path,
                format!("{:?} {:?} {limit:?}", own.lower, own.upper),
            );
        } else if turning && !limit.enabled && (own.lower.is_some() || own.upper.is_some()) {
            self.because(HALF);
        }
        self.drive(path, own.drive.as_ref(), truly, unit, turning);
    }

    fn drive(
        &mut self,
        path: &str,
        own: Option<&Drive>,
        truly: &TrueDrive,
        unit: f64,
        turning: bool,
    ) {
        let Some(own) = own else {
            if truly.enabled {
                self.wrong("drive", path, "missing in the world");
            }
            return;
        };
        let force = self.kilograms * self.meters * if turning { self.meters } else { 1.0 };
        let gain = match own.kind {
            DriveKind::Force => force / unit,
            DriveKind::Acceleration if turning => 1.0 / unit,
            DriveKind::Acceleration => 1.0,
        };
        let most = if truly.max_force < SENTINEL {
            f64::from(truly.max_force) * force
        } else {
            f64::INFINITY
        };
        let pairs = [
            (f64::from(truly.stiffness) * gain, own.stiffness),
            (f64::from(truly.damping) * gain, own.damping),
            (most, own.effort_limit),
            (f64::from(truly.position) * unit, own.target_position),
            (f64::from(truly.velocity) * unit, own.target_velocity),
        ];
        let kind = (own.kind == DriveKind::Acceleration) == truly.acceleration;
        self.count("drives", 1);
        if !truly.enabled || !kind || !pairs.iter().all(|(a, b)| near(*a, *b)) {
            self.wrong("drive", path, format!("{own:?}, the stage has {truly:?}"));
        }
    }
}

fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => near(a, b),
        _ => false,
    }
}

/// Our index of a degree of freedom.
fn dof(freedom: Freedom) -> Option<usize> {
    Some(match freedom {
        Freedom::RotX => 0,
        Freedom::RotY => 1,
        Freedom::RotZ => 2,
        Freedom::TransX => 3,
        Freedom::TransY => 4,
        Freedom::TransZ => 5,
        Freedom::Distance => return None,
    })
}

fn same_range(limit: Option<Limit>, own: DofRange, unit: f64) -> bool {
    let Some(limit) = limit else {
        return own == DofRange::Free;
    };
    let si = |x: f32| {
        if x.abs() < SENTINEL {
            f64::from(x) * unit
        } else {
            f64::INFINITY.copysign(f64::from(x))
        }
    };
    match own {
        DofRange::Locked => limit.lower > limit.upper,
        DofRange::Free => !limit.enabled && limit.lower <= limit.upper,
        DofRange::Limited { lower, upper } => {
            limit.enabled && near(si(limit.lower), lower) && near(si(limit.upper), upper)
        }
    }
}
