//! One prim of the stage, read with findings instead of failures.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use halle_stage::open::Scene;
use halle_world::{Diagnostics, Finding, Severity, Site};
use openusd::sdf::{self, Value};
use openusd::tf::Token;
use openusd::usd;

use crate::opinions::Opinions;
use crate::value::Usable;

/// What all readers of one stage share.
pub(crate) struct Reading {
    /// The opened stage, which knows the names of its files.
    pub(crate) scene: Rc<Scene>,
    /// What was found so far.
    pub(crate) diagnostics: RefCell<Diagnostics>,
    /// Names of layers, shared by all prims of a layer, by identifier.
    pub(crate) layers: RefCell<BTreeMap<String, Arc<str>>>,
}

impl Reading {
    /// A layer's name as seen from the scene's folder.
    pub(crate) fn layer_name(&self, identifier: &str) -> String {
        self.scene.relative(identifier)
    }

    /// The same name, one allocation for all who ask.
    pub(crate) fn shared_name(&self, identifier: &str) -> Arc<str> {
        let mut layers = self.layers.borrow_mut();
        if let Some(known) = layers.get(identifier) {
            return Arc::clone(known);
        }
        let name: Arc<str> = self.layer_name(identifier).into();
        layers.insert(identifier.to_owned(), Arc::clone(&name));
        name
    }

    /// Says something about a property of a prim that is no longer at hand.
    pub(crate) fn find_at(
        &self,
        stage: &usd::Stage,
        path: &str,
        severity: Severity,
        (code, property): (&'static str, &str),
        message: String,
        help: &str,
    ) {
        let site = self.site_at(stage, path, property);
        self.push(Finding::new(severity, code, site, message).help(help));
    }

    /// A property of a prim that is no longer at hand, as a site.
    pub(crate) fn site_at(&self, stage: &usd::Stage, path: &str, property: &str) -> Site {
        let prim = sdf::Path::new(path).ok();
        let reader = prim.and_then(|path| PrimReader::new(stage, &path, self).ok());
        reader.map_or_else(
            || Site {
                prim: path.to_owned(),
                property: property.to_owned(),
                ..Site::default()
            },
            |reader| reader.site(property),
        )
    }

    /// Keeps a finding.
    pub(crate) fn push(&self, finding: Finding) {
        self.diagnostics.borrow_mut().push(finding);
    }
}

/// A prim and where to say what is wrong with it.
pub(crate) struct PrimReader<'r> {
    /// What layers say about the prim.
    pub(crate) opinions: Opinions,
    /// Path on the stage.
    pub(crate) path: String,
    /// Layer with the strongest opinion.
    pub(crate) layer: Arc<str>,
    /// Type name; empty for a typeless prim.
    pub(crate) kind: String,
    /// Applied API schemas.
    pub(crate) apis: Vec<String>,
    /// Names of the properties that some layer has, sorted.
    names: Vec<Token>,
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
        Self::with(Opinions::on(stage, path)?, path, reading)
    }

    /// The same, where the opinions are at hand.
    pub(crate) fn with(
        opinions: Opinions,
        path: &sdf::Path,
        reading: &'r Reading,
    ) -> openusd::Result<Self> {
        let layer = match opinions.composed() {
            Some(prim) => prim.prim_stack()?.into_iter().next().map(|s| s.layer),
            None => opinions.layer(""),
        };
        let layer = layer.map_or_else(|| Arc::from(""), |l| reading.shared_name(&l));
        let kind = opinions.type_name()?;
        let apis = opinions
            .api_schemas()?
            .iter()
            .map(|t| t.as_str().to_owned())
            .collect();
        let mut names = opinions.property_names()?;
        names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        Ok(Self {
            opinions,
            path: path.as_str().to_owned(),
            layer,
            kind,
            apis,
            names,
            reading,
        })
    }

    /// Whether some layer has a property; asked before values are, which cost much more.
    pub(crate) fn says(&self, name: &str) -> bool {
        let found = self.names.binary_search_by(|n| n.as_str().cmp(name));
        found.is_ok()
    }

    /// Whether an API schema is applied.
    pub(crate) fn has(&self, api: &str) -> bool {
        self.apis.iter().any(|a| a == api)
    }

    /// A property of the prim as a site; its own layer if it is known.
    pub(crate) fn site(&self, property: &str) -> Site {
        let layer = self.opinions.layer(property);
        Site {
            layer: layer.map_or_else(|| self.layer.to_string(), |l| self.reading.layer_name(&l)),
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
        if !self.says(name) {
            return None;
        }
        match self.opinions.value(name) {
            Ok(Some((value, sampled))) => {
                if sampled {
                    let message = "value changes over time: only the first one is used";
                    let help = "author a default value";
                    self.find(Severity::Warning, "SC0104", name, message, help);
                }
                Some(value)
            }
            Ok(None) => None,
            Err(error) => {
                self.unreadable(name, &error.to_string());
                None
            }
        }
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

    /// The authored value through a conversion; a value that does not convert, or that holds what
    /// is no number, is a finding.
    pub(crate) fn read<T: Usable>(
        &self,
        name: &str,
        convert: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let made = convert(&value);
        match &made {
            None => self.unreadable(name, "it has another type than expected"),
            Some(made) if !made.is_usable() => {
                self.not_finite(name, "the value is not used");
                return None;
            }
            Some(_) => {}
        }
        made
    }

    /// A number, or what the schema says if none is authored. It may be infinite only where the
    /// schema says so too.
    pub(crate) fn number_or(&self, name: &str, fallback: f64) -> f64 {
        let read = self.read(name, crate::value::number).unwrap_or(fallback);
        if read.is_infinite() && fallback.is_finite() {
            self.not_finite(name, &format!("{fallback} is used"));
            return fallback;
        }
        read
    }

    /// Says that a number is none, or too large to calculate with.
    pub(crate) fn not_finite(&self, name: &str, instead: &str) {
        self.find(
            Severity::Warning,
            "SC0116",
            name,
            format!("number is not finite or beyond all measure: {instead}"),
            "author a number that the plant can have",
        );
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
        if !self.says(name) {
            return Vec::new();
        }
        let targets = self.opinions.targets(name);
        targets.iter().map(|t| t.as_str().to_owned()).collect()
    }

    /// Names of all authored properties, sorted.
    pub(crate) fn property_names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(Token::as_str)
    }
}
