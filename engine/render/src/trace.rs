//! Light along one path: direct light by picking, the rest by scattering, weighed together.

use crate::{
    brdf::{Brdf, Color, luminance, plus, scaled, times},
    light,
    sampler::Sampler,
    scene::Light,
    stage::{Hit, Stage},
    vector::{Ray, Vec3},
};

/// What one camera ray brought back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) radiance: Color,
    /// Colour of the first surface, to be taken out before noise is smoothed; white if none.
    pub(crate) albedo: Color,
    /// First hit, if any.
    pub(crate) hit: Option<Hit>,
}

/// Rules for tracing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) lights: &'a [Light],
    pub(crate) bounces: u32,
    /// Shown to camera rays that miss; none shows the dome.
    pub(crate) background: Option<Color>,
    /// Least roughness of surfaces seen by way of others: sharp lights on them would be grain.
    pub(crate) least_roughness: f32,
}

/// Follows a camera ray from `t_min` on.
pub(crate) fn follow(
    stage: &Stage<'_>,
    rules: &Rules<'_>,
    mut ray: Ray,
    t_min: f64,
    sampler: &mut Sampler,
) -> Seen {
    let mut seen = Seen {
        radiance: [0.0; 3],
        albedo: [1.0; 3],
        hit: None,
    };
    let mut throughput = [1.0_f32; 3];
    // Density of the scattered direction; none for the camera ray.
    let mut density: Option<f64> = None;
    for bounce in 0..=rules.bounces + 1 {
        let last = bounce > rules.bounces;
        let start = if bounce == 0 { t_min } else { 0.0 };
        let mut hit = stage.trace(&ray, start, f64::INFINITY);
        if let (Some(hit), true) = (&mut hit, bounce > 0) {
            hit.material.roughness = hit.material.roughness.max(rules.least_roughness);
        }
        let mut arriving = match density {
            Some(density) => lights_met(rules.lights, &ray, hit.as_ref(), density),
            None if hit.is_none() => backdrop(rules, &ray),
            None => [0.0; 3],
        };
        if let Some(hit) = &hit {
            arriving = plus(arriving, hit.material.emissive);
        }
        let brdf = hit.map(|hit| Brdf::new(&hit.material, hit.normal, -ray.direction));
        if let (Some(hit), Some(brdf), false) = (&hit, &brdf, last) {
            arriving = plus(
                arriving,
                direct(stage, rules.lights, hit, brdf, bounce, sampler),
            );
        }
        seen.radiance = plus(seen.radiance, times(throughput, arriving));
        let (Some(hit), Some(brdf)) = (hit, brdf) else {
            break;
        };
        if bounce == 0 {
            seen.hit = Some(hit);
            seen.albedo = hit.material.base_color;
        }
        if last {
            break;
        }
        let direction = brdf.sample(sampler.pair());
        let (value, picked) = brdf.evaluate(direction);
        if picked <= 0.0 || direction.dot(hit.face) <= 0.0 {
            break;
        }
        throughput = times(throughput, scaled(value, (1.0 / picked) as f32));
        density = Some(picked);
        ray = Ray {
            origin: leave(stage, &hit),
            direction,
        };
    }
    seen
}

fn leave(stage: &Stage<'_>, hit: &Hit) -> Vec3 {
    hit.point + hit.face * stage.offset
}

/// What a camera ray sees where there is nothing; lights themselves are not seen.
fn backdrop(rules: &Rules<'_>, ray: &Ray) -> Color {
    if let Some(color) = rules.background {
        return color;
    }
    let domes = rules.lights.iter().filter(|l| !light::is_picked(l));
    domes
        .filter_map(|l| light::met(l, ray))
        .fold([0.0; 3], |sum, met| plus(sum, met.radiance))
}

/// Light that a scattered ray ran into, weighed against the chance of having picked it.
fn lights_met(lights: &[Light], ray: &Ray, hit: Option<&Hit>, density: f64) -> Color {
    let reach = hit.map_or(f64::INFINITY, |hit| hit.t);
    let mut sum = [0.0; 3];
    for light in lights {
        let Some(met) = light::met(light, ray) else {
            continue;
        };
        if met.distance < reach || (hit.is_none() && met.distance.is_infinite()) {
            sum = plus(sum, scaled(met.radiance, power(density, met.density)));
        }
    }
    sum
}

/// Light that comes straight from the lights: from each at the first surface, from one later on.
fn direct(
    stage: &Stage<'_>,
    lights: &[Light],
    hit: &Hit,
    brdf: &Brdf,
    bounce: u32,
    sampler: &mut Sampler,
) -> Color {
    let count = lights.iter().filter(|l| light::is_picked(l)).count();
    let chosen = (bounce > 0 && count > 1).then(|| {
        let [u, _] = sampler.pair();
        (u * count as f64) as usize
    });
    let weight = if chosen.is_some() { count as f32 } else { 1.0 };
    let origin = leave(stage, hit);
    let mut sum = [0.0; 3];
    for (index, light) in lights.iter().filter(|l| light::is_picked(l)).enumerate() {
        if chosen.is_some_and(|c| c != index) {
            continue;
        }
        let pick = sampler.pair();
        let Some(to) = light::towards(light, hit.point, pick) else {
            continue;
        };
        if to.direction.dot(hit.face) <= 0.0 {
            continue;
        }
        let (value, density) = brdf.evaluate(to.direction);
        if luminance(value) <= 0.0 {
            continue;
        }
        // Lights have no body: a shadow ray stops just short of a lamp set into a surface.
        let ray = Ray {
            origin,
            direction: to.direction,
        };
        if stage.blocked(&ray, to.distance * (1.0 - 1e-6)) {
            continue;
        }
        let share = f64::from(power(to.density, density)) / to.density;
        sum = plus(
            sum,
            times(value, scaled(to.radiance, share as f32 * weight)),
        );
    }
    sum
}

/// Veach's power heuristic: the share of a pick of density `a` against one of density `b`.
///
/// A light whose density is unknown to picking (the dome) has `b = 0` and keeps all.
fn power(a: f64, b: f64) -> f32 {
    let ratio = b / a;
    (1.0 / (1.0 + ratio * ratio)) as f32
}
