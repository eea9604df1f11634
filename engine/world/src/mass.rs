//! Mass, centre and inertia of bodies: as authored, else from their colliders.

mod hull;

use std::borrow::Cow;
use std::sync::Arc;

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::{Isometry3, Matrix3, Vector3};

use crate::components::{
    Approximation, AuthoredMass, Collider, ContactMaterial, Geometry, InBody, Plant, SourcePath,
    WorldPose,
};
use crate::finding::{Diagnostics, Finding, Severity};
use crate::shape::{Shape, TriangleMesh, UnitMass};

/// Density of a collider about which nothing is said: that of water, as `UsdPhysics` has it.
const DEFAULT_DENSITY: f64 = 1000.0;

/// Mass, centre of mass and rotational inertia about it, in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MassProperties {
    /// Mass \[kg\].
    pub mass: f64,
    /// Centre of mass \[m\].
    pub center: Vector3<f64>,
    /// Inertia about the centre of mass \[kg m^2\].
    pub inertia: Matrix3<f64>,
}

impl MassProperties {
    /// Nothing at all.
    pub const ZERO: Self = Self {
        mass: 0.0,
        center: Vector3::new(0.0, 0.0, 0.0),
        inertia: Matrix3::new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    };

    /// The same body seen from frame a, given `a_from_b`.
    #[must_use]
    pub fn seen_from(&self, a_from_b: &Isometry3<f64>) -> Self {
        let turn = a_from_b.rotation.to_rotation_matrix().into_inner();
        Self {
            mass: self.mass,
            center: a_from_b.transform_point(&self.center.into()).coords,
            inertia: turn * self.inertia * turn.transpose(),
        }
    }

    /// Two bodies as one, by the parallel axis theorem.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mass = self.mass + other.mass;
        if mass == 0.0 {
            return Self {
                inertia: self.inertia + other.inertia,
                ..*self
            };
        }
        let center = (self.center * self.mass + other.center * other.mass) / mass;
        let about = |p: &Self| {
            let d = p.center - center;
            p.inertia + (Matrix3::identity() * d.norm_squared() - d * d.transpose()) * p.mass
        };
        Self {
            mass,
            center,
            inertia: about(self) + about(other),
        }
    }
}

/// One solid of a body, as far as mass is concerned.
#[derive(Clone, Debug)]
pub struct MassPart<'a> {
    /// The shape, scale included; [`weighed_shape`] gives that of a mesh with an approximation.
    pub shape: &'a Shape,
    /// Body frame from shape frame.
    pub body_from_shape: Isometry3<f64>,
    /// Mass as authored on the collider itself, seen in the shape frame.
    pub authored: Option<AuthoredMass>,
    /// Density of the bound physics material \[kg/m^3\]; zero if not authored.
    pub material_density: f64,
}

/// Mass properties of a body in its own frame by the precedence rules of `UsdPhysics`: what is
/// authored on the body holds, else the sum of its solids, each by its own mass, its density, the
/// body's density, its material's density or that of water.
///
/// An authored centre takes the computed inertia along, by the parallel axis theorem. `None` if
/// mass or inertia are neither authored nor to be computed: `UsdPhysics` then takes a ball of 0.1 m
/// radius, which no author means.
#[must_use]
pub fn mass_of_parts(authored: &AuthoredMass, parts: &[MassPart<'_>]) -> Option<MassProperties> {
    let shapes = sum_of_parts(parts, authored.density);
    let mass = authored.mass.or(shapes.map(|s| s.mass))?;
    let center = authored
        .center_of_mass
        .or(shapes.map(|s| s.center))
        .unwrap_or_default();
    let inertia = match (authored.diagonal_inertia, &shapes) {
        (Some(moments), _) => turned(&Matrix3::from_diagonal(&moments), authored),
        (None, Some(shapes)) => {
            shapes.inertia * (mass / shapes.mass) + steiner(center - shapes.center) * mass
        }
        (None, None) => return None,
    };
    Some(MassProperties {
        mass,
        center,
        inertia,
    })
}

/// What stands for a shape where it is weighed: the convex hull of a mesh whose approximation is
/// one hull or several, the box around it where that is its approximation, else the shape itself.
///
/// The hull of several convex parts is that of the whole mesh, as `UsdPhysics` has it. A mesh
/// without a hull, a flat one, stays as it is.
#[must_use]
pub fn weighed_shape(shape: &Shape, approximation: Approximation) -> Cow<'_, Shape> {
    let Shape::Mesh(mesh) = shape else {
        return Cow::Borrowed(shape);
    };
    let made = match approximation {
        Approximation::ConvexHull | Approximation::ConvexDecomposition => hull_of(mesh),
        Approximation::BoundingBox => box_around(mesh),
        _ => None,
    };
    made.map_or(Cow::Borrowed(shape), |mesh| {
        Cow::Owned(Shape::Mesh(Arc::new(mesh)))
    })
}

