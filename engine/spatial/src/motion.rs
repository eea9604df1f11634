//! Spatial velocity, force and inertia, in world axes about a link's own origin.

use halle_lanes::Lane;

use crate::{Mat3, Sym3, Vec3};

/// A rigid transform `a_from_b`.
#[derive(Clone, Copy, Debug)]
pub struct Transform<S> {
    /// Columns are the axes of b seen from a.
    pub rotation: Mat3<S>,
    /// Origin of b seen from a \[m\].
    pub origin: Vec3<S>,
}

impl<S: Lane> Transform<S> {
    /// A constant of the model.
    #[inline(always)]
    #[must_use]
    pub fn constant(rotation: [[f64; 3]; 3], origin: [f64; 3]) -> Self {
        Self {
            rotation: Mat3::constant(rotation),
            origin: Vec3::constant(origin),
        }
    }

    /// `a_from_c` out of `a_from_b` and `b_from_c`.
    #[inline(always)]
    #[must_use]
    pub fn then(&self, b_from_c: &Self) -> Self {
        Self {
            rotation: self.rotation.product(&b_from_c.rotation),
            origin: self.rotation.apply(b_from_c.origin) + self.origin,
        }
    }

    /// A point of b seen from a \[m\].
    #[inline(always)]
    #[must_use]
    pub fn point(&self, p: Vec3<S>) -> Vec3<S> {
        self.rotation.apply(p) + self.origin
    }

    /// A point of a seen from b \[m\].
    #[inline(always)]
    #[must_use]
    pub fn point_back(&self, p: Vec3<S>) -> Vec3<S> {
        self.rotation.apply_transposed(p - self.origin)
    }
}

/// Velocity or acceleration of a body: angular first, then linear at its origin, world axes.
#[derive(Clone, Copy, Debug)]
pub struct Motion<S> {
    /// Angular velocity \[rad/s\] or acceleration \[rad/s^2\].
    pub angular: Vec3<S>,
    /// Velocity \[m/s\] or acceleration \[m/s^2\] of the body's origin.
    pub linear: Vec3<S>,
}

impl<S: Lane> Motion<S> {
    /// Nothing moves.
    #[inline(always)]
    #[must_use]
    pub fn zero() -> Self {
        Self {
            angular: Vec3::zero(),
            linear: Vec3::zero(),
        }
    }

    /// Velocity of the point of the body that is `r` away from its origin \[m/s\].
    #[inline(always)]
    #[must_use]
    pub fn at(&self, r: Vec3<S>) -> Vec3<S> {
        self.angular.cross(r) + self.linear
    }
}

/// Moment about a body's origin and force, world axes.
#[derive(Clone, Copy, Debug)]
pub struct Wrench<S> {
    /// Moment about the origin \[N m\].
    pub moment: Vec3<S>,
    /// Force \[N\].
    pub force: Vec3<S>,
}

impl<S: Lane> Wrench<S> {
    /// No force.
    #[inline(always)]
    #[must_use]
    pub fn zero() -> Self {
        Self {
            moment: Vec3::zero(),
            force: Vec3::zero(),
        }
    }

    /// A force that acts `r` away from the origin.
    #[inline(always)]
    #[must_use]
    pub fn of_force(r: Vec3<S>, force: Vec3<S>) -> Self {
        Self {
            moment: r.cross(force),
            force,
        }
    }

    /// Sum of two wrenches about the same origin.
    #[inline(always)]
    #[must_use]
    pub fn plus(&self, o: &Self) -> Self {
        Self {
            moment: self.moment + o.moment,
            force: self.force + o.force,
        }
    }

    /// The opposite wrench.
    #[inline(always)]
    #[must_use]
    pub fn negated(&self) -> Self {
        Self {
            moment: -self.moment,
            force: -self.force,
        }
    }

    /// The same wrench about an origin that lies at `-r` from this one.
    #[inline(always)]
    #[must_use]
    pub fn shifted(&self, r: Vec3<S>) -> Self {
        Self {
            moment: self.moment + r.cross(self.force),
            force: self.force,
        }
    }
}

