//! Units and axes of a stage.

use openusd::sdf::{Path, Value};
use openusd::usd::Stage;

use super::desc::SceneDesc;

/// A magnitude below this asks for the gravity of the earth.
const SENTINEL: f32 = -0.5e38;
/// Earth's gravity as UsdPhysics has it, m/s².
const EARTH: f32 = 9.81;
/// Below this length a vector has no direction (`GF_MIN_VECTOR_LENGTH`).
const MIN_LENGTH: f32 = 1e-10;

fn number(stage: &Stage, field: &str, otherwise: f64) -> f64 {
    match stage.stage_metadata(field) {
        Ok(Some(Value::Double(x))) => x,
        Ok(Some(Value::Float(x))) => f64::from(x),
        _ => otherwise,
    }
}

/// Metres per distance unit; a centimetre where none is authored.
pub(super) fn meters_per_unit(stage: &Stage) -> f64 {
    number(stage, "metersPerUnit", 0.01)
}

/// Kilograms per mass unit; 1 where none is authored.
pub(super) fn kilograms_per_unit(stage: &Stage) -> f64 {
    number(stage, "kilogramsPerUnit", 1.0)
}

/// The gravity of a scene, its sentinels replaced.
pub(super) fn gravity(
    stage: &Stage,
    path: &Path,
    direction: [f32; 3],
    magnitude: f32,
) -> SceneDesc {
    let [x, y, z] = direction;
    let gravity_direction = if direction == [0.0; 3] {
        let up = stage.stage_metadata("upAxis").ok().flatten();
        let up = up.and_then(Value::try_as_token);
        match up.as_ref().map(|token| token.as_str()) {
            Some("X") => [-1.0, 0.0, 0.0],
            Some("Z") => [0.0, 0.0, -1.0],
            _ => [0.0, -1.0, 0.0],
        }
    } else {
        let length = (x * x + y * y + z * z).sqrt().max(MIN_LENGTH);
        direction.map(|component| component / length)
    };
    let gravity_magnitude = if magnitude < SENTINEL {
        EARTH / meters_per_unit(stage) as f32
    } else {
        magnitude
    };
    SceneDesc {
        path: path.clone(),
        gravity_direction,
        gravity_magnitude,
    }
}
