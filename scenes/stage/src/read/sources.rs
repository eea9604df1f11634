//! Where USD composes what instances share.

use std::cell::RefCell;
use std::collections::HashMap;

use openusd::sdf::Path;
use openusd::usd::{self, Stage};

use crate::error::StageError;

/// Deepest nesting of instances that is followed.
const NESTED: usize = 64;

/// The instance that a prototype stands for.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The instance that USD composes the prototype from: of those that the fewest instances are
    /// around, the first where the last sibling comes first. A path of the stage.
    pub(crate) path: Path,
    /// The instance that the library took; a path of the stage.
    pub(crate) taken: Path,
    depth: usize,
}

impl Source {
    /// What stands to USD's instance as a path stands to the library's, which it is above of: where
    /// both instances have the same names below.
    pub(crate) fn above(&self, path: &Path) -> Option<Path> {
        let below = self.taken.as_str().strip_prefix(path.as_str())?;
        if !below.starts_with('/') {
            return None;
        }
        Path::new(self.path.as_str().strip_suffix(below)?).ok()
    }
}

/// Sources of prototypes, found once each.
///
/// Belongs to one stage; every prim of it has to be visited before, as the library learns of
/// instances then.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    known: RefCell<HashMap<Path, Option<Source>>>,
    /// Places of prims among their siblings, by parent and name.
    places: RefCell<HashMap<Path, HashMap<String, usize>>>,
}

impl Sources {
    /// The source of a prototype by its path; none if it has no instances.
    pub(crate) fn of(&self, stage: &Stage, prototype: &Path) -> Result<Option<Source>, StageError> {
        self.find(stage, prototype, NESTED)
    }

    fn find(
        &self,
        stage: &Stage,
        prototype: &Path,
        left: usize,
    ) -> Result<Option<Source>, StageError> {
        if let Some(known) = self.known.borrow().get(prototype) {
            return Ok(known.clone());
        }
        let mut best: Option<Source> = None;
        for instance in stage.prim(prototype.clone())?.instances()? {
            let Some(found) = self.placed(stage, instance, left)? else {
                continue;
            };
            best = Some(match best {
                None => found,
                Some(best) if self.precedes(stage, &found, &best)? => Source {
                    path: found.path,
                    depth: found.depth,
                    ..best
                },
                Some(best) => best,
            });
        }
        self.known
            .borrow_mut()
            .insert(prototype.clone(), best.clone());
        Ok(best)
    }

    fn precedes(&self, stage: &Stage, a: &Source, b: &Source) -> Result<bool, StageError> {
        if a.depth != b.depth {
            return Ok(a.depth < b.depth);
        }
        let (mut left, mut right) = (a.path.as_str().split('/'), b.path.as_str().split('/'));
        let mut parent = String::new();
        loop {
            match (left.next(), right.next()) {
                (Some(x), Some(y)) if x == y => {
                    if !x.is_empty() {
                        parent.push('/');
                        parent.push_str(x);
                    }
                }
                (Some(x), Some(y)) => {
                    let parent = if parent.is_empty() { "/" } else { &parent };
                    return Ok(self.place(stage, parent, x)? > self.place(stage, parent, y)?);
                }
                (left, _) => return Ok(left.is_none()),
            }
        }
    }

    /// The place of a prim among its siblings.
    fn place(&self, stage: &Stage, parent: &str, name: &str) -> Result<usize, StageError> {
        let parent = Path::new(parent)?;
        if let Some(known) = self.places.borrow().get(&parent) {
            return Ok(known.get(name).copied().unwrap_or(0));
        }
        let names = stage.prim(parent.clone())?.child_names()?;
        let all: HashMap<String, usize> = names
            .iter()
            .enumerate()
            .map(|(k, name)| (name.as_str().to_owned(), k))
            .collect();
        let found = all.get(name).copied().unwrap_or(0);
        self.places.borrow_mut().insert(parent, all);
        Ok(found)
    }

    /// An instance as a source: one inside a prototype stands where that one's source is.
    fn placed(
        &self,
        stage: &Stage,
        instance: Path,
        left: usize,
    ) -> Result<Option<Source>, StageError> {
        let Some(outer) = prototype_of(&instance) else {
            let taken = instance.clone();
            return Ok(Some(Source {
                path: instance,
                taken,
                depth: 0,
            }));
        };
        if left == 0 {
            return Ok(None);
        }
        Ok(self.find(stage, &outer, left - 1)?.and_then(|source| {
            Some(Source {
                path: instance.replace_prefix(&outer, &source.path)?,
                taken: instance.replace_prefix(&outer, &source.taken)?,
                depth: source.depth + 1,
            })
        }))
    }
}

/// The root of the prototype that a path is in.
pub(crate) fn prototype_of(path: &Path) -> Option<Path> {
    let name = path.as_str().strip_prefix("/__Prototype_")?;
    let end = name.find(['/', '.']).unwrap_or(name.len());
    Path::new(&format!("/__Prototype_{}", &name[..end])).ok()
}

/// The instances that a proxy stands in, innermost first: path, prototype.
pub(crate) fn around(prim: &usd::Prim) -> Result<Vec<(Path, Path)>, StageError> {
    let mut out = Vec::new();
    let mut current = prim.parent();
    while let Some(prim) = current.filter(|prim| !prim.path().is_abs_root()) {
        if prim.is_instance()?
            && let Some(root) = prim.prototype()?
        {
            out.push((prim.path().clone(), root));
        }
        current = prim.parent();
    }
    Ok(out)
}
