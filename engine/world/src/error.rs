//! Why a world cannot be compiled.

use thiserror::Error;

use crate::finding::{Finding, Severity, Site};

/// Why a world cannot be compiled. `Display` is `site: message`.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum CompileError {
    /// Nothing carries an articulation root.
    #[error("{site}: scene has no robot")]
    NoRobot {
        /// The scene.
        site: Site,
    },
    /// Nothing is polishable.
    #[error("{site}: scene has no polishable surface")]
    NoSurface {
        /// The scene.
        site: Site,
    },
    /// Nothing is a tool.
    #[error("{site}: scene has no tool")]
    NoTool {
        /// The scene.
        site: Site,
    },
    /// A joint can turn or slide without end.
    #[error("{site}: joint has no limit here")]
    JointWithoutLimits {
        /// The joint and the missing property.
        site: Site,
    },
    /// The bodies of a link have neither mass nor colliders with a volume.
    #[error("{site}: moving link has no mass")]
    LinkWithoutMass {
        /// The link's first body.
        site: Site,
    },
    /// The tool's robot is not fixed to the world.
    #[error("{site}: no chain of joints leads from the world to the body with the tool")]
    NoFixedBase {
        /// The body with the tool.
        site: Site,
    },
    /// Joints close a loop.
    #[error("{site}: joint closes a loop")]
    JointLoop {
        /// The joint.
        site: Site,
    },
    /// A kind of joint that cannot be simulated.
    #[error("{site}: joint of type `{kind}` cannot be simulated")]
    UnsupportedJoint {
        /// The joint.
        site: Site,
        /// Its type name.
        kind: String,
    },
    /// A joint between nothing and nothing.
    #[error("{site}: joint connects no rigid body")]
    JointWithoutBody {
        /// The joint.
        site: Site,
    },
    /// The tool does not move.
    #[error("{site}: tool is not on a moving link")]
    ToolNotOnLink {
        /// The tool.
        site: Site,
    },
    /// A tool that cannot be simulated.
    #[error("{site}: expected a tool of kind `disc`, found `{kind}`")]
    UnsupportedTool {
        /// The tool.
        site: Site,
        /// Its kind.
        kind: String,
    },
    /// The surface cannot be used.
    #[error("{site}: {reason}")]
    BadSurface {
        /// The surface.
        site: Site,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More degrees of freedom than an articulated system may have.
    #[error(
        "{site}: scene has {count} degrees of freedom, of which an articulated system holds {limit}",
        limit = halle_model::articulated::MAX_DOFS
    )]
    TooManyDofs {
        /// The scene.
        site: Site,
        /// How many it has.
        count: usize,
    },
    /// A number that cannot be.
    #[error("{site}: {what} cannot be {value}")]
    BadNumber {
        /// Where the number is.
        site: Site,
        /// What the number is.
        what: &'static str,
        /// The number in SI units.
        value: f64,
    },
    /// No configuration of the plant has the name.
    #[error("{site}: no keyframe is called `{name}`")]
    NoKeyframe {
        /// The scene.
        site: Site,
        /// The name.
        name: String,
    },
    /// A number outside its range.
    #[error("{site}: expected {expected}, found {value}")]
    OutOfRange {
        /// Where the number is.
        site: Site,
        /// The range, with unit.
        expected: &'static str,
        /// The number in SI units.
        value: f64,
    },
}

impl CompileError {
    fn parts(&self) -> (&'static str, &Site, &'static str) {
        match self {
            Self::NoRobot { site } => (
                "SC0004",
                site,
                "apply `PhysicsArticulationRootAPI` to the robot's root prim",
            ),
            Self::NoSurface { site } => (
                "SC0005",
                site,
                "author `halle:polish:enabled = 1` on the mesh to polish",
            ),
            Self::NoTool { site } => (
                "SC0006",
                site,
                "author `halle:tool:kind = \"disc\"` on the prim of the pad",
            ),
            Self::JointWithoutLimits { site } => (
                "SC0201",
                site,
                "author `physics:lowerLimit` and `physics:upperLimit`",
            ),
            Self::LinkWithoutMass { site } => (
                "SC0202",
                site,
                "author `physics:mass` and `physics:diagonalInertia`, or add colliders",
            ),
            Self::NoFixedBase { site } => (
                "SC0203",
                site,
                "fix the robot's base to the world with a `PhysicsFixedJoint`",
            ),
            Self::JointLoop { site } => (
                "SC0204",
                site,
                "author `physics:excludeFromArticulation = 1` on one joint",
            ),
            Self::UnsupportedJoint { site, .. } => (
                "SC0205",
                site,
                "use `PhysicsRevoluteJoint`, `PhysicsPrismaticJoint` or a fixed one",
            ),
            Self::JointWithoutBody { site } => {
                ("SC0206", site, "name a prim with `PhysicsRigidBodyAPI`")
            }
            Self::ToolNotOnLink { site } => {
                ("SC0207", site, "put the tool below a body that joints move")
            }
            Self::BadSurface { site, .. } => (
                "SC0208",
                site,
                "give a mesh that is a height field over its own x-y plane",
            ),
            Self::OutOfRange { site, .. } => ("SC0209", site, "correct the value"),
            Self::TooManyDofs { site, .. } => (
                "SC0211",
                site,
                "leave parts out, or simulate the scene as a wide world",
            ),
            Self::BadNumber { site, .. } => ("SC0212", site, "correct the value"),
            Self::NoKeyframe { site, .. } => ("SC0213", site, "name one that the scene has"),
            Self::UnsupportedTool { site, .. } => {
                ("SC0210", site, "author `halle:tool:kind = \"disc\"`")
            }
        }
    }

    /// Stable code, described in `scenes/FINDINGS.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.parts().0
    }

    /// The error in the form of a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (code, site, help) = self.parts();
        let text = self.to_string();
        let message = text
            .strip_prefix(&format!("{site}: "))
            .unwrap_or(&text)
            .to_owned();
        Finding::new(Severity::Error, code, site.clone(), message).help(help)
    }
}
