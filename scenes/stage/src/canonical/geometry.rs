//! What geometry and physics make of a prim, in the dump.

use openusd::tf::Token;
use openusd::usd;
use serde_json::{Map, Value as Json, json};

use super::prim::{State, Writer};
use super::value;
use crate::error::StageError;
use crate::{instancer, physics, read};

impl Writer<'_> {
    /// Purpose, visibility, transforms, materials, bounds, instances of points.
    pub(super) fn geometry(
        &mut self,
        prim: &usd::Prim,
        state: &State,
        out: &mut Map<String, Json>,
    ) -> Result<(), StageError> {
        let imageable = prim.is_a("Imageable")?;
        if imageable {
            let purpose = self.purpose(prim)?;
            let purpose = match purpose {
                Some(purpose) => purpose,
                None => fallback_purpose(prim)?,
            };
            out.insert("purpose".to_owned(), json!(purpose));
            let visible = self.visible(prim)?;
            let word = if visible { "inherited" } else { "invisible" };
            out.insert("visibility".to_owned(), json!(word));
            let world = value::matrix(&self.now.world(prim));
            if prim.is_a("Xformable")? {
                let (local, resets) = self.now.local(prim);
                out.insert("local".to_owned(), value::matrix(&local));
                if resets {
                    out.insert("resetXform".to_owned(), json!(true));
                }
            }
            if let Some(start) = &self.start {
                let then = value::matrix(&start.world(prim));
                if then != world {
                    out.insert("worldStart".to_owned(), then);
                }
            }
            out.insert("world".to_owned(), world);
        }
        let taking_part = state.active && state.defined && !state.is_abstract;
        self.joined(prim, imageable, taking_part, out)
    }

    /// Materials, bounds and point instances.
    fn joined(
        &self,
        prim: &usd::Prim,
        imageable: bool,
        taking_part: bool,
        out: &mut Map<String, Json>,
    ) -> Result<(), StageError> {
        if imageable && taking_part {
            let materials = self.materials.bound(prim);
            if !materials.is_empty() {
                out.insert("material".to_owned(), json!(materials));
            }
        }
        if taking_part
            && prim.is_a("Boundable")?
            && let Some(bound) = self.bounds.world_bound(prim)
        {
            out.insert("bound".to_owned(), range(bound));
        }
        if prim.is_a("PointInstancer")? {
            let places = instancer::transforms(self.scene, prim).unwrap_or_default();
            let entry = json!({ "n": places.len(), "xforms": value::matrices(&places) });
            out.insert("pointInstances".to_owned(), entry);
        }
        Ok(())
    }

    pub(super) fn world_bound(&self) -> Result<Json, StageError> {
        let root = self.scene.stage().prim("/")?;
        Ok(self.bounds.world_bound(&root).map_or(Json::Null, range))
    }

    pub(super) fn physics(&self) -> Json {
        physics::descriptors(self.scene)
    }

    /// The nearest authored purpose of the prim or of what it stands in.
    fn purpose(&mut self, prim: &usd::Prim) -> Result<Option<String>, StageError> {
        if let Some(known) = self.purposes.get(prim.path()) {
            return Ok(known.clone());
        }
        let attribute = prim.attribute("purpose");
        let mut found = None;
        if prim.is_a("Imageable")? && attribute.has_authored_value()? {
            found = attribute
                .get::<Token>()?
                .map(|token| token.as_str().to_owned());
        }
        if found.is_none()
            && let Some(parent) = prim.parent()
        {
            found = self.purpose(&parent)?;
        }
        self.purposes.insert(prim.path().clone(), found.clone());
        Ok(found)
    }

    fn visible(&mut self, prim: &usd::Prim) -> Result<bool, StageError> {
        if let Some(known) = self.visible.get(prim.path()) {
            return Ok(*known);
        }
        let mut visible = true;
        if prim.is_a("Imageable")? {
            let own = read::get::<Token>(&prim.attribute("visibility"))?;
            visible = own.is_none_or(|own| own.as_str() != "invisible");
        }
        if visible && let Some(parent) = prim.parent() {
            visible = self.visible(&parent)?;
        }
        self.visible.insert(prim.path().clone(), visible);
        Ok(visible)
    }
}

fn range(bound: [[f64; 3]; 2]) -> Json {
    let corner = |corner: [f64; 3]| Json::Array(corner.map(value::float).to_vec());
    Json::Array(bound.map(corner).to_vec())
}

fn fallback_purpose(prim: &usd::Prim) -> Result<String, StageError> {
    let own = read::get::<Token>(&prim.attribute("purpose"))?;
    Ok(own.map_or_else(|| "default".to_owned(), |own| own.as_str().to_owned()))
}
