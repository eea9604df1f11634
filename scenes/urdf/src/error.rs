//! Why a URDF file cannot be loaded.

use std::fmt;
use std::io;
use std::path::PathBuf;

use halle_world::{Finding, Severity, Site};
use thiserror::Error;

/// A place in a text file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as it was asked for.
    pub path: PathBuf,
    /// Line, from one.
    pub line: u32,
    /// Column in characters, from one.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// Why a URDF file cannot be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UrdfError {
    /// There is no such file.
    #[error("robot `{}` does not exist", path.display())]
    Missing {
        /// The file as it was asked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("robot `{}` cannot be read", path.display())]
    Unreadable {
        /// The file as it was asked for.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The outermost element is not `robot`.
    #[error("{at}: expected the element `robot`, found `{found}`")]
    NotUrdf {
        /// Where it stands.
        at: Place,
        /// Its name.
        found: String,
    },
    /// The text is not XML.
    #[error("{at}: not well-formed XML: {reason}")]
    Syntax {
        /// Where the parser stopped.
        at: Place,
        /// What it says.
        reason: String,
    },
    /// Macros are left in the file.
    #[error("{at}: xacro is not expanded: found `{found}`")]
    Xacro {
        /// Where it stands.
        at: Place,
        /// The element or the value.
        found: String,
    },
    /// An element lacks an attribute or a child that it cannot do without.
    #[error("{at}: `{element}` lacks {what}")]
    Lacks {
        /// Where the element stands.
        at: Place,
        /// Its name.
        element: String,
        /// The attribute or child.
        what: &'static str,
    },
    /// A value that cannot be used.
    #[error("{at}: `{what}`: expected {expected}, found `{found}`")]
    BadValue {
        /// Where the value stands.
        at: Place,
        /// Element and attribute.
        what: String,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// Two things of one kind have the same name.
    #[error("{at}: the {kind} `{name}` is there twice, first at line {first}")]
    Duplicate {
        /// Where the second stands.
        at: Place,
        /// Link, joint or material.
        kind: &'static str,
        /// The name.
        name: String,
        /// Line of the first.
        first: u32,
    },
    /// A joint or material names something that is not there.
    #[error("{at}: there is no {kind} `{name}`")]
    Unknown {
        /// Where it is named.
        at: Place,
        /// Link or joint.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A link is the child of two joints.
    #[error("{at}: the link `{link}` is a child already, of the joint `{joint}`")]
    TwoParents {
        /// Where the second joint names it.
        at: Place,
        /// The link.
        link: String,
        /// The first joint.
        joint: String,
    },
    /// Links hang on each other, or joints follow each other, in a circle.
    #[error("{at}: the {kind} `{name}` is part of a circle")]
    Circle {
        /// Where one of them stands.
        at: Place,
        /// Link or joint.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// There is no link.
    #[error("{at}: the robot has no link")]
    NoLink {
        /// Where the robot stands.
        at: Place,
    },
    /// A type of joint that URDF does not have.
    #[error("{at}: the joint `{joint}` has the unknown type `{found}`")]
    UnknownJointType {
        /// Where the joint stands.
        at: Place,
        /// Its name.
        joint: String,
        /// Its type.
        found: String,
    },
    /// The file is larger than any robot needs to be.
    #[error("robot `{}` has {found} {unit}: expected at most {limit}", path.display())]
    TooLarge {
        /// The file as it was asked for.
        path: PathBuf,
        /// What is counted.
        unit: &'static str,
        /// How many there are.
        found: u64,
        /// How many may be.
        limit: u64,
    },
    /// A mesh is not there, and the options ask for all of them.
    #[error("{at}: {reason}")]
    MissingMesh {
        /// Where it is named.
        at: Place,
        /// What is missing.
        reason: String,
    },
}

impl UrdfError {
    /// Stable code, described in `scenes/urdf/FINDINGS.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.parts().0
    }

    fn parts(&self) -> (&'static str, &'static str) {
        match self {
            Self::Missing { .. } => ("UR0001", "check the path"),
            Self::Unreadable { .. } => ("UR0002", "check the file's permissions"),
            Self::NotUrdf { .. } => ("UR0003", "give a URDF file"),
            Self::Syntax { .. } => ("UR0004", "correct the file"),
            Self::Xacro { .. } => (
                "UR0005",
                "expand it first: `xacro robot.xacro > robot.urdf`",
            ),
            Self::Lacks { .. } => ("UR0006", "add it"),
            Self::BadValue { .. } => ("UR0007", "correct the value"),
            Self::Duplicate { .. } => ("UR0008", "rename one of them"),
            Self::Unknown { .. } => ("UR0009", "correct the name, or add what it names"),
            Self::TwoParents { .. } => (
                "UR0010",
                "URDF describes trees: remove one of the joints, or write USD or MJCF",
            ),
            Self::Circle { .. } => ("UR0011", "cut the circle at one joint"),
            Self::NoLink { .. } => ("UR0012", "add a `link`"),
            Self::UnknownJointType { .. } => (
                "UR0013",
                "use revolute, continuous, prismatic, fixed, floating, planar or ball",
            ),
            Self::TooLarge { .. } => ("UR0014", "split the robot"),
            Self::MissingMesh { .. } => ("UR0015", "add the file, or do not ask for `strict`"),
        }
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::Missing { .. } | Self::Unreadable { .. } | Self::TooLarge { .. } => None,
            Self::NotUrdf { at, .. }
            | Self::Syntax { at, .. }
            | Self::Xacro { at, .. }
            | Self::Lacks { at, .. }
            | Self::BadValue { at, .. }
            | Self::Duplicate { at, .. }
            | Self::Unknown { at, .. }
            | Self::TwoParents { at, .. }
            | Self::Circle { at, .. }
            | Self::NoLink { at }
            | Self::UnknownJointType { at, .. }
            | Self::MissingMesh { at, .. } => Some(at),
        }
    }

    /// The error in the form of a finding; its layer is `file:line:column`.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (code, help) = self.parts();
        let text = self.to_string();
        let (layer, message) = match (self, self.place()) {
            (_, Some(at)) => {
                let prefix = format!("{at}: ");
                let message = text.strip_prefix(&prefix).unwrap_or(&text).to_owned();
                (located(&at.path, at.line, at.column), message)
            }
            (Self::Unreadable { path, source }, None) => {
                (file_name(path), format!("robot cannot be read: {source}"))
            }
            (
                Self::TooLarge {
                    path,
                    unit,
                    found,
                    limit,
                },
                None,
            ) => (
                file_name(path),
                format!("robot has {found} {unit}: expected at most {limit}"),
            ),
            (Self::Missing { path }, None) => (file_name(path), "robot does not exist".to_owned()),
            _ => (String::new(), text),
        };
        let site = Site {
            layer,
            ..Site::default()
        };
        Finding::new(Severity::Error, code, site, message).help(help)
    }
}

/// Last part of a path.
pub(crate) fn file_name(path: &std::path::Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// A place as the layer of a site.
pub(crate) fn located(path: &std::path::Path, line: u32, column: u32) -> String {
    format!("{}:{line}:{column}", file_name(path))
}
