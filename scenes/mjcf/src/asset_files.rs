//! Meshes and height fields from files and from numbers in the model.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use halle_world::components::{Interpolation, MeshSkin, Primvar, Skin, Values};
use halle_world::{Severity, TriangleMesh};
use nalgebra::{Point3, Vector3};

use crate::error::MjcfError;
use crate::hull;
use crate::mesh_mass::{InertiaMode, MeshMass};
use crate::report::Report;
use crate::settings::Scope;
use crate::shapes;
use crate::tree::{Element, Files};
use crate::values::View;

/// Most corners of a height field.
const FIELD_LIMIT: usize = 1 << 22;

/// A mesh as geoms use it.
#[derive(Debug)]
pub(crate) struct Mesh {
    pub(crate) triangles: Arc<TriangleMesh>,
    pub(crate) mass: MeshMass,
    /// Material of the asset, if it names one.
    pub(crate) material: Option<String>,
    /// Texture coordinates, if it has some.
    pub(crate) skin: Option<Skin>,
}

/// A height field as geoms use it.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) triangles: Arc<TriangleMesh>,
    /// Half sizes along x and y, greatest elevation, depth of the base \[m\].
    pub(crate) size: [f64; 4],
}

/// Path of an asset's file: in the scope's folder for it, else beside the file that names it.
pub(crate) fn find_file(
    element: &Element,
    file: &str,
    folder: &str,
    scope: &Scope,
    files: &Files,
) -> PathBuf {
    let short = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let file = Path::new(if scope.strip_path { short } else { file });
    let first = scope.folder.join(folder).join(file);
    let near = files.folder.join(&*element.place.file);
    let near = near.parent().unwrap_or(Path::new(""));
    let others = [
        near.join(folder).join(file),
        near.join(file),
        scope.folder.join(file),
    ];
    let mut all = std::iter::once(&first).chain(&others);
    all.find(|path| path.is_file()).unwrap_or(&first).clone()
}

/// A mesh or height field on its way from its element.
pub(crate) struct Source<'a, 'f> {
    pub(crate) view: View<'a>,
    pub(crate) scope: &'a Scope,
    pub(crate) report: &'a Report,
    pub(crate) files: &'f mut Files,
}

impl Source<'_, '_> {
    /// A mesh; `None` if its file cannot be used.
    pub(crate) fn mesh(&mut self) -> Result<Option<Mesh>, MjcfError> {
        let view = &self.view;
        let element = view.element();
        if view.text("builtin").is_some_and(|b| b != "none") {
            let message = "built-in meshes are not made".to_owned();
            self.report
                .at(Severity::Warning, "MJ0104", element, "builtin", message);
            return Ok(None);
        }
        if let Some(plugin) = element.children.iter().find(|c| &*c.name == "plugin") {
            let message = "meshes that a plugin makes are not supported: their geoms are left out";
            self.report
                .at(Severity::Warning, "MJ0104", plugin, "", message.to_owned());
            return Ok(None);
        }
        let read = match view.text("file") {
            Some(file) => self.mesh_file(file),
            None => Some((inline(element)?, inline_skin(element))),
        };
        let Some((mut mesh, skin)) = read else {
            return Ok(None);
        };
        let view = &self.view;
        transform(&mut mesh, view)?;
        if mesh.points.iter().flatten().any(|v| !v.is_finite()) {
            return Err(element.invalid("points of the mesh are not finite"));
        }
        if mesh.triangles.is_empty() {
            mesh.triangles = hull::faces(&mesh.points)
                .ok_or_else(|| element.invalid("points without faces must enclose a volume"))?;
        }
        let mode = match view.text("inertia") {
            Some("convex") => InertiaMode::Convex,
            Some("exact") => InertiaMode::Exact,
            Some("shell") => InertiaMode::Shell,
            _ => InertiaMode::Legacy,
        };
        if view.text("maxhullvert").is_some() {
            let message = "`maxhullvert` has no effect: hulls are whole".to_owned();
            self.report
                .at(Severity::Note, "MJ0103", element, "maxhullvert", message);
        }
        if mode == InertiaMode::Exact && !oriented(&mesh) {
            return Err(element.invalid("neighbouring faces of the mesh turn in opposite ways"));
        }
        let mass = MeshMass::of(&mesh, mode).ok_or_else(|| {
            element.invalid("the mesh encloses no volume; a shell needs `inertia=\"shell\"`")
        })?;
        Ok(Some(Mesh {
            mass,
            triangles: Arc::new(mesh),
            material: view.text("material").map(str::to_owned),
            skin,
        }))
    }

