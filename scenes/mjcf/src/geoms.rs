//! Geoms: shape, place, mass and how they touch.

use std::sync::Arc;

use halle_world::components::Skin;
use halle_world::{MassProperties, Severity, Shape};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use crate::asset_files::Mesh;
use crate::assets::Assets;
use crate::error::MjcfError;
use crate::mesh_mass::MeshMass;
use crate::orient;
use crate::report::Report;
use crate::settings::Scope;
use crate::shapes;
use crate::solids::{self, Solid};
use crate::values::View;

/// Half size at which an infinite plane is drawn \[m\].
const PLANE_SIZE: f64 = 10.0;

/// A geom in the frame of its body.
#[derive(Debug)]
pub(crate) struct Geom<'a> {
    pub(crate) view: View<'a>,
    pub(crate) group: i32,
    pub(crate) body_from_shape: Isometry3<f64>,
    /// `None` where a file is not there.
    pub(crate) shape: Option<Shape>,
    /// In the body frame; `None` where a file that gives it is not there.
    pub(crate) mass: Option<MassProperties>,
    /// Bits that the geom has and bits that it looks for.
    pub(crate) masks: [u32; 2],
    pub(crate) condim: i32,
    /// Material by its own name, or its mesh's.
    pub(crate) material: Option<&'a str>,
    /// Texture coordinates, of a mesh that has some.
    pub(crate) skin: Option<Skin>,
}

impl Geom<'_> {
    /// Whether it is an infinite plane.
    pub(crate) fn is_plane(&self) -> bool {
        matches!(self.shape, Some(Shape::Plane { .. }))
    }
}

/// Numbers of `size` that a type needs.
fn size_count(kind: &str) -> usize {
    match kind {
        "sphere" => 1,
        "capsule" | "cylinder" => 2,
        "ellipsoid" | "box" => 3,
        _ => 0,
    }
}

/// Reads a geom that stands in a frame of its body.
pub(crate) fn read<'a>(
    view: View<'a>,
    body_from_frame: &Isometry3<f64>,
    scope: &Scope,
    assets: &Assets<'a>,
    report: &Report,
) -> Result<Geom<'a>, MjcfError> {
    let element = view.element();
    let kind = view.text("type").unwrap_or("sphere");
    let mut size = view.fill("size", [0.0; 3]);
    let mut pose = pose_and_size(&view, kind, scope, &mut size)?;
    let condim = view.integer_or("condim", 3);
    if ![1, 3, 4, 6].contains(&condim) {
        return Err(element.invalid(format!("`condim` must be 1, 3, 4 or 6, found {condim}")));
    }
    let bits = |name| view.integer_or(name, 1) as u32;
    let material = material(&view, assets)?;
    let mut geom = Geom {
        group: view.integer_or("group", 0),
        body_from_shape: body_from_frame * pose,
        shape: None,
        mass: Some(MassProperties::ZERO),
        masks: [bits("contype"), bits("conaffinity")],
        condim,
        material,
        skin: None,
        view: view.clone(),
    };
    if view.text("hfield").is_some() != (kind == "hfield") {
        return Err(element.invalid("`hfield` and type `hfield` belong together"));
    }
    let shell = view.truth_or("shellinertia", false);
    let solid = match (view.text("mesh"), kind) {
        (None, "mesh" | "sdf") => return Err(element.invalid("a mesh geom needs `mesh`")),
        (Some(name), _) => {
            let mesh = assets
                .meshes
                .get(name)
                .ok_or_else(|| element.unknown("mesh", name))?;
            let Some(mesh) = mesh else {
                geom.mass = missing_mass(&view);
                return Ok(geom);
            };
            let own = mesh.material.as_deref().filter(|_| material.is_none());
            let own = own.and_then(|name| assets.materials.get_key_value(name));
            geom.material = geom.material.or(own.map(|(name, _)| *name));
            if matches!(kind, "mesh" | "sdf") {
                return of_mesh(geom, mesh, shell, report);
            }
            pose *= fit(kind, &mesh.mass, scope.fit_box, &mut size);
            size = size.map(|s| s * view.number_or("fitscale", 1.0));
            geom.body_from_shape = body_from_frame * pose;
            Solid::new(kind, size)
        }
        (None, "hfield") => {
            let name = view.text("hfield").unwrap_or_default();
            let field = assets
                .fields
                .get(name)
                .ok_or_else(|| element.unknown("hfield", name))?;
            let Some(field) = field else {
                return Ok(geom);
            };
            geom.shape = Some(Shape::Mesh(Arc::clone(&field.triangles)));
            let [x, y, top, base] = field.size;
            Solid::new("box", [x, y, 0.25 * top + 0.5 * base])
        }
        (None, _) => Solid::new(kind, size),
    };
    check_size(&view, kind, &size)?;
    if kind != "hfield" {
        geom.shape = shape(kind, size);
    }
    let unit = solid.map(|s| {
        if shell {
            solids::shell(&s)
        } else {
            solids::volume(&s)
        }
    });
    geom.mass = Some(weigh(&geom, unit)?);
    note_unused(&geom, kind, report);
    Ok(geom)
}

