//! Small scenes, each for some rules of UsdPhysics, and a place to open them.

use std::fs;
use std::path::PathBuf;

use halle_stage::open::{OpenOptions, Scene};

use crate::copies::{CELL, COPIES, INSTANCES, PART, RELOCATED};

/// A scene in a folder of its own, removed at the end.
pub(crate) struct Stage {
    folder: PathBuf,
    pub(crate) scene: Scene,
}

impl Stage {
    /// One of the shared scenes, for a test called `who`.
    pub(crate) fn named(name: &str, who: &str) -> Self {
        let folder = write(who);
        let file = folder.join(format!("{name}.usda"));
        let scene = Scene::open(&file, &OpenOptions::default()).unwrap();
        Self { folder, scene }
    }

    /// A scene of one test; it may refer to the shared ones.
    pub(crate) fn of(who: &str, text: &str) -> Self {
        let folder = write(who);
        let file = folder.join("own.usda");
        fs::write(&file, format!("#usda 1.0\n{text}")).unwrap();
        let scene = Scene::open(&file, &OpenOptions::default()).unwrap();
        Self { folder, scene }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).unwrap();
    }
}

/// Writes all scenes to a new folder of the temporary directory; `who` keeps tests apart.
pub(crate) fn write(who: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("halle-physics-{who}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in ALL {
        fs::write(
            folder.join(format!("{name}.usda")),
            format!("#usda 1.0\n{text}"),
        )
        .unwrap();
    }
    folder
}

/// Scenes by name.
pub(crate) const ALL: [(&str, &str); 11] = [
    ("materials", MATERIALS),
    ("shapes", SHAPES),
    ("roles", ROLES),
    ("groups", GROUPS),
    ("joints", JOINTS),
    ("articulations", ARTICULATIONS),
    ("instances", INSTANCES),
    ("copies", COPIES),
    ("cell", CELL),
    ("part", PART),
    ("relocated", RELOCATED),
];

/// Bindings: by purpose, by strength, by collection, on subsets, without the interface.
const MATERIALS: &str = r#"
def Material "Plain" { }
def Material "A" (prepend apiSchemas = ["PhysicsMaterialAPI"])
{
    float physics:density = 7
    float physics:dynamicFriction = 0.25
}
def Material "B" (prepend apiSchemas = ["PhysicsMaterialAPI"]) { }
def Xform "Set" (prepend apiSchemas = ["MaterialBindingAPI"])
{
    rel material:binding = </A>
    def Cube "silent" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    def Cube "inherits" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"]) { }
    def Cube "own" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding = </B>
    }
    def Cube "visual" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding:physics = </Plain>
        rel material:binding = </B>
    }
    def Cube "many" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding:physics = [</B>, </Plain>]
    }
    def Cube "broken" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding:physics = </Nowhere>
    }
    def Cube "two" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding = [</B>, </A>]
    }
}
def Xform "Strong" (prepend apiSchemas = ["MaterialBindingAPI"])
{
    rel material:binding:physics = </A> ( bindMaterialAs = "strongerThanDescendants" )
    def Xform "Weak" (prepend apiSchemas = ["MaterialBindingAPI"])
    {
        rel material:binding:physics = </B>
        def Mesh "mesh" (prepend apiSchemas = ["PhysicsCollisionAPI", "PhysicsMeshCollisionAPI", "MaterialBindingAPI"])
        {
            uniform token physics:approximation = "convexHull"
            uniform bool doubleSided = 1
            def GeomSubset "one" (prepend apiSchemas = ["MaterialBindingAPI"])
            {
                uniform token elementType = "face"
                rel material:binding = </B>
            }
            def GeomSubset "points" (prepend apiSchemas = ["MaterialBindingAPI"])
            {
                uniform token elementType = "point"
                rel material:binding = </B>
            }
            def GeomSubset "bare"
            {
                uniform token elementType = "face"
                rel material:binding = </B>
            }
        }
    }
}
def Xform "Collected" (prepend apiSchemas = ["MaterialBindingAPI", "CollectionAPI:some"])
{
    uniform token collection:some:expansionRule = "expandPrims"
    rel collection:some:includes = </Collected/in>
    rel material:binding:collection:physics:some = [</Collected.collection:some>, </B>]
    rel material:binding = </A>
    def Cube "in" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"]) { }
    def Cube "out" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"]) { }
}
"#;

