//! The recipe into the ECS: every prim an entity, where it stands, in SI units.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::entity::Entity;
use halle_world::components::{
    ArticulationRoot, AuthoredMass, Collider, ContactMaterial, FaceLook, FaceLooks, Geometry,
    InBody, Look, Parent, RigidBody, Skin, Source, SourcePath, Spot, Surface, SurfaceVelocity,
    WorldPose,
};
use halle_world::{Severity, World};
use nalgebra::{Matrix4, UnitQuaternion, Vector3};
use openusd::usd::Stage;

use crate::bindings::{Bound, MaterialId, Materials};
use crate::primvars::Inherited;
use crate::raw::{Parts, RawBody, RawCollider, RawContact, RawMass, RawShape, RawSurface, Units};
use crate::reader::Reading;
use crate::recipe::{Namespace, Recipe};
use crate::shapes::{EVENLY, Loss, Scaled};
use crate::skins::{Skins, Wearer};
use crate::transform::{Placement, is_usable, place, unit_quaternion};
use crate::views;

/// A prim with targets, to be finished when all entities are there.
pub(crate) struct Linked {
    /// The prim's entity.
    pub(crate) entity: Entity,
    /// Where it was read.
    pub(crate) node: u32,
    /// Where its targets stand.
    pub(crate) namespace: Option<Arc<Namespace>>,
    /// Units that hold at the prim.
    pub(crate) units: Units,
    /// Lengths of the prim's axes \[m per unit\].
    pub(crate) scale: [f64; 3],
}

/// What holds at a prim because of where it stands.
struct Place {
    world_from_prim: Matrix4<f64>,
    parent: Option<Entity>,
    body: Option<Entity>,
    invisible: bool,
    /// Purpose that pictures leave out.
    aside: bool,
    units: Units,
    bound: Bound,
    /// Primvars that prims below have too.
    inherited: Inherited,
    /// Materials of the prim for pictures and for contacts, where it has a shape.
    materials: [Option<MaterialId>; 2],
    namespace: Option<Arc<Namespace>>,
}

/// Everything that is needed to place prims.
pub(crate) struct Expander<'s> {
    /// What was read.
    pub(crate) recipe: &'s Recipe,
    /// The stage it was read from.
    pub(crate) stage: &'s Stage,
    /// Where findings go.
    pub(crate) reading: &'s Reading,
    /// Units of the stage.
    pub(crate) units: Units,
    /// World frame (z up) from stage frame, both in stage units.
    pub(crate) world_from_stage: Matrix4<f64>,
    /// What is made.
    pub(crate) world: World,
    /// Entities in the order of the stage.
    pub(crate) entities: Vec<Entity>,
    /// Prims with targets.
    pub(crate) linked: Vec<Linked>,
    materials: Materials<'s>,
    scaled: Scaled,
    skins: Skins<'s>,
    /// What was said about shapes already, once for all instances.
    losses: BTreeSet<(u32, Loss)>,
    /// Prims whose lengths were found to be beyond measure, once for all instances.
    beyond: BTreeSet<u32>,
}

impl<'s> Expander<'s> {
    /// Nothing placed so far.
    pub(crate) fn new(
        recipe: &'s Recipe,
        stage: &'s Stage,
        reading: &'s Reading,
        units: Units,
        world_from_stage: Matrix4<f64>,
    ) -> Self {
        Self {
            recipe,
            stage,
            reading,
            units,
            world_from_stage,
            world: World::new(),
            entities: Vec::with_capacity(recipe.len()),
            linked: Vec::new(),
            materials: Materials::new(stage, reading),
            scaled: Scaled::default(),
            skins: Skins::new(stage, reading),
            losses: BTreeSet::new(),
            beyond: BTreeSet::new(),
        }
    }

    /// Places all prims.
    pub(crate) fn expand(&mut self) {
        let root = Place {
            world_from_prim: self.world_from_stage,
            parent: None,
            body: None,
            invisible: false,
            aside: false,
            units: self.units,
            bound: Bound::default(),
            inherited: Inherited::default(),
            materials: [None; 2],
            namespace: None,
        };
        for &node in &self.recipe.roots {
            let path = self.recipe.nodes[node as usize].path.to_string();
            self.place(node, path, &root);
        }
    }

