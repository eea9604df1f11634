//! Sources and primitives of a COLLADA geometry.

use std::collections::HashMap;

use roxmltree::Node;

use super::{Dae, child, children, numbers, text};
use crate::builder::{Builder, Corner, Tables, check_size};
use crate::error::MeshError;
use crate::file::{MeshNote, MeshPart};

/// Parts of a geometry in its own frame and units, with the symbols of their materials.
#[derive(Clone, Debug, Default)]
pub(super) struct Geometry<'d> {
    pub(super) parts: Vec<(Option<&'d str>, MeshPart)>,
}

/// Values of the sources of a mesh, read once each.
#[derive(Default)]
struct Sources<'d> {
    triples: HashMap<&'d str, Vec<[f64; 3]>>,
    pairs: HashMap<&'d str, Vec<[f64; 2]>>,
}

/// Where the corners of a primitive find their indices, and what those mean.
#[derive(Default)]
struct Layout<'d> {
    stride: usize,
    points: Option<(usize, &'d str)>,
    normals: Option<(usize, &'d str)>,
    uvs: Option<(usize, &'d str)>,
}

impl<'d, 'i> Dae<'d, 'i> {
    pub(super) fn read_geometry(
        &mut self,
        element: Node<'d, 'i>,
    ) -> Result<Geometry<'d>, MeshError> {
        let mut geometry = Geometry::default();
        let Some(mesh) = child(element, "mesh") else {
            let what = "geometry that is no mesh (a spline or convex hull)".to_owned();
            self.file.note(MeshNote::NotUsed(what));
            return Ok(geometry);
        };
        let name = element.attribute("name").or(element.attribute("id"));
        let mut sources = Sources::default();
        let mut count = 0;
        for primitive in mesh.children().filter(Node::is_element) {
            match primitive.tag_name().name() {
                "triangles" | "polylist" | "polygons" | "trifans" | "tristrips" => {
                    let name = name.unwrap_or_default().to_owned();
                    let part = self.primitive(mesh, primitive, name, &mut sources)?;
                    count += part.triangles.len();
                    check_size(self.path, count)?;
                    geometry.parts.push((primitive.attribute("material"), part));
                }
                "lines" | "linestrips" => {
                    let what = "points or lines".to_owned();
                    self.file.note(MeshNote::NotUsed(what));
                }
                _ => {}
            }
        }
        Ok(geometry)
    }

    fn primitive(
        &mut self,
        mesh: Node<'d, 'i>,
        primitive: Node<'d, 'i>,
        name: String,
        sources: &mut Sources<'d>,
    ) -> Result<MeshPart, MeshError> {
        let layout = self.layout(mesh, primitive, sources)?;
        let Some((_, points)) = layout.points else {
            return Err(self.broken(primitive, "expected an input of positions".to_owned()));
        };
        let none = Vec::new();
        let tables = Tables {
            points: &sources.triples[points],
            normals: layout.normals.map_or(&none, |(_, s)| &sources.triples[s]),
            uvs: layout.uvs.map_or(&[][..], |(_, s)| &sources.pairs[s]),
        };
        let mut builder = Builder::new(name, tables);
        let kind = primitive.tag_name().name();
        let out = || {
            self.broken(
                primitive,
                format!("expected indices within the sources of `{kind}`"),
            )
        };
        let mut lists = Vec::new();
        for p in primitive.children().filter(Node::is_element) {
            match p.tag_name().name() {
                "p" => lists.push(indices(p).ok_or_else(out)?),
                // The outline of a polygon with holes; its holes are filled.
                "ph" => lists.extend(child(p, "p").and_then(indices)),
                _ => {}
            }
        }
        let corners = |list: &[usize]| -> Vec<Corner> {
            let chunks = list.chunks_exact(layout.stride);
            chunks.map(|chunk| layout.corner(chunk)).collect()
        };
        for list in lists {
            let corners = corners(&list);
            match kind {
                "triangles" => {
                    let faces = corners.chunks_exact(3);
                    faces.map(|f| builder.polygon(f)).collect::<Option<()>>()
                }
                "polylist" => self.polylist(primitive, &corners, &mut builder),
                "tristrips" => (2..corners.len())
                    .map(|k| {
                        let (a, b) = if k % 2 == 0 {
                            (k - 2, k - 1)
                        } else {
                            (k - 1, k - 2)
                        };
                        builder.polygon(&[corners[a], corners[b], corners[k]])
                    })
                    .collect(),
                _ => builder.polygon(&corners),
            }
            .ok_or_else(out)?;
        }
        if child(primitive, "ph").is_some() {
            let what = "holes of polygons".to_owned();
            self.file.note(MeshNote::NotUsed(what));
        }
        Ok(builder.finish())
    }

    fn polylist(
        &self,
        primitive: Node<'d, 'i>,
        corners: &[Corner],
        builder: &mut Builder<'_>,
    ) -> Option<()> {
        let counts = indices(child(primitive, "vcount")?)?;
        let mut rest = corners;
        for count in counts {
            let face;
            (face, rest) = rest.split_at_checked(count)?;
            builder.polygon(face)?;
        }
        Some(())
    }

    /// Reads the inputs of a primitive and the sources that they name.
    fn layout(
        &self,
        mesh: Node<'d, 'i>,
        primitive: Node<'d, 'i>,
        sources: &mut Sources<'d>,
    ) -> Result<Layout<'d>, MeshError> {
        let mut layout = Layout::default();
        for input in children(primitive, "input") {
            let offset = input
                .attribute("offset")
                .map_or(Some(0), |o| o.trim().parse().ok());
            let Some(offset) = offset.filter(|o: &usize| *o < 64) else {
                return Err(self.broken(input, "expected an offset below 64".to_owned()));
            };
            layout.stride = layout.stride.max(offset + 1);
            if input.attribute("semantic") != Some("VERTEX") {
                self.input(input, offset, &mut layout, sources)?;
                continue;
            }
            // Normals may stand with the positions, or with the corners, which then win.
            let named = self.target(input.attribute("source"));
            let vertices = named.or_else(|| child(mesh, "vertices"));
            for inner in vertices.into_iter().flat_map(|v| children(v, "input")) {
                self.input(inner, offset, &mut layout, sources)?;
            }
        }
        Ok(layout)
    }

    fn input(
        &self,
        input: Node<'d, 'i>,
        offset: usize,
        layout: &mut Layout<'d>,
        sources: &mut Sources<'d>,
    ) -> Result<(), MeshError> {
        let semantic = input.attribute("semantic").unwrap_or_default();
        if !matches!(semantic, "POSITION" | "NORMAL" | "TEXCOORD") {
            return Ok(());
        }
        let reference = input.attribute("source");
        let (Some(id), Some(source)) = (
            reference.and_then(|r| r.strip_prefix('#')),
            self.target(reference),
        ) else {
            let reason = format!("expected a source for {semantic} in the file");
            return Err(self.broken(input, reason));
        };
        if semantic == "TEXCOORD" {
            if layout.uvs.is_none() {
                if !sources.pairs.contains_key(id) {
                    sources.pairs.insert(id, self.source(source)?);
                }
                layout.uvs = Some((offset, id));
            }
            return Ok(());
        }
        if !sources.triples.contains_key(id) {
            sources.triples.insert(id, self.source(source)?);
        }
        let slot = match semantic {
            "POSITION" => &mut layout.points,
            _ => &mut layout.normals,
        };
        *slot = Some((offset, id));
        Ok(())
    }

    /// The tuples of a source as its accessor lays them out.
    fn source<const N: usize>(&self, source: Node<'d, 'i>) -> Result<Vec<[f64; N]>, MeshError> {
        let accessor = child(source, "technique_common").and_then(|t| child(t, "accessor"));
        let named = accessor.and_then(|a| self.target(a.attribute("source")));
        let array = named.or_else(|| child(source, "float_array"));
        let Some(array) = array else {
            return Err(self.broken(source, "expected a `float_array`".to_owned()));
        };
        let number = |name: &str, otherwise: usize| {
            let attribute = accessor.and_then(|a| a.attribute(name));
            attribute.map_or(Some(otherwise), |v| v.trim().parse().ok())
        };
        let (Some(stride), Some(start)) = (number("stride", N), number("offset", 0)) else {
            return Err(self.broken(source, "expected whole numbers in `accessor`".to_owned()));
        };
        if stride < N {
            let reason = format!("expected a stride of at least {N}, found {stride}");
            return Err(self.broken(source, reason));
        }
        let values = numbers(array);
        let tail = values.get(start..).unwrap_or_default();
        // The last tuple may end before its stride does.
        let tuples = tail
            .chunks(stride)
            .filter_map(|c| c.first_chunk::<N>().copied());
        Ok(tuples.collect())
    }
}

impl Layout<'_> {
    fn corner(&self, chunk: &[usize]) -> Corner {
        let at = |input: Option<(usize, &str)>| input.map(|(offset, _)| chunk[offset]);
        let point = at(self.points).unwrap_or(usize::MAX);
        (point, at(self.normals), at(self.uvs))
    }
}

/// Whole numbers inside a node; `None` if something else stands there.
fn indices(node: Node<'_, '_>) -> Option<Vec<usize>> {
    let text = text(node);
    text.split_ascii_whitespace()
        .map(|w| w.parse().ok())
        .collect()
}
