//! What the bodies of one link weigh together.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::{Isometry3, Matrix3};

use crate::error::CompileError;
use crate::finding::{Diagnostics, Finding, Severity};
use crate::mass::{MassProperties, body_mass};
use crate::place::{in_range, site};

/// Mass properties of bodies as one, in the frame of their link, given `link_from_body` of each.
///
/// A body of several that weighs nothing is noted.
pub(crate) fn merged_mass(
    world: &World,
    bodies: &[(Entity, Isometry3<f64>)],
    diagnostics: &mut Diagnostics,
) -> MassProperties {
    let mut mass = MassProperties::ZERO;
    for (body, link_from_body) in bodies {
        match body_mass(world, *body, diagnostics) {
            Some(own) => mass = mass.merged(&own.seen_from(link_from_body)),
            None if bodies.len() > 1 => diagnostics.push(
                Finding::new(
                    Severity::Note,
                    "SC0306",
                    site(world, *body, "physics:mass"),
                    "body has neither mass nor colliders with a volume".to_owned(),
                )
                .note("it adds nothing to the link that it is fixed to"),
            ),
            None => {}
        }
    }
    mass
}

/// A link must have mass and an inertia that some body could have.
pub(crate) fn check_mass(
    world: &World,
    body: Entity,
    mass: &MassProperties,
) -> Result<(), CompileError> {
    if mass.mass == 0.0 {
        return Err(CompileError::LinkWithoutMass {
            site: site(world, body, "physics:mass"),
        });
    }
    in_range(
        world,
        body,
        "physics:mass",
        "a mass above 0 kg",
        mass.mass,
        |v| v > 0.0,
    )?;
    let center = mass.center.norm();
    in_range(
        world,
        body,
        "physics:centerOfMass",
        "a finite point",
        center,
        |_| true,
    )?;
    // The decomposition does not end on numbers that are not finite.
    let (property, size) = ("physics:diagonalInertia", mass.inertia.norm());
    in_range(world, body, property, "finite moments", size, |_| true)?;
    let moments = mass.inertia.symmetric_eigenvalues();
    let (least, sum) = (moments.min(), moments.sum());
    in_range(
        world,
        body,
        property,
        "principal moments above 0 kg m^2",
        least,
        |v| v > 0.0,
    )?;
    // No moment exceeds the sum of the other two; published numbers are rounded.
    let excess = 2.0 * moments.max() - sum;
    let expected = "moments of which none exceeds the sum of the others";
    in_range(world, body, property, expected, excess, |v| v <= 1e-3 * sum)
}

/// A symmetric matrix as xx yy zz xy xz yz.
pub(crate) fn packed(m: &Matrix3<f64>) -> [f64; 6] {
    [
        m[(0, 0)],
        m[(1, 1)],
        m[(2, 2)],
        m[(0, 1)],
        m[(0, 2)],
        m[(1, 2)],
    ]
}
