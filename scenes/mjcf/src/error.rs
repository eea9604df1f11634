//! Why an MJCF file cannot be loaded.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use halle_world::{Finding, Severity, Site};
use thiserror::Error;

/// Where an element stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// File, as seen from the folder of the model's main file.
    pub file: Arc<str>,
    /// Line, from one.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Why an MJCF file cannot be loaded. What MuJoCo refuses is refused, in the same places.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MjcfError {
    /// There is no such file.
    #[error("model `{}` does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("model `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The text is not XML.
    #[error("{place}: broken XML: {reason}")]
    Syntax {
        /// Where the parser stopped.
        place: Place,
        /// What it says.
        reason: String,
    },
    /// The root element is not `mujoco`.
    #[error("{place}: expected root element `mujoco`, found `{found}`")]
    NotMjcf {
        /// The root element.
        place: Place,
        /// Its name.
        found: String,
    },
    /// A file is included a second time, or by itself.
    #[error("{place}: file `{file}` is already included")]
    IncludedTwice {
        /// The second inclusion.
        place: Place,
        /// The file that it names.
        file: String,
    },
    /// A file that another one includes or attaches is not there.
    #[error("{place}: file `{file}` cannot be read")]
    NoInclude {
        /// The element that names the file.
        place: Place,
        /// The file.
        file: String,
    },
    /// An element that MJCF does not have at this place.
    #[error("{place}: element `{element}` is not known in `{parent}`")]
    UnknownElement {
        /// The element.
        place: Place,
        /// Its name.
        element: String,
        /// Name of the element around it.
        parent: String,
    },
    /// An element that may stand once only.
    #[error("{place}: element `{element}` stands more than once in `{parent}`")]
    RepeatedElement {
        /// The second one.
        place: Place,
        /// Its name.
        element: String,
        /// Name of the element around it.
        parent: String,
    },
    /// An attribute that MJCF does not have on this element.
    #[error("{place}: attribute `{attribute}` is not known on `{element}`")]
    UnknownAttribute {
        /// The element.
        place: Place,
        /// Its name.
        element: String,
        /// The attribute.
        attribute: String,
    },
    /// An attribute's value is not of its kind.
    #[error("{place}: `{attribute}` of `{element}`: expected {expected}, found `{found}`")]
    BadValue {
        /// The element.
        place: Place,
        /// Its name.
        element: String,
        /// The attribute.
        attribute: String,
        /// What the attribute holds.
        expected: Box<str>,
        /// What is written.
        found: Box<str>,
    },
    /// An attribute that must be there is not.
    #[error("{place}: `{element}` needs attribute `{attribute}`")]
    MissingAttribute {
        /// The element.
        place: Place,
        /// Its name.
        element: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// A name that nothing has.
    #[error("{place}: `{element}` names {kind} `{name}`, which is not there")]
    UnknownName {
        /// The element that refers.
        place: Place,
        /// Its name.
        element: String,
        /// What is looked for.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Two things of a kind have the same name.
    #[error("{place}: {kind} `{name}` is already there")]
    RepeatedName {
        /// The second one.
        place: Place,
        /// What it is.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The element breaks a rule of MJCF.
    #[error("{place}: `{element}`: {reason}")]
    Invalid {
        /// The element.
        place: Place,
        /// Its name.
        element: String,
        /// The rule, and what was found.
        reason: String,
    },
    /// The model is larger than any plant needs.
    #[error("{place}: {what}: expected at most {limit}")]
    TooLarge {
        /// Where the limit is crossed.
        place: Place,
        /// What is counted.
        what: &'static str,
        /// How many may be.
        limit: usize,
    },
}

impl MjcfError {
    /// Stable code, described in `scenes/mjcf/FINDINGS.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "MJ0001",
            Self::Unreadable { .. } => "MJ0002",
            Self::Syntax { .. } => "MJ0003",
            Self::NotMjcf { .. } => "MJ0004",
            Self::IncludedTwice { .. } => "MJ0005",
            Self::NoInclude { .. } => "MJ0006",
            Self::UnknownElement { .. } => "MJ0007",
            Self::RepeatedElement { .. } => "MJ0008",
            Self::UnknownAttribute { .. } => "MJ0009",
            Self::BadValue { .. } => "MJ0010",
            Self::MissingAttribute { .. } => "MJ0011",
            Self::UnknownName { .. } => "MJ0012",
            Self::RepeatedName { .. } => "MJ0013",
            Self::Invalid { .. } => "MJ0014",
            Self::TooLarge { .. } => "MJ0015",
        }
    }

    /// Where the fault is, for faults within a file.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Missing { .. } | Self::Unreadable { .. } => None,
            Self::Syntax { place, .. }
            | Self::NotMjcf { place, .. }
            | Self::IncludedTwice { place, .. }
            | Self::NoInclude { place, .. }
            | Self::UnknownElement { place, .. }
            | Self::RepeatedElement { place, .. }
            | Self::UnknownAttribute { place, .. }
            | Self::BadValue { place, .. }
            | Self::MissingAttribute { place, .. }
            | Self::UnknownName { place, .. }
            | Self::RepeatedName { place, .. }
            | Self::Invalid { place, .. }
            | Self::TooLarge { place, .. } => Some(place),
        }
    }

    /// The error in the form of a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let whole = self.to_string();
        let (layer, message) = match (self.place(), self) {
            (Some(place), _) => {
                let text = whole.strip_prefix(&format!("{place}: ")).unwrap_or(&whole);
                (place.to_string(), text.to_owned())
            }
            (None, Self::Unreadable { path, source }) => {
                (file_name(path), format!("model cannot be read: {source}"))
            }
            (None, Self::Missing { path }) => (file_name(path), "model does not exist".to_owned()),
            (None, _) => (String::new(), whole),
        };
        let site = Site {
            layer,
            ..Site::default()
        };
        Finding::new(Severity::Error, self.code(), site, message).help(self.help())
    }

    fn help(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "check the path",
            Self::Unreadable { .. } => "check the file's permissions",
            Self::Syntax { .. } => "correct the text at this place",
            Self::NotMjcf { .. } => "give an MJCF file; URDF has a reader of its own",
            Self::IncludedTwice { .. } => "include the file once",
            Self::NoInclude { .. } => "put the file where it is looked for: beside the main file",
            Self::UnknownElement { .. } | Self::UnknownAttribute { .. } => {
                "check the spelling and the place; MuJoCo refuses it as well"
            }
            Self::RepeatedElement { .. } => "keep one of them",
            Self::BadValue { .. } | Self::Invalid { .. } => "correct the value",
            Self::MissingAttribute { .. } => "write the attribute",
            Self::UnknownName { .. } => "correct the name, or define what it names",
            Self::RepeatedName { .. } => "rename one of them",
            Self::TooLarge { .. } => "split the model",
        }
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
