//! How loaded shapes look, held against usd-core: materials of shapes and of face sets, what feeds
//! their inputs, display colours, and primvars on the corners of triangles.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use halle_scenes::{Diagnostics, World};
use halle_world::components::{
    Channel, ColorSpace, FaceLooks, Geometry, InputRef, Interpolation, Look, Plant, Primvar, Skin,
    Source, SourcePath, Surface, Texture, Values, Wrap,
};
use halle_world::{Entity, Shape};
use serde_json::Value;

/// What was compared, and what differs.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// Comparisons by kind.
    pub(crate) counts: BTreeMap<&'static str, usize>,
    /// Differences on purpose, by cause.
    pub(crate) causes: BTreeMap<&'static str, usize>,
    /// Differences by mistake.
    pub(crate) wrong: Vec<String>,
}

/// Single precision, and its rounding through degrees and radians.
const NEAR: f64 = 1e-6;

/// What usd-core says about files; `None` if it is not there.
pub(crate) fn judged(files: &[&Path]) -> Option<Value> {
    let program = std::env::var("HALLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = ["tests/looks/judge.py", "../tests/looks/judge.py"].map(|file| here.join(file));
    let script = all.iter().find(|script| script.is_file())?;
    let ran = Command::new(program)
        .arg(script)
        .args(files)
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    if ran.status.code() == Some(2) {
        return None;
    }
    let last = said.lines().last().unwrap_or_default();
    Some(serde_json::from_str(last).unwrap_or_else(|_| {
        panic!("{said}{}", String::from_utf8_lossy(&ran.stderr));
    }))
}

/// Compares all shapes of a world with what usd-core says about its file.
pub(crate) fn compare(world: &World, findings: &Diagnostics, judge: &Value, sum: &mut Looked) {
    let entities = &world.get_resource::<Plant>().unwrap().entities;
    let by_path: BTreeMap<&str, Entity> = entities
        .iter()
        .map(|e| (&*world.get::<SourcePath>(*e).unwrap().prim, *e))
        .collect();
    for (path, expected) in judge.as_object().unwrap() {
        let entity = by_path.get(path.as_str());
        let Some(&entity) = entity.filter(|e| world.get::<Geometry>(**e).is_some()) else {
            *sum.causes.entry("shape is left out (SC0110)").or_default() += 1;
            continue;
        };
        let mut held = Held {
            world,
            entity,
            path,
            findings,
            sum: &mut *sum,
        };
        held.shape(expected);
    }
}

/// One shape under comparison.
struct Held<'a> {
    world: &'a World,
    entity: Entity,
    path: &'a str,
    findings: &'a Diagnostics,
    sum: &'a mut Looked,
}

