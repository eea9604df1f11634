//! Bodies, masses, colliders, contact materials and groups as authored.

use halle_world::Severity;
use halle_world::components::{Approximation, Combine};

use crate::raw::{RawBody, RawCollider, RawContact, RawGroup, RawMass, RawScene, RawSurface};
use crate::reader::PrimReader;
use crate::value;

/// The rigid body on a prim, if it is switched on.
pub(crate) fn body(prim: &PrimReader<'_>) -> Option<RawBody> {
    let on =
        is_solid(prim, "PhysicsRigidBodyAPI") && prim.truth_or("physics:rigidBodyEnabled", true);
    if !on {
        return None;
    }
    let limit = |name| prim.read(name, value::number).filter(|v| v.is_finite());
    let floating = !prim.truth_or("physxRigidBody:disableGravity", false);
    Some(RawBody {
        kinematic: prim.truth_or("physics:kinematicEnabled", false),
        starts_asleep: prim.truth_or("physics:startsAsleep", false),
        velocity: triple_or(prim, "physics:velocity", [0.0; 3]),
        angular_velocity: triple_or(prim, "physics:angularVelocity", [0.0; 3]),
        gravity_scale: if floating { 1.0 } else { 0.0 },
        linear_damping: prim.number_or("physxRigidBody:linearDamping", 0.0),
        angular_damping: prim.number_or("physxRigidBody:angularDamping", 0.0),
        max_linear: limit("physxRigidBody:maxLinearVelocity"),
        max_angular: limit("physxRigidBody:maxAngularVelocity"),
    })
}

/// A vector, or what the schema says if none is authored.
pub(crate) fn triple_or(prim: &PrimReader<'_>, name: &str, fallback: [f64; 3]) -> [f64; 3] {
    prim.read(name, value::triple).unwrap_or(fallback)
}

/// Authored mass; UsdPhysics spells "not authored" as zero or as an infinite number.
pub(crate) fn mass(prim: &PrimReader<'_>) -> Option<RawMass> {
    if !prim.has("PhysicsMassAPI") {
        return None;
    }
    let number = |name| {
        let read = prim.read(name, value::number);
        read.filter(|v| *v != 0.0 && v.is_finite())
    };
    let triple = |name| finite_triple(prim, name);
    let inertia = triple("physics:diagonalInertia").filter(|v| *v != [0.0; 3]);
    let axes = prim.read("physics:principalAxes", value::quaternion);
    Some(RawMass {
        mass: number("physics:mass"),
        density: number("physics:density"),
        center: triple("physics:centerOfMass"),
        diagonal_inertia: inertia,
        principal_axes: axes.filter(|q| *q != [0.0; 4]),
    })
}

/// A vector that its schema spells "not authored" in minus infinities.
fn finite_triple(prim: &PrimReader<'_>, name: &str) -> Option<[f64; 3]> {
    let read = prim
        .read(name, |v| value::triple(v).map(value::Unchecked))?
        .0;
    if read.iter().all(|v| v.is_finite()) {
        return Some(read);
    }
    if read.iter().any(|v| *v != f64::NEG_INFINITY) {
        prim.not_finite(name, "the value is not used");
    }
    None
}

/// Whether an API schema of bodies and colliders counts on a prim.
///
/// As in USD's own parser a prim has one part in physics: what is a joint, a scene or a group, or
/// says first that it is a material, is neither body nor collider.
fn is_solid(prim: &PrimReader<'_>, api: &str) -> bool {
    const SOLID: [&str; 3] = [
        "PhysicsRigidBodyAPI",
        "PhysicsCollisionAPI",
        "PhysicsArticulationRootAPI",
    ];
    if !prim.has(api) {
        return false;
    }
    let mut apis = prim.apis.iter().map(String::as_str);
    let first = apis.find(|a| SOLID.contains(a) || *a == "PhysicsMaterialAPI");
    let kind = prim.kind.as_str();
    let other = kind == "PhysicsScene" || kind == "PhysicsCollisionGroup" || is_joint(kind);
    let counts = !other && first != Some("PhysicsMaterialAPI");
    if !counts {
        let message = format!("`{api}` on a prim that is something else to physics: no effect");
        let help = "apply it to a prim of its own";
        prim.find(Severity::Warning, "SC0102", "", message, help);
    }
    counts
}

/// Whether a type of prim is a joint.
fn is_joint(kind: &str) -> bool {
    kind.starts_with("Physics") && kind.ends_with("Joint")
}

/// The collider on a prim.
pub(crate) fn collider(prim: &PrimReader<'_>) -> Option<RawCollider> {
    if !is_solid(prim, "PhysicsCollisionAPI") {
        return None;
    }
    let name = "physics:approximation";
    let applied = prim.has("PhysicsMeshCollisionAPI");
    let named = applied.then(|| prim.text_or(name, "none"));
    let approximation = match named.as_deref().unwrap_or("none") {
        "none" => Approximation::Exact,
        "convexHull" => Approximation::ConvexHull,
        "convexDecomposition" => Approximation::ConvexDecomposition,
        "boundingSphere" => Approximation::BoundingSphere,
        "boundingCube" => Approximation::BoundingBox,
        "meshSimplification" => Approximation::Simplified,
        "sdf" => Approximation::SignedDistance,
        other => {
            let message = format!("approximation `{other}` is not known: the mesh itself is used");
            let help = "use one of the tokens of `PhysicsMeshCollisionAPI`, or `sdf`";
            prim.find(Severity::Warning, "SC0102", name, message, help);
            Approximation::Exact
        }
    };
    let offset = |name| prim.read(name, value::number).filter(|v| v.is_finite());
    let rest = offset("physxCollision:restOffset").or_else(|| offset("newton:contactMargin"));
    let gap = offset("newton:contactGap").map(|gap| gap + rest.unwrap_or(0.0));
    Some(RawCollider {
        enabled: prim.truth_or("physics:collisionEnabled", true),
        approximation,
        contact_offset: offset("physxCollision:contactOffset").or(gap),
        rest_offset: rest.unwrap_or(0.0),
    })
}

