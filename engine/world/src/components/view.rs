//! Cameras and lights.

use std::sync::Arc;

use bevy_ecs::component::Component;

use super::look::ImageFile;

/// A camera that looks along its -z axis, +y up in the picture.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Camera {
    /// How space falls onto the film.
    pub projection: Projection,
    /// Distance from pinhole to film \[m\].
    pub focal_length: f64,
    /// Width and height of the film \[m\]; of what is seen, in a parallel projection.
    pub aperture: [f64; 2],
    /// Shift of the film's middle from the axis, to the right and up \[m\].
    pub aperture_offset: [f64; 2],
    /// Nearest and farthest distance shown \[m\].
    pub clipping: [f64; 2],
    /// Further planes that cut the picture, as (a, b, c, d) in the camera frame: what has
    /// a x + b y + c z + d < 0 \[m\] is not shown.
    pub clipping_planes: Vec<[f64; 4]>,
    /// Focal length over width of the lens \[-\]; zero has everything in focus.
    pub f_stop: f64,
    /// Distance that is in focus \[m\].
    pub focus_distance: f64,
    /// What becomes of the light.
    pub exposure: Exposure,
}

/// How space falls onto the film.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// Through a pinhole.
    #[default]
    Perspective,
    /// Along parallel lines.
    Orthographic,
}

/// Exposure of a camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// Doublings of the picture's brightness \[-\].
    pub compensation: f64,
    /// Sensitivity of the film (ISO) \[-\].
    pub iso: f64,
    /// Time that the shutter is open \[s\].
    pub time: f64,
    /// F-number that the exposure counts with \[-\].
    pub f_stop: f64,
    /// Sensitivity of this camera beyond its ISO \[-\].
    pub responsivity: f64,
}

impl Default for Exposure {
    /// The picture as it comes.
    fn default() -> Self {
        Self {
            compensation: 0.0,
            iso: 100.0,
            time: 1.0,
            f_stop: 1.0,
            responsivity: 1.0,
        }
    }
}

impl Camera {
    /// Film of a camera that is known by its opening angle only: 24 mm high, a full frame \[m\].
    const HEIGHT: f64 = 0.024;

    /// A perspective camera by its vertical opening angle \[rad\], width over height and nearest
    /// and farthest distance \[m\].
    #[must_use]
    pub fn by_angle(vertical_fov: f64, aspect: f64, clipping: [f64; 2]) -> Self {
        Self {
            projection: Projection::Perspective,
            focal_length: Self::HEIGHT / 2.0 / (vertical_fov / 2.0).tan(),
            aperture: [Self::HEIGHT * aspect, Self::HEIGHT],
            aperture_offset: [0.0; 2],
            clipping,
            clipping_planes: Vec::new(),
            f_stop: 0.0,
            focus_distance: 0.0,
            exposure: Exposure::default(),
        }
    }

    /// Vertical opening angle \[rad\].
    #[must_use]
    pub fn vertical_fov(&self) -> f64 {
        2.0 * (self.aperture[1] / (2.0 * self.focal_length)).atan()
    }

    /// Width over height of the film \[-\].
    #[must_use]
    pub fn aspect(&self) -> f64 {
        self.aperture[0] / self.aperture[1]
    }
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
    /// A tube along the prim's x axis that shines from its side.
    Cylinder {
        /// Radius \[m\].
        radius: f64,
        /// Length along x \[m\].
        length: f64,
    },
}

/// A light (`UsdLux`).
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Light {
    /// Kind and size.
    pub kind: LightKind,
    /// Linear colour.
    pub color: [f64; 3],
    /// Intensity times two to the exposure: luminance \[nit\], or illuminance \[lux\] if distant.
    pub intensity: f64,
    /// Whether the power stays the same when the light grows.
    pub normalize: bool,
    /// What few lights say; `None` where all of it is as usual.
    pub extra: Option<Arc<LightExtra>>,
}

/// What few lights say.
#[derive(Clone, Debug, PartialEq)]
pub struct LightExtra {
    /// Colour temperature whose colour is a factor on the light's \[K\].
    pub temperature: Option<f64>,
    /// Factors on what surfaces reflect diffusely and specularly \[-\].
    pub reflected: [f64; 2],
    /// Picture on a dome or a rectangle.
    pub texture: Option<ImageFile>,
    /// How the picture of a dome is laid out.
    pub texture_layout: DomeLayout,
    /// Whether the pole of a dome's picture is the prim's z axis; else it is y.
    pub pole_along_z: bool,
    /// Whether a ball or a tube counts as a point or a line.
    pub as_point: bool,
    /// Where the light goes.
    pub shaping: Shaping,
    /// What stands in the light.
    pub shadow: Shadow,
}

/// How the picture of a dome is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DomeLayout {
    /// As the picture file says.
    #[default]
    Automatic,
    /// Longitude and latitude.
    LatLong,
    /// A ball seen in a mirror.
    MirroredBall,
    /// Two discs.
    Angular,
    /// Six sides of a cube, in a cross.
    CubeMapVerticalCross,
}

/// Where a light goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Shaping {
    /// Falling off with the angle from the axis; zero spreads evenly.
    pub focus: f64,
    /// Linear colour that the light fades to away from the axis.
    pub focus_tint: [f64; 3],
    /// Half angle of the cone \[rad\]; none where the light is not cut off.
    pub cone_angle: f64,
    /// Part of the cone over which the edge fades \[0 to 1\].
    pub cone_softness: f64,
    /// Measured distribution (IES).
    pub profile: Option<ImageFile>,
    /// Scale of the profile's angles \[-\].
    pub profile_scale: f64,
    /// Whether the profile is normalised to the power of the light.
    pub profile_normalize: bool,
}

/// What stands in a light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shadow {
    /// Whether the light casts shadows.
    pub enable: bool,
    /// Linear colour of the shadows.
    pub color: [f64; 3],
    /// How far a shadow reaches \[m\]; `None` reaches everywhere.
    pub distance: Option<f64>,
    /// Distance over which the shadow fades at its end \[m\]; `None` does not fade.
    pub falloff: Option<f64>,
    /// Exponent of the fading \[-\].
    pub falloff_gamma: f64,
}

impl Default for LightExtra {
    /// White, not shaped, with dark shadows: `UsdLux` without opinions.
    fn default() -> Self {
        Self {
            temperature: None,
            reflected: [1.0; 2],
            texture: None,
            texture_layout: DomeLayout::Automatic,
            pole_along_z: false,
            as_point: false,
            shaping: Shaping::default(),
            shadow: Shadow::default(),
        }
    }
}

impl Default for Shaping {
    /// To all sides.
    fn default() -> Self {
        Self {
            focus: 0.0,
            focus_tint: [0.0; 3],
            cone_angle: std::f64::consts::FRAC_PI_2,
            cone_softness: 0.0,
            profile: None,
            profile_scale: 0.0,
            profile_normalize: false,
        }
    }
}

impl Default for Shadow {
    /// Dark, without end.
    fn default() -> Self {
        Self {
            enable: true,
            color: [0.0; 3],
            distance: None,
            falloff: None,
            falloff_gamma: 1.0,
        }
    }
}
