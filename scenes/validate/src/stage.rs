//! What only the composed stage tells: default prim, nesting, scales, missing files.
//!
//! Subtrees that are the same in many places are looked at in the first of them.

use std::collections::BTreeSet;

use halle_stage::StageError;
use halle_stage::open::Scene;
use halle_stage::xform::XformCache;
use halle_world::Site;
use openusd::sdf::{AssetPath, Value};
use openusd::usd::{Prim, PrimPredicate};

use crate::lines::Lines;
use crate::report::Entry;
use crate::rule::{self, Rule};
use crate::sink::{Sink, Word, word};
use crate::subtrees::Subtrees;
use crate::wording::{count, number};

/// Relative room for rounding of scales.
const EVEN: f64 = 1e-4;
/// Cosine above which two axes are not square to each other.
const SKEW: f64 = 1e-4;

/// Checks a stage.
pub(crate) fn check(scene: &Scene, sink: &mut Sink) -> Result<(), StageError> {
    metadata(scene, sink)?;
    let mut walk = Walk {
        scene,
        sink,
        xforms: XformCache::new(scene, None),
        subtrees: Subtrees::of(scene),
        seen: BTreeSet::new(),
        proxies: Vec::new(),
        nested: Vec::new(),
    };
    for name in scene.stage().root_prims()? {
        let prim = scene.stage().prim(format!("/{}", name.as_str()))?;
        walk.prim(&prim, None)?;
    }
    let (proxies, nested) = (walk.proxies, walk.nested);
    if let Some((first, outer)) = nested.first() {
        let text = word(
            format!(
                "{} below another, the first below `{outer}`",
                count(nested.len(), "rigid body")
            ),
            "author `!resetXformStack!` on them, or make them siblings, where PhysX is to read them",
        )
        .note("halle, MuJoCo and Newton move them by themselves, PhysX refuses them");
        sink.at(&rule::NESTED_BODY, first.clone(), text);
    }
    if let Some(first) = proxies.first() {
        let text = word(
            format!(
                "rigid bodies stand below instances: {} different",
                proxies.len()
            ),
            "take `instanceable` off where other engines must move the parts",
        )
        .note("halle moves instances; UsdPhysics says that bodies cannot be instanced");
        sink.at(&rule::INSTANCED_BODY, first.clone(), text);
    }
    // Layers join as prims are composed.
    layers(scene, sink);
    Ok(())
}

/// The root layer's own metadata.
fn metadata(scene: &Scene, sink: &mut Sink) -> Result<(), StageError> {
    let stage = scene.stage();
    let root = Site {
        layer: root_name(scene),
        ..Site::default()
    };
    let named = stage.default_prim();
    let there = match &named {
        Some(name) => {
            let text = name.as_str();
            let path = if text.starts_with('/') {
                text.to_owned()
            } else {
                format!("/{text}")
            };
            stage
                .prim(path.as_str())
                .is_ok_and(|p| p.is_valid().unwrap_or(false))
        }
        None => false,
    };
    if !there {
        let message = match named {
            Some(name) => format!("default prim `{}` is not there", name.as_str()),
            None => "stage has no default prim".to_owned(),
        };
        let text = word(message, "author `defaultPrim` in the root layer's metadata")
            .note("a reference to this file that names no prim finds nothing");
        sink.at(&rule::DEFAULT_PRIM, root.with_property("defaultPrim"), text);
    }
    let mut roots = Vec::new();
    for name in stage.root_prims()? {
        let path = format!("/{}", name.as_str());
        let prim = stage.prim(path.as_str())?;
        if stage.prim_matches(prim.path(), PrimPredicate::DEFAULT)? {
            roots.push(path);
        }
    }
    if roots.len() > 1 {
        let text = word(
            format!("{}: {}", count(roots.len(), "root prim"), roots.join(", ")),
            "put everything below one prim",
        )
        .note("who references the default prim gets none of the others");
        sink.at(&rule::ROOTS, root.clone(), text);
    }
    let authored = |field: &str| -> Result<Option<Value>, StageError> {
        let value = stage.stage_metadata(field)?;
        let says = stage
            .root_layer()
            .data()
            .has_field(&openusd::sdf::Path::abs_root(), field);
        Ok(value.filter(|_| says))
    };
    if authored("kilogramsPerUnit")?.is_none() {
        let text = word(
            "stage does not say `kilogramsPerUnit`: 1 is assumed",
            "author it",
        );
        sink.at(
            &rule::MASS_UNIT,
            root.with_property("kilogramsPerUnit"),
            text,
        );
    }
    if let Some(Value::Double(metres)) = authored("metersPerUnit")?
        && metres != 1.0
    {
        let text = word(
            format!("`metersPerUnit` is {}", number(metres)),
            "write assets in metres: references do not convert units",
        );
        sink.at(&rule::METRES, root.with_property("metersPerUnit"), text);
    }
    if let Some(Value::Token(axis)) = authored("upAxis")?
        && axis.as_str() != "Z"
    {
        let text = word(
            format!("`upAxis` is {}", axis.as_str()),
            "write assets with z up: references do not turn them",
        );
        sink.at(&rule::UP_AXIS, root.with_property("upAxis"), text);
    }
    Ok(())
}