    fn mesh_file(&mut self, file: &str) -> Option<(TriangleMesh, Option<Skin>)> {
        let element = self.view.element();
        let path = find_file(
            element,
            file,
            &self.scope.mesh_folder,
            self.scope,
            self.files,
        );
        let shown = self.files.shown(&path);
        let report = |message: String| {
            self.report
                .at(Severity::Warning, "MJ0104", element, "file", message);
        };
        if !path.is_file() {
            report(format!(
                "mesh `{shown}` is not there: its geoms are left out"
            ));
            return None;
        }
        let known = path
            .extension()
            .and_then(|e| e.to_str())
            .map(str::to_ascii_lowercase);
        if !matches!(known.as_deref(), Some("obj" | "stl" | "msh")) {
            report(format!(
                "mesh `{shown}` is not an OBJ, STL or MSH file: its geoms are left out"
            ));
            return None;
        }
        let bytes = match self.files.read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                report(format!("mesh `{shown}` cannot be read: {error}"));
                return None;
            }
        };
        match halle_meshes::load_bytes(&path, &bytes) {
            Ok(found) => Some((found.merged(), found.merged_skin())),
            Err(error) => {
                let text = error.to_string().replace(&*path.to_string_lossy(), &shown);
                report(format!("{text}: its geoms are left out"));
                None
            }
        }
    }

    /// A height field; `None` if its file cannot be used.
    pub(crate) fn field(&mut self) -> Result<Option<Field>, MjcfError> {
        let element = self.view.element();
        let size: [f64; 4] = element
            .required("size")
            .map(|_| self.view.fill("size", [0.0; 4]))?;
        if size.iter().any(|s| *s <= 0.0) {
            return Err(element.invalid("all four numbers of `size` must be positive"));
        }
        let (mut rows, mut columns) = (
            self.view.integer_or("nrow", 0).max(0) as usize,
            self.view.integer_or("ncol", 0).max(0) as usize,
        );
        let mut heights = self.view.numbers("elevation");
        if let Some(file) = self.view.text("file") {
            // Height fields lie beside the meshes.
            let folder = &self.scope.mesh_folder;
            let path = find_file(element, file, folder, self.scope, self.files);
            let shown = self.files.shown(&path);
            match self
                .files
                .read(&path)
                .ok()
                .and_then(|bytes| field_of_bytes(&bytes))
            {
                Some((r, c, values)) => (rows, columns, heights) = (r, c, Some(values)),
                None => {
                    let message =
                        format!("height field `{shown}` is not there, or neither a PNG nor binary");
                    self.report
                        .at(Severity::Warning, "MJ0104", element, "file", message);
                    return Ok(None);
                }
            }
        } else if let Some(written) = &mut heights {
            // The file's first row is the far one.
            let by_row: Vec<&[f64]> = written.chunks(columns.max(1)).rev().collect();
            *written = by_row.concat();
        }
        let count = rows.saturating_mul(columns);
        if rows < 2 || columns < 2 {
            return Err(element.invalid("expected at least two rows and two columns"));
        }
        if count > FIELD_LIMIT {
            return Err(MjcfError::TooLarge {
                place: element.place.clone(),
                what: "corners of a height field",
                limit: FIELD_LIMIT,
            });
        }
        let heights = heights.unwrap_or_else(|| vec![0.0; count]);
        if heights.len() != count {
            return Err(element.invalid("`elevation` needs `nrow` times `ncol` numbers"));
        }
        let triangles = Arc::new(shapes::height_field(columns, &heights, size));
        Ok(Some(Field { triangles, size }))
    }
}

/// Rows, columns and heights of a height field in a file: a grey PNG, or MuJoCo's own binary form.
fn field_of_bytes(bytes: &[u8]) -> Option<(usize, usize, Vec<f64>)> {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    if bytes.starts_with(PNG) {
        picture_field(bytes)
    } else {
        binary_field(bytes)
    }
}