fn hull_of(mesh: &TriangleMesh) -> Option<TriangleMesh> {
    let points: Vec<Vector3<f64>> = mesh.points.iter().map(|p| Vector3::from(*p)).collect();
    let faces = hull::triangles(&points)?;
    let narrow = |face: [usize; 3]| face.map(|k| u32::try_from(k).ok());
    let triangles = faces.into_iter().map(|face| {
        let [a, b, c] = narrow(face);
        Some([a?, b?, c?])
    });
    Some(TriangleMesh {
        points: mesh.points.clone(),
        triangles: triangles.collect::<Option<_>>()?,
        normals: Vec::new(),
    })
}

fn box_around(mesh: &TriangleMesh) -> Option<TriangleMesh> {
    let first = Vector3::from(*mesh.points.first()?);
    let (low, high) = mesh.points.iter().fold((first, first), |(low, high), p| {
        let p = Vector3::from(*p);
        (low.inf(&p), high.sup(&p))
    });
    let corner = |i: usize| [0, 1, 2].map(|k| if i >> k & 1 == 1 { high[k] } else { low[k] });
    let sides = [
        [0, 2, 3, 1],
        [4, 5, 7, 6],
        [0, 1, 5, 4],
        [2, 6, 7, 3],
        [0, 4, 6, 2],
        [1, 3, 7, 5],
    ];
    let halves = |s: [u32; 4]| [[s[0], s[1], s[2]], [s[0], s[2], s[3]]];
    Some(TriangleMesh {
        points: (0..8).map(corner).collect(),
        triangles: sides.into_iter().flat_map(halves).collect(),
        normals: Vec::new(),
    })
}

/// Principal moments along the authored axes.
fn turned(moments: &Matrix3<f64>, authored: &AuthoredMass) -> Matrix3<f64> {
    let axes = authored.principal_axes.to_rotation_matrix().into_inner();
    axes * moments * axes.transpose()
}

/// What an inertia gains, per mass, when its point moves by `d` away from the centre.
fn steiner(d: Vector3<f64>) -> Matrix3<f64> {
    Matrix3::identity() * d.norm_squared() - d * d.transpose()
}

/// Mass properties of a body of a world in its own frame, by the rules of [`mass_of_parts`];
/// colliders that are switched off weigh nothing. A mass that is computed is noted.
///
/// `None` if the entity is nowhere, or mass or inertia are neither authored nor to be computed.
#[must_use]
pub fn body_mass(
    world: &World,
    body: Entity,
    diagnostics: &mut Diagnostics,
) -> Option<MassProperties> {
    let authored = world.get::<AuthoredMass>(body).copied().unwrap_or_default();
    let solids = solids(world, body)?;
    let parts: Vec<MassPart<'_>> = solids.iter().map(Solid::part).collect();
    if authored.mass.is_none()
        && let Some(shapes) = sum_of_parts(&parts, authored.density)
    {
        note_computed_mass(world, body, shapes.mass, diagnostics);
    }
    mass_of_parts(&authored, &parts)
}

