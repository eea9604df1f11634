//! The physics scene and what the layer says about itself.

use std::collections::HashMap;
use std::path::Path;

use halle_world::World;
use halle_world::components::Plant;
use openusd::sdf::{FieldKey, Value};

use crate::author::Author;
use crate::value::{double, float, int, triple};

impl Author<'_> {
    /// Gravity and time step.
    pub(crate) fn scene(&mut self, path: &str) {
        let plant = self.plant();
        let size = plant.gravity.iter().map(|v| v * v).sum::<f64>().sqrt();
        let direction = if size > 0.0 {
            plant.gravity.map(|v| v / size)
        } else {
            [0.0, 0.0, -1.0]
        };
        let prim = self.layer.at(path).kind("PhysicsScene");
        prim.set("physics:gravityDirection", triple("vector3f", direction));
        prim.set("physics:gravityMagnitude", float(size));
        let step = plant.time_step;
        if step > 0.0 && step.is_finite() {
            let rate = (1.0 / step).round();
            // Newton counts whole steps per second.
            if (1..=1_000_000).contains(&(rate as i64)) && (rate * step - 1.0).abs() < 1e-9 {
                prim.api("NewtonSceneAPI");
                prim.uniform("newton:timeStepsPerSecond", int(rate as i32));
            }
            prim.custom("halle:scene:timeStep", double(step));
        }
    }
}

/// Metadata of the layer: units, default prim, and what it was made from.
pub(crate) fn metadata(world: &World, root: &str) -> Vec<(&'static str, Value)> {
    let plant = world.get_resource::<Plant>().cloned().unwrap_or_default();
    // Where the source lies on this machine is nobody's business.
    let whole = Path::new(&plant.source);
    let name = whole.file_name().and_then(|n| n.to_str());
    let source = name
        .filter(|_| whole.is_absolute())
        .unwrap_or(&plant.source);
    let text = |v: &str| Value::String(v.to_owned());
    let (files, hashes): (Vec<String>, Vec<String>) = plant.inputs.iter().cloned().unzip();
    let made = HashMap::from([
        ("source".to_owned(), text(source)),
        ("files".to_owned(), Value::StringVec(files)),
        ("sha256".to_owned(), Value::StringVec(hashes)),
        (
            "vocabulary".to_owned(),
            text("UsdPhysics, newton, physx, mjc, halle"),
        ),
    ]);
    let custom = HashMap::from([("halle".to_owned(), Value::Dictionary(made))]);
    vec![
        (
            FieldKey::CustomLayerData.as_str(),
            Value::Dictionary(custom),
        ),
        (FieldKey::DefaultPrim.as_str(), Value::Token(root.into())),
        ("kilogramsPerUnit", Value::Double(1.0)),
        ("metersPerUnit", Value::Double(1.0)),
        ("upAxis", Value::Token("Z".into())),
    ]
}