/// The physics material on a material prim.
pub(crate) fn contact_material(prim: &PrimReader<'_>) -> Option<RawContact> {
    if !prim.has("PhysicsMaterialAPI") {
        return None;
    }
    let either = |first: &str, second: &str| {
        let read = |name| prim.read(name, value::number).filter(|v| v.is_finite());
        read(first).or_else(|| read(second))
    };
    let stiffness = either(
        "physxMaterial:compliantContactStiffness",
        "newton:contactStiffness",
    );
    let damping = either(
        "physxMaterial:compliantContactDamping",
        "newton:contactDamping",
    );
    let compliance = stiffness.filter(|k| *k > 0.0);
    Some(RawContact {
        static_friction: prim.number_or("physics:staticFriction", 0.0),
        dynamic_friction: prim.number_or("physics:dynamicFriction", 0.0),
        restitution: prim.number_or("physics:restitution", 0.0),
        density: prim.number_or("physics:density", 0.0),
        torsional: either("newton:torsionalFriction", "mjc:torsionalfriction").unwrap_or(0.0),
        rolling: either("newton:rollingFriction", "mjc:rollingfriction").unwrap_or(0.0),
        friction_combine: combine(prim, "physxMaterial:frictionCombineMode"),
        restitution_combine: combine(prim, "physxMaterial:restitutionCombineMode"),
        compliance: compliance.map(|k| [k, damping.unwrap_or(0.0)]),
    })
}

fn combine(prim: &PrimReader<'_>, name: &str) -> Combine {
    match prim.text_or(name, "average").as_str() {
        "min" => Combine::Min,
        "multiply" => Combine::Multiply,
        "max" => Combine::Max,
        _ => Combine::Average,
    }
}

/// A surface that moves along, if it is switched on.
pub(crate) fn surface_velocity(prim: &PrimReader<'_>) -> Option<RawSurface> {
    let name = |end: &str| format!("physxSurfaceVelocity:{end}");
    let on =
        prim.has("PhysxSurfaceVelocityAPI") && prim.truth_or(&name("surfaceVelocityEnabled"), true);
    on.then(|| RawSurface {
        linear: triple_or(prim, &name("surfaceVelocity"), [0.0; 3]),
        angular: triple_or(prim, &name("surfaceAngularVelocity"), [0.0; 3]),
        local: prim.truth_or(&name("surfaceVelocityLocalSpace"), true),
    })
}

/// A collision group: who belongs to it and whom it ignores.
pub(crate) fn group(prim: &PrimReader<'_>) -> Option<RawGroup> {
    if prim.kind != "PhysicsCollisionGroup" {
        return None;
    }
    let name = |end: &str| format!("collection:colliders:{end}");
    let (members, excluded) = (
        prim.targets(&name("includes")),
        prim.targets(&name("excludes")),
    );
    let rule = prim.text_or(&name("expansionRule"), "expandPrims");
    let plain = rule.starts_with("expandPrims")
        && !prim.says(&name("membershipExpression"))
        && !prim.truth_or(&name("includeRoot"), false)
        && members
            .iter()
            .all(|m| !m.contains('.') && !excluded.contains(m));
    Some(RawGroup {
        plain,
        members,
        excluded,
        filtered: prim.targets("physics:filteredGroups"),
        inverted: prim.truth_or("physics:invertFilteredGroups", false),
        merge_group: prim
            .read("physics:mergeGroup", value::text)
            .unwrap_or_default(),
    })
}

/// Whether links of the articulation on a prim may touch each other; `None` without articulation.
pub(crate) fn articulation(prim: &PrimReader<'_>) -> Option<bool> {
    let on = is_joint(&prim.kind) && prim.has("PhysicsArticulationRootAPI");
    let rooted = (on || is_solid(prim, "PhysicsArticulationRootAPI"))
        && prim.truth_or("physxArticulation:articulationEnabled", true);
    rooted.then(|| {
        prim.truth_or("newton:selfCollisionEnabled", true)
            && prim.truth_or("physxArticulation:enabledSelfCollisions", true)
    })
}

/// Gravity and time step.
pub(crate) fn scene(prim: &PrimReader<'_>) -> Option<RawScene> {
    if prim.kind != "PhysicsScene" {
        return None;
    }
    let authored = prim.read("physics:gravityDirection", value::triple);
    let magnitude = prim.read("physics:gravityMagnitude", value::number);
    let on =
        prim.truth_or("newton:gravityEnabled", true) && prim.truth_or("mjc:flag:gravity", true);
    let step = prim.read("halle:scene:timeStep", value::number);
    let step = step.filter(|s| s.is_finite());
    let rate = prim
        .read("newton:timeStepsPerSecond", value::number)
        .or_else(|| prim.read("physxScene:timeStepsPerSecond", value::number))
        .filter(|rate| *rate > 0.0 && rate.is_finite())
        .map(|rate| 1.0 / rate);
    let rate = rate.or_else(|| prim.read("mjc:option:timestep", value::number));
    let rate = rate.filter(|step| *step > 0.0 && step.is_finite());
    Some(RawScene {
        direction: authored.filter(|d| *d != [0.0; 3]),
        magnitude: if on {
            // Minus infinity, and what is nearly so, stands for the gravity of the earth.
            magnitude.filter(|g| *g > -0.5e38 && g.is_finite())
        } else {
            Some(0.0)
        },
        time_step: step.or(rate),
    })
}
