//! The schemas that a stage knows: those of the library, and newer ones it does not have yet.

use std::sync::{Arc, OnceLock};

use openusd::sdf::Layer;
use openusd::usd::{FamilySource, SchemaRegistry, SchemaRegistryError};

/// Schemas of USD 26.11 that the library lacks, as facts: names, types, fallbacks.
const MANIFEST: &str = include_str!("manifest.usda");
const SCHEMATICS: &str = include_str!("schematics.usda");

/// The registry of all schemas, built once.
pub(crate) fn registry() -> Arc<SchemaRegistry> {
    static ALL: OnceLock<Arc<SchemaRegistry>> = OnceLock::new();
    // Only a fault in our own two layers can fail here; a test builds them.
    let all = ALL.get_or_init(|| build().unwrap_or_else(|_| openusd_schemas::schema_registry()));
    all.clone()
}

fn build() -> Result<Arc<SchemaRegistry>, SchemaRegistryError> {
    let mut builder = SchemaRegistry::builder();
    for family in openusd_schemas::ALL {
        builder = builder.register(family);
    }
    let read = |text: &'static str| Layer::from_bytes("newer", text.as_bytes().to_vec());
    if let (Ok(manifest), Ok(schematics)) = (read(MANIFEST), read(SCHEMATICS)) {
        builder = builder.family(FamilySource {
            name: "newer",
            manifest: &manifest,
            schematics: &schematics,
        });
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The newer schemas parse, register and define what they declare.
    #[test]
    fn newer_schemas_register() {
        let registry = build().unwrap();
        let definition = registry.api_prim_definition(&"LODRootAPI".into()).unwrap();
        assert!(definition.has_property(&"lod:heuristics".into()));
        assert!(registry.is_a(&"LODDistanceHeuristic".into(), &"LODHeuristic".into()));
    }
}
