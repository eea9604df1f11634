//! Everything that can be said about a plant, each with its code in `FINDINGS.md`.

use halle_world::Severity::{Error, Note, Warning};

use crate::tell::Say;

const fn say(
    severity: halle_world::Severity,
    code: &'static str,
    property: &'static str,
    [message, note, help]: [&'static str; 3],
) -> Say {
    Say {
        severity,
        code,
        property,
        message,
        note,
        help,
    }
}

pub(crate) const NO_MASS: Say = say(
    Warning,
    "WD0301",
    "physics:mass",
    [
        "body has neither a mass nor a collider with a volume",
        "it is taken for a ball of 1 kg and 0.1 m radius",
        "author `physics:mass` and `physics:diagonalInertia`, or add colliders",
    ],
);
pub(crate) const BAD_MASS: Say = say(
    Warning,
    "WD0302",
    "physics:mass",
    [
        "mass properties that no body could have",
        "mass and inertia are replaced by the nearest possible ones",
        "correct mass, centre and inertia",
    ],
);
pub(crate) const FAR_AWAY: Say = say(
    Error,
    "WD0303",
    "xformOp:translate",
    [
        "prim stands where no number can place it, or farther than 10 km from the origin",
        "it is left out",
        "correct its pose",
    ],
);
pub(crate) const BAD_SHAPE: Say = say(
    Error,
    "WD0304",
    "",
    [
        "shape has no size that can be touched",
        "it is left out of contacts",
        "correct its size or its points",
    ],
);
pub(crate) const NO_HULL: Say = say(
    Warning,
    "WD0305",
    "physics:approximation",
    [
        "no convex hull can be made of the mesh",
        "its bounding box is used",
        "give a mesh that is not flat, or another approximation",
    ],
);
pub(crate) const DYNAMIC_MESH: Say = say(
    Note,
    "WD0306",
    "physics:approximation",
    [
        "moving body with an exact mesh as collider",
        "its convex hull is used, as a surface without inside cannot push back",
        "author `convexHull` or `convexDecomposition`",
    ],
);
pub(crate) const REPLACED_MESH: Say = say(
    Warning,
    "WD0307",
    "physics:approximation",
    [
        "approximation that there is no shape for",
        "a still mesh collides exactly, a moving one by its convex parts",
        "author `convexDecomposition`",
    ],
);
pub(crate) const MOVING_PLANE: Say = say(
    Warning,
    "WD0308",
    "",
    [
        "endless plane on a moving body",
        "it is left out of contacts",
        "use a box",
    ],
);
pub(crate) const CONTACT_OFFSET: Say = say(
    Note,
    "WD0309",
    "physxCollision:contactOffset",
    [
        "contact offset of its own",
        "contacts of all shapes are prepared at one distance",
        "nothing to do unless thin shapes are missed",
    ],
);
pub(crate) const REST_OFFSET: Say = say(
    Warning,
    "WD0310",
    "physxCollision:restOffset",
    [
        "negative rest offset",
        "the shape rests at its surface",
        "make the shape itself smaller",
    ],
);
pub(crate) const TWO_FRICTIONS: Say = say(
    Note,
    "WD0311",
    "physics:staticFriction",
    [
        "friction at rest differs from friction in motion",
        "the mean of both is used for both",
        "author both as the one that matters here",
    ],
);
pub(crate) const TURNING_FRICTION: Say = say(
    Warning,
    "WD0312",
    "mjc:friction",
    [
        "torsional or rolling friction",
        "only sliding friction acts",
        "do not count on it, or damp the body",
    ],
);
pub(crate) const COMPLIANCE: Say = say(
    Warning,
    "WD0313",
    "physxMaterial:compliantContactStiffness",
    [
        "compliant surface",
        "it is as hard as all others",
        "put the compliance into a joint",
    ],
);
pub(crate) const KINEMATIC_VELOCITY: Say = say(
    Warning,
    "WD0314",
    "physics:velocity",
    [
        "kinematic body with a velocity",
        "it stays where it is: its motion is a script's",
        "author a surface velocity for a belt, or make the body dynamic with a drive",
    ],
);
pub(crate) const JOINT_NOWHERE: Say = say(
    Warning,
    "WD0315",
    "physics:body1",
    [
        "joint connects no two things that can move against each other",
        "it is left out",
        "name two bodies of which one is dynamic",
    ],
);
pub(crate) const JOINT_UNSUPPORTED: Say = say(
    Warning,
    "WD0316",
    "",
    [
        "joint of a kind that cannot be simulated",
        "it is left out: its bodies move freely",
        "use a kind of `UsdPhysics`",
    ],
);
pub(crate) const JOINT_OFF: Say = say(
    Warning,
    "WD0317",
    "physics:localPos0",
    [
        "bodies do not stand where their joint holds them",
        "the joint pulls them together at the start, in an articulation at once",
        "correct the joint's frames or the bodies' poses",
    ],
);
pub(crate) const BAD_NUMBER: Say = say(
    Error,
    "WD0318",
    "",
    [
        "joint with a number that is not finite, negative where it must not be, or crossed limits",
        "it is left out",
        "correct the value",
    ],
);
pub(crate) const ARMATURE: Say = say(
    Warning,
    "WD0319",
    "physxJoint:armature",
    [
        "armature on a joint outside of an articulation",
        "the rotor adds no inertia",
        "put the joint below a `PhysicsArticulationRootAPI`",
    ],
);
pub(crate) const VELOCITY_LIMIT: Say = say(
    Note,
    "WD0320",
    "physxJoint:maxJointVelocity",
    [
        "largest joint velocity",
        "the joint may turn faster",
        "limit the drive's force instead",
    ],
);
pub(crate) const WIDE_LIMIT: Say = say(
    Warning,
    "WD0321",
    "physics:lowerLimit",
    [
        "limits more than a full turn apart outside of an articulation",
        "the joint turns freely: revolutions are not counted there",
        "put the joint below a `PhysicsArticulationRootAPI`",
    ],
);
pub(crate) const LEAST_DISTANCE: Say = say(
    Warning,
    "WD0322",
    "physics:minDistance",
    [
        "least distance of a distance joint",
        "only the greatest distance holds, like that of a rope",
        "use a prismatic joint between two spherical ones",
    ],
);
pub(crate) const UNEVEN_CONE: Say = say(
    Note,
    "WD0323",
    "physics:coneAngle0Limit",
    [
        "cone with two different angles",
        "each angle limits turning about its own axis, which makes a box and not an ellipse",
        "nothing to do unless the joint works at the edge of its cone",
    ],
);
pub(crate) const MANY_ANGLES: Say = say(
    Note,
    "WD0324",
    "limit:rotX:physics:low",
    [
        "joint with limits or drives on more than one rotation",
        "they act as small angles about the axes of the joint",
        "nothing to do below about half a radian",
    ],
);
pub(crate) const MIMIC_SERVO: Say = say(
    Warning,
    "WD0325",
    "newton:mimic:joint",
    [
        "mimic that is not linear, or between joints of different articulations",
        "the follower is driven after its leader, which does not feel it",
        "put both joints into one articulation",
    ],
);
pub(crate) const MIMIC_NOTHING: Say = say(
    Warning,
    "WD0326",
    "newton:mimic:joint",
    [
        "mimic of or on a joint that neither turns nor slides",
        "it has no effect",
        "name a revolute or a prismatic joint",
    ],
);
pub(crate) const ACTUATOR_IDLE: Say = say(
    Note,
    "WD0327",
    "",
    [
        "actuator without a controller",
        "its control signal stays zero, or at the nearest number that it may have",
        "nothing to do unless the plant is to move by itself",
    ],
);
pub(crate) const ACTUATOR_NOTHING: Say = say(
    Warning,
    "WD0328",
    "",
    [
        "actuator on something that neither turns nor slides",
        "it has no effect",
        "name a revolute or a prismatic joint",
    ],
);
pub(crate) const BREAKABLE_LINK: Say = say(
    Note,
    "WD0329",
    "physics:breakForce",
    [
        "joint of an articulation that can break",
        "it holds by impulses instead of being a part of the articulation",
        "nothing to do",
    ],
);
pub(crate) const CLOSED_LOOP: Say = say(
    Note,
    "WD0330",
    "physics:excludeFromArticulation",
    [
        "joint closes a loop of an articulation",
        "it holds by impulses and gives way a little",
        "nothing to do",
    ],
);
pub(crate) const HOME_UNREACHED: Say = say(
    Note,
    "WD0331",
    "state:angular:physics:position",
    [
        "start position of a joint outside of an articulation",
        "the bodies start where their prims stand",
        "put the joint below a `PhysicsArticulationRootAPI`",
    ],
);
pub(crate) const IDLE_DRIVE: Say = say(
    Note,
    "WD0332",
    "drive:physics:stiffness",
    [
        "drive without stiffness and damping, or without force",
        "it does nothing",
        "author gains and `physics:maxForce`",
    ],
);
pub(crate) const UNEVEN_COPY: Say = say(
    Warning,
    "WD0333",
    "scales",
    [
        "copy of a round shape with different scales along its axes",
        "its largest scale is used for all axes",
        "scale it evenly, or use a mesh",
    ],
);
pub(crate) const COPY_JOINT: Say = say(
    Warning,
    "WD0334",
    "prototypes",
    [
        "joint in a prototype of a point instancer",
        "the copies have no joints: their bodies move freely",
        "use instanceable references for jointed assets",
    ],
);
pub(crate) const BELT_NO_COLLIDER: Say = say(
    Warning,
    "WD0335",
    "physxSurfaceVelocity:surfaceVelocity",
    [
        "surface velocity without a collider",
        "it moves nothing",
        "apply it to a prim with a collider, or to its body",
    ],
);
pub(crate) const SPRING_ON_DRIVE: Say = say(
    Warning,
    "WD0336",
    "",
    [
        "joint of several degrees of freedom with a spring, damping or friction of its own",
        "it has no effect",
        "author a drive per degree of freedom",
    ],
);
pub(crate) const STUCK_LINK: Say = say(
    Warning,
    "WD0337",
    "physics:collisionEnabled",
    [
        "link of an articulation sticks in something that does not give way at the start",
        "the two do not touch each other",
        "move one of them, or filter the pair",
    ],
);
pub(crate) const CROWD: Say = say(
    Warning,
    "WD0338",
    "",
    [
        "colliders crowd at one place at the start",
        "the first substep takes very long",
        "move them apart, or filter the pairs",
    ],
);
