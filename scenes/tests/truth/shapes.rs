//! Sizes and places of all shapes, whether they collide or not.

use halle_stage::read;
use halle_world::Shape;
use halle_world::components::{Geometry, WorldPose};
use nalgebra::{Matrix4, Point3, RowVector4, Vector3};
use openusd::sdf::Value;
use openusd::usd::Prim;

use super::place::stretch;
use super::{Truth, near};

/// Cause of a difference in points.
const PERSPECTIVE: &str = "matrix with a perspective: it is left out (SC0105)";

impl Truth<'_> {
    /// Every shape has the size that its prim's attributes and world transform give it: round ones
    /// the largest of their radial scales, as UsdPhysics has it; meshes every single point.
    pub(super) fn shapes(&mut self) {
        for &entity in self.entities {
            let Some(geometry) = self.world.get::<Geometry>(entity) else {
                continue;
            };
            let path = self.path(entity);
            if self.is_sampled(&path) {
                continue;
            }
            self.count("shapes", 1);
            let (prim, world) = (self.prim(&path), self.world_from(&path));
            if let Shape::Mesh(mesh) = &geometry.shape {
                let affine = without_perspective(&world);
                if affine != world {
                    self.because(PERSPECTIVE);
                }
                let how = mesh_differs(&prim, &affine, &mesh.points, geometry);
                if let Some(how) = how.filter(|_| !self.is_oriented(&path)) {
                    self.wrong("mesh", &path, how);
                }
                continue;
            }
            let pose = self.world.get::<WorldPose>(entity).unwrap().0;
            let stretch = stretch(&world, &pose);
            let scale = [0, 1, 2].map(|k| stretch[(k, k)].abs());
            let kind = prim.type_name().unwrap().unwrap_or_default();
            let expected = sizes(&prim, kind.as_str(), scale);
            let found: Vec<f64> = geometry.shape.lengths().map(|l| l.1).collect();
            let same = found.len() == expected.len()
                && found.iter().zip(&expected).all(|(a, b)| near(*a, *b));
            if !same {
                self.wrong(
                    "size",
                    &path,
                    format!("{found:?}, the stage has {expected:?}"),
                );
            }
            let axis = axis(&prim);
            let upright = !matches!(geometry.shape, Shape::Box { .. } | Shape::Sphere { .. });
            let along = geometry.world_from_shape.rotation * Vector3::z();
            let expected = pose.rotation * if upright { axis } else { Vector3::z() };
            if (along - expected).norm() > 1e-9 {
                self.wrong(
                    "axis",
                    &path,
                    format!("{along:?}, the stage has {expected:?}"),
                );
            }
        }
    }
}

fn number(prim: &Prim, name: &str) -> f64 {
    match read::value(&prim.attribute(name), None) {
        Ok(Some(Value::Double(x))) => x,
        Ok(Some(Value::Float(x))) => f64::from(x),
        // An attribute that only has samples.
        _ => prim
            .attribute(name)
            .get_at::<f64>(openusd::usd::TimeCode::EARLIEST)
            .ok()
            .flatten()
            .unwrap_or(f64::NAN),
    }
}

pub(super) fn axis(prim: &Prim) -> Vector3<f64> {
    match read::value(&prim.attribute("axis"), None) {
        Ok(Some(Value::Token(t))) if t.as_str() == "X" => Vector3::x(),
        Ok(Some(Value::Token(t))) if t.as_str() == "Y" => Vector3::y(),
        _ => Vector3::z(),
    }
}

/// What a shape measures by the attributes of the prim.
fn sizes(prim: &Prim, kind: &str, scale: [f64; 3]) -> Vec<f64> {
    let along = axis(prim);
    let k = along.iamax();
    let across = scale[(k + 1) % 3].max(scale[(k + 2) % 3]);
    match kind {
        "Cube" => scale.map(|s| s * number(prim, "size").abs() / 2.0).to_vec(),
        "Sphere" => vec![number(prim, "radius") * scale[0].max(scale[1]).max(scale[2])],
        "Plane" => {
            // A plane along x has its width along z, one along y its length.
            let [w, l] = [[2, 1], [0, 2], [0, 1]][k].map(|k: usize| scale[k] / 2.0);
            vec![number(prim, "width") * w, number(prim, "length") * l]
        }
        _ => {
            let radius = if kind.ends_with("_1") {
                number(prim, "radiusTop").max(number(prim, "radiusBottom"))
            } else {
                number(prim, "radius")
            };
            vec![radius * across, number(prim, "height") / 2.0 * scale[k]]
        }
    }
}

/// The part of a transform that keeps parallels.
fn without_perspective(world: &Matrix4<f64>) -> Matrix4<f64> {
    let mut affine = *world;
    affine.set_row(3, &RowVector4::new(0.0, 0.0, 0.0, 1.0));
    affine
}

/// How far the points of a mesh are from where the stage puts them.
fn mesh_differs(
    prim: &Prim,
    world: &Matrix4<f64>,
    points: &[[f64; 3]],
    geometry: &Geometry,
) -> Option<String> {
    let expected = points_of(prim);
    if prim
        .attribute("points")
        .num_time_samples()
        .is_ok_and(|n| n > 0)
    {
        return None;
    }
    if expected.len() != points.len() {
        return Some(format!(
            "{} points instead of {}",
            points.len(),
            expected.len()
        ));
    }
    let reach = world.fixed_view::<3, 4>(0, 0).norm();
    let mut worst = (0.0, 0.0);
    for (found, expected) in points.iter().zip(&expected) {
        let local = Point3::from(*expected);
        let expected = world.transform_point(&local);
        let found = geometry.world_from_shape * Point3::from(*found);
        let allowed = 2e-6 * reach * (1.0 + local.coords.norm());
        let off = (found - expected).norm();
        if off > allowed && off > worst.0 {
            worst = (off, allowed);
        }
    }
    (worst.0 > 0.0).then(|| {
        format!(
            "a point is off by {:e} m, {:e} m are allowed",
            worst.0, worst.1
        )
    })
}

/// Points of any width.
fn points_of(prim: &Prim) -> Vec<[f64; 3]> {
    match prim.attribute("points").get::<Value>() {
        Ok(Some(Value::Vec3fVec(v))) => v.iter().map(|p| [p.x, p.y, p.z].map(f64::from)).collect(),
        Ok(Some(Value::Vec3dVec(v))) => v.iter().map(|p| [p.x, p.y, p.z]).collect(),
        Ok(Some(Value::Vec3hVec(v))) => {
            let wide = |p: &openusd::gf::Vec3h| [p.x, p.y, p.z].map(|x| x.to_f64());
            v.iter().map(wide).collect()
        }
        _ => Vec::new(),
    }
}
