//! Every check that has a code of ours, how much it matters in which profile, and what others call
//! the same thing.

use halle_world::Severity;

/// What a model is meant to be; decides how much some findings matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Nothing is known: what is wrong in any model.
    #[default]
    General,
    /// One object that others place in their scenes.
    Prop,
    /// One robot or other mechanism.
    Robot,
    /// A whole scene to be simulated.
    Plant,
}

impl Profile {
    /// As typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Prop => "prop",
            Self::Robot => "robot",
            Self::Plant => "plant",
        }
    }
}

/// A check.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable code, described in `FINDINGS.md`.
    pub code: &'static str,
    /// Severity in the profiles general, prop, robot, plant; `None` where it is not looked for.
    pub severity: [Option<Severity>; 4],
    /// Codes of the same check elsewhere, with whose they are.
    pub also: &'static [&'static str],
}

impl Rule {
    /// Severity in a profile.
    #[must_use]
    pub fn in_profile(&self, profile: Profile) -> Option<Severity> {
        let [general, prop, robot, plant] = self.severity;
        match profile {
            Profile::General => general,
            Profile::Prop => prop,
            Profile::Robot => robot,
            Profile::Plant => plant,
        }
    }
}

const N: Option<Severity> = Some(Severity::Note);
const W: Option<Severity> = Some(Severity::Warning);
const E: Option<Severity> = Some(Severity::Error);
const NOTE: [Option<Severity>; 4] = [N; 4];
const WARN: [Option<Severity>; 4] = [W; 4];
const FAIL: [Option<Severity>; 4] = [E; 4];

const fn rule(
    code: &'static str,
    severity: [Option<Severity>; 4],
    also: &'static [&'static str],
) -> Rule {
    Rule {
        code,
        severity,
        also,
    }
}

// The stage as a whole.
pub(crate) const DEFAULT_PRIM: Rule = rule(
    "VA0101",
    [W, E, E, W],
    &["SimReady HI.004", "usd-core MissingDefaultPrim"],
);
pub(crate) const NAME: Rule = rule("VA0102", FAIL, &[]);
pub(crate) const NAME_ASCII: Rule = rule("VA0103", NOTE, &[]);
pub(crate) const MASS_UNIT: Rule = rule("VA0104", [None, N, N, None], &["SimReady UN.003"]);
pub(crate) const MISSING_FILE: Rule = rule("VA0105", WARN, &["usd-core UnresolvableDependency"]);
pub(crate) const ROOTS: Rule = rule("VA0106", [None, W, W, None], &["SimReady HI.001"]);
pub(crate) const METRES: Rule = rule("VA0107", [None, N, N, None], &["SimReady UN.007"]);
pub(crate) const UP_AXIS: Rule = rule("VA0108", [None, N, N, None], &["SimReady UN.006"]);
pub(crate) const UNANCHORED: Rule = rule("VA0109", [N, W, W, N], &["SimReady AA.001"]);

// Units and masses.
pub(crate) const EXTENT: Rule = rule("VA0110", WARN, &[]);
pub(crate) const GRAVITY: Rule = rule("VA0111", WARN, &[]);
pub(crate) const DOWN: Rule = rule("VA0112", WARN, &[]);
pub(crate) const DENSITY: Rule = rule("VA0113", WARN, &[]);
pub(crate) const MASS: Rule = rule("VA0114", WARN, &[]);
pub(crate) const NO_NUMBER: Rule = rule(
    "VA0115",
    FAIL,
    &[
        "usd-core MassInvalidValues",
        "usd-core DensityInvalidValues",
        "usd-core InertiaInvalidValues",
    ],
);
pub(crate) const TRIANGLE: Rule = rule("VA0116", FAIL, &[]);
pub(crate) const GYRATION: Rule = rule("VA0117", WARN, &[]);
pub(crate) const MASS_RATIO: Rule = rule("VA0118", NOTE, &[]);
pub(crate) const NO_MASS: Rule = rule("VA0119", [W, E, E, W], &["SimReady RB.007"]);
pub(crate) const WATER: Rule = rule("VA0120", [N, W, W, N], &["SimReady RB.007"]);
pub(crate) const CENTER: Rule = rule("VA0121", WARN, &[]);