    fn place(&mut self, index: u32, path: String, above: &Place) {
        let recipe = self.recipe;
        let node = &recipe.nodes[index as usize];
        let content = &node.content;
        let parent_frame = if content.resets {
            self.world_from_stage
        } else {
            above.world_from_prim
        };
        let mut world_from_prim = parent_frame * content.local;
        let units = content.units.unwrap_or(above.units);
        if !is_usable(&world_from_prim, self.units.meters) {
            self.beyond_measure(index, "xformOpOrder", "it stands where its parent does");
            world_from_prim = parent_frame;
        }
        let placement = place(&world_from_prim, self.units.meters);
        let namespace = above.namespace.clone();
        let bound = above.bound.at(
            &content.bindings,
            &path,
            namespace.as_ref(),
            &mut self.materials,
        );
        let parts = content.parts.as_deref();
        let seen = parts.is_some_and(|p| p.shape.is_some() || p.tool.is_some());
        let materials = if seen {
            [bound.look(&path), bound.contact(&path)]
        } else {
            [None; 2]
        };
        let source = SourcePath {
            layer: Arc::clone(&content.layer),
            prim: path,
        };
        let mut entity = self.world.spawn((source, WorldPose(placement.pose)));
        let id = entity.id();
        self.entities.push(id);
        if let Some(parent) = above.parent {
            entity.insert(Parent(parent));
        }
        let is_body = parts.is_some_and(|p| p.body.is_some());
        let body = if is_body { Some(id) } else { above.body };
        if let Some(body) = body {
            entity.insert(InBody(body));
        }
        let here = Place {
            world_from_prim,
            parent: Some(id),
            body,
            invisible: above.invisible || content.invisible,
            aside: content.aside.unwrap_or(above.aside),
            units,
            bound,
            inherited: above.inherited.at(content.primvars.as_ref()),
            materials,
            namespace,
        };
        if let Some(parts) = parts {
            self.fill(id, index, parts, &placement, &here);
        }
        let (children, read_at) = recipe.children(index);
        if children.is_empty() {
            return;
        }
        let path = self
            .world
            .get::<SourcePath>(id)
            .map_or_else(String::new, |s| s.prim.clone());
        let here = self.below(index, read_at, &path, here, content.instancer);
        for &child in children {
            let name = recipe.nodes[child as usize].name();
            let mut child_path = String::with_capacity(path.len() + 1 + name.len());
            child_path.push_str(&path);
            child_path.push('/');
            child_path.push_str(name);
            self.place(child, child_path, &here);
        }
    }

    /// What holds for the children of a prim.
    fn below(&self, index: u32, read_at: u32, path: &str, here: Place, hide: bool) -> Place {
        if index == read_at && !hide {
            return here;
        }
        let read = &self.recipe.nodes[read_at as usize].path;
        let namespace = if index == read_at {
            here.namespace
        } else {
            Some(Namespace::within(here.namespace, read, path))
        };
        Place {
            namespace,
            // Prototypes are shown by their copies, not where they stand.
            invisible: here.invisible || hide,
            ..here
        }
    }

    /// Says, once for all instances, that a length is none that a plant has.
    fn beyond_measure(&mut self, index: u32, property: &str, instead: &str) {
        if self.beyond.insert(index) {
            self.reading.find_at(
                self.stage,
                &self.recipe.nodes[index as usize].path,
                Severity::Warning,
                ("SC0116", property),
                format!("a length here is beyond all measure: {instead}"),
                "author lengths that the plant can have, and its units",
            );
        }
    }

