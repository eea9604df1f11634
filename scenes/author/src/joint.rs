//! Joints with their limits and drives. Angles leave radians here.

use bevy_ecs::entity::Entity;
use halle_world::Severity;
use halle_world::components::{Axis, DofRange, Drive, DriveKind, EffortLimit, Joint, Motion};
use nalgebra::Isometry3;

use crate::author::Author;
use crate::error::AuthorError;
use crate::frames::finite;
use crate::layer::Prim;
use crate::plan::{Node, Role};
use crate::value::{array, double, float, quatf, tidy, token, triple, truth};

/// What `UsdPhysics` calls the six degrees of freedom, in the order of [`Motion::Generic`].
const DOFS: [&str; 6] = ["rotX", "rotY", "rotZ", "transX", "transY", "transZ"];

/// What one unit of a degree of freedom is in USD: degrees or metres for one radian or metre.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Unit {
    /// USD's number for one of ours.
    scale: f64,
}

impl Unit {
    const ANGLE: Self = Self {
        scale: 180.0 / std::f64::consts::PI,
    };
    const LENGTH: Self = Self { scale: 1.0 };

    /// A position or a velocity.
    fn position(self, v: f64) -> f64 {
        v * self.scale
    }

    /// Something that is multiplied by a position or a velocity.
    fn gain(self, v: f64) -> f64 {
        v / self.scale
    }
}

