//! Which material a prim has: its own binding, else that of the nearest prim above.

use std::collections::BTreeMap;

use halle_world::Severity;
use halle_world::components::{ContactMaterial, DisplayMaterial};
use openusd::sdf;
use openusd::usd::Stage;

use crate::looks;
use crate::physics::{self, Units};
use crate::reader::{PrimReader, Reading};

/// Paths of the materials that hold at a prim.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound {
    look: Option<String>,
    contact: Option<String>,
    /// Whether `contact` is bound for physics rather than for everything.
    physical: bool,
}

impl Bound {
    /// What holds at a prim, given what holds at its parent.
    pub(crate) fn at(prim: &PrimReader<'_>, parent: &Self) -> Self {
        let target = |name: &str| prim.targets(name).into_iter().next();
        let general = target("material:binding");
        let mut bound = parent.clone();
        if let Some(look) = target("material:binding:preview").or_else(|| general.clone()) {
            bound.look = Some(look);
        }
        if let Some(contact) = target("material:binding:physics") {
            (bound.contact, bound.physical) = (Some(contact), true);
        } else if let Some(general) = general.filter(|_| !bound.physical) {
            bound.contact = Some(general);
        }
        bound
    }
}

/// Materials that were read, by path.
pub(crate) struct Materials<'s> {
    stage: &'s Stage,
    reading: &'s Reading,
    units: Units,
    known: BTreeMap<String, (Option<DisplayMaterial>, Option<ContactMaterial>)>,
}

impl<'s> Materials<'s> {
    /// No materials read so far.
    pub(crate) fn new(stage: &'s Stage, reading: &'s Reading, units: Units) -> Self {
        Self {
            stage,
            reading,
            units,
            known: BTreeMap::new(),
        }
    }

    /// How a prim looks: its material, else its display colour.
    pub(crate) fn look(&mut self, prim: &PrimReader<'_>, bound: &Bound) -> Option<DisplayMaterial> {
        let material = bound
            .look
            .as_ref()
            .and_then(|path| self.material(prim, path).0);
        material.or_else(|| looks::display_color(prim))
    }

    /// What a prim feels like.
    pub(crate) fn contact(
        &mut self,
        prim: &PrimReader<'_>,
        bound: &Bound,
    ) -> Option<ContactMaterial> {
        bound
            .contact
            .as_ref()
            .and_then(|path| self.material(prim, path).1)
    }

    fn material(
        &mut self,
        prim: &PrimReader<'_>,
        path: &str,
    ) -> (Option<DisplayMaterial>, Option<ContactMaterial>) {
        if let Some(known) = self.known.get(path) {
            return *known;
        }
        let reader = sdf::Path::new(path)
            .ok()
            .and_then(|path| PrimReader::new(self.stage, &path, self.reading).ok())
            .filter(|material| material.kind == "Material");
        let read = match reader {
            Some(material) => (
                looks::display_material(self.stage, &material, self.reading),
                material
                    .has("PhysicsMaterialAPI")
                    .then(|| physics::contact_material(&material, self.units)),
            ),
            None => {
                prim.find(
                    Severity::Warning,
                    "SC0106",
                    "material:binding",
                    format!("no material at `{path}`: the default is used"),
                    "correct the path, or load the layer that holds the material",
                );
                (None, None)
            }
        };
        self.known.insert(path.to_owned(), read);
        read
    }
}
