//! Shapes as `UsdGeom` prims.

use bevy_ecs::entity::Entity;
use halle_world::components::{Collider, Geometry, Scatter, Skin, WorldPose};
use halle_world::{Severity, Shape};
use nalgebra::Isometry3;

use crate::author::{Author, place};
use crate::layer::Prim;
use crate::plan::{Node, Role, Standing};
use crate::primvars;
use crate::value::{Typed, ints, length, quatfs, token, triples};

/// Side of a plane whose size is not a number of metres \[m\].
const PLANE_SIDE: f64 = 2.0;

impl Author<'_> {
    /// Frame of the entity's prim from its shape's, where the shape has a prim of its own.
    pub(crate) fn shape_frame(&self, node: &Node, entity: Entity) -> Option<Isometry3<f64>> {
        let geometry = self.world.get::<Geometry>(entity)?;
        node.is_apart(Role::Shape)
            .then(|| node.world.inv_mul(&geometry.world_from_shape))
    }

    /// The shape of an entity.
    pub(crate) fn shape(&mut self, node: &Node, entity: Entity) {
        let world = self.world;
        let Some(geometry) = world.get::<Geometry>(entity) else {
            return;
        };
        let frame = self.shape_frame(node, entity);
        let kind = kind(&geometry.shape);
        let prim = self.layer.at(node.path_of(Role::Shape)).kind(kind);
        let mut scale = node.scale;
        if let Some(frame) = frame {
            scale = match geometry.shape {
                Shape::Box {
                    half_extent: [a, b, c],
                } if a != b || b != c => Some([2.0 * a, 2.0 * b, 2.0 * c]),
                _ => None,
            };
            place(prim, &frame, scale, false);
        }
        if let Shape::Mesh(mesh) = &geometry.shape {
            let skin = world.get::<Skin>(entity).map(|s| &s.0);
            self.meshes.write(prim, mesh, skin);
        } else {
            write_solid(prim, &geometry.shape, node.standing, scale.is_some());
            if let Some(Skin(skin)) = world.get::<Skin>(entity) {
                primvars::write(prim, skin, None);
            }
        }
        // Prototypes are not shown where they stand, but their copies are.
        if !geometry.visible && !node.prototype {
            // What is there only to be touched is a guide; pictures leave both out.
            match world.get::<Collider>(entity) {
                Some(_) => prim.uniform("purpose", token("guide")),
                None => prim.set("visibility", token("invisible")),
            };
        }
        if let Shape::Plane { half_extent } = geometry.shape
            && half_extent.iter().any(|v| plane_side(*v) != 2.0 * v)
        {
            let message = format!("plane has no size for pictures: {PLANE_SIDE} m is written");
            let help = "give the plane a size; for contacts it is infinite anyway";
            self.find(node, Severity::Note, "AU0315", "width", message, help);
        }
    }

    /// Many copies of a few prototypes.
    pub(crate) fn scatter(&mut self, node: &Node, entity: Entity) {
        let Some(scatter) = self.world.get::<Scatter>(entity) else {
            return;
        };
        let targets: Vec<Option<String>> = scatter
            .prototypes
            .iter()
            .map(|p| self.target(node, "prototypes", *p, None))
            .collect();
        // Copies of a prototype that is not there go with it.
        let mut number = Vec::with_capacity(targets.len());
        let mut next = 0;
        for target in &targets {
            number.push(target.as_ref().map(|_| next));
            next += i32::from(target.is_some());
        }
        let copies = scatter.copies.iter().filter_map(|copy| {
            let index = usize::try_from(copy.prototype).ok()?;
            Some((number.get(index).copied().flatten()?, copy))
        });
        let copies: Vec<_> = copies.collect();
        let prim = self.role(node, Role::Scatter, "PointInstancer");
        prim.rel("prototypes", targets.into_iter().flatten().collect());
        prim.set("protoIndices", ints(copies.iter().map(|c| c.0).collect()));
        let at = copies
            .iter()
            .map(|c| c.1.instancer_from_prototype.translation.vector.into());
        prim.set("positions", triples("point3f[]", at));
        let turns = copies.iter().map(|c| c.1.instancer_from_prototype.rotation);
        prim.set("orientationsf", quatfs(turns));
        if copies.iter().any(|c| c.1.scale != [1.0; 3]) {
            prim.set(
                "scales",
                triples("float3[]", copies.iter().map(|c| c.1.scale)),
            );
        }
        let inside = format!("{}/", prim.path);
        let outside: Vec<Entity> = scatter
            .prototypes
            .iter()
            .copied()
            .filter(|p| {
                self.plan
                    .path(*p)
                    .is_some_and(|path| !path.starts_with(&inside))
            })
            .collect();
        if !outside.is_empty() && self.world.get::<WorldPose>(entity).is_some() {
            let message = format!(
                "{} prototypes stand outside: readers show them where they stand",
                outside.len()
            );
            let help = "put prototypes below the instancer";
            self.find(
                node,
                Severity::Warning,
                "AU0316",
                "prototypes",
                message,
                help,
            );
        }
    }
}

