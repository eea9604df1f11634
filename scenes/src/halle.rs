//! The `halle:` namespace: what UsdPhysics has no word for. SI units, angles in degrees, spindle
//! speed in revolutions per minute; see `scenes/HALLE_SCHEMA.md`.

use halle_world::components::{Polishable, Tool};

use crate::raw::OwnJoint;
use crate::reader::PrimReader;
use crate::value;

/// Length of a substep where the scene says nothing \[s\].
pub(crate) const DEFAULT_TIME_STEP: f64 = 0.002;

/// Every property of the namespace.
pub(crate) const NAMES: [&str; 16] = [
    "halle:scene:timeStep",
    "halle:joint:home",
    "halle:joint:velocityLimit",
    "halle:joint:armature",
    "halle:joint:damping",
    "halle:joint:friction",
    "halle:polish:enabled",
    "halle:polish:halfExtent",
    "halle:polish:targetRemoval",
    "halle:tool:kind",
    "halle:tool:radius",
    "halle:tool:stiffness",
    "halle:tool:damping",
    "halle:tool:preston",
    "halle:tool:spindleSpeed",
    "halle:tool:forceSetPoint",
];

/// The tool on a prim, if it is one.
pub(crate) fn tool(prim: &PrimReader<'_>) -> Option<Tool> {
    let kind = prim.read("halle:tool:kind", value::text)?;
    let per_minute = std::f64::consts::TAU / 60.0;
    Some(Tool {
        kind,
        radius: prim.number_or("halle:tool:radius", 0.0375),
        stiffness: prim.number_or("halle:tool:stiffness", 20_000.0),
        damping: prim.number_or("halle:tool:damping", 120.0),
        preston: prim.number_or("halle:tool:preston", 1e-10),
        spindle_speed: prim.number_or("halle:tool:spindleSpeed", 3000.0) * per_minute,
        force_set_point: prim.number_or("halle:tool:forceSetPoint", 20.0),
    })
}

/// The polishable surface on a prim, if it is one.
pub(crate) fn polishable(prim: &PrimReader<'_>) -> Option<Polishable> {
    prim.read("halle:polish:enabled", value::truth)
        .filter(|on| *on)?;
    Some(Polishable {
        half_extent: prim
            .read("halle:polish:halfExtent", value::pair)
            .unwrap_or([0.05, 0.05]),
        target_removal: prim.number_or("halle:polish:targetRemoval", 1e-5),
    })
}

/// What the namespace says about a joint: SI, degrees.
pub(crate) fn joint(prim: &PrimReader<'_>) -> OwnJoint {
    let read = |name| {
        let read = prim.read(name, value::number)?;
        if read.is_infinite() {
            prim.not_finite(name, "the value is not used");
            return None;
        }
        Some(read)
    };
    OwnJoint {
        home: read("halle:joint:home"),
        velocity_limit: read("halle:joint:velocityLimit"),
        armature: read("halle:joint:armature"),
        damping: read("halle:joint:damping"),
        friction: read("halle:joint:friction"),
    }
}
