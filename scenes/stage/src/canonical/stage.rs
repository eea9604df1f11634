//! The block of the dump that is about the stage as a whole.

use openusd::sdf::Value;
use openusd::usd;
use serde_json::{Map, Value as Json, json};

use super::value::float;
use crate::error::StageError;
use crate::open::{Scene, for_each_prim};
use crate::read;

/// Facts about the stage that the prims need too.
pub(super) struct Header {
    fields: Map<String, Json>,
    /// Start of the authored time range.
    pub(super) start: Option<f64>,
    /// A rate of time codes is zero or negative: samples are not asked for.
    pub(super) bad_time: bool,
}

impl Header {
    pub(super) fn read(scene: &Scene) -> Result<Self, StageError> {
        let stage = scene.stage();
        let number = |field: &str| -> Result<Option<f64>, StageError> {
            Ok(stage.stage_metadata(field)?.and_then(|value| match value {
                Value::Double(x) => Some(x),
                Value::Float(x) => Some(f64::from(x)),
                _ => None,
            }))
        };
        let metres = number("metersPerUnit")?;
        let kilograms = number("kilogramsPerUnit")?;
        let up = authored(scene, "upAxis")?.and_then(Value::try_as_token);
        let start = frame(scene, "startTimeCode", "startFrame")?;
        let end = frame(scene, "endTimeCode", "endFrame")?;
        let ranged = start.is_some() && end.is_some();
        let rate = stage.time_codes_per_second();
        let bad_time = rate <= 0.0 || bad_rate(scene);
        let mut fields = Map::new();
        let mut put = |key: &str, value: Json| {
            fields.insert(key.to_owned(), value);
        };
        put(
            "upAxis",
            json!(up.as_ref().map_or("Y", |token| token.as_str())),
        );
        put("upAxisAuthored", json!(up.is_some()));
        put("metersPerUnit", float(metres.unwrap_or(0.01)));
        put(
            "metersPerUnitAuthored",
            json!(authored(scene, "metersPerUnit")?.is_some()),
        );
        put("kilogramsPerUnit", float(kilograms.unwrap_or(1.0)));
        put(
            "kilogramsPerUnitAuthored",
            json!(authored(scene, "kilogramsPerUnit")?.is_some()),
        );
        put("startTimeCode", float(start.unwrap_or(0.0)));
        put("endTimeCode", float(end.unwrap_or(0.0)));
        put("timeCodesPerSecond", float(rate));
        put("framesPerSecond", float(stage.frames_per_second()));
        put("hasTimeRange", json!(ranged));
        put("defaultPrim", default_prim(scene)?);
        put("layers", json!(layers(scene)?));
        put("format", json!(format(scene)));
        if bad_time {
            put("badTimeCodesPerSecond", json!(true));
        }
        Ok(Self {
            fields,
            start: start.filter(|_| ranged),
            bad_time,
        })
    }

    pub(super) fn into_json(self) -> Map<String, Json> {
        self.fields
    }
}

/// One end of the time range; the older name counts where the newer is not given.
fn frame(scene: &Scene, field: &str, older: &str) -> Result<Option<f64>, StageError> {
    let number = |field: &str| -> Result<Option<f64>, StageError> {
        Ok(match scene.stage().stage_metadata(field)? {
            Some(Value::Double(x)) => Some(x),
            Some(Value::Int64(x)) => Some(x as f64),
            Some(Value::UnregisteredValue(text)) => text.parse().ok(),
            _ => None,
        })
    };
    match number(field)? {
        Some(found) => Ok(Some(found)),
        None => number(older),
    }
}

/// Metadata that the root or session layer authors.
fn authored(scene: &Scene, field: &str) -> Result<Option<Value>, StageError> {
    let stage = scene.stage();
    let declared = stage.stage_metadata(field)?;
    let root = openusd::sdf::Path::abs_root();
    let layer = stage.root_layer();
    let has = layer.data().has_field(&root, field);
    Ok(declared.filter(|_| has))
}

/// Whether any layer in use says that its time does not run forward.
fn bad_rate(scene: &Scene) -> bool {
    let root = openusd::sdf::Path::abs_root();
    scene.stage().layer_identifiers().iter().any(|name| {
        let layer = scene.stage().layer(name);
        let rate = layer.and_then(|layer| {
            let value = layer.data().try_field(&root, "timeCodesPerSecond").ok()??;
            value.into_owned().try_as_double()
        });
        rate.is_some_and(|rate| rate <= 0.0)
    })
}

fn default_prim(scene: &Scene) -> Result<Json, StageError> {
    let Some(name) = scene.stage().default_prim() else {
        return Ok(Json::Null);
    };
    let text = name.as_str();
    let path = if text.starts_with('/') {
        text.to_owned()
    } else {
        format!("/{text}")
    };
    let Ok(prim) = scene.stage().prim(path.as_str()) else {
        return Ok(Json::Null);
    };
    Ok(if prim.is_valid()? && prim.path().is_prim_path() {
        json!(prim.path().as_str())
    } else {
        Json::Null
    })
}

fn layers(scene: &Scene) -> Result<Vec<String>, StageError> {
    let mut names: Vec<String> = scene
        .stage()
        .layer_identifiers()
        .iter()
        .filter(|name| !openusd::sdf::Layer::is_anonymous_identifier(name))
        .map(|name| scene.relative(name))
        .collect();
    for_each_prim(scene, |prim| {
        names.extend(clip_layers(scene, prim)?);
        Ok(())
    })?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The clips of a prim that USD opens at once: those of sets without a manifest.
fn clip_layers(scene: &Scene, prim: &usd::Prim) -> Result<Vec<String>, StageError> {
    let mut out = Vec::new();
    let Some(Value::Dictionary(sets)) = read::dictionary(scene, prim, "clips")? else {
        return Ok(out);
    };
    let sets = sets.values().filter_map(|set| match set {
        Value::Dictionary(set) => Some(set),
        _ => None,
    });
    // The caller puts them in order.
    out.extend(sets.flat_map(|set| {
        match (set.get("manifestAssetPath"), set.get("assetPaths")) {
            (None, Some(Value::AssetPathVec(paths))) => paths
                .iter()
                .filter_map(openusd::sdf::AssetPath::resolved_path)
                .map(|path| scene.relative(path))
                .collect(),
            _ => Vec::new(),
        }
    }));
    Ok(out)
}

/// The format by the extension of the root layer; `usd` stands for text or binary.
fn format(scene: &Scene) -> String {
    let extension = scene.file().extension().unwrap_or_default();
    extension.to_string_lossy().to_ascii_lowercase()
}
