//! One prim of the stage, read with findings instead of failures.

use std::cell::RefCell;

use halle_world::{Diagnostics, Finding, Severity, Site};
use openusd::sdf::{self, Value};
use openusd::usd::{self, TimeCode};

/// What all readers of one stage share.
pub(crate) struct Reading {
    /// Folder of the root layer, with a separator at its end.
    pub(crate) folder: String,
    /// What was found so far.
    pub(crate) diagnostics: RefCell<Diagnostics>,
}

impl Reading {
    /// A layer's name as seen from the scene's folder.
    pub(crate) fn layer_name(&self, identifier: &str) -> String {
        identifier
            .strip_prefix(&self.folder)
            .unwrap_or(identifier)
            .to_owned()
    }

    /// Keeps a finding.
    pub(crate) fn push(&self, finding: Finding) {
        self.diagnostics.borrow_mut().push(finding);
    }
}

/// A prim and where to say what is wrong with it.
pub(crate) struct PrimReader<'r> {
    /// The prim.
    pub(crate) prim: usd::Prim,
    /// Path on the stage.
    pub(crate) path: String,
    /// Layer with the strongest opinion.
    pub(crate) layer: String,
    /// Type name; empty for a typeless prim.
    pub(crate) kind: String,
    /// Applied API schemas.
    pub(crate) apis: Vec<String>,
    /// Shared state.
    pub(crate) reading: &'r Reading,
}

impl<'r> PrimReader<'r> {
    /// Reads type and schemas of a prim.
    pub(crate) fn new(
        stage: &usd::Stage,
        path: &sdf::Path,
        reading: &'r Reading,
    ) -> openusd::Result<Self> {
        let prim = stage.prim(path.clone())?;
        let stack = prim.prim_stack()?;
        let layer = stack
            .first()
            .map_or_else(String::new, |s| reading.layer_name(&s.layer));
        let kind = prim
            .type_name()?
            .map_or_else(String::new, |t| t.as_str().to_owned());
        let apis = prim
            .authored_api_schemas()?
            .iter()
            .map(|t| t.as_str().to_owned())
            .collect();
        Ok(Self {
            prim,
            path: path.as_str().to_owned(),
            layer,
            kind,
            apis,
            reading,
        })
    }

    /// Whether an API schema is applied.
    pub(crate) fn has(&self, api: &str) -> bool {
        self.apis.iter().any(|a| a == api)
    }

    /// A property of the prim as a site; its own layer if it is known.
    pub(crate) fn site(&self, property: &str) -> Site {
        let stack = if property.is_empty() {
            None
        } else {
            self.prim.attribute(property).property_stack().ok()
        };
        let layer = stack.as_ref().and_then(|s| s.first()).map(|s| &s.layer);
        Site {
            layer: layer.map_or_else(|| self.layer.clone(), |l| self.reading.layer_name(l)),
            prim: self.path.clone(),
            property: property.to_owned(),
        }
    }

    /// Says something about a property.
    pub(crate) fn find(
        &self,
        severity: Severity,
        code: &'static str,
        property: &str,
        message: impl Into<String>,
        help: &str,
    ) {
        let finding = Finding::new(severity, code, self.site(property), message.into());
        self.reading.push(finding.help(help));
    }

    /// The authored value; the earliest one, with a finding, if it changes over time.
    pub(crate) fn value(&self, name: &str) -> Option<Value> {
        let attribute = self.prim.attribute(name);
        match attribute.get::<Value>() {
            Ok(Some(Value::ValueBlock | Value::None)) => None,
            Ok(Some(value)) => Some(value),
            Ok(None) => self.earliest(&attribute, name),
            Err(error) => {
                self.unreadable(name, &error.to_string());
                None
            }
        }
    }

    fn earliest(&self, attribute: &usd::Attribute, name: &str) -> Option<Value> {
        if attribute.num_time_samples().unwrap_or(0) == 0 {
            return None;
        }
        self.find(
            Severity::Warning,
            "SC0104",
            name,
            "value changes over time: only the first one is used",
            "author a default value",
        );
        attribute.get_at::<Value>(TimeCode::EARLIEST).ok().flatten()
    }

    fn unreadable(&self, name: &str, reason: &str) {
        self.find(
            Severity::Warning,
            "SC0103",
            name,
            format!("value cannot be used: {reason}"),
            "author the property with the type that its schema gives it",
        );
    }

    /// The authored value through a conversion; a value that does not convert is a finding.
    pub(crate) fn read<T>(&self, name: &str, convert: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let made = convert(&value);
        if made.is_none() {
            self.unreadable(name, "it has another type than expected");
        }
        made
    }

    /// A number, or what the schema says if none is authored.
    pub(crate) fn number_or(&self, name: &str, fallback: f64) -> f64 {
        self.read(name, crate::value::number).unwrap_or(fallback)
    }

    /// A truth value, or what the schema says if none is authored.
    pub(crate) fn truth_or(&self, name: &str, fallback: bool) -> bool {
        self.read(name, crate::value::truth).unwrap_or(fallback)
    }

    /// A token, or what the schema says if none is authored.
    pub(crate) fn text_or(&self, name: &str, fallback: &str) -> String {
        self.read(name, crate::value::text)
            .unwrap_or_else(|| fallback.to_owned())
    }

    /// Targets of a relationship.
    pub(crate) fn targets(&self, name: &str) -> Vec<String> {
        let targets = self
            .prim
            .relationship(name)
            .forwarded_targets()
            .unwrap_or_default();
        targets.iter().map(|t| t.as_str().to_owned()).collect()
    }

    /// Names of all authored properties.
    pub(crate) fn property_names(&self) -> Vec<String> {
        let names = self.prim.authored_property_names().unwrap_or_default();
        names.iter().map(|n| n.as_str().to_owned()).collect()
    }
}
