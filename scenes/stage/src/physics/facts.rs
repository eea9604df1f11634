//! What a prim's type says about its part in physics, found once per type.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use openusd::tf::Token;
use openusd::usd::{PrimTypeInfo, SchemaRegistry};

use super::desc::Freedom;

/// The degrees of freedom of a D6 joint with the names of their schema instances, in USD's order.
const FREEDOMS: [(Freedom, &str); 7] = [
    (Freedom::Distance, "distance"),
    (Freedom::TransX, "transX"),
    (Freedom::TransY, "transY"),
    (Freedom::TransZ, "transZ"),
    (Freedom::RotX, "rotX"),
    (Freedom::RotY, "rotY"),
    (Freedom::RotZ, "rotZ"),
];

/// Geometries that make a collider, in the order in which USD tries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Mesh,
    Cube,
    Sphere,
    Capsule,
    Capsule1,
    Cylinder,
    Cylinder1,
    Cone,
    Plane,
    Points,
}

const FORMS: [(&str, Form); 10] = [
    ("Mesh", Form::Mesh),
    ("Cube", Form::Cube),
    ("Sphere", Form::Sphere),
    ("Capsule", Form::Capsule),
    ("Capsule_1", Form::Capsule1),
    ("Cylinder", Form::Cylinder),
    ("Cylinder_1", Form::Cylinder1),
    ("Cone", Form::Cone),
    ("Plane", Form::Plane),
    ("Points", Form::Points),
];

/// Kinds of joint prim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JointForm {
    Fixed,
    Revolute,
    Prismatic,
    Spherical,
    Distance,
    D6,
}

const JOINTS: [(&str, JointForm); 6] = [
    ("PhysicsFixedJoint", JointForm::Fixed),
    ("PhysicsRevoluteJoint", JointForm::Revolute),
    ("PhysicsPrismaticJoint", JointForm::Prismatic),
    ("PhysicsSphericalJoint", JointForm::Spherical),
    ("PhysicsDistanceJoint", JointForm::Distance),
    ("PhysicsJoint", JointForm::D6),
];

/// What a prim is to physics; one prim is one of these, as in USD's own parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Scene,
    Group,
    Material,
    Joint(JointForm),
    /// Collider, rigid body, both or neither: see the interfaces.
    Other,
}

/// What a type says.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) role: Role,
    pub(super) form: Option<Form>,
    pub(super) body_api: bool,
    pub(super) collision_api: bool,
    pub(super) articulation_api: bool,
    pub(super) material_api: bool,
    pub(super) filtered_api: bool,
    pub(super) binding_api: bool,
    pub(super) mesh_api: bool,
    pub(super) mass_api: bool,
    pub(super) linear_drive: bool,
    pub(super) angular_drive: bool,
    pub(super) limits: Vec<(Freedom, &'static str)>,
    pub(super) drives: Vec<(Freedom, &'static str)>,
    /// A material of the shading schema.
    pub(super) shade_material: bool,
    /// A subset of a geometry.
    pub(super) subset: bool,
    /// A point instancer: what is below it belongs to its prototypes.
    pub(super) instancer: bool,
    /// Keeps the composed definition, for fallbacks.
    pub(super) info: Arc<PrimTypeInfo>,
}

impl Facts {
    fn new(registry: &SchemaRegistry, info: &Arc<PrimTypeInfo>) -> Self {
        let schema = info.schema_type_name();
        let is = |base: &str| registry.is_a(schema, &Token::from(base));
        let apis = info.prim_definition().applied_api_schemas();
        let has = |name: &str| apis.iter().any(|api| api.as_str() == name);
        let instances = |schema: &str| {
            let applied = |name: &str| {
                apis.iter().any(|api| {
                    let rest = api.as_str().strip_prefix(schema);
                    rest.and_then(|rest| rest.strip_prefix(':')) == Some(name)
                })
            };
            FREEDOMS
                .into_iter()
                .filter(|(_, name)| applied(name))
                .collect()
        };
        // A material API counts only before any of the other three in the list of applied schemas.
        let solid = |name: &str| {
            matches!(
                name,
                "PhysicsRigidBodyAPI" | "PhysicsCollisionAPI" | "PhysicsArticulationRootAPI"
            )
        };
        let material_first = apis
            .iter()
            .map(Token::as_str)
            .find(|name| solid(name) || *name == "PhysicsMaterialAPI");
        let joint = JOINTS.into_iter().find(|(name, _)| is(name));
        let role = if is("PhysicsScene") {
            Role::Scene
        } else if is("PhysicsCollisionGroup") {
            Role::Group
        } else if material_first == Some("PhysicsMaterialAPI") {
            Role::Material
        } else if let Some((_, joint)) = joint {
            Role::Joint(joint)
        } else {
            Role::Other
        };
        let form = FORMS.into_iter().find(|(name, _)| is(name));
        Self {
            role,
            form: form.map(|(_, form)| form),
            body_api: has("PhysicsRigidBodyAPI"),
            collision_api: has("PhysicsCollisionAPI"),
            articulation_api: has("PhysicsArticulationRootAPI"),
            material_api: has("PhysicsMaterialAPI"),
            filtered_api: has("PhysicsFilteredPairsAPI"),
            binding_api: has("MaterialBindingAPI"),
            mesh_api: has("PhysicsMeshCollisionAPI"),
            mass_api: has("PhysicsMassAPI"),
            linear_drive: has("PhysicsDriveAPI:linear"),
            angular_drive: has("PhysicsDriveAPI:angular"),
            limits: instances("PhysicsLimitAPI"),
            drives: instances("PhysicsDriveAPI"),
            shade_material: is("Material"),
            subset: is("GeomSubset"),
            instancer: is("PointInstancer"),
            info: info.clone(),
        }
    }

    /// Whether the prim itself is anything physical, counting bodies and colliders on any role: a
    /// body's mass asks for the interface alone.
    pub(super) fn physical(&self) -> bool {
        self.role != Role::Other || self.body_api || self.collision_api || self.articulation_api
    }
}

/// The facts of all types met so far.
#[derive(Debug, Default)]
pub(super) struct FactBook {
    known: HashMap<*const PrimTypeInfo, Rc<Facts>>,
}

impl FactBook {
    /// The facts of a type. The key stays valid since the facts keep the type alive.
    pub(super) fn facts(
        &mut self,
        registry: &SchemaRegistry,
        info: &Arc<PrimTypeInfo>,
    ) -> Rc<Facts> {
        let key = Arc::as_ptr(info);
        let fresh = || Rc::new(Facts::new(registry, info));
        self.known.entry(key).or_insert_with(fresh).clone()
    }
}
