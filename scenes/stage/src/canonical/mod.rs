//! The canonical dump of a composed stage: one JSON form for every reader of USD.
//!
//! Two readers that compose a stage alike write the same dump. Numbers of half and float are
//! widened to double; matrices are row-major for row vectors; arrays of more than eight elements
//! are given by length, SHA-256 (the first 16 hex digits), extremes and ends; instances are
//! expanded, and a prototype is called by its smallest instance path.

mod attribute;
mod expression;
mod geometry;
mod prim;
mod stage;
mod value;
mod variants;
pub mod why;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use openusd::usd;
use serde_json::{Map, Value as Json, json};

use crate::error::StageError;
use crate::open::{self, OpenOptions, Scene};
use crate::watch::on_watched_thread;

pub use why::{Arc, Opinion, why};

/// Version of the form; it changes when a field does.
const FORM: u32 = 1;

/// What goes into a dump beside the default.
#[derive(Clone, Debug, Default)]
pub struct DumpOptions {
    /// The list of specs behind every prim, strongest first, as `stack`.
    pub specs: bool,
    /// Also attributes and relationships that no layer has an opinion on.
    pub fallbacks: bool,
    /// Also the value between the first two samples.
    pub mid: bool,
}

/// Dumps the stage of a file on a thread of its own; a file that does not open gives a dump with
/// `openError` instead of prims.
///
/// # Errors
/// [`StageError::ReaderFailed`] if the reader panics or comes to no end, [`StageError::Query`] if an opened stage
/// cannot be read to its end.
pub fn dump_file(
    path: &Path,
    open_options: &OpenOptions,
    options: &DumpOptions,
) -> Result<Json, StageError> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy().into_owned();
    let (path, open_options, options) = (path.to_owned(), open_options.clone(), options.clone());
    on_watched_thread(
        move || match Scene::open(&path, &open_options) {
            Ok(scene) => dump(&scene, &options),
            Err(error) => Ok(json!({ "file": name, "openError": error.to_string() })),
        },
        |reason| StageError::ReaderFailed { reason },
    )
}

/// Dumps an opened stage.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read to its end.
pub fn dump(scene: &Scene, options: &DumpOptions) -> Result<Json, StageError> {
    // Layers join as prims are composed; the header needs them all.
    open::for_each_prim(scene, |_| Ok(()))?;
    let header = stage::Header::read(scene)?;
    let mut writer = prim::Writer::new(scene, &header, options);
    let mut prims = Map::new();
    open::for_each_prim(scene, |prim| {
        let entry = writer.prim(prim)?;
        prims.insert(prim.path().as_str().to_owned(), Json::Object(entry));
        Ok(())
    })?;
    let prototypes = name_prototypes(&mut prims, &writer.prototypes);
    let mut stage = header.into_json();
    stage.insert("worldBound".to_owned(), writer.world_bound()?);
    let name = scene.file().file_name().unwrap_or_default();
    let errors: Vec<String> = scene
        .stage()
        .composition_errors()
        .iter()
        .map(ToString::to_string)
        .collect();
    Ok(json!({
        "oracle": { "reader": "halle", "form": FORM },
        "file": name.to_string_lossy(),
        "stage": stage,
        "counts": writer.counts(&prototypes),
        "prototypes": prototypes,
        "prims": prims,
        "physics": writer.physics(),
        "diagnostics": { "errors": [], "warnings": [] },
        "compositionErrors": errors,
    }))
}

/// Groups instances by prototype and names each group by its smallest path, also on its prims.
fn name_prototypes(
    prims: &mut Map<String, Json>,
    groups: &BTreeMap<String, Vec<String>>,
) -> Vec<Json> {
    let mut named = BTreeMap::new();
    for instances in groups.values() {
        let mut instances = instances.clone();
        instances.sort_unstable();
        if let Some(first) = instances.first() {
            named.insert(first.clone(), instances);
        }
    }
    for (name, instances) in &named {
        for path in instances {
            if let Some(Json::Object(entry)) = prims.get_mut(path) {
                entry.insert("prototype".to_owned(), json!(name));
            }
        }
    }
    named
        .into_iter()
        .map(|(name, instances)| json!({ "name": name, "instances": instances }))
        .collect()
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}

/// A piece of metadata of a prim.
fn metadata(prim: &usd::Prim, field: &str) -> Result<Option<openusd::sdf::Value>, StageError> {
    Ok(prim.stage().field(prim.path(), field)?)
}