impl Author<'_> {
    /// The joint of an entity.
    pub(crate) fn joint(&mut self, node: &Node, entity: Entity) -> Result<(), AuthorError> {
        let Some(joint) = self.world.get::<Joint>(entity) else {
            return Ok(());
        };
        finite(&node.path, "physics:localPos0", &joint.body0_from_joint)?;
        finite(&node.path, "physics:localPos1", &joint.body1_from_joint)?;
        let [body0, body1] = [joint.body0, joint.body1]
            .map(|side| side.and_then(|body| self.target(node, "physics:body0", body, None)));
        let kind = self.joint_kind(node, joint);
        let prim = self.role(node, Role::Joint, &kind);
        side(prim, "0", body0, &joint.body0_from_joint);
        side(prim, "1", body1, &joint.body1_from_joint);
        write_motion(prim, joint);
        for (name, on) in [
            ("physics:collisionEnabled", joint.bodies_touch),
            ("physics:excludeFromArticulation", joint.excluded),
        ] {
            if on {
                let value = truth(true);
                if name.ends_with("Articulation") {
                    prim.uniform(name, value);
                } else {
                    prim.set(name, value);
                }
            }
        }
        for (name, value) in [
            ("physics:breakForce", joint.break_force),
            ("physics:breakTorque", joint.break_torque),
        ] {
            if let Some(value) = value.filter(|v| v.is_finite()) {
                prim.set(name, float(value));
            }
        }
        if let Some(limit) = self.world.get::<EffortLimit>(entity) {
            // MuJoCo has a word for what all motors of a joint together may do.
            let prim = self.layer.at(node.path_of(Role::Joint)).api("MjcJointAPI");
            prim.uniform("mjc:actuatorfrclimited", token("true"));
            prim.uniform("mjc:actuatorfrcrange:min", double(-limit.0));
            prim.uniform("mjc:actuatorfrcrange:max", double(limit.0));
            // UsdPhysics says the same of a drive: one without gains holds the limit alone.
            let instance = match joint.motion {
                Motion::Revolute => "angular",
                Motion::Prismatic => "linear",
                _ => "",
            };
            if joint.drive.is_none() && !instance.is_empty() && limit.0.is_finite() {
                prim.api(format!("PhysicsDriveAPI:{instance}"));
                prim.uniform(&format!("drive:{instance}:physics:type"), token("force"));
                prim.set(
                    &format!("drive:{instance}:physics:maxForce"),
                    float(limit.0),
                );
            }
        }
        if joint.excluded {
            // A joint that closes a loop: MuJoCo and Newton take it for an equality then.
            let equality = match joint.motion {
                Motion::Fixed => Some("MjcEqualityWeldAPI"),
                Motion::Spherical { cone: [None, None] } => Some("MjcEqualityConnectAPI"),
                _ => None,
            };
            if let Some(api) = equality {
                self.layer.at(node.path_of(Role::Joint)).api(api);
            }
        }
        self.passive(node, joint);
        Ok(())
    }

    /// Prim type of a joint; a kind that UsdPhysics does not have keeps its name.
    fn joint_kind(&mut self, node: &Node, joint: &Joint) -> String {
        let kind = match &joint.motion {
            Motion::Fixed => "PhysicsFixedJoint",
            Motion::Revolute => "PhysicsRevoluteJoint",
            Motion::Prismatic => "PhysicsPrismaticJoint",
            Motion::Spherical { .. } => "PhysicsSphericalJoint",
            Motion::Distance { .. } => "PhysicsDistanceJoint",
            Motion::Generic { .. } => "PhysicsJoint",
            Motion::Unsupported(kind) => {
                let message = format!(
                    "joint of type `{kind}` is not one of UsdPhysics: only its bodies and frames are written"
                );
                let help = "use a kind of joint that UsdPhysics has";
                self.find(node, Severity::Warning, "AU0302", "typeName", message, help);
                let named = crate::names::valid(kind) == *kind && !kind.is_empty();
                return if named {
                    kind.clone()
                } else {
                    "PhysicsJoint".to_owned()
                };
            }
        };
        let one_axis = matches!(joint.motion, Motion::Revolute | Motion::Prismatic);
        let limited = joint.drive.is_some() || joint.lower.is_some() || joint.upper.is_some();
        if limited && !one_axis {
            let message =
                format!("limits or a drive along one axis do not fit a `{kind}`: left out");
            let help = "use a revolute or prismatic joint, or ranges of single degrees of freedom";
            self.find(
                node,
                Severity::Warning,
                "AU0309",
                "physics:lowerLimit",
                message,
                help,
            );
        }
        kind.to_owned()
    }

    /// What acts at the joint of itself, and how it stands at the start.
    fn passive(&mut self, node: &Node, joint: &Joint) {
        let said = joint.armature != 0.0
            || joint.damping != 0.0
            || joint.friction != 0.0
            || joint.velocity_limit.is_some();
        let stands = joint.home.is_some() || joint.home_velocity != 0.0;
        let sprung = joint.spring.stiffness != 0.0 || joint.spring.rest != 0.0;
        if !(said || stands || sprung) {
            return;
        }
        let Some(unit) = unit(&joint.motion) else {
            let message =
                "joint turns and slides: friction, springs and speeds of both at once are left out"
                    .to_owned();
            let help = "split the joint into two";
            self.find(
                node,
                Severity::Warning,
                "AU0309",
                "newton:damping",
                message,
                help,
            );
            return;
        };
        let physx = self.options.physx_joints;
        let prim = self.layer.at(node.path_of(Role::Joint));
        if said {
            prim.api("NewtonJointAPI");
            for (name, value) in [
                ("newton:armature", joint.armature),
                ("newton:damping", unit.gain(joint.damping)),
                ("newton:friction", joint.friction),
            ] {
                if value != 0.0 {
                    prim.set(name, float(value));
                }
            }
            let limit = joint.velocity_limit.filter(|v| v.is_finite());
            if let Some(limit) = limit {
                prim.set("newton:velocityLimit", float(unit.position(limit)));
            }
            if physx && (joint.armature != 0.0 || limit.is_some()) {
                prim.api("PhysxJointAPI")
                    .set("physxJoint:armature", float(joint.armature));
                if let Some(limit) = limit {
                    prim.set("physxJoint:maxJointVelocity", float(unit.position(limit)));
                }
            }
        }
        if sprung {
            // MuJoCo counts stiffness in newton metres per radian and positions in degrees.
            prim.api("MjcJointAPI");
            prim.uniform("mjc:stiffness", double(joint.spring.stiffness));
            prim.uniform("mjc:springref", double(unit.position(joint.spring.rest)));
        }
        if stands {
            let which = if unit == Unit::ANGLE {
                "angular"
            } else {
                "linear"
            };
            prim.api(format!("PhysicsJointStateAPI:{which}"));
            if let Some(home) = joint.home {
                let name = format!("state:{which}:physics:position");
                prim.set(&name, float(unit.position(home)));
            }
            if joint.home_velocity != 0.0 {
                let name = format!("state:{which}:physics:velocity");
                prim.set(&name, float(unit.position(joint.home_velocity)));
            }
        }
    }
}

/// Unit of what a joint does; `None` if it both turns and slides.
fn unit(motion: &Motion) -> Option<Unit> {
    match motion {
        Motion::Revolute | Motion::Spherical { .. } | Motion::Fixed | Motion::Unsupported(_) => {
            Some(Unit::ANGLE)
        }
        Motion::Prismatic | Motion::Distance { .. } => Some(Unit::LENGTH),
        Motion::Generic { ranges, .. } => {
            let moves = |part: &[DofRange]| part.iter().any(|r| *r != DofRange::Locked);
            match (moves(&ranges[..3]), moves(&ranges[3..])) {
                (_, false) => Some(Unit::ANGLE),
                (false, true) => Some(Unit::LENGTH),
                (true, true) => None,
            }
        }
    }
}

