//! What the renderer is given: shapes, materials, lights and a camera, as plain values.

use std::sync::Arc;

use crate::vector::Vec3;

/// A rigid transform `a_from_b`: a rotation, then a translation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Rotation matrix by rows; its columns are the axes of b seen from a.
    pub rotation: [[f64; 3]; 3],
    /// Origin of b seen from a \[m\].
    pub translation: [f64; 3],
}

impl Pose {
    /// The transform that changes nothing.
    pub const IDENTITY: Self = Self {
        rotation: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        translation: [0.0; 3],
    };

    /// A pose without rotation.
    #[must_use]
    pub const fn from_translation(translation: [f64; 3]) -> Self {
        Self {
            translation,
            ..Self::IDENTITY
        }
    }

    /// A pose whose z axis runs from `start` to `end` and whose origin lies midway \[m\].
    ///
    /// Fits a capsule or cylinder between two points; the turn about z is arbitrary.
    #[must_use]
    pub fn between(start: [f64; 3], end: [f64; 3]) -> Self {
        let (a, b) = (Vec3(start), Vec3(end));
        let z = (b - a).unit();
        let z = if z == Vec3::ZERO {
            Vec3::new(0.0, 0.0, 1.0)
        } else {
            z
        };
        let (x, y) = crate::vector::basis(z);
        Self::from_axes(x, y, z, (a + b) * 0.5)
    }

    pub(crate) fn from_axes(x: Vec3, y: Vec3, z: Vec3, origin: Vec3) -> Self {
        Self {
            rotation: [0, 1, 2].map(|i| [x.0[i], y.0[i], z.0[i]]),
            translation: origin.0,
        }
    }

    #[inline]
    pub(crate) fn vector(&self, v: Vec3) -> Vec3 {
        Vec3(self.rotation.map(|row| Vec3(row).dot(v)))
    }

    #[inline]
    pub(crate) fn point(&self, p: Vec3) -> Vec3 {
        self.vector(p) + Vec3(self.translation)
    }

    /// The vector `v` of a seen from b.
    #[inline]
    pub(crate) fn vector_back(&self, v: Vec3) -> Vec3 {
        let r = &self.rotation;
        Vec3(r[0]) * v.0[0] + Vec3(r[1]) * v.0[1] + Vec3(r[2]) * v.0[2]
    }

    /// The point `p` of a seen from b.
    #[inline]
    pub(crate) fn point_back(&self, p: Vec3) -> Vec3 {
        self.vector_back(p - Vec3(self.translation))
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.rotation
            .iter()
            .chain([&self.translation])
            .all(|row| Vec3(*row).is_finite())
    }
}

/// Triangles over shared points, in the frame of their instance.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// Points \[m\].
    pub points: Vec<[f32; 3]>,
    /// Three indices into `points` per triangle; both sides are visible.
    pub triangles: Vec<[u32; 3]>,
    /// One shading normal per point, or none for flat faces.
    pub normals: Option<Vec<[f32; 3]>>,
    /// One linear colour per point in place of the material's base colour, or none.
    pub colors: Option<Vec<[f32; 3]>>,
}

/// A surface in the frame of its instance; lengths in metres, axes along z.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Block centred on the origin, given by half its edges.
    Box {
        /// Half edges along x, y, z \[m\].
        half_extents: [f64; 3],
    },
    /// Ball centred on the origin.
    Sphere {
        /// Radius \[m\].
        radius: f64,
    },
    /// Cylinder with round caps, centred on the origin.
    Capsule {
        /// Half the length of the straight part \[m\].
        half_height: f64,
        /// Radius \[m\].
        radius: f64,
    },
    /// Closed cylinder centred on the origin.
    Cylinder {
        /// Half the height \[m\].
        half_height: f64,
        /// Radius \[m\].
        radius: f64,
    },
    /// Closed cone: base at `-half_height`, apex at `+half_height`.
    Cone {
        /// Half the height \[m\].
        half_height: f64,
        /// Radius of the base \[m\].
        radius: f64,
    },
    /// The plane z = 0, both sides visible.
    Plane {
        /// Half sizes along x and y \[m\]; none for a plane without end.
        half_sizes: Option<[f64; 2]>,
    },
    /// Triangles; instances that share the `Arc` share one search tree.
    Mesh(Arc<Mesh>),
}

/// How a surface answers to light: Lambert diffuse under GGX specular, metallic workflow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Material {
    /// Linear Rec. 709 colour: diffuse albedo, or reflectance of a metal.
    pub base_color: [f32; 3],
    /// Perceptual roughness in [0, 1]; GGX alpha is its square.
    pub roughness: f32,
    /// 0 for a dielectric, 1 for a metal.
    pub metallic: f32,
    /// Linear radiance given off \[nit\].
    pub emissive: [f32; 3],
    /// Index of refraction of a dielectric; 1 switches its specular part off.
    pub ior: f32,
    /// Lines drawn on a surface in its own x-y plane, for floors.
    pub grid: Option<Grid>,
}

