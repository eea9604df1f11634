//! What this crate understands; everything else on a prim is a finding, never silence.

use halle_world::Severity;

use crate::halle;
use crate::reader::PrimReader;

/// Prim types that are read, or that carry nothing to simulate or draw.
const TYPES: [&str; 40] = [
    "",
    "Xform",
    "Scope",
    "Cube",
    "Sphere",
    "Cylinder",
    "Cylinder_1",
    "Capsule",
    "Capsule_1",
    "Cone",
    "Plane",
    "Mesh",
    "PointInstancer",
    "Camera",
    "Material",
    "Shader",
    "NodeGraph",
    "DomeLight",
    "DomeLight_1",
    "DistantLight",
    "RectLight",
    "DiskLight",
    "SphereLight",
    "PhysicsScene",
    "PhysicsFixedJoint",
    "PhysicsRevoluteJoint",
    "PhysicsPrismaticJoint",
    "PhysicsSphericalJoint",
    "PhysicsDistanceJoint",
    "PhysicsJoint",
    "PhysicsCollisionGroup",
    "MjcActuator",
    "NewtonActuator",
    "RenderSettings",
    "RenderProduct",
    "RenderVar",
    "RenderPass",
    "GeomSubset",
    "Backdrop",
    "SpatialAudio",
];

/// API schemas that are read, or that carry nothing to simulate or draw.
const APIS: [&str; 48] = [
    "PhysicsRigidBodyAPI",
    "PhysicsMassAPI",
    "PhysicsCollisionAPI",
    "PhysicsMeshCollisionAPI",
    "PhysicsMaterialAPI",
    "PhysicsArticulationRootAPI",
    "PhysicsFilteredPairsAPI",
    "PhysicsDriveAPI",
    "PhysicsLimitAPI",
    "PhysicsJointStateAPI",
    "MaterialBindingAPI",
    "GeomModelAPI",
    "CollectionAPI",
    "ShapingAPI",
    "ShadowAPI",
    "VisibilityAPI",
    "LightAPI",
    "MeshLightAPI",
    "VolumeLightAPI",
    "SemanticsLabelsAPI",
    "SemanticsAPI",
    "NodeGraphNodeAPI",
    "SceneGraphPrimAPI",
    "AssetPreviewsAPI",
    "NodeDefAPI",
    "PhysxRigidBodyAPI",
    "PhysxCollisionAPI",
    "PhysxMaterialAPI",
    "PhysxJointAPI",
    "PhysxJointAxisAPI",
    "PhysxMimicJointAPI",
    "PhysxArticulationAPI",
    "PhysxSurfaceVelocityAPI",
    "PhysxConvexHullCollisionAPI",
    "PhysxTriangleMeshCollisionAPI",
    "PhysxConvexDecompositionCollisionAPI",
    "PhysxSDFMeshCollisionAPI",
    "PhysxSceneAPI",
    "NewtonSceneAPI",
    "NewtonJointAPI",
    "NewtonMimicAPI",
    "NewtonCollisionAPI",
    "NewtonMaterialAPI",
    "NewtonArticulationRootAPI",
    "NewtonSiteAPI",
    "NewtonPDControlAPI",
    "MjcJointAPI",
    "MjcSiteAPI",
];

/// Says what is on a prim but has no effect.
pub(crate) fn report_unsupported(prim: &PrimReader<'_>) {
    let kind = prim.kind.as_str();
    if !TYPES.contains(&kind) {
        unsupported(
            prim,
            "",
            format!("prim type `{kind}` is not supported: the prim has no effect"),
        );
    }
    for api in &prim.apis {
        let family = api.split(':').next().unwrap_or(api);
        if !APIS.contains(&family) {
            unsupported(
                prim,
                "",
                format!("API schema `{api}` is not supported: it has no effect"),
            );
        }
    }
    for name in prim.property_names() {
        if name.starts_with("halle:") && !halle::NAMES.contains(&name) {
            prim.find(
                Severity::Warning,
                "SC0109",
                name,
                "property of the `halle:` namespace is not known: it has no effect",
                "see scenes/HALLE_SCHEMA.md for the names",
            );
        }
    }
}

fn unsupported(prim: &PrimReader<'_>, property: &str, message: String) {
    let help = "remove it, or do not count on it";
    prim.find(Severity::Warning, "SC0102", property, message, help);
}
