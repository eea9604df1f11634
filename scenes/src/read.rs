//! The composed stage into the recipe: every prim that differs, once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use halle_stage::watch::Composing;
use halle_world::Severity;
use openusd::sdf;
use openusd::usd::Stage;

use crate::error::SceneError;
use crate::opinions::Opinions;
use crate::options::LoadOptions;
use crate::raw::{Content, Parts, RawShape, RawSubset, Units};
use crate::reader::{PrimReader, Reading};
use crate::recipe::{Children, Node, Recipe};
use crate::share::Relocates;
use crate::transform::local_matrix;
use crate::{
    bindings, bodies, halle, joints, open, primvars, scatter, shapes, share, skins, supported,
    value, views,
};

/// Types that describe other prims and stand nowhere.
const NOWHERE: [&str; 7] = [
    "Material",
    "Shader",
    "NodeGraph",
    "GeomSubset",
    "RenderSettings",
    "RenderProduct",
    "RenderVar",
];

/// Reads all prims that take part.
pub(crate) fn read(
    path: &Path,
    stage: &Stage,
    reading: &Reading,
    units: Units,
    options: &LoadOptions,
) -> Result<Recipe, SceneError> {
    let mut reader = TreeReader {
        path,
        stage,
        composing: Composing::start("/"),
        reading,
        root_layers: stage.layer_stack(),
        layer_units: BTreeMap::new(),
        stage_units: units,
        follow_units: options.fix_units,
        share_subtrees: options.share_subtrees,
        known: BTreeMap::new(),
        relocates: Relocates::default(),
        classes: 0,
        outside: BTreeSet::new(),
        recipe: Recipe::default(),
    };
    let names = stage
        .root_prims()
        .map_err(|error| open::broken(path, error))?;
    for name in names {
        let Ok(prim) = sdf::Path::new(&format!("/{}", name.as_str())) else {
            continue;
        };
        reader.composing.beat(prim.as_str());
        let opinions = Opinions::on(stage, &prim).map_err(|e| open::broken(path, e))?;
        if let Some(root) = reader.subtree(&prim, opinions, units)? {
            reader.recipe.roots.push(root);
        }
    }
    Ok(reader.recipe)
}

struct TreeReader<'s> {
    path: &'s Path,
    stage: &'s Stage,
    composing: Composing,
    reading: &'s Reading,
    root_layers: Vec<String>,
    /// Units that a layer states, by its identifier.
    layer_units: BTreeMap<String, Option<Units>>,
    stage_units: Units,
    follow_units: bool,
    share_subtrees: bool,
    /// Where a subtree was read, by what makes it the same.
    known: BTreeMap<String, u32>,
    /// Whether layers move prims about.
    relocates: Relocates,
    /// Prims so far that classes take part in.
    classes: usize,
    /// Targets of the prims read last that lie outside of the subtree that is being read.
    outside: BTreeSet<String>,
    recipe: Recipe,
}

