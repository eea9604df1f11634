//! Findings of a plant, one per cause however many prims have it.

use std::collections::BTreeMap;

use halle_world::components::SourcePath;
use halle_world::{Diagnostics, Entity, Finding, Severity, Site, World};

/// What there is to say about one kind of prim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Say {
    /// How much it matters.
    pub(crate) severity: Severity,
    /// Code, described in `engine/wide/FINDINGS.md`.
    pub(crate) code: &'static str,
    /// Property that it is about.
    pub(crate) property: &'static str,
    /// What was found.
    pub(crate) message: &'static str,
    /// What follows from it.
    pub(crate) note: &'static str,
    /// What the author can do.
    pub(crate) help: &'static str,
}

/// Findings by cause: a plant of thousands of equal prims gives one finding, not thousands.
#[derive(Debug, Default)]
pub(crate) struct Tell {
    found: BTreeMap<(&'static str, &'static str), Cause>,
}

/// Prims that share a cause.
#[derive(Debug)]
struct Cause {
    /// Place among the causes.
    order: usize,
    say: Say,
    /// The first few, with what is said about each.
    prims: Vec<(Entity, String)>,
    count: usize,
}

/// Prims that a finding names beside the first.
const NAMED: usize = 3;

impl Tell {
    /// Adds a finding about a prim; `detail` is said about the first prims only.
    pub(crate) fn add(&mut self, say: Say, entity: Entity, detail: impl Into<String>) {
        let order = self.found.len();
        let entry = self
            .found
            .entry((say.code, say.message))
            .or_insert_with(|| Cause {
                order,
                say,
                prims: Vec::new(),
                count: 0,
            });
        entry.count += 1;
        if entry.prims.len() <= NAMED {
            entry.prims.push((entity, detail.into()));
        }
    }

    /// All findings, in the order of their discovery.
    pub(crate) fn into_diagnostics(self, world: &World) -> Diagnostics {
        let mut all: Vec<_> = self.found.into_values().collect();
        all.sort_by_key(|cause| cause.order);
        let mut diagnostics = Diagnostics::default();
        for cause in all {
            diagnostics.push(finding(world, &cause));
        }
        diagnostics
    }
}

fn finding(world: &World, cause: &Cause) -> Finding {
    let Cause {
        say, prims, count, ..
    } = cause;
    let (first, detail) = &prims[0];
    let mut message = say.message.to_owned();
    if !detail.is_empty() {
        message = format!("{message}: {detail}");
    }
    if *count > 1 {
        message = format!("{message} (and {} more)", count - 1);
    }
    let mut note = say.note.to_owned();
    let others: Vec<String> = prims[1..]
        .iter()
        .map(|(e, _)| format!("`{}`", site(world, *e, "").prim))
        .collect();
    if !others.is_empty() {
        let gap = if note.is_empty() { "" } else { "; " };
        note = format!("{note}{gap}also {}", others.join(", "));
    }
    Finding::new(
        say.severity,
        say.code,
        site(world, *first, say.property),
        message,
    )
    .note(note)
    .help(say.help)
}

/// Where an entity was written.
pub(crate) fn site(world: &World, entity: Entity, property: &str) -> Site {
    world
        .get::<SourcePath>(entity)
        .map(|s| s.site(property))
        .unwrap_or_default()
}

/// Path of an entity's prim; its number where it has none.
pub(crate) fn path(world: &World, entity: Entity) -> String {
    world
        .get::<SourcePath>(entity)
        .map_or_else(|| format!("{entity}"), |s| s.prim.clone())
}
