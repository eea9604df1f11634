//! The layer under construction: prims with their properties, in the order in which they are made.

use std::collections::BTreeMap;

use openusd::sdf::{
    self, ChildrenKey, FieldKey, LayerOffset, ListOp, Reference, SpecData, SpecType, Specifier,
    Value, Variability,
};

use crate::error::AuthorError;
use crate::value::{Typed, for_text, has_nan};

/// What a property holds.
#[derive(Debug)]
enum Content {
    Attribute(Typed),
    /// An attribute without a value; fed by another one if that is named.
    Empty(&'static str, Option<String>),
    Targets(Vec<String>),
}

/// A property of a prim.
#[derive(Debug)]
struct Property {
    name: String,
    content: Content,
    uniform: bool,
    custom: bool,
    /// Field and token, such as `interpolation = "vertex"`.
    field: Option<(&'static str, &'static str)>,
    /// Path of the attribute that feeds this one, which has a value beside.
    source: Option<String>,
}

/// A prim under construction.
#[derive(Debug)]
pub(crate) struct Prim {
    /// Path in the layer.
    pub(crate) path: String,
    kind: String,
    abstract_: bool,
    apis: Vec<String>,
    reference: Option<String>,
    properties: Vec<Property>,
    children: Vec<usize>,
    /// Properties that were left out because they are not numbers.
    pub(crate) lost: Vec<String>,
}

impl Prim {
    /// Gives the prim its type.
    pub(crate) fn kind(&mut self, kind: &str) -> &mut Self {
        kind.clone_into(&mut self.kind);
        self
    }

    /// Applies a schema, once.
    pub(crate) fn api(&mut self, name: impl Into<String>) -> &mut Self {
        let name = name.into();
        if !self.apis.contains(&name) {
            self.apis.push(name);
        }
        self
    }

    fn property(&mut self, name: &str, content: Content) -> &mut Property {
        self.properties.push(Property {
            name: name.to_owned(),
            content,
            uniform: false,
            custom: false,
            field: None,
            source: None,
        });
        let last = self.properties.len() - 1;
        &mut self.properties[last]
    }

    fn attribute(
        &mut self,
        name: &str,
        value: Typed,
        change: impl FnOnce(&mut Property),
    ) -> &mut Self {
        if has_nan(&value.value) {
            self.lost.push(name.to_owned());
        } else {
            change(self.property(name, Content::Attribute(value)));
        }
        self
    }

    /// Adds an attribute that may vary over time.
    pub(crate) fn set(&mut self, name: &str, value: Typed) -> &mut Self {
        self.attribute(name, value, |_| ())
    }

    /// Adds a uniform attribute.
    pub(crate) fn uniform(&mut self, name: &str, value: Typed) -> &mut Self {
        self.attribute(name, value, |p| p.uniform = true)
    }

    /// Adds an attribute that no schema declares.
    pub(crate) fn custom(&mut self, name: &str, value: Typed) -> &mut Self {
        self.attribute(name, value, |p| p.custom = true)
    }

    /// Adds an attribute with one value per point.
    pub(crate) fn per_point(&mut self, name: &str, value: Typed) -> &mut Self {
        self.attribute(name, value, |p| p.field = Some(("interpolation", "vertex")))
    }

    /// Adds an attribute with values that belong to what `interpolation` says.
    pub(crate) fn primvar(
        &mut self,
        name: &str,
        value: Typed,
        interpolation: &'static str,
    ) -> &mut Self {
        self.attribute(name, value, |p| {
            p.field = Some(("interpolation", interpolation));
        })
    }

    /// Adds an attribute with a value that is fed by the one at `source`.
    pub(crate) fn fed(&mut self, name: &str, value: Typed, source: String) -> &mut Self {
        self.attribute(name, value, |p| p.source = Some(source))
    }

    /// Adds an attribute without a value that is fed by the one at `source`.
    pub(crate) fn connect(&mut self, name: &str, kind: &'static str, source: String) -> &mut Self {
        self.property(name, Content::Empty(kind, Some(source)));
        self
    }

    /// Adds an attribute without a value, for others to be fed by.
    pub(crate) fn output(&mut self, name: &str, kind: &'static str) -> &mut Self {
        self.property(name, Content::Empty(kind, None));
        self
    }

    /// Adds a relationship.
    pub(crate) fn rel(&mut self, name: &str, targets: Vec<String>) -> &mut Self {
        self.property(name, Content::Targets(targets));
        self
    }

    /// Takes over everything from another prim of the layer.
    pub(crate) fn reference(&mut self, path: &str) -> &mut Self {
        self.reference = Some(path.to_owned());
        self
    }

    /// Makes the prim a class: it can be referenced and is not itself there.
    pub(crate) fn class(&mut self) -> &mut Self {
        self.abstract_ = true;
        self
    }
}

/// All prims of the layer.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    prims: Vec<Prim>,
    roots: Vec<usize>,
    by_path: BTreeMap<String, usize>,
}

impl Layer {
    /// Makes a prim at a path whose parent is there already.
    pub(crate) fn add(&mut self, path: &str, kind: &str) -> &mut Prim {
        let index = self.prims.len();
        let above = path.rfind('/').map_or("", |at| &path[..at]);
        match self.by_path.get(above) {
            Some(&parent) => self.prims[parent].children.push(index),
            None => self.roots.push(index),
        }
        self.by_path.insert(path.to_owned(), index);
        self.prims.push(Prim {
            path: path.to_owned(),
            kind: kind.to_owned(),
            abstract_: false,
            apis: Vec::new(),
            reference: None,
            properties: Vec::new(),
            children: Vec::new(),
            lost: Vec::new(),
        });
        &mut self.prims[index]
    }

