//! Small scenes with instances, references and relocates.

/// A robot of two links, with its material; what others refer to.
pub(crate) const PART: &str = r#"(
    defaultPrim = "Part"
)
def Xform "Part" (prepend apiSchemas = ["PhysicsArticulationRootAPI"])
{
    def Material "Steel" (prepend apiSchemas = ["PhysicsMaterialAPI"]) { }
    def Xform "base" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        double3 xformOp:translate = (0, 0, 1)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Cube "box" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
        {
            rel material:binding:physics = </Part/Steel>
            double3 xformOp:translate = (0, 0.5, 0)
            float3 xformOp:scale = (1, 2, 1)
            uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
        }
    }
    def Xform "link" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        def Capsule "rod" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"]) { }
    }
    def Cube "fixed" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        float xformOp:rotateX = 30
        uniform token[] xformOpOrder = ["xformOp:rotateX"]
    }
    def PhysicsRevoluteJoint "joint"
    {
        rel physics:body0 = </Part/base>
        rel physics:body1 = </Part/link>
    }
    def PhysicsFixedJoint "anchor"
    {
        rel physics:body1 = </Part/base>
    }
}
"#;

/// Instances: nested, scaled, mirrored, below a body, bound from outside, with opinions of their own.
pub(crate) const INSTANCES: &str = r#"
def Material "Out" (prepend apiSchemas = ["PhysicsMaterialAPI"]) { }
def Xform "Plain" (instanceable = true; references = @part.usda@)
{
    double3 xformOp:translate = (10, 0, 0)
    float3 xformOp:rotateXYZ = (10, 20, 30)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ"]
}
def Xform "Scaled" (instanceable = true; references = @part.usda@)
{
    float3 xformOp:scale = (2, 3, -4)
    uniform token[] xformOpOrder = ["xformOp:scale"]
}
def Xform "Bound" (prepend apiSchemas = ["MaterialBindingAPI"])
{
    rel material:binding:physics = </Out> ( bindMaterialAs = "strongerThanDescendants" )
    def Xform "Inner" (instanceable = true; references = @part.usda@) { }
}
def Xform "Weak" (instanceable = true; references = @part.usda@; prepend apiSchemas = ["MaterialBindingAPI"])
{
    rel material:binding = </Out>
}
def Xform "Nest" (instanceable = true; references = </Cell>)
{
    double3 xformOp:translate = (0, 7, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
}
def Xform "Nest2" (instanceable = true; references = </Cell>) { }
def Xform "Cell"
{
    def Xform "P1" (instanceable = true; references = @part.usda@) { }
    def Xform "P2" (instanceable = true; references = @part.usda@)
    {
        double3 xformOp:translate = (0, 0, 5)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def PhysicsFixedJoint "tie"
    {
        rel physics:body0 = </Cell/P1/base>
        rel physics:body1 = </Cell/P2/base>
    }
}
def Xform "Carrier" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
{
    float3 xformOp:scale = (2, 2, 2)
    uniform token[] xformOpOrder = ["xformOp:scale"]
    def Xform "Load" (instanceable = true; references = </Loads>)
    {
        double3 xformOp:translate = (1, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
}
def Xform "Loads"
{
    def Cube "cube" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        double3 xformOp:translate = (0, 3, 0)
        uniform token[] xformOpOrder = ["!resetXformStack!", "xformOp:translate"]
    }
    def Cube "other" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
}
def Cube "Self" (
    instanceable = true
    references = </Loads>
    prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI"]
) { }
def PhysicsCollisionGroup "group"
{
    rel collection:colliders:includes = [</Plain>, </Nest2/P2/base>]
    bool physics:invertFilteredGroups = 0
}
"#;

/// A cell that a plant refers to many times.
pub(crate) const CELL: &str = r#"(
    defaultPrim = "Cell"
)
def Xform "Cell" (prepend variantSets = "fence")
{
    def Material "Wood" (prepend apiSchemas = ["PhysicsMaterialAPI"]) { }
    def Xform "Arm" (references = @part.usda@)
    {
        double3 xformOp:translate = (3, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Xform "Boxes"
    {
        def Cube "one" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI", "MaterialBindingAPI"])
        {
            rel material:binding = </Cell/Wood>
        }
        def PhysicsFixedJoint "tied"
        {
            rel physics:body0 = </Cell/Boxes/one>
            rel physics:body1 = </Cell/Arm/link>
        }
    }
    variantSet "fence" = {
        "up" {
            def Cube "Fence" (prepend apiSchemas = ["PhysicsCollisionAPI"]) { }
        }
        "down" {
            over "Boxes"
            {
                over "one" (active = false) { }
            }
        }
    }
}
"#;

/// Cells that are no instances: the same content is shared, and what differs is not.
pub(crate) const COPIES: &str = r#"
def Xform "Line"
{
    def Xform "C1" (references = @cell.usda@) { }
    def Xform "C2" (references = @cell.usda@)
    {
        float xformOp:rotateZ = 90
        uniform token[] xformOpOrder = ["xformOp:rotateZ"]
    }
    def Xform "C3" (
        references = @cell.usda@
        variants = {
            string fence = "up"
        }
    )
    {
    }
    def Xform "C4" (
        references = @cell.usda@
        variants = {
            string fence = "down"
        }
    )
    {
    }
    def Xform "C5" (references = @cell.usda@)
    {
        over "Arm"
        {
            over "link"
            {
                bool physics:kinematicEnabled = 1
            }
        }
        over "Boxes"
        {
            over "one"
            {
                double size = 5
            }
        }
    }
    def Xform "C6" (references = @cell.usda@)
    {
        float3 xformOp:scale = (1, 2, 1)
        uniform token[] xformOpOrder = ["xformOp:scale"]
    }
    def Xform "C7" (inherits = </_class>; references = @cell.usda@) { }
    def Xform "C8" (inherits = </_class>; references = @cell.usda@) { }
    def Xform "C9" (instanceable = true; references = @cell.usda@) { }
    def Xform "C10" (instanceable = true; references = @cell.usda@) { }
}
class Xform "_class"
{
    over "Arm"
    {
        over "base"
        {
            vector3f physics:velocity = (1, 0, 0)
        }
    }
    def Cube "extra" (prepend apiSchemas = ["PhysicsCollisionAPI", "PhysicsFilteredPairsAPI"])
    {
        rel physics:filteredPairs = [</Line/C1/Arm/fixed>, </_class/Arm/fixed>]
    }
}
def Xform "Arms"
{
    def Xform "Arm" (references = @part.usda@) { }
    def Xform "Other" (references = @part.usda@) { }
}
"#;

/// Relocated content: subtrees of equal specs may differ.
pub(crate) const RELOCATED: &str = r#"(
    relocates = {
        </A/Arm/fixed> : </A/Arm/moved>
    }
)
def Xform "A" (references = @cell.usda@) { }
def Xform "B" (references = @cell.usda@) { }
"#;
