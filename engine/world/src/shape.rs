//! Geometry of shapes, in metres, each in its own frame.

use std::sync::Arc;

use nalgebra::{Matrix3, Point3, Vector3};

/// Triangles over shared points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TriangleMesh {
    /// Corner positions in the shape frame \[m\].
    pub points: Vec<[f64; 3]>,
    /// Corner indices of each triangle, anticlockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// Unit normal at each point; empty if the author gave none per point.
    pub normals: Vec<[f64; 3]>,
}

/// A solid, or a surface. Cylinders, capsules and cones stand along z and are centred on the frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A box, centred on the frame.
    Box {
        /// Half sizes along the axes \[m\].
        half_extent: [f64; 3],
    },
    /// A ball.
    Sphere {
        /// Radius \[m\].
        radius: f64,
    },
    /// A cylinder with two half balls.
    Capsule {
        /// Radius \[m\].
        radius: f64,
        /// Half length of the cylinder between the half balls \[m\].
        half_height: f64,
    },
    /// A cylinder.
    Cylinder {
        /// Radius \[m\].
        radius: f64,
        /// Half length \[m\].
        half_height: f64,
    },
    /// A cone with its tip at +z.
    Cone {
        /// Radius of the foot \[m\].
        radius: f64,
        /// Half height \[m\].
        half_height: f64,
    },
    /// A flat surface with its normal along +z; infinite for contacts.
    Plane {
        /// Half sizes along x and y for pictures \[m\].
        half_extent: [f64; 2],
    },
    /// A triangle mesh, shared by all its instances.
    Mesh(Arc<TriangleMesh>),
}

/// What a solid of density one weighs: its volume and its moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitMass {
    /// Volume \[m^3\].
    pub volume: f64,
    /// Centre of volume in the shape frame \[m\].
    pub center: Vector3<f64>,
    /// Inertia about the centre for density one, shape axes \[m^5\].
    pub inertia: Matrix3<f64>,
}

impl Shape {
    /// What the shape measures, by name \[m\]: half extents, or radius and half height. Nothing for a
    /// mesh, which has points instead.
    pub fn lengths(&self) -> impl Iterator<Item = (&'static str, f64)> + use<> {
        const HALF: &str = "half extent";
        let [a, b, c] = match *self {
            Self::Box {
                half_extent: [x, y, z],
            } => [Some((HALF, x)), Some((HALF, y)), Some((HALF, z))],
            Self::Sphere { radius } => [Some(("radius", radius)), None, None],
            Self::Capsule {
                radius,
                half_height,
            }
            | Self::Cylinder {
                radius,
                half_height,
            }
            | Self::Cone {
                radius,
                half_height,
            } => [
                Some(("radius", radius)),
                Some(("half height", half_height)),
                None,
            ],
            Self::Plane {
                half_extent: [x, y],
            } => [Some((HALF, x)), Some((HALF, y)), None],
            Self::Mesh(_) => [None; 3],
        };
        [a, b, c].into_iter().flatten()
    }

    /// The shape under a scale along its axes; round shapes take the larger scale of two that differ.
    #[must_use]
    pub fn scaled(&self, scale: [f64; 3]) -> Self {
        let [x, y, z] = scale.map(f64::abs);
        if scale == [1.0; 3] {
            return self.clone();
        }
        match self {
            Self::Box {
                half_extent: [a, b, c],
            } => Self::Box {
                half_extent: [a * x, b * y, c * z],
            },
            Self::Sphere { radius } => Self::Sphere {
                radius: radius * x.max(y).max(z),
            },
            Self::Capsule {
                radius,
                half_height,
            } => Self::Capsule {
                radius: radius * x.max(y),
                half_height: half_height * z,
            },
            Self::Cylinder {
                radius,
                half_height,
            } => Self::Cylinder {
                radius: radius * x.max(y),
                half_height: half_height * z,
            },
            Self::Cone {
                radius,
                half_height,
            } => Self::Cone {
                radius: radius * x.max(y),
                half_height: half_height * z,
            },
            Self::Plane {
                half_extent: [a, b],
            } => Self::Plane {
                half_extent: [a * x, b * y],
            },
            Self::Mesh(mesh) => {
                let [x, y, z] = scale;
                // A scale that mirrors turns the corners' order round.
                let mirrors = x * y * z < 0.0;
                let order = |t: &[u32; 3]| if mirrors { [t[0], t[2], t[1]] } else { *t };
                Self::Mesh(Arc::new(TriangleMesh {
                    points: mesh
                        .points
                        .iter()
                        .map(|p| [p[0] * x, p[1] * y, p[2] * z])
                        .collect(),
                    triangles: mesh.triangles.iter().map(order).collect(),
                    normals: Vec::new(),
                }))
            }
        }
    }

