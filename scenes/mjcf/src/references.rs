//! Names in a model, and the elements that refer to them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::MjcfError;
use crate::tree::Element;

/// The kind of thing that an attribute names, if it is one that a namespace renames.
pub(crate) fn reference_kind(element: &Element, attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "joint" | "joint1" | "joint2" | "jointinparent" => "joint",
        "body" | "body1" | "body2" | "target" | "subtree1" | "subtree2" => "body",
        "site" | "site1" | "site2" | "cranksite" | "slidersite" | "refsite" | "sidesite" => "site",
        "geom" | "geom1" | "geom2" => "geom",
        "tendon" | "tendon1" | "tendon2" => "tendon",
        "actuator" => "actuator",
        "camera" => "camera",
        "material" => "material",
        "mesh" => "mesh",
        "hfield" => "hfield",
        "texture" => "texture",
        "objname" => object_kind(element.text("objtype").unwrap_or_default()),
        "refname" => object_kind(element.text("reftype").unwrap_or_default()),
        _ => return None,
    })
}

fn object_kind(word: &str) -> &'static str {
    match word {
        "geom" => "geom",
        "site" => "site",
        "camera" => "camera",
        "joint" => "joint",
        _ => "body",
    }
}

/// The kind of thing that an element makes.
pub(crate) fn made_kind(name: &str) -> &'static str {
    match name {
        "body" => "body",
        "joint" | "freejoint" => "joint",
        "geom" => "geom",
        "site" => "site",
        "camera" => "camera",
        "light" => "light",
        "frame" => "frame",
        _ => "element",
    }
}

/// Names in a subtree of the kinematic tree.
pub(crate) type Names = BTreeSet<(&'static str, String)>;

pub(crate) fn collect(element: &Element, names: &mut Names) {
    if let Some(name) = element.text("name") {
        names.insert((made_kind(&element.name), name.to_owned()));
    }
    element
        .children
        .iter()
        .for_each(|child| collect(child, names));
}

/// Gives the elements of a subtree new names, and follows references to `names`.
pub(crate) fn rename(element: &mut Element, names: &Names, to: &dyn Fn(&str) -> String) {
    let changed: Vec<(usize, String)> = element
        .attributes
        .iter()
        .enumerate()
        .filter(|(_, (attribute, text))| {
            let kind = match &**attribute {
                "name" => return !text.trim().is_empty(),
                other => reference_kind(element, other),
            };
            kind.is_some_and(|kind| names.contains(&(kind, text.clone())))
        })
        .map(|(k, (_, text))| (k, to(text)))
        .collect();
    for (k, text) in changed {
        element.attributes[k].1 = text;
    }
    for child in &mut element.children {
        rename(child, names, to);
    }
}

/// Moves a subtree from one scope to another; what comes from elsewhere stays there.
pub(crate) fn set_scope(element: &mut Element, from: usize, to: usize) {
    if element.scope == from {
        element.scope = to;
    }
    element
        .children
        .iter_mut()
        .for_each(|child| set_scope(child, from, to));
}

/// Name of a file without folders and extension.
pub(crate) fn stem(file: &str) -> String {
    let short = file.rsplit(['/', '\\']).next().unwrap_or(file);
    Path::new(short)
        .file_stem()
        .map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

pub(crate) fn asset_names(root: &Element) -> Vec<(&'static str, String)> {
    let sections = root.children.iter().filter(|s| &*s.name == "asset");
    let elements = sections.flat_map(|s| s.children.iter());
    let named = elements.filter_map(|e| {
        let kind = match &*e.name {
            "mesh" => "mesh",
            "hfield" => "hfield",
            "texture" => "texture",
            "material" => "material",
            _ => return None,
        };
        let name = e.text("name").map(str::to_owned);
        Some((kind, name.or_else(|| e.text("file").map(stem))?))
    });
    named.collect()
}

/// Puts tendons and actuators, which others refer to, among the names.
pub(crate) fn name_made(section: &str, elements: &[Element], names: &mut Names) {
    let kind = match section {
        "tendon" => "tendon",
        "actuator" => "actuator",
        _ => return,
    };
    let given = elements.iter().filter_map(|e| e.text("name"));
    names.extend(given.map(|name| (kind, name.to_owned())));
}

/// How many references of an element go into a subtree, and how many elsewhere.
pub(crate) fn references(element: &Element, names: &Names) -> [usize; 2] {
    let mut count = [0, 0];
    for (attribute, text) in &element.attributes {
        let Some(kind) = reference_kind(element, attribute) else {
            continue;
        };
        let asset = matches!(kind, "material" | "mesh" | "hfield" | "texture");
        if !asset && !text.trim().is_empty() {
            count[usize::from(!names.contains(&(kind, text.clone())))] += 1;
        }
    }
    for child in &element.children {
        let [inside, outside] = references(child, names);
        count = [count[0] + inside, count[1] + outside];
    }
    count
}

/// The first name that an element refers to and that nothing has.
pub(crate) fn unresolved(element: &Element, names: &Names) -> Option<MjcfError> {
    let own = element.attributes.iter().find_map(|(attribute, text)| {
        let kind = reference_kind(element, attribute)?;
        let asset = matches!(kind, "material" | "mesh" | "hfield" | "texture");
        let known = names.contains(&(kind, text.clone()));
        (!asset && !known && !text.trim().is_empty()).then(|| element.unknown(kind, text))
    });
    own.or_else(|| {
        element
            .children
            .iter()
            .find_map(|child| unresolved(child, names))
    })
}

/// A copy of a body or frame by name, its inherited class written onto it.
pub(crate) fn search(element: &Element, kind: &str, name: &str, class: &str) -> Option<Element> {
    let class = element.text("childclass").unwrap_or(class);
    if &*element.name == kind && element.text("name") == Some(name) {
        let mut found = element.clone();
        found.set("childclass", class.to_owned());
        return Some(found);
    }
    element
        .children
        .iter()
        .find_map(|child| search(child, kind, name, class))
}
