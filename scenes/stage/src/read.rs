//! Attribute values as USD resolves them, where the library alone does not.

mod between;
mod retime;
mod sources;
mod targets;

pub(crate) use sources::Sources;
pub use targets::{forwarded, targets};
pub(crate) use targets::{forwarded_in, targets_in};

use std::rc::Rc;

use openusd::pcp::ArcType;
use openusd::sdf::{self, AssetPath, FromValue, LayerOffset, Value};
use openusd::usd::{self, Attribute, ResolveInfoSource, TimeCode};

use crate::error::StageError;
use crate::open::Scene;
use crate::spline;
use crate::text::Spline;

/// How long before a jump of clip times its earlier side is asked for, as USD does: the smallest
/// step that survives for times up to a million under tenfold compression, twice.
const JUMP: f64 = f64::EPSILON * 1e6 * 10.0 * 2.0;

/// The default of an attribute, or the fallback of its schema; none where a layer blocks it: the
/// library falls back then, USD does not.
pub(crate) fn get<T>(attribute: &Attribute) -> Result<Option<T>, StageError>
where
    T: FromValue + TryFrom<Value>,
    <T as TryFrom<Value>>::Error: Into<openusd::Error>,
{
    let found = attribute.get::<T>()?;
    if found.is_some() && is_blocked(&attribute.resolve_info_at(None)?) {
        return Ok(None);
    }
    Ok(found)
}

/// Whether a block, not a lack of opinions, led to the fallback.
fn is_blocked(info: &usd::ResolveInfo) -> bool {
    info.value_is_blocked() && info.source() == ResolveInfoSource::Fallback
}

/// The value of an attribute at a moment in time codes; `None` reads its default.
///
/// Fallbacks of schemas count. No value and a blocked value are both `None`. Between samples,
/// numbers mix as `(1 - share) · low + share · high`, quaternions on their arc, and all else is
/// held; so is a sample before a blocked one. Splines are not asked here: [`value_at`] does.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn value(attribute: &Attribute, time: Option<f64>) -> Result<Option<Value>, StageError> {
    let Some(time) = time else {
        let mut found = get::<Value>(attribute)?;
        if let Some(value) = found.as_mut().filter(|value| value.holds_time_codes())
            && let Some(offset) = retime::of(attribute, &attribute.resolve_info_at(None)?)?
        {
            offset.apply_to_value(value);
        }
        return Ok(found);
    };
    let at = |time: f64| attribute.get_at::<Value>(TimeCode::new(time));
    let info = attribute.resolve_info()?;
    if is_blocked(&info) {
        return Ok(None);
    }
    if info.source() == ResolveInfoSource::ValueClips {
        // At a jump of clip times a sample has two values; the library knows which side to take.
        return Ok(at(time)?);
    }
    let retimed = retime::of(attribute, &info)?;
    let stage = (time, retimed);
    let time = match retimed {
        Some(offset) => nearest(attribute, offset.inverse().apply(time))?,
        None => time,
    };
    match attribute.bracketing_time_samples(TimeCode::new(time))? {
        Some((before, after)) if before < time && time < after => {
            // Between samples neither is met by its own time.
            let low = sample(attribute, &info, before, retimed)?;
            let high = sample(attribute, &info, after, retimed)?;
            let (Some(low), Some(high)) = (&low, &high) else {
                return Ok(low);
            };
            let share = (time - before) / (after - before);
            let mixed = between::mix(low, high, share);
            Ok(Some(mixed.unwrap_or_else(|| low.clone())))
        }
        Some((sample, _)) => exact(attribute, &info, sample, stage),
        None => Ok(at(time)?),
    }
}

/// The time of the sample that is a rounding error away, or the time itself.
fn nearest(attribute: &Attribute, time: f64) -> Result<f64, StageError> {
    let reach = 1e-9 * time.abs().max(1.0);
    let times = attribute.time_sample_times()?;
    let sample = times.into_iter().find(|own| (own - time).abs() <= reach);
    Ok(sample.unwrap_or(time))
}

/// The value of the sample at a time, as USD finds it: the time is brought back to the layer's own,
/// and a rounding error below the sample's is still before it.
///
/// `at` is the library's time; `stage` is USD's, with what leads from the one to the other.
fn exact(
    attribute: &Attribute,
    info: &usd::ResolveInfo,
    at: f64,
    (stage, retimed): (f64, Option<LayerOffset>),
) -> Result<Option<Value>, StageError> {
    if info.source() == ResolveInfoSource::TimeSamples
        && let Some(site) = info.spec_site()
        && !site.offset.is_identity()
        && let Some(layer) = attribute.stage().layer(&site.layer)
        && let Ok(Some(found)) = layer.data().try_field(&site.path, "timeSamples")
        && let Value::TimeSamples(samples) = found.as_ref()
    {
        let own = samples
            .iter()
            .position(|(own, _)| site.offset.apply(*own) == at);
        let whole = match retimed {
            Some(retimed) => retimed.concatenate(&site.offset),
            None => site.offset,
        };
        let local = whole.inverse().apply(stage);
        let held = own.map(|k| match k.checked_sub(1) {
            Some(before) if local < samples[k].0 && steps(&samples[before].1, &samples[k].1) => {
                &samples[before].1
            }
            _ => &samples[k].1,
        });
        match held {
            Some(Value::ValueBlock) => return Ok(None),
            // Assets are to be resolved, too.
            Some(value) if !value.is_asset_valued() => {
                let mut value = value.clone();
                whole.apply_to_value(&mut value);
                return Ok(Some(value));
            }
            _ => {}
        }
    }
    Ok(attribute.get_at::<Value>(TimeCode::new(at))?)
}