fn note_computed_mass(world: &World, body: Entity, mass: f64, diagnostics: &mut Diagnostics) {
    let Some(source) = world.get::<SourcePath>(body) else {
        return;
    };
    let message = format!("mass of the body is computed from its colliders: {mass:.3} kg");
    diagnostics.push(
        Finding::new(
            Severity::Note,
            "SC0301",
            source.site("physics:mass"),
            message,
        )
        .help("author `physics:mass` on the body where the real mass is known"),
    );
}

/// A collider of a body with the shape that it is weighed as.
struct Solid<'w> {
    shape: Cow<'w, Shape>,
    body_from_shape: Isometry3<f64>,
    authored: Option<AuthoredMass>,
    material_density: f64,
}

impl Solid<'_> {
    fn part(&self) -> MassPart<'_> {
        MassPart {
            shape: &self.shape,
            body_from_shape: self.body_from_shape,
            authored: self.authored,
            material_density: self.material_density,
        }
    }
}

/// The solids of all colliders of a body that are switched on.
fn solids(world: &World, body: Entity) -> Option<Vec<Solid<'_>>> {
    let plant = world.get_resource::<Plant>()?;
    let world_from_body = world.get::<WorldPose>(body)?.0;
    let solid = |&entity: &Entity| {
        let owner = world.get::<InBody>(entity)?;
        let geometry = world.get::<Geometry>(entity).filter(|_| owner.0 == body)?;
        let collider = world.get::<Collider>(entity).filter(|c| c.enabled)?;
        let prim = world.get::<WorldPose>(entity)?.0;
        let own = world.get::<AuthoredMass>(entity);
        let shape_from_prim = geometry.world_from_shape.inverse() * prim;
        Some(Solid {
            shape: weighed_shape(&geometry.shape, collider.approximation),
            body_from_shape: world_from_body.inverse() * geometry.world_from_shape,
            authored: own
                .filter(|_| entity != body)
                .map(|own| seen_in_shape(own, &shape_from_prim)),
            material_density: world
                .get::<ContactMaterial>(entity)
                .map_or(0.0, |m| m.density),
        })
    };
    Some(plant.entities.iter().filter_map(solid).collect())
}

/// What is authored in a prim's frame, in that of its shape: they differ where a shape stands along
/// x or y.
fn seen_in_shape(own: &AuthoredMass, shape_from_prim: &Isometry3<f64>) -> AuthoredMass {
    let center = own.center_of_mass;
    AuthoredMass {
        center_of_mass: center.map(|c| shape_from_prim.transform_point(&c.into()).coords),
        principal_axes: shape_from_prim.rotation * own.principal_axes,
        ..*own
    }
}