impl TreeReader<'_> {
    /// Reads a prim and all below it; `None` if it takes no part.
    fn subtree(
        &mut self,
        path: &sdf::Path,
        opinions: Opinions,
        parent_units: Units,
    ) -> Result<Option<u32>, SceneError> {
        let broken = |error: openusd::Error| open::broken(self.path, error);
        if !opinions.takes_part().map_err(broken)? {
            return Ok(None);
        }
        let prim = PrimReader::with(opinions, path, self.reading).map_err(broken)?;
        supported::report_unsupported(&prim);
        if NOWHERE.contains(&prim.kind.as_str()) {
            return Ok(None);
        }
        let (content, units) = self.content(&prim, parent_units)?;
        let index = self.recipe.nodes.len() as u32;
        self.recipe.nodes.push(Node {
            path: path.as_str().into(),
            content,
            children: Children::Own(Vec::new()),
            size: 1,
        });
        let composed = prim.opinions.composed().cloned();
        let (mut key, mut instance) = (None, false);
        if let Some(composed) = &composed {
            if share::has_classes(composed) {
                self.classes += 1;
            }
            instance = composed.is_instance().map_err(broken)?;
            if self.share_subtrees {
                key = share::key(
                    self.stage,
                    composed,
                    instance,
                    &self.root_layers,
                    &mut self.relocates,
                );
            }
        }
        if let Some(same) = key.as_ref().and_then(|key| self.known.get(key)) {
            let size = self.recipe.nodes[*same as usize].size;
            let node = &mut self.recipe.nodes[index as usize];
            (node.children, node.size) = (Children::Same(*same), size);
            // What stands below names nothing beside it, but the prim itself may.
            self.note_beyond(index, path.as_str());
            return Ok(Some(index));
        }
        let classes = self.classes;
        let opinions = prim.opinions;
        let names = opinions.child_names().map_err(broken)?;
        let (mut children, mut size) = (Vec::new(), 1);
        let beside = std::mem::take(&mut self.outside);
        for name in names {
            let Ok(child) = path.append_path(name.as_str()) else {
                continue;
            };
            self.composing.beat(child.as_str());
            let below = opinions.below(self.stage, &child).map_err(broken)?;
            if let Some(child) = self.subtree(&child, below, units)? {
                size += self.recipe.nodes[child as usize].size;
                children.push(child);
            }
        }
        let node = &mut self.recipe.nodes[index as usize];
        (node.children, node.size) = (Children::Own(children), size);
        self.outside.retain(|t| !is_within(t, path.as_str()));
        // What classes say below may depend on where the prim stands, and targets beside the prim
        // are other ones elsewhere; neither reaches into an instance.
        let alone = classes == self.classes && self.outside.is_empty();
        if let Some(key) = key.filter(|_| instance || alone) {
            self.known.insert(key, index);
        }
        self.outside.extend(beside);
        self.note_beyond(index, path.as_str());
        Ok(Some(index))
    }

    /// Notes which targets of a prim lie outside of its own subtree.
    fn note_beyond(&mut self, index: u32, path: &str) {
        let targets = self.recipe.nodes[index as usize].content.targets();
        let beyond = targets.filter(|t| !is_within(t, path));
        self.outside.extend(beyond.map(str::to_owned));
    }

    fn content(
        &mut self,
        prim: &PrimReader<'_>,
        parent_units: Units,
    ) -> Result<(Content, Units), SceneError> {
        let (mut local, resets) = local_matrix(prim);
        let units = self.units(prim, parent_units);
        if self.follow_units && units != parent_units {
            // What comes with the arc is measured in its own file's units.
            let ratio = units.meters / parent_units.meters;
            local *= nalgebra::Matrix4::new_scaling(ratio);
        }
        let purpose = prim
            .says("purpose")
            .then(|| prim.text_or("purpose", "default"));
        let mut parts = parts(prim);
        if let Some(RawShape::Mesh(mesh)) = &parts.shape {
            parts.subsets = self.subsets(prim);
            skins::check_sets(prim, &parts.subsets, mesh.face_count);
        }
        let content = Content {
            layer: prim.layer.clone(),
            local,
            resets,
            invisible: prim.text_or("visibility", "inherited") == "invisible",
            aside: purpose.map(|p| matches!(p.as_str(), "proxy" | "guide")),
            units: (self.follow_units && units != parent_units).then_some(units),
            instancer: prim.kind == "PointInstancer",
            bindings: bindings::read(prim),
            primvars: primvars::carried(prim),
            parts: is_something(&parts).then(|| Box::new(parts)),
        };
        Ok((content, units))
    }

    /// The face sets of a mesh that materials may be bound to.
    fn subsets(&self, mesh: &PrimReader<'_>) -> Vec<RawSubset> {
        let Ok(names) = mesh.opinions.child_names() else {
            return Vec::new();
        };
        let sets = names.iter().filter_map(|name| {
            let path = sdf::Path::new(&format!("{}/{}", mesh.path, name.as_str())).ok()?;
            let opinions = mesh.opinions.below(self.stage, &path).ok()?;
            let is_set =
                opinions.type_name().ok()? == "GeomSubset" && opinions.takes_part().ok()?;
            if !is_set {
                return None;
            }
            skins::subset(&PrimReader::with(opinions, &path, self.reading).ok()?)
        });
        sets.collect()
    }

    /// Units that hold at a prim: those of the file that an arc brings in, where it says some.
    fn units(&mut self, prim: &PrimReader<'_>, parent: Units) -> Units {
        let composed = prim.opinions.composed();
        let Some(stack) = composed.and_then(|prim| prim.prim_stack().ok()) else {
            return parent;
        };
        let mut units = parent;
        for site in &stack {
            if self.root_layers.contains(&site.layer) {
                continue;
            }
            let stated = self.layer_units(&site.layer);
            let Some(stated) = stated.filter(|u| *u != parent) else {
                continue;
            };
            // Below the arc the parent's units are already those of the file.
            if !self.is_default_prim(&site.layer, site.path.as_str()) {
                continue;
            }
            if !self.follow_units {
                let message = format!(
                    "`{}` has other units than the stage: {} m and {} kg instead of {} m and {} kg",
                    self.reading.layer_name(&site.layer),
                    stated.meters,
                    stated.kilograms,
                    self.stage_units.meters,
                    self.stage_units.kilograms
                );
                let help = "scale the prim that references it, or load with `--fix-units`";
                prim.find(Severity::Warning, "SC0115", "references", message, help);
                return parent;
            }
            units = stated;
            break;
        }
        units
    }

    fn is_default_prim(&self, layer: &str, path: &str) -> bool {
        path.matches('/').count() == 1 && self.stage.layer(layer).is_some()
    }

    /// What a layer says about units; parts that it does not say are USD's fallbacks of the stage.
    fn layer_units(&mut self, identifier: &str) -> Option<Units> {
        if let Some(known) = self.layer_units.get(identifier) {
            return *known;
        }
        let stated = self.stage.layer(identifier).and_then(|layer| {
            let root = layer.pseudo_root()?;
            let number = |name: &str| {
                let field = root.field(name).ok().flatten();
                field
                    .as_ref()
                    .and_then(value::number)
                    .filter(|v| value::is_unit(*v))
            };
            let (meters, kilograms) = (number("metersPerUnit"), number("kilogramsPerUnit"));
            (meters.is_some() || kilograms.is_some()).then(|| Units {
                meters: meters.unwrap_or(self.stage_units.meters),
                kilograms: kilograms.unwrap_or(self.stage_units.kilograms),
            })
        });
        self.layer_units.insert(identifier.to_owned(), stated);
        stated
    }
}

