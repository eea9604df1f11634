//! What this crate understands; everything else on a prim is a finding, never silence.

use halle_world::Severity;

use crate::reader::PrimReader;
use crate::schemas::{APIS, TYPES};
use crate::{halle, standard, vendors};

/// Says what is on a prim but has no effect.
pub(crate) fn report_unsupported(prim: &PrimReader<'_>) {
    let kind = prim.kind.as_str();
    if !TYPES.contains(&kind) {
        unsupported(
            prim,
            "",
            format!("prim type `{kind}` is not supported: the prim has no effect"),
        );
    }
    for api in &prim.apis {
        let family = api.split(':').next().unwrap_or(api);
        if !APIS.contains(&family) {
            unsupported(
                prim,
                "",
                format!("API schema `{api}` is not supported: it has no effect"),
            );
        }
    }
    vendors::report(prim);
    standard::report(prim);
    for name in prim.property_names() {
        if name.starts_with("halle:") && !halle::NAMES.contains(&name) {
            prim.find(
                Severity::Warning,
                "SC0109",
                name,
                "property of the `halle:` namespace is not known: it has no effect",
                "see scenes/HALLE_SCHEMA.md for the names",
            );
        }
    }
}

fn unsupported(prim: &PrimReader<'_>, property: &str, message: String) {
    let help = "remove it, or do not count on it";
    prim.find(Severity::Warning, "SC0102", property, message, help);
}