impl Held<'_> {
    fn count(&mut self, kind: &'static str) {
        *self.sum.counts.entry(kind).or_default() += 1;
    }

    fn wrong(&mut self, what: &str, how: String) {
        self.sum.wrong.push(format!("{}: {what}: {how}", self.path));
    }

    fn shape(&mut self, expected: &Value) {
        let look = self.world.get::<Look>(self.entity).map(|l| l.0.clone());
        if expected["look"].is_null() {
            self.display(look.as_deref(), &expected["display"]);
        } else {
            self.surface("look", look.as_deref(), &expected["look"]);
        }
        let sets = self.world.get::<FaceLooks>(self.entity);
        let sets: Vec<_> = sets.iter().flat_map(|s| s.0.iter().cloned()).collect();
        let wanted = expected["sets"].as_object().unwrap();
        if sets.len() != wanted.len() {
            self.wrong("sets", format!("{} of {}", sets.len(), wanted.len()));
        }
        for set in &sets {
            let Some(wanted) = wanted.get(&set.name) else {
                self.wrong("set", set.name.clone());
                continue;
            };
            self.count("face sets");
            let faces: Vec<f64> = set.faces.iter().map(|f| f64::from(*f)).collect();
            if faces != numbers(&wanted["faces"]) {
                self.wrong("faces", set.name.clone());
            }
            if !wanted["look"].is_null() {
                self.surface(&set.name, set.look.as_deref(), &wanted["look"]);
            }
        }
        for (name, values) in expected["corners"].as_object().unwrap() {
            self.corners(name, values);
        }
    }

    /// The colour of a shape without a material.
    fn display(&mut self, look: Option<&Surface>, expected: &Value) {
        let inputs = [
            ("displayColor", "diffuseColor"),
            ("displayOpacity", "opacity"),
        ];
        for (primvar, input) in inputs {
            let expected = &expected[primvar];
            if expected.is_null() {
                continue;
            }
            self.count("display colours");
            let found = look.map(|look| input_of(look, input));
            let same = match (expected.as_str(), found) {
                (_, None) => false,
                (Some(_), Some((_, source))) => {
                    matches!(source, Some(Source::Primvar(r)) if r.name == primvar)
                        || !matches!(self.geometry(), Shape::Mesh(_))
                }
                (None, Some((value, _))) => near(&value, &numbers(expected)),
            };
            if !same {
                self.wrong(primvar, format!("{look:?} {expected}"));
            }
        }
    }

    fn geometry(&self) -> Shape {
        self.world
            .get::<Geometry>(self.entity)
            .unwrap()
            .shape
            .clone()
    }

    fn surface(&mut self, what: &str, look: Option<&Surface>, expected: &Value) {
        let inputs = expected.as_object().unwrap();
        let Some(look) = look else {
            self.wrong(what, "no look".to_owned());
            return;
        };
        if inputs.is_empty() {
            self.count("looks of other shaders");
            return;
        }
        self.count("looks");
        for (name, expected) in inputs {
            if name == "useSpecularWorkflow" {
                if look.specular_workflow != (numbers(&expected["value"]) != [0.0]) {
                    self.wrong(name, format!("{expected}"));
                }
                continue;
            }
            let (value, source) = input_of(look, name);
            let same = match source {
                Some(Source::Texture(texture, channel)) => {
                    self.count("textures");
                    self.texture(texture, *channel, &expected["texture"])
                }
                Some(Source::Primvar(reader)) => {
                    self.count("primvar readers");
                    expected["reads"] == *reader.name
                }
                // A constant, or what stands in for a shader that is not known.
                None => {
                    let constant = &expected["value"];
                    let told = expected.as_object().unwrap().is_empty()
                        && self
                            .findings
                            .findings()
                            .iter()
                            .any(|f| matches!(f.code, "SC0111" | "SC0121"));
                    told || near(&value, &numbers(constant))
                }
            };
            if !same {
                self.wrong(
                    &format!("{what} {name}"),
                    format!("{value:?} {source:?} {expected}"),
                );
            }
        }
    }

    fn texture(&self, texture: &Texture, channel: Channel, expected: &Value) -> bool {
        let wrap = texture.wrap.map(|wrap| match wrap {
            Wrap::UseMetadata => "useMetadata",
            Wrap::Black => "black",
            Wrap::Clamp => "clamp",
            Wrap::Repeat => "repeat",
            Wrap::Mirror => "mirror",
        });
        let space = match texture.color_space {
            ColorSpace::Auto => "auto",
            ColorSpace::Raw => "raw",
            ColorSpace::Srgb => "sRGB",
        };
        let image = &texture.image;
        let tiles = image.authored.contains("<UDIM>");
        let resolved = image.resolved.as_deref().unwrap_or_default();
        let steps = texture.coordinates.transforms.iter().flat_map(|t| {
            let [a, b] = t.scale;
            let [c, d] = t.translation;
            [t.rotation.to_degrees(), a, b, c, d]
        });
        let steps: Vec<f64> = steps.collect();
        // A checkout may be a link: the file is what counts, or the package around it.
        let real = |path: &str| {
            let (outer, inner) = path.split_once('[').unwrap_or((path, ""));
            let outer = std::fs::canonicalize(outer).ok()?;
            Some((outer, inner.to_owned()))
        };
        let same_file = real(resolved) == real(expected["resolved"].as_str().unwrap());
        expected["channel"] == channel.name()
            && expected["file"] == *image.authored
            && (tiles || same_file)
            && expected["wrap"] == serde_json::json!(wrap)
            && near(&texture.fallback, &numbers(&expected["fallback"]))
            && near(&texture.scale, &numbers(&expected["scale"]))
            && near(&texture.bias, &numbers(&expected["bias"]))
            && expected["space"] == *space
            && near(&steps, &numbers(&expected["transforms"]))
            && expected["primvar"].as_str() == texture.coordinates.primvar.as_deref()
    }

    /// A primvar at the corners of the first triangles.
    fn corners(&mut self, name: &str, expected: &Value) {
        let skin = self.world.get::<Skin>(self.entity).map(|s| s.0.clone());
        let primvar = skin.as_ref().and_then(|s| s.primvar(name));
        let (Some(skin), Some(primvar)) = (&skin, primvar) else {
            if !expected.is_null() && !numbers(expected).is_empty() {
                let told = self.findings.findings().iter();
                if told.clone().any(|f| f.code == "SC0122") {
                    let cause = "primvar does not fit its mesh (SC0122)";
                    *self.sum.causes.entry(cause).or_default() += 1;
                } else {
                    self.wrong(name, "not carried".to_owned());
                }
            }
            return;
        };
        let Shape::Mesh(mesh) = self.geometry() else {
            return;
        };
        self.count("primvars");
        let mut found = Vec::new();
        for (t, points) in mesh.triangles.iter().enumerate().take(40) {
            let corners = skin.cut.corners(t);
            for k in 0..3 {
                let element = match primvar.interpolation {
                    Interpolation::Constant => 0,
                    Interpolation::Uniform => skin.cut.face(t),
                    Interpolation::Vertex | Interpolation::Varying => points[k],
                    Interpolation::FaceVarying => corners[k],
                };
                found.extend(value_at(primvar, primvar.value_of(element)));
            }
        }
        let mut expected = numbers(expected);
        expected.truncate(found.len());
        // A mirrored mesh lists its corners the other way round.
        if !near(&found, &expected) && !near(&sorted(&found), &sorted(&expected)) {
            self.wrong(name, format!("{:?}", skin.cut.faces.len()));
        }
    }
}

