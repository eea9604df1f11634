//! What bodies weigh.

use halle_stage::physics::{BodyMass, MassRules, mass_properties};
use halle_world::components::{AuthoredMass, Collider, Geometry, InBody, RigidBody};
use halle_world::{Diagnostics, MassProperties, Shape, body_mass};
use nalgebra::{Matrix3, Quaternion, UnitQuaternion, Vector3};

use super::Truth;

const NOTHING: &str =
    "nothing says the inertia: none is made up, where usd-core takes a ball of 10 cm";
const AXES: &str = "moments without axes, or axes without moments: the body's own axes are meant";
const TINY: &str = "moments below 1e-5: they count, where usd-core takes them for none";
const SHEARED: &str = "sheared or singular transform: sizes are other ones (SC0105)";
const OPEN: &str = "mesh that encloses no volume, or a malformed one: it weighs nothing";
const TAPERED: &str =
    "cylinder, capsule or points that the world has no shape for (SC0102, SC0105)";

impl Truth<'_> {
    /// Mass, centre and inertia of every body, physical rules.
    pub(super) fn masses(&mut self) {
        for truly in mass_properties(self.scene, MassRules::Physical) {
            let path = truly.path.as_str();
            let Some(&entity) = self.by_path.get(path) else {
                continue;
            };
            if self.world.get::<RigidBody>(entity).is_none() {
                continue;
            }
            self.count("masses", 1);
            let found = body_mass(self.world, entity, &mut Diagnostics::default());
            let same = found.is_some_and(|found| self.is_same(&found, &truly));
            if same || found.is_none() && truly.mass < 0.0 {
                continue;
            }
            match self.excuse(entity, &truly, found.as_ref()) {
                Some(cause) => self.because(cause),
                None => self.wrong("mass", path, format!("{found:?}, the stage has {truly:?}")),
            }
        }
    }

    fn is_same(&self, found: &MassProperties, truly: &BodyMass) -> bool {
        let (kilograms, meters) = (self.kilograms, self.meters);
        let mass = f64::from(truly.mass) * kilograms;
        let center = Vector3::from(truly.center.map(f64::from)) * meters;
        let [w, x, y, z] = truly.axes.unwrap_or([1.0, 0.0, 0.0, 0.0]).map(f64::from);
        let turn = UnitQuaternion::from_quaternion(Quaternion::new(w, x, y, z));
        let turn = turn.to_rotation_matrix().into_inner();
        let moments = truly
            .inertia
            .map(|m| f64::from(m) * kilograms * meters * meters);
        let inertia = turn * Matrix3::from_diagonal(&moments.into()) * turn.transpose();
        // Single precision, sums over parts, and 24 Jacobi rotations.
        let size = (inertia.norm() / mass.max(1e-30)).sqrt();
        (found.mass - mass).abs() <= 2e-5 * mass.abs()
            && (found.center - center).norm() <= 2e-5 * (center.norm() + size)
            && (found.inertia - inertia).norm()
                <= 2e-4 * inertia.norm() + 1e-5 * mass * center.norm_squared()
    }

    fn excuse(
        &self,
        body: halle_world::Entity,
        truly: &BodyMass,
        found: Option<&MassProperties>,
    ) -> Option<&'static str> {
        let own = self
            .world
            .get::<AuthoredMass>(body)
            .copied()
            .unwrap_or_default();
        if self.is_sheared(truly.path.as_str()) {
            return Some(SHEARED);
        }
        let parts = self.entities.iter().copied().filter(|e| {
            self.world.get::<InBody>(*e).is_some_and(|b| b.0 == body)
                && self.world.get::<Collider>(*e).is_some()
        });
        let prims: Vec<_> = parts.collect();
        if prims.iter().any(|e| self.is_sheared(&self.path(*e))) {
            return Some(SHEARED);
        }
        let odd = self.physics.shapes.iter().any(|s| {
            use halle_stage::physics::Geometry as G;
            let own = s.path.has_prefix(&truly.path);
            own && matches!(
                s.geometry,
                G::SpherePoints(_) | G::Capsule1(_) | G::Cylinder1(_)
            )
        });
        if odd {
            return Some(TAPERED);
        }
        let weightless =
            |shape: &Shape| matches!(shape, Shape::Mesh(_)) && shape.unit_mass().is_none();
        let any = prims
            .iter()
            .any(|e| weightless(&self.world.get::<Geometry>(*e).unwrap().shape));
        let missing = self
            .physics
            .shapes
            .iter()
            .any(|s| s.path.has_prefix(&truly.path) && self.is_told(s.path.as_str(), "SC0110"));
        if any || missing {
            return Some(OPEN);
        }
        if found.is_none() && own.diagonal_inertia.is_none() && prims.is_empty() {
            return Some(NOTHING);
        }
        // Half a digit above, since single precision becomes SI in between.
        let unit = self.kilograms * self.meters.powi(2);
        if own
            .diagonal_inertia
            .is_some_and(|m| m.norm() < 1.001e-5 * unit)
        {
            return Some(TINY);
        }
        let identity = own.principal_axes == UnitQuaternion::identity();
        if own.diagonal_inertia.is_some() == identity {
            return Some(AXES);
        }
        None
    }
}
