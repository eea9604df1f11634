//! Composed prims in the form of the reference's dump (`testPcpCompositionResults`).

use std::fs;
use std::path::{Path, PathBuf};

use openusd::pcp::{ArcType, NodeId, PrimIndex};
use openusd::sdf::{self, LayerOffset, SpecType};
use openusd::usd::Stage;

/// How layers of one case are named.
pub(crate) struct Names {
    case: String,
    base: PathBuf,
}

impl Names {
    pub(crate) fn new(case: &str, folder: &Path) -> Self {
        Self {
            case: case.to_owned(),
            base: fs::canonicalize(folder).expect("the folder of a case is there"),
        }
    }

    /// A layer as seen from the folder of the root layer.
    pub(crate) fn short(&self, identifier: &str) -> String {
        let path = fs::canonicalize(identifier).unwrap_or_else(|_| identifier.into());
        let inside = path.strip_prefix(&self.base).ok();
        let inside = inside.or_else(|| path.file_name().map(Path::new));
        inside.unwrap_or(&path).to_string_lossy().into_owned()
    }

    /// A layer as the reference's error texts name it.
    pub(crate) fn long(&self, identifier: &str) -> String {
        let (case, short) = (&self.case, self.short(identifier));
        format!("composition/tests/assets/{case}/usda/{short}")
    }
}

pub(crate) fn rule() -> String {
    "-".repeat(72)
}

/// All prims that compose, inactive ones and what is below them too, parents first.
pub(crate) fn prims(stage: &Stage) -> Vec<sdf::Path> {
    let mut found = Vec::new();
    let mut open = vec![sdf::Path::abs_root()];
    while let Some(path) = open.pop() {
        let (children, _) = stage
            .prim_index(path.clone())
            .unwrap()
            .child_names()
            .unwrap();
        let below = children.iter().rev();
        open.extend(below.map(|name| path.append_path(name.as_str()).unwrap()));
        if !path.is_abs_root() {
            found.push(path);
        }
    }
    found
}

pub(crate) fn write(names: &Names, entry: &str, stage: &Stage, prims: &[sdf::Path]) -> String {
    let case = &names.case;
    let mut out = format!("Loading @composition/tests/assets/{case}/usda/{entry}@\n\n");
    out.push_str(&format!("{}\nLayer Stack:\n", rule()));
    for layer in stage.layer_stack() {
        out.push_str(&format!("     {}\n", names.short(&layer)));
    }
    out.push('\n');
    for path in prims {
        prim(&mut out, names, stage, path);
    }
    out
}

fn prim(out: &mut String, names: &Names, stage: &Stage, path: &sdf::Path) {
    let index = stage.prim_index(path.clone()).unwrap();
    out.push_str(&format!(
        "{}\nResults for composing <{path}>\n\nPrim Stack:\n",
        rule()
    ));
    for site in index.prim_stack().unwrap() {
        out.push_str(&format!(
            "    {:<20} {}\n",
            names.short(&site.layer),
            site.path
        ));
    }
    out.push('\n');
    offsets(out, names, stage, &index.graph().unwrap());
    let selections = index.variant_selections().unwrap();
    if !selections.is_empty() {
        out.push_str("Variant Selections:\n");
        for (set, selection) in selections {
            out.push_str(&format!("    {{{set} = {selection}}}\n"));
        }
        out.push('\n');
    }
    let (children, prohibited) = index.child_names().unwrap();
    let properties = index.property_names().unwrap();
    name_list(
        out,
        "Child names",
        children.iter().map(|name| name.as_str()),
    );
    name_list(
        out,
        "Prohibited child names",
        prohibited.iter().map(|name| name.as_str()),
    );
    name_list(
        out,
        "Property names",
        properties.iter().map(|name| name.as_str()),
    );

    let mut stacks = Vec::new();
    let (mut targets, mut connections, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
    for name in &properties {
        let property = path.append_property(name).unwrap();
        let sites = index.property_stack(name).unwrap();
        let line = |site: &openusd::usd::SpecSite| {
            format!("{:<20} {}", names.short(&site.layer), site.path)
        };
        stacks.push((property.clone(), sites.iter().map(line).collect::<Vec<_>>()));
        let relates = index.property_type(name).unwrap() == Some(SpecType::Relationship);
        let (paths, gone) = if relates {
            index.relationship_target_paths(name).unwrap()
        } else {
            index.attribute_connection_paths(name).unwrap()
        };
        let text = |paths: &[sdf::Path]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
        let list = if relates {
            &mut targets
        } else {
            &mut connections
        };
        list.push((property.clone(), text(&paths)));
        deleted.push((property, text(&gone)));
    }
    grouped(out, "Property stacks", stacks);
    grouped(out, "Relationship targets", targets);
    grouped(out, "Attribute connections", connections);
    grouped(out, "Deleted target paths", deleted);
}

/// A list of names as Python prints it; nothing if there are none.
fn name_list<'a>(out: &mut String, title: &str, names: impl Iterator<Item = &'a str>) {
    let quoted: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    if !quoted.is_empty() {
        out.push_str(&format!("{title}:\n     [{}]\n\n", quoted.join(", ")));
    }
}

