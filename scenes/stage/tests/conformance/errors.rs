//! Composition errors in the words of the reference.

use openusd::pcp::{ArcType, CompositionDiagnostic as Error};
use openusd::sdf::Path;

use super::dump::{Names, rule};

/// The end of a dump: errors by prim in the order of prims, then those of the layer stack.
pub(crate) fn write(names: &Names, errors: &[Error], order: &[Path]) -> String {
    let mut prims: Vec<(usize, Path, Vec<String>)> = Vec::new();
    let mut layers = Vec::new();
    for error in errors {
        if let Some((prim, text)) = of_prim(names, error) {
            match prims.iter_mut().find(|(_, path, _)| *path == prim) {
                Some((_, _, texts)) => texts.push(text),
                None => {
                    let place = order.iter().position(|path| *path == prim);
                    prims.push((place.unwrap_or(usize::MAX), prim, vec![text]));
                }
            }
        } else {
            layers.extend(of_layers(names, error));
        }
    }
    prims.sort_by_key(|(place, ..)| *place);
    let titled = |path: Path| format!("Errors while composing <{path}>");
    let mut parts: Vec<(String, Vec<String>)> = Vec::new();
    parts.extend(
        prims
            .into_iter()
            .map(|(_, path, texts)| (titled(path), texts)),
    );
    if !layers.is_empty() {
        parts.push(("Errors while computing Layer Stack".to_owned(), layers));
    }
    if parts.is_empty() {
        return String::new();
    }
    let mut out = "\n".to_owned();
    for (title, texts) in parts {
        out.push_str(&format!("{}\n{title}\n\n{}\n\n", rule(), texts.join("\n")));
    }
    out.push_str("ERROR: Unexpected error(s) encountered during test!\n");
    out
}

/// The prim that an error belongs to, and its text.
fn of_prim(names: &Names, error: &Error) -> Option<(Path, String)> {
    let at = |layer: &str, path: &Path| format!("@{}@<{path}>", names.long(layer));
    let (prim, text) = match error {
        Error::UnresolvedLayer {
            asset_path,
            arc: ArcType::Payload,
            introduced_by,
            site_path,
        } => {
            let asset = names.long(asset_path);
            let by = at(introduced_by, site_path);
            let text = format!("Could not open asset @{asset}@ for payload introduced by {by}.");
            (site_path, text)
        }
        Error::UnresolvedPrimPath {
            arc: arc @ (ArcType::Payload | ArcType::Reference),
            target_layer,
            prim_path,
            introduced_by,
            site_path,
        } => {
            let kind = if *arc == ArcType::Payload {
                "payload"
            } else {
                "reference"
            };
            let (to, by) = (at(target_layer, prim_path), at(introduced_by, site_path));
            (
                site_path,
                format!("Unresolved {kind} prim path {to} introduced by {by}"),
            )
        }
        Error::ProhibitedRelocationSource {
            arc,
            site,
            site_layer,
            target,
            target_layer,
            reloc_source,
            reloc_layer,
            composing,
        } => {
            let (from, to) = (at(site_layer, site), at(target_layer, target));
            let source = at(reloc_layer, reloc_source);
            let text = format!(
                "{from}\nCANNOT {}:\n{to}\nwhich is a prohibited child of its parent because it \
                 would require allowing opinions from the source of a relocation at {source}.",
                bare(*arc)
            );
            (composing, text)
        }
        Error::OpinionAtRelocationSource {
            source_path,
            layer,
            composing,
        } => {
            let layer = names.long(layer);
            let text = format!(
                "The layer @{layer}@ has an invalid opinion at the relocation source path \
                 <{source_path}>, which will be ignored."
            );
            (composing, text)
        }
        Error::ArcCycle(cycle) => {
            let mut text = format!(
                "Cycle detected:\n{}",
                at(&cycle.root_layer, &cycle.composing)
            );
            for (k, hop) in cycle.hops.iter().enumerate() {
                let which = if k == 0 { "" } else { "which " };
                let verb = if k + 1 == cycle.hops.len() {
                    format!("CANNOT {}", bare(hop.arc))
                } else {
                    present(hop.arc).to_owned()
                };
                text.push_str(&format!("\n{which}{verb}:\n{}", at(&hop.layer, &hop.path)));
            }
            // The reference ends this text with a line of its own.
            text.push('\n');
            (&cycle.composing, text)
        }
        _ => return of_property(names, error),
    };
    Some((prim.clone(), text))
}

