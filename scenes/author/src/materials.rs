//! Materials in use: how prims look and how they feel, each written once.

use std::collections::BTreeMap;
use std::sync::Arc;

use halle_world::components::{Combine, ContactMaterial, Surface};

use crate::layer::{Layer, Prim};
use crate::pictures::Pictures;
use crate::shaders;
use crate::value::{float, token};

/// Materials in use, each once, in the order of their first use.
#[derive(Debug)]
pub(crate) struct Materials {
    scope: String,
    looks: Numbered<Arc<Surface>>,
    /// Numbers of looks by their address, which is shared by many.
    by_address: BTreeMap<usize, usize>,
    contacts: Numbered<ContactMaterial>,
}

/// Different values, numbered from one upwards in the order of their first use.
#[derive(Debug)]
struct Numbered<T> {
    values: Vec<T>,
    /// Numbers by the text of the value, which tells all values apart.
    numbers: BTreeMap<String, usize>,
}

impl<T: Clone + std::fmt::Debug> Numbered<T> {
    const fn new() -> Self {
        Self {
            values: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }

    fn number(&mut self, value: &T) -> usize {
        let next = self.values.len() + 1;
        let number = *self.numbers.entry(format!("{value:?}")).or_insert(next);
        if number == next {
            self.values.push(value.clone());
        }
        number
    }
}

impl Materials {
    /// No materials so far.
    pub(crate) fn new(scope: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            looks: Numbered::new(),
            by_address: BTreeMap::new(),
            contacts: Numbered::new(),
        }
    }

    /// Path of the material with a look.
    pub(crate) fn look(&mut self, look: &Arc<Surface>) -> String {
        let address = Arc::as_ptr(look).addr();
        let known = self.by_address.get(&address).copied();
        let number = known.unwrap_or_else(|| self.looks.number(look));
        self.by_address.insert(address, number);
        format!("{}/Look_{number}", self.scope)
    }

    /// Path of the material with a feel.
    pub(crate) fn contact(&mut self, contact: &ContactMaterial) -> String {
        let number = self.contacts.number(contact);
        format!("{}/Contact_{number}", self.scope)
    }

    /// Writes all materials in use.
    pub(crate) fn write(&self, layer: &mut Layer, pictures: &mut Pictures) {
        if self.looks.values.is_empty() && self.contacts.values.is_empty() {
            return;
        }
        let scope = self.scope.as_str();
        layer.at(scope).kind("Scope");
        for (index, look) in self.looks.values.iter().enumerate() {
            let path = format!("{scope}/Look_{}", index + 1);
            shaders::write(layer, pictures, &path, look);
        }
        for (index, contact) in self.contacts.values.iter().enumerate() {
            let path = format!("{scope}/Contact_{}", index + 1);
            write_contact(layer.add(&path, "Material"), contact);
        }
    }
}

fn write_contact(prim: &mut Prim, contact: &ContactMaterial) {
    prim.api("PhysicsMaterialAPI");
    prim.set("physics:dynamicFriction", float(contact.dynamic_friction));
    prim.set("physics:restitution", float(contact.restitution));
    prim.set("physics:staticFriction", float(contact.static_friction));
    if contact.density != 0.0 {
        prim.set("physics:density", float(contact.density));
    }
    if contact.torsional_friction != 0.0
        || contact.rolling_friction != 0.0
        || contact.compliance.is_some()
    {
        // The schema's own fallbacks are not zero: with the API applied, both are said.
        prim.api("NewtonMaterialAPI");
        prim.set(
            "newton:torsionalFriction",
            float(contact.torsional_friction),
        );
        prim.set("newton:rollingFriction", float(contact.rolling_friction));
        if let Some([stiffness, damping]) = contact.compliance {
            prim.set("newton:contactStiffness", float(stiffness));
            prim.set("newton:contactDamping", float(damping));
        }
    }
    for (name, combine) in [
        (
            "physxMaterial:frictionCombineMode",
            contact.friction_combine,
        ),
        (
            "physxMaterial:restitutionCombineMode",
            contact.restitution_combine,
        ),
    ] {
        let mode = match combine {
            Combine::Average => continue,
            Combine::Min => "min",
            Combine::Multiply => "multiply",
            Combine::Max => "max",
        };
        prim.api("PhysxMaterialAPI").uniform(name, token(mode));
    }
}