// Colliders.
pub(crate) const OVERLAP: Rule = rule("VA0130", WARN, &["SimReady BA.002"]);
pub(crate) const DUPLICATE: Rule = rule("VA0131", WARN, &["SimReady VG.008"]);
pub(crate) const UNCHECKED: Rule = rule("VA0132", NOTE, &[]);
pub(crate) const OPEN_MESH: Rule = rule("VA0133", WARN, &["SimReady VG.007"]);
pub(crate) const INSIDE_OUT: Rule = rule("VA0134", WARN, &["SimReady VG.029"]);
pub(crate) const EMPTY_SHAPE: Rule = rule("VA0135", FAIL, &["SimReady VG.030"]);
pub(crate) const NO_MATERIAL: Rule = rule("VA0136", [N, W, N, N], &["SimReady PMT.001"]);
pub(crate) const NO_FRICTION: Rule = rule("VA0137", WARN, &[]);
pub(crate) const SCALED_BODY: Rule = rule(
    "VA0138",
    WARN,
    &["SimReady RB.009", "usd-core RigidBodyOrientationScale"],
);
pub(crate) const MIRRORED: Rule = rule("VA0139", WARN, &[]);

// Joints, drives.
pub(crate) const OPEN_JOINT: Rule = rule("VA0140", WARN, &["SimReady DJ.003"]);
pub(crate) const STILL_JOINT: Rule = rule("VA0141", WARN, &["usd-core JointNoEnabledRigidBody"]);
pub(crate) const SELF_JOINT: Rule = rule("VA0142", FAIL, &[]);
pub(crate) const MANY_TARGETS: Rule = rule(
    "VA0143",
    FAIL,
    &["SimReady JT.003", "usd-core JointMultiplePrimsRel"],
);
pub(crate) const SWAPPED: Rule = rule("VA0144", FAIL, &[]);
pub(crate) const OUTSIDE: Rule = rule("VA0145", WARN, &[]);
pub(crate) const UNEVEN_BODY: Rule = rule("VA0146", WARN, &[]);
pub(crate) const NO_GAIN: Rule = rule("VA0147", WARN, &[]);
pub(crate) const NO_FORCE: Rule = rule("VA0148", WARN, &["SimReady DJ.001"]);
pub(crate) const LOCKED_DRIVE: Rule = rule("VA0149", WARN, &[]);
pub(crate) const TARGET: Rule = rule("VA0150", NOTE, &[]);
pub(crate) const ENDLESS_FORCE: Rule = rule("VA0151", [N, N, W, N], &["SimReady DJ.001"]);

// Articulations, bodies.
pub(crate) const LOOP: Rule = rule("VA0152", WARN, &[]);
pub(crate) const NESTED_ROOT: Rule = rule(
    "VA0153",
    FAIL,
    &["SimReady JT.ART.002", "usd-core NestedArticulation"],
);
pub(crate) const KINEMATIC_ROOT: Rule = rule("VA0154", WARN, &["SimReady JT.ART.003"]);
pub(crate) const EMPTY_ROOT: Rule = rule("VA0155", WARN, &[]);
pub(crate) const INNER_ROOT: Rule = rule("VA0156", WARN, &[]);
pub(crate) const STATIC_ROOT: Rule = rule(
    "VA0157",
    FAIL,
    &["SimReady JT.ART.004", "usd-core ArticulationOnStaticBody"],
);
pub(crate) const TWO_ROOTS: Rule = rule("VA0158", FAIL, &[]);
pub(crate) const KINEMATIC_SPEED: Rule = rule("VA0160", WARN, &[]);
pub(crate) const NESTED_BODY: Rule = rule("VA0161", NOTE, &["SimReady RB.006"]);
pub(crate) const UNPLACED_BODY: Rule = rule(
    "VA0162",
    FAIL,
    &["SimReady RB.003", "usd-core RigidBodyNonXformable"],
);
pub(crate) const INSTANCED_BODY: Rule = rule(
    "VA0163",
    NOTE,
    &["SimReady RB.005", "usd-core RigidBodyNonInstanceable"],
);