/// Lines under the path of each property, by path; properties without lines are left out.
fn grouped(out: &mut String, title: &str, mut groups: Vec<(sdf::Path, Vec<String>)>) {
    groups.retain(|(_, lines)| !lines.is_empty());
    if groups.is_empty() {
        return;
    }
    groups.sort_by_key(|(path, _)| path.to_string());
    out.push_str(&format!("{title}:\n"));
    for (path, lines) in groups {
        out.push_str(&format!("{path}:\n"));
        for line in lines {
            out.push_str(&format!("    {line}\n"));
        }
    }
    out.push('\n');
}

/// Nodes of a prim index, each before what is below it, in order of strength.
fn walk(index: &PrimIndex) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut open: Vec<NodeId> = index.root().into_iter().collect();
    let root = index.root();
    while let Some(node) = open.pop() {
        if Some(node) != root {
            found.push(node);
        }
        open.extend(index.children(node).iter().rev().copied());
    }
    found
}

/// Time offsets of all nodes and of the sublayers of each, if any is not the identity.
fn offsets(out: &mut String, names: &Names, stage: &Stage, index: &PrimIndex) {
    let mut lines = String::new();
    let mut any = false;
    let numbers =
        |offset: LayerOffset| format!("(offset={:.2}, scale={:.2})", offset.offset, offset.scale);
    for id in walk(index) {
        let node = index.node(id);
        any |= !node.map_to_parent().time_offset().is_identity();
        let layer = stage.layer_identifier(node.layer_id()).unwrap_or_default();
        let path = node.path().to_string();
        let total = numbers(node.map_to_root().time_offset());
        let (layer, arc) = (names.short(&layer), arc(node.arc()));
        lines.push_str(&format!("    {layer:<20} {path:<15} {arc:<10} {total}\n"));
        let stack = stage
            .node_layer_stack(node)
            .expect("a composed node has a layer stack");
        for &(layer, offset) in stack.iter() {
            if !offset.is_identity() {
                any = true;
                let layer = stage.layer_identifier(layer).unwrap_or_default();
                let (layer, arc) = (names.short(&layer), "sublayer");
                lines.push_str(&format!(
                    "        {layer:<32} {arc:<10} {}\n",
                    numbers(offset)
                ));
            }
        }
    }
    if any {
        out.push_str(&format!("Time Offsets:\n{lines}\n"));
    }
}

fn arc(arc: ArcType) -> &'static str {
    match arc {
        ArcType::Root => "root",
        ArcType::Inherit => "inherit",
        ArcType::Variant => "variant",
        ArcType::Relocate => "relocate",
        ArcType::Reference => "reference",
        ArcType::Payload => "payload",
        ArcType::Specialize => "specialize",
    }
}
