//! How surfaces scatter light: Lambert diffuse under a GGX specular layer.

use std::f64::consts::PI;

use crate::{
    scene::Material,
    vector::{Vec3, basis},
};

/// A linear colour.
pub(crate) type Color = [f32; 3];

pub(crate) fn scaled(c: Color, s: f32) -> Color {
    c.map(|v| v * s)
}

pub(crate) fn times(a: Color, b: Color) -> Color {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

pub(crate) fn plus(a: Color, b: Color) -> Color {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub(crate) fn blend(a: Color, b: Color, t: f32) -> Color {
    [0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * t)
}

pub(crate) fn luminance(c: Color) -> f32 {
    0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]
}

/// A material at a point with its local frame; z is the shading normal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brdf {
    diffuse: Color,
    /// Reflectance at normal incidence.
    f0: Color,
    /// Reflectance at grazing incidence; fades out with F0 so that `ior = 1` is pure Lambert.
    f90: f32,
    alpha: f64,
    /// Probability of sampling the specular layer.
    specular_share: f64,
    axes: [Vec3; 3],
    /// Towards the viewer, local frame.
    view: Vec3,
}

impl Brdf {
    /// `to_viewer` is a unit vector in the world on the side of `normal`.
    pub(crate) fn new(material: &Material, normal: Vec3, to_viewer: Vec3) -> Self {
        let metallic = material.metallic.clamp(0.0, 1.0);
        let ior = material.ior.max(1.0);
        let dielectric = ((ior - 1.0) / (ior + 1.0)).powi(2);
        let f0 = blend([dielectric; 3], material.base_color, metallic);
        let f90 = (luminance(f0) * 50.0).clamp(0.0, 1.0);
        let diffuse = scaled(material.base_color, 1.0 - metallic);
        let (x, y) = basis(normal);
        let axes = [x, y, normal];
        let view = Vec3(axes.map(|a| a.dot(to_viewer)));
        let alpha = f64::from(material.roughness.clamp(0.0, 1.0))
            .powi(2)
            .max(1e-3);
        let mut brdf = Self {
            diffuse,
            f0,
            f90,
            alpha,
            specular_share: 0.0,
            axes,
            view,
        };
        let specular = luminance(brdf.fresnel(view.0[2].abs()));
        let total = specular + luminance(diffuse) * (1.0 - specular);
        let share = f64::from(specular / total.max(1e-6));
        // A layer that is there at all keeps some samples, else its light would be noise.
        brdf.specular_share = match (f90 > 0.0, luminance(diffuse) > 0.0) {
            (true, true) => share.clamp(0.1, 0.9),
            (true, false) => 1.0,
            (false, _) => 0.0,
        };
        brdf
    }

    fn fresnel(&self, cosine: f64) -> Color {
        let edge = (1.0 - cosine.clamp(0.0, 1.0) as f32).powi(5);
        self.f0.map(|f| f + (self.f90 - f) * edge)
    }

    /// Value times cosine, and the density \[1/sr\] with which [`Self::sample`] picks `light`.
    pub(crate) fn evaluate(&self, light: Vec3) -> (Color, f64) {
        let l = Vec3(self.axes.map(|a| a.dot(light)));
        let (nl, nv) = (l.0[2], self.view.0[2]);
        if nl <= 0.0 || nv <= 0.0 {
            return ([0.0; 3], 0.0);
        }
        let half = (l + self.view).unit();
        let fresnel = self.fresnel(half.dot(self.view));
        let mut value = [0, 1, 2].map(|i| self.diffuse[i] * (1.0 - fresnel[i]) * (nl / PI) as f32);
        let mut density = (1.0 - self.specular_share) * nl / PI;
        if self.specular_share > 0.0 {
            let a2 = self.alpha * self.alpha;
            let d = half.0[2] * half.0[2] * (a2 - 1.0) + 1.0;
            let spread = a2 / (PI * d * d);
            let lambda = |c: f64| (a2 + (1.0 - a2) * c * c).sqrt();
            // Height-correlated Smith: G / (4 nl nv), times nl.
            let visible = 0.5 / (nl * lambda(nv) + nv * lambda(nl));
            value = plus(value, scaled(fresnel, (spread * visible * nl) as f32));
            let shown = 2.0 * nv / (nv + lambda(nv));
            density += self.specular_share * spread * shown / (4.0 * nv);
        }
        (value, density)
    }

