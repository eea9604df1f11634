//! Materials of COLLADA: the diffuse colour or picture of the common profile.

use std::path::Path;

use roxmltree::Node;

use super::{Dae, child, children, numbers, text};
use crate::file::{MeshMaterial, MeshNote, linear_from_srgb};
use crate::obj;

impl<'d, 'i> Dae<'d, 'i> {
    /// The material that a symbol is bound to by an instance; without a binding the symbol itself
    /// names the material.
    pub(super) fn material(
        &mut self,
        symbol: &str,
        instance: Option<Node<'d, 'i>>,
    ) -> Option<MeshMaterial> {
        let bound = instance
            .into_iter()
            .flat_map(|i| i.descendants())
            .find(|n| {
                n.tag_name().name() == "instance_material" && n.attribute("symbol") == Some(symbol)
            });
        let target = match bound {
            Some(bound) => self.target(bound.attribute("target")),
            None => self.ids.get(symbol).copied(),
        };
        let Some(material) = target.filter(|t| t.tag_name().name() == "material") else {
            self.file
                .note(MeshNote::UndefinedMaterial(symbol.to_owned()));
            return None;
        };
        let name = material.attribute("name").or(material.attribute("id"));
        let effect = child(material, "instance_effect")
            .and_then(|i| self.target(i.attribute("url")))
            .and_then(|e| child(e, "profile_COMMON"));
        let shader = effect.and_then(|profile| {
            let technique = child(profile, "technique")?;
            let kinds = ["phong", "lambert", "blinn", "constant"];
            kinds.into_iter().find_map(|kind| child(technique, kind))
        });
        let grey = [0.8; 3].map(linear_from_srgb);
        let mut made = MeshMaterial::new(name.unwrap_or(symbol).to_owned(), grey, 1.0);
        let (Some(effect), Some(shader)) = (effect, shader) else {
            let what = format!("material `{symbol}` has no common profile");
            self.file.note(MeshNote::NotUsed(what));
            return Some(made);
        };
        // A constant shader has no diffuse part: it shines.
        let diffuse = child(shader, "diffuse").or_else(|| child(shader, "emission"));
        if let Some(color) = diffuse.and_then(|d| child(d, "color")).map(numbers)
            && let [r, g, b, ..] = color[..]
        {
            made.base_color = [r, g, b].map(linear_from_srgb);
        }
        if let Some(sampler) = diffuse.and_then(|d| child(d, "texture")?.attribute("texture")) {
            made.base_color = [1.0; 3];
            made.texture = self.picture(effect, sampler);
        }
        let shine = child(shader, "emission").filter(|_| child(shader, "diffuse").is_some());
        if let Some(color) = shine.and_then(|e| child(e, "color")).map(numbers)
            && let [r, g, b, ..] = color[..]
        {
            made.emission = [r, g, b].map(linear_from_srgb);
        }
        made.opacity = opacity(shader);
        Some(made)
    }

    /// Follows sampler, surface and image to a file.
    fn picture(&mut self, effect: Node<'d, 'i>, sampler: &str) -> Option<std::path::PathBuf> {
        let parameter =
            |sid: &str| children(effect, "newparam").find(|p| p.attribute("sid") == Some(sid));
        let source = |kind: &str, part: &str, sid: &str| {
            let found = child(parameter(sid)?, kind)?;
            Some(text(child(found, part)?).trim().to_owned())
        };
        let surface = source("sampler2D", "source", sampler);
        let image = surface.and_then(|s| source("surface", "init_from", &s));
        let image = image.unwrap_or_else(|| sampler.to_owned());
        let init = self
            .ids
            .get(image.as_str())
            .and_then(|i| child(*i, "init_from"));
        // COLLADA 1.5 puts the address into an element of its own.
        let address = init.map(|i| child(i, "ref").map_or_else(|| text(i), text));
        let Some(address) = address else {
            self.file
                .note(MeshNote::MissingTexture(Path::new(&image).to_owned()));
            return None;
        };
        obj::texture(self.path, address.trim(), &mut self.file)
    }
}

/// Opacity by the rule of the specification: alpha of `transparent` times `transparency`.
fn opacity(shader: Node<'_, '_>) -> f64 {
    let number = |name: &str| {
        let float = child(child(shader, name)?, "float").map(numbers)?;
        float.first().copied().filter(|v| v.is_finite())
    };
    let transparent = child(shader, "transparent");
    let color = transparent.and_then(|t| child(t, "color")).map(numbers);
    let amount = number("transparency");
    if transparent.is_none() && amount.is_none() {
        return 1.0;
    }
    let amount = amount.unwrap_or(1.0);
    let color = color.filter(|c| c.len() >= 4).unwrap_or(vec![1.0; 4]);
    let luminance = 0.212671 * color[0] + 0.715160 * color[1] + 0.072169 * color[2];
    let opacity = match transparent.and_then(|t| t.attribute("opaque")) {
        Some("RGB_ZERO") => 1.0 - luminance * amount,
        Some("RGB_ONE") => luminance * amount,
        Some("A_ZERO") => 1.0 - color[3] * amount,
        _ => color[3] * amount,
    };
    if opacity.is_finite() {
        opacity.clamp(0.0, 1.0)
    } else {
        1.0
    }
}
