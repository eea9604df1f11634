//! Shapes, what they touch and how it feels.

use std::sync::Arc;

use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use nalgebra::Isometry3;

use crate::shape::Shape;

/// A shape that is drawn, touched, or both.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Geometry {
    /// The shape, scale included. Meshes are shared between instances.
    pub shape: Shape,
    /// World frame from shape frame; differs from the prim's where a shape stands along x or y.
    pub world_from_shape: Isometry3<f64>,
    /// Whether pictures show it.
    pub visible: bool,
}

/// What a mesh is replaced by for contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Approximation {
    /// The triangles themselves; primitives are always exact.
    #[default]
    Exact,
    /// Its convex hull.
    ConvexHull,
    /// Several convex parts.
    ConvexDecomposition,
    /// The smallest ball around it.
    BoundingSphere,
    /// The smallest box around it, along the shape's axes.
    BoundingBox,
    /// Fewer triangles.
    Simplified,
    /// A grid of signed distances.
    SignedDistance,
}

/// The prim's geometry collides.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Collider {
    /// Whether collision is switched on.
    pub enabled: bool,
    /// What stands for a mesh.
    pub approximation: Approximation,
    /// Distance at which contacts are made \[m\]; `None` leaves it to the engine.
    pub contact_offset: Option<f64>,
    /// Distance at which bodies rest \[m\]: the shape's skin.
    pub rest_offset: f64,
}

impl Default for Collider {
    /// Switched on, exact, without offsets.
    fn default() -> Self {
        Self {
            enabled: true,
            approximation: Approximation::Exact,
            contact_offset: None,
            rest_offset: 0.0,
        }
    }
}

/// How the values of two surfaces become one. In ascending precedence: if they differ, the later
/// one holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Combine {
    /// Mean of both.
    #[default]
    Average,
    /// The smaller one.
    Min,
    /// Their product.
    Multiply,
    /// The larger one.
    Max,
}

/// What the prim's surface feels like: the physics material that is bound to it.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct ContactMaterial {
    /// Coulomb friction at rest \[-\].
    pub static_friction: f64,
    /// Coulomb friction in motion \[-\].
    pub dynamic_friction: f64,
    /// Coefficient of restitution \[-\].
    pub restitution: f64,
    /// Density \[kg/m^3\]; zero if not authored.
    pub density: f64,
    /// Friction against turning about the contact normal \[m\].
    pub torsional_friction: f64,
    /// Friction against rolling \[m\].
    pub rolling_friction: f64,
    /// How friction is combined with the other surface's.
    pub friction_combine: Combine,
    /// How restitution is combined with the other surface's.
    pub restitution_combine: Combine,
    /// Contact stiffness \[N/m\] and damping \[N s/m\] of a compliant surface.
    pub compliance: Option<[f64; 2]>,
}

impl Default for ContactMaterial {
    /// `PhysicsMaterialAPI` without opinions: no friction, no restitution.
    fn default() -> Self {
        Self {
            static_friction: 0.0,
            dynamic_friction: 0.0,
            restitution: 0.0,
            density: 0.0,
            torsional_friction: 0.0,
            rolling_friction: 0.0,
            friction_combine: Combine::Average,
            restitution_combine: Combine::Average,
            compliance: None,
        }
    }
}

/// A named set of colliders and the sets that it ignores.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct CollisionGroup {
    /// Prims whose subtrees belong to the group.
    pub members: Vec<Entity>,
    /// Prims whose subtrees are taken out again.
    pub excluded: Vec<Entity>,
    /// Groups whose colliders these do not touch.
    pub filtered: Vec<Entity>,
    /// Whether `filtered` names the only groups that these touch.
    pub inverted: bool,
    /// Groups with the same name count as one; empty is a group of its own.
    pub merge_group: String,
}

/// Prims (bodies, colliders, articulations) that this one's subtree does not touch.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct FilteredPairs(pub Vec<Entity>);

/// Two colliders touch if either's `categories` meets the other's `mask`.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskFilter {
    /// Bits that the collider has.
    pub categories: u32,
    /// Bits that it looks for.
    pub mask: u32,
}

/// One copy of a prototype.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scattered {
    /// Index into [`Scatter::prototypes`].
    pub prototype: u32,
    /// Frame of the instancer from the frame of the prototype's root.
    pub instancer_from_prototype: Isometry3<f64>,
    /// Scale of the copy along the prototype's axes \[-\].
    pub scale: [f64; 3],
}

/// Many copies of a few prototypes (`PointInstancer`); the list is shared between instances.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Scatter {
    /// Root prims of the prototypes; they are not shown where they stand.
    pub prototypes: Vec<Entity>,
    /// The copies that are shown.
    pub copies: Arc<Vec<Scattered>>,
}
