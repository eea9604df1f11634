//! Extents of boundable prims: authored, or computed from their shape in single precision.

use nalgebra::Matrix4;
use openusd::gf::Vec3f;
use openusd::tf::Token;
use openusd::usd;

use super::boxes::Range;
use super::{BoundCache, Oriented, skel};
use crate::error::StageError;
use crate::{instancer, read};

type Found = Result<Option<Range>, StageError>;

/// The authored extent if it has two corners, else the one that the prim's type computes.
pub(super) fn of(cache: &BoundCache, prim: &usd::Prim) -> Found {
    // Some types have a fallback extent, which does not count.
    if prim.attribute("extent").has_authored_value()?
        && let Some(range) = Range::of_extent(prim, None)?
    {
        return Ok(Some(range));
    }
    let info = prim.prim_type_info()?;
    let range = match info.schema_type_name().as_str() {
        "Cube" => half(double(prim, "size")?, 0.5),
        "Sphere" => half(double(prim, "radius")?, 1.0),
        "Cylinder" | "Cone" => turned(prim, double(prim, "radius")?, double(prim, "height")?)?,
        "Capsule" => {
            let (radius, height) = (double(prim, "radius")?, double(prim, "height")?);
            let long = radius.zip(height).map(|(r, h)| h + 2.0 * r);
            turned(prim, radius, long)?
        }
        "Cylinder_1" => {
            let (top, bottom) = (double(prim, "radiusTop")?, double(prim, "radiusBottom")?);
            let radius = top.zip(bottom).map(|(top, bottom)| top.max(bottom));
            turned(prim, radius, double(prim, "height")?)?
        }
        "Capsule_1" => capsule(prim)?,
        "Plane" => plane(prim)?,
        "SphereLight" => light(prim, ["inputs:radius"; 3], [1.0; 3])?,
        "DiskLight" => light(prim, ["inputs:radius", "inputs:radius", ""], [1.0; 3])?,
        "RectLight" | "PortalLight" => {
            light(prim, ["inputs:width", "inputs:height", ""], [0.5; 3])?
        }
        "CylinderLight" => {
            let names = ["inputs:length", "inputs:radius", "inputs:radius"];
            light(prim, names, [0.5, 1.0, 1.0])?
        }
        "PointInstancer" => instances(cache, prim)?,
        "SkelRoot" => skel::root(cache, prim)?,
        "Skeleton" => skel::skeleton(prim)?,
        _ if prim.is_a("PointBased")? => points(prim)?,
        _ => None,
    };
    Ok(range)
}

/// A box around the origin, its half sizes rounded to single precision.
fn around(halves: [f64; 3]) -> Range {
    let high = halves.map(|x| f64::from(x as f32));
    Range {
        min: high.map(|x| -x).into(),
        max: high.into(),
    }
}

fn half(size: Option<f64>, factor: f64) -> Option<Range> {
    size.map(|size| around([size * factor; 3]))
}

/// The axis of a shape as an index; an unknown token is none.
fn axis(prim: &usd::Prim) -> Result<Option<usize>, StageError> {
    let token = read::get::<Token>(&prim.attribute("axis"))?;
    Ok(token.and_then(|token| {
        ["X", "Y", "Z"]
            .iter()
            .position(|name| *name == token.as_str())
    }))
}

/// A shape turned about its axis.
fn turned(prim: &usd::Prim, radius: Option<f64>, height: Option<f64>) -> Found {
    let (Some(radius), Some(height), Some(axis)) = (radius, height, axis(prim)?) else {
        return Ok(None);
    };
    let mut halves = [radius; 3];
    halves[axis] = height * 0.5;
    Ok(Some(around(halves)))
}

/// A capsule of two radii, bounded by the cones that touch both of its caps.
fn capsule(prim: &usd::Prim) -> Found {
    let (top, bottom) = (double(prim, "radiusTop")?, double(prim, "radiusBottom")?);
    let (Some(top), Some(bottom), Some(axis)) = (top, bottom, axis(prim)?) else {
        return Ok(None);
    };
    let Some(height) = double(prim, "height")? else {
        return Ok(None);
    };
    let slope = if height == 0.0 {
        0.0
    } else {
        (bottom - top) / height
    };
    let wide = (1.0 + slope * slope).sqrt();
    let mut range = around([top.max(bottom) * wide; 3]);
    range.min[axis] = f64::from((-(height * 0.5 + bottom * (wide + slope))) as f32);
    range.max[axis] = f64::from((height * 0.5 + top * (wide - slope)) as f32);
    Ok(Some(range))
}