    /// Volume, centre and inertia at density one; `None` for shapes that enclose nothing.
    #[must_use]
    pub fn unit_mass(&self) -> Option<UnitMass> {
        let pi = std::f64::consts::PI;
        let centred = |volume: f64, x: f64, y: f64, z: f64| {
            let inertia = Matrix3::from_diagonal(&Vector3::new(x, y, z)) * volume;
            Some(UnitMass {
                volume,
                center: Vector3::zeros(),
                inertia,
            })
        };
        match self {
            Self::Box {
                half_extent: [a, b, c],
            } => {
                let (x, y, z) = (a * a / 3.0, b * b / 3.0, c * c / 3.0);
                centred(8.0 * a * b * c, y + z, x + z, x + y)
            }
            Self::Sphere { radius: r } => {
                let i = 0.4 * r * r;
                centred(4.0 / 3.0 * pi * r * r * r, i, i, i)
            }
            Self::Cylinder {
                radius: r,
                half_height: h,
            } => {
                let side = r * r / 4.0 + h * h / 3.0;
                centred(2.0 * pi * r * r * h, side, side, r * r / 2.0)
            }
            Self::Capsule {
                radius: r,
                half_height: h,
            } => {
                let (tube, balls) = (2.0 * pi * r * r * h, 4.0 / 3.0 * pi * r * r * r);
                // Half balls: own inertia shifted from their centres, 3r/8 outside the rims.
                let ends = 0.4 * r * r + h * h + 0.75 * h * r;
                let side = tube * (r * r / 4.0 + h * h / 3.0) + balls * ends;
                let axial = tube * r * r / 2.0 + balls * 0.4 * r * r;
                let inertia = Matrix3::from_diagonal(&Vector3::new(side, side, axial));
                Some(UnitMass {
                    volume: tube + balls,
                    center: Vector3::zeros(),
                    inertia,
                })
            }
            Self::Cone {
                radius: r,
                half_height: half,
            } => {
                let h = 2.0 * half;
                let side = 3.0 / 20.0 * r * r + 3.0 / 80.0 * h * h;
                let mut made = centred(pi * r * r * h / 3.0, side, side, 0.3 * r * r)?;
                made.center.z = -h / 4.0;
                Some(made)
            }
            Self::Plane { .. } => None,
            Self::Mesh(mesh) => mesh.unit_mass(),
        }
    }
}

impl TriangleMesh {
    /// Sums the tetrahedra from the origin to each triangle; `None` if they enclose no volume.
    fn unit_mass(&self) -> Option<UnitMass> {
        let corner = |i: u32| self.points.get(i as usize).map(|p| Point3::from(*p).coords);
        let (mut volume, mut first, mut second) = (0.0, Vector3::zeros(), Matrix3::zeros());
        for &[a, b, c] in &self.triangles {
            let (a, b, c) = (corner(a)?, corner(b)?, corner(c)?);
            let v = a.dot(&b.cross(&c)) / 6.0;
            let sum = a + b + c;
            volume += v;
            first += sum * (v / 4.0);
            second +=
                (a * a.transpose() + b * b.transpose() + c * c.transpose() + sum * sum.transpose())
                    * (v / 20.0);
        }
        // An open or inside-out mesh gives nonsense here, and no density can repair it.
        if !(volume > 0.0 && volume.is_finite()) {
            return None;
        }
        let center = first / volume;
        let spread = second - center * center.transpose() * volume;
        let inertia = Matrix3::identity() * spread.trace() - spread;
        Some(UnitMass {
            volume,
            center,
            inertia,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuboid(half: [f64; 3], shift: [f64; 3]) -> TriangleMesh {
        let points = (0..8)
            .map(|i| [0, 1, 2].map(|k| shift[k] + if i >> k & 1 == 1 { half[k] } else { -half[k] }))
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
            .flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]])
            .collect();
        TriangleMesh {
            points,
            triangles,
            normals: Vec::new(),
        }
    }

    /// A box as twelve triangles weighs what the closed form says; only rounding differs.
    #[test]
    fn mesh_agrees_with_box() {
        let half = [0.3, 0.2, 0.1];
        let solid = Shape::Box { half_extent: half }.unit_mass().unwrap();
        let mesh = cuboid(half, [1.0, -2.0, 0.5]).unit_mass().unwrap();
        assert!((solid.volume - mesh.volume).abs() < 1e-12);
        assert!((mesh.center - Vector3::new(1.0, -2.0, 0.5)).norm() < 1e-12);
        assert!((solid.inertia - mesh.inertia).norm() < 1e-12);
    }

    /// Mass and inertia of a capsule by adding up thin discs, to the error of the midpoint rule.
    #[test]
    fn capsule_agrees_with_discs() {
        let (r, h) = (0.05, 0.2);
        let made = Shape::Capsule {
            radius: r,
            half_height: h,
        }
        .unit_mass()
        .unwrap();
        let (mut volume, mut side, n) = (0.0, 0.0, 200_000);
        for k in 0..n {
            let dz = 2.0 * (h + r) / f64::from(n);
            let z = -(h + r) + (f64::from(k) + 0.5) * dz;
            let over = (z.abs() - h).max(0.0);
            let area = std::f64::consts::PI * (r * r - over * over);
            volume += area * dz;
            side += area * dz * ((r * r - over * over) / 4.0 + z * z);
        }
        assert!((made.volume / volume - 1.0).abs() < 1e-8);
        assert!((made.inertia[(0, 0)] / side - 1.0).abs() < 1e-8);
    }

    /// A surface without volume has no weight.
    #[test]
    fn open_mesh_has_no_mass() {
        let mut mesh = cuboid([1.0; 3], [0.0; 3]);
        mesh.triangles.iter_mut().for_each(|t| t.swap(0, 1));
        assert!(mesh.unit_mass().is_none());
    }
}
