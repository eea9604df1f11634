//! What a composed stage holds, and where its units are stated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use halle_stage::StageError;
use halle_stage::open::{OpenOptions, Scene, on_own_thread};
use openusd::sdf;
use openusd::usd::{Prim, PrimPredicate};
use serde_json::{Value, json};

use crate::subtrees::Subtrees;

/// A file that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// As seen from the folder of the root layer; layers of a package count as the package.
    pub name: String,
    /// Size of the file \[bytes\].
    pub bytes: u64,
}

/// A piece of the stage's metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// The layer that says it; `None` if no layer does and USD's fallback holds.
    pub layer: Option<String>,
}

/// What a stage holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageSurvey {
    /// The default prim.
    pub default_prim: Option<String>,
    /// Units, axes and rates.
    pub stated: Vec<Stated>,
    /// Layers, the root layer first, else by name.
    pub layers: Vec<Layer>,
    /// Prims that are active, loaded, defined and not abstract, instances expanded.
    pub prims: usize,
    /// The same, subtrees that stand in several places counted once.
    pub unique: usize,
    /// Instances, expanded.
    pub instances: usize,
    /// Prototypes of instances.
    pub prototypes: usize,
}

/// Looks at the stage of a file.
///
/// # Errors
/// [`StageError`] if the stage cannot be opened or read.
pub fn stage(path: &Path) -> Result<StageSurvey, StageError> {
    on_own_thread(|| {
        let scene = Scene::open(path, &OpenOptions::default())?;
        let mut walk = Walk {
            scene: &scene,
            subtrees: Subtrees::of(&scene),
            known: BTreeMap::new(),
            prototypes: BTreeSet::new(),
            unique: 0,
        };
        let mut total = Total::default();
        for name in scene.stage().root_prims()? {
            let prim = scene.stage().prim(format!("/{}", name.as_str()))?;
            total.add(walk.prim(&prim)?);
        }
        Ok(StageSurvey {
            default_prim: scene.stage().default_prim().map(|t| t.as_str().to_owned()),
            stated: stated(&scene)?,
            layers: layers(&scene),
            prims: total.prims,
            unique: walk.unique,
            instances: total.instances,
            prototypes: walk.prototypes.len(),
        })
    })
}

/// Prims and instances of a subtree, expanded.
#[derive(Clone, Copy, Debug, Default)]
struct Total {
    prims: usize,
    instances: usize,
}

impl Total {
    fn add(&mut self, other: Self) {
        self.prims = self.prims.saturating_add(other.prims);
        self.instances = self.instances.saturating_add(other.instances);
    }
}

struct Walk<'s> {
    scene: &'s Scene,
    subtrees: Subtrees,
    /// What is below prims with the same subtree.
    known: BTreeMap<String, Total>,
    prototypes: BTreeSet<String>,
    unique: usize,
}

impl Walk<'_> {
    fn prim(&mut self, prim: &Prim) -> Result<Total, StageError> {
        let mut total = Total::default();
        if !self
            .scene
            .stage()
            .prim_matches(prim.path(), PrimPredicate::DEFAULT)?
        {
            return Ok(total);
        }
        total.prims = 1;
        self.unique += 1;
        if prim.is_instance()? {
            total.instances = 1;
            if let Some(prototype) = prim.prototype()? {
                self.prototypes.insert(prototype.as_str().to_owned());
            }
        }
        let key = self.subtrees.key(prim)?;
        if let Some(known) = key.as_ref().and_then(|key| self.known.get(key)) {
            total.add(*known);
            return Ok(total);
        }
        let mut below = Total::default();
        for child in prim.children()? {
            below.add(self.prim(&child)?);
        }
        if let Some(key) = key {
            self.known.insert(key, below);
        }
        total.add(below);
        Ok(total)
    }
}

fn stated(scene: &Scene) -> Result<Vec<Stated>, StageError> {
    let root = sdf::Path::abs_root();
    let root_layer = scene.stage().root_layer().identifier().to_owned();
    let mut out = Vec::new();
    for (name, fallback) in [
        ("metersPerUnit", json!(0.01)),
        ("kilogramsPerUnit", json!(1.0)),
        ("upAxis", json!("Y")),
        ("timeCodesPerSecond", json!(24.0)),
    ] {
        let says = scene.stage().root_layer().data().has_field(&root, name);
        let value = scene.stage().stage_metadata(name)?;
        let value = match value {
            Some(sdf::Value::Double(v)) if says => json!(v),
            Some(sdf::Value::Float(v)) if says => json!(v),
            Some(sdf::Value::Token(v)) if says => json!(v.as_str()),
            _ => fallback,
        };
        out.push(Stated {
            name,
            value,
            layer: says.then(|| scene.relative(&root_layer)),
        });
    }
    Ok(out)
}

fn layers(scene: &Scene) -> Vec<Layer> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for name in scene.stage().layer_identifiers() {
        if !sdf::Layer::is_anonymous_identifier(&name) {
            let file = scene.relative(&name);
            names.insert(file.split('[').next().unwrap_or(&file).to_owned());
        }
    }
    let root = scene.file().file_name().unwrap_or_default();
    let root = root.to_string_lossy().into_owned();
    names.remove(&root);
    let sized = |name: String| {
        let bytes = fs::metadata(scene.folder().join(&name)).map_or(0, |m| m.len());
        Layer { name, bytes }
    };
    std::iter::once(root).chain(names).map(sized).collect()
}

impl StageSurvey {
    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let layer = |l: &Layer| json!({ "name": l.name, "bytes": l.bytes });
        let stated = |s: &Stated| json!({ "name": s.name, "value": s.value, "layer": s.layer });
        json!({
            "default_prim": self.default_prim,
            "metadata": self.stated.iter().map(stated).collect::<Vec<_>>(),
            "layers": self.layers.iter().map(layer).collect::<Vec<_>>(),
            "prims": self.prims,
            "unique_prims": self.unique,
            "instances": self.instances,
            "prototypes": self.prototypes,
        })
    }
}
