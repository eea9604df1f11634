//! Opening a stage and walking over its prims.

use std::cell::RefCell;
use std::fs;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::thread;

use openusd::ar::{DefaultResolver, ResolvedPath, Resolver as _};
use openusd::usd::{self, InitialLoadSet, PrimPredicate, Stage};

use crate::error::{StageError, broken};
use crate::layers::{Layers, Met, plain};
use crate::read::Sources;
use crate::schemas;
use crate::text::DEPTH_LIMIT;
use crate::text::Spline;
use crate::watch::{Composing, STACK_BYTES, said};

/// How a stage is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Whether payloads are loaded; true by default, as in USD.
    pub load_payloads: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            load_payloads: true,
        }
    }
}

/// An opened stage with the schemas of USD installed.
///
/// Lives on one thread: the library's stage is reference counted without locks.
pub struct Scene {
    stage: Stage,
    file: PathBuf,
    folder: PathBuf,
    /// The folder without links; the library names layers so.
    real_folder: PathBuf,
    met: Rc<RefCell<Met>>,
    resolver: DefaultResolver,
    loads_all: bool,
    /// Where prototypes come from, as far as asked.
    sources: Sources,
}

impl std::fmt::Debug for Scene {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut form = formatter.debug_struct("Scene");
        form.field("file", &self.file).finish_non_exhaustive()
    }
}

impl Scene {
    /// Opens the stage that a file is the root layer of.
    ///
    /// Call it inside [`on_own_thread`] for files of strangers.
    ///
    /// # Errors
    /// [`StageError`] if there is no such file, or it is not USD, or broken.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, StageError> {
        let owned = || path.to_owned();
        let file = std::path::absolute(path).map_err(|source| StageError::Unreadable {
            path: owned(),
            source,
        })?;
        let file = tidy(&file);
        fs::metadata(&file).map_err(|source| match source.kind() {
            ErrorKind::NotFound => StageError::Missing { path: owned() },
            _ => StageError::Unreadable {
                path: owned(),
                source,
            },
        })?;
        let name = file
            .to_str()
            .ok_or_else(|| StageError::NotUsd { path: owned() })?;
        let load = if options.load_payloads {
            InitialLoadSet::LoadAll
        } else {
            InitialLoadSet::LoadNone
        };
        let met = Rc::new(RefCell::new(Met::default()));
        let composing = Composing::start("/");
        let stage = Stage::builder()
            .resolver(Layers::new(met.clone()))
            .schema_registry(schemas::registry())
            .load(load)
            .open(name)
            .map_err(|error| refused(path, &file, &met.borrow(), &error))?;
        drop(composing);
        let folder = file.parent().unwrap_or(&file).to_owned();
        let real_folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        Ok(Self {
            stage,
            file,
            folder,
            real_folder,
            met,
            resolver: DefaultResolver::new(),
            sources: Sources::default(),
            loads_all: options.load_payloads,
        })
    }

    /// The composed stage.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The root layer's file, absolute.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The folder of the root layer, absolute.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where USD composes what instances share; every prim has to be visited before.
    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Whether payloads are loaded.
    pub(crate) fn loads_all(&self) -> bool {
        self.loads_all
    }

    /// Whether any layer read so far holds a spline.
    pub(crate) fn has_splines(&self) -> bool {
        !self.met.borrow().splines.is_empty()
    }

    /// Where an asset is that a layer names; `None` if there is no such file.
    #[must_use]
    pub fn resolve_asset(&self, layer: &str, asset: &str) -> Option<String> {
        let known = self.stage.layer(layer)?;
        let anchor = ResolvedPath::new(&*plain(known.resolved_path()?));
        let name = self.resolver.create_identifier(asset, Some(&anchor));
        let found = self.resolver.resolve(&name)?;
        Some(found.to_string_lossy().into_owned())
    }

    /// The spline that a layer gives an attribute.
    pub(crate) fn spline(&self, layer: &str, path: &str) -> Option<Rc<Spline>> {
        let met = self.met.borrow();
        met.splines.get(&*plain(layer))?.get(path).cloned()
    }

    /// A file name as seen from the root layer's folder, `..` included; relative names stay.
    #[must_use]
    pub fn relative(&self, name: &str) -> String {
        let outer = name.split('[').next().unwrap_or(name);
        if name.is_empty() || !Path::new(outer).is_absolute() {
            return name.to_owned();
        }
        let name = plain(name);
        let target = tidy(Path::new(&*name));
        let real = target.starts_with(&self.real_folder);
        let base = if real {
            &self.real_folder
        } else {
            &self.folder
        };
        let mut base = base.components().peekable();
        let mut rest = target.components().peekable();
        while base.peek().is_some() && base.peek() == rest.peek() {
            base.next();
            rest.next();
        }
        let mut out = PathBuf::new();
        base.for_each(|_| out.push(".."));
        rest.for_each(|part| out.push(part));
        if out.as_os_str().is_empty() {
            return ".".to_owned();
        }
        out.to_string_lossy().into_owned()
    }
}

/// Why the library could not open a file; a fault of its text comes with its place.
fn refused(path: &Path, file: &Path, met: &Met, error: &openusd::Error) -> StageError {
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    if let Some(depth) = met.depths.get(&*real.to_string_lossy()) {
        return StageError::TooDeep {
            path: path.to_owned(),
            depth: *depth,
            limit: DEPTH_LIMIT,
        };
    }
    match met.faults.get(&*real.to_string_lossy()) {
        Some(fault) => StageError::Broken {
            path: path.to_owned(),
            line: Some(fault.line),
            column: Some(fault.column),
            reason: fault.what.clone(),
        },
        None => broken(path.to_owned(), error),
    }
}

/// A path without `.` and `..`, by its text alone.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}

/// Calls `visit` for every prim of the stage, parents before children, siblings in order.
///
/// All prims: inactive, unloaded, undefined and abstract ones too; instances are expanded into
/// proxies. An inactive prim has no children. The pseudo-root is not visited.
///
/// # Errors
/// The first error of `visit`, or [`StageError::Query`] if the stage cannot be walked.
pub fn for_each_prim(
    scene: &Scene,
    mut visit: impl FnMut(&usd::Prim) -> Result<(), StageError>,
) -> Result<(), StageError> {
    let mut failure = None;
    let composing = Composing::start("/");
    scene.stage.traverse(PrimPredicate::ALL, |path| {
        composing.beat(path.as_str());
        if failure.is_none() {
            let visited = match scene.stage.prim(path) {
                Ok(prim) => visit(&prim),
                Err(error) => Err(error.into()),
            };
            failure = visited.err();
        }
    })?;
    failure.map_or(Ok(()), Err)
}

/// Runs `work` on a thread of its own with a stack of 256 MiB; a panic becomes an error.
///
/// Open and read a [`Scene`] inside `work`; only the result crosses threads.
///
/// # Errors
/// What `work` returns, or [`StageError::ReaderFailed`] if it panics or no thread can be started.
pub fn on_own_thread<T: Send>(
    work: impl FnOnce() -> Result<T, StageError> + Send,
) -> Result<T, StageError> {
    thread::scope(|scope| {
        let started = thread::Builder::new()
            .name("stage".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || catch_unwind(AssertUnwindSafe(work)));
        let handle = started.map_err(|source| StageError::ReaderFailed {
            reason: source.to_string(),
        })?;
        match handle.join() {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) | Err(panic) => Err(StageError::ReaderFailed {
                reason: said(panic.as_ref()),
            }),
        }
    })
}