    /// The prim at a path, made without a type if it is not there.
    pub(crate) fn at(&mut self, path: &str) -> &mut Prim {
        match self.by_path.get(path) {
            Some(&index) => &mut self.prims[index],
            None => self.add(path, ""),
        }
    }

    /// Whether there is a prim at a path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// All prims in the order in which they were made.
    pub(crate) fn prims(&self) -> &[Prim] {
        &self.prims
    }

    /// The layer as the USD library holds it; `text` prepares the numbers for its text writer.
    pub(crate) fn data(
        &self,
        metadata: Vec<(&'static str, Value)>,
        text: bool,
    ) -> Result<sdf::Data, AuthorError> {
        let mut data = sdf::Data::new();
        let root = data.create_spec(sdf::Path::abs_root(), SpecType::PseudoRoot);
        for (name, value) in metadata {
            root.add(name, value);
        }
        root.add(ChildrenKey::PrimChildren, self.names(&self.roots));
        for prim in &self.prims {
            let path = path(&prim.path, &prim.path)?;
            let spec = data.create_spec(path.clone(), SpecType::Prim);
            self.fill(spec, prim)?;
            for property in &prim.properties {
                let path = path.append_property(&property.name);
                let path = path.map_err(|error| refused(&prim.path, error))?;
                write_property(&mut data, &prim.path, path, property, text)?;
            }
        }
        Ok(data)
    }

    fn names(&self, children: &[usize]) -> Value {
        let name = |index: &usize| {
            let path = &self.prims[*index].path;
            path.rsplit('/').next().unwrap_or_default().into()
        };
        Value::TokenVec(children.iter().map(name).collect())
    }

    fn fill(&self, spec: &mut SpecData, prim: &Prim) -> Result<(), AuthorError> {
        let specifier = if prim.abstract_ {
            Specifier::Class
        } else {
            Specifier::Def
        };
        spec.add(FieldKey::Specifier, Value::Specifier(specifier));
        if !prim.kind.is_empty() {
            spec.add(FieldKey::TypeName, Value::Token(prim.kind.as_str().into()));
        }
        if !prim.apis.is_empty() {
            let schemas = ListOp {
                prepended_items: prim.apis.iter().map(|a| a.as_str().into()).collect(),
                ..ListOp::default()
            };
            spec.add(FieldKey::ApiSchemas, Value::TokenListOp(schemas));
        }
        if let Some(target) = &prim.reference {
            let reference = Reference {
                asset_path: String::new(),
                prim_path: path(target, &prim.path)?,
                layer_offset: LayerOffset::IDENTITY,
                custom_data: std::collections::HashMap::new(),
            };
            let references = ListOp {
                prepended_items: vec![reference],
                ..ListOp::default()
            };
            spec.add(FieldKey::References, Value::ReferenceListOp(references));
        }
        if !prim.properties.is_empty() {
            let names = prim.properties.iter().map(|p| p.name.as_str().into());
            spec.add(
                ChildrenKey::PropertyChildren,
                Value::TokenVec(names.collect()),
            );
        }
        if !prim.children.is_empty() {
            spec.add(ChildrenKey::PrimChildren, self.names(&prim.children));
        }
        Ok(())
    }
}

fn write_property(
    data: &mut sdf::Data,
    prim: &str,
    at: sdf::Path,
    property: &Property,
    text: bool,
) -> Result<(), AuthorError> {
    let paths = |targets: &[String]| {
        let made: Result<Vec<_>, _> = targets.iter().map(|t| path(t, prim)).collect();
        Ok(Value::PathListOp(ListOp::explicit(made?)))
    };
    let kind = if matches!(property.content, Content::Targets(_)) {
        SpecType::Relationship
    } else {
        SpecType::Attribute
    };
    let spec = data.create_spec(at, kind);
    let named = |name: &str| Value::Token(name.into());
    match &property.content {
        Content::Attribute(value) => {
            spec.add(FieldKey::TypeName, named(value.name));
            let plain = value.value.clone();
            spec.add(
                FieldKey::Default,
                if text { for_text(plain) } else { plain },
            );
        }
        Content::Empty(kind, source) => {
            spec.add(FieldKey::TypeName, named(kind));
            if let Some(source) = source {
                let source = paths(std::slice::from_ref(source))?;
                spec.add(FieldKey::ConnectionPaths, source);
            }
        }
        Content::Targets(targets) => spec.add(FieldKey::TargetPaths, paths(targets)?),
    }
    if let Some(source) = &property.source {
        let source = paths(std::slice::from_ref(source))?;
        spec.add(FieldKey::ConnectionPaths, source);
    }
    if property.uniform || kind == SpecType::Relationship {
        spec.add(
            FieldKey::Variability,
            Value::Variability(Variability::Uniform),
        );
    }
    if property.custom {
        spec.add(FieldKey::Custom, Value::Bool(true));
    }
    if let Some((field, token)) = property.field {
        spec.add(field, named(token));
    }
    Ok(())
}

fn path(text: &str, prim: &str) -> Result<sdf::Path, AuthorError> {
    sdf::Path::new(text).map_err(|error| refused(prim, error))
}

fn refused(prim: &str, error: impl std::error::Error + Send + Sync + 'static) -> AuthorError {
    AuthorError::Encode {
        prim: prim.to_owned(),
        source: Box::new(error),
    }
}