fn sorted(list: &[f64]) -> Vec<f64> {
    let mut list = list.to_vec();
    list.sort_by(f64::total_cmp);
    list
}

fn value_at(primvar: &Primvar, at: usize) -> Vec<f64> {
    let wide = |v: &[f32]| v.iter().map(|x| f64::from(*x)).collect();
    match &primvar.values {
        Values::Number(v) => wide(&v[at..=at]),
        Values::Pair(v) => wide(&v[at]),
        Values::Triple(v) => wide(&v[at]),
        Values::Quadruple(v) => wide(&v[at]),
        Values::Integer(v) => vec![f64::from(v[at])],
        Values::Text(_) => Vec::new(),
    }
}

/// Constant and source of an input by its name.
fn input_of<'s>(look: &'s Surface, name: &str) -> (Vec<f64>, Option<&'s Source>) {
    let all = look.inputs();
    let (_, input) = all.into_iter().find(|(n, _)| *n == name).unwrap();
    let value = match input {
        InputRef::Number(input) => vec![input.value],
        InputRef::Triple(input) => input.value.to_vec(),
    };
    (value, input.source())
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().flat_map(numbers).collect(),
        Value::Bool(v) => vec![f64::from(u8::from(*v))],
        other => other.as_f64().into_iter().collect(),
    }
}

fn near(a: &[f64], b: &[f64]) -> bool {
    let one = |(x, y): (&f64, &f64)| (x - y).abs() <= NEAR * x.abs().max(y.abs()).max(1.0);
    a.len() == b.len() && a.iter().zip(b).all(one)
}