/// A geom that is a mesh.
fn of_mesh<'a>(
    mut geom: Geom<'a>,
    mesh: &Mesh,
    shell: bool,
    report: &Report,
) -> Result<Geom<'a>, MjcfError> {
    if shell {
        let rule = "for a mesh, write `inertia` on the mesh asset";
        return Err(geom.view.element().invalid(rule));
    }
    geom.shape = Some(Shape::Mesh(Arc::clone(&mesh.triangles)));
    geom.skin.clone_from(&mesh.skin);
    geom.mass = Some(weigh(&geom, Some(mesh.mass.unit))?);
    note_unused(&geom, "mesh", report);
    Ok(geom)
}

/// Mass of a geom whose mesh is not there: known only if it is written to be nothing.
fn missing_mass(view: &View<'_>) -> Option<MassProperties> {
    let none = view.number("mass").or_else(|| view.number("density")) == Some(0.0);
    none.then_some(MassProperties::ZERO)
}

fn material<'a>(view: &View<'a>, assets: &Assets<'a>) -> Result<Option<&'a str>, MjcfError> {
    let Some(name) = view.text("material") else {
        return Ok(None);
    };
    if assets.materials.contains_key(name) {
        return Ok(Some(name));
    }
    Err(view.element().unknown("material", name))
}

/// Frame from shape, and the sizes that `fromto` gives.
fn pose_and_size(
    view: &View<'_>,
    kind: &str,
    scope: &Scope,
    size: &mut [f64; 3],
) -> Result<Isometry3<f64>, MjcfError> {
    let Some([a, b, c, d, e, f]) = view.exact::<6>("fromto") else {
        return orient::pose(view, scope);
    };
    let element = view.element();
    if !matches!(kind, "capsule" | "cylinder" | "ellipsoid" | "box") {
        return Err(element.invalid("`fromto` is for capsule, cylinder, ellipsoid and box"));
    }
    if view.fill("pos", [0.0; 3]) != [0.0; 3] || view.text("mesh").is_some() {
        return Err(element.invalid("`fromto` stands without `pos` and `mesh`"));
    }
    let (from, to) = (Vector3::new(a, b, c), Vector3::new(d, e, f));
    let along = from - to;
    let Some(axis) = along.try_normalize(1e-14) else {
        return Err(element.invalid("the points of `fromto` are too close"));
    };
    let half = along.norm() / 2.0;
    match kind {
        "capsule" | "cylinder" => size[1] = half,
        _ => *size = [size[0], size[0], half],
    }
    let middle = Translation3::from((from + to) / 2.0);
    Ok(Isometry3::from_parts(middle, orient::turn_z_to(&axis)))
}

/// Where a site stands in its frame.
pub(crate) fn site_pose(view: &View<'_>, scope: &Scope) -> Result<Isometry3<f64>, MjcfError> {
    let kind = view.text("type").unwrap_or("sphere");
    let mut size = view.fill("size", [0.005; 3]);
    let pose = pose_and_size(view, kind, scope, &mut size)?;
    check_size(view, kind, &size)?;
    Ok(pose)
}

fn check_size(view: &View<'_>, kind: &str, size: &[f64; 3]) -> Result<(), MjcfError> {
    let element = view.element();
    if kind == "plane" && size[2] <= 0.0 {
        return Err(element.invalid("the third number of a plane's `size` must be positive"));
    }
    if let Some(bad) = size[..size_count(kind)].iter().find(|s| **s <= 0.0) {
        let rule = format!("`size` of a {kind} must be positive, found {bad}");
        return Err(element.invalid(rule));
    }
    Ok(())
}

