//! Attributes and relationships in the dump.

use openusd::sdf::{self, LayerOffset, Value};
use openusd::usd::{self, Attribute, Relationship, ResolveInfoSource};
use serde_json::{Map, Value as Json, json};

use super::value::{float, value};
use crate::error::StageError;
use crate::open::Scene;
use crate::read;
use crate::text::Spline;

/// One attribute, or `None` if only its schema knows of it and it is not to be kept.
pub(super) fn attribute(
    scene: &Scene,
    attribute: &Attribute,
    keep: bool,
    bad_time: bool,
    mid: bool,
) -> Result<Option<Map<String, Json>>, StageError> {
    let info = attribute.resolve_info()?;
    let spline = read::spline_of(scene, attribute)?;
    let times = if bad_time || spline.is_some() {
        Vec::new()
    } else {
        read::times(scene, attribute)?
    };
    let source = match info.source() {
        _ if spline.is_some() => "spline",
        // Samples that are all blocked are samples all the same.
        ResolveInfoSource::None | ResolveInfoSource::Fallback if !times.is_empty() => "samples",
        ResolveInfoSource::None => "none",
        ResolveInfoSource::Fallback => "fallback",
        ResolveInfoSource::Default => "default",
        ResolveInfoSource::TimeSamples => "samples",
        ResolveInfoSource::ValueClips => "clips",
    };
    if source == "fallback" && !keep && !attribute.has_authored_connections()? {
        return Ok(None);
    }
    let mut out = Map::new();
    let mut put = |key: &str, value: Json| {
        out.insert(key.to_owned(), value);
    };
    put("type", json!(type_name(attribute)?));
    put("src", json!(source));
    if is_uniform(scene, attribute)? {
        put("uniform", json!(true));
    }
    if attribute.is_custom()? {
        put("custom", json!(true));
    }
    if info.value_is_blocked() && source != "samples" {
        put("blocked", json!(true));
    }
    let asked = Asked { scene, attribute };
    put("v", asked.at(None)?);
    if let Some(samples) = asked.samples(&times, mid)? {
        put("ts", samples);
    }
    if let Some((spline, offset)) = spline {
        put("spline", asked.spline(&spline, offset)?);
    }
    let connections = read::targets_in(
        Some(scene.sources()),
        &attribute.prim(),
        attribute.name(),
        "connectionPaths",
    )?;
    if !connections.is_empty() {
        put("conn", paths(&connections));
    }
    for (key, field) in [("colorSpace", "colorSpace"), ("interp", "interpolation")] {
        if let Some(word) = asked.word(field)? {
            put(key, json!(word));
        }
    }
    Ok(Some(out))
}

/// An attribute that values are asked of.
struct Asked<'a> {
    scene: &'a Scene,
    attribute: &'a Attribute,
}

impl Asked<'_> {
    /// The value at a time.
    fn at(&self, time: Option<f64>) -> Result<Json, StageError> {
        let found = read::value_at(self.scene, self.attribute, time)?;
        Ok(found.map_or(Json::Null, |found| value(self.scene, &found)))
    }

    /// Number, ends and values of samples.
    fn samples(&self, times: &[f64], mid: bool) -> Result<Option<Json>, StageError> {
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            return Ok(None);
        };
        let varying = times.len() > 1 || self.attribute.value_might_be_time_varying()?;
        let mut samples = json!({
            "n": times.len(),
            "t0": float(*first),
            "t1": float(*last),
            "v0": self.at(Some(*first))?,
            "v1": self.at(Some(*last))?,
            "varying": varying,
        });
        if mid && let Some(second) = times.get(1) {
            let middle = (first + second) / 2.0;
            samples["tm"] = float(middle);
            samples["vm"] = self.at(Some(middle))?;
        }
        Ok(Some(samples))
    }

    /// Number of knots, ends and values of a spline.
    fn spline(&self, spline: &Spline, offset: LayerOffset) -> Result<Json, StageError> {
        let mut out = json!({ "knots": spline.knots.len() });
        if let (Some(first), Some(last)) = (spline.knots.first(), spline.knots.last()) {
            let (first, last) = (offset.apply(first.time), offset.apply(last.time));
            let middle = (first + last) / 2.0;
            out["t0"] = float(first);
            out["t1"] = float(last);
            for (key, time) in [("v0", first), ("vm", middle), ("v1", last)] {
                out[key] = self.at(Some(time))?;
            }
        }
        Ok(out)
    }

    /// A word among the metadata.
    fn word(&self, field: &str) -> Result<Option<String>, StageError> {
        let found = self
            .scene
            .stage()
            .field::<Value>(self.attribute.path(), field)?;
        let text = match found {
            Some(Value::Token(token)) => token.as_str().to_owned(),
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

/// Whether the schema or, without one, the weakest opinion says that the value does not vary.
fn is_uniform(scene: &Scene, attribute: &Attribute) -> Result<bool, StageError> {
    let uniform = Some(sdf::Variability::Uniform);
    let known = attribute.variability()? == uniform;
    let definition = attribute.prim().prim_definition()?;
    if definition.has_property(&attribute.name().into()) {
        return Ok(known);
    }
    let stack = attribute.property_stack()?;
    let says = |site: &usd::SpecSite| {
        scene.stage().layer(&site.layer).is_some_and(|layer| {
            let own = layer.data().try_field(&site.path, "variability");
            let own = own.ok().flatten();
            matches!(
                own.as_deref(),
                Some(Value::Variability(sdf::Variability::Uniform))
            )
        })
    };
    match stack.last() {
        // A relationship of the same name is uniform, too, and not in this stack.
        Some(weakest) if stack.iter().any(says) => Ok(says(weakest)),
        _ => Ok(known),
    }
}

/// The declared type; empty for a type that USD does not know.
fn type_name(attribute: &Attribute) -> Result<String, StageError> {
    let known = attribute
        .type_name()?
        .filter(sdf::ValueTypeName::is_registered);
    Ok(known
        .map(|known| known.as_str().to_owned())
        .unwrap_or_default())
}

/// The targets of a relationship and, where they differ, the targets at the end of the chain.
pub(super) fn relationship(
    scene: &Scene,
    relationship: &Relationship,
    out: &mut Map<String, Json>,
) -> Result<(), StageError> {
    let (prim, name) = (relationship.prim(), relationship.name());
    let targets = read::targets_in(Some(scene.sources()), &prim, name, "targetPaths")?;
    let forwarded = read::forwarded_in(Some(scene.sources()), &prim, name)?;
    if forwarded != targets {
        out.insert(format!("{name}|forwarded"), paths(&forwarded));
    }
    out.insert(name.to_owned(), paths(&targets));
    Ok(())
}

fn paths(paths: &[sdf::Path]) -> Json {
    Json::Array(paths.iter().map(|path| json!(path.as_str())).collect())
}