/// The same for errors about properties and their targets.
fn of_property(names: &Names, error: &Error) -> Option<(Path, String)> {
    let kind = |connects: bool| {
        if connects {
            "attribute connection"
        } else {
            "relationship target"
        }
    };
    let (prim, text) = match error {
        Error::InvalidExternalTargetPath {
            is_connection,
            target,
            property,
            layer,
            arc,
            arc_root,
            composing,
        } => {
            let (kind, layer, arc) = (kind(*is_connection), names.long(layer), noun(*arc));
            let text = format!(
                "The {kind} <{target}> from <{property}> in layer @{layer}@ refers to a path \
                 outside the scope of the {arc} from <{arc_root}>.  Ignoring."
            );
            (composing, text)
        }
        Error::InvalidInstanceTargetPath {
            is_connection,
            target,
            property,
            layer,
            composing,
        } => {
            let (kind, layer) = (kind(*is_connection), names.long(layer));
            let text = format!(
                "The {kind} <{target}> from <{property}> in layer @{layer}@ is authored in a class \
                 but refers to an instance of that class.  Ignoring."
            );
            (composing, text)
        }
        Error::InconsistentPropertyType {
            property,
            defining_layer,
            defining_path,
            defining_is_attribute,
            conflicting_layer,
            conflicting_path,
            conflicting_is_attribute,
            composing,
        } => {
            let kind = |is: bool| {
                if is {
                    "an attribute spec"
                } else {
                    "a relationship spec"
                }
            };
            let text = format!(
                "The property <{property}> has inconsistent spec types.  The defining spec is \
                 @{}@<{defining_path}> and is {}.  The conflicting spec is \
                 @{}@<{conflicting_path}> and is {}.  The conflicting spec will be ignored.",
                names.long(defining_layer),
                kind(*defining_is_attribute),
                names.long(conflicting_layer),
                kind(*conflicting_is_attribute),
            );
            (composing, text)
        }
        _ => return None,
    };
    Some((prim.clone(), text))
}

/// The text of an error that belongs to a layer stack; other kinds are not in the reference's dump.
fn of_layers(names: &Names, error: &Error) -> Option<String> {
    Some(match error {
        Error::SublayerCycle {
            root_layer,
            seen_layer,
        } => format!(
            "Sublayer hierarchy with root layer @{}@ has cycles. Detected when layer @{}@ was seen \
             in the layer stack for the second time.",
            names.long(root_layer),
            names.long(seen_layer),
        ),
        Error::InvalidRelocate {
            source_path,
            target_path,
            layer,
            reason,
        } => format!(
            "Relocation from <{source_path}> to <{target_path}> authored at @{}@</> is invalid and \
             will be ignored: {reason}",
            names.long(layer),
        ),
        Error::SameTargetRelocations { target, sources } => {
            let each = sources.iter().map(|(source, layer)| {
                format!(
                    "relocation from <{source}> authored at @{}@</>",
                    names.long(layer)
                )
            });
            let list = each.collect::<Vec<_>>().join("; ");
            format!(
                "The path <{target}> is the target of multiple relocations from different sources. \
                 The following relocates to this target are invalid and will be ignored: {list}."
            )
        }
        Error::ConflictingRelocation {
            source_path,
            target_path,
            layer,
            other_source_path,
            other_target_path,
            other_layer,
            reason,
        } => format!(
            "Relocation from <{source_path}> to <{target_path}> authored at @{}@</> conflicts with \
             another relocation from <{other_source_path}> to <{other_target_path}> authored at \
             @{}@</> and will be ignored: {reason}",
            names.long(layer),
            names.long(other_layer),
        ),
        _ => return None,
    })
}

fn bare(arc: ArcType) -> &'static str {
    match arc {
        ArcType::Inherit | ArcType::Specialize => "inherit from",
        ArcType::Relocate => "be relocated from",
        _ => "reference",
    }
}

fn present(arc: ArcType) -> &'static str {
    match arc {
        ArcType::Inherit | ArcType::Specialize => "inherits from",
        ArcType::Relocate => "is relocated from",
        _ => "references",
    }
}

fn noun(arc: ArcType) -> &'static str {
    match arc {
        ArcType::Inherit => "inherit",
        ArcType::Specialize => "specializes",
        ArcType::Payload => "payload",
        ArcType::Variant => "variant",
        _ => "reference",
    }
}