fn root_name(scene: &Scene) -> String {
    let name = scene.file().file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Layers that lie outside of the folder of the root layer.
fn layers(scene: &Scene, sink: &mut Sink) {
    let root = Site {
        layer: root_name(scene),
        ..Site::default()
    };
    let outside =
        |name: &String| name.starts_with("..") || std::path::Path::new(name).is_absolute();
    let mut found: Vec<String> = scene
        .stage()
        .layer_identifiers()
        .iter()
        .map(|name| scene.relative(name))
        .filter(outside)
        .collect();
    found.sort_unstable();
    found.dedup();
    if let Some(first) = found.first() {
        let text = word(
            format!(
                "{} outside of the folder of the root layer: {first}",
                count(found.len(), "layer")
            ),
            "copy what belongs to the asset into its folder and reference it from there",
        )
        .note("the file cannot be moved or sent by itself");
        sink.at(&rule::UNANCHORED, root, text);
    }
}

/// The walk over the stage.
struct Walk<'s> {
    scene: &'s Scene,
    sink: &'s mut Sink,
    xforms: XformCache,
    subtrees: Subtrees,
    /// Subtrees that were looked into, with what is above them.
    seen: BTreeSet<(String, Vec<i64>, Option<bool>)>,
    /// Bodies below instances.
    proxies: Vec<Site>,
    /// Bodies below other bodies, and these.
    nested: Vec<(Site, String)>,
}

/// A body that is above a prim, and whether something between them resets the transform.
#[derive(Clone)]
struct Above {
    body: String,
    resets: bool,
}