/// Mass of all solids of a body, in the body frame; `density` is the body's own.
fn sum_of_parts(parts: &[MassPart<'_>], density: Option<f64>) -> Option<MassProperties> {
    let mut total = MassProperties::ZERO;
    for part in parts {
        if let Some(own) = part_mass(part, density) {
            total = total.merged(&own.seen_from(&part.body_from_shape));
        }
    }
    (total.mass > 0.0).then_some(total)
}

/// Mass of one solid in its shape frame.
fn part_mass(part: &MassPart<'_>, density: Option<f64>) -> Option<MassProperties> {
    let unit = solid_mass(part.shape)?;
    let authored = part.authored.unwrap_or_default();
    let mass = authored.mass.unwrap_or_else(|| {
        let of_material = Some(part.material_density).filter(|d| *d > 0.0);
        let authored = authored.density.or(density);
        unit.volume * authored.or(of_material).unwrap_or(DEFAULT_DENSITY)
    });
    let center = authored.center_of_mass.unwrap_or(unit.center);
    let inertia = match authored.diagonal_inertia {
        Some(moments) => turned(&Matrix3::from_diagonal(&moments), &authored),
        None => unit.inertia * (mass / unit.volume) + steiner(center - unit.center) * mass,
    };
    Some(MassProperties {
        mass,
        center,
        inertia,
    })
}

/// What a shape weighs at density one. A mesh that is inside out weighs what it would the right way
/// round.
fn solid_mass(shape: &Shape) -> Option<UnitMass> {
    let outside_in = |mesh: &TriangleMesh| {
        let triangles = mesh
            .triangles
            .iter()
            .map(|[a, b, c]| [*a, *c, *b])
            .collect();
        let turned = TriangleMesh {
            points: mesh.points.clone(),
            triangles,
            normals: Vec::new(),
        };
        Shape::Mesh(Arc::new(turned)).unit_mass()
    };
    match (shape.unit_mass(), shape) {
        (None, Shape::Mesh(mesh)) => outside_in(mesh),
        (unit, _) => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two half bars side by side are the whole bar: closed form against the merge.
    #[test]
    fn halves_make_the_whole() {
        let whole = Shape::Box {
            half_extent: [0.4, 0.1, 0.05],
        }
        .unit_mass()
        .unwrap();
        let half = Shape::Box {
            half_extent: [0.2, 0.1, 0.05],
        }
        .unit_mass()
        .unwrap();
        let part = MassProperties {
            mass: half.volume,
            center: half.center,
            inertia: half.inertia,
        };
        let left = part.seen_from(&Isometry3::translation(-0.2, 0.0, 0.0));
        let right = part.seen_from(&Isometry3::translation(0.2, 0.0, 0.0));
        let made = left.merged(&right);
        assert!((made.mass - whole.volume).abs() < 1e-15);
        assert!((made.inertia - whole.inertia).norm() < 1e-15);
        assert!(made.center.norm() < 1e-15);
    }

    /// A tetrahedron with legs of one metre and a point inside it.
    fn dented() -> Shape {
        Shape::Mesh(Arc::new(TriangleMesh {
            points: vec![
                [0.0; 3],
                [1.0, 0.0, 0.0],
                [0.0, 1.0, 0.0],
                [0.0, 0.0, 1.0],
                [0.2, 0.2, 0.2],
            ],
            // The large face is pushed in to the fifth point.
            triangles: vec![
                [0, 2, 1],
                [0, 1, 3],
                [0, 3, 2],
                [1, 2, 4],
                [2, 3, 4],
                [3, 1, 4],
            ],
            normals: Vec::new(),
        }))
    }

    /// A dented tetrahedron weighs its own volume, its hull's 1/6 or its box's 1, as it is
    /// approximated; turned inside out it weighs the same.
    #[test]
    fn approximations() {
        let shape = dented();
        let volume = |a| solid_mass(&weighed_shape(&shape, a)).unwrap().volume;
        let own = 1.0 / 6.0 - (1.0 - 0.6) / 6.0;
        for (approximation, expected) in [
            (Approximation::Exact, own),
            (Approximation::Simplified, own),
            (Approximation::ConvexHull, 1.0 / 6.0),
            (Approximation::ConvexDecomposition, 1.0 / 6.0),
            (Approximation::BoundingBox, 1.0),
        ] {
            assert!((volume(approximation) - expected).abs() < 1e-14);
        }
        let Shape::Mesh(mesh) = &shape else { return };
        let mut turned = (**mesh).clone();
        turned.triangles.iter_mut().for_each(|t| t.swap(0, 1));
        let turned = solid_mass(&Shape::Mesh(Arc::new(turned))).unwrap();
        assert!((turned.volume - own).abs() < 1e-14);
    }

    /// A centre that the author puts elsewhere takes the inertia along: m d² about the axes across.
    #[test]
    fn authored_centre() {
        let shape = Shape::Sphere { radius: 0.1 };
        let part = MassPart {
            shape: &shape,
            body_from_shape: Isometry3::identity(),
            authored: None,
            material_density: 0.0,
        };
        let authored = AuthoredMass {
            mass: Some(2.0),
            center_of_mass: Some(Vector3::new(0.5, 0.0, 0.0)),
            ..AuthoredMass::default()
        };
        let made = mass_of_parts(&authored, &[part]).unwrap();
        let ball = 0.4 * 2.0 * 0.01;
        assert!((made.inertia[(0, 0)] - ball).abs() < 1e-15);
        assert!((made.inertia[(1, 1)] - ball - 2.0 * 0.25).abs() < 1e-15);
    }
}