/// Sizes and poses: scale, mirroring, shear, turned bodies, reset stacks, disabled parts.
const SHAPES: &str = r#"(
    metersPerUnit = 1
    upAxis = "Z"
)
def PhysicsScene "scene" { }
def PhysicsScene "own"
{
    vector3f physics:gravityDirection = (0, 3, 4)
    float physics:gravityMagnitude = 2
}
def Xform "Body" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsFilteredPairsAPI"])
{
    rel physics:filteredPairs = </Body/cube>
    rel physics:simulationOwner = </own>
    bool physics:kinematicEnabled = 1
    uniform bool physics:startsAsleep = 1
    vector3f physics:velocity = (1, 2, 3)
    double3 xformOp:translate = (1, 2, 3)
    float3 xformOp:rotateXYZ = (10, 20, 30)
    float3 xformOp:scale = (2, 3, 4)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ", "xformOp:scale"]
    def Cube "cube" (prepend apiSchemas = ["PhysicsCollisionAPI", "PhysicsFilteredPairsAPI"])
    {
        rel physics:filteredPairs = </World/sphere>
        rel physics:simulationOwner = [</own>, </scene>]
        double size = -3
        double3 xformOp:translate = (0.5, 0, -1)
        float xformOp:rotateZ = 45
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateZ"]
    }
    def Cube "mirrored" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        float3 xformOp:scale = (-1, 1, 2)
        uniform token[] xformOpOrder = ["xformOp:scale"]
    }
    def Capsule "free" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        uniform token axis = "X"
        double3 xformOp:translate = (5, 5, 5)
        uniform token[] xformOpOrder = ["!resetXformStack!", "xformOp:translate"]
    }
}
def Sphere "World" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI"])
{
    bool physics:rigidBodyEnabled = 0
    double radius = 2
    float3 xformOp:scale = (1, -2, 3)
    uniform token[] xformOpOrder = ["xformOp:scale"]
    def Sphere "sphere" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        bool physics:collisionEnabled = 0
    }
}
def Xform "Static"
{
    matrix4d xformOp:transform = ((1, 0.5, 0, 0), (0, 2, 0, 0), (0, 0, 3, 0), (7, 8, 9, 1))
    uniform token[] xformOpOrder = ["xformOp:transform"]
    def Capsule "x" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        uniform token axis = "X"
    }
    def Cylinder "y" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        uniform token axis = "Y"
    }
    def Cone "z" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        double radius = 3
    }
    def Capsule_1 "c" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        double radiusTop = 0.25
    }
    def Cylinder_1 "d" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        uniform token axis = "Y"
    }
    def Plane "p" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        uniform token axis = "Y"
    }
    def Points "good" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        point3f[] points = [(1, 2, 3), (4, 5, 6)]
        float[] widths = [1, 2]
    }
    def Points "bad" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        point3f[] points = [(1, 2, 3), (4, 5, 6)]
        float[] widths = [1]
    }
    def Mesh "flat" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        float3 xformOp:scale = (1, 0, 1)
        uniform token[] xformOpOrder = ["xformOp:scale"]
    }
}
"#;

/// What a prim is: one role each, and what the traversal leaves out.
const ROLES: &str = r#"
def Cube "both" (prepend apiSchemas = ["PhysicsMaterialAPI", "PhysicsCollisionAPI"]) { }
def Cube "first" (prepend apiSchemas = ["PhysicsCollisionAPI", "PhysicsMaterialAPI"]) { }
def PhysicsFixedJoint "joint" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI"]) { }
def Xform "unknown" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
class Cube "abstract" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
over "undefined"
{
    def Cube "below" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
}
def Cube "inactive" (active = false; prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
def PointInstancer "many" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
{
    def Cube "prototype" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI"]) { }
}
def Xform "outer" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
{
    def Xform "middle" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        bool physics:rigidBodyEnabled = 0
        def Scope "scope"
        {
            def Cube "deep" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
        }
    }
    def Cube "after" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
}
def Cube "outerer" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
"#;