/// Prim type of a shape.
fn kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Box { .. } => "Cube",
        Shape::Sphere { .. } => "Sphere",
        Shape::Capsule { .. } => "Capsule",
        Shape::Cylinder { .. } => "Cylinder",
        Shape::Cone { .. } => "Cone",
        Shape::Plane { .. } => "Plane",
        Shape::Mesh(_) => "Mesh",
    }
}

/// A side that `UsdGeomPlane` can have, from half of it.
fn plane_side(half: f64) -> f64 {
    let side = 2.0 * half;
    if side > 0.0 && side.is_finite() {
        side
    } else {
        PLANE_SIDE
    }
}

/// Writes all but meshes. A scaled box is the unit cube.
fn write_solid(prim: &mut Prim, shape: &Shape, standing: Standing, scaled: bool) {
    let axis = match standing {
        Standing::X => "X",
        Standing::Y => "Y",
        Standing::Z => "Z",
    };
    match *shape {
        Shape::Box {
            half_extent: [half, _, _],
        } => {
            let half = if scaled { 0.5 } else { half };
            prim.set("size", length(2.0 * half))
                .set("extent", extent([half; 3]));
        }
        Shape::Sphere { radius } => {
            prim.set("radius", length(radius))
                .set("extent", extent([radius; 3]));
        }
        Shape::Capsule {
            radius,
            half_height,
        } => {
            let box_ = upright(standing, radius, half_height + radius);
            round(prim, axis, radius, half_height).set("extent", extent(box_));
        }
        Shape::Cylinder {
            radius,
            half_height,
        }
        | Shape::Cone {
            radius,
            half_height,
        } => {
            let box_ = upright(standing, radius, half_height);
            round(prim, axis, radius, half_height).set("extent", extent(box_));
        }
        Shape::Plane { half_extent } => {
            let [width, depth] = half_extent.map(plane_side);
            prim.uniform("axis", token(axis));
            prim.set("width", length(width))
                .set("length", length(depth));
            let (w, l) = (width / 2.0, depth / 2.0);
            prim.set(
                "extent",
                extent(match standing {
                    Standing::X => [0.0, l, w],
                    Standing::Y => [w, 0.0, l],
                    Standing::Z => [w, l, 0.0],
                }),
            );
        }
        Shape::Mesh(_) => {}
    }
}

fn round<'p>(prim: &'p mut Prim, axis: &str, radius: f64, half_height: f64) -> &'p mut Prim {
    prim.uniform("axis", token(axis))
        .set("radius", length(radius))
        .set("height", length(2.0 * half_height))
}

/// Half sizes of the box around a round shape.
fn upright(standing: Standing, radius: f64, half: f64) -> [f64; 3] {
    match standing {
        Standing::X => [half, radius, radius],
        Standing::Y => [radius, half, radius],
        Standing::Z => [radius, radius, half],
    }
}

fn extent(half: [f64; 3]) -> Typed {
    triples("float3[]", [half.map(|v| -v), half])
}
