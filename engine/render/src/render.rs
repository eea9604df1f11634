//! From a scene to a picture.

use rayon::prelude::*;

use crate::{
    RenderError,
    brdf::{Color, luminance, plus, scaled, times},
    image::{Image, LinearImage},
    sampler::Sampler,
    scene::{Camera, Scene},
    smooth::{Guide, smooth},
    stage::Stage,
    tone::{Exposure, ToneMap},
    trace::{Rules, follow},
    vector::{Ray, Vec3},
};

/// How a picture is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RenderSettings {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Paths per pixel; powers of two spread best.
    pub samples: u32,
    /// Times that light is scattered on its way beyond the first surface.
    pub bounces: u32,
    /// Seed of the noise.
    pub seed: u32,
    /// Linear colour behind everything; none shows the dome.
    pub background: Option<[f32; 3]>,
    /// Makes a calm picture out of few samples: takes the grain out, tames lone bright samples and
    /// dulls mirrors seen by way of others. Off for measurements.
    pub smooth: bool,
    /// Brightness of the picture.
    pub exposure: Exposure,
    /// Curve of the picture.
    pub tone_map: ToneMap,
}

impl Default for RenderSettings {
    /// A presentable 1280x720 picture.
    fn default() -> Self {
        Self {
            width: 1280,
            height: 720,
            samples: 16,
            bounces: 2,
            seed: 0,
            background: None,
            smooth: true,
            exposure: Exposure::Auto(0.22),
            tone_map: ToneMap::Neutral,
        }
    }
}

impl RenderSettings {
    /// Settings for numbers instead of looks: no smoothing, exposure 1, no curve.
    #[must_use]
    pub fn measuring(width: u32, height: u32, samples: u32) -> Self {
        Self {
            width,
            height,
            samples,
            smooth: false,
            exposure: Exposure::Stops(0.0),
            tone_map: ToneMap::Linear,
            ..Self::default()
        }
    }
}

/// Draws the scene; the same input gives the same bytes with any number of threads.
///
/// # Errors
///
/// [`RenderError`] for an empty picture and for parts of the scene that have no sense.
pub fn render(scene: &Scene, settings: &RenderSettings) -> Result<Image, RenderError> {
    Ok(render_linear(scene, settings)?.develop(settings.exposure, settings.tone_map))
}

/// Draws the scene and keeps linear light, depth and ids; exposure and tone map are not applied.
///
/// # Errors
///
/// As [`render`].
pub fn render_linear(scene: &Scene, settings: &RenderSettings) -> Result<LinearImage, RenderError> {
    let RenderSettings {
        width,
        height,
        samples,
        ..
    } = *settings;
    if width == 0 || height == 0 || samples == 0 || width > 1 << 14 || height > 1 << 14 {
        return Err(RenderError::Extent {
            width,
            height,
            samples,
        });
    }
    let stage = Stage::build(scene)?;
    let rules = Rules {
        lights: &scene.lights,
        bounces: settings.bounces,
        background: settings.background,
        least_roughness: if settings.smooth { 0.7 } else { 0.0 },
    };
    let lens = Lens::new(&scene.camera, width, height);
    let pixels: Vec<Pixel> = (0..width * height)
        .into_par_iter()
        .map(|index| {
            develop_pixel(
                &stage,
                &rules,
                &lens,
                [index % width, index / width],
                settings,
            )
        })
        .collect();
    let mut guides: Vec<Guide> = pixels.iter().map(|p| p.guide).collect();
    if settings.smooth {
        smooth(width as usize, &mut guides, 4);
    }
    let light = |(p, g): (&Pixel, &Guide)| plus(times(g.light, p.divisor), p.bare);
    Ok(LinearImage {
        width,
        height,
        radiance: pixels.iter().zip(&guides).map(light).collect(),
        depth: pixels.iter().map(|p| p.depth).collect(),
        id: pixels.iter().map(|p| p.id).collect(),
    })
}

#[derive(Clone, Copy, Debug)]
struct Pixel {
    guide: Guide,
    /// Mean colour that was taken out of `guide.light`.
    divisor: Color,
    /// Light that is not smoothed: background seen beside an edge.
    bare: Color,
    depth: f32,
    id: u32,
}