impl Walk<'_> {
    fn prim(&mut self, prim: &Prim, above: Option<&Above>) -> Result<(), StageError> {
        if !self
            .scene
            .stage()
            .prim_matches(prim.path(), PrimPredicate::DEFAULT)?
        {
            return Ok(());
        }
        let apis = prim.authored_api_schemas()?;
        let has = |name: &str| apis.iter().any(|api| api.as_str() == name);
        let resets = above.is_some() && self.xforms.local(prim).1;
        let above = above.map(|a| Above {
            body: a.body.clone(),
            resets: a.resets || resets,
        });
        let mut below = above.clone();
        let enabled = has("PhysicsRigidBodyAPI") && truth(prim, "physics:rigidBodyEnabled", true);
        if has("PhysicsRigidBodyAPI") {
            self.body(prim, above.as_ref(), enabled)?;
            if enabled {
                below = Some(Above {
                    body: prim.path().as_str().to_owned(),
                    resets: false,
                });
            } else if has("PhysicsArticulationRootAPI") {
                let help = "switch the body on, or put the root on the base link that moves";
                let text = word("articulation root on a body that is switched off", help);
                self.tell(&rule::STATIC_ROOT, prim, "physics:rigidBodyEnabled", text)?;
            }
        }
        self.targets(prim)?;
        self.files(prim)?;
        if let Some(same) = self.subtrees.key(prim)? {
            // What stands above counts as well: a scale, a body.
            let linear = self
                .xforms
                .world(prim)
                .fixed_view::<3, 3>(0, 0)
                .into_owned();
            let stretch = linear.tr_mul(&linear).map(|v| (v * 1e6).round() as i64);
            let bodies = below.as_ref().map(|b| b.resets);
            if !self
                .seen
                .insert((same, stretch.as_slice().to_vec(), bodies))
            {
                return Ok(());
            }
        }
        for child in prim.children()? {
            self.prim(&child, below.as_ref())?;
        }
        Ok(())
    }

    fn body(
        &mut self,
        prim: &Prim,
        above: Option<&Above>,
        enabled: bool,
    ) -> Result<(), StageError> {
        if !prim.is_a("Xformable")? {
            let kind = prim.type_name()?.map_or_else(
                || "without a type".to_owned(),
                |t| format!("of type `{}`", t.as_str()),
            );
            let text = word(
                format!("rigid body on a prim {kind}, which has no pose"),
                "use an `Xform` or a shape",
            );
            return self.tell(&rule::UNPLACED_BODY, prim, "apiSchemas", text);
        }
        if !enabled {
            return Ok(());
        }
        if let Some(above) = above.filter(|a| !a.resets) {
            let site = self.site(prim, "apiSchemas")?;
            self.nested.push((site, above.body.clone()));
        }
        if prim.is_instance_proxy()? {
            let site = self.site(prim, "apiSchemas")?;
            self.proxies.push(site);
        }
        self.scale(prim)
    }

    /// Uneven, mirroring and shearing transforms above a body.
    fn scale(&mut self, prim: &Prim) -> Result<(), StageError> {
        let world = self
            .xforms
            .world(prim)
            .fixed_view::<3, 3>(0, 0)
            .into_owned();
        let axes = [0, 1, 2].map(|k| world.column(k).into_owned());
        let sizes = axes.map(|a| a.norm());
        let (least, most) = (
            sizes[0].min(sizes[1]).min(sizes[2]),
            sizes[0].max(sizes[1]).max(sizes[2]),
        );
        if !(least > 0.0 && most.is_finite()) {
            return Ok(());
        }
        let skew = [(0, 1), (1, 2), (2, 0)]
            .map(|(i, j)| (axes[i].dot(&axes[j]) / (sizes[i] * sizes[j])).abs());
        if skew.iter().any(|s| *s > SKEW) {
            let text = word(
                "transform of the body shears it",
                "scale the shapes instead of the body or what is above it",
            )
            .note("a pose has no shear: it is left out");
            self.tell(&rule::SCALED_BODY, prim, "xformOpOrder", text)?;
        } else if most - least > EVEN * most && !self.is_shape(prim)? {
            let [x, y, z] = sizes.map(number);
            let text = word(
                format!("body is scaled unevenly: ({x}, {y}, {z})"),
                "scale the shapes instead of the body or what is above it",
            )
            .note("round shapes and inertias cannot follow");
            self.tell(&rule::UNEVEN_BODY, prim, "xformOpOrder", text)?;
        }
        if world.determinant() < 0.0 {
            let text = word(
                "transform of the body mirrors it",
                "mirror the meshes instead, or author a second asset",
            )
            .note("a pose has no mirror image: joints and inertias turn the other way");
            self.tell(&rule::MIRRORED, prim, "xformOpOrder", text)?;
        }
        Ok(())
    }

    /// Whether a prim is a shape with nothing below: its scale is the size of the shape.
    fn is_shape(&self, prim: &Prim) -> Result<bool, StageError> {
        Ok(prim.is_a("Gprim")? && prim.children()?.is_empty())
    }

    /// Joints that name several bodies on a side.
    fn targets(&mut self, prim: &Prim) -> Result<(), StageError> {
        let kind = prim.type_name()?;
        let joint = kind
            .is_some_and(|t| t.as_str().starts_with("Physics") && t.as_str().ends_with("Joint"));
        if !joint {
            return Ok(());
        }
        for property in ["physics:body0", "physics:body1"] {
            let targets = prim.relationship(property).targets()?;
            if targets.len() > 1 {
                let text = word(
                    format!(
                        "joint names {} bodies on one side: the first counts",
                        targets.len()
                    ),
                    "name one body, and give every other its own joint",
                );
                self.tell(&rule::MANY_TARGETS, prim, property, text)?;
            }
        }
        Ok(())
    }

    /// Files that shaders and lights name.
    fn files(&mut self, prim: &Prim) -> Result<(), StageError> {
        let kind = prim.type_name()?;
        let reads =
            |t: &str| t == "Shader" || t == "Material" || t == "NodeGraph" || t.contains("Light");
        if !kind.is_some_and(|t| reads(t.as_str())) {
            return Ok(());
        }
        for attribute in prim.authored_attributes()? {
            let named: Vec<AssetPath> = match attribute.get::<Value>()? {
                Some(Value::AssetPath(path)) => vec![path],
                Some(Value::AssetPathVec(paths)) => paths,
                _ => continue,
            };
            for path in named {
                let missing = path.resolved_path().is_none_or(str::is_empty);
                // Tiles are found one by one when the picture is made.
                let tiles = path.asset_path().contains("<UDIM>");
                // A module of MDL without a folder comes with the renderer.
                let module =
                    path.asset_path().ends_with(".mdl") && !path.asset_path().contains('/');
                if path.asset_path().is_empty() || !missing || tiles || module {
                    continue;
                }
                let text = word(
                    format!("file `{}` is not there", path.asset_path()),
                    "put the file where it is looked for, or correct its name",
                );
                self.tell(&rule::MISSING_FILE, prim, attribute.name(), text)?;
            }
        }
        Ok(())
    }

    fn site(&self, prim: &Prim, property: &str) -> Result<Site, StageError> {
        let stack = prim.prim_stack()?;
        let layer = stack.first().map(|s| self.scene.relative(&s.layer));
        Ok(Site {
            layer: layer.unwrap_or_default(),
            prim: prim.path().as_str().to_owned(),
            property: property.to_owned(),
        })
    }

    fn tell(
        &mut self,
        rule: &Rule,
        prim: &Prim,
        property: &str,
        text: Word,
    ) -> Result<(), StageError> {
        let site = self.site(prim, property)?;
        self.sink.at(rule, site, text);
        Ok(())
    }
}

