//! Lights as seen from a surface: picking directions towards them and meeting them by chance.

use std::f64::consts::PI;

use crate::{
    brdf::{Color, blend, disk, scaled},
    scene::{Light, Pose},
    vector::{Ray, Vec3, basis},
};

/// A direction towards a light.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Towards {
    /// Unit vector.
    pub(crate) direction: Vec3,
    /// How far the light is \[m\]; infinite for the sun.
    pub(crate) distance: f64,
    pub(crate) radiance: Color,
    /// Density of the pick \[1/sr\].
    pub(crate) density: f64,
}

/// A light that a ray ran into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Met {
    pub(crate) distance: f64,
    pub(crate) radiance: Color,
    /// Density with which [`towards`] picks this direction \[1/sr\].
    pub(crate) density: f64,
}

/// True for lights that [`towards`] picks; the dome is met by scattered rays alone.
pub(crate) fn is_picked(light: &Light) -> bool {
    !matches!(light, Light::Dome { .. })
}

/// A random direction from `point` to the light, or none when it shows its back.
pub(crate) fn towards(light: &Light, point: Vec3, u: [f64; 2]) -> Option<Towards> {
    match light {
        Light::Dome { .. } => None,
        Light::Distant {
            direction,
            angle,
            irradiance,
        } => {
            let axis = -Vec3(*direction).unit();
            let (spread, solid) = cone(0.5 * angle);
            let direction = in_cone(axis, spread, u);
            let radiance = scaled(*irradiance, (1.0 / normal_solid(0.5 * angle)) as f32);
            Some(Towards {
                direction,
                distance: f64::INFINITY,
                radiance,
                density: 1.0 / solid,
            })
        }
        Light::Rect {
            world_from_light,
            width,
            height,
            radiance,
        } => {
            let local = Vec3::new((u[0] - 0.5) * width, (u[1] - 0.5) * height, 0.0);
            from_patch(world_from_light, local, width * height, *radiance, point)
        }
        Light::Disk {
            world_from_light,
            radius,
            radiance,
        } => {
            let [x, y] = disk(u);
            let local = Vec3::new(x * radius, y * radius, 0.0);
            from_patch(
                world_from_light,
                local,
                PI * radius * radius,
                *radiance,
                point,
            )
        }
        Light::Sphere {
            center,
            radius,
            radiance,
        } => {
            let to = Vec3(*center) - point;
            let distance = to.length();
            if distance <= *radius {
                return None;
            }
            let (spread, solid) = cone((radius / distance).asin());
            let direction = in_cone(to.unit(), spread, u);
            let distance = meet_sphere(to, *radius, direction)?;
            Some(Towards {
                direction,
                distance,
                radiance: *radiance,
                density: 1.0 / solid,
            })
        }
    }
}

/// The light along a ray, or none when the ray passes it.
pub(crate) fn met(light: &Light, ray: &Ray) -> Option<Met> {
    match light {
        Light::Dome {
            top,
            bottom,
            intensity,
        } => {
            let up = (0.5 + 0.5 * ray.direction.0[2]) as f32;
            let radiance = scaled(blend(*bottom, *top, up), *intensity);
            Some(Met {
                distance: f64::INFINITY,
                radiance,
                density: 0.0,
            })
        }
        Light::Distant {
            direction,
            angle,
            irradiance,
        } => {
            let (spread, solid) = cone(0.5 * angle);
            let inside =
                *angle > 0.0 && -Vec3(*direction).unit().dot(ray.direction) >= 1.0 - spread;
            let radiance = scaled(*irradiance, (1.0 / normal_solid(0.5 * angle)) as f32);
            inside.then_some(Met {
                distance: f64::INFINITY,
                radiance,
                density: 1.0 / solid,
            })
        }
        Light::Rect {
            world_from_light,
            width,
            height,
            radiance,
        } => {
            let inside = |x: f64, y: f64| x.abs() <= 0.5 * width && y.abs() <= 0.5 * height;
            on_patch(world_from_light, inside, width * height, *radiance, ray)
        }
        Light::Disk {
            world_from_light,
            radius,
            radiance,
        } => {
            let inside = |x: f64, y: f64| x * x + y * y <= radius * radius;
            on_patch(
                world_from_light,
                inside,
                PI * radius * radius,
                *radiance,
                ray,
            )
        }
        Light::Sphere {
            center,
            radius,
            radiance,
        } => {
            let to = Vec3(*center) - ray.origin;
            let distance = meet_sphere(to, *radius, ray.direction)?;
            let (_, solid) = cone((radius / to.length()).asin());
            Some(Met {
                distance,
                radiance: *radiance,
                density: 1.0 / solid,
            })
        }
    }
}

/// One minus the cosine, and the solid angle [sr], of a cone of half angle `half`.
///
/// A hard sun (half = 0) gets a tiny cone, so densities stay finite.
fn cone(half: f64) -> (f64, f64) {
    let s = (0.5 * half.max(1e-6)).sin();
    let spread = 2.0 * s * s;
    (spread, 2.0 * PI * spread)
}

/// Integral of the cosine over the cone [sr]: irradiance per radiance on a surface that faces it.
fn normal_solid(half: f64) -> f64 {
    let s = half.max(1e-6).sin();
    PI * s * s
}

fn in_cone(axis: Vec3, spread: f64, [u, v]: [f64; 2]) -> Vec3 {
    let z = 1.0 - u * spread;
    // 1 - z² without cancellation for a narrow cone.
    let r = (u * spread * (1.0 + z)).max(0.0).sqrt();
    let (sin, cos) = (2.0 * PI * v).sin_cos();
    let (x, y) = basis(axis);
    x * (r * cos) + y * (r * sin) + axis * z
}

/// Distance along `direction` to a ball at `to` from an origin outside it.
fn meet_sphere(to: Vec3, radius: f64, direction: Vec3) -> Option<f64> {
    let along = to.dot(direction);
    let off = to - direction * along;
    let rest = radius * radius - off.dot(off);
    // Rays picked at the rim may pass by within rounding.
    let outside = to.dot(to) > radius * radius && along > 0.0;
    (outside && rest > -1e-9 * radius * radius).then(|| along - rest.max(0.0).sqrt())
}

fn from_patch(
    pose: &Pose,
    local: Vec3,
    area: f64,
    radiance: Color,
    point: Vec3,
) -> Option<Towards> {
    let to = pose.point(local) - point;
    let distance = to.length();
    let direction = to * (1.0 / distance);
    let facing = pose.vector(Vec3::new(0.0, 0.0, 1.0)).dot(direction);
    let density = distance * distance / (facing * area);
    (facing > 1e-9).then_some(Towards {
        direction,
        distance,
        radiance,
        density,
    })
}

fn on_patch(
    pose: &Pose,
    inside: impl Fn(f64, f64) -> bool,
    area: f64,
    radiance: Color,
    ray: &Ray,
) -> Option<Met> {
    let origin = pose.point_back(ray.origin);
    let direction = pose.vector_back(ray.direction);
    let facing = direction.0[2];
    if facing <= 1e-9 {
        return None;
    }
    let distance = -origin.0[2] / facing;
    let p = origin + direction * distance;
    let density = distance * distance / (facing * area);
    (distance > 0.0 && inside(p.0[0], p.0[1])).then_some(Met {
        distance,
        radiance,
        density,
    })
}
