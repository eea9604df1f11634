//! Joints, drives, limits and motors as authored, in stage units and degrees.

use halle_world::Severity;
use halle_world::components::{ActuatorLaw, Axis, DriveKind};

use crate::halle;
use crate::raw::{
    JointExtra, RawActuator, RawDrive, RawJoint, RawMimic, RawMotion, RawRange, RawSide,
};
use crate::reader::PrimReader;
use crate::value;

/// Names of the degrees of freedom of a generic joint, in our order.
const DOFS: [&str; 6] = ["rotX", "rotY", "rotZ", "transX", "transY", "transZ"];
/// Speed that PhysX writes for "no limit" \[deg/s or units/s\].
const PHYSX_NO_LIMIT: f64 = 1e6;
/// Limits from here on are none: UsdPhysics writes infinity or the largest number there is.
const SENTINEL: f64 = 0.5e38;

/// A number, or infinity if it stands for none.
fn or_infinity(v: f64) -> f64 {
    if v.abs() < SENTINEL {
        v
    } else {
        f64::INFINITY.copysign(v)
    }
}

/// The joint on a prim, if it is one and switched on.
pub(crate) fn joint(prim: &PrimReader<'_>) -> Option<Box<RawJoint>> {
    let motion = motion(prim)?;
    if !prim.truth_or("physics:jointEnabled", true) {
        return None;
    }
    let finite = |name| {
        prim.read(name, value::number)
            .filter(|v| v.abs() < SENTINEL)
    };
    let instance = match motion {
        RawMotion::Revolute => Some("angular"),
        RawMotion::Prismatic => Some("linear"),
        _ => None,
    };
    let (mut lower, mut upper) = (finite("physics:lowerLimit"), finite("physics:upperLimit"));
    if let (Some(low), Some(high)) = (lower, upper)
        && low > high
        && instance.is_some()
    {
        let message = format!("lower limit {low} is above upper limit {high}: the joint is locked");
        let help = "swap the limits, or use a fixed joint";
        prim.find(
            Severity::Warning,
            "SC0113",
            "physics:lowerLimit",
            message,
            help,
        );
        (lower, upper) = (Some(0.0), Some(0.0));
    }
    check_drives(prim, &motion, instance);
    Some(Box::new(RawJoint {
        sides: [side(prim, "0"), side(prim, "1")],
        axis: match prim.text_or("physics:axis", "X").as_str() {
            "Y" => Axis::Y,
            "Z" => Axis::Z,
            _ => Axis::X,
        },
        lower,
        upper,
        // A drive without gains beside the same limit in MuJoCo's words only holds that limit.
        drive: instance
            .and_then(|instance| drive(prim, instance))
            .filter(|d| d.stiffness != 0.0 || d.damping != 0.0 || !says_effort(prim)),
        excluded: prim.truth_or("physics:excludeFromArticulation", false),
        bodies_touch: prim.truth_or("physics:collisionEnabled", false),
        break_force: finite("physics:breakForce"),
        break_torque: finite("physics:breakTorque"),
        extra: extra(prim, instance, motion.is_turning()),
        mimic: mimic(prim, motion.is_turning()),
        motion,
    }))
}

/// Whether the joint says what all its motors together may do.
fn says_effort(prim: &PrimReader<'_>) -> bool {
    prim.says("mjc:actuatorfrcrange:max")
}

fn motion(prim: &PrimReader<'_>) -> Option<RawMotion> {
    // A negative number stands for "no limit".
    let bound = |name| {
        let read = prim.read(name, value::number);
        read.filter(|v| (0.0..SENTINEL).contains(v))
    };
    Some(match prim.kind.as_str() {
        "PhysicsFixedJoint" => RawMotion::Fixed,
        "PhysicsRevoluteJoint" => RawMotion::Revolute,
        "PhysicsPrismaticJoint" => RawMotion::Prismatic,
        "PhysicsSphericalJoint" => RawMotion::Spherical([
            bound("physics:coneAngle0Limit"),
            bound("physics:coneAngle1Limit"),
        ]),
        "PhysicsDistanceJoint" => {
            RawMotion::Distance([bound("physics:minDistance"), bound("physics:maxDistance")])
        }
        "PhysicsJoint" => {
            let range = |dof: &str| {
                prim.has(&format!("PhysicsLimitAPI:{dof}"))
                    .then(|| RawRange {
                        low: or_infinity(
                            prim.number_or(&format!("limit:{dof}:physics:low"), f64::NEG_INFINITY),
                        ),
                        high: or_infinity(
                            prim.number_or(&format!("limit:{dof}:physics:high"), f64::INFINITY),
                        ),
                    })
            };
            RawMotion::Generic(
                Box::new(DOFS.map(range)),
                Box::new(DOFS.map(|dof| drive(prim, dof))),
            )
        }
        _ => return None,
    })
}