/// What a body and all that it carries answer to an acceleration of its origin.
///
/// The symmetric 6x6 matrix `[[rotation, coupling], [coupling^T, translation]]` of Featherstone (2008, ch. 7),
/// with moments about the body's origin and world axes.
#[derive(Clone, Copy, Debug)]
pub struct ArticulatedInertia<S> {
    /// Moment per angular acceleration \[kg m^2\].
    pub rotation: Sym3<S>,
    /// Moment per linear acceleration \[kg m\].
    pub coupling: Mat3<S>,
    /// Force per linear acceleration \[kg\].
    pub translation: Sym3<S>,
}

impl<S: Lane> ArticulatedInertia<S> {
    /// A rigid body of mass `mass`, its centre of mass `c` away from the origin, with
    /// `inertia` about the centre of mass in world axes.
    #[inline(always)]
    pub fn of_body(mass: S, c: Vec3<S>, inertia: Sym3<S>) -> Self {
        let o = S::lit(0.0);
        let h = c * mass;
        let square = c.dot(h);
        Self {
            rotation: Sym3 {
                xx: inertia.xx + (square - h.x * c.x),
                yy: inertia.yy + (square - h.y * c.y),
                zz: inertia.zz + (square - h.z * c.z),
                xy: inertia.xy - h.x * c.y,
                xz: inertia.xz - h.x * c.z,
                yz: inertia.yz - h.y * c.z,
            },
            coupling: Mat3::new(
                Vec3::new(o, -h.z, h.y),
                Vec3::new(h.z, o, -h.x),
                Vec3::new(-h.y, h.x, o),
            ),
            translation: Sym3 {
                xx: mass,
                yy: mass,
                zz: mass,
                xy: o,
                xz: o,
                yz: o,
            },
        }
    }

    /// The wrench that gives the body this acceleration.
    #[inline(always)]
    #[must_use]
    pub fn apply(&self, acceleration: &Motion<S>) -> Wrench<S> {
        Wrench {
            moment: self.rotation.apply(acceleration.angular)
                + self.coupling.apply(acceleration.linear),
            force: self.coupling.apply_transposed(acceleration.angular)
                + self.translation.apply(acceleration.linear),
        }
    }

    /// What is left when the motion along one joint is free: `I - u u^T / d`, with
    /// `u` the wrench per joint acceleration and `inverse_d` one over the inertia seen at the joint.
    #[inline(always)]
    #[must_use]
    pub fn without_joint(&self, u: &Wrench<S>, inverse_d: S) -> Self {
        let minus = u.moment * (-inverse_d);
        let row = |m: S, r: Vec3<S>| u.force.mul_add(m, r);
        Self {
            rotation: self.rotation.minus_outer(u.moment, inverse_d),
            coupling: Mat3::new(
                row(minus.x, self.coupling.r0),
                row(minus.y, self.coupling.r1),
                row(minus.z, self.coupling.r2),
            ),
            translation: self.translation.minus_outer(u.force, inverse_d),
        }
    }

    /// The same inertia about an origin that lies at `-r` from this one.
    #[inline(always)]
    #[must_use]
    pub fn shifted(&self, r: Vec3<S>) -> Self {
        let coupling = self
            .coupling
            .plus(&self.translation.full().crossed_from_left(r));
        let p = coupling.transposed().crossed_from_left(r);
        let q = self.coupling.transposed().crossed_from_left(r);
        let a = &self.rotation;
        Self {
            rotation: Sym3 {
                xx: a.xx + p.r0.x + q.r0.x,
                yy: a.yy + p.r1.y + q.r1.y,
                zz: a.zz + p.r2.z + q.r2.z,
                xy: a.xy + p.r0.y + q.r1.x,
                xz: a.xz + p.r0.z + q.r2.x,
                yz: a.yz + p.r1.z + q.r2.y,
            },
            coupling,
            translation: self.translation,
        }
    }

    /// Sum of two inertias about the same origin.
    #[inline(always)]
    #[must_use]
    pub fn plus(&self, o: &Self) -> Self {
        Self {
            rotation: self.rotation.plus(&o.rotation),
            coupling: self.coupling.plus(&o.coupling),
            translation: self.translation.plus(&o.translation),
        }
    }
}