fn side(prim: &mut Prim, end: &str, body: Option<String>, body_from_joint: &Isometry3<f64>) {
    if let Some(body) = body {
        prim.rel(&format!("physics:body{end}"), vec![body]);
    }
    let position = array(&body_from_joint.translation.vector).map(tidy);
    prim.set(
        &format!("physics:localPos{end}"),
        triple("point3f", position),
    );
    prim.set(
        &format!("physics:localRot{end}"),
        quatf(&body_from_joint.rotation),
    );
}

fn write_motion(prim: &mut Prim, joint: &Joint) {
    let axis = match joint.axis {
        Axis::X => "X",
        Axis::Y => "Y",
        Axis::Z => "Z",
    };
    match &joint.motion {
        Motion::Revolute => one_axis(prim, joint, axis, "angular", Unit::ANGLE),
        Motion::Prismatic => one_axis(prim, joint, axis, "linear", Unit::LENGTH),
        Motion::Spherical { cone } => {
            prim.uniform("physics:axis", token(axis));
            for (name, angle) in ["physics:coneAngle0Limit", "physics:coneAngle1Limit"]
                .into_iter()
                .zip(cone)
            {
                if let Some(angle) = angle {
                    prim.set(name, float(angle.to_degrees()));
                }
            }
        }
        Motion::Distance { least, greatest } => {
            for (name, length) in [
                ("physics:minDistance", least),
                ("physics:maxDistance", greatest),
            ] {
                if let Some(length) = length {
                    prim.set(name, float(*length));
                }
            }
        }
        Motion::Generic { ranges, drives } => {
            for (k, name) in DOFS.into_iter().enumerate() {
                let unit = if k < 3 { Unit::ANGLE } else { Unit::LENGTH };
                range(prim, name, ranges[k], unit);
                if let Some(drive) = &drives[k] {
                    write_drive(prim, name, drive, unit);
                }
            }
        }
        Motion::Fixed | Motion::Unsupported(_) => {}
    }
}

fn one_axis(prim: &mut Prim, joint: &Joint, axis: &str, instance: &str, unit: Unit) {
    prim.uniform("physics:axis", token(axis));
    for (name, limit) in [
        ("physics:lowerLimit", joint.lower),
        ("physics:upperLimit", joint.upper),
    ] {
        if let Some(limit) = limit.filter(|v| v.is_finite()) {
            prim.set(name, float(unit.position(limit)));
        }
    }
    if let Some(drive) = &joint.drive {
        write_drive(prim, instance, drive, unit);
    }
}

/// Range of one degree of freedom. A lower bound above the upper one is how UsdPhysics locks it.
fn range(prim: &mut Prim, name: &str, range: DofRange, unit: Unit) {
    let (low, high) = match range {
        // Unbounded is the schema's fallback. Newton only sees degrees of freedom that are named.
        DofRange::Free => (f64::NEG_INFINITY, f64::INFINITY),
        DofRange::Locked => (1.0, -1.0),
        DofRange::Limited { lower, upper } => (unit.position(lower), unit.position(upper)),
    };
    prim.api(format!("PhysicsLimitAPI:{name}"));
    for (end, value) in [("low", low), ("high", high)] {
        if value.is_finite() {
            prim.set(&format!("limit:{name}:physics:{end}"), float(value));
        }
    }
}

fn write_drive(prim: &mut Prim, instance: &str, drive: &Drive, unit: Unit) {
    prim.api(format!("PhysicsDriveAPI:{instance}"));
    let name = |property: &str| format!("drive:{instance}:physics:{property}");
    let kind = match drive.kind {
        DriveKind::Force => "force",
        DriveKind::Acceleration => "acceleration",
    };
    prim.uniform(&name("type"), token(kind));
    prim.set(&name("stiffness"), float(unit.gain(drive.stiffness)));
    prim.set(&name("damping"), float(unit.gain(drive.damping)));
    if drive.effort_limit.is_finite() {
        prim.set(&name("maxForce"), float(drive.effort_limit));
    }
    if drive.target_position != 0.0 {
        prim.set(
            &name("targetPosition"),
            float(unit.position(drive.target_position)),
        );
    }
    if drive.target_velocity != 0.0 {
        prim.set(
            &name("targetVelocity"),
            float(unit.position(drive.target_velocity)),
        );
    }
}