    /// Adds what a prim is.
    fn fill(&mut self, id: Entity, index: u32, parts: &Parts, placement: &Placement, here: &Place) {
        let units = here.units;
        let meters = units.meters;
        let mut entity = self.world.entity_mut(id);
        if let Some(raw) = &parts.body {
            entity.insert(body(raw, placement, meters));
        }
        if let Some(raw) = &parts.mass {
            entity.insert(mass(raw, placement, units));
        }
        if let Some(self_collision) = parts.articulation {
            entity.insert(ArticulationRoot { self_collision });
        }
        if let Some(raw) = &parts.surface_velocity {
            entity.insert(surface_velocity(raw, placement, meters));
        }
        if let Some(tool) = &parts.tool {
            entity.insert(tool.clone());
        }
        if let Some(polishable) = parts.polishable {
            entity.insert(polishable);
        }
        if let Some(camera) = &parts.camera {
            entity.insert(views::placed_camera(camera, meters));
        }
        if let Some(raw) = &parts.light {
            entity.insert(views::placed_light(raw, placement.scale()));
        }
        if parts.spot {
            entity.insert(Spot);
        }
        let [_, contact] = here.materials;
        if let Some(raw) = contact.and_then(|id| self.materials.contact(id)) {
            entity.insert(contact_material(&raw, units));
        }
        if let Some(raw) = &parts.shape {
            self.shape(id, index, raw, parts.collider.as_ref(), placement, here);
        }
        self.dress(id, index, parts, placement, here);
        let linked = parts.joint.is_some()
            || parts.group.is_some()
            || !parts.filtered.is_empty()
            || parts.actuator.is_some()
            || parts.scatter.is_some();
        if linked {
            self.linked.push(Linked {
                entity: id,
                node: index,
                namespace: here.namespace.clone(),
                units,
                scale: placement.scale(),
            });
        }
    }

    /// Adds the shape of a prim, and its collider if it is one.
    fn shape(
        &mut self,
        id: Entity,
        index: u32,
        raw: &RawShape,
        collider: Option<&RawCollider>,
        placement: &Placement,
        here: &Place,
    ) {
        let meters = here.units.meters;
        let placed = self.scaled.place(raw, placement);
        if let Some(loss) = placed.loss
            && self.losses.insert((index, loss))
        {
            self.reading.find_at(
                self.stage,
                &self.recipe.nodes[index as usize].path,
                Severity::Warning,
                ("SC0105", "xformOpOrder"),
                loss.message().to_owned(),
                EVENLY,
            );
        }
        let Some(shape) = placed.shape else {
            self.beyond_measure(index, "", "the shape is left out");
            return;
        };
        let geometry = Geometry {
            shape,
            world_from_shape: placement.pose * placed.prim_from_shape,
            visible: !here.invisible && !here.aside,
        };
        let mut entity = self.world.entity_mut(id);
        entity.insert(geometry);
        if let Some(raw) = collider {
            entity.insert(Collider {
                enabled: raw.enabled,
                approximation: raw.approximation,
                contact_offset: raw.contact_offset.map(|d| d * meters),
                rest_offset: raw.rest_offset * meters,
            });
        }
    }
}