fn truth(prim: &Prim, name: &str, otherwise: bool) -> bool {
    match prim.attribute(name).get::<Value>() {
        Ok(Some(Value::Bool(value))) => value,
        _ => otherwise,
    }
}

/// Finds the lines that entries are about: of the property, or of the prim if no layer has it.
pub(crate) fn locate(scene: &Scene, entries: &mut [Entry]) {
    let mut lines = Lines::default();
    for entry in entries.iter_mut().filter(|e| e.line.is_none()) {
        entry.line = line(scene, &mut lines, &entry.finding.site);
    }
}

fn line(scene: &Scene, lines: &mut Lines, site: &Site) -> Option<usize> {
    let file = |layer: &str| {
        let path = scene.folder().join(layer);
        path.to_string_lossy().into_owned()
    };
    if site.prim.is_empty() {
        let found = lines.find(&file(&site.layer), "/", &site.property)?;
        // Nothing in particular is meant by the first line.
        return (found > 1).then_some(found);
    }
    let prim = scene.stage().prim(site.prim.as_str()).ok()?;
    if !site.property.is_empty() {
        let stack = prim
            .prim_index()
            .property_stack(site.property.as_str())
            .ok();
        let spec = stack.and_then(|s| s.into_iter().next());
        if let Some(spec) = spec {
            let layer = scene.relative(&spec.layer);
            if layer == site.layer {
                return lines.find(
                    &file(&layer),
                    spec.path.prim_path().as_str(),
                    &site.property,
                );
            }
        }
    }
    let stack = prim.prim_stack().ok()?;
    let mut specs = stack
        .iter()
        .filter(|s| scene.relative(&s.layer) == site.layer);
    let spec = specs.next()?;
    lines.find(&file(&site.layer), spec.path.as_str(), &site.property)
}
