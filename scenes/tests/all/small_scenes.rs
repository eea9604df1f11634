//! Small scenes, each for some rules by which a stage becomes a world.

use std::fs;
use std::path::PathBuf;

/// Writes all scenes to a new folder of the temporary directory; gives the scenes to open.
pub(crate) fn write() -> (PathBuf, Vec<PathBuf>) {
    let folder = std::env::temp_dir().join(format!("halle-truth-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut files = Vec::new();
    for (name, text) in ALL {
        let file = folder.join(format!("{name}.usda"));
        fs::write(&file, format!("#usda 1.0\n{text}")).unwrap();
        files.push(file);
    }
    (folder, files)
}

const ALL: [(&str, &str); 7] = [
    ("places", PLACES),
    ("shapes", SHAPES),
    ("joints", JOINTS),
    ("groups", GROUPS),
    ("materials", MATERIALS),
    ("roles", ROLES),
    ("copies", COPIES),
];

/// Transforms: what has none, quaternions of any length, resets, samples; purposes and visibility;
/// millimetres and grams, y up.
const PLACES: &str = r#"(
    metersPerUnit = 0.001
    kilogramsPerUnit = 0.001
    upAxis = "Y"
)
def PhysicsScene "Up"
{
    float physics:gravityMagnitude = -9810
}
def "Nothing"
{
    double3 xformOp:translate = (1, 2, 3)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Xform "Below"
    {
        quatd xformOp:orient = (0.924, -0.383, 0, 0)
        quatf xformOp:orient:more = (0, 0, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:orient", "!invert!xformOp:orient:more"]
        def Cube "Turned" { }
    }
}
def Xform "Order"
{
    float3 xformOp:rotateZYX = (10, 20, 30)
    float3 xformOp:rotateYXZ:second = (40, 50, 60)
    double xformOp:translateX = 5
    float xformOp:scaleY = -2
    double3 xformOp:translate:pivot = (7, 8, 9)
    uniform token[] xformOpOrder = ["xformOp:translate:pivot", "xformOp:rotateZYX",
        "xformOp:translateX", "xformOp:rotateYXZ:second", "xformOp:scaleY",
        "!invert!xformOp:translate:pivot", "xformOp:missing"]
    def Sphere "Ball" { }
    def Cube "Reset"
    {
        double3 xformOp:translate = (1, 1, 1)
        uniform token[] xformOpOrder = ["xformOp:translate", "!resetXformStack!", "xformOp:translate"]
    }
    def Cube "Sampled"
    {
        double3 xformOp:translate.timeSamples = { 1: (2, 2, 2), 2: (3, 3, 3) }
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
}
def Xform "Guides"
{
    uniform token purpose = "guide"
    def Cube "guide" { }
    def Cube "shown"
    {
        uniform token purpose = "render"
    }
    def Xform "Hidden"
    {
        token visibility = "invisible"
        def Cube "hidden"
        {
            uniform token purpose = "default"
            token visibility = "inherited"
        }
    }
}
def PointInstancer "Many"
{
    rel prototypes = </Many/Bolt>
    int[] protoIndices = [0, 0, 0, 0]
    point3f[] positions = [(0, 0, 0), (1, 2, 3), (4, 5, 6), (7, 8, 9)]
    quath[] orientations = [(1, 0, 0, 0), (0.5, 0.5, 0.5, 0.5), (0.8, 0.6, 0, 0), (1, 0, 0, 0)]
    float3[] scales = [(1, 1, 1), (1, 2, 3), (2, 2, 2), (1, 1, 1)]
    int64[] invisibleIds = [3]
    double3 xformOp:translate = (10, 0, 0)
    float3 xformOp:scale = (2, 2, 5)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    def Xform "Bolt" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        def Cube "shaft" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    }
}
"#;

/// Sizes under scale, mirrored and negative; bodies that move, and what belongs to them; masses of
/// meshes by what stands for them.
const SHAPES: &str = r#"(
    metersPerUnit = 0.01
    upAxis = "Z"
)
def Xform "Body" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
{
    vector3f physics:velocity = (10, 20, 30)
    vector3f physics:angularVelocity = (90, 0, 45)
    bool physics:startsAsleep = 1
    float physics:mass = 3
    point3f physics:centerOfMass = (1, 2, 3)
    double3 xformOp:translate = (100, 200, 300)
    float3 xformOp:rotateXYZ = (10, 20, 30)
    float3 xformOp:scale = (2, 3, 4)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ", "xformOp:scale"]
    def Cube "cube" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        double size = -3
        double3 xformOp:translate = (5, 0, -1)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Capsule "capsule" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        uniform token axis = "X"
        float physics:density = 77
    }
    def Cylinder "cylinder" (prepend apiSchemas = ["PhysicsCollisionAPI", "PhysicsMassAPI"])
    {
        uniform token axis = "Y"
        float physics:density = 0.002
    }
    def Xform "Inner" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        bool physics:rigidBodyEnabled = 0
        def Cone "cone" (prepend apiSchemas = ["PhysicsCollisionAPI", "PhysicsMassAPI"])
        {
            float physics:mass = 2
            float3 physics:diagonalInertia = (10, 20, 25)
            point3f physics:centerOfMass = (0, 0, 0.5)
        }
        def Sphere "off" (prepend apiSchemas = ["PhysicsCollisionAPI"])
        {
            bool physics:collisionEnabled = 0
        }
    }
}
def Xform "Own" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
{
    bool physics:kinematicEnabled = 1
    float physics:mass = 2
    float3 physics:diagonalInertia = (100, 200, 250)
    quatf physics:principalAxes = (0.5, 0.5, 0.5, 0.5)
    point3f physics:centerOfMass = (0, 1, 0)
}
def Xform "Meshes"
{
    def Mesh "exact" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI", "PhysicsMeshCollisionAPI"])
    {
        point3f[] points = [(0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10), (2, 2, 2)]
        int[] faceVertexCounts = [3, 3, 3, 3, 3, 3]
        int[] faceVertexIndices = [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 4, 2, 3, 4, 3, 1, 4]
        uniform token subdivisionScheme = "none"
        uniform token physics:approximation = "none"
        float3 xformOp:scale = (1, 2, 3)
        uniform token[] xformOpOrder = ["xformOp:scale"]
    }
    def Mesh "hull" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI", "PhysicsMeshCollisionAPI"])
    {
        point3f[] points = [(0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10), (2, 2, 2)]
        int[] faceVertexCounts = [3, 3, 3, 3, 3, 3]
        int[] faceVertexIndices = [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 4, 2, 3, 4, 3, 1, 4]
        uniform token subdivisionScheme = "none"
        uniform token physics:approximation = "convexHull"
    }
    def Mesh "box" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI", "PhysicsMeshCollisionAPI"])
    {
        point3f[] points = [(0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10), (2, 2, 2)]
        int[] faceVertexCounts = [3, 3, 3, 3, 3, 3]
        int[] faceVertexIndices = [0, 1, 2, 0, 3, 1, 0, 2, 3, 1, 4, 2, 2, 4, 3, 3, 4, 1]
        uniform token subdivisionScheme = "none"
        uniform token physics:approximation = "boundingCube"
    }
    def Mesh "insideOut" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI"])
    {
        point3f[] points = [(0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10), (2, 2, 2)]
        int[] faceVertexCounts = [3, 3, 3, 3, 3, 3]
        int[] faceVertexIndices = [0, 1, 2, 0, 3, 1, 0, 2, 3, 1, 4, 2, 2, 4, 3, 3, 4, 1]
        uniform token subdivisionScheme = "none"
        uniform token physics:approximation = "convexHull"
    }
}
def Sphere "Egg" (prepend apiSchemas = ["PhysicsCollisionAPI"])
{
    double radius = 2
    float3 xformOp:scale = (1, -2, 3)
    uniform token[] xformOpOrder = ["xformOp:scale"]
}
def Capsule_1 "Tapers" (prepend apiSchemas = ["PhysicsCollisionAPI"])
{
    double radiusTop = 0.25
}
def Plane "Floor" (prepend apiSchemas = ["PhysicsCollisionAPI"])
{
    uniform token axis = "Y"
}
"#;