impl Expander<'_> {
    /// Adds how a prim looks, and what its looks read.
    fn dress(
        &mut self,
        id: Entity,
        index: u32,
        parts: &Parts,
        placement: &Placement,
        here: &Place,
    ) {
        let look = here.materials[0].and_then(|id| self.materials.look(id));
        let node = &self.recipe.nodes[index as usize];
        let mesh = match &parts.shape {
            Some(RawShape::Mesh(mesh)) => Some(&**mesh),
            _ => None,
        };
        let wearer = Wearer {
            node: index,
            path: &node.path,
            own: node.content.primvars.as_ref(),
            inherited: &here.inherited,
            mesh,
        };
        let has_shape = parts.shape.is_some();
        let look = look.or_else(|| has_shape.then(|| self.skins.display(&wearer)).flatten());
        let sets = self.face_sets(id, index, parts, here);
        let mut entity = self.world.entity_mut(id);
        if has_shape {
            let looks = look
                .iter()
                .chain(sets.iter().filter_map(|s| s.look.as_ref()));
            let asked = looks.clone().flat_map(|look| look.primvars()).collect();
            let pictured = |look: &Arc<Surface>| {
                matches!(look.diffuse_color.source, Some(Source::Texture(..)))
            };
            let pictured = looks.clone().any(pictured);
            let skin = self.skins.skin(&wearer, asked, pictured, !sets.is_empty());
            if let Some(skin) = skin {
                let triangles = mesh.map_or(0, |m| m.triangles.len());
                let skin = self.scaled.skin(&skin, triangles, &placement.stretch);
                entity.insert(Skin(skin));
            }
            if let Some(subdivision) = mesh.and_then(|m| m.subdivision) {
                entity.insert(subdivision);
            }
            if !sets.is_empty() {
                entity.insert(FaceLooks(sets));
            }
        }
        if let Some(look) = look {
            entity.insert(Look(look));
        }
    }

    /// The looks of the sets of a mesh's faces.
    fn face_sets(
        &mut self,
        id: Entity,
        index: u32,
        parts: &Parts,
        here: &Place,
    ) -> Arc<[FaceLook]> {
        if parts.subsets.is_empty() {
            return Arc::new([]);
        }
        let path = self.world.get::<SourcePath>(id);
        let path = path.map_or_else(String::new, |s| s.prim.clone());
        let mut bound = Vec::with_capacity(parts.subsets.len());
        for set in &parts.subsets {
            let path = format!("{path}/{}", set.name);
            let namespace = here.namespace.as_ref();
            let here = here
                .bound
                .at(&set.bindings, &path, namespace, &mut self.materials);
            bound.push(here.look(&path));
        }
        let materials = &self.materials;
        let look = |id| materials.look(id);
        self.skins.faces(index, &parts.subsets, bound, look)
    }
}

fn body(raw: &RawBody, placement: &Placement, meters: f64) -> RigidBody {
    let world = |v: [f64; 3]| placement.pose.rotation * Vector3::from(v);
    RigidBody {
        kinematic: raw.kinematic,
        starts_asleep: raw.starts_asleep,
        linear_velocity: world(raw.velocity) * meters,
        angular_velocity: world(raw.angular_velocity.map(f64::to_radians)),
        gravity_scale: raw.gravity_scale,
        linear_damping: raw.linear_damping,
        angular_damping: raw.angular_damping,
        max_linear_speed: raw.max_linear.map(|v| v * meters),
        max_angular_speed: raw.max_angular.map(f64::to_radians),
    }
}

fn mass(raw: &RawMass, placement: &Placement, units: Units) -> AuthoredMass {
    let (meters, kilograms) = (units.meters, units.kilograms);
    let axes = raw.principal_axes.map(unit_quaternion);
    AuthoredMass {
        mass: raw.mass.map(|v| v * kilograms),
        density: raw.density.map(|v| v * kilograms / meters.powi(3)),
        center_of_mass: raw.center.map(|v| placement.stretch * Vector3::from(v)),
        diagonal_inertia: raw
            .diagonal_inertia
            .map(|v| Vector3::from(v) * kilograms * meters.powi(2)),
        principal_axes: axes.unwrap_or_else(UnitQuaternion::identity),
    }
}

fn contact_material(raw: &RawContact, units: Units) -> ContactMaterial {
    let (meters, kilograms) = (units.meters, units.kilograms);
    ContactMaterial {
        static_friction: raw.static_friction,
        dynamic_friction: raw.dynamic_friction,
        restitution: raw.restitution,
        density: raw.density * kilograms / meters.powi(3),
        torsional_friction: raw.torsional * meters,
        rolling_friction: raw.rolling * meters,
        friction_combine: raw.friction_combine,
        restitution_combine: raw.restitution_combine,
        // Force over length: the length units cancel, kilograms per second squared remain.
        compliance: raw.compliance.map(|c| c.map(|v| v * kilograms)),
    }
}

fn surface_velocity(raw: &RawSurface, placement: &Placement, meters: f64) -> SurfaceVelocity {
    let own = |v: [f64; 3]| {
        let v = Vector3::from(v);
        if raw.local {
            v
        } else {
            placement.pose.rotation.inverse() * v
        }
    };
    SurfaceVelocity {
        linear: own(raw.linear) * meters,
        angular: own(raw.angular.map(f64::to_radians)),
    }
}
