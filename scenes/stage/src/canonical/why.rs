//! Every opinion behind a value, strongest first.

use openusd::pcp::{ArcType, PrimIndex};
use openusd::sdf::{self, LayerOffset, Path, Value};
use openusd::usd::{self, ResolveInfo, ResolveInfoSource, SpecSite, TimeCode};

use super::value;
use crate::error::StageError;
use crate::open::Scene;

/// Longest text of a value.
const SHORT: usize = 120;

/// The arc that brings an opinion to a prim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arc {
    /// The root layer and its sublayers.
    Local,
    /// A class that the prim inherits from.
    Inherit,
    /// A selected variant.
    Variant {
        /// Name of the variant set.
        set: String,
        /// The variant that is selected.
        selection: String,
    },
    /// Another place that the prim was moved from.
    Relocate,
    /// A referenced prim.
    Reference,
    /// A payload.
    Payload,
    /// A class that the prim specialises.
    Specialize,
    /// A layer of value clips.
    Clip,
}

impl std::fmt::Display for Arc {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local => formatter.write_str("local"),
            Self::Inherit => formatter.write_str("inherit"),
            Self::Variant { set, selection } => write!(formatter, "variant {set}={selection}"),
            Self::Relocate => formatter.write_str("relocate"),
            Self::Reference => formatter.write_str("reference"),
            Self::Payload => formatter.write_str("payload"),
            Self::Specialize => formatter.write_str("specialize"),
            Self::Clip => formatter.write_str("clip"),
        }
    }
}

/// One opinion on a prim, attribute or relationship.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// The layer that holds it, as seen from the root layer's folder.
    pub layer: String,
    /// Path of the spec in that layer, variant selections included.
    pub path: String,
    /// Arcs from the prim down to the spec, the last one last; empty for local opinions.
    pub arcs: Vec<Arc>,
    /// Added to the layer's times to get the stage's, in time codes.
    pub offset: f64,
    /// The layer's times are multiplied by this first.
    pub scale: f64,
    /// The field it is about: `default`, `timeSamples`, `spline`, `connectionPaths`,
    /// `targetPaths`; of a prim, `specifier`.
    pub field: String,
    /// The value as a short text.
    pub value: String,
    /// Whether the resolved value comes from here. List edits win together, down to the first
    /// explicit list.
    pub wins: bool,
}

/// Every opinion on the attribute, relationship or prim at a path, strongest first.
///
/// Schema fallbacks are no opinions; a property that no layer speaks of gives an empty list.
///
/// # Errors
/// [`StageError::BadPath`] if the path names neither a prim nor a property, and
/// [`StageError::Query`] if the stage cannot be read.
pub fn why(scene: &Scene, path: &str) -> Result<Vec<Opinion>, StageError> {
    let bad = || StageError::BadPath {
        path: path.to_owned(),
    };
    let parsed = Path::new(path).ok().filter(Path::is_abs).ok_or_else(bad)?;
    let stage = scene.stage();
    let prim = stage.prim(parsed.prim_path())?;
    if !prim.is_valid()? {
        return Err(bad());
    }
    let teller = Teller {
        scene,
        graph: prim.prim_index().graph()?,
    };
    let Some((_, name)) = parsed.split_property() else {
        return teller.prim(&prim);
    };
    let attribute = prim.attribute(name);
    if attribute.is_defined()? {
        return teller.attribute(&attribute);
    }
    let relationship = prim.relationship(name);
    if relationship.is_defined()? {
        return teller.lists(&relationship.property_stack()?, "targetPaths");
    }
    Err(bad())
}

/// Tells opinions of one prim.
struct Teller<'a> {
    scene: &'a Scene,
    graph: PrimIndex,
}

