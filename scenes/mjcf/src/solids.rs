//! Mass of primitives at density one, solid and hollow.

use halle_world::{MassProperties, Shape};
use nalgebra::{Matrix3, Vector3};

/// A primitive that can weigh something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Solid {
    /// Radius.
    Sphere(f64),
    /// Radius and half length of the tube.
    Capsule(f64, f64),
    /// Radius and half length.
    Cylinder(f64, f64),
    /// Half axes.
    Ellipsoid([f64; 3]),
    /// Half sides.
    Box([f64; 3]),
}

impl Solid {
    pub(crate) fn new(kind: &str, size: [f64; 3]) -> Option<Self> {
        Some(match kind {
            "sphere" => Self::Sphere(size[0]),
            "capsule" => Self::Capsule(size[0], size[1]),
            "cylinder" => Self::Cylinder(size[0], size[1]),
            "ellipsoid" => Self::Ellipsoid(size),
            "box" => Self::Box(size),
            _ => return None,
        })
    }
}

fn centred(mass: f64, moments: [f64; 3]) -> MassProperties {
    MassProperties {
        mass,
        center: Vector3::zeros(),
        inertia: Matrix3::from_diagonal(&Vector3::from(moments)),
    }
}

/// Of the volume.
pub(crate) fn volume(solid: &Solid) -> MassProperties {
    let shape = match *solid {
        Solid::Sphere(radius) => Shape::Sphere { radius },
        Solid::Capsule(radius, half_height) => Shape::Capsule {
            radius,
            half_height,
        },
        Solid::Cylinder(radius, half_height) => Shape::Cylinder {
            radius,
            half_height,
        },
        Solid::Box(half_extent) => Shape::Box { half_extent },
        Solid::Ellipsoid([a, b, c]) => {
            let mass = 4.0 / 3.0 * std::f64::consts::PI * a * b * c;
            let (x, y, z) = (a * a / 5.0, b * b / 5.0, c * c / 5.0);
            return centred(mass, [y + z, x + z, x + y].map(|i| i * mass));
        }
    };
    shape
        .unit_mass()
        .map_or(MassProperties::ZERO, |unit| MassProperties {
            mass: unit.volume,
            center: unit.center,
            inertia: unit.inertia,
        })
}

/// Of the surface \[per m^2\].
pub(crate) fn shell(solid: &Solid) -> MassProperties {
    let pi = std::f64::consts::PI;
    match *solid {
        Solid::Sphere(r) => {
            let mass = 4.0 * pi * r * r;
            centred(mass, [mass * r * r / 1.5; 3])
        }
        Solid::Cylinder(r, h) => {
            let (lid, tube) = (pi * r * r, 4.0 * pi * r * h);
            let side = tube * (r * r / 2.0 + h * h / 3.0) + 2.0 * lid * (r * r / 4.0 + h * h);
            centred(2.0 * lid + tube, [side, side, tube * r * r + lid * r * r])
        }
        Solid::Capsule(r, h) => {
            let (balls, tube) = (4.0 * pi * r * r, 4.0 * pi * r * h);
            // A half shell's centre lies r/2 outside its rim: (h + r/2)² - (r/2)² is the shift.
            let ends = balls * (r * r / 1.5 + h * h + h * r);
            let side = tube * (r * r / 2.0 + h * h / 3.0) + ends;
            centred(
                balls + tube,
                [side, side, tube * r * r + balls * r * r / 1.5],
            )
        }
        Solid::Box([a, b, c]) => {
            let (ab, bc, ca) = (4.0 * a * b, 4.0 * b * c, 4.0 * c * a);
            let (x, y, z) = (a * a, b * b, c * c);
            // Second moments of the six plates along each axis.
            let along = |own: f64, end: f64, rest: f64| 2.0 * own * (end + rest / 3.0);
            let xx = along(x, bc, ab + ca);
            let yy = along(y, ca, ab + bc);
            let zz = along(z, ab, bc + ca);
            centred(2.0 * (ab + bc + ca), [yy + zz, xx + zz, xx + yy])
        }
        Solid::Ellipsoid([a, b, c]) => {
            // MuJoCo: the area by Thomsen's formula, the moments of a skin of even thickness, as
            // the difference of two solids.
            let p = 1.6075;
            let powers = (a * b).powf(p) + (b * c).powf(p) + (c * a).powf(p);
            let mass = 4.0 * pi * (powers / 3.0).powf(1.0 / p);
            let skin = 1e-6;
            let inner = volume(&Solid::Ellipsoid([a, b, c]));
            let outer = volume(&Solid::Ellipsoid([a + skin, b + skin, c + skin]));
            let density = mass / (outer.mass - inner.mass);
            let moments = (outer.inertia - inner.inertia).diagonal() * density;
            centred(mass, moments.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell is the growth of a solid: d(I)/d(skin) at even thickness, where the shape stays of
    /// its kind (ball, capsule with its radius). Central differences, to their error.
    #[test]
    fn shells_are_the_growth_of_solids() {
        let skin = 1e-5;
        let grown: [fn(f64) -> Solid; 4] = [
            |s| Solid::Sphere(0.3 + s),
            |s| Solid::Capsule(0.1 + s, 0.4),
            |s| Solid::Cylinder(0.2 + s, 0.3 + s),
            |s| Solid::Box([0.1 + s, 0.2 + s, 0.3 + s]),
        ];
        for solid in grown {
            let (less, more) = (volume(&solid(-skin)), volume(&solid(skin)));
            let made = shell(&solid(0.0));
            let area = (more.mass - less.mass) / (2.0 * skin);
            assert!((made.mass / area - 1.0).abs() < 1e-7);
            let moments = (more.inertia - less.inertia) / (2.0 * skin);
            assert!(
                (made.inertia - moments).norm() < 1e-7 * moments.norm(),
                "{:?}",
                solid(0.0)
            );
        }
    }
}