fn side(prim: &PrimReader<'_>, end: &str) -> RawSide {
    let position = prim.read(&format!("physics:localPos{end}"), value::triple);
    let rotation = prim.read(&format!("physics:localRot{end}"), value::quaternion);
    RawSide {
        body: prim
            .targets(&format!("physics:body{end}"))
            .into_iter()
            .next(),
        position: position.unwrap_or_default(),
        rotation: rotation.unwrap_or([1.0, 0.0, 0.0, 0.0]),
    }
}

fn drive(prim: &PrimReader<'_>, instance: &str) -> Option<RawDrive> {
    if !prim.has(&format!("PhysicsDriveAPI:{instance}")) {
        return None;
    }
    let name = |property| format!("drive:{instance}:physics:{property}");
    let number = |property, fallback| prim.number_or(&name(property), fallback);
    Some(RawDrive {
        kind: if prim.text_or(&name("type"), "force") == "acceleration" {
            DriveKind::Acceleration
        } else {
            DriveKind::Force
        },
        stiffness: number("stiffness", 0.0),
        damping: number("damping", 0.0),
        max_force: or_infinity(number("maxForce", f64::INFINITY)),
        target_position: number("targetPosition", 0.0),
        target_velocity: number("targetVelocity", 0.0),
    })
}

/// Drives and limits of a kind that the joint has no use for.
fn check_drives(prim: &PrimReader<'_>, motion: &RawMotion, instance: Option<&str>) {
    for api in &prim.apis {
        let Some((schema, used)) = api.split_once(':') else {
            continue;
        };
        let generic = matches!(motion, RawMotion::Generic(..)) && DOFS.contains(&used);
        let fits = match schema {
            "PhysicsDriveAPI" => generic || instance == Some(used),
            "PhysicsLimitAPI" => generic,
            _ => continue,
        };
        if !fits {
            let message = format!("not supported: `{api}` does not fit this joint");
            let help = "remove it, or do not count on it";
            prim.find(Severity::Warning, "SC0102", "", message, help);
        }
    }
}

/// What vendors' schemas and our own say about a joint.
fn extra(prim: &PrimReader<'_>, instance: Option<&str>, turning: bool) -> JointExtra {
    let radian = if turning {
        std::f64::consts::PI / 180.0
    } else {
        1.0
    };
    let finite = |name: &str| prim.read(name, value::number).filter(|v| v.is_finite());
    let first = |names: &[&str]| names.iter().find_map(|n| finite(n));
    let state = |end: &str| instance.and_then(|i| finite(&format!("state:{i}:physics:{end}")));
    let axis = instance.map_or("angular", |i| i);
    let per_axis = |end: &str| format!("physxJointAxis:{axis}:{end}");
    if prim.says("physxJoint:jointFriction") && finite("physxJoint:jointFriction") != Some(0.0) {
        let message = "friction coefficient has no effort to act on: it has no effect";
        let help = "author `newton:friction` or `physxJointAxis:…:dynamicFrictionEffort`";
        let name = "physxJoint:jointFriction";
        prim.find(Severity::Warning, "SC0102", name, message, help);
    }
    JointExtra {
        armature: first(&[
            "newton:armature",
            "physxJoint:armature",
            &per_axis("armature"),
            "mjc:armature",
        ])
        .unwrap_or(0.0),
        damping: first(&["newton:damping", &per_axis("viscousFrictionCoefficient")])
            // MuJoCo's are per radian; here all are per degree.
            .or_else(|| finite("mjc:damping").map(|d| d * radian))
            .unwrap_or(0.0),
        friction: first(&[
            "newton:friction",
            &per_axis("dynamicFrictionEffort"),
            "mjc:frictionloss",
        ])
        .unwrap_or(0.0),
        stiffness: finite("mjc:stiffness").map_or(0.0, |k| k * radian),
        rest: finite("mjc:springref").unwrap_or(0.0),
        velocity_limit: first(&[
            "newton:velocityLimit",
            "physxJoint:maxJointVelocity",
            &per_axis("maxJointVelocity"),
        ])
        .filter(|v| *v < PHYSX_NO_LIMIT),
        home: state("position"),
        home_velocity: state("velocity").unwrap_or(0.0),
        effort_limit: finite("mjc:actuatorfrcrange:max").filter(|v| *v > 0.0),
        own: halle::joint(prim),
    }
}