/// The value of a sample at the library's time.
fn sample(
    attribute: &Attribute,
    info: &usd::ResolveInfo,
    at: f64,
    retimed: Option<LayerOffset>,
) -> Result<Option<Value>, StageError> {
    exact(attribute, info, at, (f64::INFINITY, retimed))
}

/// Whether nothing lies between two samples: the earlier is held.
fn steps(low: &Value, high: &Value) -> bool {
    between::mix(low, high, 0.5).is_none()
}

/// [`value`], and the value of a spline where the strongest opinion is one.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn value_at(
    scene: &Scene,
    attribute: &Attribute,
    time: Option<f64>,
) -> Result<Option<Value>, StageError> {
    let Some(time) = time else {
        return value(attribute, None);
    };
    let Some((spline, offset)) = spline_of(scene, attribute)? else {
        return value(attribute, Some(time));
    };
    let found = spline::value(&spline, offset.inverse().apply(time));
    let type_name = attribute.type_name()?;
    Ok(
        match type_name.as_ref().and_then(sdf::ValueTypeName::kind) {
            Some(sdf::ValueKind::Float) => found.map(|x| Value::Float(x as f32)),
            Some(sdf::ValueKind::Half) => found.map(|x| Value::Half(openusd::gf::f16::from_f64(x))),
            _ => found.map(Value::Double),
        },
    )
}

/// The spline that gives an attribute its value, and the offset of its layer.
pub(crate) fn spline_of(
    scene: &Scene,
    attribute: &Attribute,
) -> Result<Option<(Rc<Spline>, LayerOffset)>, StageError> {
    if !scene.has_splines() {
        return Ok(None);
    }
    for site in attribute.property_stack()? {
        let Some(layer) = scene.stage().layer(&site.layer) else {
            continue;
        };
        if layer.data().has_field(&site.path, "timeSamples") {
            return Ok(None);
        }
        if let Some(spline) = scene.spline(&site.layer, site.path.as_str()) {
            return Ok(Some((spline, site.offset)));
        }
        if layer.data().has_field(&site.path, "default") {
            return Ok(None);
        }
    }
    Ok(None)
}

/// The times of an attribute's samples, rising; a jump of clip times counts on both sides.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn times(scene: &Scene, attribute: &Attribute) -> Result<Vec<f64>, StageError> {
    let mut times = attribute.time_sample_times()?;
    if times.is_empty() {
        return blocked_times(scene, attribute);
    }
    times.retain(|time| time.is_finite());
    let info = attribute.resolve_info()?;
    if let Some(offset) = retime::of(attribute, &info)? {
        times
            .iter_mut()
            .for_each(|time| *time = offset.apply(*time));
        times.sort_by(f64::total_cmp);
    }
    if times.is_empty() || info.source() != ResolveInfoSource::ValueClips {
        return Ok(times);
    }
    for jump in jumps(scene, &attribute.prim())? {
        if times.contains(&jump) {
            times.push(jump - JUMP);
        }
    }
    times.sort_by(f64::total_cmp);
    times.dedup();
    Ok(times)
}

/// The times of samples that are all blocked: USD takes them for samples, the library for none.
fn blocked_times(scene: &Scene, attribute: &Attribute) -> Result<Vec<f64>, StageError> {
    if !attribute.resolve_info()?.value_is_blocked() {
        return Ok(Vec::new());
    }
    for site in attribute.property_stack()? {
        let Some(layer) = scene.stage().layer(&site.layer) else {
            continue;
        };
        let found = layer
            .data()
            .try_field(&site.path, "timeSamples")
            .ok()
            .flatten();
        if let Some(Value::TimeSamples(samples)) = found.as_deref()
            && !samples.is_empty()
        {
            let mut times: Vec<f64> = samples
                .iter()
                .map(|(time, _)| site.offset.apply(*time))
                .collect();
            times.sort_by(f64::total_cmp);
            return Ok(times);
        }
        if layer.data().has_field(&site.path, "default") {
            break;
        }
    }
    Ok(Vec::new())
}

