//! How surfaces feel where they touch, and how two of them become one.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;

use crate::components::{Combine, ContactMaterial};

/// Friction of a surface that no material is bound to \[-\].
const UNBOUND_FRICTION: f64 = 0.5;
/// Difference of two coefficients of friction that is worth telling \[-\].
const SAME_FRICTION: f64 = 1e-3;

/// What a surface feels like, with one coefficient of friction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    /// Coulomb friction \[-\]: the mean of those at rest and in motion.
    pub friction: f64,
    /// Friction against turning about the contact normal \[m\].
    pub torsional_friction: f64,
    /// Friction against rolling \[m\].
    pub rolling_friction: f64,
    /// Coefficient of restitution, at most one \[-\].
    pub restitution: f64,
    /// How friction is combined with the other surface's.
    pub friction_combine: Combine,
    /// How restitution is combined with the other surface's.
    pub restitution_combine: Combine,
    /// Contact stiffness \[N/m\] and damping \[N s/m\]; `None` is rigid.
    pub compliance: Option<[f64; 2]>,
    /// Friction at rest and in motion where they differ.
    pub two_frictions: Option<[f64; 2]>,
}

impl Touch {
    /// Reads the material that is bound to a collider; without one, what other engines assume.
    /// Numbers that make no sense count as zero.
    #[must_use]
    pub fn of(world: &World, collider: Entity) -> Self {
        let Some(it) = world.get::<ContactMaterial>(collider) else {
            return Self {
                friction: UNBOUND_FRICTION,
                torsional_friction: 0.0,
                rolling_friction: 0.0,
                restitution: 0.0,
                friction_combine: Combine::Average,
                restitution_combine: Combine::Average,
                compliance: None,
                two_frictions: None,
            };
        };
        let finite = |v: f64| if v.is_finite() { v.max(0.0) } else { 0.0 };
        let (rest, motion) = (finite(it.static_friction), finite(it.dynamic_friction));
        Self {
            friction: 0.5 * (rest + motion),
            torsional_friction: finite(it.torsional_friction),
            rolling_friction: finite(it.rolling_friction),
            restitution: finite(it.restitution).min(1.0),
            friction_combine: it.friction_combine,
            restitution_combine: it.restitution_combine,
            compliance: it.compliance,
            two_frictions: ((rest - motion).abs() > SAME_FRICTION).then_some([rest, motion]),
        }
    }

    /// Compliance of two surfaces that press on each other: springs in series, so that a rigid one
    /// adds nothing. The dampers are taken as slow motion stretches them, each with its spring.
    #[must_use]
    pub fn compliance_with(&self, other: &Self) -> Option<[f64; 2]> {
        match (self.compliance, other.compliance) {
            (Some([k, c]), Some([l, d])) => {
                let sum = k + l;
                let (own, its) = (l / sum, k / sum);
                Some([k * own, c * own * own + d * its * its])
            }
            (one, two) => one.or(two),
        }
    }
}

impl Combine {
    /// One value out of two surfaces' by the rule that has precedence.
    #[must_use]
    pub fn combined(self, other: Self, a: f64, b: f64) -> f64 {
        match self.max(other) {
            Self::Average => 0.5 * (a + b),
            Self::Min => a.min(b),
            Self::Multiply => a * b,
            Self::Max => a.max(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spring(stiffness: f64, damping: f64) -> Touch {
        let mut made = Touch::of(&World::new(), Entity::PLACEHOLDER);
        made.compliance = Some([stiffness, damping]);
        made
    }

    /// Two equal springs in series are half as stiff and damp half as much; a rigid partner changes
    /// nothing; surfaces of one relaxation time keep it.
    #[test]
    fn springs_in_series() {
        let rigid = Touch::of(&World::new(), Entity::PLACEHOLDER);
        let soft = spring(4000.0, 60.0);
        assert_eq!(soft.compliance_with(&soft), Some([2000.0, 30.0]));
        assert_eq!(rigid.compliance_with(&soft), Some([4000.0, 60.0]));
        assert_eq!(rigid.compliance_with(&rigid), None);
        let [k, c] = spring(1000.0, 2.0)
            .compliance_with(&spring(3000.0, 6.0))
            .unwrap();
        assert!((k - 750.0).abs() < 1e-9);
        assert!((c / k - 2e-3).abs() < 1e-15);
    }

    /// The later rule of two holds.
    #[test]
    fn precedence() {
        let of = |a: Combine, b: Combine| a.combined(b, 0.2, 0.6);
        assert!((of(Combine::Average, Combine::Average) - 0.4).abs() < 1e-15);
        assert_eq!(of(Combine::Average, Combine::Min), 0.2);
        assert!((of(Combine::Multiply, Combine::Min) - 0.12).abs() < 1e-15);
        assert_eq!(of(Combine::Multiply, Combine::Max), 0.6);
    }
}
