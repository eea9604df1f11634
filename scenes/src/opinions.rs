//! What layers say about a prim: composed by the USD library, or read straight from the one layer
//! that says anything.
//!
//! Most plants that were exported by a program are one flat file. Where the root layer stands alone
//! and neither a prim nor any prim above it has a composition arc, the composed prim is what the
//! layer says, word for word; asking the layer costs a tenth of composing.

use openusd::sdf::{self, Value};
use openusd::tf::Token;
use openusd::usd::{self, Stage};

use crate::value;

/// Fields of a prim that make composing it more than reading one spec.
const ARCS: [&str; 9] = [
    "references",
    "payload",
    "inheritPaths",
    "specializes",
    "variantSetNames",
    "variantSelection",
    "instanceable",
    "clips",
    "primOrder",
];

/// Where a prim's opinions come from.
#[derive(Clone)]
pub(crate) enum Opinions {
    /// From wherever composition finds them.
    Composed(usd::Prim),
    /// From the prim's spec in the root layer.
    Alone(Stage, sdf::Path),
}

impl Opinions {
    /// The opinions on a prim, straight from the layer if that is the same.
    pub(crate) fn on(stage: &Stage, path: &sdf::Path) -> openusd::Result<Self> {
        if is_alone(stage, path) {
            return Ok(Self::Alone(stage.clone(), path.clone()));
        }
        Ok(Self::Composed(stage.prim(path.clone())?))
    }

    /// The same for the child of a prim whose opinions are known.
    pub(crate) fn below(&self, stage: &Stage, child: &sdf::Path) -> openusd::Result<Self> {
        match self {
            Self::Alone(..) if has_no_arcs(stage, child) => {
                Ok(Self::Alone(stage.clone(), child.clone()))
            }
            _ => Ok(Self::Composed(stage.prim(child.clone())?)),
        }
    }

    /// The prim, where it must be composed.
    pub(crate) fn composed(&self) -> Option<&usd::Prim> {
        match self {
            Self::Composed(prim) => Some(prim),
            Self::Alone(..) => None,
        }
    }

