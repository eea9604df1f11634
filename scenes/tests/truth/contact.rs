//! Bodies, colliders, what they touch and how it feels.

use std::collections::{BTreeMap, BTreeSet};

use halle_stage::physics::{Geometry as Truly, Shape as TrueShape};
use halle_world::components::{
    Approximation, ArticulationRoot, Collider, CollisionGroup, FilteredPairs, Geometry, InBody,
    Parent, RigidBody, SourcePath, WorldPose,
};
use halle_world::{Entity, Shape};
use nalgebra::Vector3;

use super::place::stretch;
use super::{Truth, near};

const COPIED: &str = "physics below a point instancer: usd-core skips it, halle-wide copies it";
const SHEARED: &str = "sheared or singular transform: the pose is another one (SC0105)";
const UNUSABLE: &str = "malformed mesh or unsupported geometry: left out (SC0110, SC0102)";
const TAPERED: &str = "capsule or cylinder that tapers: the larger radius throughout (SC0105)";

impl Truth<'_> {
    pub(super) fn path(&self, entity: Entity) -> String {
        self.world.get::<SourcePath>(entity).unwrap().prim.clone()
    }

    /// Paths of all prims with something, but for those below point instancers.
    fn paths_with(&mut self, has: impl Fn(Entity) -> bool) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for &entity in self.entities {
            if has(entity) {
                let path = self.path(entity);
                if self.copied.contains(&path) {
                    self.because(COPIED);
                } else {
                    paths.insert(path);
                }
            }
        }
        paths
    }

    /// Whether the world transform shears, mirrors or flattens: rotation and scale are not unique.
    pub(super) fn is_sheared(&self, path: &str) -> bool {
        let Some(entity) = self.by_path.get(path) else {
            return true;
        };
        let pose = self.world.get::<WorldPose>(*entity).unwrap().0;
        let stretch = stretch(&self.world_from(path), &pose);
        let rest = stretch - nalgebra::Matrix3::from_diagonal(&stretch.diagonal());
        rest.norm() > 1e-6 * stretch.norm()
            || stretch
                .diagonal()
                .iter()
                .any(|d| *d <= 1e-9 * stretch.norm())
            || self.is_sampled(path)
    }

    /// The enabled rigid bodies, what they are and how they move.
    pub(super) fn bodies(&mut self) {
        let world = self.world;
        let found = self.paths_with(|e| world.get::<RigidBody>(e).is_some());
        let enabled = self.physics.bodies.iter().filter(|b| b.enabled);
        let expected = enabled.map(|b| b.path.as_str().to_owned()).collect();
        self.same_sets("bodies", &found, &expected);
        for body in self.physics.bodies.clone() {
            let path = body.path.as_str();
            let Some(&entity) = self.by_path.get(path).filter(|_| body.enabled) else {
                continue;
            };
            let Some(own) = self.world.get::<RigidBody>(entity) else {
                continue;
            };
            self.count("bodies", 1);
            if (own.kinematic, own.starts_asleep) != (body.kinematic, body.asleep) {
                self.wrong("body", path, format!("{own:?} {body:?}"));
            }
            let pose = self.world.get::<WorldPose>(entity).unwrap().0;
            let turned = |v: [f32; 3]| pose.rotation * Vector3::from(v.map(f64::from));
            let linear = turned(body.velocity) * self.meters;
            let angular = turned(body.angular_velocity).map(f64::to_radians);
            let off = (linear - own.linear_velocity).norm() / (1e-9 + linear.norm())
                + (angular - own.angular_velocity).norm() / (1e-9 + angular.norm());
            if off > 1e-5 {
                self.wrong(
                    "velocity",
                    path,
                    format!("{own:?}, the stage has {linear:?}"),
                );
            }
            if self.is_sheared(path) {
                self.because(SHEARED);
                continue;
            }
            let expected = self.world_pose(body.position, body.rotation);
            let off = pose.inverse() * expected;
            let reach = pose.translation.vector.norm().max(self.meters);
            if off.translation.vector.norm() > 2e-6 * reach || off.rotation.angle() > 3e-6 {
                self.wrong("body's pose", path, format!("{pose:?} {expected:?}"));
            }
        }
    }

    /// The colliders of known geometry.
    pub(super) fn colliders(&mut self) {
        let world = self.world;
        let found = self.paths_with(|e| world.get::<Collider>(e).is_some());
        let shapes = std::mem::take(&mut self.physics.shapes);
        let mut expected = BTreeSet::new();
        for shape in &shapes {
            let path = shape.path.as_str();
            let points = matches!(shape.geometry, Truly::SpherePoints(_));
            if !found.contains(path) && (points || self.is_told(path, "SC0110")) {
                self.because(UNUSABLE);
            } else {
                expected.insert(path.to_owned());
            }
        }
        self.same_sets("colliders", &found, &expected);
        for shape in &shapes {
            if let Some(&entity) = self.by_path.get(shape.path.as_str())
                && self.world.get::<Collider>(entity).is_some()
            {
                self.count("colliders", 1);
                self.collider(shape, entity);
            }
        }
        self.physics.shapes = shapes;
    }

    fn collider(&mut self, shape: &TrueShape, entity: Entity) {
        let path = shape.path.as_str();
        let collider = *self.world.get::<Collider>(entity).unwrap();
        let geometry = self.world.get::<Geometry>(entity).unwrap();
        if collider.enabled != shape.enabled {
            self.wrong("collider", path, "switched the other way");
        }
        let owner = shape
            .body
            .map(|b| self.physics.bodies[b as usize].path.as_str().to_owned());
        let own = self.world.get::<InBody>(entity).map(|b| self.path(b.0));
        if owner != own {
            self.wrong("owner", path, format!("{own:?}, the stage has {owner:?}"));
        }
        match same_geometry(
            &shape.geometry,
            &geometry.shape,
            collider.approximation,
            self.meters,
        ) {
            Same::Yes => {}
            Same::Tapered => self.because(TAPERED),
            Same::No if self.is_sheared(path) => self.because(SHEARED),
            Same::No => {
                let how = format!("{:?} {:?}", shape.geometry, found_text(&geometry.shape));
                self.wrong("geometry", path, how);
            }
        }
        let body = shape.body.map(|b| self.physics.bodies[b as usize].clone());
        if self.is_sheared(path)
            || body
                .as_ref()
                .is_some_and(|b| self.is_sheared(b.path.as_str()))
        {
            self.because(SHEARED);
            return;
        }
        let local = self.pose(shape.position, shape.rotation);
        let frame = match &body {
            Some(body) => self.world_pose(body.position, body.rotation),
            None => self.stage_frame(),
        };
        let pose = self.world.get::<WorldPose>(entity).unwrap().0;
        let off = pose.inverse() * frame * local;
        let reach = pose.translation.vector.norm() + local.translation.vector.norm() + self.meters;
        if off.translation.vector.norm() > 3e-6 * reach || off.rotation.angle() > 3e-6 {
            self.wrong(
                "collider's pose",
                path,
                format!("{pose:?} {:?}", frame * local),
            );
        }
    }

    /// The roots of articulations: prims with the schema.
    pub(super) fn articulations(&mut self) {
        let world = self.world;
        let found = self.paths_with(|e| world.get::<ArticulationRoot>(e).is_some());
        let all = self.physics.articulations.iter();
        let expected: BTreeSet<String> = all.map(|a| a.path.as_str().to_owned()).collect();
        self.count("articulations", expected.len());
        self.same_sets("articulations", &found, &expected);
    }

    /// Prims above a prim, itself first.
    fn upwards(&self, entity: Entity) -> Vec<Entity> {
        let mut chain = vec![entity];
        while let Some(parent) = self.world.get::<Parent>(chain[chain.len() - 1]) {
            chain.push(parent.0);
        }
        chain
    }

    /// The groups of every collider, by the nearest word about it or a prim above it.
    pub(super) fn groups(&mut self) {
        let groups: Vec<(Entity, &CollisionGroup)> = self
            .entities
            .iter()
            .filter_map(|e| Some((*e, self.world.get::<CollisionGroup>(*e)?)))
            .collect();
        let mut first: BTreeMap<&str, String> = BTreeMap::new();
        let mut names = Vec::new();
        for (entity, group) in &groups {
            let own = self.path(*entity);
            names.push(match &*group.merge_group {
                "" => own,
                name => first.entry(name).or_insert(own).clone(),
            });
        }
        for shape in std::mem::take(&mut self.physics.shapes) {
            let path = shape.path.as_str();
            let Some(&entity) = self.by_path.get(path).filter(|_| shape.valid) else {
                continue;
            };
            let chain = self.upwards(entity);
            let mut found = BTreeSet::new();
            for ((_, group), name) in groups.iter().zip(&names) {
                let word = chain.iter().find_map(|e| match group.excluded.contains(e) {
                    true => Some(false),
                    false => group.members.contains(e).then_some(true),
                });
                if word == Some(true) {
                    found.insert(name.clone());
                }
            }
            let held = shape.links.groups.iter();
            let expected: BTreeSet<String> = held.map(|g| g.as_str().to_owned()).collect();
            self.count("memberships", expected.len());
            if found != expected {
                self.wrong(
                    "groups",
                    path,
                    format!("{found:?}, the stage has {expected:?}"),
                );
            }
        }
    }

    /// Filtered pairs of bodies and articulations.
    pub(super) fn filtered(&mut self) {
        let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let bodies = self.physics.bodies.iter().map(|b| (&b.path, &b.filtered));
        let roots = self
            .physics
            .articulations
            .iter()
            .map(|a| (&a.path, &a.filtered));
        for (path, filtered) in bodies.chain(roots) {
            let named = filtered.iter().map(|p| p.as_str().to_owned());
            let known = named.filter(|p| self.by_path.contains_key(p.as_str()));
            expected.insert(path.as_str().to_owned(), known.collect());
        }
        for (path, expected) in expected {
            let Some(&entity) = self.by_path.get(path.as_str()) else {
                continue;
            };
            let pairs = self.world.get::<FilteredPairs>(entity);
            let named = pairs
                .into_iter()
                .flat_map(|p| p.0.iter().map(|e| self.path(*e)));
            let found: BTreeSet<String> = named.collect();
            self.count("filtered pairs", expected.len());
            if found != expected {
                self.wrong("filtered pairs", &path, format!("{found:?} {expected:?}"));
            }
        }
    }
}

