//! Pictures of a scene by ray casting.
//!
//! Owns: a path tracer on the CPU, tone mapping, PNG, and colours for numbers.
//! Must not know: what a robot is, file formats of scenes, clocks. Its input is
//! the plain [`Scene`]; start reading at [`render`], then `trace.rs`.
//!
//! The same scene and settings give the same bytes with any number of threads:
//! every random number depends on (pixel, sample, dimension, seed) alone, and
//! pixels do not share sums.

mod brdf;
mod bvh;
mod color_map;
mod image;
mod legend;
mod light;
mod render;
mod sampler;
mod scene;
mod shape;
mod smooth;
mod stage;
mod tone;
mod trace;
mod vector;

pub use color_map::{heat_patch, viridis, viridis_linear};
pub use image::{Image, LinearImage};
pub use legend::{Legend, draw_legend};
pub use render::{RenderSettings, render, render_linear};
pub use scene::{Camera, Grid, Instance, Light, Material, Mesh, Pose, Scene, Shape};
pub use tone::{Exposure, ToneMap};

/// Why no picture could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A side or the number of samples is zero, or a side is beyond 16,384.
    #[error(
        "a picture needs sides of 1 to 16384 pixels and at least one sample, given {width} x {height} with {samples}"
    )]
    Extent {
        /// Pixels per row.
        width: u32,
        /// Rows.
        height: u32,
        /// Paths per pixel.
        samples: u32,
    },
    /// Focal length or an aperture is not positive, or the pose is not finite.
    #[error("the camera needs positive focal length and apertures and a finite pose")]
    Camera,
    /// A light without size or direction, or with numbers that are not finite.
    #[error("light {light} has no size or direction, or is not finite")]
    Light {
        /// Place in [`Scene::lights`].
        light: usize,
    },
    /// A pose holds numbers that are not finite.
    #[error("instance {instance} (id {id}) has a pose that is not finite")]
    Pose {
        /// Place in [`Scene::instances`].
        instance: usize,
        /// Its id.
        id: u32,
    },
    /// A size is not finite.
    #[error("instance {instance} (id {id}) has a size that is not finite")]
    Size {
        /// Place in [`Scene::instances`].
        instance: usize,
        /// Its id.
        id: u32,
    },
    /// No triangles, an index beyond the points, points that are not finite, or a list of another length.
    #[error(
        "instance {instance} (id {id}) has a mesh whose triangles, normals or colours do not fit its points"
    )]
    Mesh {
        /// Place in [`Scene::instances`].
        instance: usize,
        /// Its id.
        id: u32,
    },
    /// The encoder refused the picture.
    #[error("cannot encode the picture as png")]
    Png(#[from] png::EncodingError),
}