/// Frames under scale, targets below bodies and off them, limits at their sentinels, drives.
const JOINTS: &str = r#"(
    metersPerUnit = 0.001
    upAxis = "Y"
)
def Xform "A" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsArticulationRootAPI", "PhysicsFilteredPairsAPI"])
{
    rel physics:filteredPairs = [</B>, </Nowhere>]
    double3 xformOp:translate = (100, 0, 0)
    float3 xformOp:rotateXYZ = (0, 30, 0)
    float3 xformOp:scale = (2, 3, 4)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ", "xformOp:scale"]
    def Xform "frame"
    {
        double3 xformOp:translate = (0, 10, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
}
def Xform "B" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
{
    rel physics:filteredPairs = </A>
}
def Cube "Wall" (prepend apiSchemas = ["PhysicsCollisionAPI"])
{
    def Xform "hook" { }
}
def Scope "Joints"
{
    def PhysicsFixedJoint "fixed" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
    {
        rel physics:body0 = </A/frame>
        rel physics:body1 = </B>
        point3f physics:localPos0 = (10, 20, 30)
        quatf physics:localRot0 = (2, 0, 1, 0)
        bool physics:collisionEnabled = 1
        float physics:breakForce = 5
        float physics:breakTorque = 3.4028235e38
    }
    def PhysicsRevoluteJoint "hinge" (prepend apiSchemas = ["PhysicsDriveAPI:angular"])
    {
        rel physics:body0 = </Wall/hook>
        rel physics:body1 = </B>
        uniform token physics:axis = "Z"
        float physics:lowerLimit = -90
        float physics:upperLimit = 45
        bool physics:excludeFromArticulation = 1
        uniform token drive:angular:physics:type = "acceleration"
        float drive:angular:physics:stiffness = 100
        float drive:angular:physics:damping = 10
        float drive:angular:physics:targetPosition = 30
        float drive:angular:physics:maxForce = 3.4028235e38
    }
    def PhysicsRevoluteJoint "free"
    {
        rel physics:body1 = </B>
        float physics:lowerLimit = -3.4028235e38
        float physics:upperLimit = 3.4028235e38
    }
    def PhysicsRevoluteJoint "half"
    {
        rel physics:body1 = </B>
        float physics:lowerLimit = -1
    }
    def PhysicsPrismaticJoint "slide" (prepend apiSchemas = ["PhysicsDriveAPI:linear"])
    {
        rel physics:body0 = </B>
        rel physics:body1 = </A>
        point3f physics:localPos1 = (1, 2, 3)
        uniform token physics:axis = "Y"
        float physics:lowerLimit = -100
        float drive:linear:physics:stiffness = 100
        float drive:linear:physics:targetVelocity = 250
        float drive:linear:physics:maxForce = 5000
    }
    def PhysicsRevoluteJoint "locked"
    {
        rel physics:body1 = </B>
        float physics:lowerLimit = 10
        float physics:upperLimit = -10
    }
    def PhysicsSphericalJoint "ball"
    {
        rel physics:body1 = </B>
        uniform token physics:axis = "Y"
        float physics:coneAngle0Limit = 30
        float physics:coneAngle1Limit = 60
    }
    def PhysicsDistanceJoint "rope"
    {
        rel physics:body0 = </A>
        rel physics:body1 = </B>
        float physics:maxDistance = 250
    }
    def PhysicsJoint "six" (prepend apiSchemas = ["PhysicsLimitAPI:transX", "PhysicsLimitAPI:rotY", "PhysicsLimitAPI:rotZ", "PhysicsLimitAPI:distance", "PhysicsDriveAPI:rotZ", "PhysicsDriveAPI:transX"])
    {
        rel physics:body1 = </B>
        float limit:transX:physics:low = 1
        float limit:transX:physics:high = -1
        float limit:rotY:physics:low = -20
        float limit:rotY:physics:high = 3.4028235e38
        float drive:rotZ:physics:stiffness = 4
        float drive:transX:physics:damping = 4
    }
    def PhysicsFixedJoint "off"
    {
        rel physics:body1 = </B>
        bool physics:jointEnabled = 0
    }
    def PhysicsFixedJoint "lost"
    {
        rel physics:body0 = </Nowhere>
        rel physics:body1 = </B>
    }
}
"#;

/// Members by every rule of collections.
const GROUPS: &str = r#"(
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "W"
{
    def Cube "a" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    def Cube "b" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        def Cube "below" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    }
    def Cube "c" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
}
def PhysicsCollisionGroup "Plain"
{
    rel collection:colliders:includes = </W>
    rel collection:colliders:excludes = </W/b>
    rel physics:filteredGroups = </Exact>
    bool physics:invertFilteredGroups = 0
}
def PhysicsCollisionGroup "Nested"
{
    rel collection:colliders:includes = [</W>, </W/b/below>]
    rel collection:colliders:excludes = </W/b>
    bool physics:invertFilteredGroups = 0
}
def PhysicsCollisionGroup "Exact"
{
    rel collection:colliders:includes = [</W>, </W/b>]
    uniform token collection:colliders:expansionRule = "explicitOnly"
    bool physics:invertFilteredGroups = 0
}
def PhysicsCollisionGroup "Other"
{
    rel collection:colliders:includes = </Plain.collection:colliders>
    rel collection:colliders:excludes = </W/c>
    bool physics:invertFilteredGroups = 0
}
def PhysicsCollisionGroup "Both"
{
    rel collection:colliders:includes = [</W/a>, </W/c>]
    rel collection:colliders:excludes = </W/c>
    string physics:mergeGroup = "m"
    bool physics:invertFilteredGroups = 0
}
def PhysicsCollisionGroup "Expressed"
{
    string physics:mergeGroup = "m"
    uniform pathExpression collection:colliders:membershipExpression = "/W//b*"
    bool physics:invertFilteredGroups = 0
}
def PhysicsCollisionGroup "Empty"
{
    bool physics:invertFilteredGroups = 0
}
"#;

/// Bindings: nearest, strongest, by purpose, by collection, malformed, on faces.
const MATERIALS: &str = r#"(
    metersPerUnit = 0.01
    upAxis = "Z"
)
def Scope "Looks"
{
    def Material "A" (prepend apiSchemas = ["PhysicsMaterialAPI"])
    {
        float physics:density = 0.007
        float physics:dynamicFriction = 0.25
        float physics:staticFriction = 0.5
        token outputs:surface.connect = </Looks/A/Surface.outputs:surface>
        def Shader "Surface"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (1, 0.5, 0.25)
            token outputs:surface
        }
    }
    def Material "B" (prepend apiSchemas = ["PhysicsMaterialAPI"])
    {
        double physics:restitution = 0.75
        token outputs:surface.connect = </Looks/B/Surface.outputs:surface>
        def Shader "Surface"
        {
            uniform token info:id = "UsdPreviewSurface"
            float inputs:roughness = 0.125
            token outputs:surface
        }
    }
    def Material "Plain" { }
}
def Xform "Near" (prepend apiSchemas = ["MaterialBindingAPI"])
{
    rel material:binding = </Looks/A>
    def Cube "inherits" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    def Cube "own" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding = </Looks/B>
    }
    def Cube "purposes" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding:physics = </Looks/B>
        rel material:binding:preview = </Looks/Plain>
    }
    def Cube "two" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding = [</Looks/B>, </Looks/Plain>]
    }
    def Cube "nowhere" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding = </Looks/None>
    }
}
def Xform "Strong" (prepend apiSchemas = ["MaterialBindingAPI"])
{
    rel material:binding = </Looks/A> ( bindMaterialAs = "strongerThanDescendants" )
    def Xform "Weak" (prepend apiSchemas = ["MaterialBindingAPI"])
    {
        rel material:binding = </Looks/B> ( bindMaterialAs = "strongerThanDescendants" )
        def Cube "cube" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
        def Cube "physics" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
        {
            rel material:binding:physics = </Looks/B>
        }
    }
}
def Xform "Collected" (prepend apiSchemas = ["MaterialBindingAPI", "CollectionAPI:some", "CollectionAPI:all"])
{
    rel collection:some:includes = </Collected/in>
    rel collection:all:includes = </Collected>
    rel material:binding:collection:z = [</Looks/B>, </Collected.collection:all>]
    rel material:binding:collection:physics:a = [</Collected.collection:some>, </Looks/B>]
    rel material:binding:collection:none = [</Collected.collection:nothing>, </Looks/B>]
    rel material:binding = </Looks/A>
    def Cube "in" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    def Cube "out" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {
        rel material:binding = </Looks/A>
    }
}
"#;

