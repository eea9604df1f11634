//! What a mesh weighs, in the four ways that MJCF knows.

use halle_world::{MassProperties, TriangleMesh};
use nalgebra::{Isometry3, Matrix3, Point3, Translation3, Vector3};

use crate::hull;
use crate::moments::principal;

/// How the inertia of a mesh is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InertiaMode {
    /// Of its convex hull.
    Convex,
    /// Of what it encloses.
    Exact,
    /// Of cones from the centre to each face, none of them counted as negative.
    Legacy,
    /// Of its surface.
    Shell,
}

/// Volume, centre and inertia of a mesh, and the boxes that primitives are fitted to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeshMass {
    /// At density one \[per m^3, or per m^2 for a shell\], mesh frame.
    pub(crate) unit: MassProperties,
    /// Mesh frame from the frame of principal axes, largest moment first.
    pub(crate) mesh_from_principal: Isometry3<f64>,
    /// Half sizes of the box with the same inertia, principal axes \[m\].
    pub(crate) inertia_box: [f64; 3],
    /// Bounds of the mesh along the principal axes \[m\].
    pub(crate) bounds: [[f64; 3]; 2],
}

impl MeshMass {
    /// `None` for a mesh without volume, or without area for a shell.
    pub(crate) fn of(mesh: &TriangleMesh, mode: InertiaMode) -> Option<Self> {
        let corner = |i: &u32| mesh.points.get(*i as usize).map(|p| Vector3::from(*p));
        let hull_faces = match mode {
            InertiaMode::Convex => Some(hull::faces(&mesh.points)?),
            _ => None,
        };
        let faces = hull_faces.as_ref().unwrap_or(&mesh.triangles);
        let corners = |t: &[u32; 3]| Some([corner(&t[0])?, corner(&t[1])?, corner(&t[2])?]);
        let corners: Vec<[Vector3<f64>; 3]> = faces.iter().filter_map(corners).collect();
        let unit = sums(&corners, mode)?;
        let (moments, axes) = principal(&unit.inertia);
        let pose = Isometry3::from_parts(Translation3::from(unit.center), axes);
        let [a, b, c] = moments.into();
        let side = |sum: f64| (1.5 * sum / unit.mass).max(0.0).sqrt();
        let mut bounds = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
        for point in &mesh.points {
            let seen = pose.inverse_transform_point(&Point3::from(*point));
            for k in 0..3 {
                bounds[0][k] = bounds[0][k].min(seen[k]);
                bounds[1][k] = bounds[1][k].max(seen[k]);
            }
        }
        Some(Self {
            unit,
            mesh_from_principal: pose,
            inertia_box: [side(b + c - a), side(a + c - b), side(a + b - c)],
            bounds,
        })
    }
}

/// Mass properties at density one.
fn sums(faces: &[[Vector3<f64>; 3]], mode: InertiaMode) -> Option<MassProperties> {
    let areas = || {
        faces
            .iter()
            .map(|[a, b, c]| (b - a).cross(&(c - a)).norm() / 2.0)
    };
    let area: f64 = areas().sum();
    if !(area > 0.0 && area.is_finite()) {
        return None;
    }
    let middle = |[a, b, c]: &[Vector3<f64>; 3]| (a + b + c) / 3.0;
    let weighted = areas().zip(faces).map(|(area, face)| middle(face) * area);
    let surface = weighted.sum::<Vector3<f64>>() / area;
    let shell = mode == InertiaMode::Shell;
    // Volume of the cone from a point to a face, or the face's area.
    let weigh = |apex: &Vector3<f64>, [a, b, c]: &[Vector3<f64>; 3]| {
        let cross = (b - a).cross(&(c - a));
        if shell {
            return cross.norm() / 2.0;
        }
        let volume = (a - apex).dot(&cross) / 6.0;
        if mode == InertiaMode::Legacy {
            volume.abs()
        } else {
            volume
        }
    };
    let mut mass = 0.0;
    let mut first = Vector3::zeros();
    for face in faces {
        let m = weigh(&surface, face);
        mass += m;
        first += if shell {
            middle(face) * m
        } else {
            (middle(face) * 3.0 + surface) * (m / 4.0)
        };
    }
    if !(mass > 1e-15 && mass.is_finite()) {
        return None;
    }
    let center = first / mass;
    // Cones that all count as positive fill another volume from another apex.
    let mass: f64 = faces.iter().map(|face| weigh(&center, face)).sum();
    let mut second = Matrix3::zeros();
    for face in faces {
        let weight = weigh(&center, face) / if shell { 12.0 } else { 20.0 };
        let [a, b, c] = face.map(|corner| corner - center);
        let sum = a + b + c;
        let products =
            a * a.transpose() + b * b.transpose() + c * c.transpose() + sum * sum.transpose();
        second += products * weight;
    }
    let inertia = Matrix3::identity() * second.trace() - second;
    Some(MassProperties {
        mass,
        center,
        inertia,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cuboid with sides 2, 1, 0.5, its faces outwards.
    fn cuboid() -> TriangleMesh {
        let half = [1.0, 0.5, 0.25];
        let points = (0..8)
            .map(|i| [0, 1, 2].map(|k| if i >> k & 1 == 1 { half[k] } else { -half[k] }))
            .collect();
        let quads = [
            [0, 2, 3, 1],
            [4, 5, 7, 6],
            [0, 1, 5, 4],
            [2, 6, 7, 3],
            [0, 4, 6, 2],
            [1, 3, 7, 5],
        ];
        let triangles = quads
            .iter()
            .flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]]);
        TriangleMesh {
            points,
            triangles: triangles.collect(),
            normals: Vec::new(),
        }
    }

    /// A convex body weighs the same in all three volumes: sides a, b, c give m (b² + c²) / 12. The
    /// box with its inertia is the body itself, longest side along the axis of the least moment.
    #[test]
    fn volumes_agree_on_a_cuboid() {
        for mode in [InertiaMode::Convex, InertiaMode::Exact, InertiaMode::Legacy] {
            let made = MeshMass::of(&cuboid(), mode).unwrap();
            assert!((made.unit.mass - 1.0).abs() < 1e-12);
            assert!((made.unit.inertia[(0, 0)] - 1.25 / 12.0).abs() < 1e-12);
            let sides = made.inertia_box;
            for (side, half) in sides.iter().zip([0.25, 0.5, 1.0]) {
                assert!((side - half).abs() < 1e-9, "{sides:?}");
            }
        }
    }

    /// The area of the cuboid, and its shell's moment by adding up six plates:
    /// 1/12 A (b² + c²) for the ends, and plates off the centre for the rest.
    #[test]
    fn shell_of_a_cuboid() {
        let made = MeshMass::of(&cuboid(), InertiaMode::Shell).unwrap();
        assert!((made.unit.mass - 7.0).abs() < 1e-12);
        let (a, b, c) = (2.0, 1.0, 0.5);
        let ends = 2.0 * b * c * (b * b + c * c) / 12.0;
        let sides = 2.0 * a * c * (c * c / 12.0 + b * b / 4.0);
        let lids = 2.0 * a * b * (b * b / 12.0 + c * c / 4.0);
        assert!((made.unit.inertia[(0, 0)] - (ends + sides + lids)).abs() < 1e-12);
    }
}