/// Stage times at which the clips of a prim or of one above it jump.
fn jumps(scene: &Scene, prim: &usd::Prim) -> Result<Vec<f64>, StageError> {
    let mut out = Vec::new();
    let mut current = Some(prim.clone());
    while let Some(prim) = current.filter(|prim| !prim.path().is_abs_root()) {
        if let Some(Value::Dictionary(sets)) = dictionary(scene, &prim, "clips")? {
            let pairs = sets.values().filter_map(|set| match set {
                Value::Dictionary(set) => match set.get("times") {
                    Some(Value::Vec2dVec(pairs)) => Some(pairs),
                    _ => None,
                },
                _ => None,
            });
            let same = |pair: &[openusd::gf::Vec2d]| (pair[0].x == pair[1].x).then_some(pair[0].x);
            // The caller puts them in order.
            out.extend(pairs.flat_map(|pairs| pairs.windows(2).filter_map(same)));
        }
        current = prim.parent();
    }
    Ok(out)
}

/// A dictionary among a prim's metadata, its asset paths resolved from the layers that give them.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn dictionary(
    scene: &Scene,
    prim: &usd::Prim,
    field: &str,
) -> Result<Option<Value>, StageError> {
    let Some(mut found) = scene.stage().field::<Value>(prim.path(), field)? else {
        return Ok(None);
    };
    if holds_assets(&found) {
        for site in prim.prim_stack()? {
            let own = scene.stage().layer(&site.layer).and_then(|layer| {
                let own = layer.data().try_field(&site.path, field).ok()??;
                Some(own.into_owned())
            });
            if let Some(own) = own {
                resolve(scene, &site.layer, &own, &mut found);
            }
        }
    }
    Ok(Some(found))
}

fn holds_assets(value: &Value) -> bool {
    match value {
        Value::AssetPath(_) | Value::AssetPathVec(_) => true,
        Value::Dictionary(map) => map.values().any(holds_assets),
        _ => false,
    }
}

/// Resolves what a layer's own dictionary gives to the composed one and is not resolved yet.
fn resolve(scene: &Scene, layer: &str, own: &Value, composed: &mut Value) {
    let one = |path: &mut AssetPath| {
        if path.resolved_path().is_none()
            && !path.is_empty()
            && let Some(found) = scene.resolve_asset(layer, path.asset_path())
        {
            path.set_resolved_path(found);
        }
    };
    match (own, composed) {
        (Value::Dictionary(own), Value::Dictionary(composed)) => {
            composed.iter_mut().for_each(|(key, value)| {
                if let Some(own) = own.get(key) {
                    resolve(scene, layer, own, value);
                }
            });
        }
        (Value::AssetPath(_), Value::AssetPath(path)) => one(path),
        (Value::AssetPathVec(_), Value::AssetPathVec(paths)) => paths.iter_mut().for_each(one),
        _ => {}
    }
}

/// Whether a prim is defined, overridden or a class, from all its specs.
///
/// `over` says nothing. A class that the prim itself inherits from does not make it a class, unless
/// nothing else defines it; one that its ancestors inherit from counts like any other spec.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn specifier(prim: &usd::Prim) -> Result<sdf::Specifier, StageError> {
    let known = prim.specifier()?.unwrap_or(sdf::Specifier::Over);
    let stage = prim.stage();
    let is_class = |site: &usd::SpecSite| {
        stage.layer(&site.layer).is_some_and(|layer| {
            let own = layer
                .data()
                .try_field(&site.path, "specifier")
                .ok()
                .flatten();
            matches!(
                own.as_deref(),
                Some(Value::Specifier(sdf::Specifier::Class))
            )
        })
    };
    if !prim.has_composition_arc()? || !prim.prim_stack()?.iter().any(is_class) {
        return Ok(known);
    }
    let graph = prim.prim_index().graph()?;
    let mut found = sdf::Specifier::Over;
    for node in graph
        .nodes()
        .filter(|node| node.has_specs() && !node.is_inert() && !node.is_culled())
    {
        // A class that the arc's own owner inherits from, not one above it.
        let depth = node.parent().map_or(0, |id| {
            let owner = graph.node(id).path().strip_all_variant_selections();
            owner.prim_element_count()
        });
        let direct = node.arc() == ArcType::Inherit && usize::from(node.namespace_depth()) >= depth;
        for (id, _) in stage.node_layer_stack(node).unwrap_or_default() {
            let own = stage.layer_identifier(id).and_then(|name| {
                let layer = stage.layer(&name)?;
                let own = layer.data().try_field(node.path(), "specifier").ok()??;
                own.into_owned().try_as_specifier()
            });
            match own {
                Some(sdf::Specifier::Def) => return Ok(sdf::Specifier::Def),
                Some(sdf::Specifier::Class) if !direct => return Ok(sdf::Specifier::Class),
                Some(sdf::Specifier::Class) => found = sdf::Specifier::Class,
                _ => {}
            }
        }
    }
    Ok(if found == sdf::Specifier::Over {
        known
    } else {
        found
    })
}