/// Groups: merging by name, inversion, members by collection and by expression.
const GROUPS: &str = r#"
def Xform "W"
{
    def Cube "a" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    def Cube "b" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    def Cube "c" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
}
def PhysicsCollisionGroup "G1"
{
    rel collection:colliders:includes = </W>
    rel collection:colliders:excludes = </W/c>
    rel physics:filteredGroups = </G2>
    bool physics:invertFilteredGroups = 1
}
def PhysicsCollisionGroup "G2"
{
    string physics:mergeGroup = "m"
    rel collection:colliders:includes = </W/a>
    rel physics:filteredGroups = </G1>
    bool physics:invertFilteredGroups = 0
}
def PhysicsCollisionGroup "G3"
{
    string physics:mergeGroup = "m"
    rel collection:colliders:includes = </W/c>
    rel physics:filteredGroups = </G3>
    bool physics:invertFilteredGroups = 1
}
def PhysicsCollisionGroup "G4"
{
    string physics:mergeGroup = "n"
    rel collection:colliders:includes = </W>
    uniform token collection:colliders:expansionRule = "explicitOnly"
    bool physics:invertFilteredGroups = 0
}
def PhysicsCollisionGroup "G5"
{
    string physics:mergeGroup = "n"
}
def PhysicsCollisionGroup "G6"
{
    string physics:mergeGroup = "m"
    uniform pathExpression collection:colliders:membershipExpression = "/W/b"
}
"#;

/// Joints of all kinds, with limits at their sentinels, on bodies, below them and off them.
const JOINTS: &str = r#"
def Xform "A" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
{
    double3 xformOp:translate = (1, 0, 0)
    float3 xformOp:rotateXYZ = (0, 30, 0)
    float3 xformOp:scale = (2, 2, 3)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ", "xformOp:scale"]
    def Xform "frame"
    {
        double3 xformOp:translate = (0, 1, 0)
        float xformOp:rotateZ = 90
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateZ"]
    }
}
def Xform "B" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
def Cube "Wall" (prepend apiSchemas = ["PhysicsCollisionAPI"])
{
    float3 xformOp:scale = (4, 1, 1)
    uniform token[] xformOpOrder = ["xformOp:scale"]
    def Xform "hook" { }
}
def Xform "Empty"
{
    double3 xformOp:translate = (0, 0, 9)
    uniform token[] xformOpOrder = ["xformOp:translate"]
}
def Scope "Joints"
{
    def PhysicsFixedJoint "fixed"
    {
        rel physics:body0 = </A/frame>
        rel physics:body1 = [</B>, </A>]
        point3f physics:localPos0 = (1, 2, 3)
        quatf physics:localRot0 = (2, 0, 1, 0)
        quatf physics:localRot1 = (0, 0, 0, 0)
        bool physics:collisionEnabled = 1
        float physics:breakForce = 5
    }
    def PhysicsRevoluteJoint "half" (prepend apiSchemas = ["PhysicsDriveAPI:angular", "PhysicsDriveAPI:linear"])
    {
        uniform token physics:axis = "Z"
        float physics:lowerLimit = -1
        rel physics:body0 = </A>
        rel physics:body1 = </Wall/hook>
        point3f physics:localPos0 = (1, 2, 3)
        point3f physics:localPos1 = (1, 2, 3)
        uniform token drive:angular:physics:type = "acceleration"
        float drive:angular:physics:stiffness = 3
        float drive:linear:physics:stiffness = 4
    }
    def PhysicsRevoluteJoint "whole"
    {
        float physics:lowerLimit = -1
        float physics:upperLimit = 1
        rel physics:body1 = </Empty>
    }
    def PhysicsPrismaticJoint "slide" (prepend apiSchemas = ["PhysicsDriveAPI:linear"])
    {
        uniform token physics:axis = "Y"
        float physics:upperLimit = 2
        float drive:linear:physics:maxForce = 9
        rel physics:body0 = </Nowhere>
    }
    def PhysicsSphericalJoint "ball"
    {
        float physics:coneAngle0Limit = 10
        float physics:coneAngle1Limit = 0
    }
    def PhysicsSphericalJoint "loose"
    {
        float physics:coneAngle0Limit = 10
    }
    def PhysicsDistanceJoint "rope"
    {
        float physics:maxDistance = 3
    }
    def PhysicsJoint "six" (
        prepend apiSchemas = ["PhysicsLimitAPI:rotX", "PhysicsLimitAPI:transZ", "PhysicsLimitAPI:distance",
            "PhysicsLimitAPI:odd", "PhysicsDriveAPI:rotY", "PhysicsDriveAPI:transX"]
    )
    {
        float limit:rotX:physics:low = 1
        float limit:rotX:physics:high = -1
        float limit:transZ:physics:high = 1e38
        float drive:rotY:physics:targetVelocity = 3
        uniform bool physics:excludeFromArticulation = 1
        bool physics:jointEnabled = 0
    }
}
"#;