/// Whether a path is a prim or lies below it.
fn is_within(path: &str, prim: &str) -> bool {
    path.strip_prefix(prim)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn parts(prim: &PrimReader<'_>) -> Parts {
    Parts {
        body: bodies::body(prim),
        mass: bodies::mass(prim),
        articulation: bodies::articulation(prim),
        shape: shapes::read(prim),
        subsets: Vec::new(),
        collider: bodies::collider(prim),
        joint: joints::joint(prim),
        group: bodies::group(prim).map(Box::new),
        filtered: if prim.has("PhysicsFilteredPairsAPI") {
            prim.targets("physics:filteredPairs")
        } else {
            Vec::new()
        },
        surface_velocity: bodies::surface_velocity(prim),
        tool: halle::tool(prim),
        polishable: halle::polishable(prim),
        camera: views::camera(prim),
        light: views::light(prim),
        scene: bodies::scene(prim),
        actuator: joints::actuator(prim),
        spot: prim.has("NewtonSiteAPI") || prim.has("MjcSiteAPI"),
        scatter: scatter::read(prim).map(Box::new),
    }
}

fn is_something(parts: &Parts) -> bool {
    parts.body.is_some()
        || parts.mass.is_some()
        || parts.articulation.is_some()
        || parts.shape.is_some()
        || parts.collider.is_some()
        || parts.joint.is_some()
        || parts.group.is_some()
        || !parts.filtered.is_empty()
        || parts.surface_velocity.is_some()
        || parts.tool.is_some()
        || parts.polishable.is_some()
        || parts.camera.is_some()
        || parts.light.is_some()
        || parts.scene.is_some()
        || parts.actuator.is_some()
        || parts.spot
        || parts.scatter.is_some()
}
