//! Prims in the dump.

use std::collections::{BTreeMap, HashMap, HashSet};

use openusd::sdf::{self, Value};
use openusd::tf::Token;
use openusd::usd;
use serde_json::{Map, Value as Json, json};

use super::stage::Header;
use super::{DumpOptions, attribute, metadata, value, variants};
use crate::bound::BoundCache;
use crate::error::StageError;
use crate::material::MaterialCache;
use crate::open::Scene;
use crate::read;
use crate::xform::XformCache;

/// Writes prims one after the other and counts them.
pub(super) struct Writer<'a> {
    pub(super) scene: &'a Scene,
    options: &'a DumpOptions,
    pub(super) now: XformCache,
    pub(super) start: Option<XformCache>,
    pub(super) bounds: BoundCache,
    pub(super) materials: MaterialCache,
    bad_time: bool,
    states: HashMap<sdf::Path, State>,
    pub(super) visible: HashMap<sdf::Path, bool>,
    pub(super) purposes: HashMap<sdf::Path, Option<String>>,
    types: BTreeMap<String, u64>,
    prims: u64,
    seen: u64,
    written: u64,
    /// Instance paths by path of their prototype.
    pub(super) prototypes: BTreeMap<String, Vec<String>>,
}

/// Applied schemas that bring the one for lights along.
const LIGHTS: [&str; 3] = ["LightAPI", "MeshLightAPI", "VolumeLightAPI"];

/// Names the properties that a type overrides in the schemas built into it.
const OVERRIDES: &str = "apiSchemaOverridePropertyNames";

/// What the dump asks about a prim's state.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) active: bool,
    loaded: bool,
    pub(super) defined: bool,
    pub(super) is_abstract: bool,
    instance: bool,
}

/// The state of the pseudo-root, and of the root of a prototype towards what is in it.
const ROOT: State = State {
    active: true,
    loaded: true,
    defined: true,
    is_abstract: false,
    instance: false,
};

impl<'a> Writer<'a> {
    pub(super) fn new(scene: &'a Scene, header: &Header, options: &'a DumpOptions) -> Self {
        Self {
            scene,
            options,
            now: XformCache::new(scene, None),
            start: header.start.map(|time| XformCache::new(scene, Some(time))),
            bounds: BoundCache::new(scene),
            materials: MaterialCache::new(scene),
            bad_time: header.bad_time,
            states: HashMap::new(),
            visible: HashMap::new(),
            purposes: HashMap::new(),
            types: BTreeMap::new(),
            prims: 0,
            seen: 0,
            written: 0,
            prototypes: BTreeMap::new(),
        }
    }

    pub(super) fn counts(&self, prototypes: &[Json]) -> Json {
        json!({
            "prims": self.prims,
            "attrsSeen": self.seen,
            "attrsAuthored": self.written,
            "types": self.types,
            "prototypes": prototypes.len(),
            "instances": self.prototypes.values().map(Vec::len).sum::<usize>(),
        })
    }

    pub(super) fn prim(&mut self, prim: &usd::Prim) -> Result<Map<String, Json>, StageError> {
        let mut out = Map::new();
        let kind = prim
            .type_name()?
            .map(|t| t.as_str().to_owned())
            .unwrap_or_default();
        self.prims += 1;
        *self.types.entry(kind.clone()).or_default() += 1;
        out.insert("type".to_owned(), json!(kind));
        let specifier = read::specifier(prim)?;
        let word = match specifier {
            sdf::Specifier::Def => "def",
            sdf::Specifier::Class => "class",
            sdf::Specifier::Over => "over",
        };
        out.insert("spec".to_owned(), json!(word));
        let state = self.flags(prim, specifier, &mut out)?;
        if state.instance
            && let Some(prototype) = prim.prototype()?
        {
            let group = self
                .prototypes
                .entry(prototype.as_str().to_owned())
                .or_default();
            group.push(prim.path().as_str().to_owned());
        }
        self.composition(prim, &mut out)?;
        self.properties(prim, &mut out)?;
        self.geometry(prim, &state, &mut out)?;
        Ok(out)
    }

    fn flags(
        &mut self,
        prim: &usd::Prim,
        specifier: sdf::Specifier,
        out: &mut Map<String, Json>,
    ) -> Result<State, StageError> {
        let state = self.state(prim, specifier)?;
        let hidden = match metadata(prim, "hidden")? {
            Some(Value::Bool(hidden)) => hidden,
            Some(Value::Token(word)) => word.as_str() == "true",
            _ => false,
        };
        let flags = [
            ("inactive", !state.active),
            ("unloaded", !state.loaded),
            ("abstract", state.is_abstract),
            ("undefined", !state.defined),
            ("instance", state.instance),
            ("instanceable", prim.is_instanceable()?),
            ("proxy", prim.is_instance_proxy()?),
            ("model", prim.is_model()?),
            ("group", prim.is_group()?),
            ("hidden", hidden),
        ];
        let set: Vec<&str> = flags
            .iter()
            .filter(|(_, on)| *on)
            .map(|(name, _)| *name)
            .collect();
        if !set.is_empty() {
            out.insert("flags".to_owned(), json!(set));
        }
        Ok(state)
    }