/// Whether two geometries are the same.
enum Same {
    Yes,
    Tapered,
    No,
}

fn same_geometry(truly: &Truly, shape: &Shape, approximation: Approximation, meters: f64) -> Same {
    let si = |x: f32| f64::from(x) * meters;
    let round = |a: &halle_stage::physics::Round, r: f64, h: f64| {
        near(si(a.radius), r) && near(si(a.half_height), h)
    };
    let same = match (truly, shape) {
        (Truly::Sphere { radius }, Shape::Sphere { radius: r }) => near(si(*radius), *r),
        (Truly::Cube { half_extents }, Shape::Box { half_extent }) => {
            (0..3).all(|k| near(si(half_extents[k]).abs(), half_extent[k]))
        }
        (
            Truly::Capsule(a),
            Shape::Capsule {
                radius,
                half_height,
            },
        )
        | (
            Truly::Cylinder(a),
            Shape::Cylinder {
                radius,
                half_height,
            },
        )
        | (
            Truly::Cone(a),
            Shape::Cone {
                radius,
                half_height,
            },
        ) => round(a, *radius, *half_height),
        (
            Truly::Capsule1(a),
            Shape::Capsule {
                radius,
                half_height,
            },
        )
        | (
            Truly::Cylinder1(a),
            Shape::Cylinder {
                radius,
                half_height,
            },
        ) => {
            if !near(si(a.top.max(a.bottom)), *radius) || !near(si(a.half_height), *half_height) {
                return Same::No;
            }
            return if a.top == a.bottom {
                Same::Yes
            } else {
                Same::Tapered
            };
        }
        (Truly::Plane { .. }, Shape::Plane { .. }) => true,
        (
            Truly::Mesh {
                approximation: a, ..
            },
            Shape::Mesh(_),
        ) => {
            let known = match a.as_str() {
                "convexHull" => Approximation::ConvexHull,
                "convexDecomposition" => Approximation::ConvexDecomposition,
                "boundingSphere" => Approximation::BoundingSphere,
                "boundingCube" => Approximation::BoundingBox,
                "meshSimplification" => Approximation::Simplified,
                "sdf" => Approximation::SignedDistance,
                _ => Approximation::Exact,
            };
            known == approximation
        }
        _ => false,
    };
    if same { Same::Yes } else { Same::No }
}

fn found_text(shape: &Shape) -> String {
    match shape {
        Shape::Mesh(_) => "mesh".to_owned(),
        other => format!("{other:?}"),
    }
}