/// A height field from a picture: eight bits of its first channel; its first row is the far one.
fn picture_field(bytes: &[u8]) -> Option<(usize, usize, Vec<f64>)> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let size = reader.info().size();
    let (columns, rows) = (size.0 as usize, size.1 as usize);
    if rows.saturating_mul(columns) > FIELD_LIMIT {
        // The limit is said where the numbers are counted.
        return Some((rows, columns, Vec::new()));
    }
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut pixels).ok()?;
    let step = frame.color_type.samples();
    let row = |row: &[u8]| -> Vec<f64> {
        let first = row.chunks_exact(step).map(|p| f64::from(p[0]));
        first.take(columns).collect()
    };
    let lines = pixels.chunks_exact(frame.line_size).take(rows);
    let heights: Vec<Vec<f64>> = lines.map(row).collect();
    Some((rows, columns, heights.into_iter().rev().flatten().collect()))
}

/// Whether no two faces run along an edge in the same direction.
fn oriented(mesh: &TriangleMesh) -> bool {
    let edges = mesh
        .triangles
        .iter()
        .flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
    let mut seen = BTreeSet::new();
    edges.into_iter().all(|edge| seen.insert(edge))
}

/// A mesh written in the model file.
fn inline(element: &Element) -> Result<TriangleMesh, MjcfError> {
    let numbers = |name| {
        element
            .text(name)
            .map(crate::values::numbers)
            .unwrap_or_default()
    };
    let corners = numbers("vertex");
    let points: Vec<[f64; 3]> = corners
        .chunks_exact(3)
        .map(|c| [c[0], c[1], c[2]])
        .collect();
    let faces = numbers("face");
    if points.len() < 4 || corners.len() % 3 != 0 {
        return Err(element.invalid("a mesh needs a file, or at least four points"));
    }
    if faces.len() % 3 != 0 || faces.iter().any(|f| *f < 0.0 || *f >= points.len() as f64) {
        return Err(element.invalid("`face` needs triples of point numbers"));
    }
    let triangles = faces
        .chunks_exact(3)
        .map(|f| [f[0] as u32, f[1] as u32, f[2] as u32]);
    Ok(TriangleMesh {
        triangles: triangles.collect(),
        points,
        normals: Vec::new(),
    })
}

/// Texture coordinates of a mesh that is written in the model file, one for each point.
fn inline_skin(element: &Element) -> Option<Skin> {
    let numbers = |name| element.text(name).map(crate::values::numbers);
    let uvs: Vec<[f32; 2]> = numbers("texcoord")?
        .chunks_exact(2)
        .map(|c| [c[0] as f32, c[1] as f32])
        .collect();
    let points = numbers("vertex")?.len() / 3;
    (uvs.len() == points && element.text("facetexcoord").is_none()).then(|| {
        Skin(Arc::new(MeshSkin {
            primvars: vec![Primvar {
                name: "st".to_owned(),
                interpolation: Interpolation::Vertex,
                values: Values::Pair(uvs),
                indices: Vec::new(),
            }],
            ..MeshSkin::default()
        }))
    })
}

/// Brings a mesh into the frame of its geoms: reference pose, then scale.
fn transform(mesh: &mut TriangleMesh, view: &View<'_>) -> Result<(), MjcfError> {
    let origin = Vector3::from(view.fill("refpos", [0.0; 3]));
    let [w, x, y, z] = view.fill("refquat", [1.0, 0.0, 0.0, 0.0]);
    let turn = nalgebra::Quaternion::new(w, x, y, z);
    let turn = nalgebra::UnitQuaternion::try_new(turn, 1e-14)
        .ok_or_else(|| view.element().invalid("`refquat` has no length"))?;
    let scale = view.fill("scale", [1.0; 3]);
    for point in &mut mesh.points {
        let moved = turn.inverse() * (Point3::from(*point) - origin);
        *point = [0, 1, 2].map(|k| moved[k] * scale[k]);
    }
    // Normals do not survive uneven scale; readers make their own.
    mesh.normals.clear();
    if scale.iter().product::<f64>() < 0.0 {
        mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    }
    Ok(())
}

/// MuJoCo's own format: two counts, then heights, all of four bytes.
fn binary_field(bytes: &[u8]) -> Option<(usize, usize, Vec<f64>)> {
    let (counts, rest) = bytes.split_at_checked(8)?;
    let count =
        |k: usize| i32::from_le_bytes([counts[k], counts[k + 1], counts[k + 2], counts[k + 3]]);
    let (rows, columns) = (
        usize::try_from(count(0)).ok()?,
        usize::try_from(count(4)).ok()?,
    );
    if rows.checked_mul(columns)?.checked_mul(4)? != rest.len() {
        return None;
    }
    let heights = rest
        .chunks_exact(4)
        .map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
    Some((rows, columns, heights.collect()))
}