    /// A prim's state from its own opinions and its parent's state, which comes before it.
    ///
    /// What is inside an instance has it from the prototype, whose root is defined and concrete.
    /// A prim without specs, as a relocation leaves it, is active and loaded all the same.
    fn state(&mut self, prim: &usd::Prim, specifier: sdf::Specifier) -> Result<State, StageError> {
        let parent = prim
            .parent()
            .and_then(|parent| self.states.get(parent.path()).copied());
        let above = match parent {
            Some(parent) if !parent.instance => parent,
            _ => ROOT,
        };
        let active = !matches!(metadata(prim, "active")?, Some(Value::Bool(false)));
        let asked = self.scene.loads_all() || prim.prim_stack()?.is_empty() || prim.is_loaded()?;
        let state = State {
            active,
            loaded: active && above.loaded && asked,
            defined: above.defined && specifier != sdf::Specifier::Over,
            is_abstract: above.is_abstract || specifier == sdf::Specifier::Class,
            instance: prim.is_instance()?,
        };
        self.states.insert(prim.path().clone(), state);
        Ok(state)
    }

    /// Kind, schemas, variants, dictionaries.
    fn composition(&self, prim: &usd::Prim, out: &mut Map<String, Json>) -> Result<(), StageError> {
        if let Some(kind) = prim.kind()?.filter(|kind| !kind.as_str().is_empty()) {
            out.insert("kind".to_owned(), json!(kind.as_str()));
        }
        let info = prim.prim_type_info()?;
        let known = info.prim_definition().applied_api_schemas();
        let names = |tokens: &[Token]| -> Vec<String> {
            tokens
                .iter()
                .map(|token| token.as_str().to_owned())
                .collect()
        };
        if !known.is_empty() {
            out.insert("apis".to_owned(), json!(names(known)));
        }
        let asked = names(info.id().applied_api_schemas());
        let known: HashSet<String> = names(known).into_iter().collect();
        let unknown: Vec<&String> = asked.iter().filter(|name| !known.contains(*name)).collect();
        if !unknown.is_empty() {
            out.insert("apisUnknown".to_owned(), json!(unknown));
        }
        variants::write(self.scene, prim, out)?;
        for field in ["customData", "assetInfo", "clips"] {
            let Some(found) = read::dictionary(self.scene, prim, field)? else {
                continue;
            };
            let mut found = value::value(self.scene, &found);
            if let (Json::Object(authored), "customData") = (&mut found, field) {
                // A schema for lights applied to something else takes the type's dictionary away.
                let lit = prim.authored_api_schemas()?;
                let lit = lit.iter().any(|name| LIGHTS.contains(&name.as_str()));
                let schema = info.schema_type_name();
                let declared = brief(schema.as_str());
                let light = schema.as_str().contains("Light");
                let kept = |own: &&Map<String, Json>| !lit || light || own.contains_key(OVERRIDES);
                let declared = declared.filter(kept);
                for (key, value) in declared.into_iter().flatten() {
                    authored.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
            out.insert(field.to_owned(), found);
        }
        if self.options.specs {
            let stack = prim.prim_stack()?;
            let stack: Vec<Json> = stack
                .iter()
                .map(|site| json!([self.scene.relative(&site.layer), site.path.as_str()]))
                .collect();
            out.insert("stack".to_owned(), Json::Array(stack));
        }
        Ok(())
    }

    fn properties(
        &mut self,
        prim: &usd::Prim,
        out: &mut Map<String, Json>,
    ) -> Result<(), StageError> {
        let authored: HashSet<String> = prim
            .authored_property_names()?
            .iter()
            .map(|name| name.as_str().to_owned())
            .collect();
        let mut attributes = Map::new();
        for found in prim.attributes()? {
            self.seen += 1;
            let keep = self.options.fallbacks || authored.contains(found.name());
            let entry =
                attribute::attribute(self.scene, &found, keep, self.bad_time, self.options.mid)?;
            if let Some(entry) = entry {
                self.written += 1;
                attributes.insert(found.name().to_owned(), Json::Object(entry));
            }
        }
        if !attributes.is_empty() {
            out.insert("attrs".to_owned(), Json::Object(attributes));
        }
        // One attribute that the library's schema does not have yet, and USD's counts.
        if prim.has_api_schema("GeomModelAPI")? && !authored.contains("model:cardVisibility") {
            self.seen += 1;
        }
        let mut relationships = Map::new();
        for found in prim.relationships()? {
            if self.options.fallbacks || authored.contains(found.name()) {
                attribute::relationship(self.scene, &found, &mut relationships)?;
            }
        }
        if !relationships.is_empty() {
            out.insert("rels".to_owned(), Json::Object(relationships));
        }
        Ok(())
    }
}

/// The dictionary that a schema gives its prims; USD shows it where a layer has one too.
fn brief(schema: &str) -> Option<&'static Map<String, Json>> {
    static BRIEFS: std::sync::OnceLock<Map<String, Json>> = std::sync::OnceLock::new();
    let all = BRIEFS
        .get_or_init(|| serde_json::from_str(include_str!("briefs.json")).unwrap_or_default());
    all.get(schema)?.as_object()
}