/// Roots of articulations: a body, a joint, a nested chain, the middle of a chain, none.
const ARTICULATIONS: &str = r#"
def Xform "Floating" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    def Xform "a" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "b" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "c" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "d" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "lone" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "off" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        bool physics:rigidBodyEnabled = 0
    }
    def PhysicsFixedJoint "ab"
    {
        rel physics:body0 = </Floating/a>
        rel physics:body1 = </Floating/b>
    }
    def PhysicsFixedJoint "bc"
    {
        rel physics:body0 = </Floating/c>
        rel physics:body1 = </Floating/b>
    }
    def PhysicsFixedJoint "cd"
    {
        rel physics:body0 = </Floating/c>
        rel physics:body1 = </Floating/d>
    }
    def PhysicsFixedJoint "loop"
    {
        rel physics:body0 = </Floating/a>
        rel physics:body1 = </Floating/d>
        uniform bool physics:excludeFromArticulation = 1
    }
    def PhysicsFixedJoint "disabled"
    {
        rel physics:body0 = </Floating/a>
        bool physics:jointEnabled = 0
    }
}
def Xform "Row" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    def Xform "a" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "b" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "c" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def PhysicsFixedJoint "ab"
    {
        rel physics:body0 = </Row/a>
        rel physics:body1 = </Row/b>
    }
    def PhysicsFixedJoint "bc"
    {
        rel physics:body0 = </Row/b>
        rel physics:body1 = </Row/c>
    }
}
def Xform "Grounded" (prepend apiSchemas = ["PhysicsArticulationRootAPI", "PhysicsFilteredPairsAPI"])
{
    rel physics:filteredPairs = </Floating>
    def Xform "a" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "b" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def PhysicsFixedJoint "ab"
    {
        rel physics:body0 = </Grounded/a>
        rel physics:body1 = </Grounded/b>
    }
    def PhysicsFixedJoint "world1"
    {
        rel physics:body1 = </Grounded/b>
    }
    def PhysicsFixedJoint "world2"
    {
        rel physics:body0 = </Grounded/a>
    }
}
def Xform "Chain" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    def Xform "a" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        def Xform "b" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
        {
            def PhysicsFixedJoint "ab"
            {
                rel physics:body0 = </Chain/a>
                rel physics:body1 = </Chain/a/b>
            }
            def Xform "c" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
        }
    }
}
def Xform "Body" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsArticulationRootAPI"])
{
    def PhysicsFixedJoint "j"
    {
        rel physics:body0 = </Body>
        rel physics:body1 = </Own2>
    }
}
def Xform "Disabled" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    def Cube "collider" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI"])
    {
        bool physics:rigidBodyEnabled = 0
        double3 xformOp:translate = (0, 5, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Xform "frame" { }
    }
    def Xform "on" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        def Xform "off" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
        {
            bool physics:rigidBodyEnabled = 0
            float3 xformOp:scale = (3, 3, 3)
            uniform token[] xformOpOrder = ["xformOp:scale"]
        }
    }
    def PhysicsFixedJoint "joint"
    {
        rel physics:body0 = </Disabled/on/off>
        rel physics:body1 = </Disabled/collider/frame>
        point3f physics:localPos0 = (1, 1, 1)
        point3f physics:localPos1 = (1, 1, 1)
    }
}
def Xform "Held" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    def Xform "a" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def Xform "off" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        bool physics:rigidBodyEnabled = 0
    }
    def PhysicsFixedJoint "toOff"
    {
        rel physics:body0 = </Held/a>
        rel physics:body1 = </Held/off>
    }
}
def Xform "Own" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
def Xform "Own2" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
def PhysicsFixedJoint "Rooted" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    rel physics:body1 = </Own>
}
def PhysicsFixedJoint "Between" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    rel physics:body0 = </Own>
    rel physics:body1 = </Own2>
}
def PhysicsFixedJoint "Nothing" (prepend apiSchemas = ["PhysicsArticulationRootAPI"]) { }
def Xform "Bare" (prepend apiSchemas = ["PhysicsArticulationRootAPI"]) { }
def Xform "Sibling" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
def PhysicsFixedJoint "siblings"
{
    rel physics:body0 = </Sibling>
    rel physics:body1 = </Far>
}
def Xform "Far" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
def Xform "Alone" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    def Xform "body" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) { }
    def PhysicsFixedJoint "far"
    {
        rel physics:body0 = </Alone/body>
        rel physics:body1 = </Far>
    }
}
"#;