/// What a prim is to physics, and what takes no part.
const ROLES: &str = r#"(
    metersPerUnit = 1
    upAxis = "Z"
)
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
def Xform "outer" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
{
    def Scope "scope"
    {
        def Cube "deep" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
        def Xform "inner" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
        {
            def Cube "deeper" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
        }
    }
}
"#;

/// Cells that are the same and cells that are not, with targets across parts of a cell.
const COPIES: &str = r#"(
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "Line"
{
    def Xform "C1" (references = </_cell>) { }
    def Xform "C2" (references = </_cell>)
    {
        float xformOp:rotateZ = 90
        uniform token[] xformOpOrder = ["xformOp:rotateZ"]
    }
    def Xform "C3" (references = </_cell>)
    {
        over "Arm"
        {
            bool physics:kinematicEnabled = 1
        }
    }
    def Xform "C4" (instanceable = true; references = </_cell>) { }
    def Xform "C5" (instanceable = true; references = </_cell>)
    {
        float3 xformOp:scale = (2, 2, 2)
        uniform token[] xformOpOrder = ["xformOp:scale"]
    }
}
class Xform "_cell"
{
    def Xform "Arm" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        double3 xformOp:translate = (3, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Cube "link" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
    }
    def Xform "Boxes" (instanceable = true; references = </_box>)
    {
    }
    def PhysicsRevoluteJoint "tied"
    {
        rel physics:body0 = </_cell/Boxes/one>
        rel physics:body1 = </_cell/Arm>
        point3f physics:localPos0 = (1, 0, 0)
    }
}
class Xform "_box"
{
    def Cube "one" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI"]) { }
}
"#;