fn develop_pixel(
    stage: &Stage<'_>,
    rules: &Rules<'_>,
    lens: &Lens,
    pixel: [u32; 2],
    settings: &RenderSettings,
) -> Pixel {
    let count = settings.samples as f32;
    let (mut light, mut squares, mut hits) = ([0.0_f32; 3], 0.0_f32, 0.0_f32);
    let (mut albedo, mut bare, mut roughness) = ([0.0_f32; 3], [0.0_f32; 3], 0.0);
    let (mut normal, mut point, mut depth) = (Vec3::ZERO, Vec3::ZERO, 0.0);
    let mut id = u32::MAX;
    let mut brightest = [[0.0_f32; 3]; 2];
    for sample in 0..settings.samples {
        let mut sampler = Sampler::new(pixel, sample, settings.seed);
        let (ray, t_min) = lens.ray(pixel, tent(sampler.pair()));
        let seen = follow(stage, rules, ray, t_min, &mut sampler);
        let Some(hit) = seen.hit else {
            bare = plus(bare, seen.radiance);
            continue;
        };
        if sample == 0 {
            id = hit.id;
        }
        hits += 1.0;
        light = plus(light, seen.radiance);
        if luminance(seen.radiance) > luminance(brightest[0]) {
            brightest = [seen.radiance, brightest[0]];
        } else if luminance(seen.radiance) > luminance(brightest[1]) {
            brightest[1] = seen.radiance;
        }
        squares += luminance(seen.radiance).powi(2);
        albedo = plus(albedo, seen.albedo);
        roughness += hit.material.roughness;
        normal = normal + hit.normal;
        point = point + hit.point;
        depth += hit.t;
    }
    let [first, second] = brightest.map(luminance);
    if settings.smooth && hits > 2.0 && first > 2.0 * second {
        // A lone glint at a silhouette would stay as a speck: it counts like the next bright one.
        light = plus(light, scaled(brightest[0], second / first - 1.0));
        squares += second * second - first * first;
    }
    let share = 1.0 / hits.max(1.0);
    let many = f64::from(share);
    let albedo = scaled(albedo, share);
    // A floor on the divisor keeps gloss on black surfaces from being blown up.
    let divisor = albedo.map(|v| v.max(0.05));
    let mean = luminance(light) * share;
    let noise = (squares * share - mean * mean).max(0.0) * share;
    let guide = Guide {
        light: [0, 1, 2].map(|i| light[i] * share / divisor[i]),
        variance: noise / luminance(divisor).powi(2),
        normal: normal * many,
        point: point * many,
        footprint: depth * many * lens.pixel_angle,
        albedo,
        roughness: roughness * share,
    };
    let covered = hits / count;
    Pixel {
        guide,
        divisor: scaled(divisor, covered),
        bare: scaled(bare, 1.0 / count),
        depth: if hits > 0.0 {
            (depth * many) as f32
        } else {
            f32::INFINITY
        },
        id,
    }
}

/// Two even numbers as an offset from the pixel's centre with a tent of half width 1 \[pixel\].
fn tent(u: [f64; 2]) -> [f64; 2] {
    u.map(|v| {
        let v = 2.0 * v;
        if v < 1.0 {
            v.sqrt() - 1.0
        } else {
            1.0 - (2.0 - v).sqrt()
        }
    })
}

/// The camera worked out for a picture.
#[derive(Clone, Copy, Debug)]
struct Lens {
    camera: Camera,
    /// Size of a pixel on a film at distance 1.
    pixel_angle: f64,
    center: [f64; 2],
}

impl Lens {
    fn new(camera: &Camera, width: u32, height: u32) -> Self {
        let (w, h) = (f64::from(width), f64::from(height));
        // The larger of the two keeps the whole aperture in the picture.
        let pixel = (camera.horizontal_aperture / w).max(camera.vertical_aperture / h);
        let pixel_angle = pixel / camera.focal_length;
        Self {
            camera: *camera,
            pixel_angle,
            center: [0.5 * w, 0.5 * h],
        }
    }

    /// The ray through a pixel and the distance at which the near plane lies on it.
    fn ray(&self, [x, y]: [u32; 2], [dx, dy]: [f64; 2]) -> (Ray, f64) {
        let right = (f64::from(x) + 0.5 + dx - self.center[0]) * self.pixel_angle;
        let up = (self.center[1] - f64::from(y) - 0.5 - dy) * self.pixel_angle;
        let local = Vec3::new(right, up, -1.0);
        let pose = &self.camera.world_from_camera;
        let ray = Ray {
            origin: Vec3(pose.translation),
            direction: pose.vector(local.unit()),
        };
        (ray, self.camera.near_clip.max(0.0) * local.length())
    }
}
