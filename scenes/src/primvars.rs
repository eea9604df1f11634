//! Primvars: values that shapes carry, their own or those of the prims above.

use std::rc::Rc;
use std::sync::Arc;

use halle_world::Severity;
use halle_world::components::{Interpolation, Primvar, Values};
use openusd::sdf::Value;

use crate::reader::PrimReader;
use crate::value::{self, number};

/// What a prim says about a primvar.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    /// Name without the prefix.
    pub(crate) name: Box<str>,
    /// The primvar if it is constant: prims below have it too. `None` is one that is the prim's own,
    /// and that hides those of the same name above.
    pub(crate) constant: Option<Arc<Primvar>>,
}

/// The primvars that a prim authors. Only those that are constant are read.
pub(crate) fn carried(prim: &PrimReader<'_>) -> Option<Arc<[Carried]>> {
    let own = prim.property_names().filter_map(|property| {
        let name = property.strip_prefix("primvars:")?;
        if name.ends_with(":indices") || name.starts_with("skel:") {
            return None;
        }
        let constant = match interpolation(prim, property) {
            Interpolation::Constant => Some(Arc::new(read(prim, name)?)),
            _ => None,
        };
        Some(Carried {
            name: name.into(),
            constant,
        })
    });
    let own: Vec<Carried> = own.collect();
    (!own.is_empty()).then(|| own.into())
}

/// What the values of a primvar belong to.
pub(crate) fn interpolation(prim: &PrimReader<'_>, property: &str) -> Interpolation {
    let said = prim.opinions.attribute_metadata(property, "interpolation");
    match said.as_ref().and_then(value::text).as_deref() {
        Some("uniform") => Interpolation::Uniform,
        Some("varying") => Interpolation::Varying,
        Some("vertex") => Interpolation::Vertex,
        Some("faceVarying") => Interpolation::FaceVarying,
        _ => Interpolation::Constant,
    }
}

/// A primvar of a prim; `None` if it has no value, or one of a type that no shader reads.
pub(crate) fn read(prim: &PrimReader<'_>, name: &str) -> Option<Primvar> {
    let property = format!("primvars:{name}");
    let values = values(&prim.value(&property)?)?;
    let wide = prim.opinions.attribute_metadata(&property, "elementSize");
    if wide.as_ref().and_then(number).is_some_and(|n| n > 1.0) {
        let message = "primvar with more than one value for each element is not supported";
        let help = "author one value for each element";
        prim.find(Severity::Note, "SC0122", &property, message, help);
        return None;
    }
    let chosen = prim.read(&format!("{property}:indices"), value::integers);
    let indices = chosen.unwrap_or_default();
    let known = |i: &i64| {
        u32::try_from(*i)
            .ok()
            .filter(|i| (*i as usize) < values.len())
    };
    let Some(indices) = indices.iter().map(known).collect::<Option<Vec<u32>>>() else {
        let message = "indices of the primvar name values that it does not have: it is left out";
        let help = "keep indices below the number of values";
        prim.find(Severity::Warning, "SC0122", &property, message, help);
        return None;
    };
    Some(Primvar {
        name: name.to_owned(),
        interpolation: interpolation(prim, &property),
        values,
        indices,
    })
}

/// A value or a list of values in single precision.
pub(crate) fn values(value: &Value) -> Option<Values> {
    let narrow = |list: &[f64]| list.iter().map(|v| *v as f32).collect();
    Some(match value {
        Value::FloatVec(v) => Values::Number(v.clone()),
        Value::DoubleVec(v) => Values::Number(narrow(v)),
        Value::HalfVec(v) => Values::Number(v.iter().map(|x| x.to_f32()).collect()),
        Value::Vec2fVec(v) => Values::Pair(v.iter().map(|v| [v.x, v.y]).collect()),
        Value::Vec2dVec(v) => Values::Pair(v.iter().map(|v| [v.x as f32, v.y as f32]).collect()),
        Value::Vec2hVec(v) => {
            Values::Pair(v.iter().map(|v| [v.x, v.y].map(|x| x.to_f32())).collect())
        }
        Value::Vec3fVec(v) => Values::Triple(v.iter().map(|v| [v.x, v.y, v.z]).collect()),
        Value::Vec3dVec(v) => {
            let narrow = v.iter().map(|v| [v.x, v.y, v.z].map(|x| x as f32));
            Values::Triple(narrow.collect())
        }
        Value::Vec3hVec(v) => {
            let narrow = v.iter().map(|v| [v.x, v.y, v.z].map(|x| x.to_f32()));
            Values::Triple(narrow.collect())
        }
        Value::Vec4fVec(v) => Values::Quadruple(v.iter().map(|v| [v.x, v.y, v.z, v.w]).collect()),
        Value::Vec4dVec(v) => {
            let narrow = v.iter().map(|v| [v.x, v.y, v.z, v.w].map(|x| x as f32));
            Values::Quadruple(narrow.collect())
        }
        Value::IntVec(v) => Values::Integer(v.clone()),
        Value::Int(v) => Values::Integer(vec![*v]),
        one => {
            if let Some(words) = value::texts(one) {
                Values::Text(words)
            } else if let Some(word) = value::text(one) {
                Values::Text(vec![word])
            } else {
                let list = value::few(one)?;
                match list.iter().map(|v| *v as f32).collect::<Vec<_>>()[..] {
                    [a] => Values::Number(vec![a]),
                    [a, b] => Values::Pair(vec![[a, b]]),
                    [a, b, c] => Values::Triple(vec![[a, b, c]]),
                    [a, b, c, d] => Values::Quadruple(vec![[a, b, c, d]]),
                    _ => return None,
                }
            }
        }
    })
}

/// The primvars on a prim and above it, nearest first; shared by all prims below.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited(Option<Rc<Link>>);

#[derive(Debug)]
struct Link {
    own: Arc<[Carried]>,
    above: Inherited,
}

/// Where a primvar that a shape has comes from.
pub(crate) enum Found<'i> {
    /// A constant, its own or from above.
    Constant(&'i Arc<Primvar>),
    /// The shape's own, with more than one value.
    Own,
}

impl Inherited {
    /// What holds at a prim, given what holds at its parent.
    pub(crate) fn at(&self, own: Option<&Arc<[Carried]>>) -> Self {
        own.map_or_else(
            || self.clone(),
            |own| {
                Self(Some(Rc::new(Link {
                    own: Arc::clone(own),
                    above: self.clone(),
                })))
            },
        )
    }

    /// A primvar of the prim that this holds at; `own` is what the prim itself says.
    pub(crate) fn find(&self, name: &str, own: Option<&Arc<[Carried]>>) -> Option<Found<'_>> {
        let mut at = self;
        while let Some(link) = &at.0 {
            if let Some(carried) = link.own.iter().find(|c| &*c.name == name) {
                return match &carried.constant {
                    Some(constant) => Some(Found::Constant(constant)),
                    // One that is not constant belongs to its prim alone.
                    None => own
                        .is_some_and(|own| Arc::ptr_eq(own, &link.own))
                        .then_some(Found::Own),
                };
            }
            at = &link.above;
        }
        None
    }
}