// What a profile asks for.
pub(crate) const PROP_BODY: Rule = rule("VA0180", [None, E, E, None], &["SimReady RB.001"]);
pub(crate) const ROBOT_ROOT: Rule = rule(
    "VA0181",
    [None, None, E, None],
    &["SimReady JT.ART.001", "SimReady BA.001"],
);
pub(crate) const ROBOT_LIMIT: Rule = rule("VA0182", [None, None, W, None], &[]);
pub(crate) const ROBOT_DRIVE: Rule = rule("VA0183", [None, None, W, None], &[]);
pub(crate) const PROP_COLLIDER: Rule = rule("VA0184", [None, W, None, W], &["SimReady RB.COL.001"]);

const ALL: &[Rule] = &[
    DEFAULT_PRIM,
    NAME,
    NAME_ASCII,
    MASS_UNIT,
    MISSING_FILE,
    ROOTS,
    METRES,
    UP_AXIS,
    UNANCHORED,
    EXTENT,
    GRAVITY,
    DOWN,
    DENSITY,
    MASS,
    NO_NUMBER,
    TRIANGLE,
    GYRATION,
    MASS_RATIO,
    NO_MASS,
    WATER,
    CENTER,
    OVERLAP,
    DUPLICATE,
    UNCHECKED,
    OPEN_MESH,
    INSIDE_OUT,
    EMPTY_SHAPE,
    NO_MATERIAL,
    NO_FRICTION,
    SCALED_BODY,
    MIRRORED,
    OPEN_JOINT,
    STILL_JOINT,
    SELF_JOINT,
    MANY_TARGETS,
    SWAPPED,
    OUTSIDE,
    UNEVEN_BODY,
    NO_GAIN,
    NO_FORCE,
    LOCKED_DRIVE,
    TARGET,
    ENDLESS_FORCE,
    LOOP,
    NESTED_ROOT,
    KINEMATIC_ROOT,
    EMPTY_ROOT,
    INNER_ROOT,
    STATIC_ROOT,
    TWO_ROOTS,
    KINEMATIC_SPEED,
    NESTED_BODY,
    UNPLACED_BODY,
    INSTANCED_BODY,
    PROP_BODY,
    ROBOT_ROOT,
    ROBOT_LIMIT,
    ROBOT_DRIVE,
    PROP_COLLIDER,
];

/// Every check with a code of ours, in the order of the codes.
#[must_use]
pub fn rules() -> &'static [Rule] {
    ALL
}

/// What others call the findings of loading that they look for too.
const ALSO_OF_LOADING: &[(&str, &[&str])] = &[
    (
        "SC0105",
        &["SimReady RB.COL.004", "usd-core ColliderNonUniformScale"],
    ),
    (
        "SC0106",
        &["SimReady JT.002", "usd-core JointInvalidPrimRel"],
    ),
    (
        "SC0108",
        &[
            "SimReady UN.001",
            "SimReady UN.002",
            "usd-core MissingUpAxisMetadata",
            "usd-core MissingMetersPerUnitMetadata",
        ],
    ),
    ("SC0110", &["SimReady VG.014"]),
    ("SC0115", &["SimReady UN.004"]),
];

/// Codes of the same check elsewhere, by code of ours.
pub(crate) fn also(code: &str) -> &'static [&'static str] {
    let ours = ALL.iter().find(|r| r.code == code).map(|r| r.also);
    let loading = || ALSO_OF_LOADING.iter().find(|(c, _)| *c == code);
    ours.or_else(|| loading().map(|(_, also)| *also))
        .unwrap_or_default()
}

/// Whether a finding with this code can appear in a report: ours, or one of the readers'.
#[must_use]
pub fn known_code(code: &str) -> bool {
    let digits = |rest: &str| rest.len() == 4 && rest.bytes().all(|b| b.is_ascii_digit());
    ALL.iter().any(|r| r.code == code)
        || ["SC", "UR", "MJ", "MS", "AU", "WD"]
            .iter()
            .any(|prefix| code.strip_prefix(prefix).is_some_and(digits))
}
