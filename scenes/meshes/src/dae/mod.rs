//! COLLADA over `roxmltree`: units, up axis, the graph of nodes, geometry and materials.
//!
//! Written here because the readers that exist panic on sources that do not fit, and leave out the
//! up axis, instances and all but one material of a geometry.

mod geometry;
mod material;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use nalgebra::{Matrix4, Rotation3, Unit, Vector3};
use roxmltree::{Document, Node, ParsingOptions};

use crate::builder::check_size;
use crate::error::MeshError;
use crate::file::{MeshFile, MeshNote};
use geometry::Geometry;

/// Deepest nesting of nodes and instances that is followed.
const DEPTH_LIMIT: usize = 64;
/// Most nodes that are visited, instances counted each time.
const VISIT_LIMIT: usize = 100_000;
/// Most XML nodes in a file.
const XML_LIMIT: u32 = 10_000_000;

/// A file while it is read.
struct Dae<'d, 'i> {
    path: &'d Path,
    root: Node<'d, 'i>,
    ids: HashMap<&'d str, Node<'d, 'i>>,
    geometries: HashMap<&'d str, Geometry<'d>>,
    file: MeshFile,
    visits: usize,
    triangles: usize,
}

/// Reads a COLLADA file.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<MeshFile, MeshError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let options = ParsingOptions {
        nodes_limit: XML_LIMIT,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let line = Some(error.pos().row as usize);
        let reason = error.to_string();
        let path = path.to_owned();
        MeshError::Broken { path, line, reason }
    })?;
    let root = document.root_element();
    if root.tag_name().name() != "COLLADA" {
        let found = root.tag_name().name();
        let reason = format!("expected the element `COLLADA`, found `{found}`");
        return Err(MeshError::broken(path, reason));
    }
    let with_id = root
        .descendants()
        .filter_map(|n| Some((n.attribute("id")?, n)));
    let mut dae = Dae {
        path,
        root,
        ids: with_id.collect(),
        geometries: HashMap::new(),
        file: MeshFile::default(),
        visits: 0,
        triangles: 0,
    };
    let frame = dae.frame();
    dae.scene(&frame)?;
    Ok(dae.file)
}

/// First child element of a name.
fn child<'d, 'i>(node: Node<'d, 'i>, name: &str) -> Option<Node<'d, 'i>> {
    node.children().find(|c| c.tag_name().name() == name)
}

/// Child elements of a name.
fn children<'d, 'i>(node: Node<'d, 'i>, name: &'static str) -> impl Iterator<Item = Node<'d, 'i>> {
    node.children().filter(move |c| c.tag_name().name() == name)
}

/// All text directly inside a node.
fn text(node: Node<'_, '_>) -> String {
    node.children().filter_map(|c| c.text()).collect()
}

/// All numbers inside a node; a word that is no number stands as `NaN`.
fn numbers(node: Node<'_, '_>) -> Vec<f64> {
    let text = text(node);
    let words = text.split_ascii_whitespace();
    words.map(|w| w.parse().unwrap_or(f64::NAN)).collect()
}

impl<'d, 'i> Dae<'d, 'i> {
    /// The element that a local reference (`#id`) names.
    fn target(&self, reference: Option<&str>) -> Option<Node<'d, 'i>> {
        self.ids.get(reference?.strip_prefix('#')?).copied()
    }

    /// Turns the up axis to z and makes metres of the file's unit.
    fn frame(&mut self) -> Matrix4<f64> {
        let asset = child(self.root, "asset");
        let unit = asset.and_then(|a| child(a, "unit"));
        let meter = unit.and_then(|u| u.attribute("meter")?.trim().parse::<f64>().ok());
        let meter = meter.filter(|m| m.is_finite() && *m > 0.0).unwrap_or(1.0);
        let up = asset.and_then(|a| child(a, "up_axis")).map(text);
        // Rows give x, y, z of the turned frame: to the right, away and up.
        let turn = match up.as_deref().map(str::trim) {
            Some("Z_UP") => Matrix4::identity(),
            Some("X_UP") => {
                self.file.note(MeshNote::Turned("x"));
                Matrix4::new(
                    0.0, -1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
                    1.0,
                )
            }
            // Y is what COLLADA assumes where a file says nothing.
            _ => {
                self.file.note(MeshNote::Turned("y"));
                Matrix4::new(
                    1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0,
                )
            }
        };
        turn * Matrix4::new_scaling(meter)
    }

