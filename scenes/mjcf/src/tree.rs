//! Elements of a model in memory: read from files, with includes spliced in.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use roxmltree::{Node, ParsingOptions};
use sha2::{Digest as _, Sha256};

use crate::error::{MjcfError, Place};
use crate::repair::{Repaired, repair};

/// Most elements that a model may have, replicas included.
pub(crate) const ELEMENT_LIMIT: usize = 500_000;
/// Deepest nesting; every walk over the tree recurses.
pub(crate) const DEPTH_LIMIT: usize = 400;
/// Largest file \[bytes\].
const BYTE_LIMIT: u64 = 256 << 20;

/// One element with everything inside it.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) name: Arc<str>,
    pub(crate) attributes: Vec<(Arc<str>, String)>,
    pub(crate) children: Vec<Self>,
    pub(crate) place: Place,
    /// Which model's compiler settings and default classes hold for it.
    pub(crate) scope: usize,
}

impl Element {
    /// An attribute's text. Blank text counts as absent, as MuJoCo has it for everything but names.
    pub(crate) fn text(&self, attribute: &str) -> Option<&str> {
        let found = self
            .attributes
            .iter()
            .find(|(name, _)| &**name == attribute);
        found
            .map(|(_, text)| text.as_str())
            .filter(|t| !t.trim().is_empty())
    }

    /// Adds or replaces an attribute.
    pub(crate) fn set(&mut self, attribute: &str, text: String) {
        match self.attributes.iter_mut().find(|(n, _)| &**n == attribute) {
            Some((_, old)) => *old = text,
            None => self.attributes.push((attribute.into(), text)),
        }
    }

    /// Name that the author gave, or nothing.
    pub(crate) fn given_name(&self) -> &str {
        self.text("name").unwrap_or_default()
    }

    /// Number of elements in the subtree.
    pub(crate) fn size(&self) -> usize {
        1 + self.children.iter().map(Self::size).sum::<usize>()
    }

    /// The element breaks a rule.
    pub(crate) fn invalid(&self, reason: impl Into<String>) -> MjcfError {
        MjcfError::Invalid {
            place: self.place.clone(),
            element: self.name.to_string(),
            reason: reason.into(),
        }
    }

    /// The element names something that is not there.
    pub(crate) fn unknown(&self, kind: &'static str, name: &str) -> MjcfError {
        MjcfError::UnknownName {
            place: self.place.clone(),
            element: self.name.to_string(),
            kind,
            name: name.to_owned(),
        }
    }

    /// Text of an attribute that must be there.
    pub(crate) fn required(&self, attribute: &'static str) -> Result<&str, MjcfError> {
        self.text(attribute)
            .ok_or_else(|| MjcfError::MissingAttribute {
                place: self.place.clone(),
                element: self.name.to_string(),
                attribute,
            })
    }
}

/// The files that a model is read from.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Folder of the main file.
    pub(crate) folder: PathBuf,
    /// Path and hash of every file that was read.
    pub(crate) inputs: Vec<(String, String)>,
    /// Files in which MuJoCo's parser forgives what the XML standard does not.
    pub(crate) forgiven: Vec<Arc<str>>,
    /// Elements read so far.
    count: usize,
}