/// A joint that follows another, in the words of Newton, MuJoCo or PhysX.
fn mimic(prim: &PrimReader<'_>, turning: bool) -> Option<RawMimic> {
    let number = |name: &str| prim.number_or(name, 0.0);
    // MuJoCo's coefficients are those of radians; here all are those of degrees.
    let degrees = |k: i32, c: f64| {
        if turning {
            c * 1_f64.to_degrees().powi(1 - k)
        } else {
            c
        }
    };
    if prim.truth_or("newton:mimicEnabled", true)
        && let Some(leader) = prim.targets("newton:mimicJoint").into_iter().next()
    {
        let mut coefficients = [
            number("newton:mimicCoef0"),
            prim.number_or("newton:mimicCoef1", 1.0),
            0.0,
            0.0,
            0.0,
        ];
        for (k, name) in (2..).zip(["mjc:coef2", "mjc:coef3", "mjc:coef4"]) {
            coefficients[k as usize] = degrees(k, number(name));
        }
        return Some(RawMimic {
            leader,
            coefficients,
        });
    }
    if prim.has("MjcEqualityJointAPI")
        && let Some(leader) = prim.targets("mjc:target").into_iter().next()
    {
        let names = [
            "mjc:coef0",
            "mjc:coef1",
            "mjc:coef2",
            "mjc:coef3",
            "mjc:coef4",
        ];
        let mut coefficients = names.map(number);
        if !prim.says("mjc:coef1") {
            coefficients[1] = 1.0;
        }
        for (k, c) in (0..).zip(&mut coefficients) {
            *c = degrees(k, *c);
        }
        return Some(RawMimic {
            leader,
            coefficients,
        });
    }
    let apis = prim.apis.iter();
    let instance = apis
        .filter_map(|api| api.strip_prefix("PhysxMimicJointAPI:"))
        .next()?;
    let name = |end: &str| format!("physxMimicJoint:{instance}:{end}");
    let leader = prim.targets(&name("referenceJoint")).into_iter().next()?;
    // PhysX: q + gearing q_leader + offset = 0.
    let gearing = prim.number_or(&name("gearing"), 1.0);
    let offset = number(&name("offset"));
    Some(RawMimic {
        leader,
        coefficients: [-offset, -gearing, 0.0, 0.0, 0.0],
    })
}

/// A motor prim of the MuJoCo or Newton schemas.
pub(crate) fn actuator(prim: &PrimReader<'_>) -> Option<Box<RawActuator>> {
    let number = |name: &str, fallback| prim.number_or(name, fallback);
    if prim.kind == "NewtonActuator" {
        let joint = prim.targets("newton:targets").into_iter().next()?;
        let effort = prim
            .read("newton:maxEffort", value::number)
            .filter(|v| v.is_finite());
        return Some(Box::new(RawActuator {
            joint,
            law: ActuatorLaw::Position {
                stiffness: number("newton:kp", 0.0),
                damping: number("newton:kd", 0.0),
            },
            gear: 1.0,
            control_range: None,
            effort_range: effort.map(|e| [-e, e]),
        }));
    }
    if prim.kind != "MjcActuator" {
        return None;
    }
    let joint = prim.targets("mjc:target").into_iter().next()?;
    let numbers = |name: &str| {
        let read = prim.read(name, value::numbers).unwrap_or_default();
        if read.iter().all(|v| v.is_finite()) {
            return read;
        }
        prim.not_finite(name, "the values are not used");
        Vec::new()
    };
    let at = |list: &[f64], k: usize, fallback: f64| list.get(k).copied().unwrap_or(fallback);
    let (gain, bias) = (numbers("mjc:gainPrm"), numbers("mjc:biasPrm"));
    let affine_gain = prim.text_or("mjc:gainType", "fixed") == "affine";
    let affine_bias = prim.text_or("mjc:biasType", "none") == "affine";
    for (name, fallback) in [("mjc:gainType", "fixed"), ("mjc:biasType", "none")] {
        let kind = prim.text_or(name, fallback);
        if kind != fallback && kind != "affine" {
            let message = format!("actuator law `{kind}` is not supported: it has no effect");
            let help = "use `fixed` or `affine`";
            prim.find(Severity::Warning, "SC0102", name, message, help);
        }
    }
    let pick = |on: bool, list: &[f64]| [0, 1, 2].map(|k| if on { at(list, k, 0.0) } else { 0.0 });
    let mut gains = pick(affine_gain, &gain);
    gains[0] = at(&gain, 0, 1.0);
    let law = match (gains, pick(affine_bias, &bias)) {
        ([1.0, 0.0, 0.0], [0.0, 0.0, 0.0]) => ActuatorLaw::Motor,
        ([kp, 0.0, 0.0], [0.0, k, d]) if k == -kp => ActuatorLaw::Position {
            stiffness: kp,
            damping: -d,
        },
        ([kv, 0.0, 0.0], [0.0, 0.0, d]) if d == -kv => ActuatorLaw::Velocity { damping: kv },
        (gain, bias) => ActuatorLaw::Affine { gain, bias },
    };
    let range = |name: &str| {
        let (low, high) = (format!("mjc:{name}:min"), format!("mjc:{name}:max"));
        let limited = prim.text_or(
            &format!("mjc:{}Limited", name.trim_end_matches("Range")),
            "auto",
        );
        let said = limited == "true" || prim.says(&low) || prim.says(&high);
        (said && limited != "false").then(|| [number(&low, 0.0), number(&high, 0.0)])
    };
    Some(Box::new(RawActuator {
        joint,
        law,
        gear: at(&numbers("mjc:gear"), 0, 1.0),
        control_range: range("ctrlRange"),
        effort_range: range("forceRange"),
    }))
}
