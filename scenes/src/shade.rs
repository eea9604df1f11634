//! Connections between shaders, followed to the attribute that gives the value.
//!
//! The rule is that of `UsdShadeUtils::GetValueProducingAttributes`: connections to the inputs and
//! outputs of materials and node graphs are followed on, the output of a shader ends the way, and
//! where all connections lead nowhere the attribute's own value counts.

use halle_world::Severity;
use openusd::sdf;
use openusd::usd::Stage;

use crate::reader::PrimReader;

/// Longest chain of connections that is followed.
const CHAIN_LIMIT: usize = 1024;

/// What a connected attribute gets its value from.
pub(crate) enum Fed<'r> {
    /// An attribute of a material or a node graph that has a value.
    Value(PrimReader<'r>, String),
    /// An output of a shader.
    Output(PrimReader<'r>, String),
}

/// Follows the connections of an attribute; `None` if it has none, or none that leads anywhere,
/// which is a finding.
pub(crate) fn follow<'r>(stage: &Stage, prim: &PrimReader<'r>, name: &str) -> Option<Fed<'r>> {
    let mut way = Way {
        stage,
        start: (prim, name),
        visited: vec![format!("{}.{name}", prim.path)],
    };
    way.follow(prim, name)
}

/// A way along connections.
struct Way<'w, 'r> {
    stage: &'w Stage,
    start: (&'w PrimReader<'r>, &'w str),
    visited: Vec<String>,
}

impl<'r> Way<'_, 'r> {
    fn follow(&mut self, prim: &PrimReader<'r>, name: &str) -> Option<Fed<'r>> {
        if !prim.says(name) {
            return None;
        }
        let sources = prim.opinions.connections(name);
        let mut found = None;
        for source in &sources {
            if found.is_some() {
                let message = "input has more than one connection: the first one counts";
                let help = "keep one of them";
                prim.find(Severity::Note, "SC0111", name, message, help);
                break;
            }
            found = self.step(prim, source);
        }
        found
    }

    fn step(&mut self, prim: &PrimReader<'r>, source: &sdf::Path) -> Option<Fed<'r>> {
        let text = source.as_str();
        if self.visited.iter().any(|v| v == text) || self.visited.len() > CHAIN_LIMIT {
            let message = "connections of the input go round in a circle: its constant is used";
            self.tell(message, "connect the input to a constant or to a texture");
            return None;
        }
        let next = self.at(prim, text);
        let Some((next, property)) = next else {
            let message = format!("connection to `{text}` leads nowhere: a constant is used");
            self.tell(&message, "correct the connection, or author what it names");
            return None;
        };
        if next.kind == "Shader" {
            return Some(Fed::Output(next, property));
        }
        self.visited.push(text.to_owned());
        let further = self.follow(&next, &property);
        further.or_else(|| {
            let has_value = matches!(next.opinions.value(&property), Ok(Some(_)));
            has_value.then_some(Fed::Value(next, property))
        })
    }

    /// The attribute at a path, if connections to it count: an output of a shader, an input or an
    /// output of a material or a node graph.
    fn at(&self, prim: &PrimReader<'r>, text: &str) -> Option<(PrimReader<'r>, String)> {
        let (path, property) = text.rsplit_once('.')?;
        let path = sdf::Path::new(path).ok()?;
        let next = PrimReader::new(self.stage, &path, prim.reading).ok()?;
        let output = property.starts_with("outputs:");
        let counts = match next.kind.as_str() {
            "Shader" => output,
            "Material" | "NodeGraph" => output || property.starts_with("inputs:"),
            _ => false,
        };
        (counts && next.says(property)).then(|| (next, property.to_owned()))
    }

    fn tell(&self, message: &str, help: &str) {
        let (prim, name) = self.start;
        prim.find(Severity::Warning, "SC0111", name, message, help);
    }
}