impl Files {
    /// Nothing read yet; `folder` is that of the main file.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            ..Self::default()
        }
    }

    /// A path as seen from the main file's folder, with forward slashes.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.folder).unwrap_or(path);
        short.to_string_lossy().replace('\\', "/")
    }

    /// Bytes of a file, which is put on record.
    pub(crate) fn read(&mut self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        let mut bytes = Vec::new();
        let file = fs::File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        file.take(BYTE_LIMIT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > BYTE_LIMIT {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let hash = Sha256::digest(&bytes);
        let hex = hash.iter().map(|b| format!("{b:02x}")).collect();
        let entry = (self.shown(path), hex);
        if !self.inputs.contains(&entry) {
            self.inputs.push(entry);
        }
        Ok(bytes)
    }

    /// Reads a model file and all that it includes.
    pub(crate) fn model(&mut self, path: &Path, scope: usize) -> Result<Element, MjcfError> {
        let bytes = self.read(path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => MjcfError::Missing { path: path.into() },
            _ => MjcfError::Unreadable {
                path: path.into(),
                source,
            },
        })?;
        let mut seen = vec![path.to_path_buf()];
        let root = self.parse(path, bytes, scope, 1, &mut seen)?;
        if &*root.name != "mujoco" {
            return Err(MjcfError::NotMjcf {
                found: root.name.to_string(),
                place: root.place,
            });
        }
        Ok(root)
    }

    fn parse(
        &mut self,
        path: &Path,
        bytes: Vec<u8>,
        scope: usize,
        depth: usize,
        seen: &mut Vec<PathBuf>,
    ) -> Result<Element, MjcfError> {
        let file: Arc<str> = self.shown(path).into();
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        // Text from a C program may end in a zero.
        let source = repair(text.trim_end_matches('\0').to_owned());
        if source.forgiven {
            self.forgiven.push(Arc::clone(&file));
        }
        let options = ParsingOptions {
            nodes_limit: 4 * ELEMENT_LIMIT as u32,
            ..ParsingOptions::default()
        };
        let document = roxmltree::Document::parse_with_options(&source.text, options);
        let document = document.map_err(|error| {
            let pos = error.pos();
            let (line, column) = source.position_of(pos.row as usize, pos.col as usize);
            MjcfError::Syntax {
                place: Place {
                    file: Arc::clone(&file),
                    line,
                    column,
                },
                reason: plain(&error.to_string()),
            }
        })?;
        let mut walk = Walk {
            files: self,
            file,
            source: &source,
            scope,
            path,
            seen,
        };
        walk.element(document.root_element(), depth)
    }
}

/// What the parser says, without the place, which is said in the author's terms.
fn plain(message: &str) -> String {
    message
        .rsplit_once(" at ")
        .filter(|(_, place)| place.chars().all(|c| c.is_ascii_digit() || c == ':'))
        .map_or(message, |(text, _)| text)
        .to_owned()
}

/// One file on its way into elements.
struct Walk<'a> {
    files: &'a mut Files,
    file: Arc<str>,
    source: &'a Repaired,
    scope: usize,
    path: &'a Path,
    seen: &'a mut Vec<PathBuf>,
}

impl Walk<'_> {
    fn element(&mut self, node: Node<'_, '_>, depth: usize) -> Result<Element, MjcfError> {
        let (line, column) = self.source.position(node.range().start);
        let place = Place {
            file: Arc::clone(&self.file),
            line,
            column,
        };
        self.files.count += 1;
        for (what, found, limit) in [
            ("elements", self.files.count, ELEMENT_LIMIT),
            ("levels of nesting", depth, DEPTH_LIMIT),
        ] {
            if found > limit {
                return Err(MjcfError::TooLarge { place, what, limit });
            }
        }
        let attributes = node.attributes();
        let mut element = Element {
            name: node.tag_name().name().into(),
            attributes: attributes
                .map(|a| (a.name().into(), a.value().to_owned()))
                .collect(),
            children: Vec::new(),
            place,
            scope: self.scope,
        };
        for child in node.children().filter(Node::is_element) {
            let child = self.element(child, depth + 1)?;
            if &*child.name == "include" {
                element.children.append(&mut self.include(&child, depth)?);
            } else {
                element.children.push(child);
            }
        }
        Ok(element)
    }

    /// The elements that stand for an `include`.
    fn include(&mut self, include: &Element, depth: usize) -> Result<Vec<Element>, MjcfError> {
        let file = include.required("file")?;
        if let Some((attribute, _)) = include.attributes.iter().find(|(n, _)| &**n != "file") {
            return Err(MjcfError::UnknownAttribute {
                place: include.place.clone(),
                element: "include".into(),
                attribute: attribute.to_string(),
            });
        }
        if !include.children.is_empty() {
            return Err(include.invalid("expected no elements inside"));
        }
        let near = self.path.parent().unwrap_or(Path::new(""));
        let path = [near, &self.files.folder]
            .iter()
            .map(|folder| folder.join(file))
            .find(|path| path.is_file());
        let bytes = path.as_ref().and_then(|path| self.files.read(path).ok());
        let (Some(path), Some(bytes)) = (path, bytes) else {
            return Err(MjcfError::NoInclude {
                place: include.place.clone(),
                file: file.to_owned(),
            });
        };
        let known = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let same = |p: &PathBuf| fs::canonicalize(p).is_ok_and(|p| p == known);
        if self.seen.iter().any(same) {
            return Err(MjcfError::IncludedTwice {
                place: include.place.clone(),
                file: file.to_owned(),
            });
        }
        self.seen.push(path.clone());
        let root = self
            .files
            .parse(&path, bytes, self.scope, depth, self.seen)?;
        Ok(root.children)
    }
}