/// A square grid of lines in the x-y plane of an instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Distance between lines \[m\].
    pub spacing: f32,
    /// Width of a line \[m\].
    pub width: f32,
    /// Linear colour of the lines.
    pub color: [f32; 3],
}

impl Default for Material {
    /// Light grey plastic: `UsdPreviewSurface`'s fallbacks.
    fn default() -> Self {
        Self {
            base_color: [0.18; 3],
            roughness: 0.5,
            metallic: 0.0,
            emissive: [0.0; 3],
            ior: 1.5,
            grid: None,
        }
    }
}

/// A shape put into the world.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Geometry.
    pub shape: Shape,
    /// Where it stands.
    pub world_from_shape: Pose,
    /// What it is made of.
    pub material: Material,
    /// Number that comes back in [`crate::LinearImage::id`]; `u32::MAX` means "nothing was hit".
    pub id: u32,
}

/// A source of light. Colours are linear Rec. 709 and carry the photometric scale.
///
/// `UsdLux`: `radiance = intensity · 2^exposure · color` \[nit\], divided by the
/// area of the light in world units when `normalize` is set.
#[derive(Clone, Copy, Debug)]
pub enum Light {
    /// Sky all around: `bottom` straight down, `top` straight up (+z), blended between.
    Dome {
        /// Radiance from +z \[nit\].
        top: [f32; 3],
        /// Radiance from -z \[nit\].
        bottom: [f32; 3],
        /// Factor on both.
        intensity: f32,
    },
    /// Sun: parallel light within a small cone.
    Distant {
        /// Direction in which the light travels (`UsdLux`: -z of the prim).
        direction: [f64; 3],
        /// Full angle of the cone \[rad\]; 0 gives hard shadows.
        angle: f64,
        /// Irradiance on a surface that faces the light \[lux\].
        ///
        /// `UsdLux`: the intensity with `normalize`, else intensity · π · sin²(angle / 2).
        irradiance: [f32; 3],
    },
    /// Rectangle that shines along its -z, as in `UsdLux`.
    Rect {
        /// Where it stands.
        world_from_light: Pose,
        /// Size along x \[m\].
        width: f64,
        /// Size along y \[m\].
        height: f64,
        /// Radiance \[nit\].
        radiance: [f32; 3],
    },
    /// Disk that shines along its -z, as in `UsdLux`.
    Disk {
        /// Where it stands.
        world_from_light: Pose,
        /// Radius \[m\].
        radius: f64,
        /// Radiance \[nit\].
        radiance: [f32; 3],
    },
    /// Ball that shines outwards.
    Sphere {
        /// Centre in the world \[m\].
        center: [f64; 3],
        /// Radius \[m\].
        radius: f64,
        /// Radiance \[nit\].
        radiance: [f32; 3],
    },
}

/// A pinhole camera with USD's conventions: it looks along its -z with y up.
///
/// Focal length and apertures share one unit. The picture is fitted so that
/// the authored aperture lies wholly inside it.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    /// Where it stands.
    pub world_from_camera: Pose,
    /// Distance from pinhole to film.
    pub focal_length: f64,
    /// Width of the film.
    pub horizontal_aperture: f64,
    /// Height of the film.
    pub vertical_aperture: f64,
    /// What lies nearer along the view axis is not seen \[m\].
    pub near_clip: f64,
}

impl Camera {
    /// A camera at `eye` that looks at `target` with world z up \[m\].
    ///
    /// `vertical_angle` is the full angle of view \[rad\] of a 16:9 film. Looking
    /// straight up or down turns y of the picture to world y.
    #[must_use]
    pub fn look_at(eye: [f64; 3], target: [f64; 3], vertical_angle: f64) -> Self {
        let back = (Vec3(eye) - Vec3(target)).unit();
        let up = if back.0[2].abs() > 0.999_999 {
            Vec3::new(0.0, 1.0, 0.0)
        } else {
            Vec3::new(0.0, 0.0, 1.0)
        };
        let right = up.cross(back).unit();
        let vertical_aperture = 2.0 * (0.5 * vertical_angle).tan();
        Self {
            world_from_camera: Pose::from_axes(right, back.cross(right), back, Vec3(eye)),
            focal_length: 1.0,
            horizontal_aperture: vertical_aperture * 16.0 / 9.0,
            vertical_aperture,
            near_clip: 0.01,
        }
    }
}

/// Everything in a picture.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Shapes in the world.
    pub instances: Vec<Instance>,
    /// Lights; without any the picture is black but for emissive surfaces.
    pub lights: Vec<Light>,
    /// The view.
    pub camera: Camera,
}
