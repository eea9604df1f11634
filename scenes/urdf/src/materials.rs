//! Colours and textures of materials.

use std::collections::BTreeMap;

use halle_meshes::linear_from_srgb;
use halle_world::Severity;

use crate::error::UrdfError;
use crate::names::duplicate;
use crate::reader::{Element, Reader, child, children};

/// What a material says.
#[derive(Clone, Debug)]
pub(crate) struct Paint {
    /// Linear colour and opacity.
    pub(crate) color: Option<[f64; 4]>,
    /// Address of a picture.
    pub(crate) texture: Option<String>,
}

/// Paints by the name of their material, those inside links included.
pub(crate) struct Materials(BTreeMap<String, Option<Paint>>);

impl Materials {
    /// Reads the materials of the robot and of its visuals.
    pub(crate) fn read<'d>(reader: &Reader<'d>, robot: Element<'d>) -> Result<Self, UrdfError> {
        let mut known = BTreeMap::new();
        let mut first = BTreeMap::new();
        for element in children(robot, "material") {
            let name = reader.required(element, "name", "the attribute `name`")?;
            if let Some(first) = first.insert(name, element) {
                return Err(duplicate(reader, element, "material", name, first));
            }
            known.insert(name.to_owned(), paint(reader, element)?);
        }
        // A material that one visual defines may be used by name in others.
        for visual in children(robot, "link").flat_map(|l| children(l, "visual")) {
            for element in children(visual, "material") {
                let name = element.attribute("name").unwrap_or_default();
                if element.has_children() && !name.is_empty() && !known.contains_key(name) {
                    known.insert(name.to_owned(), paint(reader, element)?);
                }
            }
        }
        Ok(Self(known))
    }

    /// Colour and picture of a visual, if its material has one.
    pub(crate) fn of_visual<'d>(
        &self,
        reader: &Reader<'d>,
        visual: Element<'d>,
    ) -> Result<Option<Paint>, UrdfError> {
        let Some(element) = child(visual, "material") else {
            return Ok(None);
        };
        if let Some(own) = paint(reader, element)? {
            return Ok(Some(own));
        }
        let name = element.attribute("name").unwrap_or_default();
        let found = self.0.get(name);
        if found.is_none() {
            let message = format!("material `{name}` is not defined");
            let help = "define it, or give it a `color`";
            reader.find(
                Severity::Warning,
                "UR0113",
                (element, "name"),
                message,
                help,
            );
        }
        Ok(found.cloned().flatten())
    }
}

/// What a material element says, if it says anything.
fn paint<'d>(reader: &Reader<'d>, element: Element<'d>) -> Result<Option<Paint>, UrdfError> {
    reader.expect(element, &["color", "texture"], &["name"]);
    let texture = child(element, "texture").and_then(|t| {
        reader.expect(t, &[], &["filename"]);
        t.attribute("filename")
    });
    let color = match child(element, "color") {
        Some(element) => color(reader, element)?,
        None => None,
    };
    let texture = texture.map(str::to_owned);
    Ok((color.is_some() || texture.is_some()).then_some(Paint { color, texture }))
}

/// Linear colour and opacity.
fn color<'d>(reader: &Reader<'d>, element: Element<'d>) -> Result<Option<[f64; 4]>, UrdfError> {
    reader.expect(element, &[], &["rgba", "rgb"]);
    if let Some(rgb) = reader.numbers::<3>(element, "rgb")? {
        let [r, g, b] = rgb.map(linear_from_srgb);
        return Ok(Some([r, g, b, 1.0]));
    }
    let rgba = reader.numbers::<4>(element, "rgba")?;
    Ok(rgba.map(|[r, g, b, a]| {
        let [r, g, b] = [r, g, b].map(linear_from_srgb);
        [r, g, b, a.clamp(0.0, 1.0)]
    }))
}
