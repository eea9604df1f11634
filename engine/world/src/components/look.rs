//! What is seen: looks, cameras, lights.

use bevy_ecs::component::Component;

/// What the prim's surface looks like.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct DisplayMaterial {
    /// Linear base colour \[0 to 1\].
    pub base_color: [f64; 3],
    /// Roughness \[0 to 1\].
    pub roughness: f64,
    /// Metalness \[0 to 1\].
    pub metallic: f64,
    /// Opacity \[0 to 1\].
    pub opacity: f64,
    /// Linear colour of its own light.
    pub emission: [f64; 3],
}

impl Default for DisplayMaterial {
    /// `UsdPreviewSurface` without inputs.
    fn default() -> Self {
        Self {
            base_color: [0.18; 3],
            roughness: 0.5,
            metallic: 0.0,
            opacity: 1.0,
            emission: [0.0; 3],
        }
    }
}

/// A camera that looks along its -z axis, +y up in the picture.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Vertical opening angle \[rad\].
    pub vertical_fov: f64,
    /// Width over height of the authored aperture \[-\].
    pub aspect: f64,
    /// Nearest and farthest distance shown \[m\].
    pub clipping: [f64; 2],
}

/// Kind and size of a light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LightKind {
    /// Light from everywhere.
    Dome,
    /// Parallel light along the prim's -z axis; full opening angle of the source \[rad\].
    Distant {
        /// Full opening angle of the source \[rad\].
        angle: f64,
    },
    /// A rectangle in the prim's x-y plane that shines along -z.
    Rect {
        /// Size along x \[m\].
        width: f64,
        /// Size along y \[m\].
        height: f64,
    },
    /// A disc in the prim's x-y plane that shines along -z.
    Disk {
        /// Radius \[m\].
        radius: f64,
    },
    /// A ball.
    Sphere {
        /// Radius \[m\].
        radius: f64,
    },
}

/// A light (`UsdLux`).
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Light {
    /// Kind and size.
    pub kind: LightKind,
    /// Linear colour.
    pub color: [f64; 3],
    /// Intensity times two to the exposure: luminance \[nit\], or illuminance \[lux\] if distant.
    pub intensity: f64,
    /// Whether the power stays the same when the light grows.
    pub normalize: bool,
}