/// Sizes of the primitive that stands for a mesh, and the mesh frame from its frame.
fn fit(kind: &str, mesh: &MeshMass, to_bounds: bool, size: &mut [f64; 3]) -> Isometry3<f64> {
    if !to_bounds {
        let [a, b, c] = mesh.inertia_box;
        *size = match kind {
            "sphere" => [(a + b + c) / 3.0, 0.0, 0.0],
            "capsule" => [(a + b) / 2.0, (c - (a + b) / 4.0).max(0.0), 0.0],
            "cylinder" => [(a + b) / 2.0, c, 0.0],
            _ => [a, b, c],
        };
        return mesh.mesh_from_principal;
    }
    let [low, high] = mesh.bounds;
    let center = [0, 1, 2].map(|k| (low[k] + high[k]) / 2.0);
    let half = [0, 1, 2].map(|k| (high[k] - low[k]) / 2.0);
    let wide = half[0].max(half[1]);
    *size = match kind {
        "sphere" => [wide.max(half[2]), 0.0, 0.0],
        "capsule" => [wide, (half[2] - wide).max(0.0), 0.0],
        "cylinder" => [wide, half[2], 0.0],
        _ => half,
    };
    mesh.mesh_from_principal * Translation3::from(center)
}

fn shape(kind: &str, size: [f64; 3]) -> Option<Shape> {
    let half = |s: f64| if s > 0.0 { s } else { PLANE_SIZE };
    Some(match kind {
        "plane" => Shape::Plane {
            half_extent: [half(size[0]), half(size[1])],
        },
        "sphere" => Shape::Sphere { radius: size[0] },
        "capsule" => Shape::Capsule {
            radius: size[0],
            half_height: size[1],
        },
        "cylinder" => Shape::Cylinder {
            radius: size[0],
            half_height: size[1],
        },
        "box" => Shape::Box { half_extent: size },
        "ellipsoid" => Shape::Mesh(Arc::new(shapes::ellipsoid(size))),
        _ => return None,
    })
}

/// Mass of a geom from that of its shape at density one, in the body frame.
fn weigh(geom: &Geom<'_>, unit: Option<MassProperties>) -> Result<MassProperties, MjcfError> {
    let view = &geom.view;
    let center = geom.body_from_shape.translation.vector;
    let nothing = MassProperties {
        center,
        ..MassProperties::ZERO
    };
    let Some(unit) = unit.filter(|u| u.mass > 1e-15) else {
        return Ok(nothing);
    };
    let mass = match view.number("mass") {
        Some(mass) => mass,
        None => view.number_or("density", 1000.0) * unit.mass,
    };
    if mass < 0.0 {
        return Err(view
            .element()
            .invalid("mass and density cannot be negative"));
    }
    let scaled = MassProperties {
        mass,
        center: unit.center,
        inertia: unit.inertia * (mass / unit.mass),
    };
    Ok(scaled.seen_from(&geom.body_from_shape))
}

/// What is read and has no effect.
fn note_unused(geom: &Geom<'_>, kind: &str, report: &Report) {
    let (view, element) = (&geom.view, geom.view.element());
    if kind == "ellipsoid" {
        let message = "an ellipsoid is drawn and touched as a mesh that lies just inside it";
        report.at(
            Severity::Note,
            "MJ0115",
            element,
            "type",
            message.to_owned(),
        );
    }
    if geom.masks == [0, 0] {
        return;
    }
    for name in ["solref", "solimp", "solmix"] {
        if view.text(name).is_some() {
            let message = format!("`{name}` has no effect: contacts are hard");
            report.at(Severity::Note, "MJ0103", element, name, message);
        }
    }
    if view.integer_or("priority", 0) != 0 {
        let message = "`priority` has no effect: the larger friction of two geoms holds";
        report.at(
            Severity::Warning,
            "MJ0103",
            element,
            "priority",
            message.to_owned(),
        );
    }
    for name in ["adhesion", "surfacevel", "fluidcoef"] {
        if view
            .numbers(name)
            .is_some_and(|v| v.iter().any(|x| *x != 0.0))
        {
            let message = format!("`{name}` is not supported");
            report.at(Severity::Warning, "MJ0103", element, name, message);
        }
    }
}

/// A frame without turn at a place.
pub(crate) fn at(place: Vector3<f64>) -> Isometry3<f64> {
    Isometry3::from_parts(Translation3::from(place), UnitQuaternion::identity())
}