    /// A direction towards light, in the world, picked about as the surface scatters.
    pub(crate) fn sample(&self, [u, v]: [f64; 2]) -> Vec3 {
        let share = self.specular_share;
        let local = if u < share {
            let half = visible_normal(self.view, self.alpha, [u / share, v]);
            half * (2.0 * half.dot(self.view)) - self.view
        } else {
            let u = (u - share) / (1.0 - share);
            let [x, y] = disk([u, v]);
            Vec3::new(x, y, (1.0 - x * x - y * y).max(0.0).sqrt())
        };
        let [x, y, z] = self.axes;
        x * local.0[0] + y * local.0[1] + z * local.0[2]
    }
}

/// A point of the unit disk, evenly spread over its area.
pub(crate) fn disk([u, v]: [f64; 2]) -> [f64; 2] {
    let (sin, cos) = (2.0 * PI * v).sin_cos();
    [u.sqrt() * cos, u.sqrt() * sin]
}

/// A GGX micro-normal as seen from `view`: Heitz, JCGT 7(4), 2018.
fn visible_normal(view: Vec3, alpha: f64, u: [f64; 2]) -> Vec3 {
    let v = Vec3::new(alpha * view.0[0], alpha * view.0[1], view.0[2]).unit();
    let (x, y) = basis(v);
    let [a, mut b] = disk(u);
    let s = 0.5 * (1.0 + v.0[2]);
    // `basis` does not keep y level, so the warp is done in a frame whose x is level.
    let level = Vec3::new(-v.0[1], v.0[0], 0.0).unit();
    let (x, y) = if level == Vec3::ZERO {
        (x, y)
    } else {
        (level, v.cross(level))
    };
    b = (1.0 - s) * (1.0 - a * a).max(0.0).sqrt() + s * b;
    let n = x * a + y * b + v * (1.0 - a * a - b * b).max(0.0).sqrt();
    Vec3::new(alpha * n.0[0], alpha * n.0[1], n.0[2].max(1e-9)).unit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::Sampler;

    /// Light reflected out of an even sky of radiance 1, seen at cosine `mu`.
    fn albedo(material: &Material, mu: f64) -> f64 {
        let view = Vec3::new((1.0 - mu * mu).sqrt(), 0.0, mu);
        let brdf = Brdf::new(material, Vec3::new(0.0, 0.0, 1.0), view);
        let samples = 1 << 15;
        let sum: f64 = (0..samples)
            .map(|i| {
                let (value, density) =
                    brdf.evaluate(brdf.sample(Sampler::new([0, 0], i, 1).pair()));
                if density > 0.0 {
                    f64::from(value[0]) / density
                } else {
                    0.0
                }
            })
            .sum();
        sum / f64::from(samples)
    }

    /// White furnace: a Lambert surface gives back its albedo from every side.
    #[test]
    fn lambert_furnace() {
        let grey = Material {
            base_color: [0.5; 3],
            ior: 1.0,
            ..Material::default()
        };
        for mu in [1.0, 0.5, 0.1] {
            // Sampling by cosine makes every sample equal: only f32 rounding is left.
            assert!((albedo(&grey, mu) - 0.5).abs() < 1e-6);
        }
    }

    /// White furnace of a single-scatter metal: directional albedo of height-correlated Smith GGX.
    ///
    /// The value at alpha = 1, mu = 1 is 1 - ln 2; the others were integrated
    /// apart from this code with 400k samples, hence 0.004.
    #[test]
    fn metal_furnace() {
        for (roughness, at) in [
            (0.25, [0.9955, 0.9883, 0.8975]),
            (0.5, [0.9159, 0.8579, 0.8928]),
            (1.0, [0.306_853, 0.4516, 0.7614]),
        ] {
            let white = Material {
                base_color: [1.0; 3],
                metallic: 1.0,
                roughness,
                ..Material::default()
            };
            for (mu, expected) in [1.0, 0.5, 0.1].into_iter().zip(at) {
                let found = albedo(&white, mu);
                assert!(
                    (found - expected).abs() < 0.004,
                    "{roughness} {mu}: {found} {expected}"
                );
            }
        }
    }
}
