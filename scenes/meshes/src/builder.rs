//! Corners that name point, normal and texture coordinate apart become points that hold all three.

use std::collections::HashMap;
use std::path::Path;

use crate::error::MeshError;
use crate::file::MeshPart;

/// Most triangles, and a third of the most points, that a file may hold.
pub(crate) const TRIANGLE_LIMIT: usize = 50_000_000;

/// Indices of a corner's point, normal and texture coordinate.
pub(crate) type Corner = (usize, Option<usize>, Option<usize>);

/// Tables that corners point into.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tables<'t> {
    /// Positions.
    pub(crate) points: &'t [[f64; 3]],
    /// Normals.
    pub(crate) normals: &'t [[f64; 3]],
    /// Texture coordinates.
    pub(crate) uvs: &'t [[f64; 2]],
}

/// Builds one part from polygons.
#[derive(Debug)]
pub(crate) struct Builder<'t> {
    tables: Tables<'t>,
    known: HashMap<Corner, u32>,
    part: MeshPart,
    smooth: bool,
    mapped: bool,
}

impl<'t> Builder<'t> {
    /// A part without triangles.
    pub(crate) fn new(name: String, tables: Tables<'t>) -> Self {
        let part = MeshPart {
            name,
            ..MeshPart::default()
        };
        Self {
            tables,
            known: HashMap::new(),
            part,
            smooth: true,
            mapped: true,
        }
    }

    /// Adds a convex polygon as a fan; `None` if a corner points outside its table.
    pub(crate) fn polygon(&mut self, corners: &[Corner]) -> Option<()> {
        for pair in 1..corners.len().max(2) - 1 {
            let triangle = [corners[0], corners[pair], corners[pair + 1]];
            let [a, b, c] = triangle.map(|corner| self.point(corner));
            self.part.triangles.push([a?, b?, c?]);
        }
        Some(())
    }

    fn point(&mut self, corner: Corner) -> Option<u32> {
        if let Some(index) = self.known.get(&corner) {
            return Some(*index);
        }
        let (point, normal, uv) = corner;
        let position = *self.tables.points.get(point)?;
        match normal {
            Some(normal) => self.part.normals.push(*self.tables.normals.get(normal)?),
            None => self.smooth = false,
        }
        match uv {
            Some(uv) => self.part.uvs.push(*self.tables.uvs.get(uv)?),
            None => self.mapped = false,
        }
        let index = u32::try_from(self.part.points.len()).ok()?;
        self.part.points.push(position);
        self.known.insert(corner, index);
        Some(index)
    }

    /// The part; normals or texture coordinates that some corners lack are left out.
    pub(crate) fn finish(mut self) -> MeshPart {
        if !self.smooth {
            self.part.normals.clear();
        }
        if !self.mapped {
            self.part.uvs.clear();
        }
        for n in &mut self.part.normals {
            let length = n.iter().map(|v| v * v).sum::<f64>().sqrt();
            *n = n.map(|v| if length > 0.0 { v / length } else { 0.0 });
        }
        self.part
    }
}

/// Refuses a file with more triangles than [`TRIANGLE_LIMIT`].
pub(crate) fn check_size(path: &Path, triangles: usize) -> Result<(), MeshError> {
    if triangles <= TRIANGLE_LIMIT {
        return Ok(());
    }
    Err(MeshError::TooLarge {
        path: path.to_owned(),
        unit: "triangles",
        found: triangles as u64,
        limit: TRIANGLE_LIMIT as u64,
    })
}