    /// The instantiated visual scene; the first one, or all geometries, where none is.
    fn scene(&mut self, frame: &Matrix4<f64>) -> Result<(), MeshError> {
        let instance = child(self.root, "scene").and_then(|s| child(s, "instance_visual_scene"));
        let named = instance.and_then(|i| self.target(i.attribute("url")));
        let first = || {
            let library = child(self.root, "library_visual_scenes")?;
            child(library, "visual_scene")
        };
        if let Some(scene) = named.or_else(first) {
            for node in children(scene, "node") {
                self.node(node, frame, 0)?;
            }
            return Ok(());
        }
        for library in children(self.root, "library_geometries") {
            for geometry in children(library, "geometry") {
                self.geometry(geometry, None, frame)?;
            }
        }
        Ok(())
    }

    fn node(
        &mut self,
        node: Node<'d, 'i>,
        frame: &Matrix4<f64>,
        depth: usize,
    ) -> Result<(), MeshError> {
        self.visits += 1;
        if depth > DEPTH_LIMIT || self.visits > VISIT_LIMIT {
            let reason = format!(
                "expected nodes at most {DEPTH_LIMIT} deep and {VISIT_LIMIT} in number, found more"
            );
            return Err(MeshError::broken(self.path, reason));
        }
        let mut frame = *frame;
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "matrix" | "translate" | "rotate" | "scale" => frame *= self.transform(child)?,
                "lookat" | "skew" => {
                    let what = format!("`{}` of a node", child.tag_name().name());
                    self.file.note(MeshNote::NotUsed(what));
                }
                _ => {}
            }
        }
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "node" => self.node(child, &frame, depth + 1)?,
                "instance_node" => match self.target(child.attribute("url")) {
                    Some(target) => self.node(target, &frame, depth + 1)?,
                    None => self.unresolved(child),
                },
                "instance_geometry" => match self.target(child.attribute("url")) {
                    Some(target) => self.geometry(target, Some(child), &frame)?,
                    None => self.unresolved(child),
                },
                "instance_controller" => {
                    let what = "skinned or morphed geometry".to_owned();
                    self.file.note(MeshNote::NotUsed(what));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn unresolved(&mut self, instance: Node<'d, 'i>) {
        let url = instance.attribute("url").unwrap_or_default();
        let what = format!("instance of `{url}`, which is not in the file");
        self.file.note(MeshNote::NotUsed(what));
    }

    fn transform(&self, element: Node<'d, 'i>) -> Result<Matrix4<f64>, MeshError> {
        let name = element.tag_name().name();
        let v = numbers(element);
        let count = match name {
            "matrix" => 16,
            "rotate" => 4,
            _ => 3,
        };
        if v.len() != count || !v.iter().all(|x| x.is_finite()) {
            let reason = format!("expected {count} numbers in `{name}`");
            return Err(self.broken(element, reason));
        }
        Ok(match name {
            "matrix" => Matrix4::from_row_slice(&v),
            "translate" => Matrix4::new_translation(&Vector3::new(v[0], v[1], v[2])),
            "scale" => Matrix4::new_nonuniform_scaling(&Vector3::new(v[0], v[1], v[2])),
            _ => match Unit::try_new(Vector3::new(v[0], v[1], v[2]), 0.0) {
                Some(axis) => Rotation3::from_axis_angle(&axis, v[3].to_radians()).to_homogeneous(),
                None => Matrix4::identity(),
            },
        })
    }

    fn broken(&self, element: Node<'d, 'i>, reason: String) -> MeshError {
        let line = element.document().text_pos_at(element.range().start).row;
        MeshError::Broken {
            path: self.path.to_owned(),
            line: Some(line as usize),
            reason,
        }
    }

    /// Adds the parts of a geometry at a place.
    fn geometry(
        &mut self,
        element: Node<'d, 'i>,
        instance: Option<Node<'d, 'i>>,
        frame: &Matrix4<f64>,
    ) -> Result<(), MeshError> {
        let key = element.attribute("id").unwrap_or_default();
        if !self.geometries.contains_key(key) || key.is_empty() {
            let read = self.read_geometry(element)?;
            self.geometries.insert(key, read);
        }
        let geometry = &self.geometries[key];
        let added: usize = geometry.parts.iter().map(|(_, p)| p.triangles.len()).sum();
        self.triangles += added;
        check_size(self.path, self.triangles)?;
        let parts = geometry.parts.clone();
        let symbols: BTreeSet<&str> = parts.iter().filter_map(|(s, _)| *s).collect();
        let looks: HashMap<&str, _> = symbols
            .into_iter()
            .map(|s| (s, self.material(s, instance)))
            .collect();
        for (symbol, mut part) in parts {
            part.transform(frame);
            part.material = symbol.and_then(|s| looks.get(s).cloned().flatten());
            self.file.parts.push(part);
        }
        Ok(())
    }
}