/// A plane: width and length lie on the two axes that are not its normal.
fn plane(prim: &usd::Prim) -> Found {
    let (width, length) = (double(prim, "width")?, double(prim, "length")?);
    let (Some(width), Some(length), Some(axis)) = (width, length, axis(prim)?) else {
        return Ok(None);
    };
    let (w, l) = (width * 0.5, length * 0.5);
    Ok(Some(around(match axis {
        0 => [0.0, l, w],
        1 => [w, 0.0, l],
        _ => [w, l, 0.0],
    })))
}

/// A light's box from three of its inputs; an empty name means no size.
fn light(prim: &usd::Prim, names: [&'static str; 3], factors: [f32; 3]) -> Found {
    let mut halves = [0.0; 3];
    for ((half, name), factor) in halves.iter_mut().zip(names).zip(factors) {
        if !name.is_empty() {
            let Some(size) = read::get::<f32>(&prim.attribute(name))? else {
                return Ok(None);
            };
            *half = f64::from(size * factor);
        }
    }
    Ok(Some(around(halves)))
}

/// Points with a width each, curves padded by their greatest width, other points as they are.
fn points(prim: &usd::Prim) -> Found {
    let attribute = prim.attribute("points");
    if !attribute.has_authored_value()? {
        return Ok(None);
    }
    let Some(points) = attribute.get::<Vec<Vec3f>>()? else {
        return Ok(None);
    };
    let mut bound = Single::default();
    if prim.is_a("Points")? {
        let widths = prim.attribute("widths").get::<Vec<f32>>()?;
        let widths = widths.unwrap_or_else(|| vec![0.0; points.len()]);
        if widths.len() != points.len() {
            return Ok(None);
        }
        for (point, width) in points.iter().zip(widths) {
            bound.hold(*point, width * 0.5);
        }
    } else {
        points.iter().for_each(|point| bound.hold(*point, 0.0));
        if prim.is_a("Curves")? {
            let widths = prim.attribute("widths").get::<Vec<f32>>()?;
            let widest = widths.unwrap_or_default().into_iter().reduce(f32::max);
            bound.pad(widest.unwrap_or_default() * 0.5);
        }
    }
    Ok(Some(Range::between(bound.min.into(), bound.max.into())))
}

/// A growing box in single precision.
struct Single {
    min: [f32; 3],
    max: [f32; 3],
}

impl Default for Single {
    fn default() -> Self {
        Self {
            min: [f32::MAX; 3],
            max: [-f32::MAX; 3],
        }
    }
}

impl Single {
    fn hold(&mut self, point: Vec3f, radius: f32) {
        for (k, x) in <[f32; 3]>::from(point).into_iter().enumerate() {
            if x - radius < self.min[k] {
                self.min[k] = x - radius;
            }
            if x + radius > self.max[k] {
                self.max[k] = x + radius;
            }
        }
    }

    fn pad(&mut self, by: f32) {
        self.min = self.min.map(|x| x - by);
        self.max = self.max.map(|x| x + by);
    }
}

/// The prototypes of a point instancer where its shown instances stand.
fn instances(cache: &BoundCache, prim: &usd::Prim) -> Found {
    let Some(read) = instancer::read(prim)? else {
        return Ok(None);
    };
    let mut prototypes = Vec::new();
    for path in &read.prototypes {
        let prototype = prim.stage().prim(path.clone())?;
        prototypes.push(cache.instanced(&prototype)?);
    }
    let mut whole = Range::default();
    for (k, (index, place)) in read.indices.iter().zip(&read.places).enumerate() {
        if read.shown.as_ref().is_none_or(|shown| shown[k]) {
            whole.unite(&placed(&prototypes[*index], place));
        }
    }
    let single = |x: f64| f64::from(x as f32);
    Ok(Some(Range {
        min: whole.min.map(single),
        max: whole.max.map(single),
    }))
}

fn placed(prototype: &Oriented, place: &Matrix4<f64>) -> Range {
    let mut one = prototype.clone();
    one.transform(place);
    one.aligned()
}

fn double(prim: &usd::Prim, name: &'static str) -> Result<Option<f64>, StageError> {
    read::get::<f64>(&prim.attribute(name))
}