impl Teller<'_> {
    fn prim(&self, prim: &usd::Prim) -> Result<Vec<Opinion>, StageError> {
        let mut out = Vec::new();
        for site in prim.prim_stack()? {
            let text = self
                .field(&site, "specifier")
                .map(|value| self.short(&value));
            let kind = self
                .field(&site, "typeName")
                .map(|value| self.short(&value));
            let words = [text, kind]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            let wins = out.is_empty();
            out.push(self.opinion(&site, None, "specifier", words, wins));
        }
        Ok(out)
    }

    fn attribute(&self, attribute: &usd::Attribute) -> Result<Vec<Opinion>, StageError> {
        let times = attribute.time_sample_times()?;
        let stack = attribute.property_stack()?;
        let info = attribute.resolve_info()?;
        let mut out = Vec::new();
        let mut clips = Vec::new();
        if let Some(first) = times.first() {
            for site in attribute.property_stack_at(TimeCode::new(*first))? {
                if !stack.contains(&site) {
                    clips.push(site);
                }
            }
        }
        let source = Source::of(&info);
        for site in &stack {
            for field in ["timeSamples", "spline", "default"] {
                let found = match field {
                    "spline" => {
                        let spline = self.scene.spline(&site.layer, site.path.as_str());
                        spline.map(|spline| format!("{} knots", spline.knots.len()))
                    }
                    _ => self.field(site, field).map(|value| self.short(&value)),
                };
                if let Some(text) = found {
                    let wins = source.is(site, field);
                    out.push(self.opinion(site, None, field, text, wins));
                }
            }
        }
        for site in &clips {
            let samples = self.field(site, "timeSamples");
            let text = samples.map_or_else(|| "declared".to_owned(), |value| self.short(&value));
            let wins = info.source() == ResolveInfoSource::ValueClips;
            out.push(self.opinion(site, Some(Arc::Clip), "timeSamples", text, wins));
        }
        out.extend(self.lists(&stack, "connectionPaths")?);
        Ok(out)
    }

    /// Opinions that are list edits: all win down to the first that is explicit.
    fn lists(&self, stack: &[SpecSite], field: &str) -> Result<Vec<Opinion>, StageError> {
        let mut out = Vec::new();
        let mut open = true;
        for site in stack {
            let Some(value) = self.field(site, field) else {
                continue;
            };
            let explicit = matches!(&value, Value::PathListOp(op) if op.explicit);
            out.push(self.opinion(site, None, field, self.short(&value), open));
            open &= !explicit;
        }
        Ok(out)
    }

    fn field(&self, site: &SpecSite, field: &str) -> Option<Value> {
        let layer = self.scene.stage().layer(&site.layer)?;
        let found = layer.data().try_field(&site.path, field).ok()??;
        Some(found.into_owned())
    }

    fn opinion(
        &self,
        site: &SpecSite,
        arc: Option<Arc>,
        field: &str,
        value: String,
        wins: bool,
    ) -> Opinion {
        let LayerOffset { offset, scale } = site.offset;
        Opinion {
            layer: self.scene.relative(&site.layer),
            path: site.path.as_str().to_owned(),
            arcs: arc.map_or_else(|| self.arcs(site), |arc| vec![arc]),
            offset,
            scale,
            field: field.to_owned(),
            value,
            wins,
        }
    }

    /// The arcs on the way to a spec.
    fn arcs(&self, site: &SpecSite) -> Vec<Arc> {
        let owner = site.path.prim_path();
        let stage = self.scene.stage();
        let node = self.graph.nodes().find(|node| {
            let layers = stage.node_layer_stack(node).unwrap_or_default();
            let here = |id| {
                stage
                    .layer_identifier(id)
                    .is_some_and(|name| name == site.layer)
            };
            *node.path() == owner && layers.iter().any(|(id, _)| here(*id))
        });
        let mut arcs = Vec::new();
        let mut current = node;
        while let Some(node) = current {
            match node.arc() {
                ArcType::Root => {}
                ArcType::Inherit => arcs.push(Arc::Inherit),
                ArcType::Variant => arcs.push(variant(node.path())),
                ArcType::Relocate => arcs.push(Arc::Relocate),
                ArcType::Reference => arcs.push(Arc::Reference),
                ArcType::Payload => arcs.push(Arc::Payload),
                ArcType::Specialize => arcs.push(Arc::Specialize),
            }
            current = node.parent().map(|id| self.graph.node(id));
        }
        arcs.reverse();
        arcs
    }

    fn short(&self, value: &Value) -> String {
        let text = match value {
            Value::TimeSamples(samples) => match (samples.first(), samples.last()) {
                (Some((first, _)), Some((last, _))) => {
                    format!("{} samples from {first} to {last}", samples.len())
                }
                _ => "no samples".to_owned(),
            },
            Value::ValueBlock => "None".to_owned(),
            Value::PathListOp(op) => edits(op),
            Value::Specifier(specifier) => format!("{specifier:?}").to_lowercase(),
            Value::Token(token) => token.as_str().to_owned(),
            other => value::value(self.scene, other).to_string(),
        };
        match text.char_indices().nth(SHORT) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

/// Where the resolved value of an attribute comes from.
struct Source {
    site: Option<(String, Path)>,
    field: &'static str,
}

impl Source {
    fn of(info: &ResolveInfo) -> Self {
        let site = info.spec_site();
        Self {
            site: site.map(|site| (site.layer.clone(), site.path.clone())),
            field: match info.source() {
                ResolveInfoSource::TimeSamples => "timeSamples",
                ResolveInfoSource::Default => "default",
                _ => "",
            },
        }
    }

    fn is(&self, site: &SpecSite, field: &str) -> bool {
        let here = |(layer, path): &(String, Path)| *layer == site.layer && *path == site.path;
        self.field == field && self.site.as_ref().is_some_and(here)
    }
}

fn variant(path: &Path) -> Arc {
    let text = path.as_str();
    let chosen = text.rfind('{').map(|k| &text[k + 1..]);
    let chosen = chosen.and_then(|rest| rest.split('}').next());
    let (set, selection) = chosen
        .and_then(|pair| pair.split_once('='))
        .unwrap_or_default();
    Arc::Variant {
        set: set.to_owned(),
        selection: selection.to_owned(),
    }
}

fn edits(op: &sdf::PathListOp) -> String {
    let list = |word: &str, items: &[Path]| {
        let paths: Vec<&str> = items.iter().map(Path::as_str).collect();
        (!items.is_empty()).then(|| format!("{word}[{}]", paths.join(", ")))
    };
    if op.explicit {
        return list("", &op.explicit_items).unwrap_or_else(|| "[]".to_owned());
    }
    let lists = [
        list("delete ", &op.deleted_items),
        list("add ", &op.added_items),
        list("prepend ", &op.prepended_items),
        list("append ", &op.appended_items),
        list("reorder ", &op.ordered_items),
    ];
    lists.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