    /// Whether the prim stands on the stage: defined and active, given that its parent is.
    pub(crate) fn takes_part(&self) -> openusd::Result<bool> {
        let (specifier, active) = match self {
            Self::Composed(prim) => (prim.specifier()?, prim.get_metadata::<bool>("active")?),
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let spec = layer.prim(path.clone()).ok().flatten();
                spec.map_or((None, None), |spec| (spec.specifier(), spec.is_active()))
            }
        };
        Ok(specifier == Some(sdf::Specifier::Def) && active != Some(false))
    }

    /// Type name; empty for a typeless prim.
    pub(crate) fn type_name(&self) -> openusd::Result<String> {
        let name = match self {
            Self::Composed(prim) => prim.type_name()?,
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let spec = layer.prim(path.clone()).ok().flatten();
                spec.and_then(|spec| spec.type_name())
            }
        };
        Ok(name.map_or_else(String::new, |t| t.as_str().to_owned()))
    }

    /// Applied API schemas.
    pub(crate) fn api_schemas(&self) -> openusd::Result<Vec<Token>> {
        match self {
            Self::Composed(prim) => prim.authored_api_schemas(),
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let spec = layer.prim(path.clone()).ok().flatten();
                let list = spec.and_then(|spec| spec.api_schemas());
                Ok(list.map_or_else(Vec::new, |list| list.flatten()))
            }
        }
    }

    /// Whether a layer takes an API schema away that a weaker one applies.
    pub(crate) fn takes_away(&self, api: &str) -> bool {
        let Self::Composed(prim) = self else {
            return false;
        };
        let stage = prim.stage();
        prim.prim_stack().unwrap_or_default().iter().any(|site| {
            let list = stage.layer(&site.layer).and_then(|layer| {
                layer
                    .prim(site.path.clone())
                    .ok()?
                    .and_then(|s| s.api_schemas())
            });
            list.is_some_and(|list| list.explicit || list.deleted_items.iter().any(|a| *a == api))
        })
    }

    /// Names of the properties that some layer has.
    pub(crate) fn property_names(&self) -> openusd::Result<Vec<Token>> {
        match self {
            Self::Composed(prim) => prim.authored_property_names(),
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let spec = layer.prim(path.clone()).ok().flatten();
                Ok(spec
                    .and_then(|spec| spec.property_children())
                    .unwrap_or_default())
            }
        }
    }

    /// Names of the children in the order of the stage.
    pub(crate) fn child_names(&self) -> openusd::Result<Vec<Token>> {
        match self {
            Self::Composed(prim) => prim.child_names(),
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let spec = layer.prim(path.clone()).ok().flatten();
                Ok(spec
                    .and_then(|spec| spec.prim_children())
                    .unwrap_or_default())
            }
        }
    }

    /// Identifier of the layer with the strongest opinion, on the prim or on one of its properties.
    pub(crate) fn layer(&self, property: &str) -> Option<String> {
        match self {
            Self::Composed(prim) => {
                let on_property = (!property.is_empty())
                    .then(|| prim.attribute(property).property_stack().ok())
                    .flatten();
                let first = on_property.and_then(|s| s.into_iter().next());
                first.map(|site| site.layer)
            }
            Self::Alone(stage, _) => Some(stage.root_layer().identifier().to_owned()),
        }
    }

    /// Metadata of the prim.
    pub(crate) fn metadata(&self, key: &'static str) -> Option<Value> {
        match self {
            Self::Composed(prim) => prim.get_metadata::<Value>(key).ok()?,
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let spec = layer.prim(path.clone()).ok()??;
                spec.field(key).ok()?
            }
        }
    }

    /// Default value of an attribute, or else its earliest sample; and whether it is the latter.
    pub(crate) fn value(&self, name: &str) -> openusd::Result<Option<(Value, bool)>> {
        let found = match self {
            Self::Composed(prim) => {
                let attribute = prim.attribute(name);
                match attribute.get::<Value>()? {
                    Some(value) => Some((value, false)),
                    None if attribute.num_time_samples().unwrap_or(0) == 0 => None,
                    None => attribute
                        .get_at::<Value>(usd::TimeCode::EARLIEST)
                        .ok()
                        .flatten()
                        .map(|value| (value, true)),
                }
            }
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let Some(property) = path.append_property(name).ok() else {
                    return Ok(None);
                };
                let Some(spec) = layer.attribute(property).ok().flatten() else {
                    return Ok(None);
                };
                match spec.field("default").ok().flatten() {
                    Some(value) => Some((value, false)),
                    None => match spec.field("timeSamples").ok().flatten() {
                        Some(Value::TimeSamples(samples)) => samples
                            .into_iter()
                            .min_by(|a, b| a.0.total_cmp(&b.0))
                            .map(|sample| (sample.1, true)),
                        _ => None,
                    },
                }
            }
        };
        Ok(found.filter(|(value, _)| !matches!(value, Value::ValueBlock | Value::None)))
    }

    /// Where a relationship leads in the end.
    pub(crate) fn targets(&self, name: &str) -> Vec<sdf::Path> {
        if let Some(direct) = self.listed(name, "targetPaths")
            && direct.iter().all(|path| !path.as_str().contains('.'))
        {
            return direct;
        }
        let prim = match self {
            Self::Composed(prim) => prim.clone(),
            // A relationship that leads to another is followed on the stage.
            Self::Alone(stage, path) => match stage.prim(path.clone()) {
                Ok(prim) => prim,
                Err(_) => return Vec::new(),
            },
        };
        halle_stage::read::forwarded(&prim, name).unwrap_or_default()
    }

    /// Where an attribute is connected to.
    pub(crate) fn connections(&self, name: &str) -> Vec<sdf::Path> {
        match self {
            Self::Composed(prim) => {
                halle_stage::read::targets(prim, name, "connectionPaths").unwrap_or_default()
            }
            Self::Alone(..) => self.listed(name, "connectionPaths").unwrap_or_default(),
        }
    }

    /// Metadata of an attribute.
    pub(crate) fn attribute_metadata(&self, name: &str, key: &'static str) -> Option<Value> {
        match self {
            Self::Composed(prim) => prim.attribute(name).get_metadata::<Value>(key).ok()?,
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let spec = layer.attribute(path.append_property(name).ok()?).ok()??;
                spec.field(key).ok()?
            }
        }
    }

    /// Metadata of a relationship as text.
    pub(crate) fn relationship_text(&self, name: &str, key: &'static str) -> Option<String> {
        let value = match self {
            Self::Composed(prim) => prim.relationship(name).get_metadata::<Value>(key).ok()?,
            Self::Alone(stage, path) => {
                let layer = stage.root_layer();
                let spec = layer
                    .relationship(path.append_property(name).ok()?)
                    .ok()??;
                spec.field(key).ok()?
            }
        };
        value.as_ref().and_then(value::text)
    }

    /// A list of paths of a property in the root layer; `None` for a composed prim.
    fn listed(&self, name: &str, field: &str) -> Option<Vec<sdf::Path>> {
        let Self::Alone(stage, path) = self else {
            return None;
        };
        let layer = stage.root_layer();
        let property = path.append_property(name).ok()?;
        let value = match field {
            "targetPaths" => layer.relationship(property).ok()??.field(field).ok()?,
            _ => layer.attribute(property).ok()??.field(field).ok()?,
        };
        match value {
            Some(Value::PathListOp(list)) => Some(list.flatten()),
            None => Some(Vec::new()),
            Some(_) => None,
        }
    }
}

/// Whether neither the prim nor any prim above has an arc, in a stage of one layer.
fn is_alone(stage: &Stage, path: &sdf::Path) -> bool {
    if !stands_alone(stage) {
        return false;
    }
    let mut at = Some(path.clone());
    while let Some(prim) = at.filter(|p| !p.is_abs_root()) {
        if !has_no_arcs(stage, &prim) {
            return false;
        }
        at = prim.parent();
    }
    true
}

/// Whether the root layer is the whole root layer stack and moves nothing about.
fn stands_alone(stage: &Stage) -> bool {
    stage.layer_stack().len() == 1 && stage.root_layer().relocates().is_empty()
}

fn has_no_arcs(stage: &Stage, path: &sdf::Path) -> bool {
    let layer = stage.root_layer();
    let Some(spec) = layer.prim(path.clone()).ok().flatten() else {
        return false;
    };
    !spec.fields().iter().any(|f| ARCS.contains(&f.as_str()))
}
