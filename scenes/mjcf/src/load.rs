//! From a path to a world.

use std::path::Path;

use halle_world::{Diagnostics, Severity, World};

use crate::error::MjcfError;
use crate::expand::{Asset, Expander};
use crate::grammar;
use crate::model::Model;
use crate::report::Report;
use crate::settings::{Options, Scope};
use crate::spawn;
use crate::tree::{Element, Files};

/// How deep models may attach models.
const ATTACH_LIMIT: usize = 8;

/// Reads an MJCF file, and all that it includes, attaches and names, into a new world.
///
/// Entities are made in the order of the file, bodies depth first: first the model's prim, then each
/// body's prim, its joints, shapes, sites, cameras and lights, then its child bodies; last equalities,
/// actuators and sensors. Each has a `SourcePath` with a prim path such as `/model/body/child`, a
/// `WorldPose` at the reference configuration \[m, world axes\], and an [`crate::Origin`]. The `Plant`
/// resource lists them with gravity, time step and every file that was read.
///
/// Equal files give equal worlds. What MJCF says and the world cannot hold is a finding.
///
/// # Errors
/// [`MjcfError`] for what MuJoCo refuses as well, and for numbers that are not finite. A mesh or
/// texture that is not there is a finding: the rest of the model loads.
pub fn load(path: impl AsRef<Path>) -> Result<(World, Diagnostics), MjcfError> {
    let path = path.as_ref();
    let report = Report::default();
    let mut files = Files::new(path.parent().unwrap_or(Path::new("")));
    let mut scopes = Vec::new();
    let root = read(&mut files, path, &mut scopes, &report, 0)?;
    let mut options = Options::default();
    for section in root.children.iter().filter(|s| &*s.name == "option") {
        options.add(section, &report);
    }
    for file in std::mem::take(&mut files.forgiven) {
        let mut element = root.clone();
        element.children.clear();
        element.place.file = file;
        let message = "text is not well-formed XML: attributes touch, or `&` stands alone";
        report.at(Severity::Note, "MJ0101", &element, "", message.to_owned());
    }
    let model = Model::build(&root, &scopes, options, &mut files, &report)?;
    let world = spawn::world(&model, path, &files, &report)?;
    Ok((world, report.into_diagnostics()))
}

/// Reads one model: parses, checks, takes in its settings, and writes out replicas and attachments.
/// The model's scope is pushed onto `scopes`.
fn read(
    files: &mut Files,
    path: &Path,
    scopes: &mut Vec<Scope>,
    report: &Report,
    level: usize,
) -> Result<Element, MjcfError> {
    let number = scopes.len();
    let mut root = files.model(path, number)?;
    grammar::check(&root)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut scope = Scope::new(folder.to_owned());
    let sections = |name: &'static str| root.children.iter().filter(move |s| &*s.name == name);
    for section in sections("compiler") {
        scope.add_compiler(section, report)?;
    }
    for section in sections("default") {
        scope.defaults.add(section)?;
    }
    scopes.push(scope);
    note_unused(&root, report);
    let count = root.size();
    let mut assets = Vec::new();
    for model in models(&mut root) {
        assets.push(read_asset(files, &model, scopes, report, level)?);
    }
    Expander::new(scopes, report, assets, count).expand(&mut root)?;
    Ok(root)
}

/// Takes the models that can be attached out of the assets.
fn models(root: &mut Element) -> Vec<Element> {
    let mut models = Vec::new();
    for section in root.children.iter_mut().filter(|s| &*s.name == "asset") {
        let (taken, kept): (Vec<Element>, _) = section
            .children
            .drain(..)
            .partition(|c| &*c.name == "model");
        section.children = kept;
        models.extend(taken);
    }
    models
}

/// Reads a model that can be attached.
fn read_asset(
    files: &mut Files,
    model: &Element,
    scopes: &mut Vec<Scope>,
    report: &Report,
    level: usize,
) -> Result<Asset, MjcfError> {
    let file = model.required("file")?;
    if level >= ATTACH_LIMIT {
        return Err(MjcfError::TooLarge {
            place: model.place.clone(),
            what: "models attached inside models",
            limit: ATTACH_LIMIT,
        });
    }
    let path = scopes[model.scope].folder.join(file);
    let number = scopes.len();
    if !path.is_file() {
        return Err(MjcfError::NoInclude {
            place: model.place.clone(),
            file: file.to_owned(),
        });
    }
    let root = read(files, &path, scopes, report, level + 1)?;
    debug_assert!(scopes.len() > number);
    let name = model.text("name").or(root.text("model"));
    let name = name.unwrap_or_default().to_owned();
    Ok(Asset { name, root })
}

/// Sections and elements that are known and not supported.
fn note_unused(element: &Element, report: &Report) {
    let name = &*element.name;
    if name == "mujoco" {
        let outside = |c: &&Element| matches!(&*c.name, "body" | "frame");
        for child in element.children.iter().filter(outside) {
            let message = format!(
                "`{}` stands outside of `worldbody`: it is left out, as MuJoCo does",
                child.name
            );
            report.at(Severity::Warning, "MJ0102", child, "", message);
        }
    }
    let known = match name {
        "extension" | "deformable" | "custom" => !element.children.is_empty(),
        "flexcomp" | "skin" | "plugin" | "flex" | "flexstrain" => true,
        _ => false,
    };
    if known {
        let severity = if name == "custom" {
            Severity::Note
        } else {
            Severity::Warning
        };
        let message = format!("element `{name}` is not supported: it is left out");
        report.at(severity, "MJ0102", element, "", message);
        return;
    }
    for child in &element.children {
        note_unused(child, report);
    }
}
